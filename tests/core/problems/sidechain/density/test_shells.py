"""One atom on a shell, where everything is known in closed form."""

import numpy as np
import pytest

from core.problems.sidechain.density.limit import LimitOptions, make_density
from core.problems.sidechain.density.shells import (
    angles_deg,
    filled_radius,
    near_shell,
    radial_profile,
    unroll_shell,
)

# Direction on the grid of the map: longitude 60, polar angle 120 degrees.
PLACE = 3.25 * np.array([0.5 * np.sin(np.radians(120)), np.sin(np.radians(60)) ** 2, -0.5])
OPTIONS = LimitOptions(l_max=6, width_angstrom=0.4)
SUM = (OPTIONS.l_max + 1) ** 2 / (4 * np.pi)  # of squared harmonics, by Unsoeld's theorem


@pytest.fixture
def density() -> np.ndarray:
    """Oxygen of ALA alone."""
    coord = np.full((1, 14, 3), np.nan)
    coord[0, 3] = PLACE
    return make_density(coord, np.array([0]), np.array([0]), OPTIONS)[0]


def test_a_map_is_highest_in_the_direction_of_its_atom(density):
    shell = unroll_shell(density, OPTIONS, 3.1)
    assert (shell.number, shell.radius) == (7, 3.25)
    row, column = np.unravel_index(shell.value.argmax(), shell.value.shape)
    longitude, polar = angles_deg(PLACE[None])
    assert shell.longitude_deg[column] == pytest.approx(longitude[0])
    assert shell.polar_deg[row] == pytest.approx(polar[0])
    assert shell.value.max() == pytest.approx(SUM)
    other = unroll_shell(density, OPTIONS, 3.8)
    weight = np.exp(-0.5 * (0.5 / 0.4) ** 2)
    assert other.radius == 3.75
    assert other.value.max() == pytest.approx(SUM * weight)


def test_the_profile_is_the_gaussian_in_the_radius(density):
    radii = np.array(OPTIONS.basis.radii)
    expected = np.sqrt(SUM) * np.exp(-0.5 * ((3.25 - radii) / 0.4) ** 2)
    assert radial_profile(density)[2] == pytest.approx(expected)
    assert not radial_profile(density)[[0, 1, 3]].any()


def test_places_near_a_shell_are_within_three_widths_and_never_the_centre():
    places = np.array([[0.0, 0, 0], [0, 0, 1.2], [0, 0, 2.2], [3.3, 0, 0]])
    assert near_shell(places, 1.0, OPTIONS).tolist() == [False, True, True, False]


def test_where_a_shell_is_empty_the_nearest_that_is_not_is_taken(density):
    """A tenth of the fullest: the Gaussian at 1.0 Å and a width of 0.4 Å is below it."""
    assert filled_radius(density, OPTIONS, 7.0) == 3.75
    assert filled_radius(density, OPTIONS, 0.0) == 2.75
    assert filled_radius(density, OPTIONS, 3.1) == 3.25
    assert filled_radius(0 * density, OPTIONS, 7.0) == 6.75
