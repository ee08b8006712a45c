"""Claims of the density note on its tables by atom."""

from typing import Final

import numpy as np
from jaxtyping import Float, Shaped

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.problems.sidechain.metrics.intervals import LEAST_CHANGE_A
from core.problems.sidechain.metrics.rmsd import SELECTIONS
from core.problems.sidechain.reported.table_files import ReportedTable, slot_name
from core.problems.sidechain.reported.tables import note_tables
from core.problems.sidechain.reported.totals import atoms_per_residue, recompute
from core.problems.sidechain.versions.reference import reference_of

SOURCE: Final = "the note's tables"
FAR: Final = (10, 11, 12, 13)


def tables() -> tuple[ReportedTable, ReportedTable]:
    """Give the tables by slot of v4 and v5."""
    before, after = note_tables()
    return before, after


def totals_of_table(inputs: Inputs) -> Recomputed:
    """Pool the table by atom over slots, with atoms as frequent as in nature."""
    del inputs
    found = recompute(tables()[1])
    values = {name: Value(found[name].value, "Å", found[name].low, found[name].high)
              for name in ("overall", "side_chain")}  # fmt: skip
    mean = {name: float(np.mean(tables()[1].rmsd[list(SELECTIONS[name])])) for name in values}
    rows = tuple({"over": name, "pooled": value.value, "lowest by rounding": value.low,
                  "highest": value.high} for name, value in values.items())  # fmt: skip
    words = (
        "Table and totals agree. (A plain mean of the slots would be another figure, "
        f"{mean['side_chain']:.2f} Å for side chains: far slots are rare.)"
    )
    return Recomputed(values, words, rows, source=f"{SOURCE}, natural residue frequencies")


def change_of_total(inputs: Inputs) -> Recomputed:
    """Subtract the pooled RMSD of the two tables."""
    del inputs
    before, after = (recompute(table)["overall"].value for table in tables())
    words = f"{before:.3f} to {after:.3f} Å: {after - before:+.4f}, from the slots with -0.01."
    return Recomputed({"change": Value(after - before, "Å")}, words, source=SOURCE)


def changes_of_far_atoms(inputs: Inputs) -> Recomputed:
    """Find the largest change of slots 10 to 13."""
    del inputs
    change = tables()[1].rmsd - tables()[0].rmsd
    far = change[list(FAR)]
    rows = tuple({"slot": slot_name(slot), "change, Å": float(change[slot])} for slot in FAR)
    words = "atom10 changes by +0.01 Å by the note's own table: that is .01, not below it."
    return Recomputed({"largest_change": Value(float(np.abs(far).max()), "Å")}, words, rows,
                      source=SOURCE)  # fmt: skip


def improvement(inputs: Inputs) -> Recomputed:
    """Divide the largest fall by what rounding and other noise make."""
    del inputs
    before, after = tables()
    change, rounding = after.rmsd - before.rmsd, before.half_unit + after.half_unit
    resolution = max(rounding, LEAST_CHANGE_A)
    values = {"change_over_resolution": Value(float(change.min()) / resolution)}
    rows = tuple({"slot": slot_name(slot), "v4, Å": float(before.rmsd[slot]),
                  "v5, Å": float(after.rmsd[slot]), "change, Å": float(change[slot])}
                 for slot in np.flatnonzero(change).tolist())  # fmt: skip
    words = (
        f"Rounding alone moves a difference by up to {rounding:.2f} Å, and no interval is given: "
        f"below {LEAST_CHANGE_A:g} Å a change is not called one here."
    )
    return Recomputed(values, words, rows, source=SOURCE)


def outward_growth(inputs: Inputs) -> Recomputed:
    """Correlate the RMSD of side-chain slots with their distance from CA, and with their number."""
    del inputs
    side = list(SELECTIONS["side_chain"])
    rmsd, reference = tables()[1].rmsd[side], reference_of()
    radius = reference.rmsd["origin"][side]
    told = {"radius": _correlation(radius, rmsd), "slot": _correlation(np.array(side), rmsd)}
    values = {
        "correlation_radius": Value(told["radius"]),
        "rises_with_slot": Value(float(bool((np.diff(rmsd) > 0).all())), "yes"),
        "correlation_slot": Value(told["slot"]),
    }
    order = np.argsort(radius)
    curves = tuple(Curve(name, tuple(radius[order].tolist()), tuple(of[order].tolist()))
                   for name, of in (("v5", rmsd), ("truth clamped to 1 Å",
                                                   reference.rmsd["clamped"][side])))  # fmt: skip
    words = (
        f"{told['radius']:.4f} with the distance from CA, {told['slot']:.3f} with the slot's "
        "number. A clamped truth grows just so: it is no sign of lost resolution."
    )
    axes = ("root mean square distance from CA, Å", "RMSD, Å")
    return Recomputed(values, words, (), curves, axes, f"{SOURCE}, radii {reference.text}")


def _correlation(one: Shaped[np.ndarray, " slots"], other: Float[np.ndarray, " slots"]) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def worst_slots(inputs: Inputs) -> Recomputed:
    """Find the four worst slots, and what share of atoms and squared error the far ones have."""
    del inputs
    rmsd, atoms = tables()[1].rmsd, atoms_per_residue()
    squared = atoms * rmsd**2
    far = list(FAR)
    share = 100 * float(squared[far].sum() / squared.sum())
    worst = set(np.argsort(-rmsd)[: len(far)].tolist()) == set(far)
    values = {
        "worst_slots_are_far": Value(float(worst), "yes"),
        "share_of_squared_error": Value(share, "%"),
        "share_of_atoms": Value(100 * float(atoms[far].sum() / atoms.sum()), "%"),
    }
    at_target = np.where(np.isin(np.arange(len(rmsd)), far), 3.0, rmsd)  # L64
    fixed = float(np.sqrt((atoms * at_target**2).sum() / atoms.sum()))
    words = (
        f"The worst per atom, but {values['share_of_atoms'].value:.1f} % of the atoms and "
        f"{share:.0f} % of the squared error: at the 3 Å that it aims for the overall RMSD would "
        f"be {fixed:.2f} Å."
    )
    return Recomputed(values, words, source=f"{SOURCE}, natural residue frequencies")
