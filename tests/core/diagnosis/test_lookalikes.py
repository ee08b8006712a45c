"""What looks like a fault and is none: each rule beside the look-alike that RULES names for it."""

import numpy as np
import pytest

from benchmarks.planted.course import Course
from benchmarks.planted.faults import rules_of
from benchmarks.planted.general_faults import impatient, overfits, plateau
from benchmarks.planted.healthy import healthy
from core.diagnosis.finding import CannotTell, Finding
from core.events import StageChanged

RNG = np.random.default_rng(0)
COSINE, RAW, TOTAL = "val/avg_cosine_similarity", "train/cosine/raw", "train/total_loss"
EASY = "val_easy/residue_accuracy"


def told(rule: str, course: Course) -> list[Finding]:
    check = next(r.check for r in rules_of(course.kind) if r.id == rule)
    found = check(course.history())
    assert not isinstance(found, CannotTell), found
    return list(found)


def fresh(kind: str = "pocket", shape: str = "usual") -> Course:
    return healthy(kind, 60, shape)


class TestRecord:
    def test_one_doubled_step_in_many_is_a_remark(self) -> None:
        run = fresh()
        step, value = run.train[RAW]
        run.train[RAW] = np.append(step, step[-1]), np.append(value, 0.5)
        (one,) = told("R-55", run)
        assert (one.severity, one.values["repeated"]) == ("info", 1.0)

    def test_a_resume_with_the_same_rate_is_none_and_missing_steps_are_a_remark(self) -> None:
        run = fresh(shape="resumed")
        assert told("R-55", run) == []
        step, value = run.train[RAW]
        lost = (step > 300) & (step < 700)
        run.train = {RAW: (step[~lost], value[~lost])}
        (one,) = told("R-55", run)
        assert (one.severity, one.first_step, one.last_step) == ("info", 300, 700)

    def test_a_loss_that_jumps_without_a_resume_has_not_changed_its_meaning(self) -> None:
        for shape, expected in (("usual", 0), ("resumed", 1)):
            run = fresh(shape=shape)
            run.change("val/cosine_loss", run.at(0.48), lambda v, _: 3 * v)
            assert len(told("R-31", run)) == expected

    def test_a_negative_loss_and_rounding_are_let_be_and_an_accuracy_of_two_is_not(self) -> None:
        run = fresh("peptide")
        run.change(TOTAL, 0, lambda v, _: v - 100)
        run.change(EASY, 0, lambda v, _: np.minimum(v, 1) * 0 + 1 + 1e-9)
        assert told("R-19", run) == []
        run.change(EASY, run.total, lambda v, _: 2 + 0 * v)
        (one,) = told("R-19", run)
        assert (one.values["value"], one.values["high"], one.first_step) == (2.0, 1.0, run.total)


class TestStuck:
    def test_a_run_that_has_come_to_its_end_is_not_stuck(self) -> None:
        run = fresh()
        step, _ = run.train[RAW]
        batches = np.exp(0.15 * RNG.standard_normal(len(step)))
        for metric in (RAW, TOTAL):
            run.train[metric] = step, (0.1 + np.exp(-step / 30)) * batches
        assert told("R-03", run) == []
        assert told("R-09", run) == []

    def test_slow_learning_above_a_constant_and_a_solo_run_are_left_to_others(self) -> None:
        run = fresh()
        run.change(COSINE, 0, lambda v, p: 0.01 + 0.005 * np.cos(np.arange(len(v))))
        assert len(told("P-02", run)) == 1
        run.config["solo"] = "cosine"
        assert told("P-02", run) == []
        slow = fresh()
        slow.change(COSINE, 0, lambda v, p: 0.02 + 0.1 * p)
        assert told("P-02", slow) == []
        assert told("R-25", slow) == []

    def test_six_evaluations_of_the_second_half_can_tell_and_three_cannot(self) -> None:
        run = fresh()
        run.change(COSINE, 0, lambda v, _: 0.01 + 0.005 * np.cos(np.arange(len(v))))
        step, value = run.val[COSINE]
        run.val[COSINE] = step[:-1:2], value[:-1:2]
        assert 6 <= (run.val[COSINE][0] >= run.total // 2).sum() < 8
        assert len(told("P-02", run)) == 1
        run.val[COSINE] = step[:-1:2], 0.03 * np.arange(len(step[:-1:2]))
        assert told("P-02", run) == []
        run.val[COSINE] = step[::5], value[::5]
        with pytest.raises(AssertionError, match="6 evaluations in the second half"):
            told("P-02", run)


class TestWorse:
    def test_losing_a_tenth_of_the_gain_is_no_collapse_and_losing_half_is(self) -> None:
        for kept, expected in ((0.9, 0), (0.5, 1)):
            run = fresh()
            run.change(COSINE, run.at(0.6), lambda v, _, k=kept: k * v)
            assert len(told("P-03", run)) == expected

    def test_a_training_loss_that_jumps_at_a_border_is_explained(self) -> None:
        run = fresh()
        run.change(RAW, run.at(0.5), lambda v, _: 3 * v)
        assert [f.subject for f in told("P-03", run)] == [RAW]
        run.stages = [
            StageChanged(0, 0.0, "1", run.at(0.5), {"cosine": 1.0}),
            StageChanged(run.at(0.5), 0.0, "2", run.total, {"cosine": 1.0}),
        ]
        assert told("P-03", run) == []

    def test_it_is_over_where_the_run_comes_back(self) -> None:
        run = fresh()
        run.change(COSINE, run.at(0.5), lambda v, p: np.where(p < 0.4, 0.3 * v, v))
        (one,) = told("P-03", run)
        assert (one.is_open, one.severity) == (False, "warn")


class TestOverfitting:
    def test_a_held_out_loss_that_rises_alone_is_a_remark(self) -> None:
        run = fresh(shape="dense evaluation")
        overfits(run, np.random.default_rng(1))
        assert [f.severity for f in told("R-53", run)] == ["warn"]
        at, _ = run.val[COSINE]
        run.val[COSINE] = at, np.linspace(0, 0.5, len(at))
        assert [f.severity for f in told("R-53", run)] == ["info"]

    def test_training_that_does_not_fall_is_no_overfitting(self) -> None:
        run = fresh(shape="dense evaluation")
        overfits(run, np.random.default_rng(1))
        step, _ = run.train[RAW]
        run.train[RAW] = step, np.full(len(step), 0.5)
        assert told("R-53", run) == []

    def test_a_patience_that_has_paid_off_is_enough(self) -> None:
        run = fresh()
        impatient(run, RNG)
        (one,) = told("R-29", run)
        assert one.values["longest_wait"] == 6.0
        at, value = run.val[COSINE]
        run.val[COSINE] = at, np.append(value[:8], value[7] - 0.01 * np.arange(1, len(at) - 7))
        assert told("R-29", run) == []


class TestBorders:
    def two_stages(self, *, clean_share: float = 1.0) -> tuple[Course, int]:
        run = fresh("peptide", "dense evaluation")
        first, weights = run.at(0.4), dict(run.stages[-1].weights)
        off = weights | {"precursor": 0.0}
        step, value = run.train["train/precursor/weight"]
        run.train["train/precursor/weight"] = step, np.where(step >= first, value + 1e-6, 0.0)
        run.stages = [
            StageChanged(0, 0.0, "1", first, off, {"clean_share": 1.0}),
            StageChanged(first, 0.0, "2", run.total, weights, {"clean_share": clean_share}),
        ]
        return run, first

    def drop(self, run: Course, first: int, until: float) -> None:
        run.change(EASY, first + 1, lambda v, p: np.where(p < until, v - 0.3, v))

    def test_a_drop_is_laid_to_the_term_only_where_the_data_stay(self) -> None:
        for share, expected in ((1.0, 1), (0.5, 0)):
            run, first = self.two_stages(clean_share=share)
            self.drop(run, first, 1.0)
            assert len(told("R-04", run)) == expected
            assert len(told("R-07", run)) == 1

    def test_a_dip_that_is_soon_back_is_no_shock(self) -> None:
        run, first = self.two_stages()
        self.drop(run, first, 0.1)
        assert told("R-07", run) == []

    def test_a_jump_of_the_training_loss_alone_is_none(self) -> None:
        run, first = self.two_stages()
        for metric in (TOTAL, "train/ce/raw"):
            run.change(metric, first, lambda v, _: 5 * v)
        assert told("R-07", run) == []
        assert told("R-04", run) == []


class TestPlateau:
    def test_a_floor_and_a_rate_near_zero_excuse_it(self) -> None:
        run = fresh()
        plateau(run, RNG)
        assert len(told("R-14", run)) == 1
        step, _ = run.train[RAW]
        run.train["train/learning_rate"] = step, np.where(step < run.total // 2, 1e-3, 1e-5)
        assert told("R-14", run) == []


class TestPulls:
    def test_a_solved_term_may_have_no_share_and_a_band_has_a_margin(self) -> None:
        run = fresh("peptide")
        run.change("train/spectrum/share", 0, lambda v, _: 6 + 0 * v)
        assert told("R-17", run) == []
        run.change("train/spectrum/share", 0, lambda v, _: 2 + 0 * v)
        assert {f.subject for f in told("R-17", run)} == {"spectrum"}
        run.change("train/spectrum/raw", run.at(0.05), lambda v, _: 1e-9 * v)
        assert told("R-17", run) == []

    def test_conflict_in_fewer_than_half_of_the_steps_is_none(self) -> None:
        run = fresh("peptide")
        run.change("train/ce+spectrum/conflict", 0,
                   lambda v, _: np.where(np.arange(len(v)) % 5 < 2, -0.8, 0.5))  # fmt: skip
        assert told("R-56", run) == []


class TestSimilarity:
    def test_a_net_that_begins_below_zero_is_let_be(self) -> None:
        run = fresh()
        at, value = run.val[COSINE]
        run.val[COSINE] = at, np.where(at < 100, -0.2, value)
        assert told("R-24", run) == []

    @pytest.mark.parametrize(
        ("value", "word"),
        [(0.86, "excellent"), (0.85, "excellent"), (0.72, "good"), (0.02, "baseline")],
    )
    def test_grades_stand_on_half_open_bands(self, value: float, word: str) -> None:
        run = fresh()
        run.change(COSINE, 0, lambda v, _: value + 0 * v)
        (one,) = told("R-23", run)
        assert word in one.verdict


class TestPrecursor:
    def test_a_jump_to_153_000_ppm_is_not_explained_away(self) -> None:
        run = fresh("peptide")
        assert [f.severity for f in told("R-10", run)] == ["ok"]
        run.change("val_easy/ppm_error", 0, lambda v, _: 153_000 + 0 * v)
        assert told("R-10", run) == []

    def test_the_note_s_track_is_told_with_its_factor(self) -> None:
        run = fresh("peptide")
        run.change("val_easy/ppm_error", 0, lambda v, _: 5_000 + 0 * v)
        (one,) = told("R-11", run)
        assert (one.severity, one.values["factor"]) == ("info", pytest.approx(100))
        run.change("val_easy/ppm_error", 0, lambda v, _: 10 + 0 * v)
        assert told("R-11", run) == []
