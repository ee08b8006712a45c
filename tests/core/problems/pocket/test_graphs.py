import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.problems.pocket.graphs import (
    CUTOFF_ANGSTROM,
    batch_graphs,
    find_neighbours,
    is_neighbour,
    join_graphs,
)
from tests.core.problems.pocket.small import CPU

SIZES = (600, 1, 2, 233, 7, 400)


def pocket(atoms: int, seed: int = 0):
    """Atoms in a ball, as dense as in a protein."""
    random = np.random.default_rng([seed, atoms])
    coord = random.uniform(-1, 1, (atoms, 3)) * 1.5 * atoms ** (1 / 3)
    return random.integers(0, 17, atoms), random.integers(0, 29, atoms), coord


POCKETS = [pocket(atoms) for atoms in SIZES]


def plain_neighbours(coord, most):
    """The reference: all distances of one atom, sorted."""
    for i, here in enumerate(coord):
        far = sorted((float(np.linalg.norm(here - there)), j) for j, there in enumerate(coord))
        yield [(d, j) for d, j in far if j != i and d < CUTOFF_ANGSTROM][:most]


@given(st.integers(1, 40), st.integers(1, 15), st.integers(0, 9))
def test_neighbours_agree_with_a_plain_distance_matrix(atoms, most, seed):
    _, _, coord = pocket(atoms, seed)
    neighbour, distance = find_neighbours(coord, most)
    assert neighbour.shape == distance.shape == (atoms, most)
    for i, expected in enumerate(plain_neighbours(coord, most)):
        own = len(expected)
        assert neighbour[i, :own].tolist() == [j for _, j in expected]
        assert distance[i, :own] == pytest.approx([d for d, _ in expected], rel=1e-6)
        assert neighbour[i, own:].tolist() == [i] * (most - own)
        assert np.isinf(distance[i, own:]).all()


def test_no_pocket_is_padded_to_the_size_of_another():
    graphs = join_graphs(POCKETS, 12)
    assert len(graphs) == len(SIZES)
    assert graphs.sizes.tolist() == list(SIZES)
    batch = batch_graphs(graphs, np.arange(len(SIZES)), CPU)
    for tensor in (batch.element, batch.residue, batch.pocket):
        assert tensor.shape == (sum(SIZES),)
    assert batch.neighbour.shape == batch.distance.shape == (sum(SIZES), 12)
    assert batch.pocket.bincount().tolist() == list(SIZES)


@pytest.mark.parametrize("chosen", [[0], [3, 1], [5, 4, 3, 2, 1, 0], [2, 2, 0], [1, 1]])
def test_a_batch_holds_the_chosen_pockets_in_their_order(chosen):
    batch = batch_graphs(join_graphs(POCKETS, 5), np.array(chosen), CPU)
    assert batch.count == len(chosen)
    first = 0
    for place, index in enumerate(chosen):
        element, residue, coord = POCKETS[index]
        atoms = slice(first, first + len(element))
        assert batch.element[atoms].tolist() == element.tolist()
        assert batch.residue[atoms].tolist() == residue.tolist()
        assert (batch.pocket[atoms] == place).all()
        neighbour, distance = find_neighbours(coord, 5)
        assert batch.neighbour[atoms].tolist() == (neighbour + first).tolist()
        assert np.array_equal(batch.distance[atoms].numpy(), distance)
        first += len(element)
    assert first == len(batch.element)


def test_neighbours_stay_within_their_pocket_and_never_are_the_atom_itself():
    batch = batch_graphs(join_graphs(POCKETS, 12), np.array([4, 0, 1, 3]), CPU)
    assert (batch.pocket[batch.neighbour] == batch.pocket[:, None]).all()
    there = is_neighbour(batch.distance)
    itself = batch.neighbour == torch.arange(len(batch.element))[:, None]
    assert torch.equal(itself, ~there)
    assert (batch.distance[there] < CUTOFF_ANGSTROM).all()
    assert there[batch.pocket == 1].float().mean() > 0.9


def test_what_the_tensors_are_made_of_is_what_torch_looks_up_with():
    batch = batch_graphs(join_graphs(POCKETS, 3), np.array([1, 2]), CPU)
    assert {t.dtype for t in (batch.element, batch.residue, batch.neighbour, batch.pocket)} == {
        torch.int64
    }
    assert batch.distance.dtype == torch.float32
