"""Findings that a person has seen and judged: kept with the run, beside its name and tags."""

from pathlib import Path

from core.errors import InputError
from core.runs.folder import Meta, edit_meta, read_meta

NOTE_LETTERS = 500


def acknowledge(folder: Path, key: str, note: str) -> Meta:
    """Keep that a finding was seen, and why it may stay.

    Args:
        folder: Of the run; not a sample.
        key: Of the finding (`Finding.key`), not empty.
        note: In the words of the person; may be empty.

    Raises:
        InputError: The key is empty, or the run cannot be edited.
        UnavailableError: The disk is full or cannot be written.
    """
    if not key.strip():
        raise InputError("finding", expected="its key", came="nothing", do="Choose a finding")
    told = {**read_meta(folder).acknowledged, key: note.strip()[:NOTE_LETTERS]}
    return edit_meta(folder, acknowledged=told)


def withdraw(folder: Path, key: str) -> Meta:
    """Take an acknowledgement back; one that is not there changes nothing.

    Raises:
        InputError: The run cannot be edited.
        UnavailableError: The disk is full or cannot be written.
    """
    told = {one: note for one, note in read_meta(folder).acknowledged.items() if one != key}
    return edit_meta(folder, acknowledged=told)
