from math import isnan

import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.frames import frames_of, to_local
from core.problems.sidechain.metrics.baselines import (
    CONSTANTS,
    LABELS,
    clamp,
    fit_means,
    make_baselines,
)
from core.problems.sidechain.metrics.rmsd import (
    SELECTIONS,
    pooled_rmsd,
    slot_rmsd,
    squared_errors,
)
from core.problems.sidechain.metrics.saturation import (
    fit_bound,
    profile_distance,
    resemblance,
    share_at_bound,
)
from core.problems.sidechain.reading.structures import read_folder
from core.problems.sidechain.reported.tables import note_tables
from tests.core.problems.sidechain.ideal import sample

MEASURED = {  # overall, side chain
    "origin": (2.62, 3.37),
    "slot_mean": (1.47, 2.03),
    "type_mean": (1.39, 1.92),
    "clamped": (1.58, 2.16),
}


@pytest.fixture(scope="module")
def made():
    types = np.random.default_rng(4).integers(0, 20, 600)
    native = sample(types, 4)
    native[::9, 7:] = np.nan
    return native, types


@pytest.fixture(scope="module")
def real(shared_data):
    folder = shared_data / "structures"
    if not folder.is_dir():
        pytest.skip("shared/data/structures is absent: the real files stand beside the project")
    found = [row.residues for row in read_folder(folder) if row.residues is not None]
    coord = np.concatenate([residues.coord for residues in found])
    types = np.concatenate([residues.type for residues in found])
    return to_local(coord, frames_of(coord)), types


def _scores(native, predictions) -> dict[str, tuple[float, float]]:
    return {
        name: (
            pooled_rmsd(squared_errors(pred, native)),
            pooled_rmsd(squared_errors(pred, native), SELECTIONS["side_chain"]),
        )
        for name, pred in predictions.items()
    }


def _of_constants(predictions):
    return {name: predictions[name] for name in CONSTANTS}


def test_baselines_of_real_residues_are_as_measured(real):
    native, types = real
    found = _scores(native, make_baselines(native, types).predictions)
    assert set(found) == set(MEASURED) == set(LABELS)
    for name, measured in MEASURED.items():
        assert found[name] == pytest.approx(measured, abs=0.1), name


def test_baselines_of_made_residues_are_plain_loops(made):
    native, types = made
    predictions = make_baselines(native, types).predictions
    sums = {name: [0.0, 0.0, 0] for name in LABELS}
    for slot in range(14):
        own = [r for r in range(len(types)) if np.isfinite(native[r, slot]).all()]
        if not own:
            continue
        mean = sum(native[r, slot] for r in own) / len(own)
        for r in own:
            alike = [q for q in own if types[q] == types[r]]
            guesses = {
                "origin": np.zeros(3),
                "slot_mean": mean,
                "type_mean": sum(native[q, slot] for q in alike) / len(alike),
                "clamped": np.array([min(max(x, -1.0), 1.0) for x in native[r, slot]]),
            }
            for name, guess in guesses.items():
                assert predictions[name][r, slot] == pytest.approx(guess)
                sums[name][0] += ((guess - native[r, slot]) ** 2).sum()
                sums[name][2] += 1
    found = _scores(native, predictions)
    for name, (total, _, count) in sums.items():
        assert found[name][0] == pytest.approx(np.sqrt(total / count))
    assert found["origin"] > found["clamped"]
    assert found["origin"] > found["slot_mean"] > found["type_mean"]


def test_slots_that_a_type_does_not_have_are_not_predicted(made):
    native, types = made
    for pred in make_baselines(native, types).predictions.values():
        there = np.isfinite(pred).all(axis=-1)
        assert not (there & ~EXISTS14[types]).any()
    for name in CONSTANTS:
        there = np.isfinite(make_baselines(native, types).predictions[name]).all(axis=-1)
        assert (there == EXISTS14[types]).all()


def test_means_are_fitted_on_training_residues_and_it_is_said_on_which(made):
    native, types = made
    other = sample(types[:200], seed=9)
    same, held = make_baselines(native, types), make_baselines(native, types, (other, types[:200]))
    assert same.is_same
    assert same.text == "means of 600 residues: these residues themselves"
    assert not held.is_same
    assert held.text == "means of 200 residues: training residues"
    assert held.fitted_on == 200
    assert np.array_equal(
        held.predictions["type_mean"][0], fit_means(other, types[:200]).by_type[types[0]]
        * np.where(EXISTS14[types[0]], 1.0, np.nan)[:, None], equal_nan=True,
    )  # fmt: skip
    one, two = (_scores(native, b.predictions) for b in (same, held))
    assert one["type_mean"] < two["type_mean"]
    assert one["clamped"] == two["clamped"]


def test_a_type_or_slot_that_training_lacks_gets_the_next_best_constant():
    types = np.array([RESIDUES.index("ALA")] * 3)
    means = fit_means(sample(types), types)
    serine = RESIDUES.index("SER")
    assert np.array_equal(means.by_type[serine, :5], means.slot[:5])
    assert np.array_equal(means.by_type[serine, 5], np.zeros(3))
    assert means.count[serine].sum() == 0
    assert means.count[0].tolist() == [3] * 5 + [0] * 9
    nothing = fit_means(np.zeros((0, 14, 3)), np.zeros(0, dtype=int))
    assert not nothing.by_type.any()


def test_clamping_keeps_what_is_inside_and_what_is_missing(made):
    native, _ = made
    for bound in (0.5, 1.0, 3.0):
        found = clamp(native, bound)
        assert np.nanmax(np.abs(found)) <= bound
        inside = np.abs(native) <= bound
        assert np.array_equal(found[inside], native[inside])
        assert np.array_equal(np.isnan(found), np.isnan(native))
    assert np.array_equal(clamp(native, 99.0), native, equal_nan=True)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="above 0"):
            clamp(native, wrong)


@pytest.mark.parametrize("bound", [0.6, 1.0, 2.3])
def test_the_bound_behind_a_profile_is_found_again(made, bound):
    native, types = made
    profile = slot_rmsd(squared_errors(clamp(native, bound), native)).rmsd
    assert fit_bound(profile, native) == pytest.approx(bound, abs=1e-3)
    found = resemblance(profile, native, make_baselines(native, types).predictions)
    assert found.is_clamped
    assert found.bound == pytest.approx(bound, abs=1e-3)
    assert found.distances["clamped"] < 1e-3
    assert found.clamped[4:] == pytest.approx(profile[4:], abs=5e-3, nan_ok=True)


def test_a_constant_and_a_noisy_model_are_not_taken_for_clamped(made):
    native, types = made
    predictions = make_baselines(native, types).predictions
    for name in CONSTANTS:
        profile = slot_rmsd(squared_errors(predictions[name], native)).rmsd
        found = resemblance(profile, native, predictions)
        assert not found.is_clamped
        assert found.distances[name] == pytest.approx(0.0, abs=1e-9)
    noisy = native + 0.3 * np.random.default_rng(0).normal(size=native.shape)
    profile = slot_rmsd(squared_errors(noisy, native)).rmsd
    assert not resemblance(profile, native, predictions).is_clamped


def test_the_note_looks_like_a_clamp_and_like_nothing_else(real):
    native, types = real
    constants = _of_constants(make_baselines(native, types).predictions)
    for table in note_tables():
        found = resemblance(table.rmsd, native, constants)
        assert found.is_clamped
        assert found.bound == pytest.approx(0.93, abs=0.05)
        assert found.distances["clamped"] < 0.02
        assert min(found.distances[name] for name in CONSTANTS) > 0.08
        ones = slot_rmsd(squared_errors(clamp(native), native)).rmsd
        assert np.abs(ones - table.rmsd)[4:].max() < 0.14


def test_slots_without_a_value_are_left_out_and_none_at_all_is_refused(made):
    native, _ = made
    profile = slot_rmsd(squared_errors(clamp(native), native)).rmsd
    profile[[6, 12]] = np.nan
    assert fit_bound(profile, native) == pytest.approx(1.0, abs=1e-3)
    assert isnan(profile_distance(np.full(14, np.nan), profile))
    with pytest.raises(InputError, match="in some slot of 4 to 13"):
        fit_bound(np.full(14, np.nan), native)
    with pytest.raises(InputError, match="came none"):
        fit_bound(profile, native * np.nan)


def test_outputs_at_a_bound_are_counted():
    random = np.random.default_rng(0)
    wide = 3 * random.normal(size=(50, 14, 3))
    wide[:, 9:] = np.nan
    assert share_at_bound(np.tanh(wide)) > 0.3
    assert share_at_bound(np.tanh(wide), 1.0) == pytest.approx(
        np.mean(np.abs(np.tanh(wide[:, :9])) >= 0.99)
    )
    assert share_at_bound(wide) < 0.01
    assert share_at_bound(8 * np.tanh(wide / 8), 8.0) < 0.05
    assert isnan(share_at_bound(np.full((1, 14, 3), np.nan)))
