"""Drafts on disk: one JSON file each below the state folder, under the name a person gave it."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NoReturn

from core.errors import InputError
from core.home import home, home_folder
from core.report.draft import Draft, Section
from core.report.kinds import SECTIONS
from core.report.options import check_options
from core.report.sample import SAMPLE_NAME
from core.runs.files import write_atomically

FOLDER: Final = "reports"
FORMAT: Final = 1
TITLE_LETTERS: Final = 200
MOST_SECTIONS: Final = 100
MOST_BYTES: Final = 5_000_000
NAME: Final = re.compile(r"\w[\w .-]{0,59}")


def list_drafts() -> tuple[str, ...]:
    """Name the drafts, in order of the alphabet; creates nothing."""
    return tuple(sorted(path.stem for path in (home() / FOLDER).glob("*.json")))


def draft_path(name: str) -> Path:
    """Give the file of a draft.

    Raises:
        InputError: It is no name of a file that is safe everywhere.
        UnavailableError: The state folder cannot be made.
    """
    is_safe = bool(NAME.fullmatch(name)) and not name.endswith((" ", "."))
    if not is_safe or name.casefold() == SAMPLE_NAME.casefold():
        raise InputError("name of the draft", expected="1 to 60 letters, digits, spaces, dots, "
                         "dashes or underscores, and not the sample's", came=repr(name)[:60],
                         do="Choose another name")  # fmt: skip
    return home_folder(FOLDER) / f"{name}.json"


def free_name(wanted: str) -> str:
    """Give a name that no draft has, near the wanted one.

    Example:
        >>> free_name("Weights: a <b>report</b>")
        'Weights a b report b'
    """
    plain = " ".join(re.sub(r"[^\w .-]+", " ", wanted).split())
    stem = plain.strip(" .-")[:50].strip(" .-") or "report"
    taken = {name.casefold() for name in (SAMPLE_NAME, *list_drafts())}
    names = (stem if n == 1 else f"{stem} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name.casefold() not in taken)


def save_draft(name: str, draft: Draft) -> None:
    """Write a draft under a name, in place of an earlier one.

    Raises:
        InputError: The name cannot be used.
        UnavailableError: The disk is full or cannot be written.
    """
    write_atomically(draft_path(name), draft_json(draft).encode())


def load_draft(name: str) -> Draft:
    """Read a draft of the state folder.

    Raises:
        InputError: It is not there, or damaged; the message says where.
    """
    return read_draft_file(draft_path(name))


def read_draft_file(path: Path) -> Draft:
    """Read a draft from a file.

    Raises:
        InputError: It is not there, or damaged; the message says where.
    """
    try:
        return parse_draft(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(path.name, expected="a draft of a report", came=error.strerror or "none",
                         do="Choose another draft") from error  # fmt: skip


def rename_draft(old: str, new: str) -> None:
    """Give a draft another name.

    Raises:
        InputError: The name cannot be used, or another draft has it.
    """
    target = draft_path(new)
    if target.exists() and new.casefold() != old.casefold():
        raise InputError("name of the draft", expected="one that no draft has", came=repr(new),
                         do="Choose another name")  # fmt: skip
    try:
        draft_path(old).rename(target)
    except OSError as error:
        raise InputError(old, expected="a draft that is there", came=error.strerror or "none",
                         do="Choose another draft") from error  # fmt: skip


def delete_draft(name: str) -> None:
    """Delete a draft; one that is gone already is no trouble."""
    draft_path(name).unlink(missing_ok=True)


def draft_json(draft: Draft) -> str:
    """Write a draft as JSON; `parse_draft` reads an equal one."""
    return json.dumps({"format": FORMAT, **asdict(draft)}, indent=1, ensure_ascii=False)


def parse_draft(content: bytes, name: str = "draft") -> Draft:
    """Read what `draft_json` writes; it is read whole or not at all.

    Raises:
        InputError: It is no draft; the message names the section and what was expected.
    """
    if len(content) > MOST_BYTES:
        _refuse(name, f"a draft of at most {MOST_BYTES // 10**6} MB",
                f"{len(content) / 10**6:.1f} MB")  # fmt: skip
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        _refuse(name, "JSON", shorten_error(error))
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        _refuse(name, f'a draft with "format": {FORMAT}', "other content")
    sections = told.get("sections", [])
    if not isinstance(sections, list) or len(sections) > MOST_SECTIONS:
        _refuse(name, f"a list of at most {MOST_SECTIONS} sections", "other content")
    read = tuple(_section(f"{name}, section {n}", one) for n, one in enumerate(sections, start=1))
    return Draft(_line(name, told, "title"), _line(name, told, "author"), read)


def _section(where: str, told: Any) -> Section:
    name = told.get("kind") if isinstance(told, dict) else told
    if not isinstance(name, str) or name not in SECTIONS or not isinstance(told, dict):
        _refuse(where, f"one of the kinds {', '.join(SECTIONS)}", repr(name)[:60])
    kind = SECTIONS[name]
    options = check_options(where, kind.options, told.get("options", {}))
    return Section(kind.name, _line(where, told, "title"), options)


def _line(where: str, told: dict[str, Any], key: str) -> str:
    """Read a line of text; what is too long for a heading is cut."""
    text = told.get(key, "")
    if not isinstance(text, str):
        _refuse(f"{where}, {key}", "text", repr(text)[:60])
    return " ".join(text[: 4 * TITLE_LETTERS].split())[:TITLE_LETTERS]


def shorten_error(error: Exception) -> str:
    """Say in a few words why JSON cannot be read."""
    return str(error)[:80] or type(error).__name__


def _refuse(where: str, expected: str, came: str) -> NoReturn:
    raise InputError(where, expected=expected, came=came, do="Restore or delete the draft")
