"""What the rules said of planted faults and of healthy runs, counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from benchmarks.planted.faults import rules_of
from core.diagnosis.engine import Rule, diagnose
from core.diagnosis.finding import SEVERITIES, CannotTell, Severity
from core.history import History, Series, assemble_history

LOOKS = 10


@dataclass
class Tally:
    """Counts of one rule.

    Args:
        found: Planted runs in which it found what it must.
        missed: Those in which it did not, by name.
        delays: Evaluations between the fault and the first finding.
        false: Healthy runs that it warned of, by name.
        healthy: Healthy runs that it was asked of.
    """

    found: int = 0
    missed: list[str] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    healthy: int = 0

    @property
    def delay(self) -> float:
        """Median delay in evaluations; NaN where nothing was found."""
        return median(self.delays) if self.delays else float("nan")


def until(history: History, step: float) -> History:
    """Give what a run had told before a step."""
    series = {m: _cut(s, int(np.searchsorted(s.step, step))) for m, s in history.series.items()}
    kept = {metric: one for metric, one in series.items() if len(one)}
    stages = [stage for stage in history.stages if stage.step < step]
    cut = assemble_history(kept, stages)
    starts = tuple(start for start in history.starts if start < step)
    return replace(cut, started=history.started, starts=starts)


def _cut(series: Series, count: int) -> Series:
    repeated = series.repeated if count == len(series) else 0
    return Series(
        series.metric, series.step[:count], series.time_s[:count], series.value[:count], repeated
    )


def is_found(rule: Rule, history: History, least: Severity) -> bool:
    """Say whether a rule finds something of a severity at least."""
    told = rule.check(history)
    enough = SEVERITIES[: SEVERITIES.index(least) + 1]
    return not isinstance(told, CannotTell) and any(f.severity in enough for f in told)


def first_found(rule: Rule, history: History, steps: Sequence[int], least: Severity) -> int | None:
    """Give how many evaluations it takes to find a fault; None where it is never found.

    Args:
        rule: Who is asked.
        history: The whole run.
        steps: Evaluations from the fault on.
        least: The mildest severity that counts.
    """
    for count, step in enumerate(steps):
        if is_found(rule, until(history, step + 1), least):
            return count
    return len(steps) if is_found(rule, history, least) else None


def accusers(kind: str, history: History, looks: int = LOOKS) -> frozenset[str]:
    """Name the rules that warn of a run, at its end or at any earlier look, a tenth apart."""
    last = history.last_step + 1
    parts = [until(history, last * part / looks) for part in range(1, looks)]
    told = [diagnose(one, rules_of(kind)) for one in (*parts, history)]
    return frozenset(
        f.rule for one in told for f in one.findings if f.severity in {"error", "warn"}
    )
