import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.events import Measured, Noted, Recorded, RunEnded, RunStarted, StageChanged
from core.history import collect_history
from core.training.checkpoints import newest_checkpoint
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule, Stage
from core.training.loop import train
from core.training.step import dead_share
from tests.core.training.toy import TARGETS, TERMS, ToyTask, toy_schedule

CONFIG = TrainingConfig(
    steps=60, batch_size=16, gradient_every=7, eval_every=25, checkpoint_every=10, warmup_steps=5
)
# What differs between two runs of the same training: clocks and the process.
CLOCKS = ("train/steps_per_s", "train/memory_mb")


def run(config=CONFIG, task=None, schedule=None, **options):
    task = task or ToyTask(config)
    return list(train(config, task, schedule or toy_schedule(), **options)), task


def metrics(events):
    history = collect_history(events)
    return {
        name: (series.step.tolist(), series.value.tolist())
        for name, series in history.series.items()
        if name not in CLOCKS
    }


def test_a_run_tells_its_start_its_stages_and_its_end():
    events, _ = run(experiment="toy", notes=("first words",))
    started, noted = events[:2]
    assert isinstance(started, RunStarted)
    assert (started.experiment, started.terms, started.total_steps) == ("toy", TERMS, 60)
    assert started.facts["data"] == "made up"
    assert isinstance(noted, Noted)
    stages = [event for event in events if isinstance(event, StageChanged)]
    assert [(s.stage, s.step, s.end_step) for s in stages] == [
        ("1", 0, 20), ("2", 20, 40), ("3", 40, 60),
    ]  # fmt: skip
    assert stages[2].weights == {"near": 1.0, "far": 0.1, "third": 0.2}
    assert stages[2].settings == {"clean_share": 0.8, "sigma_da": 0.5}
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].step, events[-1].outcome, events[-1].text) == (60, "finished", "")
    assert [e.step for e in events if isinstance(e, Recorded)] == [0, 25, 50, 60]


def test_every_step_tells_terms_weights_contributions_and_shares():
    events, _ = run()
    series = collect_history(events).series
    assert series["train/near/share"].step.tolist() == list(range(60))
    assert series["train/far/share"].step.tolist() == list(range(20, 60))
    assert series["train/far/weight"].value.tolist() == [0.0] * 20 + [0.5] * 20 + [0.1] * 20
    # A term of weight 0 is evaluated where gradients are measured, and only there.
    assert series["train/third/raw"].step.tolist() == [*range(0, 40, 7), *range(40, 60)]
    assert series["train/third/weighted"].step.tolist() == list(range(40, 60))
    parts = [series[f"train/{term}/weighted"].value[-20:] for term in TERMS]
    total = series["train/total_loss"].value[-20:]
    assert np.allclose(sum(parts), total, rtol=1e-12)
    assert np.allclose(series["train/far/share"].value[-20:], 100 * parts[1] / total)
    assert np.allclose(parts[1], 0.1 * series["train/far/raw"].value[-20:], rtol=1e-12)
    assert series["val_easy/near/raw"].step.tolist() == [0, 25, 50, 60]
    assert series["train/learning_rate"].value[:6].tolist() == pytest.approx(
        [2e-4, 4e-4, 6e-4, 8e-4, 1e-3, 1e-3]
    )


def test_terms_of_weight_0_are_not_evaluated_on_other_steps():
    _, task = run()
    wanted = {step: names for step, names in task.asked[3:] if step < 60}
    assert wanted[1] == ("near",)
    assert wanted[7] == TERMS
    assert wanted[21] == TERMS
    assert wanted[22] == ("near", "far")


def test_gradients_are_measured_as_by_a_plain_computation():
    config = replace(CONFIG, gradient_every=1, steps=1, warmup_steps=0)
    schedule = Schedule(TERMS, (Stage("1", 0, 1, {"near": 1.0, "far": 0.5, "third": 0.0}),))
    events, _ = run(config, schedule=schedule)
    values = next(e for e in events if isinstance(e, Measured) and e.step == 0
                  and "train/total_loss" in e.values).values  # fmt: skip
    task = ToyTask(config)
    torch.manual_seed(config.seed)
    task.model.train()
    terms = task.losses(task.batch(0, schedule.stages[0]), schedule.stages[0], TERMS)
    pulls = {}
    for name, value in terms.values.items():
        task.model.zero_grad()
        value.mean().backward(retain_graph=True)
        pulls[name] = torch.cat([p.grad.flatten() for p in task.shared]).double()
    assert values["train/far/raw_gradient_norm"] == pytest.approx(float(pulls["far"].norm()))
    assert values["train/far/gradient_norm"] == pytest.approx(0.5 * float(pulls["far"].norm()))
    norms = [float(pulls["near"].norm()), 0.5 * float(pulls["far"].norm())]
    assert values["train/near/gradient_share"] == pytest.approx(100 * norms[0] / sum(norms))
    assert "train/third/gradient_share" not in values
    cosine = torch.nn.functional.cosine_similarity(pulls["near"], pulls["third"], dim=0)
    assert values["train/near+third/conflict"] == pytest.approx(float(cosine), abs=1e-6)
    task.model.zero_grad()
    (terms.values["near"].mean() + 0.5 * terms.values["far"].mean()).backward()
    whole = torch.cat([p.grad.flatten() for p in task.model.parameters()])
    assert values["train/gradient_norm"] == pytest.approx(float(whole.norm()), rel=1e-5)
    assert values["train/clipped"] == pytest.approx(1 / float(whole.norm()), rel=1e-5)


def test_measuring_gradients_changes_the_training_by_rounding_only():
    often, _ = run(replace(CONFIG, gradient_every=1))
    rarely, _ = run(replace(CONFIG, gradient_every=1000))
    for key in ("train/total_loss", "train/gradient_norm"):
        a, b = metrics(often)[key][1], metrics(rarely)[key][1]
        assert np.allclose(a[:30], b[:30], rtol=1e-3), key


def test_dead_examples_are_counted():
    task = ToyTask(CONFIG, break_at=0, how="dead")
    values = collect_history(run(task=task)[0]).series["train/third/dead_share"].value
    assert values.tolist() == [0.5] * len(values)
    assert dead_share(torch.zeros(3, 2)) == 1.0
    assert np.isnan(dead_share(torch.tensor([[1.0], [float("inf")]])))
    # Most of a batch may be dead without a single exact 0.
    assert dead_share(torch.tensor([1e-20, 1e-20, 1e-20, 1.0])) == 0.75
    # Squares of such gradients would vanish in single precision.
    assert dead_share(torch.full((4, 1), 1e-30)) == 0.0


@pytest.mark.parametrize(
    ("how", "words"), [("value", "Third is NaN"), ("gradient", "that of third")]
)
@pytest.mark.parametrize("break_at", [45, 49], ids=["plain step", "measured step"])
def test_what_is_not_finite_ends_the_run_without_an_update(how, words, break_at, tmp_path: Path):
    task = ToyTask(CONFIG, break_at=break_at, how=how)
    events, _ = run(task=task, checkpoints=tmp_path)
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.outcome, ended.step) == ("diverged", break_at)
    assert words in ended.text
    history = collect_history(events)
    assert np.isnan(history.series["train/gradient_norm"].value[-1])
    assert history.series["train/gradient_norm"].step[-1] == break_at
    assert all(bool(p.isfinite().all()) for p in task.model.parameters())
    assert newest_checkpoint(tmp_path)[0].step == 40


# In the middle of a stage, at a stage's first step, and right behind it.
@pytest.mark.parametrize("stop_at", [13, 40, 41])
@pytest.mark.parametrize("balancing", ["schedule", "targets"])
def test_a_resumed_run_is_the_unbroken_one_to_the_last_bit(stop_at, balancing, tmp_path: Path):
    config = replace(CONFIG, balancing=balancing, targets=dict(TARGETS))
    whole, whole_task = run(config)
    asked = itertools.count()
    first, _ = run(config, checkpoints=tmp_path, should_stop=lambda: next(asked) >= stop_at)
    assert (first[-1].outcome, first[-1].step) == ("stopped", stop_at)
    torch.rand(5)  # whatever a new process did before
    point, skipped = newest_checkpoint(tmp_path)
    assert (point.step, skipped) == (stop_at, ())
    second, task = run(config, checkpoints=tmp_path, resume=point)
    # What the second segment tells again replaces what the first told.
    kept = [event for event in first if event.step < stop_at]
    assert metrics([*kept, *second]) == metrics(whole)
    stages = collect_history([*first, *second]).stages
    assert [(s.step, s.weights) for s in stages] == [
        (e.step, e.weights) for e in whole if isinstance(e, StageChanged)
    ]
    ends = newest_checkpoint(tmp_path)[0].tensors
    for name, value in whole_task.model.state_dict().items():
        assert torch.equal(value, task.model.state_dict()[name]), name
    last = tmp_path / "whole"
    run(config, checkpoints=last)
    unbroken = newest_checkpoint(last)[0]
    assert ends.keys() == unbroken.tensors.keys()
    assert all(torch.equal(ends[key], unbroken.tensors[key]) for key in ends)


def test_a_finished_run_resumes_to_its_end(tmp_path: Path):
    run(checkpoints=tmp_path)
    events, _ = run(checkpoints=tmp_path, resume=newest_checkpoint(tmp_path)[0])
    assert [type(event) for event in events] == [RunStarted, Measured, Recorded, RunEnded]
    assert events[-1].outcome == "finished"


def test_weights_that_follow_targets_are_told_like_any_others():
    config = replace(CONFIG, balancing="targets", targets=dict(TARGETS))
    history = collect_history(run(config)[0])
    last = slice(-12, None)
    shares = {term: history.series[f"train/{term}/share"].value for term in TERMS}
    for term, band in TARGETS.items():
        mean = shares[term][last].mean()
        assert band.low_percent <= mean <= band.high_percent, (term, mean)
    weights = history.series["train/far/weight"].value[40:]
    assert history.stages[2].weights["far"] == weights[0]
    assert len(set(weights)) > 5
    # Of two terms the bands add up to at most 100 %: exactly met, or left alone with a word.
    alone = replace(config, targets={**TARGETS, "far": TARGETS["third"]})
    notes = collect_history(run(alone)[0]).notes
    assert ["stage 2" in note.text for note in notes] == [True]
    assert history.started.targets["near"] == (60.0, 70.0)


@pytest.mark.parametrize(
    ("changes", "stages", "where"),
    [
        ({}, {"near": 0.0, "far": 0.0, "third": 0.0}, "stage 1, weights"),
        ({"targets": {"ce": TARGETS["near"]}}, None, "targets"),
        ({"solo": "ce"}, None, "solo"),
        ({"balancing": "targets"}, None, "targets"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_run(changes, stages, where):
    config = replace(CONFIG, **changes)
    schedule = Schedule(TERMS, (Stage("1", 0, 60, stages),)) if stages else None
    with pytest.raises(InputError) as refused:
        run(config, schedule=schedule)
    assert refused.value.where == where


def test_terms_without_a_gradient_are_refused_before_the_run():
    task = ToyTask(CONFIG)
    task.model[4].requires_grad_(False)
    for parameter in task.model.parameters():
        parameter.requires_grad_(False)
    with pytest.raises(InputError, match="shared parameters"):
        run(task=task)
