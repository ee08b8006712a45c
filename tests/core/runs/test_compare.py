"""What differs between runs, and one number of each metric."""

from math import isnan, nan

import numpy as np
import pytest

from core.history import Series
from core.runs.compare import (
    best_first,
    differing_options,
    flattened,
    from_series,
    from_summary,
    option_text,
    seed_groups,
)
from core.runs.folder import new_run
from core.runs.index import MetricSummary, list_runs
from core.runs.launching import delete_run


def series(*values: float) -> Series:
    step = 10 * np.arange(len(values))
    return Series("m", step, np.zeros(len(values)), np.array(values))


def test_only_what_differs_is_listed_nested_options_too():
    configs = [
        {"a": 1, "b": {"c": [1, 2], "d": nan}, "same": "x"},
        {"a": 1, "b": {"c": [1, 3], "d": nan}, "same": "x", "new": True},
    ]
    found = {d.option: d.texts for d in differing_options(configs)}
    assert found == {"b.c": ("1, 2", "1, 3"), "new": ("–", "yes")}
    assert differing_options(configs[:1]) == ()
    assert differing_options([]) == ()
    assert flattened({"empty": {}}) == {"empty": {}}


def test_options_are_written_short():
    assert option_text(False) == "no"
    assert option_text("") == "–"
    assert option_text(1e-5) == "1e-05"


def test_runs_that_differ_in_the_seed_are_one_group_and_those_without_options_are_alone():
    for config in ({"a": 1, "seed": 0}, {"a": 1, "seed": 1, "output_dir": "/x"}, {"a": 2}, {}, {}):
        new_run("toy", config)
    new_run("other", {"a": 1, "seed": 0})
    rows = [row for row in list_runs() if not row.is_sample]
    by_config = dict(zip([(r.experiment, str(r.config)) for r in rows], seed_groups(rows),
                         strict=True))  # fmt: skip
    assert (
        by_config["toy", "{'a': 1, 'seed': 0}"]
        == (by_config["toy", "{'a': 1, 'seed': 1, 'output_dir': '/x'}"])
    )
    assert len(set(seed_groups(rows))) == 5
    for row in rows:
        delete_run(row.folder)


@pytest.mark.parametrize(
    ("statistic", "wanted"), [("last", 2.0), ("lowest", 1.0), ("highest", 9.0)]
)
def test_the_index_and_the_series_say_the_same(statistic, wanted):
    assert from_summary(MetricSummary(2.0, 1.0, 9.0), statistic) == wanted
    assert from_series(series(1.0, nan, 9.0, 2.0), statistic) == wanted


def test_a_value_at_a_step_is_the_last_one_measured_up_to_it():
    told = series(5.0, 4.0, 3.0)
    assert [from_series(told, "at step", step=s) for s in (0, 9, 10, 19, 500)] == [5, 5, 4, 4, 3]
    assert isnan(from_series(series(), "at step", step=3))
    assert isnan(from_series(told, "at step", step=-1))


def test_the_median_of_the_last_leaves_nan_and_inf_out():
    told = series(100.0, 1.0, nan, np.inf, 3.0)
    assert from_series(told, "median", count=4) == 2.0
    assert from_series(told, "median", count=99) == 3.0
    assert from_series(told, "median", count=0) == 3.0
    assert isnan(from_series(series(nan, nan), "median", count=2))
    assert isnan(from_series(None, "median"))
    assert isnan(from_summary(None, "last"))
    assert isnan(from_series(series(nan), "lowest"))


def test_the_best_comes_first_whatever_the_direction():
    values = [0.5, nan, 0.1, 0.9]
    assert best_first(values, higher_is_better=True) == [3, 0, 2, 1]
    assert best_first(values, higher_is_better=False) == [2, 0, 3, 1]
    assert best_first(values, higher_is_better=None) == [2, 0, 3, 1]
