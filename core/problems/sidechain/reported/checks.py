"""What may be said of two reported tables and of what changed between them, as findings."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from core.diagnosis.finding import SEVERITIES, Finding
from core.problems.sidechain.reported.checks_changes import (
    check_changes,
    check_effect,
    check_flat,
)
from core.problems.sidechain.reported.checks_constants import (
    check_bound,
    check_constants,
    check_far,
)
from core.problems.sidechain.reported.checks_figures import (
    check_perplexity,
    check_rival,
    check_totals,
    check_types,
)
from core.problems.sidechain.reported.checks_settings import check_attribution, check_factor
from core.problems.sidechain.reported.checks_words import (
    Told,
    figures_of,
    settings_of,
)
from core.problems.sidechain.reported.table_files import Row
from core.problems.sidechain.reported.tables import note_comparison, note_settings, note_totals
from core.problems.sidechain.versions.compare import Comparison

CHECKS: Final = (
    check_far, check_changes, check_constants, check_bound, check_types, check_perplexity,
    check_flat, check_factor, check_effect, check_attribution, check_totals,
)  # fmt: skip
NOTE: Final = ("v4", "v5")
TASKS: Final = ("generates", "reconstructs what it was given")


def check_tables(
    told: Told, rival: Sequence[Row] = (), tasks: tuple[str, str] | None = None
) -> tuple[Finding, ...]:
    """Ask every check; the worst first.

    Does not read code or predictions: what a table looks like is no proof of what made it.

    Args:
        told: Two versions, with what else is told of them.
        rival: A comparison with another model, cell by cell, see `check_rival`.
        tasks: What either of the two does, where that differs.
    """
    return _sorted((*_asked(told), *check_rival(rival, tasks)))


def check_note(comparison: Comparison, *, oracle: float | None = None) -> tuple[Finding, ...]:
    """Ask every check about the note's two versions, with its totals, settings and comparison.

    Args:
        comparison: Of its tables, v4 then v5.
        oracle: RMSD of side chains decoded without a network, in angstrom, where measured.
    """
    totals = note_totals()
    before, after = (figures_of(totals, version) for version in NOTE)
    settings = settings_of(note_settings(), *NOTE)
    told = Told(comparison, before, after, settings, oracle)
    return check_tables(told, note_comparison(), TASKS)


def _asked(told: Told) -> Iterator[Finding]:
    for check in CHECKS:
        yield from check(told)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.rule)))
