"""The note on the density decoder: which function recomputes each of its claims."""

from typing import Final

from core.claims import (
    sidechain_constants,
    sidechain_density,
    sidechain_figures,
    sidechain_tables,
    sidechain_words,
)
from core.claims.recipe import Recipe

RUNS, STRUCTURES = ("runs",), ("structures",)

SIDECHAIN_NOTE: Final[dict[str, Recipe]] = {
    "S4-01": Recipe(sidechain_figures.fall_of_accuracy),
    "S4-02": Recipe(sidechain_figures.rise_of_perplexity),
    "S4-03": Recipe(sidechain_figures.giving_up, RUNS),
    "S4-04": Recipe(sidechain_figures.atom_factor),
    "S4-05": Recipe(sidechain_words.common_factor),
    "S4-06": Recipe(sidechain_tables.totals_of_table),
    "S4-07": Recipe(sidechain_tables.change_of_total),
    "S4-08": Recipe(sidechain_tables.changes_of_far_atoms),
    "S4-09": Recipe(sidechain_tables.improvement),
    "S4-10": Recipe(sidechain_figures.duration),
    "S4-11": Recipe(sidechain_figures.last_step),
    "S4-12": Recipe(sidechain_density.stored_tensor),
    "S4-13": Recipe(sidechain_density.cost_of_tau, STRUCTURES, seconds=4.0, full_seconds=15.0),
    "S4-14": Recipe(sidechain_density.far_atoms, (*STRUCTURES, *RUNS), seconds=4.0,
                    full_seconds=15.0),
    "S4-15": Recipe(sidechain_constants.other_cause, (*STRUCTURES, *RUNS)),
    "S4-16": Recipe(sidechain_constants.constant_cb, STRUCTURES),
    "S4-17": Recipe(sidechain_constants.constant_backbone, STRUCTURES),
    "S4-18": Recipe(sidechain_constants.type_means, STRUCTURES),
    "S4-19": Recipe(sidechain_tables.outward_growth),
    "S4-20": Recipe(sidechain_tables.worst_slots),
    "S4-22": Recipe(sidechain_words.measures_of_geometry),
    "S4-23": Recipe(sidechain_density.slots_of_atom14),
    "S4-24": Recipe(sidechain_words.settings_at_once),
    "S4-25": Recipe(sidechain_words.saturation),
}  # fmt: skip
