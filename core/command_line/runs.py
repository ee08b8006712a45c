"""Commands on runs that are there."""

import argparse

from core.command_line.saying import say
from core.errors import InputError
from core.runs.folder import find_run, folder_bytes
from core.runs.index import list_runs, rebuild_index
from core.runs.launching import delete_run, request_stop
from core.runs.status import read_status


def stop(asked: argparse.Namespace) -> int:
    """Ask a run to stop."""
    folder = find_run(asked.run)
    status = read_status(folder)
    if not status.is_active:
        raise InputError(f"run {folder.name}", expected="one that is queued or running",
                         came=f"one that is {status.state}", do="List the runs")  # fmt: skip
    request_stop(folder)
    say(f"{folder.name} stops after its next step, with a checkpoint.")
    return 0


def show(asked: argparse.Namespace) -> int:
    """List the runs, and say how many more are in the archive."""
    rows = list_runs()
    listed = [row for row in rows if asked.archived or not row.is_archived]
    for row in listed:
        of = f"/{row.total_steps:,}" if row.total_steps else ""
        sample = " (sample)" if row.is_sample else ""
        why = f": {row.message}" if row.state in {"failed", "diverged", "broken"} else ""
        say(f"{row.id}  {row.state:<9} {row.step:>7,}{of}  {row.name}{sample}{why}".rstrip())
    if away := len(rows) - len(listed):
        say(f"{away:,} more in the archive: add --archived to list them too.")
    return 0


def delete(asked: argparse.Namespace) -> int:
    """Delete a run, or say what that would free."""
    folder = find_run(asked.run)
    if folder.name != asked.run:  # a beginning is enough to stop a run, not to lose it
        raise InputError("delete", expected=f"the whole id ({folder.name})", came=asked.run,
                         do="Write it out")  # fmt: skip
    if not asked.yes:
        size = f"{folder_bytes(folder) / 1e6:,.1f} MB"
        raise InputError(f"delete {folder.name}", expected="--yes, as nothing brings it back",
                         came=f"none ({size} would be freed)", do="Add --yes")  # fmt: skip
    say(f"{folder.name} is deleted; {delete_run(folder) / 1e6:,.1f} MB are free.")
    return 0


def rebuild(_asked: argparse.Namespace) -> int:
    """Make the index again."""
    say(f"{rebuild_index():,} runs are in the index.")
    return 0
