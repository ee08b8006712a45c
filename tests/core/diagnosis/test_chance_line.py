"""Few negatives, and a loss above that of guessing; the batches and logs that only look like it."""

from math import exp, log

import numpy as np
import pytest

from core.diagnosis.chance_line import check_chance, check_negatives
from core.diagnosis.finding import CannotTell, Finding
from tests.core.diagnosis.contrastive import EPOCHS, LENGTH, by_epoch, faulty, healthy

LOSS, CHANCE = "train/info_nce/raw", "train/chance_loss"


def found(told) -> list[Finding]:
    assert not isinstance(told, CannotTell), told
    return list(told)


def with_sizes(size: np.ndarray | int, **options):
    run = healthy(**options)
    run.train[CHANCE] = np.log(np.full(len(run.step), size))
    return run


class TestNegatives:
    @pytest.mark.parametrize("size", [2, 8, 15])
    def test_small_batches_are_reported_from_the_first_step(self, size) -> None:
        (one, other) = found(check_negatives(with_sizes(size).history()))
        assert (one.rule, one.severity, one.first_step) == ("R-30", "warn", 0)
        assert one.values["smallest_batch"] == size
        assert one.values["chance_loss"] == pytest.approx(log(size))
        assert (one.is_open, other.is_open) == (False, True)

    def test_sixteen_are_enough(self) -> None:
        assert found(check_negatives(with_sizes(16).history())) == []

    def test_a_batch_of_one_is_an_error_however_rare(self) -> None:
        size = np.full(EPOCHS * LENGTH, 32)
        size[3 * LENGTH - 1] = 1
        (one,) = found(check_negatives(with_sizes(size).history()))
        assert (one.severity, one.first_step) == ("error", 3 * LENGTH - 1)

    def test_the_last_batch_of_an_epoch_is_told_as_harmless(self) -> None:
        size = np.full(EPOCHS * LENGTH, 32)
        size[LENGTH - 1 :: LENGTH] = 7
        told = found(check_negatives(with_sizes(size).history()))
        assert {one.severity for one in told} == {"ok"}
        assert told[0].values["usual_batch"] == 32

    def test_once_an_epoch_is_rare_however_short_the_epoch(self) -> None:
        size = np.full(EPOCHS * LENGTH, 32)
        size[9::10] = 7
        run = with_sizes(size)
        assert {one.severity for one in found(check_negatives(run.history()))} == {"warn"}
        run.facts["steps an epoch"] = "10"
        assert {one.severity for one in found(check_negatives(run.history()))} == {"ok"}

    def test_without_the_recorded_size_the_configured_one_counts(self) -> None:
        run = healthy(batch_size=8)
        del run.train[CHANCE]
        assert found(check_negatives(run.history()))[0].severity == "warn"
        run = healthy(batch_size=32)
        del run.train[CHANCE]
        assert found(check_negatives(run.history())) == []
        del run.config["batch_size"]
        assert check_negatives(run.history()) == CannotTell("R-30", (CHANCE,))
        del run.train[LOSS]
        assert check_negatives(run.history()) == CannotTell("R-30", (LOSS,))


def of_larger_batches(logged: int = 32, real: int = 512):
    """Make a run whose batches were larger than its log says, at the loss that these have."""
    run = with_sizes(logged, batch_size=logged)
    epoch = run.step / LENGTH
    course = 3.6 + (log(real) - 3.6) * np.exp(-epoch / 8)
    run.train[LOSS] = course * (1 + 0.02 * np.random.default_rng(0).standard_normal(len(epoch)))
    return run


class TestChance:
    def test_a_batch_size_that_was_logged_wrong_is_found_after_two_epochs(self) -> None:
        (one, *_) = found(check_chance(of_larger_batches().history()))
        assert (one.rule, one.severity, one.first_step) == ("R-38", "warn", 2 * LENGTH)
        assert one.verdict.endswith("though the right ones are found")
        assert "batch size is wrong" in one.meaning
        assert exp(one.values["chance_loss"]) == pytest.approx(32)
        assert 32 < one.values["least_batch"] < 512

    def test_it_opens_with_the_third_epoch_live(self) -> None:
        run = of_larger_batches()
        assert found(check_chance(run.history(2 * LENGTH))) == []
        assert found(check_chance(run.history(2 * LENGTH + 20)))[0].is_open

    def test_the_sample_log_of_the_note_is_found(self) -> None:
        """Loss 4.1 to 5.7 "at batch 32", MRR .34 and rising."""
        run = with_sizes(32)
        run.has_stages = False
        loss = np.interp(run.step / LENGTH, [0, 5, 6, 9, 20], [5.0, 4.1, 4.9, 4.2, 4.1])
        run.train[LOSS] = loss
        (one,) = found(check_chance(by_epoch(run)))
        assert one.values["loss"] > 4
        assert one.is_open

    def test_just_above_the_line_only_a_model_that_finds_answers_is_suspect(self) -> None:
        run = healthy()
        run.train[LOSS] = np.full(len(run.step), 1.02 * log(32))
        assert found(check_chance(run.history()))[0].first_step == 2 * LENGTH
        run.val["val/mrr"] = 9 * run.val["val/chance_mrr"]
        assert found(check_chance(run.history())) == []

    def test_the_same_loss_under_the_right_batch_size_is_fine(self) -> None:
        run = of_larger_batches(logged=512)
        assert found(check_chance(run.history())) == []

    def test_a_recorded_size_wins_over_the_configured_one(self) -> None:
        run = of_larger_batches(logged=512)
        run.config["batch_size"] = 32
        assert found(check_chance(run.history())) == []
        del run.train[CHANCE]
        assert found(check_chance(run.history()))

    def test_a_diverged_run_is_worse_than_guessing_but_its_log_is_not_accused(self) -> None:
        (one,) = found(check_chance(faulty("lr x300", 6).history()))
        assert one.first_step == 6 * LENGTH
        assert not one.is_open  # the loss falls below the line again
        assert "confidently wrong" in one.meaning

    def test_the_first_two_epochs_a_slow_start_and_hard_batches_are_let_be(self) -> None:
        slow = with_sizes(32)
        rng = np.random.default_rng(0)
        slow.train[LOSS] = log(32) + 0.03 * rng.standard_normal(len(slow.step))
        slow.val["val/mrr"] = np.full(len(slow.at), 0.02)
        assert found(check_chance(slow.history())) == []
        early = healthy()
        early.train[LOSS][: 2 * LENGTH] = 6.0
        assert found(check_chance(early.history())) == []
        hard = healthy(rise=20.0)
        assert np.median(hard.train[LOSS][10 * LENGTH :]) > 1
        assert found(check_chance(hard.history())) == []

    def test_one_wild_batch_and_the_short_last_one_do_not_matter(self) -> None:
        run = healthy()
        run.train[LOSS][::LENGTH] = 300.0
        run.train[CHANCE][LENGTH - 1 :: LENGTH] = log(2)
        assert found(check_chance(run.history())) == []

    def test_what_is_missing_is_named(self) -> None:
        run = healthy()
        run.facts.clear()
        assert check_chance(run.history()) == CannotTell("R-38", ("steps an epoch",))
        run = healthy()
        del run.train[CHANCE], run.config["batch_size"]
        assert check_chance(run.history()) == CannotTell("R-38", (CHANCE,))
        del run.train[LOSS]
        assert check_chance(run.history()) == CannotTell("R-38", (LOSS,))
