"""A loss and the pull of its gradient on each pair of a peptide and a spectrum.

The pull is d loss / d (common offset) with all predicted peaks `PROBE_DA` too high: a good loss
pulls them back, on every spectrum. Gradient noise is the standard deviation of the pull over
spectra, divided by the size of its mean: 0 where all spectra pull alike; above 1 the sign of a
single spectrum's pull tells little. A batch of B averages it down by the square root of B.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float

from core.problems.peptide.analysis.scoring import (
    CERTAIN,
    CHUNK,
    Belief,
    Prepared,
    Progress,
    has_pull,
    loss_named,
    no_progress,
    score,
    shifted_loss,
)
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.objective import SpectrumLoss
from core.problems.peptide.peptides import Peptide

PROBE_DA = 0.05
# A mean pull below this is rounding: there is no direction to be noisy about.
FLAT = 1e-12


@dataclass(frozen=True, eq=False)
class PairValues:
    """A loss and its pull for each pair of a predicted peptide and a spectrum.

    Args:
        value: Loss with the peaks in place.
        gradient: d loss / d (common offset) with all predicted peaks `PROBE_DA` too high.
    """

    value: Float[np.ndarray, " pairs"]
    gradient: Float[np.ndarray, " pairs"]


def pair_values(
    peptides: Sequence[Peptide],
    observed: Sequence[Prepared],
    loss: str,
    options: SpectrumOptions,
    *,
    belief: Belief = CERTAIN,
    progress: Progress = no_progress,
) -> PairValues:
    """Compute a loss and its pull for each pair; the views of spread reduce them.

    Args:
        peptides: What is predicted.
        observed: One prepared spectrum for each.
        loss: Key of `SPECTRUM_LOSSES`; cache by its `relevant(options)`.
        options: Widths, tolerances, ions, range.
        belief: How sure the model is; its own offset is not read.
        progress: Called with the share that is done; raising in it cancels.
    """
    chosen = loss_named(loss)
    still = replace(belief, offset_da=0.0)
    value = score(chosen, peptides, observed, options, still, lambda part: progress(part / 2))
    gradient = np.empty(len(peptides))
    for start in range(0, len(peptides), CHUNK):
        part = slice(start, min(start + CHUNK, len(peptides)))
        gradient[part] = _pull(chosen, peptides[part], observed[part], options, still)
        progress(0.5 + 0.5 * part.stop / len(peptides))
    return PairValues(value, gradient)


def gradient_noise(gradient: Float[np.ndarray, " pairs"]) -> float:
    """Give the standard deviation of pulls over the size of their mean.

    NaN below two spectra, and where the mean is 0 to rounding.

    Example:
        >>> gradient_noise(np.array([1.0, 3.0, 2.0]))
        0.5
    """
    if len(gradient) < 2 or abs(gradient.mean()) < FLAT:
        return float("nan")
    return float(gradient.std(ddof=1) / abs(gradient.mean()))


def _pull(
    loss: SpectrumLoss,
    peptides: Sequence[Peptide],
    observed: Sequence[Prepared],
    options: SpectrumOptions,
    belief: Belief,
) -> Float[np.ndarray, " pairs"]:
    """Differentiate by the common offset; by a central difference where there are no peaks."""
    at = torch.full((len(peptides),), PROBE_DA, dtype=torch.float64)
    if has_pull(loss, belief):
        at.requires_grad_()
        value = shifted_loss(loss, peptides, observed, at, options, belief)
        (slope,) = torch.autograd.grad(value.sum(), at)
        return slope.numpy()
    step = options.sigma_da / 50
    high = shifted_loss(loss, peptides, observed, at + step, options, belief)
    low = shifted_loss(loss, peptides, observed, at - step, options, belief)
    return ((high - low) / (2 * step)).numpy()
