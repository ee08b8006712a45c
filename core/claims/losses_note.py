"""The note on improved losses: which function recomputes each of its claims."""

from typing import Final

from core.claims import (
    losses_formulas,
    losses_gradients,
    losses_precursor,
    losses_readings,
    losses_spectra,
)
from core.claims.recipe import Recipe

SPECTRA, RUNS = ("spectra",), ("runs",)

LOSSES_NOTE: Final[dict[str, Recipe]] = {
    "S1-01": Recipe(losses_spectra.range_of_gaussian, SPECTRA),
    "S1-02": Recipe(losses_formulas.bound_of_nearest),
    "S1-03": Recipe(losses_spectra.variances, SPECTRA),
    "S1-04": Recipe(losses_gradients.reach_of_gradients),
    "S1-05": Recipe(losses_spectra.length_dependence, SPECTRA),
    "S1-06": Recipe(losses_spectra.division_by_maximum, SPECTRA),
    "S1-07": Recipe(losses_formulas.grid_and_width),
    "S1-08": Recipe(losses_formulas.dense_memory),
    "S1-09": Recipe(losses_formulas.beyond_grid),
    "S1-10": Recipe(losses_readings.similar_magnitudes, SPECTRA),
    "S1-11": Recipe(losses_precursor.slope_small),
    "S1-12": Recipe(losses_precursor.slope_large),
    "S1-13": Recipe(losses_precursor.growth),
    "S1-14": Recipe(losses_precursor.two_precursor_losses),
    "S1-15": Recipe(losses_gradients.huber_direction, SPECTRA),
    "S1-16": Recipe(losses_gradients.mixing),
    "S1-17": Recipe(losses_gradients.clean_and_noisy_means),
    "S1-18": Recipe(losses_spectra.larger_with_length, SPECTRA),
    "S1-19": Recipe(losses_spectra.wins, SPECTRA),
    "S1-20": Recipe(losses_gradients.terms_alone, RUNS),
    "S1-21": Recipe(losses_readings.reading_the_cosine, SPECTRA),
    "S1-22": Recipe(losses_readings.same_scale, SPECTRA),
    "S1-23": Recipe(losses_readings.off_by_one, SPECTRA),
    "S1-24": Recipe(losses_gradients.stage_shocks, RUNS),
    "S1-25": Recipe(losses_formulas.weight_ranges),
}
