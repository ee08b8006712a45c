"""Runs that a claim names before they are there: "newest peptide" is whichever began last."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from core.claims.own import OwnClaim
from core.runs.index import RunRow

NEWEST: Final = "newest "


def newest_of(experiment: str) -> str:
    """Give the name that stands in a claim for the newest run of an experiment.

    Example:
        >>> newest_of("peptide")
        'newest peptide'
    """
    return f"{NEWEST}{experiment}"


def waits_for_newest(claim: OwnClaim) -> bool:
    """Say whether another run may come to be judged when it begins."""
    return bool(awaited_problems(claim))


def awaited_problems(claim: OwnClaim) -> tuple[str, ...]:
    """Name the experiments of which a claim names the newest run.

    Of a claim that was resolved: those of which no run has begun yet.
    """
    names = dict.fromkeys((*claim.runs, *claim.against))
    return tuple(name.removeprefix(NEWEST) for name in names if name.startswith(NEWEST))


def resolved(claim: OwnClaim, rows: Iterable[RunRow]) -> OwnClaim:
    """Put ids in the place of names.

    Args:
        claim: As it was said.
        rows: Every run; samples are nobody's newest run.

    Returns:
        The claim about runs that are there; a name that no run has yet stays as it is.
    """
    own = sorted((row for row in rows if not row.is_sample), key=lambda row: row.created_s)
    newest = {newest_of(row.experiment): row.id for row in own}
    return replace(claim, runs=_ids(claim.runs, newest), against=_ids(claim.against, newest))


def _ids(names: Sequence[str], newest: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(newest.get(name, name) for name in names))
