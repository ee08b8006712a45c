"""The peptide objective: cross-entropy, one spectrum loss and one precursor loss, by name.

Every spectrum loss takes residue probabilities and observed peaks, so each replaces any other.
All but `expected_spectrum` see the *expected* mass of each position only, which is the mass of no
residue unless the model is certain.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.balance.shares import Combined, combine
from core.errors import InputError
from core.losses.deep_supervision import deep_supervision
from core.losses.expected_spectrum import expected_spectrum
from core.losses.gaussian import gaussian_cosine, gaussian_cosine_grid
from core.losses.matched_filter import matched_filter
from core.losses.nearest import bidirectional_nearest, matched_only, nearest_peak_huber
from core.losses.peaks import Peaks, widest_type
from core.losses.precursor import clamped, log_ratio, log_scaled
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import ladders
from core.problems.peptide.predictions import (
    one_hot_batch,
    precursor_error_ppm,
    predicted_peaks,
    residue_probabilities,
    residues_to_front,
    window,
)
from core.problems.peptide.residues import VOCABULARY, Vocabulary

__all__ = [
    "PRECURSOR_LOSSES",
    "SPECTRUM_LOSSES",
    "TERMS",
    "PrecursorLoss",
    "SpectrumLoss",
    "objective",
    "objective_terms",
    "one_hot_batch",
    "precursor_error_ppm",
]

TERMS = ("ce", "spectrum", "precursor")
DEFAULT_OPTIONS = SpectrumOptions()
# Fields of SpectrumOptions that shape the peaks, whatever the loss.
READ_BY_ALL = ("mz_min", "mz_max", "ions", "transform", "top_peaks", "special_tokens", "seed")

PeakLoss = Callable[[Peaks, Peaks, SpectrumOptions], Tensor]
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class SpectrumLoss:
    """A spectrum loss and its nature.

    Args:
        name: Key of `SPECTRUM_LOSSES`.
        label: Header of a narrow column.
        long_label: Name in a legend.
        upper: Largest possible value; None where there is no bound.
        exact_zero: Whether the right peptide on its exact spectrum costs 0.
        reads: The fields of `SpectrumOptions` it depends on, beside those that all read.
        of_peaks: The loss of predicted and observed peaks; None where the loss reads the
            probabilities themselves.
    """

    name: str
    label: str
    long_label: str
    upper: float | None
    exact_zero: bool
    reads: tuple[str, ...]
    of_peaks: PeakLoss | None

    def evaluate(
        self,
        probabilities: Float[Tensor, "batch length vocab"],
        mass_da: Float[Tensor, " vocab"],
        length: Int[Tensor, " batch"],
        observed: Peaks,
        options: SpectrumOptions,
    ) -> Float[Tensor, " batch"]:
        """Compare predicted residues with observed peaks.

        Args:
            probabilities: Over tokens, at each position; each row sums to 1.
            mass_da: Mass of each token in Da; 0 marks a token without mass.
            length: Number of residues of each example; what stands beyond is never read.
            observed: Peaks of the measurement, prepared.
            options: Widths, tolerances, ions, range.

        Returns:
            One value per example, 0 or more.
        """
        inside = window(observed, options)
        if self.of_peaks is None:
            return expected_spectrum(
                residue_probabilities(probabilities, mass_da, options.special_tokens),
                mass_da,
                length,
                inside,
                ladders=ladders(options.ions),
                sigma_da=options.sigma_da,
            )
        predicted = predicted_peaks(probabilities, mass_da, length, options)
        return self.of_peaks(predicted, inside, options)

    def relevant(self, options: SpectrumOptions) -> SpectrumOptions:
        """Reset every option that this loss does not read: the key for a cache.

        Example:
            >>> SPECTRUM_LOSSES["matched_only"].relevant(SpectrumOptions(sigma_da=1.0)).sigma_da
            0.05
        """
        kept = {name: getattr(options, name) for name in (*READ_BY_ALL, *self.reads)}
        return replace(DEFAULT_OPTIONS, **kept)


@dataclass(frozen=True)
class PrecursorLoss:
    """A loss of the precursor's mass error in ppm, and its names."""

    name: str
    label: str
    long_label: str
    evaluate: Callable[[Tensor], Tensor]


SPECTRUM_LOSSES: dict[str, SpectrumLoss] = {
    loss.name: loss
    for loss in (
        SpectrumLoss(
            "gaussian_cosine", "Gaussian", "Gaussian cosine", 1.0, True, ("sigma_da",),
            lambda p, o, s: gaussian_cosine(p, o, sigma_da=s.sigma_da),
        ),
        SpectrumLoss(
            "gaussian_cosine_grid", "Grid", "Gaussian cosine on a grid", 1.0, True,
            ("sigma_da", "bin_da"),
            lambda p, o, s: gaussian_cosine_grid(
                p, o, sigma_da=s.sigma_da, bin_da=s.bin_da, mz_min=s.mz_min, mz_max=s.mz_max
            ),
        ),
        SpectrumLoss(
            "matched_filter", "Filter", "matched filter", 1.0, True, ("sigma_da",),
            lambda p, o, s: matched_filter(p, o, sigma_da=s.sigma_da),
        ),
        SpectrumLoss(
            "expected_spectrum", "Expected", "expected spectrum", 1.0, True, ("sigma_da",), None
        ),
        SpectrumLoss(
            "nearest_peak_huber", "Nearest", "nearest peak", None, True, ("delta_da",),
            lambda p, o, s: nearest_peak_huber(p, o, delta_da=s.delta_da),
        ),
        SpectrumLoss(
            "matched_only", "Matched", "matched peaks only", None, True, ("tolerance_da",),
            lambda p, o, s: matched_only(p, o, tolerance_da=s.tolerance_da),
        ),
        SpectrumLoss(
            "bidirectional_nearest", "Both", "nearest peak, both ways", None, True,
            ("delta_da", "mix"),
            lambda p, o, s: bidirectional_nearest(p, o, delta_da=s.delta_da, mix=s.mix),
        ),
    )
}  # fmt: skip

PRECURSOR_LOSSES: dict[str, PrecursorLoss] = {
    loss.name: loss
    for loss in (
        PrecursorLoss("clamped", "Clamped", "error, clamped at 100 ppm", clamped),
        PrecursorLoss("log_scaled", "Log-scaled", "100 ln(1 + error / 100 ppm)", log_scaled),
        PrecursorLoss("log_ratio", "Log ratio", "ln(1 + error / 100,000 ppm)", log_ratio),
    )
}


def objective(
    logits_by_step: Float[Tensor, "steps batch length vocab"],
    target: Int[Tensor, "batch length"],
    mask: Bool[Tensor, "batch length"],
    observed: Peaks,
    precursor_mass_da: Float[Tensor, " batch"],
    weights: Mapping[str, float],
    *,
    spectrum_loss: str = "expected_spectrum",
    precursor_loss: str = "log_scaled",
    options: SpectrumOptions = DEFAULT_OPTIONS,
    vocabulary: Vocabulary = VOCABULARY,
) -> Combined:
    """Combine cross-entropy of all recursion steps with the physics of the last one.

    Args:
        logits_by_step: One answer for each recursion step.
        target: The right tokens; not read where the mask is False.
        mask: Where a target stands: residues, and tokens such as a stop that are to be learnt.
        observed: Peaks of the measurement, prepared.
        precursor_mass_da: Neutral mass of each precursor in Da.
        weights: A factor for each of `TERMS`.
        spectrum_loss: Key of `SPECTRUM_LOSSES`.
        precursor_loss: Key of `PRECURSOR_LOSSES`.
        options: Widths, tolerances, ions, range, rule for special tokens.
        vocabulary: The tokens behind the logits, with their masses.

    Returns:
        Terms `ce`, `spectrum` and `precursor`, means over the batch.

    Raises:
        InputError: A loss is unknown.
    """
    terms = objective_terms(
        logits_by_step,
        target,
        mask,
        observed,
        precursor_mass_da,
        TERMS,
        spectrum_loss=spectrum_loss,
        precursor_loss=precursor_loss,
        options=options,
        vocabulary=vocabulary,
    )
    return combine(terms, weights)


def objective_terms(
    logits_by_step: Float[Tensor, "steps batch length vocab"],
    target: Int[Tensor, "batch length"],
    mask: Bool[Tensor, "batch length"],
    observed: Peaks,
    precursor_mass_da: Float[Tensor, " batch"],
    wanted: Collection[str],
    *,
    spectrum_loss: str = "expected_spectrum",
    precursor_loss: str = "log_scaled",
    options: SpectrumOptions = DEFAULT_OPTIONS,
    vocabulary: Vocabulary = VOCABULARY,
) -> dict[str, Float[Tensor, " batch"]]:
    """Evaluate the wanted terms of the objective, and only these: one may cost more than a model.

    Args:
        logits_by_step: As in `objective`, and so are all the others.
        target: The right tokens.
        mask: Where a target stands.
        observed: Peaks of the measurement, prepared.
        precursor_mass_da: Neutral mass of each precursor in Da.
        wanted: Names out of `TERMS`.
        spectrum_loss: Key of `SPECTRUM_LOSSES`.
        precursor_loss: Key of `PRECURSOR_LOSSES`.
        options: Widths, tolerances, ions, range, rule for special tokens.
        vocabulary: The tokens behind the logits, with their masses.

    Returns:
        One value per example for each wanted term, in the order of `TERMS`.

    Raises:
        InputError: A loss or a term is unknown.
    """
    for name in wanted:
        look_up(dict.fromkeys(TERMS), "wanted terms", name)
    spectrum = look_up(SPECTRUM_LOSSES, "spectrum_loss", spectrum_loss)
    error_loss = look_up(PRECURSOR_LOSSES, "precursor_loss", precursor_loss)
    terms: dict[str, Tensor] = {}
    if "ce" in wanted:
        terms["ce"] = deep_supervision(logits_by_step, target, mask).total
    if {"spectrum", "precursor"}.isdisjoint(wanted):
        return terms
    device = logits_by_step.device
    mass_da = torch.tensor(vocabulary.mass_da, dtype=widest_type(device), device=device)
    # Padding may hold what is no token, such as the -100 that other libraries ignore.
    is_residue = mask & (mass_da[torch.where(mask, target, 0)] > 0)
    probabilities, length = residues_to_front(logits_by_step[-1].softmax(-1), is_residue)
    if "spectrum" in wanted:
        terms["spectrum"] = spectrum.evaluate(probabilities, mass_da, length, observed, options)
    if "precursor" in wanted:
        error_ppm = precursor_error_ppm(
            probabilities,
            mass_da,
            length,
            precursor_mass_da,
            special_tokens=options.special_tokens,
        )
        terms["precursor"] = error_loss.evaluate(error_ppm)
    return terms


def look_up(table: Mapping[str, Entry], where: str, name: str) -> Entry:
    """Find an entry of a table.

    Raises:
        InputError: There is none of this name; the message lists those that exist.
    """
    if name not in table:
        raise InputError(
            where, expected="one of " + ", ".join(table), came=name, do="Choose one of these"
        )
    return table[name]
