"""Judging one's own claims by the runs that are listed."""

from collections.abc import Callable, Mapping
from math import nan
from pathlib import Path

from core.claims.named_runs import awaited_problems, resolved
from core.claims.own import OwnClaim, OwnVerdict, evaluate
from core.errors import CoreError
from core.history import History
from core.runs.index import RunRow

Read = Callable[[Path, set[str]], History]


def judge_own(
    claim: OwnClaim, rows: Mapping[str, RunRow], read: Read
) -> tuple[OwnClaim, OwnVerdict]:
    """Read the runs of a claim and judge it by them as they are now.

    Args:
        claim: As it was said.
        rows: Every run by its id.
        read: Reads some series of a run from its folder.

    Returns:
        The claim about runs that are there, and its verdict; undecided, with the reason, where a
        run is not there or cannot be read.
    """
    told = resolved(claim, rows.values())
    if awaited := awaited_problems(told):
        why = f"waits for a run of {', '.join(awaited)} to begin"
        return told, OwnVerdict("undecided", nan, nan, nan, 0, why)
    histories: dict[str, History] = {}
    for run in dict.fromkeys((*told.runs, *told.against)):
        if run not in rows:
            continue
        try:
            histories[run] = read(rows[run].folder, {told.metric})
        except CoreError as error:
            return told, OwnVerdict("undecided", nan, nan, nan, 0, f"{run}: {error}")
    return told, evaluate(told, histories)
