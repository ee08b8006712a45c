"""Two versions side by side, slot by slot, with what may be said of each change (R-42)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.metrics.intervals import (
    EACH_SLOT,
    LEAST_CHANGE_A,
    rmsd_changes,
    rmsd_intervals,
)
from core.problems.sidechain.metrics.rmsd import LABELS, SELECTIONS
from core.problems.sidechain.reported.totals import atoms_per_residue
from core.problems.sidechain.versions.reference import Reference, reference_of
from core.problems.sidechain.versions.version import SLOT_NAMES, Version

UNKNOWN: Final = (float("nan"), float("nan"))
NO_INTERVAL: Final = "no interval reported"
OTHERS: Final = "other residues"
OTHER_ATOMS: Final = "other atoms"
NOT_COMPARABLE: Final = (OTHERS, OTHER_ATOMS)
ROUNDING: Final = "within rounding"
ABSENT: Final = "absent"
ALL: Final = (*EACH_SLOT, *SELECTIONS.values())  # in one go: the draws are the same
NAMES: Final = (*SLOT_NAMES, *(LABELS[name] for name in SELECTIONS))
Interval = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A slot, or a selection of slots, of two versions.

    Args:
        slots: Which.
        name: Of the atom, or of the selection.
        count: Atoms compared; NaN where not known.
        before: RMSD of the first version, in angstrom; NaN where absent.
        before_interval: 95 %, by bootstrap over proteins; NaN where it cannot be told.
        after: Of the second.
        after_interval: The same of the second.
        change: After minus before; NaN where the two are not comparable.
        change_interval: 95 %, paired, where both have the same residues; of tables the range that
            rounding leaves; NaN else.
        verdict: What may be said of the change.
        constants: RMSD of the baselines, by name of `baselines.LABELS`.
    """

    slots: tuple[int, ...]
    name: str
    count: float
    before: float
    before_interval: Interval
    after: float
    after_interval: Interval
    change: float
    change_interval: Interval
    verdict: str
    constants: dict[str, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two versions, compared.

    Args:
        before: The first.
        after: The second.
        references: The baselines, of the first and of the second.
        slots: A line for each slot.
        totals: A line for each of `rmsd.SELECTIONS`.
        is_paired: Whether both have the same residues.
    """

    before: Version
    after: Version
    references: tuple[Reference, Reference]
    slots: tuple[Line, ...]
    totals: tuple[Line, ...]
    is_paired: bool

    @property
    def reference(self) -> Reference:
        """The baselines that the second version must beat."""
        return self.references[1]

    @property
    def has_other_residues(self) -> bool:
        """Whether the two are of other residues, so that a difference would say nothing."""
        return any(line.verdict == OTHERS for line in (*self.slots, *self.totals))


def compare_versions(before: Version, after: Version) -> Comparison:
    """Compare by slot and over selections; pooled over atoms, never a mean of batches."""
    references = reference_of(before), reference_of(after)
    paired = have_same_residues(before, after)
    weights = atoms_per_residue()
    changes = _changes(before, after) if paired else [None] * len(ALL)
    values = zip(_values(before, weights), _values(after, weights), strict=True)
    rows = zip(ALL, NAMES, values, changes, _constants(references[1]), strict=True)
    lines = tuple(_line((before, after), *row) for row in rows)
    slots, totals = lines[: len(EACH_SLOT)], lines[len(EACH_SLOT) :]
    return Comparison(before, after, references, slots, totals, paired)


def have_same_residues(one: Version, other: Version) -> bool:
    """Tell whether two versions predict the very same residues, in the same order."""
    if one.atoms is None or other.atoms is None or one.atoms.type.shape != other.atoms.type.shape:
        return False
    same = np.array_equal(one.atoms.type, other.atoms.type)
    # Symmetric atoms may be renamed and frames differ: the distances from CA do not.
    close = np.allclose(one.atoms.local_native, other.atoms.local_native, atol=1e-3, equal_nan=True)
    return bool(same and close)


@dataclass(frozen=True)
class _Value:
    """An RMSD with its interval and count."""

    value: float
    interval: Interval
    count: float


def _values(version: Version, weights: Float[np.ndarray, " 14"]) -> list[_Value]:
    """Measure selections; a table without counts is summed by natural frequencies."""
    if version.atoms is not None:
        found = rmsd_intervals(version.atoms.squared, version.atoms.group, ALL)
        return [_Value(one.value, (one.low, one.high), one.count) for one in found]
    counts = version.count if np.isfinite(version.count).all() else weights
    return [
        _Value(pooled_table(version.rmsd, counts, slots), UNKNOWN,
               float(version.count[list(slots)].sum()))
        for slots in ALL
    ]  # fmt: skip


def pooled_table(
    rmsd: Float[np.ndarray, " 14"], counts: Float[np.ndarray, " 14"], slots: Sequence[int]
) -> float:
    """Pool a table over slots, in angstrom; NaN where a slot that has atoms is not known.

    Example:
        >>> pooled_table(np.full(14, 2.0), np.ones(14), (4, 5))
        2.0
    """
    chosen, count = rmsd[list(slots)], counts[list(slots)]
    there = count > 0
    if not there.any() or not np.isfinite(chosen[there]).all():
        return float("nan")
    return float(np.sqrt((count[there] * chosen[there] ** 2).sum() / count[there].sum()))


def _changes(before: Version, after: Version) -> list[tuple[float, Interval, str] | None]:
    assert before.atoms is not None
    assert after.atoms is not None
    found = rmsd_changes(before.atoms.squared, after.atoms.squared, after.atoms.group, ALL)
    return [(one.value, (one.low, one.high), one.verdict) for one in found]


def _line(
    versions: tuple[Version, Version],
    slots: tuple[int, ...],
    name: str,
    values: tuple[_Value, _Value],
    paired: tuple[float, Interval, str] | None,
    constants: dict[str, float],
) -> Line:
    before, after = values
    change, interval, verdict = paired or _unpaired(versions, before.value, after.value)
    one, other = (set(slots) & set(version.slots) for version in versions)
    if one != other and verdict != OTHERS:
        change, interval, verdict = float("nan"), UNKNOWN, OTHER_ATOMS
    if not np.isfinite(before.value + after.value):
        verdict = ABSENT
    count = after.count if np.isfinite(after.count) else before.count
    return Line(slots, name, count, before.value, before.interval, after.value, after.interval,
                change, interval, verdict, constants)  # fmt: skip


def _unpaired(
    versions: tuple[Version, Version], before: float, after: float
) -> tuple[float, Interval, str]:
    """Say what a difference of two figures can mean where atoms cannot be compared one by one."""
    change = after - before
    if any(version.atoms is not None for version in versions):
        return float("nan"), UNKNOWN, OTHERS
    slack = sum(version.half_unit for version in versions)
    interval = (change - slack, change + slack)
    is_rounding = abs(change) <= max(slack, LEAST_CHANGE_A) + 1e-9
    return change, interval, ROUNDING if is_rounding else NO_INTERVAL


def _constants(reference: Reference) -> list[dict[str, float]]:
    return [
        {name: pooled_table(rmsd, reference.count, slots) for name, rmsd in reference.rmsd.items()}
        for slots in ALL
    ]
