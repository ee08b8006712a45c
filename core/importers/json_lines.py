"""Rows out of JSON: lines of objects, or lists of them; and the numbers in a row."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeGuard

from core.importers.json_file import describe, load_json, read_head, refuse

Row = tuple[str, dict[str, Any]]  # its place, and what it holds
LISTS: Final = ("log_history", "history")  # what holds the rows of an object
WORDS: Final = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity")
MOST_LINE: Final = 10_000_000
MOST_DEPTH: Final = 20


def json_rows(source: Path, notes: list[str]) -> Iterator[Row]:
    """Give the rows of a file, each with its place.

    Args:
        source: Lines of JSON objects; or a list of them, also in an object with log_history as
            Hugging Face writes it; or an object with columns and data, with columns of numbered
            cells, or with numbered rows, as pandas writes a history of Weights & Biases.
        notes: Gets a sentence where the last line breaks off.

    Raises:
        InputError: It is no such file, or a line is no object; names the line.
    """
    whole = _whole(source)
    if whole is None:
        yield from _lines(source, notes)
        return
    for number, row in enumerate(whole, start=1):
        where = f"{source.name}, row {number:,}"
        if not isinstance(row, dict):
            refuse(where, "an object, {...}", describe(row))
        yield where, row


def _whole(source: Path) -> Sequence[Any] | None:
    """Give the list that the file is or holds; None for a file of lines."""
    head = read_head(source).removeprefix(b"\xef\xbb\xbf").lstrip()
    first, _, rest = head.partition(b"\n")
    if not head.startswith((b"[", b"{")):
        refuse(source.name, "objects of JSON, one a line or in a list",
               "another kind of file" if head else "an empty or unreadable file",
               "Choose another file; unpack it first where it is packed")  # fmt: skip
    try:
        alone = json.loads(first)
    except (ValueError, RecursionError):
        alone = None
    if isinstance(alone, dict) and not _rows_of(alone):
        return (not rest.strip() and _numbered(alone)) or None
    # An object that fills its line is a row, also if more is expected; else the file is one value.
    if alone is None and head.startswith(b"{") and rest.lstrip().startswith(b"{"):
        return None
    plain = load_json(source)
    found = _rows_of(plain) or _numbered(plain)
    if not found:
        refuse(source.name, "objects of JSON, one a line or in a list", "other JSON",
               "Choose another file")  # fmt: skip
    return found


def _rows_of(plain: Any) -> list[Any]:
    if isinstance(plain, list):
        return plain
    if not isinstance(plain, dict):
        return []
    columns, data = plain.get("columns"), plain.get("data")
    if isinstance(columns, list) and isinstance(data, list):
        return [dict(zip(map(str, columns), row, strict=False)) if isinstance(row, list) else row
                for row in data]  # fmt: skip
    return next((plain[key] for key in LISTS if isinstance(plain.get(key), list)), [])


def _numbered(plain: Any) -> list[dict[str, Any]]:
    """Give the rows of columns of numbered cells, {"loss": {"0": 0.5}}, or of numbered rows."""
    columns = plain if isinstance(plain, dict) else {}
    if not all(isinstance(column, dict) for column in columns.values()):
        return []
    numbers = {number for column in columns.values() for number in column}
    if not _are_numbers(numbers):
        rows = sorted(columns, key=int) if _are_numbers(columns) else ()
        return [columns[number] for number in rows]
    return [
        {name: column[number] for name, column in columns.items() if number in column}
        for number in sorted(numbers, key=int)
    ]


def _are_numbers(keys: Collection[str]) -> bool:
    return bool(keys) and all(key.isdecimal() and len(key) < 16 for key in keys)


def _lines(source: Path, notes: list[str]) -> Iterator[Row]:
    try:
        with source.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(MOST_LINE), b""), start=1):
                where = f"{source.name}, line {number:,}"
                if not raw.strip():
                    continue
                row = _parse(raw, where)
                if row is not None:
                    yield where, row
                elif raw.endswith(b"\n") or len(raw) == MOST_LINE:
                    refuse(
                        where, "an object of JSON", f"'{raw.strip()[:40].decode(errors='replace')}'"
                    )
                else:
                    notes.append(f"Line {number:,}, the last, breaks off and is left out.")
    except OSError as error:
        came = error.strerror or str(error)
        refuse(source.name, "a readable file", came, "Check the path and its permissions")


def _parse(raw: bytes, where: str) -> dict[str, Any] | None:
    """Read a line; None where it is no JSON."""
    try:
        plain = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        refuse(where, "UTF-8 text", "other bytes", "Save the file as UTF-8, or choose another")
    except (ValueError, RecursionError):
        return None
    if not isinstance(plain, dict):
        refuse(where, "an object, {...}", describe(plain))
    return plain


def flatten(row: Mapping[str, Any], where: str) -> tuple[dict[str, float], list[str]]:
    """Give the numbers of a row, and the names of what is none; null is neither.

    NaN and infinity may stand as text. What Weights & Biases marks as media is left out whole.

    Raises:
        InputError: A number is beyond 1e308, or objects are nested more than 20 deep.

    Example:
        >>> flatten({"step": 3, "val": {"loss": "NaN", "note": "x"}, "lr": None}, "line 1")
        ({'step': 3.0, 'val/loss': nan}, ['val/note'])
    """
    numbers: dict[str, float] = {}
    others: list[str] = []
    left = [("", row, 0)]
    while left:
        prefix, inner, depth = left.pop(0)
        for key, value in inner.items():
            name = prefix + key
            if isinstance(value, dict) and "_type" not in value and depth < MOST_DEPTH:
                left.append((f"{name}/", value, depth + 1))
            elif isinstance(value, int | float) and not isinstance(value, bool):
                numbers[name] = _float(value, f"{where}, {name[:40]}")
            elif is_number_word(value):
                numbers[name] = float(value)
            elif value is not None:
                others.append(name)
    return numbers, others


def is_number_word(value: Any) -> TypeGuard[str]:
    """Say whether a value is text that stands for NaN or infinity, which JSON has no sign for.

    Example:
        >>> is_number_word("-Infinity"), is_number_word("0.5")
        (True, False)
    """
    return isinstance(value, str) and value.strip().lower() in WORDS


def _float(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        refuse(where, "a number", "one beyond 1e308")
