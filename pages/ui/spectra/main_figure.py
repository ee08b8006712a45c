"""The mirror plot of the spectra page and the numbers above it."""

import numpy as np

from core.figures.mirror import Magnified, MirrorPlot, draw_mirror
from core.problems.peptide.analysis.magnify import magnify_peak
from core.problems.peptide.analysis.match import Match
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.spectra import Spectrum
from pages.ui.charts import show_chart
from pages.ui.page import Metric, metrics_row
from pages.ui.spectra.controls import ION_SIGNS
from pages.ui.spectra.scene import Scene


def show_metrics(scene: Scene, match: Match, spectrum: Spectrum) -> None:
    """Show loss, lead, matched peaks, explained intensity and median error."""
    table, loss = scene.table, SPECTRUM_LOSSES[scene.loss]
    column = table.losses.index(scene.loss)
    # The edited peptide, where there is one, is the last candidate; else the label's row counts.
    row = len(table.candidates) - 1 if table.candidates[-1].kind == "edited" else 0
    grid = table.value[row, table.losses.index("gaussian_cosine_grid")]
    rival = table.rival[column]
    lead, median = table.lead[column], match.median_ppm
    metrics_row(
        (
            Metric(
                f"{loss.long_label} loss",
                f"{table.value[row, column]:.3f}",
                f"{grid:.3f} on the grid",
                "The loss in colour, for the label, or for the edited peptide.",
            ),
            Metric(
                "Lead over next peptide",
                "–" if np.isnan(lead) else f"{lead:.3f}".replace("-", "−"),
                table.candidates[rival].label if rival >= 0 else "no wrong peptide",
                "Lowest loss of another peptide minus that of the label; negative is trouble.",
            ),
            Metric(
                "Peaks matched",
                f"{match.matched} of {match.predicted}",
                f"within {match.tolerance_ppm:g} ppm" if match.matched else "no peak matched",
                "Predicted ions with an observed peak within the tolerance.",
            ),
            Metric(
                "Intensity explained",
                f"{100 * match.explained:.0f} %",
                f"{len(scene.observed.mz):,} of {len(spectrum.mz):,} peaks compared",
                "Share of the compared intensity in matched peaks. The most intense peaks inside "
                "the range are compared; how many is a control under More.",
            ),
            Metric(
                "Median error",
                "–" if median is None else f"{median:+.1f} ppm".replace("-", "−"),
                "of matched peaks" if match.matched else "no peak matched",
                "Observed minus predicted; near 0 where calibration is good.",
            ),
        )
    )


def show_mirror(scene: Scene, match: Match) -> None:
    """Draw predicted against observed, the errors below, one pair magnified."""
    record = summarise_match(scene, match)
    show_chart(
        draw_mirror(record, scene.palette),
        key="mirror",
        alt=f"Mirror plot: {match.matched} of {match.predicted} predicted ions of "
        f"{scene.peptide} lie within {match.tolerance_ppm:g} ppm of an observed peak.",
    )


def summarise_match(scene: Scene, match: Match) -> MirrorPlot:
    """Freeze a match for the mirror plot."""
    kinds = scene.options.ions
    part = magnify_peak(match, scene.observed, scene.options)
    magnified = part and Magnified(
        part.name, part.mz, part.predicted, part.observed, part.bin_mz, part.bin_height,
        scene.options.bin_da,
    )  # fmt: skip
    return MirrorPlot(
        series=tuple(ION_SIGNS[kind] for kind in kinds),
        predicted_mz=match.mz,
        predicted_series=np.array([kinds.index(kind) for kind in match.ion_types], dtype=int),
        predicted_label=match.names,
        error_ppm=match.error_ppm,
        observed_mz=scene.observed.mz,
        observed_intensity=scene.observed.intensity,
        observed_matched=match.observed_matched,
        matched_intensity=match.intensity,
        sigma_da=scene.options.sigma_da,
        tolerance_ppm=match.tolerance_ppm,
        magnified=magnified,
    )
