"""Claims of the losses note that are arithmetic: grids, memory, weights."""

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.losses.nearest import nearest_peak_huber
from core.losses.peaks import Peaks
from core.problems.peptide.analysis.ripple import ripple
from core.problems.peptide.balance import note_schedule
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.data import held_out_peptides
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.peptides import Peptide

NOTE = SpectrumOptions()  # sigma 0.05, bins of 0.1 over 0 to 2000, L78-79
BATCH, PEAKS = 64, 100  # L80
LONGEST = 20


def bound_of_nearest(inputs: Inputs) -> Recomputed:
    """Move one peak away from its partner: does the older loss go on growing?"""
    del inputs
    away_da = torch.tensor([100.0, 500.0, 1_000.0, NOTE.mz_max, 1e4, 1e6], dtype=torch.float64)
    ones = torch.ones_like(away_da)[:, None]
    loss = nearest_peak_huber(
        Peaks(away_da[:, None], ones, ones.bool()), Peaks(0 * ones, ones, ones.bool())
    )
    told = dict(zip(away_da.tolist(), loss.tolist(), strict=True))
    inside = [told[min(far, NOTE.mz_max)] for far in (1e4, 1e6)]
    values = {
        "growth_any_mass": Value((told[1e6] - told[1e4]) / (1e6 - 1e4), "1/Da"),
        "growth_in_range": Value((inside[1] - inside[0]) / (1e6 - 1e4), "1/Da"),
        "most_in_range": Value(told[NOTE.mz_max]),
    }
    curve = Curve("older loss of one peak", tuple(told), tuple(told.values()))
    words = (
        f"It grows by 0.2 a Da without end, but inside m/z 0 to 2000 no peak is farther than 2,000 "
        f"Da: at most {told[NOTE.mz_max]:.0f}."
    )
    return Recomputed(values, words, curves=(curve,), axes=("distance, Da", "loss"))


def grid_and_width(inputs: Inputs) -> Recomputed:
    """Count bins, and move one peak by one sigma over all places within a bin."""
    del inputs
    bins = round((NOTE.mz_max - NOTE.mz_min) / NOTE.bin_da)
    found = ripple([NOTE.sigma_over_bin, 1.0])
    values = {
        "bins": Value(float(bins)),
        "sigma_over_bin": Value(NOTE.sigma_over_bin),
        "ripple_percent": Value(100 * float(found.error[0]), "%"),
        "ripple_at_one_bin_percent": Value(100 * float(found.error[1]), "%"),
    }
    costs = zip(found.sigma_over_bin, found.low, found.high, strict=True)
    rows = tuple(
        {"sigma / bin": float(ratio), "least cost": float(low), "most cost": float(high)}
        for ratio, low, high in costs
    )
    words = (
        f"A shift by one sigma costs {found.continuous:.3f}; on the grid {found.low[0]:.3f} to "
        f"{found.high[0]:.3f}, by where the peak lies in its bin. At sigma = bin the error is "
        f"{100 * found.error[1]:.1f} %: sharp needs bins of sigma or less."
    )
    return Recomputed(values, words, rows)


def dense_memory(inputs: Inputs) -> Recomputed:
    """Count the bytes of one dense tensor, and of all that a small batch keeps for backward."""
    del inputs
    bins = round((NOTE.mz_max - NOTE.mz_min) / NOTE.bin_da)
    kept = _kept_bytes(2, bins) * BATCH / 2
    values = {
        "one_tensor_mb": Value(BATCH * PEAKS * bins * 4 / 1e6, "MB"),
        "training_mb": Value(kept / 1e6, "MB"),
    }
    words = (
        f"One tensor of {BATCH} x {PEAKS} x {bins:,} numbers in float32; rendering and cosine keep "
        f"{kept / 1e6:,.0f} MB for the backward pass alone, measured on two spectra."
    )
    return Recomputed(values, words)


def _kept_bytes(batch: int, bins: int) -> int:
    """Render densely, as the note sketches it, and sum what autograd keeps."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    grid = torch.linspace(NOTE.mz_min, NOTE.mz_max, bins)
    mz = (torch.rand(2, batch, PEAKS) * NOTE.mz_max).unbind()
    pred = mz[0].clone().requires_grad_()
    with saved_tensors_hooks(keep, lambda tensor: tensor):
        spectra = [
            torch.exp(-0.5 * ((grid - peaks[..., None]) / NOTE.sigma_da) ** 2).sum(1)
            for peaks in (pred, mz[1])
        ]
        scaled = [one / one.amax(1, keepdim=True).clamp(min=1e-9) for one in spectra]
        (1 - functional.cosine_similarity(scaled[0], scaled[1])).sum()
        return sum(kept.values())


def beyond_grid(inputs: Inputs) -> Recomputed:
    """Count peptides of the sample digest with a singly charged fragment beyond the grid."""
    del inputs
    peptides = [Peptide(sequence) for sequence in held_out_peptides() if len(sequence) > 1]
    beyond = np.array([fragment_mz(p).mz.max() > NOTE.mz_max for p in peptides])
    length = np.array([len(p) for p in peptides])
    usual = (length >= 7) & (length <= LONGEST)
    values = {
        "beyond_percent": Value(100 * float(beyond[usual].mean()), "%", n=int(usual.sum())),
        "beyond_percent_all": Value(100 * float(beyond.mean()), "%", n=len(peptides)),
    }
    words = (
        f"{values['beyond_percent'].value:.0f} % of {usual.sum()} tryptic peptides of 7 to "
        f"{LONGEST} residues have a fragment above {NOTE.mz_max:,.0f} m/z; it is dropped silently."
    )
    return Recomputed(values, words, source="digest of the sample proteins")


def weight_ranges(inputs: Inputs) -> Recomputed:
    """Read the first and last weights of the training note's table."""
    del inputs
    stages = [stage for stage in note_schedule().stages if stage.weights["spectrum"] > 0]
    values = {
        f"{term}_{name}": Value(stages[place].weights[term])
        for term in ("spectrum", "precursor")
        for name, place in (("first", 0), ("last", -1))
    }
    last = values["precursor_last"].value
    words = f"The training note's table ends at a precursor weight of {last:g}."
    return Recomputed(values, words, source="the training note's table of stages")
