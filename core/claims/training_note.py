"""The note on the training fix: which function recomputes each of its claims."""

from typing import Final

from core.claims import (
    training_masses,
    training_precursor,
    training_runs,
    training_shares,
    training_spectra,
    training_words,
)
from core.claims.recipe import Recipe

SPECTRA, RUNS = ("spectra",), ("runs",)

TRAINING_NOTE: Final[dict[str, Recipe]] = {
    "S2-01": Recipe(training_words.count_of_bugs),
    "S2-02": Recipe(training_masses.wrong_vocabulary),
    "S2-03": Recipe(training_precursor.clamp_slope),
    "S2-04": Recipe(training_precursor.log_slope),
    "S2-05": Recipe(training_precursor.ten_steps),
    "S2-06": Recipe(training_spectra.matched_peaks, SPECTRA),
    "S2-07": Recipe(training_spectra.matches_by_chance, SPECTRA),
    "S2-08": Recipe(training_spectra.flawed_discrimination, SPECTRA),
    "S2-09": Recipe(training_spectra.directions, SPECTRA),
    "S2-10": Recipe(training_spectra.lucky_matches, SPECTRA),
    "S2-11": Recipe(training_spectra.distances, SPECTRA),
    "S2-12": Recipe(training_spectra.random_over_right, SPECTRA),
    "S2-13": Recipe(training_shares.first_shares),
    "S2-14": Recipe(training_precursor.error_behind_loss),
    "S2-15": Recipe(training_shares.three_aims),
    "S2-16": Recipe(training_shares.stage_2_total),
    "S2-17": Recipe(training_shares.stage_2_start),
    "S2-18": Recipe(training_words.knowing_nothing),
    "S2-19": Recipe(training_precursor.table_of_values),
    "S2-20": Recipe(training_precursor.weighted_columns),
    "S2-21": Recipe(training_precursor.proportional),
    "S2-22": Recipe(training_shares.most_of_precursor),
    "S2-23": Recipe(training_shares.stage_2_precursor),
    "S2-24": Recipe(training_shares.stage_6_precursor),
    "S2-25": Recipe(training_shares.stage_10_precursor),
    "S2-26": Recipe(training_shares.spectrum_products),
    "S2-27": Recipe(training_words.untrained_spectrum),
    "S2-28": Recipe(training_precursor.slopes),
    "S2-29": Recipe(training_precursor.slope_kept),
    "S2-30": Recipe(training_precursor.near_linear),
    "S2-31": Recipe(training_precursor.growth),
    "S2-32": Recipe(training_words.timeline),
    "S2-33": Recipe(training_masses.soft_masses),
    "S2-34": Recipe(training_masses.goal_of_50_ppm),
    "S2-35": Recipe(training_words.accuracy_pairs),
    "S2-36": Recipe(training_masses.sight_of_terms),
    "S2-37": Recipe(training_words.last_precursor_weight),
    "S2-38": Recipe(training_runs.final_error, RUNS),
    "S2-39": Recipe(training_shares.bands_together),
    "S2-40": Recipe(training_runs.weight_of_zero, RUNS),
}
