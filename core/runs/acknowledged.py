"""Findings that a person has seen and judged: kept with the run, beside its name and tags."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.runs.folder import Meta, edit_meta, read_meta
from core.runs.seen import Seen

NOTE_LETTERS: Final = 500
NAME_LETTERS: Final = 80


def acknowledge(folder: Path, keys: Iterable[str], note: str, *, by: str = "") -> Meta:
    """Keep that findings were seen, by whom and when, and why they may stay.

    Args:
        folder: Of the run; not a sample.
        keys: Of the findings (`Finding.key`); at least one, none empty.
        note: In the words of the person; may be empty.
        by: Name of the person; may be empty.

    Raises:
        InputError: A key is empty, or the run cannot be edited.
        UnavailableError: The disk is full or cannot be written.
    """
    wanted = list(keys)
    if not wanted or not all(key.strip() for key in wanted):
        raise InputError("finding", expected="its key", came="nothing", do="Choose a finding")
    seen = Seen(note.strip()[:NOTE_LETTERS], by.strip()[:NAME_LETTERS], time.time())
    told = {**read_meta(folder).acknowledged, **dict.fromkeys(wanted, seen)}
    return edit_meta(folder, acknowledged=told)


def withdraw(folder: Path, keys: Iterable[str]) -> Meta:
    """Take acknowledgements back; one that is not there changes nothing.

    Raises:
        InputError: The run cannot be edited.
        UnavailableError: The disk is full or cannot be written.
    """
    gone = set(keys)
    told = {key: one for key, one in read_meta(folder).acknowledged.items() if key not in gone}
    return edit_meta(folder, acknowledged=told)
