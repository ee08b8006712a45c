"""Opening a JSON file that a trainer wrote, and saying what is wrong with one that cannot be read.

Bare NaN and Infinity are read, as Python's json writes them.
"""

import json
from pathlib import Path
from typing import Any, NoReturn

from core.errors import InputError

MOST_BYTES = 50_000_000
HEAD_BYTES = 1 << 16


def read_head(source: Path, size: int = HEAD_BYTES) -> bytes:
    """Read the first 64 kB, or as many bytes as asked for; nothing where it cannot be read."""
    try:
        with source.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def load_object(source: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object; see `load_json`.

    Raises:
        InputError: It cannot be read, or holds something else than an object.
    """
    plain = load_json(source)
    if not isinstance(plain, dict):
        refuse(source.name, "a JSON object, {...}", describe(plain))
    return plain


def load_json(source: Path) -> Any:
    """Read a JSON file.

    Args:
        source: UTF-8 text of at most 50 MB, with or without a byte order mark.

    Raises:
        InputError: It cannot be opened, is too large, is not UTF-8, not JSON (with line and
            column), or broke off.
    """
    text = _text(source)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _refuse_text(source.name, text, error)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; 10,000 brackets
        refuse(source.name, "JSON that can be read", str(error).split(";")[0])


def _text(source: Path) -> str:
    """Read a whole file, no more than is allowed of it."""
    try:
        with source.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        came = error.strerror or str(error)
        refuse(source.name, "a readable file", came, "Check the path and its permissions")
    if len(raw) > MOST_BYTES:
        size = f"{source.stat().st_size / 1e6:,.1f} MB"
        refuse(source.name, f"at most {MOST_BYTES / 1e6:.0f} MB", size, "Thin the lists out")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        came = f"the byte 0x{raw[error.start]:02x} at {error.start:,}"
        refuse(source.name, "UTF-8 text", came, "Save the file as UTF-8, or choose another")


def _refuse_text(name: str, text: str, error: json.JSONDecodeError) -> NoReturn:
    """Tell a file that broke off, which can be fetched again, from one that is no JSON."""
    at = f"{name}, line {error.lineno:,}, column {error.colno:,}"
    whole = text.rstrip()
    if not whole:
        refuse(name, "JSON", "an empty file", "Choose another file")
    is_object = whole.lstrip().startswith("{") and error.msg != "Extra data"
    if is_object and (error.pos >= len(whole) or not whole.endswith("}")):
        came = f"a file that breaks off after {len(whole):,} characters"
        refuse(at, "the rest of the JSON object", came, "Copy it again, once it is whole")
    refuse(at, "JSON", error.msg, "Correct the file at this place")


def describe(value: object) -> str:
    """Name a value of a JSON file shortly, as JSON spells it.

    Example:
        >>> describe([1, 2]), describe(None), describe("0.5")
        ('a list', 'null', '"0.5"')
    """
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return json.dumps(value, ensure_ascii=False)[:40]


def refuse(
    where: str, expected: str, came: str, do: str = "Correct the file at this place"
) -> NoReturn:
    """Raise the error of a file that cannot be used."""
    raise InputError(where, expected=expected, came=came, do=do)
