"""The note's sign, "the MRR falls two epochs running", against a plain loop."""

from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.note_sign import read_note_sign
from core.events import RunStarted
from core.history import History, collect_history
from tests.core.diagnosis.contrastive import EPOCHS, LENGTH, Run, by_epoch, healthy

MRR, LOSS = "val/mrr", "train/info_nce/raw"
WARM_UP = 50  # steps


def made(mrr, loss=None, *, every: int = LENGTH, switch: int | None = None) -> Run:
    """Make a run of given MRRs, and of a given loss at each step between two evaluations."""
    run = healthy(switch=switch)
    run.at = np.arange(len(mrr)) * every
    run.val = {MRR: np.array(mrr, dtype=float)}
    levels = np.zeros(len(mrr)) if loss is None else np.array(loss, dtype=float)
    run.step = np.arange((len(mrr) - 1) * every)
    run.train = {LOSS: np.repeat(levels[1:], every)}
    return run


def plain(run: Run) -> tuple[list[int], list[int]]:
    """Look evaluation by evaluation, as one would with a pencil."""
    seen = [(s, v) for s, v in zip(run.at.tolist(), run.val[MRR].tolist(), strict=True)
            if s >= WARM_UP and np.isfinite(v)]  # fmt: skip
    loss = dict(zip(run.step.tolist(), run.train[LOSS].tolist(), strict=True))
    means, before = [], 0
    for step, _ in seen:
        inside = [v for s, v in loss.items() if before <= s < step]
        means.append(sum(inside) / len(inside) if inside else np.nan)
        before = step
    fell, both = [], []
    for n in range(2, len(seen)):
        if seen[n][1] < seen[n - 1][1] < seen[n - 2][1]:
            fell.append(seen[n][0])
            if means[n] > means[n - 1] > means[n - 2]:
                both.append(seen[n][0])
    return fell, both


@pytest.mark.parametrize("every", [1, 3, LENGTH])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_that_of_a_plain_loop_on_random_courses(seed, every):
    rng = np.random.default_rng(seed)
    run = made(rng.random(90), every=every)
    run.train[LOSS] = rng.random(len(run.step))
    told, (fell, both) = read_note_sign(run.history()), plain(run)
    assert told.fell.tolist() == fell
    assert told.fell_and_rose.tolist() == both
    assert told.evaluations == sum(step >= WARM_UP for step in run.at.tolist())
    assert told.holds == bool(fell)
    assert every > 1 or len(fell) >= 3, "else there is nothing to compare"


def test_random_courses_show_both_signs():
    """So that the loop above compares more than two empty lists."""
    both = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        run = made(rng.random(90))
        run.train[LOSS] = rng.random(len(run.step))
        both += len(read_note_sign(run.history()).fell_and_rose)
    assert both >= 4


@pytest.mark.parametrize("switch", [None, 5])
def test_healthy_runs_show_it_and_it_is_that_of_a_plain_loop(switch):
    held = 0
    for seed in range(20):
        run = healthy(seed, switch)
        told, (fell, both) = read_note_sign(run.history()), plain(run)
        assert (told.fell.tolist(), told.fell_and_rose.tolist()) == (fell, both)
        held += told.holds
    assert held >= 15


def test_a_fall_of_equal_values_is_none_and_three_falls_count_twice():
    assert not read_note_sign(made([0, 0, 0.5, 0.4, 0.4, 0.3, 0.3]).history()).holds
    told = read_note_sign(made([0, 0, 0.5, 0.4, 0.3, 0.2, 0.9]).history())
    assert told.fell.tolist() == [4 * LENGTH, 5 * LENGTH]


def test_the_warm_up_is_not_looked_at():
    falling = made([0.9, 0.8, 0.7, 0.6], every=20)  # at 0, 20, 40, 60
    told = read_note_sign(falling.history())
    assert (told.evaluations, told.fell.tolist()) == (1, [])
    told = read_note_sign(made([0.9, 0.8, 0.7, 0.6, 0.5], every=25).history())
    assert (told.evaluations, told.fell.tolist()) == (3, [100])  # 50 is looked at


def test_the_warm_up_of_a_long_budget_is_a_hundredth_of_it():
    run = made([0.9, 0.8, 0.7, 0.6, 0.5], every=2_000)
    assert read_note_sign(run.history()).fell.tolist() == [6_000, 8_000]
    longer = [
        replace(event, total_steps=300_000) if isinstance(event, RunStarted) else event
        for event in run.events()
    ]
    told = read_note_sign(collect_history(longer))  # looks from step 3,000 on
    assert (told.evaluations, told.fell.tolist()) == (3, [8_000])


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_three_evaluations_after_the_warm_up_are_needed(count):
    told = read_note_sign(made([1.0, 1.0, *(0.9 - 0.1 * n for n in range(count))]).history())
    assert told.evaluations == count
    assert told.fell.tolist() == [s * LENGTH for s in range(4, count + 2)]
    assert told.fell_and_rose.tolist() == []


def test_the_loss_must_rise_both_times_between_the_evaluations():
    falling = [0, 0, 0, 0.5, 0.4, 0.3]
    for loss, both in (
        ([0, 9, 9, 1, 2, 3], [5 * LENGTH]),
        ([0, 9, 9, 2, 2, 3], []),
        ([0, 9, 9, 3, 2, 3], []),
        ([0, 9, 9, 1, 3, 2], []),
        ([0, 0, 0, 1, 2, 2], []),
    ):
        told = read_note_sign(made(falling, loss).history())
        assert told.fell.tolist() == [5 * LENGTH]
        assert told.fell_and_rose.tolist() == both, loss


def test_a_loss_that_rises_within_every_epoch_but_not_between_them_does_not_count():
    run = made([0, 0, 0.5, 0.4, 0.3], [0, 3, 3, 2, 1])
    run.train[LOSS] += np.tile(np.linspace(-2, 2, LENGTH), 4)
    assert read_note_sign(run.history()).fell_and_rose.tolist() == []
    run.train[LOSS] = -run.train[LOSS]  # falls within each, and rises from one to the next
    assert read_note_sign(run.history()).fell_and_rose.tolist() == [4 * LENGTH]


def test_the_loss_after_the_last_evaluation_is_left_out():
    run = made([0, 0, 0.5, 0.4, 0.3], [0, 1, 1, 2, 1.9])
    run.step, last = np.arange(5 * LENGTH), np.full(LENGTH, 99.0)
    run.train[LOSS] = np.concatenate([run.train[LOSS], last])
    assert read_note_sign(run.history()).fell_and_rose.tolist() == []


def test_without_a_training_loss_only_the_fall_is_told():
    run = made([0, 0, 0.5, 0.4, 0.3])
    run.train.clear()
    told = read_note_sign(run.history())
    assert (told.fell.tolist(), told.fell_and_rose.tolist()) == ([4 * LENGTH], [])


def test_an_evaluation_that_is_no_number_is_left_out():
    run = made([0, 0, 0.5, np.nan, 0.4, 0.3], [0, 1, 1, 2, 2, 3])
    told = read_note_sign(run.history())
    assert told.evaluations == 3
    assert (told.fell.tolist(), told.fell_and_rose.tolist()) == plain(run) == ([200], [200])


def test_a_run_that_has_told_nothing_shows_nothing():
    told = read_note_sign(History())
    assert (told.evaluations, told.fell.tolist(), told.fell_and_rose.tolist()) == (0, [], [])
    assert not told.holds


def test_a_history_of_epochs_is_looked_at_from_its_first_epoch_on():
    run = healthy(switch=None)
    run.val[MRR] = np.linspace(0.9, 0.1, EPOCHS + 1)
    told = read_note_sign(by_epoch(run))
    assert told.fell.tolist() == list(range(3, EPOCHS + 1))
    assert told.evaluations == EPOCHS


def test_a_history_of_epochs_has_the_loss_of_an_epoch_at_its_own_step():
    run = healthy(switch=None)
    run.val[MRR] = 0.5 + 0.01 * np.arange(EPOCHS + 1)
    run.val[MRR][11:13] = 0.4, 0.3  # falls at epochs 11 and 12
    loss = np.ones(EPOCHS + 1)
    loss[11:13] = 2, 3  # and there the loss rises
    run.train[LOSS][::LENGTH] = loss[:-1]  # `by_epoch` tells what stands at a border
    told = read_note_sign(by_epoch(run))
    assert told.fell.tolist() == [12]
    assert told.fell_and_rose.tolist() == [12]
