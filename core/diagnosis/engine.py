"""Rules applied to a history: a pure function, quick enough to run at every refresh."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from core.diagnosis.finding import SEVERITIES, CannotTell, Finding, Severity
from core.history import History


@dataclass(frozen=True)
class Rule:
    """One question to a history.

    Args:
        id: Its identity, "R-05"; its findings carry the same.
        title: What it looks for, in words.
        check: Gives what it found, nothing where all is well, or that it cannot tell. Pure.
        tested: Whether a planted fault has shown that it finds what it is for; the others are
            asked on request only (docs/rules.md says which).
    """

    id: str
    title: str
    check: Callable[[History], Iterable[Finding] | CannotTell]
    tested: bool = True


@dataclass(frozen=True)
class Diagnosis:
    """What the rules say of a run.

    Args:
        findings: The worst first, then by first step.
        cannot_tell: Rules whose inputs are not logged, in the order of the rules.
        not_asked: Identities of the rules that were left out, as no planted fault tests them.
    """

    findings: tuple[Finding, ...] = ()
    cannot_tell: tuple[CannotTell, ...] = ()
    not_asked: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that still hold and ask for something: not those that are "ok"."""
        return tuple(f for f in self.findings if f.is_open and f.severity != "ok")

    @property
    def groups(self) -> tuple[tuple[Finding, ...], ...]:
        """Findings of one rule about one thing together, one a regime; the worst group first."""
        together: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            together.setdefault((finding.rule, finding.subject), []).append(finding)
        return tuple(tuple(group) for group in together.values())

    @property
    def worst(self) -> Severity | None:
        """Severity of the worst open finding; None where none is open."""
        held = {finding.severity for finding in self.open}
        return next((severity for severity in SEVERITIES if severity in held), None)

    def without(self, seen: Collection[str]) -> "Diagnosis":
        """Leave out findings by their keys: those that a person has acknowledged."""
        return replace(self, findings=tuple(f for f in self.findings if f.key not in seen))


def diagnose(history: History, rules: Sequence[Rule], *, untested: bool = False) -> Diagnosis:
    """Ask every rule that is tested.

    Args:
        history: A run, finished or not; one that has not measured anything yet gives nothing.
        rules: Those for all problems and those of the problem.
        untested: Whether to ask also those that no planted fault tests.

    Example:
        >>> diagnose(History(), [Rule("R-00", "never", lambda history: ())])
        Diagnosis(findings=(), cannot_tell=(), not_asked=())
    """
    if not any(len(series) for series in history.series.values()):
        return Diagnosis()
    findings: list[Finding] = []
    cannot_tell: list[CannotTell] = []
    asked = [rule for rule in rules if rule.tested or untested]
    for rule in asked:
        told = rule.check(history)
        if isinstance(told, CannotTell):
            cannot_tell.append(told)
        else:
            findings.extend(told)
    findings.sort(key=lambda f: (SEVERITIES.index(f.severity), f.first_step, f.rule, f.subject))
    left_out = tuple(rule.id for rule in rules if rule not in asked)
    return Diagnosis(tuple(findings), tuple(cannot_tell), left_out)
