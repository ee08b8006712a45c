"""Every rule is tested by a planted fault; a fault is found and a healthy run is let be.

A few seeds only; what the statement rests on is `python -m benchmarks bench_rules`.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.planted.course import SHAPES
from benchmarks.planted.fault import Fault, faulty
from benchmarks.planted.faults import FAULTS, all_rules, rules_of, rules_with_faults
from benchmarks.planted.healthy import KINDS, healthy
from benchmarks.planted.tally import accusers, first_found, is_found, until
from benchmarks.planted.trained_faults import TRAINED_FAULTS
from core.diagnosis.engine import diagnose
from core.diagnosis.lint import LINT_RULES

SEEDS = (50, 51)
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


def named(fault: Fault) -> str:
    return f"{fault.kind}-{fault.name}".replace(" ", "-")


def test_a_rule_is_on_if_and_only_if_a_fault_tests_it() -> None:
    rules = all_rules()
    assert rules_with_faults() <= rules.keys()
    assert {rule.id for rule in rules.values() if rule.tested} == rules_with_faults()
    trained = {rule for fault in TRAINED_FAULTS for rule in fault.rules}
    assert trained <= rules_with_faults()


def test_every_rule_stands_in_the_document_and_no_other() -> None:
    listed = set(re.findall(r"^\| ([RP]-\d\d) \|", DOCUMENT.read_text(), re.MULTILINE))
    assert {f"R-{number:02d}" for number in range(1, 57)} <= listed
    assert all_rules().keys() | {rule.id for rule in LINT_RULES} <= listed


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_a_planted_fault_is_found(fault: Fault) -> None:
    known = {rule.id: rule for rule in rules_of(fault.kind)}
    for seed in SEEDS:
        course, _ = faulty(fault, seed)
        history = course.history()
        missed = [rule for rule in fault.rules if not is_found(known[rule], history, fault.least)]
        assert not missed, (seed, missed)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_run_is_accused_of_nothing_while_it_grows(kind: str, shape: str) -> None:
    assert accusers(kind, healthy(kind, 50, shape).history(), looks=3) == frozenset()


@pytest.mark.parametrize("kind", KINDS)
def test_healthy_runs_are_noisy_enough_to_mean_something(kind: str) -> None:
    """A run that falls at every evaluation would test nothing."""
    run = healthy(kind, 50)
    _, loss = next(told for key, told in run.train.items() if key.endswith("/raw"))
    assert 0.3 < float((np.diff(loss) > 0).mean()) < 0.7


def test_the_delay_is_counted_in_evaluations() -> None:
    fault = next(f for f in FAULTS if f.name == "NaN in a term")
    course, step = faulty(fault, 50)
    rule = next(r for r in rules_of("peptide") if r.id == "R-52")
    at = course.evaluation_steps()
    assert first_found(rule, course.history(), at[at >= step].tolist(), "error") == 0
    assert first_found(rule, healthy("peptide", 50).history(), at.tolist(), "error") is None


def test_a_cut_history_is_what_had_been_told_by_then() -> None:
    course = healthy("sidechain", 50)
    cut, told = until(course.history(), 700), course.history(700)
    assert cut.series.keys() == told.series.keys()
    assert all(np.array_equal(cut.series[m].value, s.value) for m, s in told.series.items())
    rules = rules_of("sidechain")
    assert diagnose(cut, rules).findings == diagnose(told, rules).findings
