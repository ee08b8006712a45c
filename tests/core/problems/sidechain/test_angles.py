from math import isnan, pi, radians

import biotite.structure as struc
import numpy as np
import pytest
from scipy.stats import binomtest

from core.problems.sidechain.atoms import ATOM14, CHI_ATOMS, RESIDUES, SYMMETRIC_PAIRS
from core.problems.sidechain.metrics.angles import (
    HAS_CHI,
    PERIOD_RAD,
    chi_angles,
    chi_errors,
    chi_mae,
    dihedral,
    near_staggered,
    rotamer_recovery,
)
from core.problems.sidechain.metrics.shares import share_of
from tests.core.problems.sidechain.ideal import rotation, sample, turned

EVERY = np.arange(20).repeat(4)
CHI1 = [name for name in RESIDUES if CHI_ATOMS[name] and name != "PRO"]


def _one(name: str):
    types = np.array([RESIDUES.index(name)])
    return sample(types), types


def test_chi_angles_are_those_of_biotite():
    coord = sample(EVERY, spread=1.0)
    found = chi_angles(coord, EVERY)
    for row, kind in enumerate(EVERY.tolist()):
        name = RESIDUES[kind]
        for angle in range(4):
            if angle >= len(CHI_ATOMS[name]):
                assert isnan(found[row, angle])
                continue
            atoms = [coord[row, ATOM14[name].index(atom)] for atom in CHI_ATOMS[name][angle]]
            oracle = float(struc.dihedral(*(atom.astype(np.float64) for atom in atoms)))
            assert found[row, angle] == pytest.approx(oracle, abs=1e-5)
    assert np.array_equal(np.isfinite(found), HAS_CHI[EVERY])


def test_angles_do_not_depend_on_the_frame_and_a_mirror_turns_their_sign():
    coord = sample(EVERY)
    turn = rotation(np.random.default_rng(3))
    found = chi_angles(coord, EVERY)
    assert chi_angles(coord @ turn.T + 5.0, EVERY) == pytest.approx(found, abs=1e-6, nan_ok=True)
    mirrored = chi_angles(coord * [1.0, 1.0, -1.0], EVERY)
    assert np.nanmax(np.abs(np.sin((mirrored + found) / 2))) < 1e-6


@pytest.mark.parametrize("by", [0.3, -1.0, 2.5, pi - 0.01])
def test_turning_a_bond_changes_its_angle_by_as_much_and_no_other(by):
    for name in CHI1:
        native, types = _one(name)
        for angle in range(len(CHI_ATOMS[name])):
            pred = turned(native[0], name, angle, by)[None]
            period = PERIOD_RAD[types[0], angle]
            expected = np.zeros(4)
            expected[angle] = min(abs(by) % period, period - abs(by) % period)
            found = chi_errors(pred, native, types)[0]
            assert found[HAS_CHI[types[0]]] == pytest.approx(expected[HAS_CHI[types[0]]], abs=1e-6)


def test_half_a_turn_is_no_error_where_the_molecule_is_the_same():
    halves = {(RESIDUES[k], a + 1) for k, a in zip(*np.nonzero(2 * pi > PERIOD_RAD), strict=True)}
    assert halves == {("ASP", 2), ("GLU", 3), ("PHE", 2), ("TYR", 2)}
    for name, pairs in SYMMETRIC_PAIRS.items():
        native, types = _one(name)
        pred = native.copy()
        for pair in pairs:
            one, other = (ATOM14[name].index(atom) for atom in pair)
            pred[0, [one, other]] = native[0, [other, one]]
        assert np.nanmax(chi_errors(pred, native, types)) < radians(4)
    native, types = _one("ASN")
    assert chi_errors(turned(native[0], "ASN", 1, pi)[None], native, types)[0, 1] == (
        pytest.approx(pi, abs=1e-6)
    )


def test_atoms_that_are_missing_coincide_or_diverge_have_no_angle():
    native, types = _one("LYS")
    for coord in (np.zeros_like(native), native * np.nan, np.full_like(native, np.inf)):
        assert np.isnan(chi_angles(coord, types)).all()
    native[0, ATOM14["LYS"].index("CE")] = np.nan
    assert np.isfinite(chi_angles(native, types)[0]).tolist() == [True, True, False, False]
    line = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 1, 0]])
    assert isnan(float(dihedral(line)))


def test_the_mean_error_counts_the_angles_of_both():
    native = sample(EVERY, 1)
    pred = sample(EVERY, 2)
    native[::5, 6:] = np.nan
    errors = chi_errors(pred, native, EVERY)
    found = chi_mae(errors)
    for angle in range(4):
        own = [e for e in errors[:, angle].tolist() if not isnan(e)]
        assert found.count[angle] == len(own)
        assert found.mae_rad[angle] == pytest.approx(sum(own) / len(own))
    assert found.count.tolist() == sorted(found.count.tolist(), reverse=True)
    assert np.isnan(chi_mae(np.full((2, 4), np.nan)).mae_rad).all()


def test_a_rotamer_is_recovered_if_all_its_angles_are():
    names = ["LYS", "PHE", "SER", "ALA", "GLY", "ASN"]
    types = np.array([RESIDUES.index(name) for name in names])
    native = sample(types)
    by = {0: (0, 15), 1: (1, 175), 2: (0, 30), 5: (1, -39)}
    pred = native.copy()
    for row, (angle, degrees) in by.items():
        pred[row] = turned(native[row], names[row], angle, radians(degrees))
    strict, loose = (
        rotamer_recovery(pred, native, types, within_rad=radians(limit)) for limit in (20, 40)
    )
    assert (strict.value, strict.count) == (0.5, 4)  # LYS and the turned ring, not SER and ASN
    assert loose.value == 1.0
    # Every angle counts: one that is wrong among four is a miss.
    pred[0] = turned(pred[0], "LYS", 3, radians(90))
    assert rotamer_recovery(pred, native, types).value == 0.25


def test_what_is_not_predicted_is_a_miss_and_what_is_not_known_does_not_count():
    types = np.array([RESIDUES.index("LEU")] * 4)
    native = sample(types)
    pred = native.copy()
    pred[0, 6] = np.nan
    pred[1] = 0.0
    native[2, 6] = np.nan
    found = rotamer_recovery(pred, native, types)
    assert found.count == 3
    assert found.value == pytest.approx(1 / 3)


def test_staggered_chi1_is_counted_without_proline():
    types = np.array([RESIDUES.index(name) for name in ("SER", "PRO", "LEU", "GLY", "VAL")])
    coord = sample(types, spread=0.0)
    at = chi_angles(coord, types)[:, 0]
    coord[0] = turned(coord[0], "SER", 0, radians(79) - at[0])
    coord[2] = turned(coord[2], "LEU", 0, radians(-175) - at[2])
    coord[4] = turned(coord[4], "VAL", 0, radians(120) - at[4])
    found = near_staggered(coord, types)
    assert found.count == 3
    assert found.value == pytest.approx(2 / 3)
    assert near_staggered(coord, types, within_rad=radians(18)).value == pytest.approx(1 / 3)


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (370, 372), (1, 1_000)])
def test_shares_have_the_wilson_interval_of_scipy(k, n):
    found = share_of(np.arange(n) < k)
    oracle = binomtest(k, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=1e-6)
    assert found.low <= found.value <= found.high
    assert isnan(share_of(np.zeros(0, dtype=bool)).value)
