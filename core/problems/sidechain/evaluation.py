"""What an evaluation says: RMSD beside constants and the clamped truth, types, saturation."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import degrees
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.metrics.angles import chi_errors, chi_mae, rotamer_recovery
from core.problems.sidechain.metrics.baselines import CONSTANTS, Means, clamp
from core.problems.sidechain.metrics.rmsd import (
    SELECTIONS,
    Pooled,
    mean_residue_rmsd,
    pooled_rmsd,
    slot_rmsd,
    squared_errors,
)
from core.problems.sidechain.metrics.saturation import resemblance, share_at_bound
from core.problems.sidechain.metrics.sequences import (
    accuracy,
    calibration,
    cross_entropies,
    perplexity,
)
from core.problems.sidechain.metrics.symmetry import rename_symmetric

BY_SLOT: Final = "val_by_slot"
BY_RESIDUE: Final = "test_by_residue"
MOST_SCORED: Final = 2_000  # residues of a set
LEAST_IN_SLOT: Final = 100  # atoms, fewer do not make a slot worse than a constant
WORSE: Final = 1.05
LEAST_WORSE_A: Final = 0.2  # the frame fixes N, CA and C: there a constant is all but right
SIDE_CHAIN: Final = SELECTIONS["side_chain"]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Residues that are scored, with what is known of them without a model.

    Args:
        rows: Their numbers in the data.
        native: True coordinates in local frames, in angstrom; NaN where the type has no atom.
        type: Index in RESIDUES.
        name: Of each.
        group: Residues of one protein share it; an interval draws whole groups.
        constants: Predictions that see no density, by name of `CONSTANTS`.
        profiles: RMSD by slot of these, and of the truth clamped to 1 angstrom ("clamped").
        values: What does not change from evaluation to evaluation, by name of METRICS.
        means: Of the training residues.
    """

    rows: Int[np.ndarray, " residues"]
    native: Float[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    name: Shaped[np.ndarray, " residues"]
    group: Int[np.ndarray, " residues"]
    constants: Mapping[str, Float[np.ndarray, "residues 14 3"]]
    profiles: Mapping[str, Pooled]
    values: Mapping[str, float]
    means: Means


def held_out(
    rows: Int[np.ndarray, " residues"],
    native: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    name: Shaped[np.ndarray, " residues"],
    group: Int[np.ndarray, " residues"],
    means: Means,
    frequent: int,
) -> HeldOut:
    """Collect a set, and score the baselines on it.

    Args:
        rows: Numbers in the data.
        native: True coordinates in local frames, in angstrom.
        type: Index in RESIDUES.
        name: Of each.
        group: As in `ResidueData`.
        means: Fitted on the training residues.
        frequent: The most frequent type in training.
    """
    native = native.astype(float)
    constants = {
        "origin": np.zeros_like(native),
        "slot_mean": np.tile(means.slot, (len(type), 1, 1)),
        "type_mean": means.by_type[type],
    }
    errors = {name: squared_errors(pred, native) for name, pred in constants.items()}
    errors["clamped"] = squared_errors(clamp(native), native)
    values = {
        "slot_mean_rmsd": pooled_rmsd(errors["slot_mean"]),
        "slot_mean_sidechain_rmsd": pooled_rmsd(errors["slot_mean"], SIDE_CHAIN),
        "type_mean_sidechain_rmsd": pooled_rmsd(errors["type_mean"], SIDE_CHAIN),
        "clamp_sidechain_rmsd": pooled_rmsd(errors["clamped"], SIDE_CHAIN),
        "constant_sequence_accuracy": float((type == frequent).mean()),
    }
    profiles = {name: slot_rmsd(squared) for name, squared in errors.items()}
    return HeldOut(rows, native, type, name, group, constants, profiles, values, means)


def exists_only(
    pred: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> Float[np.ndarray, "residues 14 3"]:
    """Make NaN of what is predicted for slots that the type does not have."""
    return np.where(EXISTS14[type][..., None], pred.astype(float), np.nan)


def score(
    pred: Float[np.ndarray, "residues 14 3"],
    logits: Float[np.ndarray, "residues 20"],
    of: HeldOut,
    *,
    bound: float | None,
    renames: bool,
) -> tuple[dict[str, float], Pooled]:
    """Score predictions: values by name of METRICS, and the RMSD by slot.

    Args:
        pred: In local frames, in angstrom.
        logits: Of the types.
        of: The set.
        bound: Of the output, in angstrom; None where it has none.
        renames: Whether symmetric atoms are renamed to the smaller error.
    """
    pred = exists_only(pred, of.type)
    at_bound = 0.0 if bound is None else share_at_bound(pred, bound)
    if renames:
        pred = rename_symmetric(pred, of.native, of.type).coord
    squared = squared_errors(pred, of.native)
    by_slot = slot_rmsd(squared)
    values = {
        "rmsd": pooled_rmsd(squared),
        "sidechain_rmsd": pooled_rmsd(squared, SIDE_CHAIN),
        "backbone_rmsd": pooled_rmsd(squared, SELECTIONS["backbone"]),
        "sequence_accuracy": accuracy(logits, of.type),
        "perplexity": perplexity(cross_entropies(logits, of.type)),
        "calibration_error": calibration(logits, of.type).error,
        "mean_residue_rmsd": mean_residue_rmsd(squared, SIDE_CHAIN),
        "chi1_error": degrees(chi_mae(chi_errors(pred, of.native, of.type)).mae_rad[0]),
        "rotamer_recovery": rotamer_recovery(pred, of.native, of.type).value,
        "at_bound": at_bound,
        "worse_slots": float(worse_slots(by_slot, of.profiles["slot_mean"]).sum()),
    }
    return {**values, **_likeness(by_slot, of), **of.values}, by_slot


def worse_slots(found: Pooled, constant: Pooled) -> Bool[np.ndarray, " 14"]:
    """Tell which slots of at least 100 atoms are worse than a constant: by 5 % and by 0.2 Å."""
    least = np.maximum(WORSE * constant.rmsd, constant.rmsd + LEAST_WORSE_A)
    return (found.count >= LEAST_IN_SLOT) & (found.rmsd > least)


def by_slot_arrays(found: Pooled, of: HeldOut) -> dict[str, np.ndarray]:
    """Give the table of an evaluation: RMSD by slot, of the model and of every baseline."""
    table = {"rmsd": found.rmsd} | {name: pooled.rmsd for name, pooled in of.profiles.items()}
    rows = {name: values.astype(np.float32) for name, values in table.items()}
    return rows | {"count": found.count.astype(np.int32)}


def by_residue_arrays(
    pred: Float[np.ndarray, "residues 14 3"],
    logits: Float[np.ndarray, "residues 20"],
    of: HeldOut,
) -> dict[str, np.ndarray]:
    """Give predictions with their truth, residue by residue, and the means that they must beat."""
    return {
        "pred": exists_only(pred, of.type).astype(np.float32),
        "native": of.native.astype(np.float32),
        "type": of.type.astype(np.int8),
        "pred_type": logits.argmax(axis=1).astype(np.int8),
        "name": of.name,
        "group": of.group.astype(np.int32),
        "training_mean": of.means.by_type.astype(np.float32),
        "training_count": of.means.count.astype(np.int32),
    }


def frequent_type(type: Int[np.ndarray, " residues"]) -> int:
    """Find the most frequent residue type."""
    return int(np.bincount(type, minlength=len(RESIDUES)).argmax())


def _likeness(by_slot: Pooled, of: HeldOut) -> dict[str, float]:
    """Say how near the profile of the side chain is to that of a clamped truth, and to a constant.

    Nothing where no slot of the side chain could be compared.
    """
    if not np.isfinite(by_slot.rmsd[list(SIDE_CHAIN)]).any():
        return {}
    found = resemblance(by_slot.rmsd, of.native, of.constants)
    return {
        "fitted_bound": found.bound,
        "clamp_distance": found.distances["clamped"],
        "constant_distance": min(found.distances[name] for name in CONSTANTS),
    }
