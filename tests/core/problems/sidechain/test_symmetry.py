import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.problems.sidechain.atoms import ATOM14, RESIDUES, SYMMETRIC_PAIRS
from core.problems.sidechain.metrics.rmsd import SELECTIONS, pooled_rmsd, squared_errors
from core.problems.sidechain.metrics.symmetry import PARTNER, rename_symmetric
from tests.core.problems.sidechain.ideal import sample, turned


def _exchanged(coord: np.ndarray, name: str, pairs) -> np.ndarray:
    out = coord.copy()
    for pair in pairs:
        one, other = (ATOM14[name].index(atom) for atom in pair)
        out[[one, other]] = coord[[other, one]]
    return out


def test_only_four_types_have_atoms_that_change_places():
    moves = (np.arange(14) != PARTNER).any(axis=1)
    assert [RESIDUES[k] for k in np.nonzero(moves)[0]] == ["ASP", "GLU", "PHE", "TYR"]
    assert (np.take_along_axis(PARTNER, PARTNER, axis=1) == np.arange(14)).all()


def test_renaming_is_the_better_of_two_tried_one_by_one():
    random = np.random.default_rng(0)
    types = random.integers(0, 20, 200)
    native = sample(types, 1)
    pred = native + 0.5 * random.normal(size=native.shape)
    for row in np.nonzero(random.random(200) < 0.5)[0]:
        name = RESIDUES[types[row]]
        pred[row] = _exchanged(pred[row], name, SYMMETRIC_PAIRS.get(name, ()))
    native[random.random(200) < 0.1, 7:] = np.nan
    found = rename_symmetric(pred, native, types)
    for row, kind in enumerate(types.tolist()):
        name = RESIDUES[kind]
        tried = _exchanged(pred[row], name, SYMMETRIC_PAIRS.get(name, ()))
        errors = [np.nansum((one - native[row]) ** 2) for one in (pred[row], tried)]
        better = tried if errors[1] < errors[0] else pred[row]
        assert np.array_equal(found.coord[row], better, equal_nan=True)
        assert found.renamed[row] == (errors[1] < errors[0])
    assert 0 < found.renamed.sum() < np.isin(types, [3, 6, 13, 18]).sum()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), spread=st.floats(0.1, 5.0), lost=st.floats(0.0, 0.5))
def test_renaming_never_raises_the_rmsd(seed, spread, lost):
    random = np.random.default_rng(seed)
    types = random.integers(0, 20, 30)
    native = random.normal(size=(30, 14, 3))
    pred = native + spread * random.normal(size=native.shape)
    native[random.random((30, 14)) < lost] = np.nan
    pred[random.random((30, 14)) < lost / 3] = np.nan
    renamed = rename_symmetric(pred, native, types).coord
    before, after = squared_errors(pred, native), squared_errors(renamed, native)
    assert np.isfinite(before).sum() == np.isfinite(after).sum()
    for name in ("overall", "side_chain", "side_chain_without_cb"):
        slots = SELECTIONS[name]
        if np.isfinite(before[:, list(slots)]).any():
            assert pooled_rmsd(after, slots) <= pooled_rmsd(before, slots) + 1e-12
    of_residue = np.nansum(after, axis=1) - np.nansum(before, axis=1)
    assert (of_residue <= 1e-9).all()


@pytest.mark.parametrize("name", ["LEU", "VAL", "ARG", "ILE", "THR", "TRP", "HIS"])
def test_atoms_that_differ_are_never_renamed(name):
    types = np.array([RESIDUES.index(name)])
    native = sample(types)
    for first in range(5, len(ATOM14[name])):
        for second in range(first + 1, len(ATOM14[name])):
            pred = native.copy()
            pred[0, [first, second]] = native[0, [second, first]]
            found = rename_symmetric(pred, native, types)
            assert not found.renamed.any()
            assert np.array_equal(found.coord, pred, equal_nan=True)


@pytest.mark.parametrize("name", ["PHE", "TYR"])
def test_both_pairs_of_a_ring_change_places_together(name):
    types = np.array([RESIDUES.index(name)])
    native = sample(types)
    flipped = turned(native[0], name, 1, np.pi)[None]
    assert pooled_rmsd(squared_errors(flipped, native)) > 1.0
    found = rename_symmetric(flipped, native, types)
    assert found.renamed.tolist() == [True]
    assert pooled_rmsd(squared_errors(found.coord, native)) < 0.05
    # One pair alone is another molecule: neither naming is right.
    pred = native.copy()
    pred[0] = _exchanged(native[0], name, [("CE1", "CE2")])
    found = rename_symmetric(pred, native, types)
    assert pooled_rmsd(squared_errors(found.coord, native)) > 0.9


@pytest.mark.parametrize("name", ["ASP", "GLU", "PHE", "TYR"])
def test_either_of_the_two_may_be_renamed(name):
    types = np.array([RESIDUES.index(name)])
    native = sample(types)
    pred = _exchanged(native[0], name, SYMMETRIC_PAIRS[name])[None]
    assert np.allclose(rename_symmetric(pred, native, types).coord, native, equal_nan=True)
    assert np.allclose(rename_symmetric(native, pred, types).coord, pred, equal_nan=True)
    assert not rename_symmetric(native, native, types).renamed.any()


def test_a_residue_that_lacks_an_atom_of_its_pair_keeps_its_names():
    types = np.array([RESIDUES.index("ASP")])
    native = sample(types)
    pred = _exchanged(native[0], "ASP", [("OD1", "OD2")])[None]
    pred[0, ATOM14["ASP"].index("OD2")] = np.nan
    assert not rename_symmetric(pred, native, types).renamed.any()


def test_no_residues_are_no_error():
    none = np.zeros((0, 14, 3))
    assert rename_symmetric(none, none, np.zeros(0, dtype=int)).coord.shape == (0, 14, 3)
