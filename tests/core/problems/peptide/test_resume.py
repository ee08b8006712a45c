"""A peptide run that was stopped and resumed is the unbroken one to the last bit."""

import itertools
from pathlib import Path

import pytest
import torch

from core.history import collect_history
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE
from core.training.checkpoints import newest_checkpoint
from core.training.loop import train

# Ten stages of three steps.
CONFIG = PeptideConfig(
    steps=30, batch_size=6, width=8, recursions=2, gradient_every=7, eval_every=30,
    warmup_steps=5, balancing="targets",
)  # fmt: skip
CLOCKS = ("train/steps_per_s", "train/memory_mb")


def run(**options):
    task = PEPTIDE.build(CONFIG, torch.device("cpu"))
    events = list(train(CONFIG, task, PEPTIDE.schedule(CONFIG), **options))
    return events, task.model.state_dict()


def values(events):
    return {
        name: (series.step.tolist(), series.value.tolist())
        for name, series in collect_history(events).series.items()
        if name not in CLOCKS
    }


# In the middle of a stage, at a stage's first step, and right behind it.
@pytest.mark.parametrize("stop_at", [11, 12, 13])
def test_stopped_and_resumed_is_the_unbroken_run(stop_at: int, tmp_path: Path):
    whole, unbroken = run(checkpoints=tmp_path / "whole")
    asked = itertools.count()
    first, _ = run(checkpoints=tmp_path, should_stop=lambda: next(asked) >= stop_at)
    assert (first[-1].outcome, first[-1].step) == ("stopped", stop_at)
    point, _ = newest_checkpoint(tmp_path)
    second, resumed = run(checkpoints=tmp_path, resume=point)
    kept = [event for event in first if event.step < stop_at]
    assert repr(values([*kept, *second])) == repr(values(whole))
    assert all(torch.equal(unbroken[name], resumed[name]) for name in unbroken)
    ends = [newest_checkpoint(folder)[0] for folder in (tmp_path / "whole", tmp_path)]
    assert all(torch.equal(ends[0].tensors[k], ends[1].tensors[k]) for k in ends[0].tensors)
    assert repr(ends[0].state) == repr(ends[1].state)
