"""What a rule may say: a finding with its evidence, or that it cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Severity = Literal["error", "warn", "info", "ok"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Worst first: the run is useless, look at it, worth knowing, expected."""
SAID: Final[Mapping[Severity, str]] = {
    "error": "error", "warn": "warning", "info": "info", "ok": "expected",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One diagnosis of one stretch of a run.

    Args:
        rule: Identity of the rule, "R-05".
        severity: "error" the run is useless, "warn", "info", or "ok": expected, explained away.
        regime: Where it holds, in words: "stage 2", "stage 2 from step 1,200".
        first_step: First step at which the condition held.
        last_step: Last step at which it held.
        is_open: Whether it still held at the newest step that was measured for it.
        verdict: Half a sentence for the eye.
        evidence: Steps, values and the thresholds that were used.
        values: The numbers of the evidence by name, with the unit in the name.
        meaning: Why it matters.
        suggestion: What to try.
        page: Address of the page where to look or act; empty where there is none.
        subject: The term or metric that it is about; empty where it is the whole run.

    Does not hold whether the run has ended: a finding of a finished run that held until the end
    stays open.
    """

    rule: str
    severity: Severity
    regime: str
    first_step: int
    last_step: int
    is_open: bool
    verdict: str
    evidence: str
    values: Mapping[str, float] = field(default_factory=dict)
    meaning: str = ""
    suggestion: str = ""
    page: str = ""
    subject: str = ""

    @property
    def key(self) -> str:
        """What stays the same while it is open: rule, what it is about, regime.

        Example:
            >>> Finding("R-05", "warn", "stage 2", 0, 9, True, "", "", subject="ce").key
            'R-05 ce stage 2'
        """
        return " ".join(filter(None, (self.rule, self.subject, self.regime)))


@dataclass(frozen=True)
class CannotTell:
    """A rule whose inputs are not there: not the same as "fine".

    Args:
        rule: Identity of the rule.
        missing: What it would need: keys of metrics, the number of classes, a budget ...
    """

    rule: str
    missing: tuple[str, ...]

    @property
    def text(self) -> str:
        """As on the screen.

        Example:
            >>> CannotTell("R-06", ("train/ce/gradient_share",)).text
            'cannot tell: train/ce/gradient_share is not there'
        """
        verb = "is" if len(self.missing) == 1 else "are"
        return f"cannot tell: {', '.join(self.missing)} {verb} not there"
