"""Commands on logs of other tools."""

import argparse
from pathlib import Path

from core.command_line.saying import say
from core.importers.preview import preview
from core.importing import import_run


def bring_in(asked: argparse.Namespace) -> int:
    """Make runs of a log of another tool."""
    source = Path(asked.path)
    runs = (asked.run,) if asked.run else preview(source).runs
    for run in runs:
        folder = import_run(source, run, name=asked.name)
        say(f"{folder.name}: {run or source.name}")
    return 0
