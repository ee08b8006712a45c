"""Angles, bonds and rings of a version: residues that were turned by a known angle."""

import math

import numpy as np
import pytest

from core.problems.sidechain.atoms import CHI_ATOMS, RESIDUES
from core.problems.sidechain.versions.chemistry import chemistry
from core.problems.sidechain.versions.version import measured_version
from tests.core.problems.sidechain.ideal import rotation, sample, turned

TURN = math.radians(30)
TYPES = np.array([kind for kind, name in enumerate(RESIDUES) if name != "PRO"] * 3)


def measured(pred, native, type=TYPES):
    version = measured_version(
        "a", "upload", pred=pred, native=native, type=type, name=np.arange(len(type)).astype(str)
    )
    assert version.atoms is not None
    return {one.name: one for one in chemistry(version.atoms)}


@pytest.fixture
def native():
    return sample(TYPES, spread=0.0)


def test_a_turn_of_30_degrees_is_an_error_of_30_degrees_and_no_other(native):
    pred = native.copy()
    for row, kind in enumerate(TYPES.tolist()):
        if CHI_ATOMS[RESIDUES[kind]]:
            pred[row] = turned(native[row], RESIDUES[kind], 0, TURN)
    found = measured(pred @ rotation(np.random.default_rng(1)).T, native)
    assert found["χ1, mean absolute error"].value == pytest.approx(30, abs=1e-3)
    for angle in "234":
        assert found[f"χ{angle}, mean absolute error"].value == pytest.approx(0, abs=1e-3)
    with_chi = sum(bool(CHI_ATOMS[RESIDUES[kind]]) for kind in TYPES.tolist())
    assert found["Rotamers recovered, all χ within 20°"].value == 0
    assert found["Rotamers recovered, all χ within 40°"].value == 100
    assert found["Rotamers recovered, all χ within 40°"].count == with_chi
    bonds = found["Bonds of side chains, off their ideal length"]
    assert bonds.value == pytest.approx(bonds.native, abs=1e-6)


def test_the_mean_over_rotamers_is_no_molecule_whatever_its_rmsd(native):
    pred = np.empty_like(native)
    for kind in set(TYPES.tolist()):
        pred[kind == TYPES] = native[kind == TYPES].mean(axis=0)
    bonds = measured(pred, native)["Bonds of side chains, off their ideal length"]
    assert bonds.native < 0.02
    assert bonds.value > 0.2


def test_the_mean_over_residues_is_not_the_pooled_one(native):
    pred = native.copy()
    long = np.flatnonzero([RESIDUES[kind] == "TRP" for kind in TYPES.tolist()])
    pred[long, 5:] += 2 / math.sqrt(3)
    found = measured(pred, native)["RMSD of the side chain, mean over residues"]
    each = []
    for row, kind in enumerate(TYPES.tolist()):
        here = [s for s in range(4, 14) if np.isfinite(native[row, s]).all()]
        if here:
            off = [((pred[row, s] - native[row, s]) ** 2).sum() for s in here]
            each.append(math.sqrt(sum(off) / len(off)))
        assert RESIDUES[kind] == "GLY" or here
    assert found.value == pytest.approx(sum(each) / len(each))
    assert found.count == len(each)


def test_backbones_alone_have_no_angle_no_bond_and_no_ring(native):
    pred = native.copy()
    pred[:, 4:] = np.nan
    found = measured(pred, native)
    assert all(math.isnan(one.value) for one in found.values() if one.count == 0)
    assert found["χ1, mean absolute error"].count == 0
