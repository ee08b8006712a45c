"""A first pass over the points of a log: what is in it, and whether its steps rise."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from core.errors import InputError
from core.importers.points import MOST_STEPS, Blocks, Points, doubles, joined

MOST_UNSORTED = 20_000_000  # values, 28 bytes each: more are not sorted in memory
BLOCK = 65_536


@dataclass
class Count:
    """How often a metric was measured, from which step to which, and how often its step fell.

    Of its points, those that another one of the same step replaces are counted besides.
    """

    points: int = 0
    replaced: int = 0
    first_step: int = MOST_STEPS
    last_step: int = -1
    newest_step: int = -1
    backs: int = 0


@dataclass
class Scan:
    """What the first pass over a log found.

    Args:
        counts: By name, in the order of the first value.
        first_s: Earliest time; infinite where none is known.
        last_s: Latest time.
        is_rising: Whether no step is lower than the one before it, of whatever metric.
        back: Where the step of a metric first falls, from where to where.
        repeated: Values that give way to another one of the same step.
        points: All values.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    first_s: float = np.inf
    last_s: float = -np.inf
    is_rising: bool = True
    back: tuple[int, int] = (0, 0)
    repeated: int = 0
    points: int = 0

    @property
    def last_step(self) -> int:
        """The highest step."""
        return max((count.last_step for count in self.counts.values()), default=0)


def scan(blocks: Iterable[Points], where: str) -> Scan:
    """Go through a log once, keeping nothing of it.

    Args:
        blocks: Its points.
        where: Name of the file, for messages.

    Raises:
        InputError: A step is below 0 or beyond 2**53.
    """
    found = Scan()
    tail = Points((), *(np.empty(0, kind) for kind in (np.int32, np.int64, float, float)))
    for block in blocks:
        if not len(block):
            continue
        _check_steps(block.step, where)
        rows = np.concatenate([tail.step[-1:], block.step])
        found.is_rising = found.is_rising and not (np.diff(rows) < 0).any()
        _count(found, block)
        _count_doubles(found, _with_tail(tail, block))
        tail = _newest_step(tail, block)
    return found


def _check_steps(step: Int[np.ndarray, " points"], where: str) -> None:
    for odd in (int(step.min()), int(step.max())):
        if not 0 <= odd < MOST_STEPS:
            raise InputError(where, expected="steps of 0 or more, below 2**53", came=f"{odd:,}",
                             do="Correct the steps")  # fmt: skip


def _count(found: Scan, block: Points) -> None:
    points = np.bincount(block.metric, minlength=len(block.names))
    first = np.full(len(block.names), MOST_STEPS)
    last = np.full(len(block.names), -1)
    np.minimum.at(first, block.metric, block.step)
    np.maximum.at(last, block.metric, block.step)
    newest = np.zeros(len(block.names), np.int64)
    newest[block.metric] = block.step  # of several the last
    if not found.is_rising:
        _count_backs(found, block)
    for place in np.flatnonzero(points):
        count = found.counts.setdefault(block.names[place], Count())
        count.points += int(points[place])
        count.first_step = min(count.first_step, int(first[place]))
        count.last_step = max(count.last_step, int(last[place]))
        count.newest_step = int(newest[place])
    found.points += len(block)
    known = block.time_s[np.isfinite(block.time_s)]
    if len(known):
        found.first_s = min(found.first_s, float(known.min()))
        found.last_s = max(found.last_s, float(known.max()))


def _count_backs(found: Scan, block: Points) -> None:
    """Count where the step of a metric falls, in the block and from the one before."""
    order = np.argsort(block.metric, kind="stable")
    metric, step = block.metric[order], block.step[order]
    before = np.concatenate([[-1], step[:-1]])
    for at in np.flatnonzero(np.diff(metric, prepend=-1)):
        count = found.counts.get(block.names[metric[at]])
        before[at] = count.newest_step if count else -1
    for at in np.flatnonzero(step < before):
        count = found.counts.setdefault(block.names[metric[at]], Count())
        count.backs += 1
        if found.back == (0, 0):
            found.back = int(before[at]), int(step[at])


def _newest_step(tail: Points, block: Points) -> Points:
    """Give the last point of each metric at the last step, which may begin in the block before."""
    if len(tail) and tail.step[-1] == block.step[0] == block.step[-1]:
        block = joined([tail, block])
    places = np.flatnonzero(block.step == block.step[-1])
    newest = np.full(len(block.names), -1)
    newest[block.metric[places]] = places
    return block.at(newest[newest >= 0])


def _with_tail(tail: Points, block: Points) -> Points:
    """Put the newest points before a block that begins at their step."""
    return joined([tail, block]) if len(tail) and tail.step[-1] == block.step[0] else block


def _count_doubles(found: Scan, points: Points) -> None:
    replaced, different = doubles(points)
    found.repeated += different
    for place in np.flatnonzero(replaced):
        found.counts[points.names[place]].replaced += int(replaced[place])


def in_order(blocks: Blocks, found: Scan, where: str) -> Blocks:
    """Give blocks whose steps never fall; of one step the newest by time comes last.

    What rises already is read again from its source each time and never held as a whole.

    Raises:
        InputError: The steps fall, and there are more than 20 million values.
    """
    if found.is_rising:
        return blocks
    if found.points > MOST_UNSORTED:
        came = f"{found.points:,} that fall"
        raise InputError(where, expected=f"steps that rise, or at most {MOST_UNSORTED:,} values",
                         came=came, do="Sort the file by its steps")  # fmt: skip
    whole = joined(blocks())
    whole = whole.at(np.lexsort((whole.time_s, whole.step)))
    found.repeated = 0
    for count in found.counts.values():
        count.replaced = 0
    _count_doubles(found, whole)
    return lambda: (whole.at(slice(at, at + BLOCK)) for at in range(0, len(whole), BLOCK))
