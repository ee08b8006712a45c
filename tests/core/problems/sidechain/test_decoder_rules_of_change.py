"""Rules of the decoder on what changes and what does not, by planted histories and look-alikes."""

import numpy as np
import pytest

from core.diagnosis.engine import diagnose
from core.problems.sidechain.rules import (
    SIDE_CHAIN_RULES,
    check_change,
    check_factor,
    check_far,
    check_flat,
    check_types,
)
from tests.core.diagnosis.planted import history_of, stage

AT = np.arange(0, 6001, 125)
BORDER = 3000
TERMS = ("atom", "type")
BOTH = {"atom": 1.0, "type": 1.0}
LEARNT = 0.4 + 3.0 * np.exp(-AT / 300)


def run(*, first=BOTH, second=None, seed=0, **planted):
    """Make a run of one stage, or of two with the weights of `second` behind step 3,000."""
    noise = np.random.default_rng(seed).normal(size=(2, len(AT)))
    values = {
        "sidechain_rmsd": LEARNT + 0.005 * noise[0],
        "type_mean_sidechain_rmsd": np.full(len(AT), 1.92),
        "sequence_accuracy": np.clip(0.98 - 0.9 * np.exp(-AT / 300) + 0.004 * noise[1], 0, 1),
        "at_bound": np.zeros(len(AT)),
        "clamp_distance": np.full(len(AT), 0.4),
    } | planted  # fmt: skip
    told = {f"val/{name}": (AT, np.broadcast_to(value, AT.shape)) for name, value in values.items()}
    stages = [stage("1", 0, BORDER if second else 6000, first)]
    if second:
        stages.append(stage("2", BORDER, 6000, second))
    return history_of(told, stages=stages, total=6000, terms=TERMS)


@pytest.mark.parametrize("seed", range(6))
def test_healthy_runs_have_none_of_these_findings(seed):
    rules = [
        rule for rule in SIDE_CHAIN_RULES if rule.id in {"R-41", "R-45", "R-42", "R-47", "R-48"}
    ]
    assert diagnose(run(seed=seed), rules).findings == ()
    # Learning goes on behind the border: a fall that can be told.
    falls = run(seed=seed, second={"atom": 2.0, "type": 1.0},
                sidechain_rmsd=np.where(AT < BORDER, 1.2, 0.4) + 0 * AT)  # fmt: skip
    assert diagnose(falls, rules).findings == ()


class TestFar:
    def test_side_chains_that_the_mean_by_type_beats(self):
        (one,) = check_far(run(sidechain_rmsd=2.21))
        assert (one.rule, one.severity, one.is_open) == ("R-41", "warn", True)
        assert one.verdict == "Side chains at 2.21 Å: the mean by residue type has 1.92 Å"

    def test_far_from_a_goal_is_not_worse_than_a_constant(self):
        assert check_far(run(sidechain_rmsd=1.8)) == []

    def test_four_evaluations_are_not_enough_and_it_closes(self):
        assert check_far(run(sidechain_rmsd=np.where(AT > 5500, 2.2, 0.4))) == []
        (one,) = check_far(run(sidechain_rmsd=np.where(AT <= 2000, 2.2, 0.4)))
        assert (one.is_open, one.last_step) == (False, 2000)


class TestTypes:
    def test_a_collapse_is_found_within_the_run_and_across_a_border(self):
        falls = np.where(AT < 4000, 0.98, 0.61)
        (one,) = check_types(run(sequence_accuracy=falls))
        assert (one.rule, one.severity, one.first_step) == ("R-45", "error", 4000)
        assert one.verdict == "Residue types collapse: 37 points lost"
        across = np.where(AT < BORDER, 0.98, 0.61)
        (other,) = check_types(run(second={"atom": 5.0, "type": 0.1}, sequence_accuracy=across))
        assert (other.regime, other.is_open) == ("stage 2", True)

    def test_with_weight_0_it_is_expected(self):
        falls = np.where(AT < BORDER, 0.98, 0.61)
        (one,) = check_types(run(second={"atom": 1.0, "type": 0.0}, sequence_accuracy=falls))
        assert (one.severity, one.regime) == ("ok", "stage 2")
        assert one.verdict == "The head of the types is not trained"

    def test_nine_points_and_a_single_dip_are_not_a_collapse(self):
        assert check_types(run(sequence_accuracy=np.where(AT < 4000, 0.98, 0.89))) == []
        assert check_types(run(sequence_accuracy=np.where(AT == 4000, 0.5, 0.98))) == []

    def test_noise_is_not_a_collapse(self):
        random = np.random.default_rng(1)
        wild = 0.6 + 0.12 * random.normal(size=len(AT))
        assert check_types(run(sequence_accuracy=wild)) == []


class TestChange:
    def test_new_weights_that_move_nothing_are_told(self):
        (one,) = check_change(run(second={"atom": 5.0, "type": 0.0}, sidechain_rmsd=2.21))
        assert (one.rule, one.severity, one.regime) == ("R-42", "info", "stage 2")
        assert "atom 1 → 5, type 1 → 0" in one.evidence
        assert one.verdict.endswith("+0.00 Å")

    def test_a_change_above_two_hundredths_is_one(self):
        for after, opens in ((2.195, True), (2.15, False), (2.28, False)):
            rmsd = np.where(AT < BORDER, 2.21, after)
            found = check_change(run(second={"atom": 5.0, "type": 1.0}, sidechain_rmsd=rmsd))
            assert bool(found) is opens

    def test_a_border_with_the_same_weights_is_none(self):
        assert check_change(run(second=BOTH, sidechain_rmsd=2.21)) == []


class TestFactor:
    def test_a_new_weight_of_the_only_term_left(self):
        (one,) = check_factor(
            run(first={"atom": 0.2, "type": 1.0}, second={"atom": 1.0, "type": 0.0})
        )
        assert (one.rule, one.subject, one.values["factor"]) == ("R-48", "atom", 5.0)

    @pytest.mark.parametrize(
        "second",
        [{"atom": 1.0, "type": 0.5}, {"atom": 0.2, "type": 0.0}, {"atom": 0.0, "type": 1.0}],
    )
    def test_a_ratio_an_old_weight_and_the_other_term_are_none(self, second):
        assert list(check_factor(run(first={"atom": 0.2, "type": 1.0}, second=second))) == []


class TestFlat:
    def test_flat_and_high_is_told_with_the_signs_of_a_bound(self):
        random = np.random.default_rng(2)
        flat = 2.21 + 0.002 * random.normal(size=len(AT))
        (one,) = check_flat(run(sidechain_rmsd=flat, clamp_distance=0.03))
        assert (one.rule, one.severity, one.is_open) == ("R-47", "info", True)
        assert one.verdict == "Flat at 2.21 Å, which does not show a limit"
        assert one.values["clamp_distance"] == pytest.approx(0.03)

    def test_falling_solved_and_wild_runs_are_not_flat(self):
        random = np.random.default_rng(3)
        assert check_flat(run(sidechain_rmsd=np.linspace(2.2, 1.5, len(AT)))) == []
        assert check_flat(run(sidechain_rmsd=np.full(len(AT), 0.5))) == []
        assert check_flat(run(sidechain_rmsd=2.2 + 0.3 * random.normal(size=len(AT)))) == []
