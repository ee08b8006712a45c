"""How well the right molecule is found for a text: among all, and among those that are near."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.retrieval import chance_mrr, mean_reciprocal_rank, ranks, recall_at
from core.sphere import alignment, uniformity

AT = (1, 5, 10)
NEAREST = 100  # candidates beside the right one, where only near ones stand


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Pairs that are scored.

    Args:
        pairs: Their numbers.
        label: Of each; candidates of one label are equally right.
        near: Of each text the candidates whose texts are most alike, -1 where there are fewer.
    """

    pairs: Int[np.ndarray, " pairs"]
    label: Int[np.ndarray, " pairs"]
    near: Int[np.ndarray, "pairs nearest"]


def held_out(
    pairs: Int[np.ndarray, " pairs"],
    label: Int[np.ndarray, " pairs"],
    vectors: Float[np.ndarray, "pairs dim"],
) -> HeldOut:
    """Collect a set with the nearest candidates of each text, those of its own label left out.

    Args:
        pairs: Their numbers.
        label: Of each.
        vectors: Of their texts, rows of length 1.
    """
    similarity = vectors @ vectors.T
    similarity[label[:, None] == label] = -np.inf
    count = min(NEAREST, len(pairs) - 1)
    near = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    is_other = np.isfinite(np.take_along_axis(similarity, near, axis=1))
    return HeldOut(pairs, label, np.where(is_other, near, -1))


def score(
    query: Float[np.ndarray, "pairs dim"], key: Float[np.ndarray, "pairs dim"], of: HeldOut
) -> dict[str, Float[np.ndarray, " pairs"]]:
    """Rank the right molecule of each text among all molecules, and among the near ones.

    Args:
        query: Of the texts, rows of length 1.
        key: Of the molecules, rows of length 1.
        of: The set.
    """
    similarity = query.astype(float) @ key.astype(float).T
    own = similarity.diagonal().copy()
    is_same = (of.label[:, None] == of.label) & ~np.eye(len(of.label), dtype=bool)
    similarity[is_same] = -2.0  # below every cosine: equally right, so no rival
    near = np.take_along_axis(similarity, np.maximum(of.near, 0), axis=1)
    near = np.column_stack([own, np.where(of.near >= 0, near, -2.0)])
    right = np.arange(len(own))
    return {
        "similarity": own,
        "rank": ranks(similarity, right),
        "near_rank": ranks(near, np.zeros(len(own), dtype=int)),
    }


def summarise(split: str, by_pair: dict[str, np.ndarray], of: HeldOut) -> dict[str, float]:
    """Average over a set: among all under its own name, among near ones under `<name>_near`."""
    candidates = {"": ("rank", len(of.pairs)), "_near": ("near_rank", of.near.shape[1] + 1)}
    values: dict[str, float] = {}
    for ending, (name, count) in candidates.items():
        rank, key = by_pair[name], f"{split}{ending}"
        values |= {f"{key}/mrr": mean_reciprocal_rank(rank), f"{key}/chance_mrr": chance_mrr(count)}
        values |= {f"{key}/recall_at_{k}": recall_at(rank, k) for k in AT}
    return values


def summarise_spread(
    split: str, query: Float[np.ndarray, "pairs dim"], key: Float[np.ndarray, "pairs dim"]
) -> dict[str, float]:
    """Tell how close pairs lie, and how evenly texts and molecules fill the sphere.

    Args:
        split: Name of the set.
        query: Of the texts, rows of length 1.
        key: Of the molecules, rows of length 1.
    """
    return {
        f"{split}/alignment": alignment(query, key),
        f"{split}/text_uniformity": uniformity(query),
        f"{split}/molecule_uniformity": uniformity(key),
    }
