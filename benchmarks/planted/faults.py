"""Every planted fault, and which rule it tests."""

from benchmarks.planted.fault import Fault
from benchmarks.planted.faults_of_kinds import KIND_FAULTS
from benchmarks.planted.general_faults import GENERAL_FAULTS
from core.diagnosis.engine import Rule
from core.diagnosis.rules import GENERAL_RULES
from core.problems.experiments import EXPERIMENTS

FAULTS: tuple[Fault, ...] = (*GENERAL_FAULTS, *KIND_FAULTS)


def rules_with_faults() -> frozenset[str]:
    """Give the identities of the rules that a planted fault tests."""
    return frozenset(rule for fault in FAULTS for rule in fault.rules)


def rules_of(kind: str) -> tuple[Rule, ...]:
    """Give the rules that a run of a problem is asked."""
    return (*GENERAL_RULES, *EXPERIMENTS[kind].rules)


def all_rules() -> dict[str, Rule]:
    """Give every rule there is, by its identity."""
    own = (rule for experiment in EXPERIMENTS.values() for rule in experiment.rules)
    return {rule.id: rule for rule in (*GENERAL_RULES, *own)}
