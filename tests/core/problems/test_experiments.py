"""The table of experiments against the folders, and each entry against its contract."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.problems.new_runs import new_runs, solo_configs
from core.runs.folder import read_config, runs_home
from core.training.checks import check_run
from core.training.settings import from_plain, settings_of, to_plain
from core.training.task import Task

entries = pytest.mark.parametrize("known", EXPERIMENTS.values(), ids=list(EXPERIMENTS))


def test_the_table_names_every_problem_that_can_be_trained(root: Path) -> None:
    """A folder inside a problem holds a second experiment of it, named by both."""
    problems = root / "core" / "problems"
    folders = [path.parent.relative_to(problems) for path in problems.glob("*/**/experiment.py")]
    assert set(EXPERIMENTS) == {"_".join(folder.parts) for folder in folders}
    assert all(name == known.name for name, known in EXPERIMENTS.items())


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(known, id=name, marks=pytest.mark.xdist_group(name))
        for name, known in EXPERIMENTS.items()
    ],
)
def test_the_default_configuration_can_be_read_and_trained(
    known: Experiment, made_data: Callable
) -> None:
    config = known.config()
    assert from_plain(known.config, to_plain(config)) == config
    assert config.batch_size <= 64
    assert all(option.group for option in settings_of(known.config))
    assert set(config.targets) <= set(known.terms)
    assert set(known.solo_notes) <= set(known.terms)
    with made_data(known.name):
        task = known.build(config, torch.device("cpu"))
    assert isinstance(task, Task)
    config = known.resolve(config, task) if known.resolve else config
    schedule = known.schedule(config)
    assert schedule.total_steps == config.steps <= 6000
    assert schedule.terms == known.terms
    check_run(config, task, schedule)


@entries
def test_a_solo_run_of_each_term_has_that_term_only(known: Experiment) -> None:
    config = known.config(steps=300)
    solos = solo_configs(known, config)
    assert [solo.solo for solo in solos] == list(known.terms)
    assert {solo.balancing for solo in solos} == {"schedule"}
    for solo in solos:
        for stage in known.schedule(solo).stages:
            assert {t for t, weight in stage.weights.items() if weight > 0} == {solo.solo}
    folders = new_runs(known, solos, name="alone")
    assert {folder.parent for folder in folders} == {runs_home()}
    assert [read_config(folder).config for folder in folders] == [to_plain(s) for s in solos]
