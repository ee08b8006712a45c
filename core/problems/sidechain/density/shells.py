"""A density as it is drawn: one shell unrolled, and what each element leaves on all of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float

from core.problems.sidechain.density.limit import LimitOptions
from core.representations.density import on_sphere

STEP_DEG: Final = 5.0
FILLED: Final = 0.1  # of the fullest shell: below it a map shows nothing


@dataclass(frozen=True, eq=False)
class ShellMap:
    """The function of one shell, all elements added, over all directions.

    Args:
        radius: Of the shell, in angstrom.
        number: Of the shell, from 1.
        longitude_deg: Angle about the z axis from the x axis (CA to C), -180 to 180.
        polar_deg: Angle from the z axis, 0 to 180.
        value: By polar angle and longitude.
    """

    radius: float
    number: int
    longitude_deg: Float[np.ndarray, " longitudes"]
    polar_deg: Float[np.ndarray, " angles"]
    value: Float[np.ndarray, "angles longitudes"]


def unroll_shell(
    density: Float[np.ndarray, "4 harmonics shells"], options: LimitOptions, radius: float
) -> ShellMap:
    """Draw out the shell nearest to a radius in angstrom."""
    radii = np.array(options.basis.radii)
    shell = int(np.abs(radii - radius).argmin())
    longitude = np.arange(-180.0, 180.0 + STEP_DEG, STEP_DEG)
    polar = np.arange(0.0, 180.0 + STEP_DEG, STEP_DEG)
    theta, phi = np.meshgrid(np.radians(polar), np.radians(longitude), indexing="ij")
    direction = np.stack(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1
    )
    of_shell = torch.from_numpy(density[:, :, shell : shell + 1].sum(axis=0))
    value = on_sphere(of_shell, torch.from_numpy(direction.reshape(-1, 3)), basis=options.basis)
    shaped = value.numpy().reshape(theta.shape)
    return ShellMap(float(radii[shell]), shell + 1, longitude, polar, shaped)


def filled_radius(
    density: Float[np.ndarray, "4 harmonics shells"], options: LimitOptions, radius: float
) -> float:
    """Give the radius of the shell nearest to one in angstrom that holds anything to be seen.

    Example:
        >>> density = np.zeros((4, 81, 16))
        >>> density[0, 0, 2:4] = 1.0
        >>> filled_radius(density, LimitOptions(), 4.75)
        1.75
    """
    norm = np.sqrt((density**2).sum(axis=(0, 1)))
    far = np.abs(np.array(options.basis.radii) - radius)
    return options.basis.radii[int(np.where(norm >= FILLED * norm.max(), far, np.inf).argmin())]


def angles_deg(
    place: Float[np.ndarray, "points 3"],
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    """Give longitude and polar angle of places, as a map has them.

    Example:
        >>> [angle.tolist() for angle in angles_deg(np.array([[0.0, 2.0, 0.0]]))]
        [[90.0], [90.0]]
    """
    x, y, z = place.T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(np.hypot(x, y), z))


def near_shell(
    place: Float[np.ndarray, "points 3"], radius: float, options: LimitOptions
) -> Bool[np.ndarray, " points"]:
    """Tell which places lie within three widths of a shell, and off the centre."""
    distance = np.sqrt((place**2).sum(axis=1))
    return (np.abs(distance - radius) <= 3 * options.width_angstrom) & (distance > 0)


def radial_profile(
    density: Float[np.ndarray, "4 harmonics shells"],
) -> Float[np.ndarray, "4 shells"]:
    """Give the norm of the coefficients of each element on each shell."""
    return np.sqrt((density**2).sum(axis=1))
