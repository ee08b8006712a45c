"""How sure an RMSD is: bootstrap over proteins, and the difference of two predictions (R-42).

Atoms of one protein are not independent: whole groups (chains, proteins) are drawn with
replacement, never atoms. The draws are seeded and the same for all figures of one set of groups.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError
from core.problems.sidechain.atoms import SLOTS
from core.problems.sidechain.metrics.rmsd import OVERALL, root_mean

RESAMPLES: Final = 2_000
SEED: Final = 0
TAIL: Final = 2.5  # percent of the draws on either side of an interval
LEAST_CHANGE_A: Final = 0.02  # what rounding and other sources of noise easily make
EACH_SLOT: Final = tuple((slot,) for slot in range(SLOTS))
_MOST_AT_ONCE: Final = 4_000_000  # entries of a block of draws

Selections = Sequence[Sequence[int]]
Verdict = Literal["better", "worse", "too small", "not told apart"]


@dataclass(frozen=True)
class Estimate:
    """A pooled RMSD with its 95 % interval.

    Args:
        value: In angstrom; NaN of nothing.
        low: Lower end; NaN where fewer than two groups have such an atom: they cannot tell. Of
            few groups (below ten or so) an interval is rather too narrow.
        high: Upper end.
        count: Atoms compared.
        groups: Groups that have such an atom.
    """

    value: float
    low: float
    high: float
    count: int
    groups: int


@dataclass(frozen=True)
class Change(Estimate):
    """What a second prediction of the same atoms changed: its RMSD minus that of the first.

    Args:
        before: Pooled RMSD of the first, in angstrom.
        after: Pooled RMSD of the second.
    """

    before: float
    after: float

    @property
    def verdict(self) -> Verdict:
        """What may be said: the interval must leave out 0, and the change exceed 0.02 angstrom.

        Fourteen slots are fourteen questions: about one table in two has an interval that leaves
        out 0 by chance, which is what the second condition is for.
        """
        if not (self.low > 0 or self.high < 0):
            return "not told apart"
        if abs(self.value) <= LEAST_CHANGE_A:
            return "too small"
        return "better" if self.value < 0 else "worse"


def rmsd_intervals(
    squared: Float[np.ndarray, "residues 14"],
    group: Int[np.ndarray, " residues"],
    selections: Selections = (OVERALL,),
) -> tuple[Estimate, ...]:
    """Give the pooled RMSD over each selection of slots, with its interval.

    Args:
        squared: As `rmsd.squared_errors` gives it.
        group: Number of the protein or chain of each residue. Residues of their own (arange) give
            an interval that is too narrow.
        selections: Slots of each figure; `EACH_SLOT` for one figure a slot.
    """
    total, count = _sums(squared, group, selections)
    drawn = np.concatenate([root_mean(w @ total, w @ count) for w in _weights(len(total))])
    low, high = _limits(drawn, count)
    value = root_mean(total.sum(axis=0), count.sum(axis=0))
    return tuple(
        Estimate(*row)
        for row in zip(value.tolist(), low, high, *_sizes(count), strict=True)
    )  # fmt: skip


def rmsd_changes(
    before: Float[np.ndarray, "residues 14"],
    after: Float[np.ndarray, "after_residues 14"],
    group: Int[np.ndarray, " residues"],
    selections: Selections = (OVERALL,),
) -> tuple[Change, ...]:
    """Compare two predictions of the same residues, on atoms that both predict.

    The difference is paired: both have the same draws, so that what makes a protein hard for both
    does not widen the interval.

    Args:
        before: Squared errors of the first prediction.
        after: Of the second, with the same residues in the same order.
        group: Number of the protein or chain of each residue.
        selections: Slots of each figure.

    Raises:
        InputError: The two are not of the same residues.
    """
    if before.shape != after.shape:
        raise InputError("two predictions", expected=f"the same {len(before)} residues",
                         came=f"{len(after)}", do="Match their residues first")  # fmt: skip
    both = np.isfinite(before) & np.isfinite(after)
    first, count = _sums(np.where(both, before, np.nan), group, selections)
    second, _ = _sums(np.where(both, after, np.nan), group, selections)
    blocks = [(w @ first, w @ second, w @ count) for w in _weights(len(count))]
    drawn = np.concatenate([root_mean(b, n) - root_mean(a, n) for a, b, n in blocks])
    low, high = _limits(drawn, count)
    one, other = (root_mean(t.sum(axis=0), count.sum(axis=0)) for t in (first, second))
    rows = zip((other - one).tolist(), low, high, *_sizes(count), one.tolist(), other.tolist(),
               strict=True)  # fmt: skip
    return tuple(Change(*row) for row in rows)


def _sums(
    squared: Float[np.ndarray, "residues 14"],
    group: Int[np.ndarray, " residues"],
    selections: Selections,
) -> tuple[Float[np.ndarray, "groups figures"], Float[np.ndarray, "groups figures"]]:
    """Sum squared errors and count atoms, by group and figure."""
    numbers, of = np.unique(group, return_inverse=True)
    chosen = np.zeros((SLOTS, len(selections)))
    for figure, slots in enumerate(selections):
        chosen[list(slots), figure] = 1.0
    tables = (np.nan_to_num(squared) @ chosen, np.isfinite(squared) @ chosen)
    total, count = (np.zeros((len(numbers), len(selections))) for _ in tables)
    np.add.at(total, of, tables[0])
    np.add.at(count, of, tables[1])
    return total, count


def _weights(groups: int) -> Iterator[Float[np.ndarray, "draws groups"]]:
    """Draw how often each group is taken, in blocks of bounded size."""
    generator = np.random.default_rng(SEED)
    block = max(1, min(RESAMPLES, _MOST_AT_ONCE // max(groups, 1)))
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        share = np.full(groups, 1 / max(groups, 1))
        yield (
            generator.multinomial(groups, share, size).astype(float)
            if groups
            else (np.zeros((size, 0)))
        )


def _limits(
    drawn: Float[np.ndarray, "draws figures"], count: Float[np.ndarray, "groups figures"]
) -> tuple[list[float], list[float]]:
    """Take the percentiles of the draws that hold such an atom; NaN for fewer than two groups."""
    limits = np.full((2, drawn.shape[1]), np.nan)
    can_tell = (count > 0).sum(axis=0) > 1
    if can_tell.any():
        limits[:, can_tell] = np.nanpercentile(drawn[:, can_tell], [TAIL, 100 - TAIL], axis=0)
    return limits[0].tolist(), limits[1].tolist()


def _sizes(count: Float[np.ndarray, "groups figures"]) -> tuple[list[int], list[int]]:
    """Count atoms and groups of each figure."""
    return count.sum(axis=0).astype(int).tolist(), (count > 0).sum(axis=0).tolist()
