"""Trouble and what only looks like it: planted faults, healthy runs, and the switch between."""

import numpy as np
import pytest

from core.diagnosis.engine import Diagnosis, diagnose
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.hard_negatives import HARD_NEGATIVE_RULES
from core.diagnosis.signs import least_drop, read_signs
from core.diagnosis.switch import SwitchReading, check_switch, read_switch
from core.diagnosis.trouble import check_trouble
from core.history import History
from core.retrieval import chance_mrr
from tests.core.diagnosis.contrastive import FAULTS, LENGTH, Run, by_epoch, faulty, healthy

MRR, PROBE, LOSS = "val/mrr", "val_probe/info_nce/raw", "train/info_nce/raw"


def found(told) -> list[Finding]:
    assert not isinstance(told, CannotTell), told
    return list(told)


def reading(history: History) -> SwitchReading:
    told = read_switch(history)
    assert isinstance(told, SwitchReading)
    return told


class TestHealthy:
    @pytest.mark.parametrize("switch", [None, 0, 5])
    def test_forty_healthy_runs_raise_no_alarm(self, switch) -> None:
        for seed in range(40):
            told = diagnose(healthy(seed, switch).history(), HARD_NEGATIVE_RULES)
            assert told.open == (), (seed, told.open)
            assert told.cannot_tell == ()

    def test_they_show_the_signs_of_the_note(self) -> None:
        """What fails as written: the negatives are only a test if they look like the positives."""
        twice, both, deepest = 0, 0, 0.0
        for seed in range(40):
            run = healthy(seed)
            falls = np.diff(run.val[MRR]) < 0
            twice += bool((falls[1:] & falls[:-1]).any())
            loss = run.train[LOSS].reshape(-1, LENGTH).mean(axis=1)
            both += bool((falls[1:] & (np.diff(loss) > 0)).any())
            best = np.maximum.accumulate(run.val[MRR])
            deepest = max(deepest, float((1 - run.val[MRR] / best).max()))
        assert twice >= 34
        assert both >= 36
        assert 0.06 < deepest < 0.1

    def test_no_alarm_comes_live_at_any_evaluation(self) -> None:
        run = healthy(3)
        for step in run.at:
            told = diagnose(run.history(int(step) + 1), HARD_NEGATIVE_RULES)
            assert told.open == (), step

    def test_few_queries_waver_by_more_and_accuse_nobody(self) -> None:
        run = healthy(queries=60)
        run.val[MRR][12:14] = 0.80 * run.val[MRR].max()
        assert found(check_trouble(run.history())) == []
        many = healthy(queries=1000)
        many.val[MRR][12:14] = 0.80 * many.val[MRR].max()
        assert found(check_trouble(many.history()))[0].first_step == 12 * LENGTH

    def test_a_model_at_chance_does_not_fall_below_its_best(self) -> None:
        run = healthy()
        rng = np.random.default_rng(0)
        run.val[MRR] = chance_mrr(1000) * (1 + 0.3 * rng.random(len(run.at)))
        run.val[PROBE] = 3.46 + 0.02 * rng.standard_normal(len(run.at))
        assert found(check_trouble(run.history())) == []

    def test_the_warm_up_and_a_resume_are_no_trouble(self) -> None:
        run = healthy()
        run.val[MRR][0], run.val[PROBE][0] = 0.9, 0.001  # of a model that was gone on with
        run.val[MRR][1:] = 0.85
        run.starts = (0, 6 * LENGTH + 7)
        assert found(check_trouble(run.history(50))) == []
        assert found(check_switch(healthy().history()))[0].severity == "ok"

    def test_five_evaluations_in_all_are_enough_to_stay_silent(self) -> None:
        for seed in range(20):
            told = diagnose(healthy(seed, every=5).history(), HARD_NEGATIVE_RULES)
            assert told.open == ()


class TestTrouble:
    @pytest.mark.parametrize("fault", FAULTS)
    @pytest.mark.parametrize("epoch", [6, 12])
    @pytest.mark.parametrize("switch", [None, 0, 5])
    def test_every_fault_is_found_at_the_first_evaluation_behind_it(self, fault, epoch, switch):
        for seed in range(5):
            run = faulty(fault, epoch, seed=seed, switch=switch)
            (one,) = found(check_trouble(run.history()))
            assert one.first_step == (epoch + 1) * LENGTH
            assert (one.rule, one.severity) == ("R-33", "error")
            assert one.regime.startswith("stage random" if switch is None else "stage hard")

    @pytest.mark.parametrize("fault", FAULTS)
    def test_the_training_loss_falls_all_the_while(self, fault) -> None:
        """Why it is no part of the rule."""
        run = faulty(fault)
        loss = np.median(run.train[LOSS].reshape(-1, LENGTH), axis=1)
        falls = np.diff(run.val[MRR]) < 0
        both = (np.diff(loss)[1:] > 0) & falls[2:]
        assert loss[6] > loss[5]
        assert (np.diff(loss[7:]) < 0).mean() > 0.6
        assert not (both[6:][1:] & both[6:][:-1]).all()

    def test_it_warns_first_and_is_an_error_from_the_third_evaluation_on(self) -> None:
        run = faulty("half shuffled", 6)
        severity = [
            found(check_trouble(run.history((6 + n) * LENGTH + 1)))[0].severity for n in (1, 2, 3)
        ]
        assert severity == ["warn", "warn", "error"]
        assert found(check_trouble(run.history(6 * LENGTH + 1))) == []

    @pytest.mark.parametrize(("gone", "kept"), [(MRR, PROBE), (PROBE, MRR)])
    @pytest.mark.parametrize("fault", FAULTS)
    def test_either_sign_alone_finds_it(self, fault, gone, kept) -> None:
        run = faulty(fault)
        del run.val[gone]
        (one,) = found(check_trouble(run.history()))
        assert one.first_step == 7 * LENGTH
        assert (one.severity, one.last_step) == ("error", 20 * LENGTH)
        assert f"without {gone}" in one.evidence
        assert kept in one.evidence

    def test_it_closes_when_the_model_is_back(self) -> None:
        run = healthy()
        run.val[PROBE][9:11] = 0.5
        (one,) = found(check_trouble(run.history()))
        assert (one.severity, one.first_step, one.last_step) == ("warn", 9 * LENGTH, 10 * LENGTH)
        assert not one.is_open
        assert found(check_trouble(run.history(10 * LENGTH + 1)))[0].is_open

    def test_two_spells_in_one_stage_are_one_finding_and_in_two_are_two(self) -> None:
        run = healthy(switch=10)
        run.val[PROBE][[12, 15]] = 0.5
        assert len(found(check_trouble(run.history()))) == 1
        run.val[PROBE][8] = 0.5
        told = found(check_trouble(run.history()))
        assert [(f.regime, f.first_step) for f in told] == [
            ("stage random", 8 * LENGTH), ("stage hard", 12 * LENGTH),
        ]  # fmt: skip

    def test_thresholds_are_those_that_were_calibrated(self) -> None:
        def told(probe: float, mrr: float) -> list[Finding]:
            run = healthy(top=0.5)
            run.val[PROBE][5:], run.val[MRR][5:] = 0.04, 0.5
            run.val[PROBE][15:17], run.val[MRR][15:17] = probe, mrr
            run.val[PROBE][:5], run.val[MRR][:5] = 1.0, 0.4
            return found(check_trouble(run.history()))

        assert told(0.079, 0.46) == []
        assert len(told(0.081, 0.46)) == 1
        assert len(told(0.079, 0.449)) == 1
        assert told(0.079, 0.451) == []

    def test_one_evaluation_is_enough_only_far_beyond_a_threshold(self) -> None:
        def told(*parts: float) -> list[Finding]:
            run = healthy()
            run.val[PROBE][5:] = 0.04
            run.val[PROBE][12 : 12 + len(parts)] = 0.08 * np.array(parts)
            return found(check_trouble(run.history()))

        assert told(1.33) == []  # as hard batches do at single evaluations
        assert told(1.33, 0.9, 1.33) == []
        assert told(1.95) == []
        assert [f.severity for f in told(2.05)] == ["warn"]
        assert [(f.first_step, f.last_step) for f in told(1.1, 1.1)] == [(12 * LENGTH, 13 * LENGTH)]
        assert [f.last_step for f in told(1.1, 1.1, 0.9, 1.1, 0.5)] == [13 * LENGTH]
        assert [f.severity for f in told(1.1, 1.1, 1.1)] == ["error"]

    def test_the_verdict_names_only_what_is_beyond_its_threshold(self) -> None:
        run = healthy()
        run.val[PROBE][12] = 0.5
        (one,) = found(check_trouble(run.history()))
        assert "random batches" in one.verdict
        assert "MRR" not in one.verdict

    def test_an_evaluation_at_a_border_is_of_the_stage_before(self) -> None:
        run = healthy(switch=10)
        run.val[PROBE][10] = 0.5
        (one,) = found(check_trouble(run.history()))
        assert (one.first_step, one.regime) == (10 * LENGTH, "stage random")
        run.val[PROBE][14] = 0.5
        assert [f.regime for f in found(check_trouble(run.history()))] == [
            "stage random", "stage hard",
        ]  # fmt: skip

    def test_evidence_holds_values_and_thresholds(self) -> None:
        run = faulty("lr x30")
        (one,) = found(check_trouble(run.history()))
        lowest = run.val[PROBE][:7].min()
        assert one.values["probe_limit"] == pytest.approx(1.5 * lowest + 0.02)
        assert one.values["probe"] == pytest.approx(0.55)
        best = run.val[MRR][:7].max()
        assert one.values["mrr_drop_percent"] == pytest.approx(
            100 * (1 - run.val[MRR][7] / best), abs=1e-6
        )
        assert "0.550" in one.evidence
        assert "1.5 × the lowest loss + 0.02" in one.evidence

    def test_remedies_about_hardness_only_where_batches_are_hard(self) -> None:
        hard = found(check_trouble(faulty("lr x30", 6).history()))[0]
        assert "hard_ratio" in hard.suggestion
        for run in (faulty("lr x30", switch=None), faulty("lr x30", 3, switch=8)):
            assert "hard_ratio" not in found(check_trouble(run.history()))[0].suggestion

    def test_without_both_it_cannot_tell(self) -> None:
        run = healthy()
        run.val.clear()
        assert check_trouble(run.history()) == CannotTell("R-33", (MRR, PROBE)[::-1])

    def test_a_history_that_counts_epochs_is_read_too(self) -> None:
        (one,) = found(check_trouble(by_epoch(faulty("all shuffled"))))
        assert one.first_step == 7
        assert one.severity == "error"

    @pytest.mark.parametrize("queries", [10, 100, 1000, 30_000])
    def test_queries_are_told_by_their_chance(self, queries) -> None:
        run = healthy(queries=queries)
        assert least_drop(run.history()) == pytest.approx(1.2 / np.sqrt(queries), rel=1e-3)


class TestSwitch:
    def test_a_loss_that_doubles_at_the_switch_is_expected(self) -> None:
        for seed in range(40):
            run = healthy(seed)
            (one,) = found(check_switch(run.history()))
            assert (one.rule, one.severity, one.is_open) == ("R-32", "ok", True)
            assert (one.first_step, one.regime) == (5 * LENGTH, "stage hard")
            assert one.verdict.startswith("Expected: the training loss rose")
            assert 1.5 < one.values["loss_after"] / one.values["loss_before"] < 3.4

    def test_it_is_said_at_the_first_evaluation_and_not_before(self) -> None:
        run = healthy()
        # The evaluation at the border is of a model that has seen no hard batch.
        early = run.history(6 * LENGTH)
        assert reading(early).verdict == "too early"
        assert found(check_switch(early)) == []
        assert reading(run.history(6 * LENGTH + 1)).verdict == "expected"

    def test_the_measured_dip_of_the_names_is_expected(self) -> None:
        run = healthy(top=0.872)
        run.val[MRR][1:] = 0.862
        run.val[MRR][5:8] = 0.872, 0.815, 0.851
        assert reading(run.history()).verdict == "expected"

    def test_a_loss_that_does_not_rise_is_said_so(self) -> None:
        (one,) = found(check_switch(healthy(rise=0.97, shuffle_neighbours=True).history()))
        assert "did not rise" in one.verdict

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_fault_at_the_switch_is_trouble_and_nothing_is_expected(self, fault) -> None:
        history = faulty(fault, 5).history()
        told = reading(history)
        assert (told.verdict, told.trouble_step) == ("trouble", 6 * LENGTH)
        assert told.is_immediate
        assert not told.was_worse_before
        assert found(check_switch(history)) == []

    def test_a_later_fault_closes_what_was_expected(self) -> None:
        history = faulty("lr x300", 12).history()
        told = reading(history)
        assert (told.verdict, told.trouble_step, told.is_immediate) == ("trouble", 520, False)
        (one,) = found(check_switch(history))
        assert (one.severity, one.is_open, one.last_step) == ("ok", False, 13 * LENGTH)
        assert "R-33 is silent" not in one.evidence

    def test_trouble_that_was_over_before_the_switch_is_not_its_doing(self) -> None:
        run = healthy(switch=10)
        run.val[PROBE][7] = 0.6
        assert reading(run.history()).verdict == "expected"
        run.val[PROBE][10] = 0.6  # at the border, of a model that has seen no hard batch
        assert reading(run.history()).verdict == "expected"
        run.val[PROBE][11] = 0.6
        told = reading(run.history())
        assert (told.verdict, told.is_over) == ("trouble", True)

    def test_trouble_that_lasts_over_the_switch_is_told_from_its_first_evaluation_on(self) -> None:
        run = healthy(switch=10)
        run.val[PROBE][8:] = 0.6
        told = reading(run.history())
        assert (told.verdict, told.trouble_step, told.is_immediate) == ("trouble", 440, True)
        assert told.was_worse_before
        assert told.begin_step == 8 * LENGTH
        assert found(check_switch(run.history())) == []

    def test_no_switch_no_verdict(self) -> None:
        for switch in (None, 0):
            assert read_switch(healthy(switch=switch).history()) is None
            assert found(check_switch(healthy(switch=switch).history())) == []

    def test_a_history_without_stages_shows_its_switch_by_its_batches(self) -> None:
        run = healthy()
        run.has_stages = False
        assert reading(run.history()).step == 5 * LENGTH
        del run.train["train/hard_filled"]
        assert read_switch(run.history()) is None

    def test_a_history_of_epochs_is_judged_from_the_epoch_of_the_switch_on(self) -> None:
        told = reading(by_epoch(faulty("lr x300", 5)))
        assert (told.step, told.trouble_step, told.is_immediate) == (6, 6, True)

    def test_without_signs_it_cannot_tell(self) -> None:
        run = healthy()
        run.val.clear()
        assert isinstance(check_switch(run.history()), CannotTell)
        assert isinstance(read_signs(run.history()), CannotTell)


def test_a_run_in_which_nothing_was_measured_says_nothing() -> None:
    empty = Run(5, np.array([]), {}, np.array([]), {}, {}).history()
    assert diagnose(empty, HARD_NEGATIVE_RULES) == Diagnosis()
