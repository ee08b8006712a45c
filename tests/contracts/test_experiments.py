"""What every experiment owes the loop, the form, the page and the command line."""

from dataclasses import replace

import pytest
import torch

from core.diagnosis.engine import diagnose
from core.history import collect_history
from core.metrics import read_key
from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.training.loop import train
from core.training.settings import from_plain, settings_of, to_plain

CPU = torch.device("cpu")
# Problems whose options describe every schedule worth a name.
ONE_STAGE = {"pocket", "molecule", "sidechain", "sidechain_diffusion"}
# What makes the data and the model of a problem small, beside what every problem has.
SMALL = {
    "pocket": {"ligands": 60, "output_dim": 16, "width": 16, "layers": 1},
    "molecule": {
        "molecules": 60, "epoch_steps": 6, "width": 16, "layers": 1, "heads": 2, "dim": 8,
        "text_dim": 8, "hard_negatives": True, "hardness_k": 5,
    },
    "sidechain": {"residues": 120, "width": 16, "layers": 1, "l_max": 2, "shells": 8},
    "sidechain_diffusion": {"residues": 120, "width": 16, "layers": 1, "sampling_steps": 2},
}  # fmt: skip


@pytest.fixture(params=EXPERIMENTS.values(), ids=list(EXPERIMENTS))
def experiment(request: pytest.FixtureRequest) -> Experiment:
    return request.param


def small(experiment: Experiment, **options):
    few = {"steps": 12, "batch_size": 4, "eval_every": 6, **SMALL.get(experiment.name, {})}
    return experiment.config(**few | options)


def resolved(experiment: Experiment, config):
    """The task of a configuration, and the configuration with what only the task can say."""
    task = experiment.build(config, CPU)
    return task, experiment.resolve(config, task) if experiment.resolve else config


def run(experiment: Experiment, config):
    task, config = resolved(experiment, config)
    schedule = experiment.schedule(config)
    return collect_history(train(config, task, schedule, experiment=experiment.name))


def most_steps(config) -> int:
    """Steps of a configuration; where epochs decide, as if every example were trained on."""
    if config.steps:
        return config.steps
    epochs, examples = (
        (config.num_epochs, config.ligands)
        if hasattr(config, "ligands")
        else (config.epochs, config.molecules)
    )
    return epochs * -(-examples // config.batch_size)


def test_every_option_has_a_label_a_help_and_a_default_inside_its_range(experiment):
    for option in settings_of(experiment.config):
        assert option.label
        assert option.help.endswith(".")
        if option.low is not None:
            assert option.default >= option.low
        if option.high is not None:
            assert option.default <= option.high


def test_a_configuration_survives_its_file(experiment):
    plain = small(experiment)
    ready = [make() for make in experiment.schedules.values()]
    for schedule in (None, experiment.schedule(plain), *ready):
        config = replace(plain, schedule=schedule)
        assert from_plain(experiment.config, to_plain(config)) == config


def test_the_default_keeps_to_the_bounds_of_a_short_run(experiment):
    default = experiment.config()
    assert 0 < most_steps(default) <= 6_000
    assert default.batch_size <= 64


def test_a_resolved_configuration_leaves_nothing_open_and_keeps_what_was_asked_for(experiment):
    asked = small(experiment)
    task, config = resolved(experiment, asked)
    assert config == asked
    assert experiment.schedule(config).total_steps == config.steps
    if experiment.resolve is None:
        return
    task, config = resolved(experiment, replace(asked, steps=0, eval_every=0))
    assert 0 < config.steps <= most_steps(replace(asked, steps=0))
    assert 0 < config.eval_every <= config.steps
    assert experiment.resolve(config, task) == config
    assert experiment.schedule(config).total_steps == config.steps


def test_the_metrics_that_steer_a_run_are_told_and_have_a_direction(experiment):
    task, config = resolved(experiment, small(experiment))
    values = task.evaluate(experiment.schedule(config).stages[0]).values
    for key in (experiment.primary, experiment.watched or experiment.primary):
        assert key in values
        assert read_key(key).spec.higher_is_better is not None


def test_a_short_run_tells_every_term_and_what_it_is_judged_by(experiment):
    history = run(experiment, small(experiment))
    assert history.ended is not None
    assert history.ended.outcome == "finished"
    assert history.terms == experiment.terms
    for term in experiment.terms:
        assert len(history.series[f"train/{term}/raw"])
    drawn = [line.key for chart in experiment.charts for line in chart.lines]
    assert experiment.primary in drawn
    assert set(drawn) <= set(history.series)
    assert history.series[experiment.primary].step.tolist() == [0, 6, 12]
    assert read_key(experiment.primary).spec.baseline is not None


def test_the_same_seed_gives_the_same_history_and_another_one_another(experiment):
    loss = "train/total_loss"
    runs = [run(experiment, small(experiment, seed=seed)) for seed in (3, 3, 4)]
    first, again, other = (history.series[loss].value.tolist() for history in runs)
    assert first == again
    assert first != other


def test_each_term_can_be_trained_alone(experiment):
    for term in experiment.terms:
        history = run(experiment, small(experiment, solo=term))
        weights = [stage.weights for stage in history.stages]
        assert all(w[term] > 0 for w in weights)
        assert all(w == 0 for one in weights for name, w in one.items() if name != term)


def test_rules_and_criteria_read_a_run_of_it(experiment):
    history = run(experiment, small(experiment))
    told = diagnose(history, experiment.rules)
    assert all(finding.rule for finding in told.findings)
    if experiment.criteria is not None:
        assert experiment.criteria(history)


def test_ready_made_schedules_have_its_terms(experiment):
    assert bool(experiment.schedules) == (experiment.name not in ONE_STAGE)
    for make in experiment.schedules.values():
        assert make().terms == experiment.terms
