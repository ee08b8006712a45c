"""One spectrum loss on pairs of a peptide and a prepared spectrum; all views build on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.losses.gaussian import gaussian_cosine
from core.losses.ladder import ladder_mz
from core.losses.peaks import Peaks, pad_peaks
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import ladders
from core.problems.peptide.objective import SPECTRUM_LOSSES, SpectrumLoss, look_up
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.predictions import Rest, expected_mass, one_hot_batch, window

# Pairs that are evaluated together: large enough to amortise the call, small enough to cancel.
CHUNK = 256

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Observed peaks as a loss takes them.

    Args:
        mz: Positions in m/z, ascending.
        intensity: Heights, base peak 1.
    """

    mz: Float[np.ndarray, " peaks"]
    intensity: Float[np.ndarray, " peaks"]


@dataclass(frozen=True)
class Belief:
    """How sure a model is of the peptide that it predicts.

    Args:
        p_right: Probability of the predicted residue at every position, 0 to 1.
        rest: Where the remainder goes; see `one_hot_batch`.
        offset_da: Common shift of all predicted peaks in m/z.
    """

    p_right: float = 1.0
    rest: Rest = "random"
    offset_da: float = 0.0


CERTAIN = Belief()


def no_progress(share: float) -> None:
    """Take no notice of progress, a share from 0 to 1; one that raises cancels the work."""


def loss_named(name: str) -> SpectrumLoss:
    """Find a spectrum loss.

    Raises:
        InputError: There is none of this name.
    """
    return look_up(SPECTRUM_LOSSES, "spectrum loss", name)


def score(
    loss: SpectrumLoss,
    peptides: Sequence[Peptide],
    observed: Sequence[Prepared],
    options: SpectrumOptions,
    belief: Belief = CERTAIN,
    progress: Progress = no_progress,
) -> Float[np.ndarray, " pairs"]:
    """Evaluate a loss for each pair of a predicted peptide and an observed spectrum.

    Args:
        loss: Which loss.
        peptides: What the model predicts.
        observed: One spectrum for each peptide.
        options: Widths, tolerances, ions, range.
        belief: How sure the model is, and a common offset of its peaks.
        progress: Called with the share that is done; raising in it cancels.

    Returns:
        One value for each pair.
    """
    values = np.empty(len(peptides))
    for start in range(0, len(peptides), CHUNK):
        part = slice(start, min(start + CHUNK, len(peptides)))
        offset = torch.full((part.stop - start,), belief.offset_da, dtype=torch.float64)
        values[part] = shifted_loss(
            loss, peptides[part], observed[part], offset, options, belief
        ).numpy()
        progress(part.stop / len(peptides))
    return values


def shifted_loss(
    loss: SpectrumLoss,
    peptides: Sequence[Peptide],
    observed: Sequence[Prepared],
    offset_da: Float[Tensor, " pairs"],
    options: SpectrumOptions,
    belief: Belief = CERTAIN,
) -> Float[Tensor, " pairs"]:
    """Evaluate a loss with each pair's predicted peaks moved by an offset.

    Differentiable in the offset, but for an uncertain `expected_spectrum`, which has no peaks to
    move: the observed ones are moved the other way. A certain one is the Gaussian cosine of all
    predicted peaks, also of those outside the range, and is computed as such.

    Args:
        loss: Which loss.
        peptides: What the model predicts.
        observed: One spectrum for each peptide.
        offset_da: One shift for each pair, in m/z; the one of `belief` is not read.
        options: Widths, tolerances, ions, range.
        belief: How sure the model is.
    """
    batch = one_hot_batch(peptides, belief.p_right, belief.rest, options.seed)
    peaks = window(
        pad_peaks([pair.mz for pair in observed], [pair.intensity for pair in observed]), options
    )
    if loss.of_peaks is None and belief.p_right < 1:
        moved = Peaks(peaks.mz - offset_da.detach()[:, None], peaks.intensity, peaks.mask)
        # The range was applied above: moving the measurement must not push a peak out of it.
        return loss.evaluate(*batch, moved, replace(options, mz_min=0.0, mz_max=1e6))
    mass = expected_mass(batch.probabilities, batch.mass_da, options.special_tokens)
    ladder = ladder_mz(mass, batch.length, ladders(options.ions))
    moved = Peaks(ladder.mz + offset_da[:, None], ladder.intensity, ladder.mask)
    if loss.of_peaks is None:
        return gaussian_cosine(moved, peaks, sigma_da=options.sigma_da)
    return loss.of_peaks(window(moved, options), peaks, options)


def has_pull(loss: SpectrumLoss, belief: Belief) -> bool:
    """Say whether `shifted_loss` is differentiable in the offset."""
    return loss.of_peaks is not None or belief.p_right == 1
