"""Where vectors of length 1 lie: how close pairs are, and how evenly all of them are spread."""

import numpy as np
from jaxtyping import Float
from scipy.special import hyp0f1

from core.errors import InputError

SPREAD = 2.0  # factor in the exponent of the uniformity, as in its source


def alignment(one: Float[np.ndarray, "pairs dim"], other: Float[np.ndarray, "pairs dim"]) -> float:
    """Average the squared distance of the two sides of each pair, 0 to 4; the lower, the closer.

    Source:
        Wang and Isola 2020 (arXiv 2005.10242), eq. 3 with exponent 2. NaN of nothing.

    Example:
        >>> alignment(np.eye(2), np.eye(2)[::-1])
        2.0
    """
    return float(((one - other) ** 2).sum(axis=1).mean()) if len(one) else float("nan")


def uniformity(rows: Float[np.ndarray, "rows dim"]) -> float:
    """Take the logarithm of the mean of exp(-2 distance²) over all pairs of two rows.

    Args:
        rows: Of length 1.

    Returns:
        -8 to 0: the lower, the more evenly they are spread; 0 where all are one point, and
        `even_uniformity` for many that lie anywhere alike. NaN of fewer than two rows.

    Raises:
        InputError: A row has another length than 1.

    Source:
        Wang and Isola 2020 (arXiv 2005.10242), eq. 4 with t = 2.

    Example:
        >>> round(uniformity(np.array([[1.0, 0.0], [-1.0, 0.0]])), 6)
        -8.0
    """
    if len(rows) < 2:
        return float("nan")
    rows = rows.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    if not np.allclose(lengths, 1.0, atol=1e-3):
        raise InputError("rows", expected="vectors of length 1",
                         came=f"lengths {lengths.min():.3g} to {lengths.max():.3g}",
                         do="Divide each by its length")  # fmt: skip
    cosine = rows @ rows.T
    closeness = np.exp(-2 * SPREAD * (1 - cosine))
    np.fill_diagonal(closeness, 0.0)
    return float(np.log(closeness.sum() / (len(rows) * (len(rows) - 1))))


def even_uniformity(dim: int) -> float:
    """Give the uniformity of infinitely many vectors that lie anywhere on the sphere alike.

    The mean of exp(4 cosine) over the sphere is the normalising constant of the von Mises-Fisher
    distribution over the area.

    Args:
        dim: Components of a vector, 2 or more.

    Example:
        >>> round(even_uniformity(2), 4), round(even_uniformity(128), 4)
        (-1.575, -3.9375)
    """
    # As a confluent hypergeometric function, which stays a number in thousands of dimensions.
    return float(np.log(hyp0f1(dim / 2, SPREAD**2)) - 2 * SPREAD)
