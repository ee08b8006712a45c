"""A version of a model as its RMSD by slot, with its atoms where they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from jaxtyping import Float, Int, Shaped

from core.problems.sidechain.atoms import EXISTS14, SLOTS
from core.problems.sidechain.metrics.baselines import Means
from core.problems.sidechain.metrics.rmsd import slot_rmsd, squared_errors
from core.problems.sidechain.metrics.symmetry import rename_symmetric
from core.problems.sidechain.reported.table_files import ReportedTable, slot_name

Kind = Literal["reported", "run", "upload"]
SLOT_NAMES: Final = tuple(slot_name(slot) for slot in range(SLOTS))


@dataclass(frozen=True, eq=False)
class Atoms:
    """Predicted residues with their truth, row by row.

    Args:
        pred: In angstrom, in the frame in which it is compared; NaN where nothing is predicted.
        native: In the same frame; NaN where the structure has no atom.
        local_native: In the local frame of each residue, for baselines.
        type: Index in RESIDUES, of the native residue.
        name: Of each residue, for readers.
        group: Residues of one protein share it.
        confidence: B-factor or pLDDT of each predicted atom; NaN where there is none.
        squared: Squared distances; NaN where not compared.
    """

    pred: Float[np.ndarray, "residues 14 3"]
    native: Float[np.ndarray, "residues 14 3"]
    local_native: Float[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    name: Shaped[np.ndarray, " residues"]
    group: Int[np.ndarray, " residues"]
    confidence: Float[np.ndarray, "residues 14"]
    squared: Float[np.ndarray, "residues 14"]


@dataclass(frozen=True, eq=False)
class Version:
    """RMSD by slot of one model.

    Args:
        title: As on the screen.
        kind: Where it comes from.
        rmsd: In angstrom; NaN where a slot is absent, never 0.
        count: Atoms in each slot; NaN where not reported.
        half_unit: How far rounding may have moved a value, in angstrom; 0 of what was measured.
        atoms: None of what is only reported.
        notes: What was matched, renamed and left out, in words.
        config: Options of the run that made it; empty where they are not known.
        totals: Figures that were reported for the whole, by name of `rmsd.SELECTIONS`.
        means: Of the training residues, where the run kept them.
    """

    title: str
    kind: Kind
    rmsd: Float[np.ndarray, " 14"]
    count: Float[np.ndarray, " 14"]
    half_unit: float = 0.0
    atoms: Atoms | None = None
    notes: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    means: Means | None = None

    @property
    def slots(self) -> tuple[int, ...]:
        """Slots that have a value."""
        return tuple(np.flatnonzero(np.isfinite(self.rmsd)).tolist())

    @property
    def unpredicted(self) -> tuple[int, ...]:
        """Slots that the true residues have and of which nothing is predicted."""
        if self.atoms is None:
            return ()
        native = (np.isfinite(self.atoms.native).all(-1) & EXISTS14[self.atoms.type]).any(axis=0)
        return tuple(slot for slot in np.flatnonzero(native).tolist() if slot not in self.slots)


def reported_version(
    table: ReportedTable, title: str = "", totals: Mapping[str, float] | None = None
) -> Version:
    """Give a table as somebody reports it."""
    return Version(title or table.version, "reported", table.rmsd, table.count, table.half_unit,
                   totals=totals or {})  # fmt: skip


def measured_version(
    title: str,
    kind: Kind,
    *,
    pred: Float[np.ndarray, "residues 14 3"],
    native: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    name: Shaped[np.ndarray, " residues"],
    group: Int[np.ndarray, " residues"] | None = None,
    local_native: Float[np.ndarray, "residues 14 3"] | None = None,
    confidence: Float[np.ndarray, "residues 14"] | None = None,
    renames: bool = False,
    notes: tuple[str, ...] = (),
    means: Means | None = None,
) -> Version:
    """Compare predictions with their truth.

    Args:
        title: As on the screen.
        kind: Where it comes from.
        pred: In the frame of `native`, in angstrom.
        native: NaN where an atom is missing.
        type: Of the native residues.
        name: Of each residue.
        group: Residues of one protein share it; each its own where None.
        local_native: In local frames; `native` itself where None.
        confidence: B-factor or pLDDT of the predicted atoms.
        renames: Whether symmetric atoms are renamed to the smaller error.
        notes: What is known already.
        means: Of the training residues, where the run kept them.
    """
    exists = EXISTS14[type]
    pred, native = pred.astype(float), native.astype(float)
    pred[~exists], told = np.nan, list(notes)
    if renames:
        renamed = rename_symmetric(pred, native, type)
        pred = renamed.coord
        told.append(f"symmetric atoms renamed in {int(renamed.renamed.sum()):,} residues")
    squared = squared_errors(pred, native, exists)
    lacking = int((np.isfinite(native).all(-1) & exists & ~np.isfinite(squared)).sum())
    if lacking:
        told.append(f"{lacking:,} native atoms have no prediction and are not compared")
    if not np.isfinite(squared).any():
        told.append("no atom is known both in prediction and truth")
    by_slot = slot_rmsd(squared)
    atoms = Atoms(
        pred,
        native,
        native if local_native is None else local_native,
        type,
        name,
        np.arange(len(type)) if group is None else group,
        np.full(squared.shape, np.nan) if confidence is None else confidence.astype(float),
        squared,
    )
    return Version(title, kind, by_slot.rmsd, by_slot.count.astype(float), atoms=atoms,
                   notes=tuple(told), means=means)  # fmt: skip
