"""The options of hard-negative batches, and what follows from them alone."""

from dataclasses import dataclass
from typing import Final

from core.errors import InputError

METHODS: Final = ("planned", "sequential")


@dataclass(frozen=True)
class BatchOptions:
    """How batches are drawn.

    Args:
        hard_negatives: Whether near neighbours are drawn at all.
        hard_ratio: Share of a batch that is hard, its pivot included, 0 to 1.
        hardness_k: How many of an item's nearest neighbours are its own list, 1 or more.
        curriculum_epoch: Epochs before this one are random. Epochs count from 0, so at 5 the
            first five are random and the sixth, "epoch 6" on the screen, is the first hard one.
            Every later one is hard too, also where a run is resumed there.
        batch_size: Items in a batch, 2 or more: alone, an item has no negatives.
        seed: Of all randomness, 0 or more, together with the epoch.
        drop_last: Leave out the items that do not fill a batch, others in each epoch.
        method: "planned" gives every batch its hard members before any random one is drawn;
            "sequential" finishes batch after batch, and neighbours run out towards the end.
        max_similarity: Nothing above this cosine to the pivot is a negative, -1 to 1.
        relative_margin: Nothing above positive - |positive| x margin is a negative, 0 or more,
            where positive is the pivot's similarity to its own positive (`Pool`): 0.05 keeps
            what is at least 5 % below it.
        minimum_rank: How many of the nearest neighbours are skipped, less than `hardness_k`.

    Raises:
        InputError: An option is out of its range.

    Source:
        `max_similarity`, `relative_margin` and `minimum_rank` mean what `max_score`,
        `relative_margin` and `range_min` of sentence-transformers' `mine_hard_negatives` mean.
        De Souza P. Moreira et al., NV-Retriever, arXiv 2407.15831, "TopK-PercPos": margin 0.05.
    """

    hard_negatives: bool = True
    hard_ratio: float = 0.5
    hardness_k: int = 100
    curriculum_epoch: int = 0
    batch_size: int = 32
    seed: int = 0
    drop_last: bool = False
    method: str = "planned"
    max_similarity: float | None = None
    relative_margin: float | None = None
    minimum_rank: int = 0

    def __post_init__(self) -> None:
        """Refuse what is out of range; NaN is never inside one."""
        _need("hard_ratio", self.hard_ratio, 0 <= self.hard_ratio <= 1, "0 to 1")
        _need("hardness_k", self.hardness_k, self.hardness_k >= 1, "1 or more")
        epoch = self.curriculum_epoch
        _need("curriculum_epoch", epoch, epoch >= 0, "0 or more, counted from 0")
        _need("batch_size", self.batch_size, self.batch_size >= 2, "2 or more")
        _need("seed", self.seed, self.seed >= 0, "0 or more")
        _need("method", self.method, self.method in METHODS, " or ".join(METHODS))
        ceiling = self.max_similarity
        _need("max_similarity", ceiling, ceiling is None or -1 <= ceiling <= 1, "-1 to 1, or none")
        margin = self.relative_margin
        _need("relative_margin", margin, margin is None or margin >= 0, "0 or more, or none")
        is_below = 0 <= self.minimum_rank < self.hardness_k
        _need("minimum_rank", self.minimum_rank, is_below, "0 to hardness_k - 1")


def _need(name: str, value: object, holds: bool, expected: str) -> None:
    if not holds:
        raise InputError(name, expected=expected, came=f"{value}", do="Change the option")


def hard_slots(hard_ratio: float, batch_size: int) -> int:
    """Give how many near neighbours a batch asks for beside its pivot.

    The pivot belongs to the hard part. Halves round to the even number, as Python's `round` does.

    Example:
        >>> [hard_slots(ratio, 32) for ratio in (0.0, 0.03, 0.5, 1.0)]
        [0, 0, 15, 31]
    """
    return max(0, round(hard_ratio * batch_size) - 1)


def is_hard_epoch(options: BatchOptions, epoch: int) -> bool:
    """Tell whether an epoch, counted from 0, draws near neighbours.

    Example:
        >>> [is_hard_epoch(BatchOptions(curriculum_epoch=5), epoch) for epoch in (4, 5, 6)]
        [False, True, True]
    """
    slots = hard_slots(options.hard_ratio, options.batch_size)
    return options.hard_negatives and slots > 0 and epoch >= options.curriculum_epoch
