"""The note on hard negatives: which function recomputes each of its claims."""

from typing import Final

from core.claims import (
    hard_negatives_batches,
    hard_negatives_gains,
    hard_negatives_neighbours,
    hard_negatives_switch,
    hard_negatives_words,
)
from core.claims.recipe import Recipe

MOLECULES, RUNS = ("molecules",), ("runs",)

HARD_NEGATIVES_NOTE: Final[dict[str, Recipe]] = {
    "S3-01": Recipe(hard_negatives_neighbours.three_drugs, MOLECULES),
    "S3-02": Recipe(hard_negatives_batches.half_hard, MOLECULES),
    "S3-03": Recipe(hard_negatives_batches.all_hard, MOLECULES),
    "S3-04": Recipe(hard_negatives_neighbours.similarity_by_k, MOLECULES),
    "S3-05": Recipe(hard_negatives_neighbours.near_duplicates, MOLECULES),
    "S3-06": Recipe(hard_negatives_neighbours.what_sampler_reads, MOLECULES),
    "S3-07": Recipe(hard_negatives_gains.early_stagnation, RUNS),
    "S3-08": Recipe(hard_negatives_batches.first_hard_epoch),
    "S3-09": Recipe(hard_negatives_words.advised_epochs),
    "S3-10": Recipe(hard_negatives_words.ratio_bands),
    "S3-11": Recipe(hard_negatives_switch.at_the_switch, RUNS),
    "S3-12": Recipe(hard_negatives_words.loss_of_guessing, RUNS),
    "S3-13": Recipe(hard_negatives_switch.note_alarm, (*RUNS, *MOLECULES), seconds=3.0),
    "S3-14": Recipe(hard_negatives_words.gains_of_table),
    "S3-15": Recipe(hard_negatives_gains.gains_measured, RUNS),
    "S3-16": Recipe(hard_negatives_gains.order_of_ways, RUNS),
    "S3-17": Recipe(hard_negatives_gains.gain_among_near, RUNS),
    "S3-18": Recipe(hard_negatives_neighbours.search_time, seconds=1.0, full_seconds=5.0),
    "S3-19": Recipe(hard_negatives_neighbours.sampling_time, seconds=1.0),
    "S3-20": Recipe(hard_negatives_neighbours.similarity_matrix),
    "S3-21": Recipe(hard_negatives_batches.quick_test),
    "S3-24": Recipe(hard_negatives_batches.second_step),
    "S3-25": Recipe(hard_negatives_words.what_logs_hold, RUNS),
}
