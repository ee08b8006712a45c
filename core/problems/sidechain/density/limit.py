"""What comes back out of a density without a network: encode, spoil, decode, compare."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.errors import InputError
from core.problems.sidechain.atoms import ELEMENT14, ELEMENTS
from core.representations.basis import DensityBasis, radial
from core.representations.decode import decode
from core.representations.density import count_channels, encode, threshold
from core.representations.matching import match

CA: Final = 1  # its place is the origin of the frame: known, so neither encoded nor looked for
REACH_A: Final = 0.5  # an atom with a partner so near counts as found
LEAST_WEIGHT: Final = 0.01  # on the nearest shell: three widths away


@dataclass(frozen=True, kw_only=True)
class LimitOptions:
    """How residues are encoded, spoilt and decoded.

    Args:
        l_max: Highest degree of the harmonics.
        shells: Number of radii.
        r_max_angstrom: Outer radius.
        width_angstrom: Standard deviation of the Gaussian in the radius.
        tau: Coefficients up to this size are set to 0, after the noise.
        noise: Standard deviation of what is added to each coefficient, as a share of the root mean
            square of the coefficients of its element, 0 or more; an empty element gets none.
        seed: Of the noise.
        knows_counts: Whether the decoder is told the number of atoms of each element.

    Raises:
        InputError: The noise is below 0 or not a number; the rest is checked where it is used.
    """

    l_max: int = 8
    shells: int = 16
    r_max_angstrom: float = 8.0
    width_angstrom: float = 0.25
    tau: float = 0.0
    noise: float = 0.0
    seed: int = 0
    knows_counts: bool = True

    def __post_init__(self) -> None:
        """Check what nobody else checks."""
        if not 0.0 <= self.noise < np.inf:
            raise InputError("noise", expected="0 or more", came=f"{self.noise:g}",
                             do="Choose 0 for none")  # fmt: skip
        if self.seed < 0:
            raise InputError("seed", expected="0 or more", came=f"{self.seed}",
                             do="Choose another one")  # fmt: skip

    @property
    def basis(self) -> DensityBasis:
        """What the densities are made of."""
        return DensityBasis(
            l_max=self.l_max,
            shells=self.shells,
            r_max=self.r_max_angstrom,
            width=self.width_angstrom,
        )


@dataclass(frozen=True, eq=False)
class Recovered:
    """What was found of residues.

    Args:
        distance: From each atom to its partner in angstrom, however far; NaN where there is no
            atom, no partner, or nothing to look for (CA).
        missed: Atoms without a partner within half an angstrom.
        found: Places that were found, in angstrom; NaN where there is none.
        element: Of each place, index in ELEMENTS; -1 where there is none.
        false: Places without an atom within half an angstrom.
    """

    distance: Float[np.ndarray, "residues 14"]
    missed: Bool[np.ndarray, "residues 14"]
    found: Float[np.ndarray, "residues points 3"]
    element: Int[np.ndarray, "residues points"]
    false: Bool[np.ndarray, "residues points"]


def recover(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    number: Int[np.ndarray, " residues"],
    options: LimitOptions,
) -> Recovered:
    """Encode residues, decode them by peaks and least squares, and pair what was found with them.

    Args:
        coord: In local frames, in angstrom; NaN where an atom is missing.
        type: Index in RESIDUES.
        number: Of each residue: with the seed it makes its noise, whoever its neighbours are.
        options: How.

    Raises:
        InputError: An option is outside its range, or the shells see no atom at all.
    """
    if len(type) and not seen_atoms(coord, type, options).any():
        nearest = float(np.nanmin(np.where(is_encoded(coord, type), _radius(coord), np.nan)))
        raise InputError("r_max", expected=f"shells that see an atom; the first is at "
                         f"{nearest:.2f} Å", came=f"{options.r_max_angstrom:g} Å",
                         do="Raise r_max or the width")  # fmt: skip
    place, channel = _points(coord, type)
    density = torch.from_numpy(make_density(coord, type, number, options))
    counts = count_channels(channel, len(ELEMENTS)) if options.knows_counts else None
    found = decode(density, basis=options.basis, counts=counts)
    pairs = match(place, channel, found.position, found.channel, reach=REACH_A)
    return Recovered(
        pairs.distance.numpy(),
        pairs.missed.numpy(),
        found.position.numpy(),
        found.channel.numpy(),
        pairs.false.numpy(),
    )


def make_density(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    number: Int[np.ndarray, " residues"],
    options: LimitOptions,
) -> Float[np.ndarray, "residues 4 harmonics shells"]:
    """Encode all atoms but CA, add noise, cut at tau; see `recover`.

    Raises:
        InputError: An option is outside its range.
    """
    place, channel = _points(coord, type)
    density = encode(place, channel, basis=options.basis, channels=len(ELEMENTS))
    if options.noise:
        size = density.square().mean((2, 3), keepdim=True).sqrt()
        random = np.empty(tuple(density.shape))
        for row, own in enumerate(number.tolist()):
            random[row] = np.random.default_rng([options.seed, own]).normal(size=random.shape[1:])
        density = density + options.noise * size * torch.from_numpy(random)
    return threshold(density, options.tau).numpy()


def is_encoded(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> Bool[np.ndarray, "residues 14"]:
    """Tell which atoms a density is made of: all that are there, but CA."""
    there = np.isfinite(coord).all(axis=-1) & (ELEMENT14[type] >= 0)
    there[:, CA] = False
    return there


def seen_atoms(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    options: LimitOptions,
) -> Bool[np.ndarray, "residues 14"]:
    """Tell which of the encoded atoms lie within three widths of a shell."""
    radius = torch.from_numpy(np.nan_to_num(_radius(coord)))
    weight = radial(radius, basis=options.basis).amax(-1).numpy()
    return is_encoded(coord, type) & (weight >= LEAST_WEIGHT)


def count_unseen(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    options: LimitOptions,
) -> int:
    """Count the encoded atoms that lie more than three widths from every shell."""
    return int((is_encoded(coord, type) & ~seen_atoms(coord, type, options)).sum())


def _radius(coord: Float[np.ndarray, "residues 14 3"]) -> Float[np.ndarray, "residues 14"]:
    return np.sqrt((coord.astype(float) ** 2).sum(axis=-1))


def _points(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> tuple[Tensor, Tensor]:
    there = is_encoded(coord, type)
    place = np.where(there[..., None], coord.astype(float), 0.0)
    channel = np.where(there, ELEMENT14[type], -1)
    return torch.from_numpy(place), torch.from_numpy(channel)
