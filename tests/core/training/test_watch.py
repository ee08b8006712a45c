import itertools
from dataclasses import replace
from math import inf, isfinite, nan
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.events import Measured, Noted, RunEnded
from core.history import collect_history
from core.training import loop
from core.training.checkpoints import BEST, list_checkpoints, load_checkpoint, newest_checkpoint
from core.training.config import TrainingConfig
from core.training.loop import train
from core.training.optimiser import learning_rate
from core.training.watch import Watch, is_over, see
from tests.core.training.toy import ToyTask, toy_schedule

WATCHED = "val_easy/near/raw"
CLOCKS = ("train/steps_per_s", "train/memory_mb")
CONFIG = TrainingConfig(
    steps=60, batch_size=16, gradient_every=7, eval_every=5, checkpoint_every=10, warmup_steps=5
)
# The best at step 15, a lower rate at 25 and at 35, the end at 40.
PATIENT = replace(CONFIG, plateau_patience=2, plateau_factor=0.3, patience=5)
VALUES = {0: 1.0, 5: 0.8, 10: 0.9, 15: 0.7, 20: 0.75, 25: 0.72, 30: 0.71, 35: 0.9, 40: 0.8}
numbers = st.one_of(st.floats(-3, 3), st.sampled_from([nan, inf, -inf]))


def watch_all(values, config, *, up=False):
    watch = Watch()
    for step, value in enumerate(values):
        watch = see(watch, step, value, config, higher_is_better=up)
    return watch


def scripted(config, values, metric=WATCHED):
    """The toy task, of which the evaluations say what they are told to say."""
    task, left = ToyTask(config), iter(values)
    plain = task.evaluate
    task.evaluate = lambda stage: replace(plain(stage), values={metric: next(left)})
    return task


def by_step(config):
    """The toy task, told what to say by the updates that its batch norm has counted."""
    task = ToyTask(config)
    plain, norm = task.evaluate, task.model[1]

    def evaluate(stage):
        return replace(plain(stage), values={WATCHED: VALUES[int(norm.num_batches_tracked)]})

    task.evaluate = evaluate
    return task


def run(config=CONFIG, task=None, watched=WATCHED, **options):
    task = task or ToyTask(config)
    return list(train(config, task, toy_schedule(), watched=watched, **options)), task


def metrics(events):
    return {
        name: (series.step.tolist(), series.value.tolist())
        for name, series in collect_history(events).series.items()
        if name not in CLOCKS
    }


def last_state(folder: Path):
    return newest_checkpoint(folder)[0].state["watch"]


def best(folder: Path) -> Path:
    return folder / f"{BEST}.safetensors"


@given(
    values=st.lists(numbers, max_size=30),
    least=st.sampled_from([0.0, 0.5]),
    patience=st.integers(1, 4),
    up=st.booleans(),
)
def test_a_watch_agrees_with_a_look_at_the_whole_past(values, least, patience, up):
    config = TrainingConfig(min_improvement=least, plateau_patience=patience, plateau_factor=0.5)
    sign = -1 if up else 1
    improved = []
    for step, value in enumerate(values):
        if isfinite(value) and all(sign * value < sign * values[k] - least for k in improved):
            improved.append(step)
    watch = watch_all(values, config, up=up)
    assert watch.best == (values[improved[-1]] if improved else None)
    assert watch.best_step == (improved[-1] if improved else 0)
    # Between two improvements lie the evaluations that were waited for.
    ends = [*improved, len(values)]
    waits = [ends[0]] + [later - at - 1 for at, later in itertools.pairwise(ends)]
    assert watch.waited == (waits[-1] if values else 0)
    assert watch.rate_factor == 0.5 ** sum(wait // patience for wait in waits)
    assert watch.waited_at_rate == waits[-1] % patience
    assert watch.is_best == bool(improved and improved[-1] == len(values) - 1)


def test_nan_is_no_improvement_whether_first_or_later():
    config = TrainingConfig(patience=2)
    assert watch_all([nan], config).best is None
    assert not watch_all([nan], config).is_best
    watch = watch_all([1.0, nan, nan], config)
    assert (watch.best, watch.best_step, watch.waited) == (1.0, 0, 2)
    assert is_over(watch, config)
    assert watch_all([nan, 1.0, 0.9], config).waited == 0


def test_an_improvement_has_to_exceed_the_least_one():
    config = TrainingConfig(min_improvement=0.25)
    assert watch_all([1.0, 0.75], config).best == 1.0
    assert watch_all([1.0, 0.8, 0.7], config).best == 0.7
    assert watch_all([1.0, 1.25], config, up=True).best == 1.0
    assert watch_all([1.0, 1.3], config, up=True).best == 1.3


def test_an_evaluation_that_was_seen_before_changes_nothing():
    config = TrainingConfig(patience=3, plateau_patience=1)
    watch = watch_all([1.0, 2.0], config)
    for value in (0.1, 5.0, nan):
        assert see(watch, 1, value, config, higher_is_better=False) is watch
        assert see(watch, 0, value, config, higher_is_better=False) is watch


def test_patience_ends_a_run_as_finished_and_names_the_metric_and_the_best(tmp_path: Path):
    config = replace(CONFIG, patience=3)
    task = scripted(config, [1.0, 0.51234, 0.6, 0.55, 0.52])
    events, _ = run(config, task, checkpoints=tmp_path)
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.outcome, ended.step) == ("finished", 20)
    assert ended.text == (
        "Stopped early: no better near value in 3 evaluations; the best was 0.5123 at step 5."
    )
    assert max(step for step, _ in task.asked if step < 60) == 40  # a trial of the third stage
    assert collect_history(events).series["train/total_loss"].step[-1] == 19
    # Whoever resumes such a run learns the same at once.
    again, _ = run(config, scripted(config, [0.1]), resume=newest_checkpoint(tmp_path)[0])
    assert (again[-1].outcome, again[-1].step, again[-1].text) == ("finished", 20, ended.text)
    assert not any(isinstance(e, Measured) and "train/total_loss" in e.values for e in again)


def test_an_early_end_without_a_finite_value_says_so():
    config = replace(CONFIG, patience=2)
    events, _ = run(config, scripted(config, [nan, nan]))
    assert events[-1].step == 5
    assert "none of them was finite" in events[-1].text


def test_what_rises_is_watched_as_what_rises():
    config, metric = replace(CONFIG, patience=2), "val_easy/residue_accuracy"
    events, _ = run(config, scripted(config, [0.1, 0.2, 0.3, 0.3, 0.1], metric), watched=metric)
    assert "no better residue accuracy in 2 evaluations; the best was 0.3 at step 10" in (
        events[-1].text
    )


@pytest.mark.parametrize("watched", [WATCHED, "", "val_easy/never_told"])
def test_without_patience_or_a_watched_metric_no_run_ends_early(watched):
    config = replace(CONFIG, patience=0 if watched == WATCHED else 1)
    events, _ = run(config, scripted(config, itertools.repeat(1.0)), watched=watched)
    assert (events[-1].outcome, events[-1].step, events[-1].text) == ("finished", 60, "")


def test_a_plateau_multiplies_the_rate_that_is_told_and_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch,
):
    config = replace(CONFIG, plateau_patience=2, plateau_factor=0.25)
    # Better at 0, 5 and 25: lowered at 15, and after the next two waits at 35, 45 and 55.
    values = [1.0, 0.9, 1.0, 1.0, nan, 0.8] + [0.8] * 7
    events, task = run(config, scripted(config, values))
    lowered = [15, 35, 45, 55]

    def expected(options, step, total):
        return 0.25 ** sum(step >= at for at in lowered) * learning_rate(options, step, total)

    told = collect_history(events).series["train/learning_rate"]
    assert told.value.tolist() == [expected(config, step, 60) for step in range(60)]
    notes = [event for event in events if isinstance(event, Noted)]
    assert [note.step for note in notes] == lowered
    assert notes[0].text == (
        "The learning rate is multiplied by 0.25: no better near value in 2 evaluations."
    )
    monkeypatch.setattr(loop, "learning_rate", expected)
    _, other = run(replace(config, plateau_patience=0))
    assert all(map(torch.equal, task.model.state_dict().values(),
                   other.model.state_dict().values()))  # fmt: skip


# Between evaluations, right at one, right behind it, and where a checkpoint is due besides.
@pytest.mark.parametrize("stop_at", [13, 15, 16, 20, 25, 33])
def test_patience_and_plateau_of_a_stopped_and_resumed_run_are_those_of_the_unbroken_one(
    stop_at: int, tmp_path: Path
):
    whole, whole_task = run(PATIENT, by_step(PATIENT), checkpoints=tmp_path / "whole")
    state = last_state(tmp_path / "whole")
    assert (whole[-1].outcome, whole[-1].step) == ("finished", 40)
    assert state["rate_factor"] == 0.3 * 0.3
    asked = itertools.count()
    first, _ = run(PATIENT, by_step(PATIENT), checkpoints=tmp_path,
                   should_stop=lambda: next(asked) >= stop_at)  # fmt: skip
    assert (first[-1].outcome, first[-1].step) == ("stopped", stop_at)
    torch.rand(3)
    point = newest_checkpoint(tmp_path)[0]
    second, task = run(PATIENT, by_step(PATIENT), checkpoints=tmp_path, resume=point)
    kept = [event for event in first if event.step < stop_at]
    assert metrics([*kept, *second]) == metrics(whole)
    assert (second[-1].step, second[-1].text) == (whole[-1].step, whole[-1].text)
    assert last_state(tmp_path) == state
    for name, value in whole_task.model.state_dict().items():
        assert torch.equal(value, task.model.state_dict()[name]), name
    ours, theirs = load_checkpoint(best(tmp_path)), load_checkpoint(best(tmp_path / "whole"))
    assert (ours.step, ours.state) == (theirs.step, theirs.state)
    assert all(torch.equal(ours.tensors[k], theirs.tensors[k]) for k in theirs.tensors)


# The evaluation of step 20 stands in the checkpoint of step 20; a later one may be lost.
@pytest.mark.parametrize("killed_at", [20, 23, 26])
def test_an_evaluation_that_a_killed_run_repeats_counts_once(killed_at: int, tmp_path: Path):
    whole, _ = run(PATIENT, by_step(PATIENT), checkpoints=tmp_path / "whole")
    events = train(PATIENT, by_step(PATIENT), toy_schedule(), watched=WATCHED,
                   checkpoints=tmp_path)  # fmt: skip
    for event in events:
        if event.step == killed_at and "train/total_loss" in getattr(event, "values", {}):
            break
    point = newest_checkpoint(tmp_path)[0]
    assert (point.step, point.state["watch"]["seen_step"]) == (20, 20)
    second, _ = run(PATIENT, by_step(PATIENT), checkpoints=tmp_path, resume=point)
    assert WATCHED in next(e for e in second if isinstance(e, Measured)).values
    assert (second[-1].step, second[-1].text) == (whole[-1].step, whole[-1].text)
    assert last_state(tmp_path) == last_state(tmp_path / "whole")


def test_the_best_file_holds_the_parameters_of_the_best_step(tmp_path: Path):
    run(PATIENT, by_step(PATIENT), checkpoints=tmp_path)
    found = load_checkpoint(best(tmp_path))
    assert found.step == last_state(tmp_path)["best_step"] == 15
    asked = itertools.count()
    _, task = run(PATIENT, by_step(PATIENT), should_stop=lambda: next(asked) >= 15)
    for name, value in task.model.state_dict().items():
        assert torch.equal(found.tensors[f"model.{name}"], value), name


def test_neither_a_worse_nor_a_repeated_evaluation_replaces_the_best_file(tmp_path: Path):
    events = train(CONFIG, scripted(CONFIG, [1.0, 0.9, 0.5]), toy_schedule(), watched=WATCHED,
                   checkpoints=tmp_path)  # fmt: skip
    for event in events:
        if event.step == 10 and "train/total_loss" in getattr(event, "values", {}):
            break
    before = best(tmp_path).read_bytes()
    assert load_checkpoint(best(tmp_path)).step == 10
    point = newest_checkpoint(tmp_path)[0]
    # Of the repeated evaluation even a better value would not count, nor a worse one later.
    values = [0.1, *itertools.repeat(0.6, 10)]
    run(CONFIG, scripted(CONFIG, values), checkpoints=tmp_path, resume=point)
    assert best(tmp_path).read_bytes() == before
    assert last_state(tmp_path)["best"] == 0.5


def test_the_best_file_is_neither_listed_nor_pruned_nor_resumed_from(tmp_path: Path):
    config = replace(CONFIG, keep_checkpoints=1)
    values = [1.0, 0.9, *itertools.repeat(2.0, 11)]
    run(config, scripted(config, values), checkpoints=tmp_path)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step_000000060.safetensors"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "best.safetensors", "step_000000060.safetensors",
    }  # fmt: skip
    assert load_checkpoint(best(tmp_path)).step == 5
    list_checkpoints(tmp_path)[0].unlink()
    assert newest_checkpoint(tmp_path) == (None, ())


def test_without_a_watched_metric_there_is_no_best_file(tmp_path: Path):
    run(checkpoints=tmp_path, watched="")
    assert not best(tmp_path).exists()
    assert list_checkpoints(tmp_path)
