"""Frames and superposition: closed forms, invariances, and biotite as the oracle."""

import numpy as np
import pytest
from biotite.structure import superimpose
from scipy.spatial.transform import Rotation

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.frames import frames_of, move, superpose, to_global, to_local
from tests.core.problems.sidechain.made import residue

RANDOM = np.random.default_rng(7)


def random_coord(count: int = 50) -> np.ndarray:
    return RANDOM.normal(scale=2.0, size=(count, 14, 3)) + RANDOM.normal(
        scale=30, size=(count, 1, 3)
    )


def test_n_ca_and_c_lie_where_the_convention_says():
    local = to_local(coord := random_coord(), frames_of(coord))
    np.testing.assert_allclose(local[:, 1], 0, atol=1e-9)
    np.testing.assert_allclose(local[:, 2, 1:], 0, atol=1e-9)
    np.testing.assert_allclose(local[:, 0, 2], 0, atol=1e-9)
    assert (local[:, 2, 0] > 0).all()
    assert (local[:, 0, 1] > 0).all()
    length = np.linalg.norm(coord[:, 2] - coord[:, 1], axis=1)
    np.testing.assert_allclose(local[:, 2, 0], length)


def test_axes_are_right_handed_and_orthonormal():
    rotation = frames_of(random_coord()).rotation
    np.testing.assert_allclose(np.linalg.det(rotation), 1)
    product = rotation @ rotation.transpose(0, 2, 1)
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), product.shape), atol=1e-12)


@pytest.mark.parametrize("name", [name for name in RESIDUES if name != "GLY"])
def test_cb_of_a_natural_amino_acid_is_on_the_side_of_negative_z(name: str):
    """A mirror image, or another order of the axes, would put it on the other side."""
    atoms = residue(name, 1)
    coord = np.stack([atoms.coord[atoms.atom_name == atom][0] for atom in ("N", "CA", "C", "CB")])
    local = to_local(coord[None], frames_of(coord[None]))[0]
    np.testing.assert_allclose(local[3], [-0.52, -0.77, -1.21], atol=0.2)


def test_local_coordinates_do_not_feel_where_a_molecule_is():
    coord = random_coord()
    turn, shift = Rotation.random(random_state=3).as_matrix(), np.array([5.0, -70, 12])
    moved = coord @ turn.T + shift
    np.testing.assert_allclose(
        to_local(moved, frames_of(moved)), to_local(coord, frames_of(coord)), atol=1e-9
    )


def test_there_and_back_again_with_missing_atoms_missing():
    coord = random_coord(20)
    coord[~EXISTS14] = np.nan
    frames = frames_of(coord)
    back = to_global(to_local(coord, frames), frames)
    np.testing.assert_allclose(back, coord, atol=1e-9)
    assert to_local(coord.astype(np.float32), frames).dtype == np.float32


def test_a_backbone_that_gives_no_frame_gives_nan_and_spares_its_neighbours():
    coord = random_coord(4)
    coord[0, 2] = np.nan
    coord[1, 0] = coord[1, 1] + 2 * (coord[1, 2] - coord[1, 1])  # on a line
    coord[2, 2] = coord[2, 1]
    local = to_local(coord, frames_of(coord))
    assert np.isnan(local[:3]).all()
    assert np.isfinite(local[3]).all()
    assert frames_of(np.zeros((0, 3, 3))).rotation.shape == (0, 3, 3)


@pytest.mark.parametrize("count", [3, 4, 40])
def test_superposition_is_biotites(count: int):
    target = RANDOM.normal(scale=5, size=(count, 3))
    mobile = (
        target @ Rotation.random(random_state=count).as_matrix().T
        + RANDOM.normal(size=(count, 3))
        + 9.0
    )
    fitted, _ = superimpose(target, mobile)
    ours = move(mobile, superpose(mobile, target))
    np.testing.assert_allclose(ours, fitted, atol=1e-4)


def test_a_rigid_motion_is_found_and_a_mirror_image_is_not_made():
    target = RANDOM.normal(scale=5, size=(30, 3))
    turn = Rotation.random(random_state=1).as_matrix()
    mobile = target @ turn.T + 4
    rigid = superpose(mobile, target)
    np.testing.assert_allclose(rigid.rotation, turn.T, atol=1e-9)
    np.testing.assert_allclose(move(mobile, rigid), target, atol=1e-9)
    mirrored = superpose(target * [1, 1, -1], target)
    assert np.linalg.det(mirrored.rotation) == pytest.approx(1)


def test_points_known_on_one_side_only_do_not_count():
    target = RANDOM.normal(scale=5, size=(10, 3))
    mobile = target @ Rotation.random(random_state=2).as_matrix().T
    mobile[3], broken = np.nan, target.copy()
    broken[5] = np.nan
    moved = move(mobile, superpose(mobile, broken))
    assert np.isnan(moved[3]).all()
    np.testing.assert_allclose(np.delete(moved, 3, 0), np.delete(target, 3, 0), atol=1e-9)


def test_too_few_points_are_refused_with_what_to_do():
    few = np.full((5, 3), np.nan)
    few[:2] = 1
    with pytest.raises(InputError, match=r"at least 3 atoms .* came 2"):
        superpose(few, np.zeros((5, 3)))
