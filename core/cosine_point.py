"""One prediction beside its target: cosine, norms, noise, and what both losses make of it."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from jaxtyping import Float

from core.identities import Reduction, note_line, squared_error

TARGET_NORMS: Final = ("unit", "z-scored", "raw")


@dataclass(frozen=True)
class Point:
    """A prediction and its target, up to a rotation of both.

    Args:
        cos: Cosine before the noise, -1 to 1.
        norm_ratio: |prediction| / |target| before the noise, 0 or more.
        dimension: Number of components D, 2 or more.
        target_norm: |target|, above 0.
        reduction: Whether the squared error is averaged or summed over the components.
        noise: Standard deviation of noise on each component of the prediction, as a fraction of
            the root mean square component of the target; 0 or more.
    """

    cos: float
    norm_ratio: float
    dimension: int
    target_norm: float
    reduction: Reduction = "mean"
    noise: float = 0.0

    @property
    def noisy(self) -> tuple[float, float]:
        """Cosine and norm ratio with the noise, to first order in 1 / D.

        Noise of many components stands at a right angle to everything: it lengthens the
        prediction by Pythagoras and leaves its inner product with the target alone.

        Example:
            >>> Point(0.8, 1.0, 256, 16.0, noise=0.75).noisy
            (0.64, 1.25)
        """
        ratio = sqrt(self.norm_ratio**2 + self.noise**2)
        return (self.cos * self.norm_ratio / ratio if ratio else 0.0), ratio

    @property
    def error(self) -> float:
        """Squared error with the noise, in the units of the reduction."""
        return float(self.error_at(*self.noisy))

    @property
    def unit(self) -> float:
        """What the scaled squared error is multiplied by: |t|^2, over D for the mean."""
        return float(self.error_at(0.0, 0.0))

    @property
    def times_note(self) -> float:
        """Squared error over the note's 2 (1 - cos); inf at cosine 1."""
        line = note_line(self.noisy[0])
        return self.error / float(line) if line > 0 else float("inf")

    def error_at(
        self, cos: float | Float[np.ndarray, "..."], norm_ratio: float | Float[np.ndarray, "..."]
    ) -> float | Float[np.ndarray, "..."]:
        """Squared error of another cosine and norm ratio beside the same target."""
        return squared_error(
            cos,
            norm_ratio * self.target_norm,
            self.target_norm,
            dimension=self.dimension,
            reduction=self.reduction,
        )


def target_norm(kind: str, dimension: int, raw: float) -> float:
    """Give the norm of a target: 1, sqrt(D) of z-scored ones on average, or as it comes.

    Example:
        >>> target_norm("z-scored", 256, raw=8.0)
        16.0
    """
    return {"unit": 1.0, "z-scored": sqrt(dimension), "raw": raw}[kind]


def draw_noisy(
    point: Point, count: int, seed: int
) -> tuple[Float[np.ndarray, " count"], Float[np.ndarray, " count"]]:
    """Draw predictions with their noise, in all their dimensions.

    Args:
        point: Where they lie before the noise.
        count: How many.
        seed: Of the noise.

    Returns:
        Cosine and squared error of each.
    """
    generator = np.random.default_rng(seed)
    pred = generator.standard_normal((count, point.dimension)) * point.noise
    pred /= sqrt(point.dimension)  # in units of the target's norm
    pred[:, 0] += point.norm_ratio * point.cos
    pred[:, 1] += point.norm_ratio * sqrt(max(1 - point.cos**2, 0.0))
    norm = np.linalg.norm(pred, axis=1)
    cos = np.divide(pred[:, 0], norm, out=np.zeros(count), where=norm > 0)
    return cos, np.asarray(point.error_at(cos, norm))
