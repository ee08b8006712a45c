"""Claims of the losses note on labelled spectra: ranges, spread, length, what tells right."""

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import spearmanr

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.losses_scores import GAUSSIAN, OLDER, right, summary, table
from core.claims.peptide_data import OPTIONS, exact, labelled_spectra
from core.losses.gaussian import gaussian_cosine
from core.losses.peaks import Peaks, pad_peaks
from core.problems.peptide.peptides import Peptide


def range_of_gaussian(inputs: Inputs) -> Recomputed:
    """Take the loss of the same, of disjoint and of measured peaks; all intensities are >= 0."""
    generator = np.random.default_rng(inputs.seed)
    one = pad_peaks([np.array([100.0, 300.0])], [np.ones(2)])
    far = pad_peaks([np.array([200.0, 400.0])], [np.ones(2)])
    places = [np.sort(generator.uniform(0, 2_000, 30)) for _ in range(200)]
    drawn = pad_peaks(places, [generator.random(30) for _ in places])
    other = Peaks(drawn.mz.flip(0), drawn.intensity.flip(0), drawn.mask.flip(0))
    cost = gaussian_cosine(drawn, other, sigma_da=OPTIONS.sigma_da)
    orthogonal = float(gaussian_cosine(one, far, sigma_da=OPTIONS.sigma_da))
    cost_right = right(inputs, GAUSSIAN)
    values = {
        "least": Value(float(gaussian_cosine(one, one, sigma_da=OPTIONS.sigma_da))),
        "most": Value(max(orthogonal, float(cost.max()))),
        "orthogonal": Value(orthogonal),
        "right_peptide": Value(float(cost_right.mean()), n=len(cost_right)),
    }
    words = (
        "Heights are 0 or more, so the cosine is never below 0: the loss ends at 1, where nothing "
        f"is in common. The right peptide costs {cost_right.mean():.3f} "
        f"(sd {cost_right.std(ddof=1):.3f})."
    )
    return Recomputed(values, words, table(inputs), source=labelled_spectra(inputs).source)


def variances(inputs: Inputs) -> Recomputed:
    """Compare the spread of both losses over right peptides, and how far wrong ones lie away."""
    told = {loss: right(inputs, loss) for loss in (GAUSSIAN, OLDER)}
    cv = {loss: float(one.std(ddof=1) / one.mean()) for loss, one in told.items()}
    away = {loss: summary(inputs, loss).d_prime["shuffled"] for loss in told}
    values = {
        "cv_ratio": Value(cv[GAUSSIAN] / cv[OLDER], n=len(told[GAUSSIAN])),
        "d_prime_gain": Value(away[GAUSSIAN] - away[OLDER], n=len(told[GAUSSIAN])),
        "cv_gaussian": Value(cv[GAUSSIAN]),
        "cv_older": Value(cv[OLDER]),
    }
    words = (
        f"Standard deviation over mean: {cv[GAUSSIAN]:.2f} (Gaussian), {cv[OLDER]:.2f} (older); d' "
        f"against shuffled {away[GAUSSIAN]:.1f} and {away[OLDER]:.1f}. An offset would lower the "
        "first figure without helping anybody; d' it does not move."
    )
    return Recomputed(values, words, table(inputs), source=labelled_spectra(inputs).source)


def length_dependence(inputs: Inputs) -> Recomputed:
    """Correlate the loss of the right peptide with its length."""
    data = labelled_spectra(inputs)
    length = np.array([len(peptide) for peptide in data.peptides])
    told = {loss: right(inputs, loss) for loss in (GAUSSIAN, OLDER)}
    rho = {loss: _rank(one, length) for loss, one in told.items()}
    values = {
        "rho_gaussian": Value(rho[GAUSSIAN], n=len(length)),
        "rho_gain_over_older": Value(abs(rho[GAUSSIAN]) - abs(rho[OLDER]), n=len(length)),
        "rho_older": Value(rho[OLDER], n=len(length)),
    }
    rows = tuple(
        {"loss": loss, "12 residues or fewer": float(one[length <= 12].mean()),
         "18 or more": float(one[length >= 18].mean()), "rank correlation": rho[loss]}
        for loss, one in told.items()
    )  # fmt: skip
    order = np.unique(length)
    curves = tuple(
        Curve(loss, tuple(order.tolist()), tuple(float(one[length == n].mean()) for n in order))
        for loss, one in told.items()
    )
    words = (
        f"Rank correlation with the length: {rho[GAUSSIAN]:+.2f} (Gaussian), {rho[OLDER]:+.2f} "
        "(older). A fixed grid does not normalise by length."
    )
    axes = ("residues", "mean loss of the right peptide")
    return Recomputed(values, words, rows, curves, axes, data.source)


def _rank(one: Float[np.ndarray, " n"], other: np.ndarray) -> float:
    return float(np.asarray(spearmanr(one, other))[0])


def division_by_maximum(inputs: Inputs) -> Recomputed:
    """Multiply both spectra by numbers: does the cosine or its gradient change?"""
    data = labelled_spectra(inputs, 50)
    peaks = pad_peaks([o.mz for o in data.observed], [o.intensity for o in data.observed])
    told = [_value_and_slope(data.peptides, peaks, scale) for scale in (1.0, 7.0)]
    values = {
        "value_change": Value(float((told[0][0] - told[1][0]).abs().max())),
        "gradient_change": Value(float((told[0][1] - told[1][1]).abs().max())),
    }
    words = "The cosine divides by both norms: dividing by the maximum before changes nothing."
    return Recomputed(values, words, source=data.source)


def _value_and_slope(
    peptides: tuple[Peptide, ...], peaks: Peaks, scale: float
) -> tuple[torch.Tensor, torch.Tensor]:
    ladder = [one.mz for one in exact(peptides)]
    pred = pad_peaks(ladder, [np.full(len(mz), 1 / scale) for mz in ladder])
    # Off the peaks by a little, where the slope is not 0 by symmetry.
    mz = (pred.mz + 0.03).requires_grad_()
    high = Peaks(peaks.mz, peaks.intensity * scale, peaks.mask)
    loss = gaussian_cosine(Peaks(mz, pred.intensity, pred.mask), high, sigma_da=OPTIONS.sigma_da)
    (slope,) = torch.autograd.grad(loss.sum(), mz)
    return loss.detach(), slope


def larger_with_length(inputs: Inputs) -> Recomputed:
    """Correlate the older loss with the length, and with the number of peaks."""
    data = labelled_spectra(inputs)
    older = right(inputs, OLDER)
    peaks = np.array([len(observed.mz) for observed in data.observed])
    values = {
        "rho_length": Value(_rank(older, np.array([len(p) for p in data.peptides])), n=len(data)),
        "rho_peaks": Value(_rank(older, peaks), n=len(data)),
    }
    words = "The older loss divides by the summed intensity: it is normalised already."
    return Recomputed(values, words, source=data.source)


def wins(inputs: Inputs) -> Recomputed:
    """Count how often the right peptide costs less than a wrong one, by loss."""
    told = {loss: summary(inputs, loss) for loss in (GAUSSIAN, OLDER)}
    values = {
        f"win_gain_{kind}": Value(
            told[GAUSSIAN].win[kind].rate - told[OLDER].win[kind].rate,
            n=told[GAUSSIAN].win[kind].pairs,
        )
        for kind in ("swap", "substitution", "shuffled")
    }
    words = "Right below wrong: " + ", ".join(
        f"{kind} {told[GAUSSIAN].win[kind].rate:.3f} against {told[OLDER].win[kind].rate:.3f}"
        for kind in ("swap", "substitution", "shuffled")
    )
    source = labelled_spectra(inputs).source
    return Recomputed(values, f"{words} (Gaussian, older).", table(inputs), source=source)
