from math import isnan, sqrt

import biotite.structure as struc
import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.metrics import intervals
from core.problems.sidechain.metrics.intervals import EACH_SLOT, rmsd_changes, rmsd_intervals
from core.problems.sidechain.metrics.rmsd import (
    LABELS,
    SELECTIONS,
    mean_residue_rmsd,
    missing,
    pooled_rmsd,
    residue_rmsd,
    slot_by_type,
    slot_rmsd,
    squared_errors,
)
from core.problems.sidechain.metrics.rmsd_bins import binned_rmsd, radius
from tests.core.problems.sidechain.ideal import rotation, sample

SIDE = SELECTIONS["side_chain"]


def _pair(residues: int = 120, seed: int = 0):
    """Native and predicted places, a fifth of the residues without their outer atoms."""
    random = np.random.default_rng(seed)
    types = random.integers(0, 20, residues)
    native = sample(types, seed)
    native[random.random(residues) < 0.2, 6:] = np.nan
    pred = native + 0.5 * random.normal(size=native.shape)
    return pred, native, types


def _squared(seed: int = 0, groups: int = 12):
    random = np.random.default_rng(seed)
    group = np.sort(random.integers(0, groups, 300))
    hard = np.exp(0.4 * random.normal(size=groups))[group, None]
    squared = hard * random.chisquare(3, (300, 14))
    squared[random.random((300, 14)) < 0.3] = np.nan
    return squared, group


def test_selections_have_their_slots_and_labels():
    assert SELECTIONS["overall"] == tuple(range(14))
    assert SELECTIONS["backbone"] + SIDE == tuple(range(14))
    assert SELECTIONS["side_chain_without_cb"] == SIDE[1:]
    assert set(LABELS) == set(SELECTIONS)


@pytest.mark.parametrize("slots", SELECTIONS.values(), ids=SELECTIONS)
def test_the_pooled_rmsd_is_that_of_biotite_over_all_atoms_at_once(slots):
    pred, native, _ = _pair()
    chosen = list(slots)
    there = np.isfinite(native[:, chosen]).all(axis=-1)
    oracle = struc.rmsd(native[:, chosen][there], pred[:, chosen][there])
    assert pooled_rmsd(squared_errors(pred, native), slots) == pytest.approx(float(oracle))


def test_every_table_agrees_with_plain_loops():
    pred, native, types = _pair()
    table: dict[tuple[int, int], list[float]] = {}
    of_residue = []
    for row in range(len(types)):
        own = []
        for slot in range(14):
            if np.isfinite(native[row, slot]).all():
                error = float(((pred[row, slot] - native[row, slot]) ** 2).sum())
                table.setdefault((slot, int(types[row])), []).append(error)
                own.append(error)
        of_residue.append(sqrt(sum(own) / len(own)))
    squared = squared_errors(pred, native)
    heat = slot_by_type(squared, types)
    for slot in range(14):
        of_slot = [e for (s, _), errors in table.items() if s == slot for e in errors]
        assert slot_rmsd(squared).count[slot] == len(of_slot)
        expected = sqrt(sum(of_slot) / len(of_slot)) if of_slot else float("nan")
        assert slot_rmsd(squared).rmsd[slot] == pytest.approx(expected, nan_ok=True)
        for kind in range(20):
            errors = table.get((slot, kind), [])
            assert heat.count[slot, kind] == len(errors)
            expected = sqrt(sum(errors) / len(errors)) if errors else float("nan")
            assert heat.rmsd[slot, kind] == pytest.approx(expected, nan_ok=True)
    assert residue_rmsd(squared) == pytest.approx(np.array(of_residue))
    assert mean_residue_rmsd(squared) == pytest.approx(sum(of_residue) / len(of_residue))
    assert mean_residue_rmsd(squared) < pooled_rmsd(squared)


def test_what_the_native_structure_lacks_is_absent_and_not_0():
    pred, native, _ = _pair()
    native[:, 4:] = np.nan
    squared = squared_errors(pred, native)
    assert isnan(pooled_rmsd(squared, SIDE))
    assert isnan(mean_residue_rmsd(squared, SIDE))
    assert np.isnan(slot_rmsd(squared).rmsd[4:]).all()
    assert (slot_rmsd(squared).count[4:] == 0).all()
    assert pooled_rmsd(squared) == pooled_rmsd(squared, SELECTIONS["backbone"])
    assert not missing(pred, native)[:, 4:].any()


def test_what_the_prediction_lacks_is_not_compared_but_told():
    pred, native, _ = _pair()
    native[[3, 5]] = 1.0
    pred[[3, 5]] = 1.0
    pred[3, 2], pred[5, 4, 1] = np.nan, np.inf
    lacking = missing(pred, native)
    assert np.argwhere(lacking).tolist() == [[3, 2], [5, 4]]
    assert np.isnan(squared_errors(pred, native)[3, 2])


def test_a_mask_leaves_out_slots_that_hold_something_though_the_type_has_none():
    types = np.array([RESIDUES.index("GLY")])
    native, pred = np.zeros((1, 14, 3)), np.ones((1, 14, 3))
    assert slot_rmsd(squared_errors(pred, native)).count.tolist() == [1] * 14
    squared = squared_errors(pred, native, EXISTS14[types])
    assert slot_rmsd(squared).count.tolist() == [1] * 4 + [0] * 10
    pred[0, 6] = np.nan
    assert missing(pred, native).sum() == 1
    assert not missing(pred, native, EXISTS14[types]).any()


def test_a_common_motion_changes_nothing_and_scaling_scales():
    pred, native, _ = _pair()
    random = np.random.default_rng(5)
    turn, shift = rotation(random), random.normal(size=3) * 10
    moved = squared_errors(pred @ turn.T + shift, native @ turn.T + shift)
    assert moved == pytest.approx(squared_errors(pred, native), nan_ok=True)
    doubled = pooled_rmsd(squared_errors(2 * pred, 2 * native))
    assert doubled == pytest.approx(2 * pooled_rmsd(squared_errors(pred, native)))


def test_nothing_to_compare_is_nan():
    none = np.zeros((0, 14, 3))
    squared = squared_errors(none, none)
    assert isnan(pooled_rmsd(squared))
    assert isnan(mean_residue_rmsd(squared))
    assert slot_rmsd(squared).count.tolist() == [0] * 14
    assert slot_by_type(squared, np.zeros(0, dtype=int)).rmsd.shape == (14, 20)
    (estimate,) = rmsd_intervals(squared, np.zeros(0, dtype=int))
    assert isnan(estimate.value)
    assert isnan(estimate.low)


def test_residues_that_do_not_match_are_refused():
    with pytest.raises(InputError, match="Align the residues"):
        squared_errors(np.zeros((2, 14, 3)), np.zeros((3, 14, 3)))
    with pytest.raises(InputError, match="the same 3 residues"):
        rmsd_changes(np.zeros((3, 14)), np.zeros((2, 14)), np.zeros(3, dtype=int))


def test_error_against_radius_is_a_loop_over_bins():
    pred, native, _ = _pair()
    squared, far = squared_errors(pred, native), radius(native)
    edges = np.array([0.0, 1.0, 2.0, 4.0, 20.0, 30.0])
    bins = binned_rmsd(squared, far, edges)
    for k in range(5):
        within = [
            (squared[r, s], far[r, s]) for r in range(len(far)) for s in range(14)
            if np.isfinite(squared[r, s]) and edges[k] <= far[r, s] < edges[k + 1]
        ]  # fmt: skip
        assert bins.count[k] == len(within)
        if within:
            assert bins.rmsd[k] == pytest.approx(sqrt(np.mean([e for e, _ in within])))
            assert bins.mean[k] == pytest.approx(np.mean([f for _, f in within]))
        else:
            assert isnan(bins.rmsd[k])
            assert isnan(bins.mean[k])
    assert bins.low.tolist() == [0.0, 1.0, 2.0, 4.0, 20.0]
    assert np.allclose(far[:, 1], 0.0)


def test_the_interval_is_that_of_a_plain_bootstrap_over_groups():
    squared, group = _squared()
    random = np.random.default_rng(9)
    drawn = []
    for _ in range(2_000):
        taken = random.integers(0, 12, 12)
        errors = np.concatenate([squared[group == one][:, list(SIDE)].ravel() for one in taken])
        drawn.append(np.sqrt(np.nanmean(errors)))
    low, high = np.percentile(drawn, [2.5, 97.5])
    (estimate,) = rmsd_intervals(squared, group, (SIDE,))
    assert estimate.value == pytest.approx(pooled_rmsd(squared, SIDE))
    assert estimate.low == pytest.approx(low, abs=0.1 * (high - low))
    assert estimate.high == pytest.approx(high, abs=0.1 * (high - low))
    assert estimate.groups == 12
    assert estimate.count == np.isfinite(squared[:, 4:]).sum()


def test_residues_of_one_protein_do_not_count_as_independent():
    squared, group = _squared()
    (whole,) = rmsd_intervals(squared, group)
    (single,) = rmsd_intervals(squared, np.arange(len(group)))
    assert whole.high - whole.low > 1.5 * (single.high - single.low)


def test_draws_are_seeded_bounded_in_memory_and_leave_the_global_generator_alone(monkeypatch):
    squared, group = _squared()
    state = np.random.get_state()[1].copy()
    once = rmsd_intervals(squared, group, EACH_SLOT)
    assert np.array_equal(state, np.random.get_state()[1])
    monkeypatch.setattr(intervals, "_MOST_AT_ONCE", 500)
    assert rmsd_intervals(squared, group, EACH_SLOT) == once


def test_one_group_cannot_tell_and_rare_atoms_are_of_few_groups():
    squared, group = _squared()
    squared[group > 0, 13] = np.nan
    squared[group > 1, 12] = np.nan
    found = rmsd_intervals(squared, group, EACH_SLOT)
    assert isnan(found[13].low)
    assert isnan(found[13].high)
    assert found[13].groups == 1
    assert found[12].groups == 2
    assert found[12].low <= found[12].value <= found[12].high
    (change,) = rmsd_changes(squared, 0.1 * squared, group, ((13,),))
    assert change.verdict == "not told apart"


def test_a_change_needs_an_interval_without_0_and_two_hundredths_of_an_angstrom():
    squared, group = _squared()
    random = np.random.default_rng(2)
    noise = squared * np.exp(0.3 * random.normal(size=squared.shape))
    noise *= np.nansum(squared) / np.nansum(noise)
    cases = {"better": 0.9 * squared, "worse": 1.1 * squared, "too small": 0.99 * squared,
             "not told apart": noise}  # fmt: skip
    for verdict, after in cases.items():
        (change,) = rmsd_changes(squared, after, group)
        assert change.verdict == verdict
        assert change.value == pytest.approx(pooled_rmsd(after) - pooled_rmsd(squared), abs=1e-12)
        assert change.after - change.before == pytest.approx(change.value, abs=1e-12)
    (same,) = rmsd_changes(squared, squared, group)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert same.verdict == "not told apart"


def test_pairing_takes_out_what_is_hard_for_both():
    squared, group = _squared()
    after = 0.95 * squared
    (change,) = rmsd_changes(squared, after, group)
    one, other = (rmsd_intervals(table, group)[0] for table in (squared, after))
    assert one.low < other.high
    assert other.low < one.high
    assert change.verdict == "better"
    assert change.high - change.low < 0.2 * (one.high - one.low)


def test_predictions_are_compared_on_atoms_of_both():
    squared, group = _squared()
    after = squared.copy()
    hardest = np.unravel_index(np.argsort(np.nan_to_num(squared).ravel())[-200:], squared.shape)
    after[hardest] = np.nan
    (change,) = rmsd_changes(squared, after, group)
    assert change.value == 0.0
    assert change.count == np.isfinite(after).sum()
    assert change.before < pooled_rmsd(squared)
