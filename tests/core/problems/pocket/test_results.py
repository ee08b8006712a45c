from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.events import Measured, Recorded, RunStarted, StageChanged
from core.history import History, collect_history
from core.problems.pocket import results
from core.problems.pocket.comparison import compare
from core.problems.pocket.comparison_words import in_words
from core.problems.pocket.config import LOSS_KINDS
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import (
    BY_EXAMPLE,
    CHOSEN_BY,
    COMPARED,
    best_step,
    comparison_configs,
    ligands_in_words,
    loss_kind,
    read_trained,
)
from core.problems.running import run_folder
from core.runs.folder import new_run
from core.runs.reader import read_arrays, read_history
from core.training.settings import to_plain
from tests.core.problems.pocket.small import small


def history(values: dict[int, float], recorded: tuple[int, ...]) -> History:
    events = [Measured(step, 0.0, {CHOSEN_BY: value}) for step, value in values.items()]
    kept = [Recorded(step, 0.0, BY_EXAMPLE, {"rank": np.zeros(1)}) for step in recorded]
    return collect_history([RunStarted(0, 0.0, "pocket", {}), *events, *kept])


def trained(**options: object) -> Path:
    folder = new_run("pocket", to_plain(small(**options)))
    assert run_folder(folder) == "finished"
    return folder


@pytest.mark.parametrize(
    ("values", "recorded", "expected"),
    [
        ({0: 1.0, 6: 0.5, 12: 0.7}, (0, 6, 12), 6),
        ({0: 1.0, 6: 0.5, 12: 0.7}, (0, 12), 12),  # the best one was not recorded
        ({0: 1.0, 6: 0.5, 12: 0.5}, (0, 6, 12), 6),  # of equal ones the first
        ({0: np.nan, 6: 0.9, 12: np.nan}, (0, 6, 12), 6),
    ],
)
def test_the_best_step_is_the_lowest_finite_one_that_was_recorded(values, recorded, expected):
    assert best_step(history(values, recorded)) == expected


@pytest.mark.parametrize(
    "known",
    [
        History(),
        history({}, ()),
        history({0: 1.0}, ()),
        history({0: np.nan, 6: np.inf}, (0, 6)),
        history({6: 0.5}, (0,)),
    ],
)
def test_without_a_finite_evaluation_there_is_no_best_step(known):
    with pytest.raises(InputError, match="finite validation cosine loss"):
        best_step(known)


@pytest.mark.parametrize("loss", LOSS_KINDS)
def test_the_loss_is_told_by_the_weights(loss):
    stages = POCKET.schedule(small(loss_fn=loss)).stages
    told = [StageChanged(s.start_step, 0.0, s.name, s.end_step, s.weights, {}) for s in stages]
    assert loss_kind(collect_history(told)) == loss


def test_a_loss_of_several_terms_goes_by_their_names():
    first = StageChanged(0, 0.0, "1", 5, {"cosine": 1.0, "info_nce": 0.0}, {})
    then = StageChanged(5, 0.0, "2", 9, {"cosine": 0.0, "info_nce": 0.1}, {})
    assert loss_kind(collect_history([first, then])) == "cosine+info_nce"
    assert loss_kind(History()) == ""


def test_a_comparison_is_every_loss_with_every_seed_and_all_else_equal():
    config = small(loss_fn="mix", solo="mse", balancing="targets", ligands=50, seed=9)
    configs = comparison_configs(config, (3, 4))
    assert [(c.loss_fn, c.seed) for c in configs] == [
        (loss, seed) for seed in (3, 4) for loss in COMPARED
    ]
    plain = [to_plain(one) for one in configs]
    for one in plain:
        assert (one.pop("solo"), one.pop("balancing"), one.pop("schedule")) == (
            "", "schedule", None,
        )  # fmt: skip
        del one["loss_fn"], one["seed"]
    assert all(one == plain[0] for one in plain)
    assert plain[0]["ligands"] == 50


def test_a_run_is_read_at_its_best_evaluation():
    folder = trained(learning_rate=0.05, seed=2)
    run, told = read_trained(folder), read_history(folder)
    losses = told.series[CHOSEN_BY]
    assert run.step == int(losses.step[np.argmin(losses.value)])
    assert (run.loss, run.seed) == ("cosine", 2)
    seen = told.series["val_seen/avg_cosine_similarity"]
    assert run.seen_cosine == dict(zip(seen.step.tolist(), seen.value, strict=True))[run.step]
    expected = read_arrays(folder, BY_EXAMPLE, run.step)
    for name, values in expected.items():
        assert np.array_equal(run.test[name], values)
    test = told.series["test/avg_cosine_similarity"]
    mean = dict(zip(test.step.tolist(), test.value, strict=True))[run.step]
    assert run.test["cosine"].mean() == pytest.approx(mean, abs=1e-6)


def test_a_comparison_of_real_runs_ends_in_rows_and_words():
    configs = comparison_configs(small(num_epochs=2), (0, 1))
    runs = [read_trained(trained(loss_fn=c.loss_fn, seed=c.seed, num_epochs=2)) for c in configs]
    rows = compare(runs)
    assert [one.loss for one in rows] == list(COMPARED)
    assert all(len(one.scores["mrr"].seeds) == 2 for one in rows)
    assert "2 seeds" in in_words(rows)


def test_a_run_that_was_never_evaluated_is_refused():
    with pytest.raises(InputError, match="finite validation cosine loss"):
        read_trained(new_run("pocket", to_plain(small())))


def test_a_run_without_its_score_on_trained_on_examples_is_refused(monkeypatch):
    folder = trained(num_epochs=1)
    told = read_history(folder)
    kept = {key: one for key, one in told.series.items() if not key.startswith("val_seen/")}
    monkeypatch.setattr(results, "read_history", lambda _: replace(told, series=kept))
    with pytest.raises(InputError, match=r"val_seen/avg_cosine_similarity at step .* came none"):
        read_trained(folder)


def test_the_test_set_is_told_by_ligands_and_by_pockets_where_these_are_more():
    assert ligands_in_words(np.arange(1200)) == "1,200 test ligands"
    assert ligands_in_words(np.array([3, 3, 5, 3])) == "4 test pockets of 2 ligands"
