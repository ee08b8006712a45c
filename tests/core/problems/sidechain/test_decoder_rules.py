"""The rules of the decoder: where each must open, and the look-alikes where it must not."""

import numpy as np
import pytest

from core.diagnosis.engine import diagnose
from core.diagnosis.finding import CannotTell
from core.problems.sidechain.rules import (
    SIDE_CHAIN_RULES,
    check_change,
    check_constant,
    check_far,
    check_flat,
    check_perplexity,
    check_saturation,
    check_types,
)
from tests.core.diagnosis.planted import history_of, stage

AT = np.arange(0, 3001, 250)
TERMS = ("atom", "type")
HEALTHY = {
    "val/rmsd": 0.3 + 2.3 * np.exp(-AT / 200),
    "val/slot_mean_rmsd": 1.47,
    "val/sidechain_rmsd": 0.4 + 3.0 * np.exp(-AT / 200),
    "val/type_mean_sidechain_rmsd": 1.92,
    "val/worse_slots": 0.0,
    "val/at_bound": 0.0,
    "val/clamp_distance": 0.4,
    "val/constant_distance": 0.8,
    "val/fitted_bound": 5.0,
    "val/perplexity": 1.02 + 19 * np.exp(-AT / 100),
    "val/sequence_accuracy": 0.99 - 0.94 * np.exp(-AT / 100),
}


def run(*, type_weight: float = 1.0, drop: str = "", **planted):
    values = {key: value for key, value in HEALTHY.items() if key != drop}
    values |= {f"val/{name}": value for name, value in planted.items()}
    told = {key: (AT, np.broadcast_to(np.asarray(v, float), AT.shape)) for key, v in values.items()}
    weights = {"atom": 1.0, "type": type_weight}
    return history_of(told, stages=[stage("1", 0, 3000, weights)], total=3000, terms=TERMS)


def test_a_healthy_run_has_no_finding_and_nothing_is_missing():
    told = diagnose(run(), SIDE_CHAIN_RULES)
    assert (told.findings, told.cannot_tell) == ((), ())


@pytest.mark.parametrize(
    ("check", "key"),
    [
        (check_constant, "val/slot_mean_rmsd"),
        (check_saturation, "val/clamp_distance"),
        (check_perplexity, "val/perplexity"),
        (check_far, "val/type_mean_sidechain_rmsd"),
        (check_types, "val/sequence_accuracy"),
        (check_change, "val/sidechain_rmsd"),
        (check_flat, "val/type_mean_sidechain_rmsd"),
    ],
)
def test_a_rule_whose_input_is_missing_cannot_tell(check, key):
    told = check(run(drop=key))
    assert isinstance(told, CannotTell)
    assert told.missing == (key,)


class TestConstant:
    def test_a_model_at_the_clamped_level_is_worse_than_the_mean(self):
        (one,) = check_constant(run(rmsd=1.67, worse_slots=9.0))
        assert (one.rule, one.severity, one.is_open) == ("R-43", "error", True)
        assert one.verdict == "A constant is better: 14 % worse overall"
        assert one.values["worse_slots"] == 9.0

    def test_one_bad_slot_is_enough(self):
        (one,) = check_constant(run(worse_slots=1.0))
        assert one.verdict == "A constant is better: worse in 1 of 14 slots"

    def test_five_per_cent_are_allowed_and_four_evaluations_too(self):
        assert check_constant(run(rmsd=1.47 * 1.04)) == []
        late = np.where(AT > 2000, 1.67, 0.4)
        assert (late > 1).sum() == 4
        assert check_constant(run(rmsd=late)) == []

    def test_it_closes_when_the_model_gets_better(self):
        (one,) = check_constant(run(rmsd=np.where(AT <= 1500, 1.67, 0.4)))
        assert (one.is_open, one.last_step) == (False, 1500)


class TestSaturation:
    def test_outputs_at_the_bound_are_reported(self):
        (one,) = check_saturation(run(at_bound=0.36, clamp_distance=0.2))
        assert (one.rule, one.severity) == ("R-44", "error")
        assert one.verdict == "36 % of the outputs are at their bound"

    def test_a_bound_that_nobody_told_of_is_seen_in_the_profile(self):
        (one,) = check_saturation(run(clamp_distance=0.03, fitted_bound=1.02))
        assert one.verdict == "The errors look like a bound of 1.02 Å"

    def test_a_profile_nearer_to_a_constant_is_not(self):
        assert check_saturation(run(clamp_distance=0.03, constant_distance=0.01)) == []
        assert check_saturation(run(at_bound=0.04)) == []


class TestPerplexity:
    def test_confident_and_wrong_is_reported_and_a_stale_head_named(self):
        (one,) = check_perplexity(run(perplexity=96.5, sequence_accuracy=0.611))
        assert (one.rule, one.severity) == ("R-46", "error")
        assert "sure of types that are wrong" in one.meaning
        (stale,) = check_perplexity(run(perplexity=96.5, sequence_accuracy=0.611, type_weight=0.0))
        assert "weight 0" in stale.meaning

    def test_a_model_that_knows_nothing_is_not_confused(self):
        assert check_perplexity(run(perplexity=20.5, sequence_accuracy=0.06)) == []
        assert check_perplexity(run(perplexity=19.0, sequence_accuracy=0.3)) == []
