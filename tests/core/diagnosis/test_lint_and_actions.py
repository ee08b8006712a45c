"""Before a run starts, and the one click that a finding offers."""

import pytest

from core.diagnosis.actions import CHANGES, suggest
from core.diagnosis.finding import Finding
from core.diagnosis.lint import HIGHEST_RATE, LINT_RULES, lint
from core.problems.experiments import EXPERIMENTS
from core.training.settings import from_plain, to_plain

HARD = {"hard_negatives": True, "hard_ratio": 0.5, "hardness_k": 100, "curriculum_epoch": 2,
        "batch_size": 32, "epochs": 20, "molecules": 12_000, "pairs": "", "method": "planned",
        "learning_rate": 3e-4}  # fmt: skip
PLANTED = {
    "R-22": {"sigma_end_da": 0.05, "spectrum_loss": "gaussian_cosine_grid"},
    "R-30": {"loss_fn": "info_nce", "batch_size": 8},
    "R-35": HARD | {"hard_ratio": 0.03},
    "R-36": HARD | {"hardness_k": 5_000},
    "R-37": HARD | {"curriculum_epoch": 20},
    "R-29": {"patience": 5},
    "R-17": {"balancing": "targets", "targets": {"a": [80, 90], "b": [40, 50]}},
    "P-03": {"learning_rate": 0.3},
    "R-12": {"special_tokens": "keep"},
    "R-44": {"output": "tanh"},
    "R-45": {"type_loss_weight": 0.0},
}


def finding(rule: str) -> Finding:
    return Finding(rule, "warn", "run", 0, 9, True, "", "")


def test_every_lint_rule_has_options_that_it_warns_of() -> None:
    assert PLANTED.keys() == {rule.id for rule in LINT_RULES}
    for rule, options in PLANTED.items():
        assert [found.rule for found, _ in lint(options)] == [rule], rule


@pytest.mark.parametrize("options", [{}, HARD], ids=["nothing", "hard negatives"])
def test_sound_options_are_let_be(options) -> None:
    assert lint(options) == ()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_defaults_of_every_problem_are_let_be(name: str) -> None:
    assert lint(to_plain(EXPERIMENTS[name].config())) == ()


@pytest.mark.parametrize("rule", PLANTED)
def test_what_is_suggested_settles_it(rule: str) -> None:
    ((_, change),) = lint(PLANTED[rule])
    if change:
        assert lint(PLANTED[rule] | dict(change)) == ()


def test_odd_values_are_not_judged() -> None:
    odd = {"batch_size": "8", "patience": True, "hard_negatives": None, "learning_rate": None}
    assert lint(odd) == ()


class TestAction:
    def test_a_run_that_got_worse_is_offered_a_tenth_of_its_rate(self) -> None:
        told = suggest(finding("P-03"), {"learning_rate": 0.0024})
        assert told is not None
        assert told.change == {"learning_rate": 0.00024}
        assert told.text == "learning rate 0.0024 → 0.00024"

    def test_hard_batches_get_easier_and_random_ones_slower(self) -> None:
        hard, random = (suggest(finding("R-33"), HARD | {"hard_negatives": h}) for h in (1, 0))
        assert hard is not None
        assert random is not None
        assert hard.change == {"hard_ratio": pytest.approx(0.33)}
        assert random.change == {"learning_rate": pytest.approx(3e-5)}

    def test_nothing_is_offered_where_it_is_so_already_or_not_an_option(self) -> None:
        assert suggest(finding("R-44"), {"output": "linear"}) is None
        assert suggest(finding("P-03"), {"seed": 1}) is None
        for rate in (0.9, 0.09, 0.031, 0.02):
            corrected = suggest(finding("P-03"), {"learning_rate": rate})
            assert 0 < corrected.change["learning_rate"] <= HIGHEST_RATE
        assert suggest(finding("R-18"), {"learning_rate": 1.0}) is None

    @pytest.mark.parametrize("name", EXPERIMENTS)
    def test_every_change_makes_a_configuration_that_can_be_used(self, name: str) -> None:
        known = EXPERIMENTS[name]
        options = to_plain(known.config())
        for rule in CHANGES:
            if (told := suggest(finding(rule), options)) is not None:
                changed = to_plain(from_plain(known.config, {**options, **told.change}))
                differing = {key for key in options if options[key] != changed[key]}
                assert differing == told.change.keys(), rule
