"""Claims of the cosine note that a few vectors settle: baselines, norms, gradients."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.losses.regression import cosine_distance, squared_error_mean
from core.problems.molecule.explore import read_sample

DIMENSION = 256
PAIRS = 10_000
OFFSET = 0.5  # of every component, in standard deviations: targets that were not centred

# Keys that the printed evaluation returns, and those that its printed reader used (L45-65).
RETURNED = {"cosine_loss", "avg_cosine_similarity", "mse_loss"}
READ_BEFORE = {"mse_loss", "l1_loss"}


def random_baseline(inputs: Inputs) -> Recomputed:
    """Take the mean cosine of random pairs, around 0 and around a common offset."""
    generator = torch.Generator().manual_seed(inputs.seed)
    pred, target = torch.randn(2, PAIRS, DIMENSION, generator=generator, dtype=torch.float64)
    centred = cosine_distance(pred, target)
    moved = cosine_distance(pred + OFFSET, target + OFFSET)
    values = {
        "similarity_centred": Value(1 - float(centred.mean()), n=PAIRS),
        "loss_centred": Value(float(centred.mean()), n=PAIRS),
        "similarity_offset": Value(1 - float(moved.mean()), n=PAIRS),
        "sd_of_a_pair": Value(float(centred.std()), n=PAIRS),
    }
    words = (
        f"Random pairs in {DIMENSION} dimensions: cosine {1 - float(centred.mean()):.5f}, sd of a "
        f"pair {float(centred.std()):.4f}. With an offset of {OFFSET} sd in every component, "
        f"{1 - float(moved.mean()):.2f}: a constant answer is the baseline then."
    )
    return Recomputed(values, words, source=f"{PAIRS:,} random pairs")


def scale_of_prediction(inputs: Inputs) -> Recomputed:
    """Scale predictions by a thousandth to a thousand: does the loss change, and its gradient?"""
    generator = torch.Generator().manual_seed(inputs.seed)
    pred, target = torch.randn(2, 32, DIMENSION, generator=generator, dtype=torch.float64)
    found = {scale: _loss_and_gradient(scale * pred, target) for scale in (1e-3, 1.0, 1e3)}
    losses = [loss for loss, _ in found.values()]
    change = max(losses) - min(losses)
    rows = tuple({"scale": s, "loss": loss, "gradient": g} for s, (loss, g) in found.items())
    values = {
        "needs_unit_norm": Value(float(change > 1e-6), "yes"),
        "loss_change": Value(change),
        "gradient_ratio": Value(found[1e-3][1] / found[1e3][1]),
    }
    words = (
        "The loss is the same at every length, the gradient grows as 1 / length: the cosine needs "
        "no norm. What it needs is targets around 0."
    )
    return Recomputed(values, words, rows)


def _loss_and_gradient(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"]
) -> tuple[float, float]:
    moved = pred.clone().requires_grad_()
    loss = cosine_distance(moved, target).mean()
    (slope,) = torch.autograd.grad(loss, moved)
    return float(loss.detach()), float(slope.norm())


def z_scored_norms(inputs: Inputs) -> Recomputed:
    """Scale each component to mean 0 and spread 1, and take the lengths of the vectors."""
    del inputs
    explored = read_sample()
    vectors = explored.vectors.astype(np.float64)
    spread = vectors.std(axis=0)
    norms = np.linalg.norm(
        (vectors - vectors.mean(axis=0)) / np.where(spread > 0, spread, 1), axis=1
    )
    values = {
        "mean_norm": Value(float(norms.mean()), n=len(norms)),
        "sd_of_norms": Value(float(norms.std()), n=len(norms)),
        "root_of_dimension": Value(float(np.sqrt(vectors.shape[1]))),
    }
    words = (
        f"A z-score is taken by component: the vectors of {explored.origin} then have norm "
        f"{norms.mean():.1f} ± {norms.std():.1f}, about the root of {vectors.shape[1]}, not 1."
    )
    return Recomputed(values, words, source=explored.origin)


def drop_in_change(inputs: Inputs) -> Recomputed:
    """Compare the keys that are returned and read, and take the printed loss at a row of zeros."""
    generator = torch.Generator().manual_seed(inputs.seed)
    target = torch.randn(8, DIMENSION, generator=generator, dtype=torch.float64)
    usual = torch.randn(8, DIMENSION, generator=generator, dtype=torch.float64)
    lost = sorted(READ_BEFORE - RETURNED)
    values = {
        "keys_lost": Value(float(len(lost))),
        "gradient_norm_usual": Value(_printed_gradient(usual, target)),
        "gradient_norm_zero": Value(_printed_gradient(torch.zeros_like(usual), target)),
    }
    words = (
        f"{', '.join(lost)} is gone: whatever reads it breaks. At a row of zeros the printed loss "
        f"has a gradient of {values['gradient_norm_zero'].value:.1e}, else of "
        f"{values['gradient_norm_usual'].value:.2f}."
    )
    return Recomputed(values, words)


def _printed_gradient(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"]
) -> float:
    """Give the largest gradient of a row of the loss as it is printed, L31-32."""
    moved = pred.clone().requires_grad_()
    loss = (1 - functional.cosine_similarity(moved, target, dim=1)).sum()
    (slope,) = torch.autograd.grad(loss, moved)
    return float(slope.norm(dim=1).max())


def mse_of_zero(seed: int) -> float:
    """Give the MSE of predicting zeros for z-scored targets."""
    generator = torch.Generator().manual_seed(seed)
    target = torch.randn(PAIRS, DIMENSION, generator=generator, dtype=torch.float64)
    return float(squared_error_mean(torch.zeros_like(target), target).mean())
