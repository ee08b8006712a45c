"""How samples are judged: against plain loops, an SVD of our own, a bootstrap."""

from dataclasses import replace

import numpy as np
import pytest

from core.problems.sidechain.atoms import AROMATIC_RINGS, ATOM14, BONDS, RESIDUES
from core.problems.sidechain.diffusion.bond_intervals import bond_intervals
from core.problems.sidechain.diffusion.evaluation import (
    CHI_EDGES_RAD,
    held_out,
    look_at,
    score,
    side_chain_rmsd,
)
from core.problems.sidechain.diffusion.tables import BONDS as BY_TYPE
from core.problems.sidechain.diffusion.tables import CHI, RINGS, SAMPLES, tables
from core.problems.sidechain.metrics.geometry import bond_errors
from tests.core.problems.sidechain.diffusion.small_run import small_task
from tests.core.problems.sidechain.ideal import sample


def crooked(count: int = 12, spread: float = 0.04):
    type = np.arange(20).repeat(count)
    noise = np.random.default_rng(2).normal(size=(len(type), 14, 3))
    return sample(type) + spread * noise, type


def of_data(most: int = 200):
    return held_out(small_task(residues=900).data, "test", most=most, seed=0)


def test_flat_rings_are_those_of_a_singular_value_decomposition():
    coord, type = crooked()
    found = {kind.ring: kind for kind in look_at(coord, type, BONDS).rings}
    flat: dict[str, list[bool]] = {}
    for row, kind in enumerate(type.tolist()):
        for ring in AROMATIC_RINGS.get(RESIDUES[kind], ()):
            atoms = coord[row, [ATOM14[RESIDUES[kind]].index(atom) for atom in ring]]
            left, size, _ = np.linalg.svd(atoms - atoms.mean(axis=0))
            label = f"TRP, {len(ring)} atoms" if RESIDUES[kind] == "TRP" else RESIDUES[kind]
            flat.setdefault(label, []).append(bool(np.abs(left[:, 2] * size[2]).max() <= 0.05))
    flat["all"] = [one for of in list(flat.values()) for one in of]
    assert set(found) == set(flat)
    for ring, expected in flat.items():
        share = found[ring].flat[0.05]
        assert (share.value, share.count) == (pytest.approx(np.mean(expected)), len(expected))
        assert share.low <= share.value <= share.high
    assert 0.05 < np.mean(flat["all"]) < 0.95


def test_bond_intervals_hold_the_mean_and_are_as_wide_as_a_bootstrap():
    coord, type = crooked(40)
    coord[::7, 6] = np.nan
    found, errors = bond_intervals(coord, type, BONDS), bond_errors(coord, type)
    assert found.value[-1] == pytest.approx(errors.mean_abs)
    assert np.allclose(found.value[:-1], errors.by_type, equal_nan=True)
    assert found.count.tolist() == [*errors.count_by_type.tolist(), errors.count]
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(300):
        rows = random.integers(0, len(type), len(type))
        drawn.append(bond_errors(coord[rows], type[rows]).mean_abs)
    low, high = np.percentile(drawn, [2.5, 97.5])
    assert found.high[-1] - found.low[-1] == pytest.approx(high - low, rel=0.2)
    one = bond_intervals(coord[:1], type[:1], BONDS)
    assert np.isfinite(one.value[-1])
    assert np.isnan(one.low[-1])


def test_the_truth_looks_like_the_truth():
    of = of_data()
    values, found = score(of.native[None], of)
    for name in ("bond_error", "flat_rings", "least_flat_rings", "staggered_chi1"):
        assert values[name] == pytest.approx(values[f"real_{name}"], nan_ok=True)
    assert values["chi1_distance"] == 0.0
    assert 0.0 < values["real_chi1_distance"] < 0.5
    assert values["best_of_1_rmsd"] == pytest.approx(0.0, abs=1e-9)
    assert values["type_mean_residue_rmsd"] > 0.5
    assert np.array_equal(found.chi, of.real.chi)
    assert values["bond_error"] < 1e-3  # synthetic residues are ideal


def test_the_best_of_several_is_the_nearest_of_each_residue():
    of = of_data()
    random = np.random.default_rng(1)
    drawn = of.native + random.normal(size=(3, *of.native.shape))
    values, _ = score(drawn, of)
    each = np.array([side_chain_rmsd(one, of.native, of.type) for one in drawn])
    known = np.isfinite(each[0])
    assert values["best_of_1_rmsd"] == pytest.approx(each[0, known].mean())
    assert values["best_of_3_rmsd"] == pytest.approx(each[:, known].min(axis=0).mean())
    row = int(np.flatnonzero(of.type == RESIDUES.index("LYS"))[0])
    plain = np.sqrt(((drawn[0, row, 4:9] - of.native[row, 4:9]) ** 2).sum(axis=1).mean())
    assert each[0, row] == pytest.approx(plain)


def test_tables_say_what_the_figures_need():
    of = of_data()
    drawn = of.native + 0.02 * np.random.default_rng(1).normal(size=of.native.shape)
    _, found = score(drawn[None], of)
    told = tables(drawn, found, of)
    assert set(told) == {RINGS, BY_TYPE, CHI, SAMPLES}
    rings, chi = told[RINGS], told[CHI]
    assert rings["ring"].tolist() == [kind.ring for kind in found.rings]
    assert rings["sampled_flat"].shape == (len(found.rings), 2)
    assert rings["real_count"].tolist() == [kind.count for kind in of.real.rings]
    assert told[BY_TYPE]["sampled_value"][-1] == pytest.approx(found.bonds.mean_abs)
    leucine = RESIDUES.index("LEU")
    assert chi["real"][leucine, 0].sum() == (of.type == leucine).sum()
    assert chi["sampled"].shape == (20, 4, len(CHI_EDGES_RAD) - 1)
    assert told[SAMPLES]["pred"].shape == told[SAMPLES]["native"].shape
    assert not any(array.dtype == object for table in told.values() for array in table.values())


def test_a_set_without_rings_has_no_share_of_flat_ones():
    of = of_data()
    rows = np.flatnonzero(of.type == RESIDUES.index("LYS"))
    few = replace(of, native=of.native[rows], type=of.type[rows], name=of.name[rows])
    values, found = score(few.native[None], few)
    assert np.isnan(values["flat_rings"])
    assert np.isnan(values["least_flat_rings"])
    assert tables(few.native, found, few)[RINGS]["sampled_count"].sum() == 0
