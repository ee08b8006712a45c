"""The engine: order, what is open, what cannot be told, and runs that are well."""

from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.engine import Rule, diagnose
from core.diagnosis.finding import CannotTell, Finding, Severity
from core.diagnosis.rules import GENERAL_RULES
from core.history import History
from tests.core.diagnosis.planted import healthy, healthy_run, history_of, ten_stages, until


def finding(severity: Severity, step: int, is_open: bool = True) -> Finding:
    return Finding("R-00", severity, "run", step, step, is_open, "verdict", "evidence")


def told(*findings: Finding) -> Rule:
    return Rule("R-00", "planted", lambda history: findings)


ONE = history_of({"a": (np.arange(3), np.ones(3))})


def test_the_worst_comes_first_then_the_earliest() -> None:
    rules = [told(finding("info", 1), finding("error", 9)), told(finding("error", 2))]
    found = diagnose(ONE, rules).findings
    assert [(f.severity, f.first_step) for f in found] == [("error", 2), ("error", 9), ("info", 1)]


def test_what_is_closed_or_ok_asks_for_nothing() -> None:
    both = diagnose(ONE, [told(finding("error", 1, is_open=False), finding("ok", 2))])
    assert (both.open, both.worst) == ((), None)
    assert diagnose(ONE, [told(finding("info", 1), finding("warn", 2))]).worst == "warn"


def test_what_was_acknowledged_is_left_out_and_asks_for_nothing() -> None:
    both = [replace(finding("error", 1), rule="R-01"), replace(finding("warn", 2), rule="R-02")]
    whole = diagnose(ONE, [told(*both)])
    left = whole.without({"R-01 run": "why", "R-77 run": ""})
    assert ([f.rule for f in left.open], left.worst) == (["R-02"], "warn")
    assert whole.without(()) == whole


def test_a_rule_without_its_inputs_says_so() -> None:
    rule = Rule("R-99", "blind", lambda history: CannotTell("R-99", ("a", "b")))
    (missing,) = diagnose(ONE, [rule]).cannot_tell
    assert missing.text == "cannot tell: a, b are not there"


def test_a_run_that_has_told_nothing_has_no_finding() -> None:
    rule = Rule("R-99", "blind", lambda history: CannotTell("R-99", ("a",)))
    assert diagnose(History(), [rule]).cannot_tell == ()


@pytest.mark.parametrize("seed", range(8))
def test_a_healthy_run_has_no_finding(seed: int) -> None:
    diagnosis = diagnose(healthy_run(seed), GENERAL_RULES)
    assert diagnosis.open == ()
    # Neither a held-out loss nor the cosine of two gradients is in it; its stages are too short
    # for three evaluations each.
    unknown = {missing.rule for missing in diagnosis.cannot_tell}
    assert unknown == {"R-04", "R-07", "R-53", "R-56"}


@pytest.mark.parametrize("step", [1, 10, 60, 601, 640, 1234, 3005])
def test_a_healthy_run_has_no_finding_while_it_grows(step: int) -> None:
    told = until(healthy(1), step)
    weights = {"ce": 1.0, "spectrum": 0.65, "precursor": 0.0017}
    begun = [stage for stage in ten_stages(weights) if stage.step < step]
    assert diagnose(history_of(told, stages=begun), GENERAL_RULES).open == ()


@pytest.mark.parametrize("steps", [60, 300])
def test_a_scaled_smoke_run_has_no_finding(steps: int) -> None:
    assert diagnose(healthy_run(0, steps), GENERAL_RULES).open == ()


def test_the_ids_of_the_rules_are_distinct_and_those_of_their_findings() -> None:
    assert len({rule.id for rule in GENERAL_RULES}) == len(GENERAL_RULES)


def test_an_imported_log_without_terms_has_no_finding() -> None:
    history = history_of({"loss": (np.arange(500), np.ones(500))}, terms=(), total=None)
    assert diagnose(history, GENERAL_RULES).findings == ()


def test_a_rule_that_no_fault_tests_is_asked_on_request_only() -> None:
    rule = replace(told(finding("warn", 1)), tested=False)
    usual = diagnose(ONE, [rule])
    assert (usual.findings, usual.not_asked) == ((), ("R-00",))
    asked = diagnose(ONE, [rule], untested=True)
    assert ([f.severity for f in asked.findings], asked.not_asked) == (["warn"], ())


def test_findings_of_one_rule_about_one_thing_stand_together() -> None:
    about = [
        replace(finding("warn", step), subject=s) for step, s in ((1, "a"), (2, "b"), (3, "a"))
    ]
    groups = diagnose(ONE, [told(*about)]).groups
    assert [[f.first_step for f in group] for group in groups] == [[1, 3], [2]]
