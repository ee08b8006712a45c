"""The peptide rules: where each must open, and the look-alikes where it must not."""

import numpy as np
import pytest

from core.diagnosis.engine import diagnose
from core.diagnosis.finding import CannotTell, Finding
from core.history import History
from core.problems.peptide.balance import expected_inputs
from core.problems.peptide.rules import (
    GOAL_PPM,
    PEPTIDE_RULES,
    check_scores,
    check_special_tokens,
    check_stuck_precursor,
)
from tests.core.diagnosis.planted import (
    EVALUATE,
    STEPS,
    healthy,
    healthy_run,
    history_of,
    stage,
    ten_stages,
)

WEIGHTS = {"ce": 1.0, "spectrum": 0.65, "precursor": 0.0017}
AT = np.arange(0, STEPS + 1, EVALUATE)
RNG = np.random.default_rng(3)
JITTER = 1 + 0.02 * RNG.standard_normal(len(AT))


def run(told=None, *, weights=WEIGHTS, config=None, drop: str = "") -> History:
    kept = {k: v for k, v in healthy().items() if not (drop and drop in k)}
    both = kept | {k: (AT, np.asarray(v)) for k, v in (told or {}).items()}
    return history_of(both, stages=ten_stages(weights), config=config)


def found(told) -> list[Finding]:
    assert not isinstance(told, CannotTell)
    return list(told)


@pytest.mark.parametrize("seed", range(8))
def test_a_healthy_run_is_not_warned_of(seed: int) -> None:
    diagnosis = diagnose(healthy_run(seed), PEPTIDE_RULES)
    assert {finding.severity for finding in diagnosis.findings} <= {"info", "ok"}
    assert diagnosis.cannot_tell == ()


def test_the_goals_are_the_notes_own() -> None:
    expected = [cell.value for (_, name), cell in expected_inputs().items() if name == "error_ppm"]
    assert list(GOAL_PPM[:9]) == expected


class TestStuckPrecursor:
    def test_an_error_stuck_at_25k_is_reported_once(self) -> None:
        ppm = {"val_easy/ppm_error": 25_000 * JITTER, "val_easy/argmax_ppm_error": 30_000 * JITTER}
        (one,) = found(check_stuck_precursor(run(ppm)))
        assert (one.severity, one.is_open, one.last_step) == ("error", True, STEPS)
        # It is known to be flat once there are enough evaluations, and was so since its start.
        assert (one.regime, one.first_step) == ("stage 2", 750)
        assert one.values["ppm_error"] == pytest.approx(25_000, rel=0.05)

    @pytest.mark.parametrize("ppm", [8_000.0, 150_000.0])
    def test_stuck_at_another_height_is_stuck_too(self, ppm: float) -> None:
        assert found(check_stuck_precursor(run({"val_easy/ppm_error": ppm * JITTER})))

    def test_a_sure_answer_with_a_doubtful_mass_is_a_warning(self) -> None:
        ppm = {"val_easy/ppm_error": 9_000 * JITTER, "val_easy/argmax_ppm_error": 2.0 * JITTER}
        (one,) = found(check_stuck_precursor(run(ppm)))
        assert one.severity == "warn"
        assert "though the answer is right" in one.verdict

    def test_it_begins_where_the_error_came_to_its_level(self) -> None:
        ppm = np.where(AT < 2000, 60_000 - 17.5 * AT, 25_000) * JITTER
        (one,) = found(check_stuck_precursor(run({"val_easy/ppm_error": ppm})))
        assert abs(one.first_step - 2000) <= 5 * EVALUATE

    def test_an_error_of_one_neutron_is_named(self) -> None:
        ppm = {"val_easy/ppm_error": 1_254 * JITTER, "val_easy/argmax_ppm_error": 1_254 * JITTER}
        (one,) = found(check_stuck_precursor(run(ppm)))
        assert one.severity == "error"
        assert "one ¹³C at a mass of" in one.suggestion
        (far,) = found(check_stuck_precursor(run({"val_easy/ppm_error": 25_000 * JITTER})))
        assert "¹³C" not in far.suggestion

    def test_weight_zero_a_good_level_and_a_falling_error_are_let_be(self) -> None:
        stuck = {"val_easy/ppm_error": 25_000 * JITTER}
        told = healthy() | {"val_easy/ppm_error": (AT, stuck["val_easy/ppm_error"])}
        told["train/precursor/weight"] = np.arange(STEPS), np.zeros(STEPS)
        off = [stage("1", 0, STEPS, WEIGHTS | {"precursor": 0.0})]
        assert found(check_stuck_precursor(history_of(told, stages=off))) == []
        assert found(check_stuck_precursor(run({"val_easy/ppm_error": 20 * JITTER}))) == []
        slow = 60_000 * np.exp(-2 * AT / STEPS) * JITTER
        assert found(check_stuck_precursor(run({"val_easy/ppm_error": slow}))) == []

    def test_too_much_noise_to_tell_says_nothing(self) -> None:
        wild = 25_000 * np.exp(RNG.standard_normal(len(AT)))
        assert found(check_stuck_precursor(run({"val_easy/ppm_error": wild}))) == []

    def test_without_the_metric_it_cannot_tell(self) -> None:
        told = check_stuck_precursor(run(drop="ppm_error"))
        assert isinstance(told, CannotTell)
        assert told.missing == ("val_easy/ppm_error",)


class TestSpecialTokens:
    KEY = "val_easy/special_probability"

    def test_probability_that_stays_is_an_error(self) -> None:
        share = np.where(AT >= 2500, 0.04, 0.003) * JITTER
        (one,) = found(check_special_tokens(run({self.KEY: share})))
        assert (one.severity, one.is_open) == ("error", True)
        assert 2500 <= one.first_step <= 2500 + 5 * EVALUATE
        assert one.values["special_probability"] == pytest.approx(0.04, rel=0.1)

    def test_it_closes(self) -> None:
        share = np.where((AT >= 1500) & (AT < 4000), 0.04, 0.003) * JITTER
        (one,) = found(check_special_tokens(run({self.KEY: share})))
        assert not one.is_open
        assert abs(one.last_step - 4000) <= 5 * EVALUATE

    def test_a_fast_fall_from_the_start_and_short_spikes_are_let_be(self) -> None:
        falling = 0.17 * np.exp(-5 * AT / STEPS) * JITTER
        assert found(check_special_tokens(run({self.KEY: falling}))) == []
        spikes = np.where(np.arange(len(AT)) % 6 == 3, 0.3, 0.002)
        assert found(check_special_tokens(run({self.KEY: spikes}))) == []

    def test_without_cross_entropy_it_is_expected(self) -> None:
        told = healthy() | {self.KEY: (AT, 0.17 * JITTER)}
        told["train/ce/weight"] = np.arange(STEPS), np.zeros(STEPS)
        told["val_easy/signed_mass_error"] = AT, -0.17 * JITTER
        alone = [stage("1", 0, STEPS, {"ce": 0.0, "spectrum": 1.0, "precursor": 0.0})]
        for rule, severity in {"renormalise": "ok", "keep": "error"}.items():
            history = history_of(told, stages=alone, config={"special_tokens": rule})
            assert found(check_special_tokens(history))[0].severity == severity

    def test_taken_out_before_masses_it_costs_no_mass_and_is_no_error(self) -> None:
        share = {self.KEY: 0.04 * JITTER}
        (one,) = found(check_special_tokens(run(share, config={"special_tokens": "renormalise"})))
        assert one.severity == "info"
        assert "costs no mass" in one.meaning

    def test_lost_mass_at_a_good_accuracy_is_an_error(self) -> None:
        lost = np.where(AT >= 4000, -0.03, -0.001)
        (one,) = found(check_special_tokens(run({"val_easy/signed_mass_error": lost})))
        assert one.subject == "val_easy/signed_mass_error"
        assert 4000 <= one.first_step <= 4000 + 5 * EVALUATE

    def test_lost_mass_that_comes_back_fast_is_let_be(self) -> None:
        told = {"val_easy/signed_mass_error": -0.3 * np.exp(-3 * AT / STEPS) * JITTER}
        told["val_easy/residue_accuracy"] = 0.6 * JITTER
        assert found(check_special_tokens(run(told))) == []

    def test_lost_mass_of_a_model_that_knows_nothing_is_let_be(self) -> None:
        told = {"val_easy/signed_mass_error": np.full(len(AT), -0.05)}
        told["val_easy/residue_accuracy"] = 0.2 * JITTER
        assert found(check_special_tokens(run(told))) == []

    def test_without_any_input_it_cannot_tell(self) -> None:
        kept = {k: v for k, v in healthy().items() if k.startswith("train/")}
        assert isinstance(check_special_tokens(history_of(kept)), CannotTell)


class TestScores:
    def test_more_peptides_right_than_residues_allow(self) -> None:
        told = {
            "val_easy/residue_accuracy": 0.3 * JITTER,
            "val_easy/peptide_accuracy": 0.9 * JITTER,
        }
        (one,) = found(check_scores(run(told, config={"min_length": 6})))
        assert one.subject == "val_easy/peptide_accuracy"
        assert one.values["most"] == pytest.approx(one.values["residue_accuracy"] * 7 / 6)

    def test_fewer_peptides_right_than_wrong_residues_explain(self) -> None:
        told = {
            "val_easy/residue_accuracy": 0.99 + 0 * AT,
            "val_easy/peptide_accuracy": 0.5 + 0 * AT,
        }
        (one,) = found(check_scores(run(told)))
        assert one.values["least"] == pytest.approx(1 - 7 * 0.01)

    def test_a_set_without_examples_is_let_be(self) -> None:
        nothing = {f"val_easy/{name}": np.zeros(len(AT)) for name in ("residues", "peptides")}
        assert not any(f.subject.startswith("val_easy") for f in found(check_scores(run(nothing))))

    def test_a_set_without_counts_cannot_be_checked(self) -> None:
        told = check_scores(run(drop="val_hard/residues"))
        assert isinstance(told, CannotTell)
        assert told.missing == ("val_hard/residues",)

    def test_every_set_of_answers_is_within_the_limits(self) -> None:
        """Random right and wrong residues of peptides of 6 to 8: counted, not derived."""
        for seed in range(50):
            rng = np.random.default_rng(seed)
            lengths = rng.integers(6, 9, size=40)
            right = [rng.random(n) < rng.random() ** 0.2 for n in lengths]
            told = {
                "val_easy/residue_accuracy": np.concatenate(right).mean(),
                "val_easy/peptide_accuracy": np.mean([one.all() for one in right]),
                "val_easy/residues": lengths.sum(),
                "val_easy/peptides": len(lengths),
            }
            series = {k: (np.array([100]), np.array([float(v)])) for k, v in told.items()}
            history = history_of(series, config={"min_length": 6})
            assert found(check_scores(history)) == []
