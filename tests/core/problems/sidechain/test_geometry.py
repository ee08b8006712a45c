from math import isnan

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path
from scipy.stats import binomtest

from core.errors import InputError
from core.problems.sidechain.atoms import AROMATIC_RINGS, ATOM14, BONDS, RESIDUES
from core.problems.sidechain.frames import frames_of, to_local
from core.problems.sidechain.metrics import clashes
from core.problems.sidechain.metrics.clashes import find_clashes, linked_by_distance
from core.problems.sidechain.metrics.geometry import (
    bond_errors,
    fit_bonds,
    ring_deviations,
    ring_flatness,
    side_chain_bonds,
)
from core.problems.sidechain.reading.structures import read_folder
from tests.core.problems.sidechain.ideal import rotation, sample

EVERY = np.arange(20).repeat(3)
BONDI = {"C": 1.70, "N": 1.55, "O": 1.52, "S": 1.80}


def _types(*names: str) -> np.ndarray:
    return np.array([RESIDUES.index(name) for name in names])


def test_ideal_residues_have_ideal_bonds():
    found = bond_errors(sample(EVERY), EVERY)
    assert found.rms < 0.002
    assert found.mean_abs <= found.rms
    assert found.count == 3 * sum(len(side_chain_bonds(name)) for name in RESIDUES)
    assert isnan(found.by_type[RESIDUES.index("GLY")])


def test_bonds_of_side_chains_leave_out_the_backbone_only():
    for name in RESIDUES:
        own = {frozenset(bond[:2]) for bond in side_chain_bonds(name)}
        every = {frozenset(bond[:2]) for bond in BONDS[name]}
        assert every - own == {frozenset(pair) for pair in (("N", "CA"), ("CA", "C"), ("C", "O"))}


def test_bond_errors_are_a_loop_over_bonds():
    random = np.random.default_rng(0)
    coord = sample(EVERY) + 0.1 * random.normal(size=(len(EVERY), 14, 3))
    coord[::4, 6] = np.nan
    errors: list[float] = []
    by_type: dict[int, list[float]] = {}
    for row, kind in enumerate(EVERY.tolist()):
        name = RESIDUES[kind]
        for bond in BONDS[name]:
            if {bond.one, bond.other} <= {"N", "CA", "C", "O"}:
                continue
            ends = (coord[row, ATOM14[name].index(atom)] for atom in (bond.one, bond.other))
            off = abs(float(np.linalg.norm(np.subtract(*ends))) - bond.length)
            if not isnan(off):
                errors.append(off)
                by_type.setdefault(kind, []).append(off)
    found = bond_errors(coord, EVERY)
    assert found.count == len(errors)
    assert found.mean_abs == pytest.approx(np.mean(errors))
    assert found.rms == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    for kind, own in by_type.items():
        assert found.by_type[kind] == pytest.approx(np.mean(own))
        assert found.count_by_type[kind] == len(own)


def test_a_stretched_side_chain_is_off_by_as_much():
    types = _types("SER")
    coord = sample(types)
    arm = coord[0, 5] - coord[0, 4]
    coord[0, 5] += 0.3 * arm / np.linalg.norm(arm)
    assert bond_errors(coord, types).mean_abs == pytest.approx(0.15, abs=2e-3)
    assert bond_errors(coord + 7.0, types).rms == pytest.approx(0.3 / np.sqrt(2), abs=2e-3)


def test_lengths_are_fitted_where_there_are_enough():
    types = np.concatenate([_types("ALA").repeat(9), _types("SER").repeat(3)])
    coord = 1.1 * sample(types)
    fitted = fit_bonds(coord, types)
    ala = {bond[:2]: bond.length for bond in fitted["ALA"]}
    assert ala["CA", "CB"] == pytest.approx(1.1 * 1.529, abs=2e-3)
    assert fitted["SER"] == BONDS["SER"]
    assert fitted["TRP"] == BONDS["TRP"]
    assert bond_errors(coord, types, fitted).by_type[0] == pytest.approx(0.0, abs=1e-6)


def test_no_bond_is_no_error():
    none = bond_errors(np.zeros((0, 14, 3)), np.zeros(0, dtype=int))
    assert none.count == 0
    assert isnan(none.mean_abs)
    assert isnan(none.rms)


@pytest.mark.parametrize("size", [5, 6, 9])
def test_deviations_are_those_from_the_eigenvector_of_the_scatter(size):
    random = np.random.default_rng(size)
    rings = random.normal(size=(20, size, 3)) * [1.0, 1.0, 0.1]
    for ring, farthest, mean in zip(
        rings, ring_deviations(rings), ring_deviations(rings, measure="rms"), strict=True
    ):
        centred = ring - ring.mean(axis=0)
        value, vector = np.linalg.eigh(centred.T @ centred)
        assert farthest == pytest.approx(np.abs(centred @ vector[:, 0]).max())
        assert mean == pytest.approx(np.sqrt(value[0] / size))
    moved = rings @ rotation(random).T + 3.0
    assert ring_deviations(moved) == pytest.approx(ring_deviations(rings))


def test_rings_are_counted_by_kind_with_the_wilson_interval():
    types = _types("PHE", "TYR", "HIS", "TRP", "LEU").repeat(10)
    coord = sample(types)
    assert all(row.worst < 0.01 for row in ring_flatness(coord, types))
    # One atom out of a benzene ring by d is up to d / 2 from the plane that then fits best.
    at = ATOM14["PHE"].index("CZ")
    for row, by in enumerate([0.3, 0.3, 0.15]):
        ring = coord[row, 5:11] - coord[row, 5:11].mean(axis=0)
        coord[row, at] += by * np.linalg.svd(ring)[2][2]
    coord[3, at] = np.nan
    found = {row.ring: row for row in ring_flatness(coord, types)}
    assert list(found) == ["HIS", "PHE", "TRP, 5 atoms", "TRP, 6 atoms", "TYR", "all"]
    phe = found["PHE"]
    assert phe.count == 9
    assert phe.flat[0.1].value == pytest.approx(7 / 9)
    assert phe.flat[0.05].value == pytest.approx(6 / 9)
    oracle = binomtest(6, 9).proportion_ci(method="wilson")
    assert phe.flat[0.05].low == pytest.approx(oracle.low, abs=1e-6)
    assert phe.flat[0.05].high == pytest.approx(oracle.high, abs=1e-6)
    assert found["all"].count == 49
    assert found["all"].flat[0.1].value == pytest.approx(47 / 49)
    assert found["TYR"].flat[0.05].value == 1.0
    none = ring_flatness(coord[40:], types[40:])
    assert [row.count for row in none] == [0] * 6
    assert isnan(none[0].flat[0.05].value)


def _chain(names: list[str], seed: int, cramped: float) -> tuple[np.ndarray, np.ndarray]:
    """Residues on a walk of peptide bonds, so tight that many atoms clash."""
    random = np.random.default_rng(seed)
    types = _types(*names)
    coord = sample(types, seed)
    end = np.zeros(3)
    for row in range(len(types)):
        turn = rotation(random)
        placed = coord[row] @ turn.T
        coord[row] = placed - placed[0] + end
        step = random.normal(size=3)
        end = coord[row, 2] + 1.33 * step / np.linalg.norm(step)
        if row == len(types) // 2:
            end = end + cramped
    return coord, types


def _bonded(coord: np.ndarray, types: np.ndarray, linked: np.ndarray):
    """Bonds between all atoms of all residues, as a matrix of the number of bonds between them."""
    index = {
        place: k for k, place in enumerate(map(tuple, np.argwhere(np.isfinite(coord[..., 0]))))
    }
    graph = np.zeros((len(index), len(index)))

    def join(one, other):
        if one in index and other in index:
            graph[index[one], index[other]] = graph[index[other], index[one]] = 1.0

    for row, kind in enumerate(types.tolist()):
        name = RESIDUES[kind]
        for bond in BONDS[name]:
            join(*((row, ATOM14[name].index(atom)) for atom in bond[:2]))
        if linked[row]:
            join((row, 2), (row + 1, 0))
    sulfurs = [place for place in index if RESIDUES[types[place[0]]] == "CYS" and place[1] == 5]
    for one in sulfurs:
        for other in sulfurs:
            if 1.8 < np.linalg.norm(coord[one] - coord[other]) < 2.3:
                join(one, other)
    return index, shortest_path(graph, unweighted=True)


def _expected(coord: np.ndarray, types: np.ndarray, linked: np.ndarray) -> set:
    index, apart = _bonded(coord, types, linked)
    found = set()
    for one, i in index.items():
        for other, j in index.items():
            if one[0] >= other[0] or apart[i, j] <= 4:
                continue
            elements = [ATOM14[RESIDUES[types[r]]][s][0] for r, s in (one, other)]
            distance = np.linalg.norm(coord[one] - coord[other])
            if set(elements) <= {"N", "O"} and distance >= 2.5:
                continue
            if sum(BONDI[e] for e in elements) - distance > 0.4:
                found.add((one, other))
    return found


def _found(coord: np.ndarray, types: np.ndarray, *linked) -> set:
    told = find_clashes(coord, types, *linked)
    places = np.stack([told.residue, told.slot], axis=2).tolist()
    return {(tuple(one), tuple(other)) for one, other in places}


@pytest.mark.parametrize("seed", range(4))
def test_clashes_are_those_of_a_loop_over_all_pairs_and_the_graph_of_all_bonds(seed):
    random = np.random.default_rng(seed)
    names = [*random.choice(RESIDUES, 24), "PRO", "GLY", "PRO", "CYS", "CYS"]
    coord, types = _chain(names, seed, cramped=1.5)
    coord[3, 6] = np.nan
    # A disulfide to a residue that is no neighbour.
    coord[28] += coord[5, 4] - coord[28, 5] + [1.2, 1.2, 1.2]
    types[5] = RESIDUES.index("CYS")
    coord[5, 6:] = np.nan
    coord[5, 5] = coord[5, 4] + [1.0, 1.0, 1.0]
    coord[28] += coord[5, 5] + [2.05, 0, 0] - coord[28, 5]
    linked = linked_by_distance(coord)
    assert linked.sum() >= 26
    assert not linked[len(names) // 2]
    assert _found(coord, types) == _expected(coord, types, linked)
    assert len(_found(coord, types)) > 10
    none = np.zeros(len(types), dtype=bool)
    assert _found(coord, types, none) == _expected(coord, types, none)
    assert _found(coord, types, none) > _found(coord, types)


def test_the_score_is_per_thousand_atoms_and_far_residues_have_none():
    types = _types("ALA", "ALA")
    coord = sample(types)
    coord[1] += [50.0, 0, 0]
    told = find_clashes(coord, types)
    assert (told.score, told.atoms) == (0.0, 10)
    coord[1] += coord[0, 4] - coord[1, 4] + [0.0, 0.0, -2.9]
    told = find_clashes(coord, types)
    assert len(told.overlap) == len(told.residue) == len(told.slot)
    pair = told.slot.tolist().index([4, 4])
    assert told.overlap[pair] == pytest.approx(3.4 - 2.9, abs=1e-5)
    assert told.score == pytest.approx(100 * len(told.overlap))
    assert isnan(find_clashes(coord[:0], types[:0]).score)


def test_atoms_are_looked_at_in_parts_with_the_same_result(monkeypatch):
    coord, types = _chain(list(RESIDUES), 7, cramped=0.5)
    once = _found(coord, types)
    monkeypatch.setattr(clashes, "_AT_ONCE", 7)
    assert _found(coord, types) == once


def test_residues_in_local_frames_are_refused_before_memory_runs_out():
    types = np.arange(20).repeat(200)
    coord = sample(np.arange(20)).repeat(200, axis=0)
    with pytest.raises(InputError, match="one frame for all residues"):
        find_clashes(coord, types)


def test_real_residues_have_few_clashes_flat_rings_and_the_lengths_of_their_like(shared_data):
    folder = shared_data / "structures" / "biotite"
    if not folder.is_dir():
        pytest.skip("shared/data/structures is absent: the real files stand beside the project")
    residues = [row.residues for row in read_folder(folder) if row.residues is not None]
    scores = [find_clashes(one.coord, one.type).score for one in residues]
    assert np.median(scores) < 5.0
    coord = np.concatenate([one.coord for one in residues])
    types = np.concatenate([one.type for one in residues])
    half = np.arange(len(types)) % 2 == 0
    free = bond_errors(coord[half], types[half])
    fitted = bond_errors(coord[half], types[half], fit_bonds(coord[~half], types[~half]))
    assert 0.005 < fitted.mean_abs < 0.013
    assert fitted.mean_abs < 0.6 * free.mean_abs
    every = ring_flatness(to_local(coord, frames_of(coord)), types)[-1]
    assert every.flat[0.05].value > 0.98
    assert every.count > 500
    assert (
        sum(len(rings) for rings in AROMATIC_RINGS.values()) == len(ring_flatness(coord, types)) - 1
    )
