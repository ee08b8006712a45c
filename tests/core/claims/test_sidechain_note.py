"""The numbers of the density note, against plain sums and closed forms."""

from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest

from core.claims import sidechain_constants, sidechain_density
from core.claims.inputs import DEFAULT, Inputs
from core.claims.judge import judge
from core.claims.ledger import find_claim
from core.claims.registry import RECOMPUTE
from core.problems.peptide.decoys import COMPOSITION_PERCENT
from core.problems.sidechain.atoms import ATOM14, EXISTS14, ONE_LETTER, RESIDUES
from core.problems.sidechain.density.sample import Sample

V5 = (0.72, 0.54, 0.83, 1.23, 0.34, 1.22, 1.92, 2.54, 3.62, 3.73, 4.28, 5.07, 3.96, 4.75)
# Of another release of Swiss-Prot than the project's own frequencies.
ATOMS = [sum(COMPOSITION_PERCENT[ONE_LETTER[name]] for name in RESIDUES if len(ATOM14[name]) > slot)
         for slot in range(14)]  # fmt: skip


def _pooled(values: tuple[float, ...], slots: range) -> float:
    squared = sum(ATOMS[slot] * values[slot] ** 2 for slot in slots)
    return sqrt(squared / sum(ATOMS[slot] for slot in slots))


def test_figures_of_whole_versions(recomputed):
    assert recomputed("S4-01").values["points"].value == pytest.approx(61.1 - 98.7)
    assert recomputed("S4-02").values["factor"].value == pytest.approx(96.5 / 1.8)
    told = recomputed("S4-03").values
    assert told["ce_over_uniform"].value == pytest.approx(log(96.5) / log(20))
    assert exp(told["nats_per_wrong_residue"].value * 0.389) == pytest.approx(96.5)


def test_totals_by_a_plain_sum(recomputed):
    found = recomputed("S4-06").values
    assert found["overall"].value == pytest.approx(_pooled(V5, range(14)), abs=2e-3)
    assert found["side_chain"].value == pytest.approx(_pooled(V5, range(4, 14)), abs=3e-3)
    assert found["side_chain"].low < found["side_chain"].value < found["side_chain"].high


def test_far_slots_by_a_plain_sum(recomputed):
    squared = [ATOMS[slot] * V5[slot] ** 2 for slot in range(14)]
    found = recomputed("S4-20").values
    assert found["share_of_squared_error"].value == pytest.approx(
        100 * sum(squared[10:]) / sum(squared), abs=0.3
    )
    assert found["share_of_atoms"].value == pytest.approx(
        100 * sum(ATOMS[10:]) / sum(ATOMS), abs=0.1
    )


def test_changes_are_within_rounding(recomputed):
    assert recomputed("S4-08").values["largest_change"].value == pytest.approx(0.01)
    assert recomputed("S4-09").values["change_over_resolution"].value == pytest.approx(-0.5)
    assert recomputed("S4-07").values["change"].value == pytest.approx(-0.004, abs=5e-4)


def test_times_and_steps(recomputed):
    found = recomputed("S4-10").values
    assert found["hours"].value == pytest.approx(5 + 55 / 60)
    assert found["hours_for_136"].value == pytest.approx(7.38, abs=0.01)
    assert 137 * 1_878 == 257_285 + 1
    assert recomputed("S4-11").values["whole_from_0"].value == 1


def test_cells_of_the_tensor(recomputed):
    found = recomputed("S4-12").values
    assert found["cells"].value == 9_792
    assert found["used_percent"].value == pytest.approx(100 * 81 / 153)


def test_adam_does_not_see_a_factor(recomputed):
    found = recomputed("S4-05").values
    assert found["gradient_change"].value == pytest.approx(5)
    assert found["step_change"].value == pytest.approx(1, abs=1e-5)


def test_constants_are_those_that_were_measured(recomputed):
    assert recomputed("S4-16").values["constant_cb"].value == pytest.approx(0.09, abs=0.01)
    backbone = {key: value.value for key, value in recomputed("S4-17").values.items()}
    assert backbone == pytest.approx(
        {"constant_n": 0.08, "constant_ca": 0.0, "constant_c": 0.01, "constant_o": 1.05}, abs=0.02
    )
    means = recomputed("S4-18").values
    assert means["type_mean_overall"].value == pytest.approx(1.39, abs=0.02)
    assert means["type_mean_side"].value == pytest.approx(1.92, abs=0.02)
    assert recomputed("S4-15").values["clamp_side"].value == pytest.approx(2.16, abs=0.02)


def test_growth_outward(recomputed):
    assert recomputed("S4-19").values["correlation_radius"].value == pytest.approx(0.9987, abs=2e-3)
    assert recomputed("S4-19").values["correlation_slot"].value == pytest.approx(
        np.corrcoef(V5[4:], range(4, 14))[0, 1]
    )


def test_slots_without_atoms_and_names_that_may_change(recomputed):
    found = recomputed("S4-23").values
    assert found["empty_slots_percent"].value == pytest.approx(
        100 * (1 - sum(ATOMS) / sum(COMPOSITION_PERCENT.values()) / 14), abs=0.2
    )
    assert found["symmetric_residues_percent"].value == pytest.approx(
        sum(COMPOSITION_PERCENT[letter] for letter in "DEFY"), abs=0.2
    )


def _scattered(count: int) -> Sample:
    """Put atoms of tryptophans at least 1.4 angstrom apart, out to 6 angstrom."""
    generator = np.random.default_rng(3)
    kind = np.full(count, RESIDUES.index("TRP"))
    coord = np.full((count, 14, 3), np.nan)
    for row in range(count):
        placed = [np.zeros(3)]
        while len(placed) < 14:
            new = generator.uniform(-3.5, 3.5, 3)
            if min(np.linalg.norm(new - old) for old in placed) > 1.4:
                placed.append(new)
        coord[row] = placed
        coord[row, [0, 1]] = coord[row, [1, 0]]  # CA is the origin
    name = np.array([f"TRP {row}" for row in range(count)])
    return Sample(coord, kind, name, np.zeros((14, 3)), "scattered atoms")


@pytest.fixture
def few_residues(monkeypatch: pytest.MonkeyPatch):
    sample = _scattered(2)
    monkeypatch.setattr(sidechain_density, "_sample", lambda _structures: sample)
    sidechain_density._scored.cache_clear()
    yield
    sidechain_density._scored.cache_clear()


def test_far_atoms_come_back_from_a_density(few_residues: None, assert_follows):
    found = RECOMPUTE["S4-14"].function(DEFAULT)
    assert found.values["far_atoms_clean"].value == pytest.approx(0, abs=1e-3)
    assert found.values["far_atoms_noisy"].value < 0.3
    assert judge(find_claim("S4-14"), found).verdict == "does not hold"
    assert_follows(find_claim("S4-14"), found)


def test_a_threshold_costs_more_at_a_low_degree(few_residues: None, assert_follows):
    found = RECOMPUTE["S4-13"].function(DEFAULT)
    assert 0 < found.values["cost_of_tau_l8"].value < found.values["cost_of_tau_l4"].value
    assert_follows(find_claim("S4-13"), found)


@pytest.mark.parametrize("name", ["S4-15", "S4-16", "S4-17", "S4-18"])
def test_structures_of_ones_own(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    seen = []
    whole = sidechain_constants.reference_of()
    monkeypatch.setattr(sidechain_constants, "_own", lambda folder: seen.append(folder) or whole)
    assert RECOMPUTE[name].function(Inputs(structures=tmp_path)).values
    assert seen == [tmp_path]


def test_real_structures_give_what_was_measured(shared_data: Path):
    folder = shared_data / "structures" / "pu"
    found = sidechain_constants.reference(Inputs(structures=folder))
    assert found.rmsd["slot_mean"][1] == 0
    assert found.rmsd["slot_mean"][4] < 0.2
    assert EXISTS14.shape == (20, 14)
