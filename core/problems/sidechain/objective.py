"""The two terms of the decoder: how far its atoms are off, and how sure it is of the type.

Atoms count alike, as in a pooled RMSD: the value of a residue is the sum over its atoms, divided by
the mean number of atoms of a residue in the batch, so that the mean over the batch is that over all
its atoms.
"""

from collections.abc import Collection

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from core.problems.sidechain.config import TERMS, SideChainConfig
from core.problems.term_weights import constant_schedule
from core.training.curriculum import Schedule

HUBER_A = 1.0


def atom_loss(
    pred: Float[Tensor, "batch 14 3"],
    native: Float[Tensor, "batch 14 3"],
    exists: Bool[Tensor, "batch 14"],
    *,
    parts: Collection[str],
    pairs: str,
) -> Float[Tensor, " batch"]:
    """Add the parts of the coordinate loss.

    Args:
        pred: Predicted atoms in angstrom; differentiable.
        native: Their true places; what stands where no atom exists is not looked at.
        exists: Which atoms there are.
        parts: "mse", the squared distance; "huber", with its bend at 1 angstrom, summed over the
            three coordinates; "pairwise", see `pairwise_error`.
        pairs: "batch" or "residue", for the last.

    Source: the three parts of the note's trainer, which adds them without factors.
    """
    native = torch.where(exists[..., None], native, 0.0)
    pred = torch.where(exists[..., None], pred, 0.0)
    per_residue = exists.sum().to(pred) / max(len(exists), 1)
    total = pred.new_zeros(len(pred))
    if "mse" in parts:
        total = total + (pred - native).square().sum((1, 2)) / per_residue
    if "huber" in parts:
        huber = functional.huber_loss(pred, native, reduction="none", delta=HUBER_A)
        total = total + huber.sum((1, 2)) / per_residue
    if "pairwise" in parts:
        total = total + pairwise_error(pred, native, exists, pairs=pairs)
    return total


def pairwise_error(
    pred: Float[Tensor, "batch 14 3"],
    native: Float[Tensor, "batch 14 3"],
    exists: Bool[Tensor, "batch 14"],
    *,
    pairs: str,
) -> Float[Tensor, " batch"]:
    """Average the squared error of the distances between atoms, those of an atom to itself too.

    Args:
        pred: Predicted atoms in angstrom; differentiable, also where two coincide.
        native: Their true places.
        exists: Which atoms there are.
        pairs: "residue": two atoms of one residue. "batch": any two of the batch, each in the
            frame of its own residue, as the note's trainer does within a chain; of two residues
            it compares distances that nothing has in space.
    """
    if pairs == "residue":
        both = exists[:, :, None] & exists[:, None, :]
        error = torch.where(both, _distances(pred) - _distances(native), 0.0).square()
        return error.sum((1, 2)) * len(pred) / both.sum()
    error = (_distances(pred[exists]) - _distances(native[exists])).square().mean(1)
    owner = exists.nonzero()[:, 0]
    of_residue = error.new_zeros(len(pred)).index_add(0, owner, error)
    return of_residue * len(pred) / len(owner)


def type_loss(
    logits: Float[Tensor, "batch 20"], type: Int[Tensor, " batch"]
) -> Float[Tensor, " batch"]:
    """Give the cross-entropy of the residue type in nats."""
    return functional.cross_entropy(logits, type, reduction="none")


def sidechain_schedule(config: SideChainConfig) -> Schedule:
    """Give the one stage of a run, or the stages that were sent to it.

    Raises:
        InputError: A schedule that was sent has other terms.

    Example:
        >>> sidechain_schedule(SideChainConfig(type_loss_weight=0.0)).stages[0].weights
        {'atom': 1.0, 'type': 0.0}
    """
    return constant_schedule(config, TERMS, steps=config.steps)


def _distances(points: Float[Tensor, "*batch points 3"]) -> Float[Tensor, "*batch points points"]:
    # Not by the matrix product: it loses the digits of near atoms.
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
