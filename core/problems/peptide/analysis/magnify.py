"""One predicted peak and its surroundings, as curves and as the bins of the grid."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.losses.gaussian import render_gaussians
from core.problems.peptide.analysis.match import Match
from core.problems.peptide.analysis.scoring import Prepared
from core.problems.peptide.config import SpectrumOptions

MIN_HALF_WIDTH_DA = 0.45
HALF_WIDTH_SIGMAS = 4.5  # wide enough that isotope shoulders come into view with a wide sigma
POINTS = 301
MAX_BINS = 200  # more would be a solid block


@dataclass(frozen=True, eq=False)
class MagnifiedPeak:
    """The surroundings of one ion; both sides are scaled to their own maximum.

    Args:
        name: The ion.
        mz: Where the curves are evaluated, ascending.
        predicted: Sum of the predicted Gaussians.
        observed: Sum of the observed Gaussians; 0 where nothing was observed.
        bin_mz: Centres of the grid's bins in view; empty where they are too fine to draw.
        bin_height: What the grid form makes of the predicted side there.
    """

    name: str
    mz: Float[np.ndarray, " points"]
    predicted: Float[np.ndarray, " points"]
    observed: Float[np.ndarray, " points"]
    bin_mz: Float[np.ndarray, " bins"]
    bin_height: Float[np.ndarray, " bins"]


def magnify_peak(
    match: Match, observed: Prepared, options: SpectrumOptions
) -> MagnifiedPeak | None:
    """Look closely at the most intense matched ion, or at the middle one where none is matched.

    Args:
        match: Predicted ions with their partners.
        observed: Prepared peaks.
        options: Width, bin and lower end of the grid.

    Returns:
        The surroundings of one ion; None where no ion lies in the range.
    """
    if not match.predicted:
        return None
    chosen = int(np.nanargmax(match.intensity)) if match.matched else match.predicted // 2
    half = max(MIN_HALF_WIDTH_DA, HALF_WIDTH_SIGMAS * options.sigma_da)
    mz = np.linspace(match.mz[chosen] - half, match.mz[chosen] + half, POINTS)
    ones = np.ones(match.predicted)
    predicted = render_gaussians(np.sort(match.mz), ones, mz, options.sigma_da)
    seen = render_gaussians(observed.mz, observed.intensity, mz, options.sigma_da)
    first = np.ceil((mz[0] - options.mz_min) / options.bin_da - 0.5)
    count = int((mz[-1] - mz[0]) / options.bin_da) if 2 * half / options.bin_da <= MAX_BINS else 0
    centres = options.mz_min + (first + np.arange(count) + 0.5) * options.bin_da
    heights = render_gaussians(np.sort(match.mz), ones, centres, options.sigma_da)
    top = predicted.max()
    return MagnifiedPeak(
        match.names[chosen],
        mz,
        predicted / top,
        seen / (seen.max() or 1.0),
        centres,
        heights / top,
    )
