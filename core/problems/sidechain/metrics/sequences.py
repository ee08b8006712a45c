"""How well residue types are predicted: accuracy, perplexity, and whether confidence is earned.

Perplexity is exp of the mean over **all** residues. A mean of the perplexities of batches is
another number, never a smaller one, and has another name here.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int, Shaped

from core.errors import InputError
from core.problems.sidechain.atoms import RESIDUES

UNIFORM_PERPLEXITY: Final = float(len(RESIDUES))
"""Of a model that gives each of the 20 residues the same probability: knowing nothing."""
BINS: Final = 10


def log_probabilities(
    logits: Float[np.ndarray, "residues types"],
) -> Float[np.ndarray, "residues types"]:
    """Normalise logits; log-probabilities come out as they went in.

    Raises:
        InputError: A logit is NaN or +inf; -inf is a probability of 0.
    """
    logits = logits.astype(float)
    if np.isnan(logits).any() or (logits == np.inf).any():
        raise InputError("logits", expected="finite numbers", came="NaN or infinity",
                         do="Leave out residues whose prediction is not finite")  # fmt: skip
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def cross_entropies(
    logits: Float[np.ndarray, "residues types"], target: Int[np.ndarray, " residues"]
) -> Float[np.ndarray, " residues"]:
    """Give the cross-entropy of each residue in nats: minus the logarithm of the right type's.

    Args:
        logits: Or log-probabilities.
        target: Right type, an index of a column.

    Raises:
        InputError: A target is no column, or a logit is not finite.
    """
    types = logits.shape[1]
    if ((target < 0) | (target >= types)).any():
        raise InputError("residue types", expected=f"0 to {types - 1}",
                         came=f"{target.min()} to {target.max()}",
                         do="Leave unknown residues out")  # fmt: skip
    return -log_probabilities(logits)[np.arange(len(target)), target]


def accuracy(
    logits: Float[np.ndarray, "residues types"], target: Int[np.ndarray, " residues"]
) -> float:
    """Give the share of residues whose right type is the most likely one; NaN of nothing.

    Of types that are equally likely the first counts.

    Example:
        >>> accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
        0.5
    """
    return float((logits.argmax(axis=1) == target).mean()) if len(target) else float("nan")


def cross_entropy(nats: Float[np.ndarray, " residues"]) -> float:
    """Average over all residues, in nats; NaN of nothing."""
    return float(nats.mean()) if len(nats) else float("nan")


def perplexity(nats: Float[np.ndarray, " residues"]) -> float:
    """Take exp of the mean cross-entropy of all residues; NaN of nothing.

    Returns:
        1 of a perfect model, 20 of one that knows nothing; above 20 it is confidently wrong.

    Example:
        >>> round(perplexity(np.full(7, np.log(20))), 6)
        20.0
    """
    return _exp(cross_entropy(nats))


def mean_batch_perplexity(
    nats: Float[np.ndarray, " residues"], batch: Shaped[np.ndarray, " residues"]
) -> float:
    """Average the perplexities of batches, each counted by its residues, as trainers log it.

    Never below `perplexity` (Jensen): one bad batch raises it without end. NaN of nothing.

    Args:
        nats: Cross-entropy of each residue.
        batch: What batch it was in.

    Example:
        >>> nats, batch = np.array([0.0, 0.0, 6.0]), np.array([0, 0, 1])
        >>> round(perplexity(nats), 2), round(mean_batch_perplexity(nats, batch), 2)
        (7.39, 135.14)
    """
    if not len(nats):
        return float("nan")
    _, of, count = np.unique(batch, return_inverse=True, return_counts=True)
    means = np.bincount(of, weights=nats) / count
    return float(
        sum(_exp(mean) * size for mean, size in zip(means, count, strict=True)) / count.sum()
    )


def _exp(nats: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(nats))


@dataclass(frozen=True, eq=False)
class Calibration:
    """How often a model is right, by how sure it says it is.

    Args:
        low: Lower edge of each bin of confidence, which does not belong to it (that of the first
            does).
        high: Upper edge, which does.
        confidence: Mean probability of the most likely type; NaN in an empty bin.
        accuracy: Share that is right; NaN in an empty bin.
        count: Residues in the bin.
        error: Expected calibration error: the mean of abs(accuracy - confidence) over residues,
            0 to 1; NaN of nothing.
    """

    low: Float[np.ndarray, " bins"]
    high: Float[np.ndarray, " bins"]
    confidence: Float[np.ndarray, " bins"]
    accuracy: Float[np.ndarray, " bins"]
    count: Int[np.ndarray, " bins"]
    error: float


def calibration(
    logits: Float[np.ndarray, "residues types"],
    target: Int[np.ndarray, " residues"],
    bins: int = BINS,
) -> Calibration:
    """Compare confidence with accuracy in bins of equal width.

    Does not see that a model is useless: one that says 1/20 and is right so often is calibrated.

    Source:
        Guo et al. 2017 (arXiv 1706.04599), eq. 3.

    Raises:
        InputError: A logit is not finite.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    probability = np.exp(log_probabilities(logits))
    sure = probability.max(axis=1) if len(target) else np.zeros(0)
    right = (logits.argmax(axis=1) == target).astype(float)
    at = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    count = np.bincount(at, minlength=bins)
    means = [
        np.where(
            count > 0, np.bincount(at, weights=w, minlength=bins) / np.maximum(count, 1), np.nan
        )
        for w in (sure, right)
    ]
    gap = np.nansum(np.abs(means[0] - means[1]) * count)
    error = float(gap / count.sum()) if len(target) else float("nan")
    return Calibration(edges[:-1], edges[1:], means[0], means[1], count, error)
