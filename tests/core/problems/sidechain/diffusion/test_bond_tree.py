import numpy as np
import pytest

from core.problems.sidechain.atoms import ATOM14, BONDS, EXISTS14, RESIDUES
from core.problems.sidechain.diffusion.bond_tree import (
    FIRST,
    PARENT,
    to_side_chain,
    to_vectors,
)
from tests.core.problems.sidechain.ideal import rotation, sample

EVERY = np.arange(20).repeat(4)


def test_every_atom_hangs_on_a_bond_of_its_own_and_all_lead_to_ca():
    for number, name in enumerate(RESIDUES):
        bonds = {frozenset((bond.one, bond.other)) for bond in BONDS[name]}
        for slot in range(FIRST, len(ATOM14[name])):
            atom, parent = slot, PARENT[number, slot - FIRST]
            assert {ATOM14[name][atom], ATOM14[name][parent]} in bonds
            while atom != ATOM14[name].index("CA"):
                assert atom >= FIRST
                atom = PARENT[number, atom - FIRST]


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_vectors_add_up_to_the_atoms_they_came_from(noise):
    random = np.random.default_rng(3)
    coord = sample(EVERY) + noise * random.normal(size=(len(EVERY), 14, 3))
    coord -= coord[:, 1:2]
    vectors = to_vectors(coord, EVERY)
    assert np.allclose(to_side_chain(vectors, EVERY), coord[:, FIRST:], atol=1e-12, equal_nan=True)
    for row, kind in enumerate(EVERY.tolist()):
        for slot in range(FIRST, 14):
            if EXISTS14[kind, slot]:
                parent = PARENT[kind, slot - FIRST]
                expected = coord[row, slot] - coord[row, parent]
                assert vectors[row, slot - FIRST].tolist() == expected.tolist()
            else:
                assert np.isnan(vectors[row, slot - FIRST]).all()


def test_the_map_turns_with_the_frame_and_does_not_read_what_is_no_atom():
    vectors = np.random.default_rng(4).normal(size=(len(EVERY), 10, 3))
    turn = rotation(np.random.default_rng(7))
    turned = to_side_chain(vectors @ turn.T, EVERY)
    assert np.allclose(turned, to_side_chain(vectors, EVERY) @ turn.T, equal_nan=True)
    holes = np.where(EXISTS14[EVERY, FIRST:, None], vectors, np.nan)
    assert np.array_equal(
        to_side_chain(holes, EVERY), to_side_chain(vectors, EVERY), equal_nan=True
    )


def test_an_error_of_one_atom_keeps_the_bonds_behind_it():
    lysine = np.array([RESIDUES.index("LYS")])
    coord = sample(lysine)
    vectors = to_vectors(coord, lysine)
    vectors[0, 1] += [0.5, 0.0, 0.0]
    moved = to_side_chain(vectors, lysine)[0, :5]
    lengths = np.linalg.norm(np.diff(moved, axis=0), axis=1)
    before = np.linalg.norm(np.diff(coord[0, FIRST : FIRST + 5], axis=0), axis=1)
    assert (np.abs(lengths - before) > 1e-6).tolist() == [True, False, False, False]
