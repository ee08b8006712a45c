"""What a density is made of: degrees of harmonics, and shells with a Gaussian in the radius."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.errors import InputError
from core.representations.harmonics import LARGEST_DEGREE, Convention

MOST_SHELLS = 64


@dataclass(frozen=True)
class DensityBasis:
    """What a density is made of; points that the shells do not reach leave nothing in it.

    Args:
        l_max: Highest degree of the harmonics, 0 to 12.
        shells: Number of radii, 1 to 64.
        r_max: Outer radius in angstrom, above 0.
        width: Standard deviation of the radial Gaussian in angstrom, above 0. With less than
            about half the distance of two shells there are gaps between them.
        start: Radius of the first shell in angstrom, 0 to r_max; the last then lies at r_max.
            None: the shells are the centres of equal bins of 0 to r_max, as in the public source
            of the side chain note (0.25, 0.75 ... 7.75 by default).
        convention: Of the harmonics; it also sets the unit of tau.

    Raises:
        InputError: If a value is outside its range.

    Example:
        >>> DensityBasis(shells=4).radii
        (1.0, 3.0, 5.0, 7.0)
        >>> DensityBasis(shells=4, start=2.0).radii
        (2.0, 4.0, 6.0, 8.0)
    """

    l_max: int = 8
    shells: int = 16
    r_max: float = 8.0
    width: float = 0.25
    start: float | None = None
    convention: Convention = "sphericart"

    def __post_init__(self) -> None:
        """Check every value."""
        checks = (
            ("l_max", 0 <= self.l_max <= LARGEST_DEGREE, f"0 to {LARGEST_DEGREE}"),
            ("shells", 1 <= self.shells <= MOST_SHELLS, f"1 to {MOST_SHELLS}"),
            ("r_max", 0.0 < self.r_max < math.inf, "a radius above 0 angstrom"),
            ("width", 0.0 < self.width < math.inf, "a width above 0 angstrom"),
            ("start", self.start is None or 0.0 <= self.start <= self.r_max, "0 to r_max"),
            ("convention", self.convention in ("sphericart", "e3nn"), "sphericart or e3nn"),
        )
        for name, fits, expected in checks:
            if not fits:
                came = str(getattr(self, name))
                raise InputError(name, expected=expected, came=came, do="Choose another value")

    @property
    def harmonics(self) -> int:
        """Number of harmonics, (l_max + 1)^2."""
        return (self.l_max + 1) ** 2

    @property
    def has_gaps(self) -> bool:
        """Whether a point may be seen by one shell alone, which cannot tell its two sides."""
        return self.width < 0.4 * self.spacing

    @property
    def spacing(self) -> float:
        """Distance of two shells in angstrom; the outer radius where there is one shell."""
        radii = self.radii
        return radii[1] - radii[0] if self.shells > 1 else self.r_max

    @property
    def radii(self) -> tuple[float, ...]:
        """Radii of the shells in angstrom."""
        step = self.r_max / self.shells
        first, last = 0.5 * step, self.r_max - 0.5 * step
        if self.start is not None:
            first, last = self.start, self.r_max
        between = (last - first) / max(1, self.shells - 1)
        return tuple(first + place * between for place in range(self.shells))


def radial(
    radius: Float[Tensor, "*batch"], *, basis: DensityBasis
) -> Float[Tensor, "*batch shells"]:
    """Return how much a point at each radius in angstrom weighs on each shell, 0 to 1."""
    shells = torch.tensor(basis.radii, dtype=radius.dtype, device=radius.device)
    return torch.exp((radius[..., None] - shells).square() * (-0.5 / basis.width**2))
