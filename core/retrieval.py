"""How well the right answer is found among many: ranks, mean reciprocal rank, recall at k."""

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError


def ranks(
    similarity: Float[np.ndarray, "queries keys"], right: Int[np.ndarray, " queries"]
) -> Float[np.ndarray, " queries"]:
    """Rank the right key of each query among all keys, the most similar first.

    Of keys that are equally similar the right one stands in the middle: what does not tell keys
    apart finds nothing.

    Args:
        similarity: The higher, the more alike; finite.
        right: Index of each query's right key.

    Returns:
        Ranks from 1 to the number of keys.

    Raises:
        InputError: A similarity is NaN or infinite.

    Example:
        >>> ranks(np.array([[0.9, 0.1, 0.9], [0.3, 0.2, 0.1]]), np.array([0, 2])).tolist()
        [1.5, 3.0]
    """
    if not np.isfinite(similarity).all():
        raise InputError("similarity", expected="finite numbers", came="NaN or inf",
                         do="Leave out examples whose prediction is not finite")  # fmt: skip
    of_right = similarity[np.arange(len(right)), right][:, None]
    above = (similarity > of_right).sum(axis=1)
    equal = (similarity == of_right).sum(axis=1)
    return above + (equal + 1) / 2


def mean_reciprocal_rank(rank: Float[np.ndarray, " queries"]) -> float:
    """Average 1 / rank; NaN of nothing.

    Example:
        >>> mean_reciprocal_rank(np.array([1.0, 2.0]))
        0.75
    """
    return float((1 / rank).mean()) if len(rank) else float("nan")


def recall_at(rank: Float[np.ndarray, " queries"], k: int) -> float:
    """Give the share of queries whose right key is among the first k; NaN of nothing."""
    return float((rank <= k).mean()) if len(rank) else float("nan")


def chance_mrr(keys: int) -> float:
    """Give the mean reciprocal rank of guessing: the mean of 1/1 ... 1/n.

    Example:
        >>> chance_mrr(2)
        0.75
    """
    return float((1 / np.arange(1, keys + 1)).mean())
