"""Which predicted ion lies near which observed peak."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.losses.ladder import ladder_mz
from core.problems.peptide.analysis.scoring import CERTAIN, Belief, Prepared
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import fragment_mz, ladders
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.predictions import expected_mass, one_hot_batch


@dataclass(frozen=True, eq=False)
class Match:
    """The predicted ions inside the compared range, each with its observed partner.

    Args:
        names: As on a mirror plot: "b3", "y5²⁺".
        ion_types: Key of `ION_LADDERS` for each ion.
        mz: Predicted position of each ion.
        observed_index: The observed peak that it explains; -1 without one.
        error_ppm: Observed minus predicted over predicted; NaN without a partner.
        intensity: Height of the partner; NaN without one.
        observed_matched: Whether an ion explains each observed peak.
        explained: Share of the observed intensity that is explained, 0 to 1; each observed peak
            counts once. 0 where nothing was observed.
        tolerance_ppm: How far a partner may lie.
    """

    names: tuple[str, ...]
    ion_types: tuple[str, ...]
    mz: Float[np.ndarray, " ions"]
    observed_index: Int[np.ndarray, " ions"]
    error_ppm: Float[np.ndarray, " ions"]
    intensity: Float[np.ndarray, " ions"]
    observed_matched: Bool[np.ndarray, " peaks"]
    explained: float
    tolerance_ppm: float

    @property
    def predicted(self) -> int:
        """Number of predicted ions inside the range."""
        return len(self.mz)

    @property
    def matched(self) -> int:
        """Number of ions with a partner; 0 is a state of its own: there is no error then."""
        return int((self.observed_index >= 0).sum())

    @property
    def median_ppm(self) -> float | None:
        """Median error of the matched ions; None where none is matched."""
        return float(np.nanmedian(self.error_ppm)) if self.matched else None


def match_peptide(
    peptide: Peptide,
    observed: Prepared,
    options: SpectrumOptions,
    belief: Belief = CERTAIN,
) -> Match:
    """Give each predicted ion the nearest observed peak within the tolerance.

    Of two equally near peaks the more intense one is taken. Two ions may share a peak.

    Args:
        peptide: What is predicted.
        observed: Prepared peaks; m/z ascending.
        options: Ions, range, and `tolerance_ppm` of the predicted m/z. No width is read.
        belief: How sure the model is: below 1 the ions stand at the expected masses.
    """
    fragments = fragment_mz(peptide, options.ions)
    mz = fragments.mz + belief.offset_da
    if belief.p_right < 1:
        mz = _expected_mz(peptide, options, belief)
    inside = (mz >= options.mz_min) & (mz <= options.mz_max)
    mz = mz[inside]
    nearest, error_ppm = _nearest(mz, observed)
    found = np.abs(error_ppm) <= options.tolerance_ppm
    matched = np.zeros(len(observed.mz), dtype=bool)
    matched[nearest[found]] = True
    total = float(observed.intensity.sum())
    intensity = np.full(len(mz), np.nan)
    intensity[found] = observed.intensity[nearest[found]]
    return Match(
        tuple(name for name, keep in zip(fragments.names, inside, strict=True) if keep),
        tuple(ion for ion, keep in zip(fragments.ion_types, inside, strict=True) if keep),
        mz,
        np.where(found, nearest, -1),
        np.where(found, error_ppm, np.nan),
        intensity,
        matched,
        float(observed.intensity[matched].sum()) / total if total > 0 else 0.0,
        options.tolerance_ppm,
    )


def _expected_mz(
    peptide: Peptide, options: SpectrumOptions, belief: Belief
) -> Float[np.ndarray, " ions"]:
    batch = one_hot_batch([peptide], belief.p_right, belief.rest, options.seed)
    mass = expected_mass(batch.probabilities, batch.mass_da, options.special_tokens)
    peaks = ladder_mz(mass, batch.length, ladders(options.ions))
    return peaks.mz[0].numpy() + belief.offset_da


def _nearest(
    mz: Float[np.ndarray, " ions"], observed: Prepared
) -> tuple[Int[np.ndarray, " ions"], Float[np.ndarray, " ions"]]:
    """Give the nearest observed peak of each position, and its signed error in ppm."""
    if len(observed.mz) == 0:
        return np.zeros(len(mz), dtype=np.int64), np.full(len(mz), np.inf)
    above = np.searchsorted(observed.mz, mz).clip(0, len(observed.mz) - 1)
    below = (above - 1).clip(0)
    gap_above, gap_below = np.abs(observed.mz[above] - mz), np.abs(observed.mz[below] - mz)
    more_intense = observed.intensity[below] > observed.intensity[above]
    take_below = (gap_below < gap_above) | ((gap_below == gap_above) & more_intense)
    nearest = np.where(take_below, below, above)
    return nearest, (observed.mz[nearest] - mz) / mz * 1e6
