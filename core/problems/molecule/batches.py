"""Batches of pairs as training takes them, and how hard they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from core.diagnosis.contrastive_runs import similarity_text
from core.losses.contrastive import chance_level
from core.problems.molecule.config import MoleculeConfig, batch_options
from core.problems.molecule.graphs import GraphBatch
from core.samplers.epoch import Epoch
from core.samplers.hard_batches import draw_epoch
from core.samplers.pool import Pool

ALIKE: Final = 0.95  # cosine of two texts from which they may say the same
RANDOM_PAIRS: Final = 4_000


@dataclass(frozen=True, eq=False)
class Batch:
    """Some pairs.

    Args:
        graphs: Their molecules.
        text: Their texts, as vectors.
        same: Where two pairs share a text or a molecule, and are no negatives.
        about: How hard the batch is, by metric key.
    """

    graphs: GraphBatch
    text: Float[Tensor, "pairs text_dim"]
    same: Bool[Tensor, "pairs pairs"]
    about: Mapping[str, float]


class Epochs:
    """The batches of epochs, of which the last one drawn is kept."""

    def __init__(self, pool: Pool, config: MoleculeConfig) -> None:
        self._pool, self._options = pool, batch_options(config)
        self._drawn: Epoch | None = None

    def __call__(self, epoch: int) -> Epoch:
        """Give the batches of an epoch, counted from 0 over all runs of a chain."""
        if self._drawn is None or self._drawn.epoch != epoch:
            self._drawn = draw_epoch(self._pool, self._options, epoch)
        return self._drawn


def hardness(drawn: Epoch, place: int) -> dict[str, float]:
    """Tell how hard a batch is, and what chance would reach in it."""
    about = {"train/chance_loss": chance_level(int(drawn.sizes[place]))}
    if drawn.is_hard and drawn.asked[place]:
        about["train/hard_filled"] = float(drawn.filled[place] / drawn.asked[place])
        similarity = drawn.similarity[place][drawn.is_hard_member[place]]
        if len(similarity):
            about["train/hard_similarity"] = float(similarity.mean())
    return about


def alike_share(text: Float[Tensor, "pairs text_dim"], same: Bool[Tensor, "pairs pairs"]) -> float:
    """Give the share of the negatives of a batch whose texts are almost those of the pair."""
    alike = (text @ text.T > ALIKE) & ~same
    return float(alike.sum() / (~same).sum().clamp(min=1))


def random_similarity(vectors: Float[np.ndarray, "pairs dim"]) -> str:
    """Say how alike two training texts drawn at random are."""
    one, other = np.random.default_rng(0).integers(0, len(vectors), size=(2, RANDOM_PAIRS))
    cosine = (vectors[one] * vectors[other]).sum(axis=1)[one != other]
    return similarity_text(float(cosine.mean()), float(cosine.std()))
