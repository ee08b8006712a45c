"""A log that was checked from its first to its last value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.events import Outcome, Plain
from core.importers.json_file import refuse
from core.importers.names import harmonised, limited
from core.importers.points import Blocks, Points
from core.importers.scan import Scan, in_order, scan

Told = Callable[[list[str], dict[str, None]], Iterator[Points]]

Axis = Literal["step", "epoch", "row"]
MOST_METRICS = 10_000
MOST_KEPT = 2_000_000  # values, 28 bytes each
YEAR_S = 366 * 24 * 3600.0


@dataclass(frozen=True)
class FoundMetric:
    """A metric of a log.

    Args:
        name: In the log.
        key: In the run.
        points: Its values in the run, of several of a step one.
        first_step: The lowest step.
        last_step: The highest step.
    """

    name: str
    key: str
    points: int
    first_step: int
    last_step: int


@dataclass(frozen=True, eq=False)
class Log:
    """One run of a log; opening it has read all of it once.

    Args:
        format: Name of its importer.
        source: Name of its file or folder.
        run: What the log calls the run; empty where it says nothing.
        metrics: What was found.
        blocks: Gives the points, by ascending steps.
        first_s: Time of the start, seconds since 1970.
        last_s: Time of the end.
        shift_s: To add to the times of the points; NaN gives all of them the time of the end.
        axis: What its steps count.
        config: Every option that the log names.
        facts: What else it says.
        notes: What is worth a sentence.
        left_out: What is there and not read.
        outcome: How it ended.
        text: Why, in words.
        told: Values that were read; of several of a step one is in the run.
    """

    format: str
    source: str
    run: str
    metrics: tuple[FoundMetric, ...]
    blocks: Blocks
    first_s: float
    last_s: float
    shift_s: float = 0.0
    axis: Axis = "step"
    config: Mapping[str, Plain] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    outcome: Outcome = "finished"
    text: str = ""
    told: int = 0


@dataclass(frozen=True)
class About:
    """What a format knows of a log besides its points; the fields are those of `Log`."""

    format: str
    source: Path
    run: str = ""
    axis: Axis = "step"
    keys: Mapping[str, str] | None = None
    config: Mapping[str, Plain] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    outcome: Outcome = "finished"
    text: str = ""


def check_log(about: About, blocks: Told) -> Log:
    """Read a log once from end to end.

    Args:
        about: What is known of it; keys of metrics that are None are found by their names.
        blocks: Gives its points, as often as it is called, and adds sentences to a list and the
            names of what it does not read to a dict.

    Raises:
        InputError: Something in it cannot be used, or it holds no value, or too many metrics.
    """
    where = about.source.name
    notes, others = list[str](), dict[str, None]()
    kept: list[Points] = []
    found = scan(_keeping(blocks(notes, others), kept), where)
    again = (lambda: iter(kept)) if kept else (lambda: blocks([], {}))
    if not found.points:
        refuse(where, "at least one value", "none", "Choose another")
    if len(found.counts) > MOST_METRICS:
        refuse(where, f"at most {MOST_METRICS:,} metrics", f"{len(found.counts):,}",
               "Leave some out")  # fmt: skip
    ordered = in_order(again, found, where)
    changed_s = about.source.stat().st_mtime
    first_s, last_s, shift_s = _times(found, changed_s)
    keys = harmonised(found.counts) if about.keys is None else about.keys
    return Log(
        about.format, limited(where), limited(about.run) if about.run else "",
        found_metrics(found, keys), ordered, first_s, last_s, shift_s, about.axis, about.config,
        notes=(*about.notes, *notes, *_order_notes(found)), left_out=tuple(map(limited, others)),
        outcome=about.outcome, text=about.text, told=found.points,
    )  # fmt: skip


def _keeping(blocks: Iterator[Points], kept: list[Points]) -> Iterator[Points]:
    """Hand blocks on, and keep them where they are few: they need not be read again then."""
    points = 0
    for block in blocks:
        points += len(block)
        if points <= MOST_KEPT:
            kept.append(block)
        else:
            kept.clear()
        yield block


def found_metrics(found: Scan, keys: Mapping[str, str]) -> tuple[FoundMetric, ...]:
    """Say what a pass over a log found of each metric.

    Args:
        found: By the names of the log.
        keys: Their keys in the run.
    """
    return tuple(
        FoundMetric(
            name, keys[name], count.points - count.replaced, count.first_step, count.last_step
        )
        for name, count in found.counts.items()
    )


def _times(found: Scan, changed_s: float) -> tuple[float, float, float]:
    """Give the first and last time and what to add; times since the start end now."""
    if found.first_s > found.last_s:
        return changed_s, changed_s, float("nan")
    shift_s = changed_s - found.last_s if found.last_s < YEAR_S else 0.0
    return found.first_s + shift_s, found.last_s + shift_s, shift_s


def _order_notes(found: Scan) -> list[str]:
    notes: list[str] = []
    backs = max(count.backs for count in found.counts.values())
    if backs:
        times = "once" if backs == 1 else f"{backs:,} times"
        before, after = found.back
        notes.append(f"Steps go back {times}, first from {before:,} to {after:,}: they are sorted.")
    if found.repeated:
        notes.append(f"Of a step told twice the last value counts: {found.repeated:,} gave way.")
    return notes
