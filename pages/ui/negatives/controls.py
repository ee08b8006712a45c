"""Controls of the page on hard negatives, and the sampler's options that their values make."""

from collections.abc import Mapping
from typing import Any

from core.samplers.options import METHODS, BatchOptions
from pages.ui.controls import Control, Number, Segments, Slider, Steps

RATIO = Slider(
    "hard_ratio",
    "Hard ratio, 0 to 1",
    "Share of a batch that is hard, its pivot included. 0.5 is the note's default; 0 is random.",
    0.5,
    0.0,
    1.0,
    0.05,
)
NEIGHBOURS = Steps(
    "hardness_k",
    "Neighbours k, items",
    "How many of its nearest neighbours are an item's own list. The note recommends 50 to 100.",
    100,
    (1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200),
)
SIZE = Steps(
    "batch_size",
    "Batch size, pairs",
    "Pairs of one update: all other texts of a batch are negatives of a molecule.",
    32,
    (4, 8, 10, 16, 24, 32, 48, 64, 96, 128),
)
EPOCH = Slider(
    "epoch",
    "Epoch, from 1",
    "Which epoch is shown: each draws its batches anew from the seed and its number.",
    1,
    1,
    20,
    1,
)
BATCH = Number(
    "batch",
    "Batch, from 1",
    "Which batch of the epoch is shown.",
    1,
    1,
)
METHOD = Segments(
    "method",
    "Method",
    "planned: every batch gets its hard members before anything random is drawn. sequential: batch "
    "after batch, as the note describes; neighbours run out.",
    "planned",
    METHODS,
)
SEED = Number("negatives_seed", "Seed", "Of all randomness, 0 or more, with the epoch.", 0, 1)
CEILING = Slider(
    "ceiling",
    "Similarity ceiling, cosine",
    "Nothing above it is taken as a hard negative: what is so near may be right too. 1: no "
    "ceiling.",
    1.0,
    0.0,
    1.0,
    0.01,
)
RANK = Slider(
    "minimum_rank",
    "Nearest skipped, items",
    "How many of an item's nearest neighbours are left out.",
    0,
    0,
    20,
    1,
)
CURRICULUM = Slider(
    "curriculum",
    "Random at first, epochs",
    "The option curriculum_epoch: so many epochs are random; at 5 the sixth is the first hard one.",
    0,
    0,
    20,
    1,
)
ABOVE = Slider(
    "above",
    "Suspicious above, cosine",
    "Pairs of one batch that are more alike than this are listed: they may be no negatives.",
    0.9,
    0.5,
    1.0,
    0.01,
)
MEASURE = Segments(
    "measure",
    "Difficulty",
    "mean: similarity of all negatives of a batch to its pivot. hardest: of the most similar one.",
    "mean",
    ("mean", "hardest"),
)
TEMPERATURE = Steps(
    "temperature",
    "Temperature T, 0.01 to 1",
    "Similarities are divided by it. 0.07 is the default of a run.",
    0.07,
    (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0),
)
QUICK_K = Steps(
    "quick_k",
    "Neighbours k, of 100 items",
    "The note's test has 100, so that everybody is a neighbour; 19 are an item's own cluster.",
    19,
    (5, 10, 15, 19, 30, 50, 100),
)
QUICK_RATIO = Slider(
    "quick_ratio", "Hard ratio, 0 to 1", "Share of a batch that is hard.", 0.5, 0.0, 1.0, 0.1
)
QUICK_SEED = Number("quick_seed", "Seed", "Of the embeddings and batches, 0 or more.", 0, 1)

EPOCHS: tuple[Control, ...] = (RATIO, NEIGHBOURS, SIZE, METHOD, EPOCH)
MORE: tuple[Control, ...] = (CEILING, RANK, CURRICULUM, SEED)
QUICK: tuple[Control, ...] = (QUICK_K, QUICK_RATIO, QUICK_SEED)


def options_from(values: Mapping[str, Any]) -> BatchOptions:
    """Make the sampler's options from the values of the controls.

    Raises:
        InputError: One is out of its range.
    """
    ceiling = float(values[CEILING.key])
    return BatchOptions(
        hard_ratio=float(values[RATIO.key]),
        hardness_k=int(values[NEIGHBOURS.key]),
        curriculum_epoch=int(values[CURRICULUM.key]),
        batch_size=int(values[SIZE.key]),
        seed=int(values[SEED.key] or 0),
        method=str(values[METHOD.key]),
        max_similarity=ceiling if ceiling < 1 else None,
        minimum_rank=int(values[RANK.key]),
    )
