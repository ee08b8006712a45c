"""Commands on reports."""

import argparse

from core.command_line.saying import say
from core.report.writing import write_report


def write(asked: argparse.Namespace) -> int:
    """Write a draft as one file."""
    path = write_report(asked.draft, asked.out)
    say(f"{path} is written, {path.stat().st_size / 1e6:,.1f} MB.")
    return 0
