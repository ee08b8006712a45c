"""What all checks of reported figures share: findings without steps, two versions, settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.diagnosis.finding import Finding, Severity
from core.problems.sidechain.reported.table_files import Row
from core.problems.sidechain.reported.tables import Total
from core.problems.sidechain.versions.compare import Comparison

PAGE: Final = "per_atom_rmsd"
ACCURACY, PERPLEXITY, EPOCH = "sequence_accuracy", "perplexity", "epoch"


@dataclass(frozen=True)
class Setting:
    """An option that two versions have in common.

    Args:
        name: Of the option.
        before: Its value in the first version, as text.
        after: In the second.
    """

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after

    @property
    def numbers(self) -> tuple[float, float] | None:
        """Both values; None where either is no number."""
        try:
            return float(self.before), float(self.after)
        except ValueError:
            return None

    @property
    def is_weight(self) -> bool:
        """Whether it is the factor of a loss."""
        return self.name.endswith("weight") and self.numbers is not None


@dataclass(frozen=True)
class Told:
    """Two versions and what is told of them besides their RMSD.

    Args:
        comparison: Slot by slot.
        before: Figures of the first, by name of `Total.quantity`: accuracy in percent.
        after: Of the second.
        settings: Options of both.
        oracle: RMSD of side chains decoded without a network, in angstrom; None where not known.
    """

    comparison: Comparison
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    settings: Sequence[Setting] = ()
    oracle: float | None = None

    @property
    def changed(self) -> tuple[Setting, ...]:
        """The settings that differ."""
        return tuple(setting for setting in self.settings if setting.changed)

    @property
    def both(self) -> str:
        """The names of the two versions, in words."""
        return f"{self.comparison.before.title} and {self.comparison.after.title}"


def figures_of(totals: Iterable[Total], version: str) -> dict[str, float]:
    """Give the figures of one version by their quantity."""
    return {total.quantity: total.value for total in totals if total.version == version}


def settings_of(rows: Iterable[Row], before: str, after: str) -> tuple[Setting, ...]:
    """Read a table of settings whose columns are named after versions."""
    return tuple(Setting(row["setting"], row[before], row[after]) for row in rows)


def settings_of_configs(
    before: Mapping[str, object], after: Mapping[str, object], *, cosmetic: Iterable[str] = ()
) -> tuple[Setting, ...]:
    """Compare two configurations of runs, option by option.

    Args:
        before: Options by name.
        after: The same of the other run.
        cosmetic: Options that do not shape a result: a name, how often it is evaluated.

    Example:
        >>> settings_of_configs({"steps": 5, "seed": 0}, {"steps": 9, "seed": 0})[0]
        Setting(name='steps', before='5', after='9')
    """
    names = dict.fromkeys((*before, *after))
    return tuple(
        Setting(name, str(before.get(name, "not there")), str(after.get(name, "not there")))
        for name in names
        if name not in set(cosmetic)
    )


def table_finding(
    rule: str, severity: Severity, where: str, verdict: str, evidence: str, **more: Any
) -> Finding:
    """Make a finding of reported figures: it has no steps, and nothing will close it.

    Args:
        rule: Identity of the rule.
        severity: As of every finding.
        where: Versions that it is about.
        verdict: Half a sentence.
        evidence: Values and thresholds.
        more: Other fields of `Finding`.
    """
    return Finding(rule, severity, where, 0, 0, True, verdict, evidence, page=PAGE, **more)


def percent(value: float) -> str:
    """Write a share from 0 to 1.

    Example:
        >>> percent(0.034)
        '3.4 %'
    """
    return f"{100 * value:.1f} %"
