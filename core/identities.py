"""How cosine, norms and squared error hang together, exactly; the note's grades and trajectory.

With the cosine c of prediction p and target t: |p - t|^2 = |p|^2 + |t|^2 - 2 |p| |t| c. "Scaled"
below means divided by |t|^2, which is the plain MSE for targets of norm sqrt(D); r is the norm
ratio |p| / |t|. The note's MSE = 2 (1 - c) is the case r = 1, which a cosine loss does not train.

The relations hold for each pair of vectors; for means over a set only approximately. Numbers and
arrays are taken alike and broadcast; cosines are -1 to 1, norms and squared errors 0 or more.
"""

from dataclasses import dataclass
from typing import Literal, NoReturn

import numpy as np
from jaxtyping import Bool, Float

from core.errors import InputError

Values = float | Float[np.ndarray, "..."]
Reduction = Literal["mean", "sum"]
ROUNDING = 1e-12  # so far beside a line a value still counts as on it


def squared_error(
    cos: Values, pred_norm: Values, target_norm: Values, *, dimension: int, reduction: Reduction
) -> Values:
    """Compute |p|^2 + |t|^2 - 2 |p| |t| c; its mean over D components is what `mse_loss` gives.

    Raises:
        InputError: If the dimension is below 1.

    Example:
        >>> squared_error(0.0, 8.0, 16.0, dimension=256, reduction="mean")
        1.25
    """
    # The same sum, written so that it cannot come out below 0.
    distance = (pred_norm - target_norm) ** 2 + 2 * pred_norm * target_norm * (1 - cos)
    return distance / _divisor(dimension, reduction)


def note_line(cos: Values) -> Values:
    """Compute the scaled MSE at norm ratio 1, the note's 2 (1 - c)."""
    return 2 * (1 - cos)


def optimal_line(cos: Values) -> Values:
    """Compute 1 - c^2, the scaled MSE at its optimal norm ratio r = c.

    An MSE-trained model shrinks towards it. Below c = 0 no norm reaches it, as r = c would turn
    the prediction round: the least there is 1, at r = 0.
    """
    return (1 - cos) * (1 + cos)


def expected_mse(cos: Values, norm_ratio: Values) -> Values:
    """Compute the scaled MSE 1 + r^2 - 2 r c of a cosine and a norm ratio, 0 or more.

    Example:
        >>> [round(expected_mse(0.85, norm / 16), 2) for norm in (1, 8, 16, 32)]
        [0.9, 0.4, 0.3, 1.6]
    """
    return (1 - norm_ratio) ** 2 + 2 * norm_ratio * (1 - cos)


def norm_ratio_roots(
    cos: Values, mse: Values, *, target_mean_square: Values = 1.0
) -> tuple[Values, Values]:
    """Find r = c -+ sqrt(c^2 - 1 + MSE / target mean square), the mean of |t|^2 / D, above 0.

    Returns:
        The lower and the upper root, with c between them; NaN where they are complex: no norm
        has this cosine and so small an MSE. A root below 0 is no norm either.

    Example:
        >>> [round(float(root), 3) for root in norm_ratio_roots(0.8, 0.4)]
        [0.6, 1.0]
    """
    inside = np.asarray(mse / target_mean_square - optimal_line(cos))
    inside = np.where(np.abs(inside) <= ROUNDING, 0.0, inside)
    half = np.sqrt(np.where(inside < 0, np.nan, inside))
    return cos - half, cos + half


def between_lines(cos: Values, mse: Values) -> np.bool_ | Bool[np.ndarray, "..."]:
    """Tell where 1 - c^2 <= scaled MSE <= 2 (1 - c): a norm ratio from 2 c - 1 to 1.

    Example:
        >>> between_lines(0.8, np.array([0.3, 0.38, 0.5])).tolist()
        [False, True, False]
    """
    above = np.greater_equal(mse, optimal_line(cos) - ROUNDING)
    return above & np.less_equal(mse, note_line(cos) + ROUNDING)


def cosine_gradient(
    pred: Float[np.ndarray, "*grid 2"], target: Float[np.ndarray, "2"]
) -> Float[np.ndarray, "*grid 2"]:
    """Compute d(1 - c) / dp in the plane of predictions and one target.

    Orthogonal to the prediction, of length sin(angle) / |p|: it turns, and never stretches. Zero
    for a zero prediction, as in `core.losses.regression`.

    Raises:
        InputError: If the target is zero.

    Example:
        >>> cosine_gradient(np.array([[2.0, 0.0], [4.0, 0.0]]), np.array([0.0, 1.0])).tolist()
        [[0.0, -0.5], [0.0, -0.25]]
    """
    size = np.linalg.norm(target)
    if size == 0:
        _refuse("target", "a vector with a direction", "zero", "Move it away from the origin")
    norm = np.linalg.norm(pred, axis=-1, keepdims=True)
    safe = np.where(norm > 0, norm, 1.0)
    one, other = pred / safe, target / size
    cos = (one * other).sum(-1, keepdims=True)
    return np.where(norm > 0, (cos * one - other) / safe, 0.0)


def squared_error_gradient(
    pred: Float[np.ndarray, "*grid 2"],
    target: Float[np.ndarray, "2"],
    *,
    dimension: int,
    reduction: Reduction,
) -> Float[np.ndarray, "*grid 2"]:
    """Compute 2 (p - t), over D for the mean: away from the target, so along the prediction too.

    Raises:
        InputError: If the dimension is below 1.
    """
    return 2 * (pred - target) / _divisor(dimension, reduction)


@dataclass(frozen=True)
class Grade:
    """A range of the cosine loss; `high` belongs to it if `is_closed`, else to the next one."""

    name: str
    low: float
    high: float
    is_closed: bool = False


GRADES = (
    Grade("excellent", 0.0, 0.15),
    Grade("good", 0.15, 0.30),
    Grade("medium", 0.30, 0.50),
    Grade("weak", 0.50, 1.5, is_closed=True),
    Grade("very bad", 1.5, 2.0, is_closed=True),
)
"""The note names nothing between 0.5 and 1.5: "weak" is ours. Its "about 1: random" has no ends, so
it is a mark, not a grade."""

RANDOM = 1.0
"""Mean cosine loss of random predictions, if the targets are centred."""


def grade(cosine_loss: float) -> Grade:
    """Give the grade of a cosine loss, 0 to 2; float32 may have rounded it past either end.

    Raises:
        InputError: If it is no cosine loss.

    Example:
        >>> grade(0.2341).name, grade(1 - 0.85).name
        ('good', 'good')
    """
    if not -1e-6 <= cosine_loss <= 2 + 1e-6:
        _refuse("cosine loss", "0 to 2", f"{cosine_loss:g}", "Give 1 - cosine, not the cosine")
    loss = min(cosine_loss, 2.0)
    return next(g for g in GRADES if loss < g.high or (g.is_closed and loss == g.high))


@dataclass(frozen=True)
class Milestone:
    """What the note expects after an epoch; its MSE is `note_line` of its cosine."""

    epoch: int
    cos: float
    mse: float


TRAJECTORY = (
    Milestone(1, 0.05, 1.90),
    Milestone(50, 0.55, 0.90),
    Milestone(150, 0.75, 0.50),
    Milestone(300, 0.85, 0.30),
)


def _divisor(dimension: int, reduction: Reduction) -> int:
    if dimension < 1:
        _refuse("dimension", "at least 1", str(dimension), "Count the components of a vector")
    return {"mean": dimension, "sum": 1}[reduction]


def _refuse(where: str, expected: str, came: str, do: str) -> NoReturn:
    raise InputError(where, expected=expected, came=came, do=do)
