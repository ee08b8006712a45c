import pytest

from core.errors import InputError
from core.problems.experiments import EXPERIMENTS
from core.problems.sweeps import read_sweep, read_values, sweep_configs, sweep_label
from core.training.settings import settings_of

MOLECULE = EXPERIMENTS["molecule"]
OPTIONS = {option.name: option for option in settings_of(MOLECULE.config)}


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("hard_ratio", "0.3,0.5,0.7", (0.3, 0.5, 0.7)),
        ("hard_ratio", "0.1..0.9/5", (0.1, 0.3, 0.5, 0.7, 0.9)),
        ("seed", "0..2, 7", (0, 1, 2, 7)),
        ("hard_negatives", "false, true", (False, True)),
        ("scheduler", "constant,cosine", ("constant", "cosine")),
        ("seed", "0..100/3", (0, 50, 100)),
    ],
)
def test_values_are_read_as_lists_and_ranges(name, text, values):
    assert read_values(OPTIONS[name], text) == values


@pytest.mark.parametrize(
    ("name", "text"),
    [("seed", ""), ("seed", "1,1"), ("seed", "a"), ("seed", "5..1"), ("hard_ratio", "0.1..0.9"),
     ("hard_ratio", "0..1/1"), ("hard_negatives", "maybe"), ("seed", "0..100000")],
)  # fmt: skip
def test_what_is_no_list_of_values_is_refused(name, text):
    with pytest.raises(InputError, match=name):
        read_values(OPTIONS[name], text)


def test_every_combination_comes_once_and_the_rest_stays():
    config = MOLECULE.config(hard_negatives=True, learning_rate=1e-3)
    values = {"hard_ratio": "0.3,0.5", "seed": "0..2"}
    swept = sweep_configs(MOLECULE, config, values)
    assert [(c.hard_ratio, c.seed) for c in swept] == [
        (ratio, seed) for ratio in (0.3, 0.5) for seed in (0, 1, 2)
    ]
    assert {c.learning_rate for c in swept} == {1e-3}
    assert sweep_label(values, swept[4]) == "hard_ratio 0.5, seed 1"


def test_a_sweep_that_makes_no_sense_is_refused():
    config = MOLECULE.config()
    for values, says in (
        ({}, "1 to 200 runs, came 0"),
        ({"seed": "0..100", "hard_ratio": "0..1/5"}, "1 to 200 runs, came 505"),
        ({"schedule": "a"}, "options of one value, came schedule"),
        ({"nothing": "1"}, "options of one value, came nothing"),
        ({"hard_ratio": "0.5,1.5"}, "hard_ratio: expected 0 to 1"),
    ):
        with pytest.raises(InputError, match=says):
            sweep_configs(MOLECULE, config, values)


@pytest.mark.parametrize("text", ["seed", "seed=", "=3", "seed=1; seed=2"])
def test_a_line_that_names_no_values_is_refused(text):
    with pytest.raises(InputError, match="option=values"):
        read_sweep(text)
