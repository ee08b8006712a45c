"""Checked reading of plain values (dicts, lists, numbers, text) that came from a file."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from core.errors import InputError

Path = tuple[str | int, ...]
Locate = Callable[[Path], str]
"""Turns the path of a value into the place that a message names."""


def read_mapping(
    value: object,
    path: Path,
    locate: Locate,
    needed: Sequence[str] = (),
    optional: Sequence[str] | None = None,
) -> dict[str, object]:
    """Read a mapping with text keys; refuses a missing or an unknown key."""
    if not isinstance(value, Mapping):
        refuse(
            locate(path),
            "a mapping" + (f" with {', '.join(needed)}" if needed else ""),
            came(value),
        )
    read = {str(key): entry for key, entry in value.items()}
    if missing := [key for key in needed if key not in read]:
        refuse(locate(path), ", ".join(needed), "no " + ", ".join(missing))
    known = {*needed, *(optional or ())}
    if known and (strangers := [key for key in read if key not in known]):
        refuse(
            locate((*path, strangers[0])), "one of " + ", ".join(sorted(known)), strangers[0][:40]
        )
    return read


def read_list(value: object, path: Path, locate: Locate) -> Sequence[object]:
    """Read a list."""
    if not isinstance(value, list | tuple):
        refuse(locate(path), "a list", came(value))
    return value


def read_text(value: object, path: Path, locate: Locate) -> str:
    """Read text; a number counts as its text, as a name may be 2."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        refuse(locate(path), "text", came(value))
    return str(value)


def read_number(value: object, path: Path, locate: Locate) -> float:
    """Read a finite or infinite number."""
    # YAML reads 1e-3, without a dot, as text.
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(locate(path), "a number", came(value))
    try:
        return float(value)
    except OverflowError:
        refuse(locate(path), "a number", "one beyond 1e308")


def read_whole(value: object, path: Path, locate: Locate) -> int:
    """Read a whole number; 10000.0 is one."""
    number = value if isinstance(value, int) else read_number(value, path, locate)
    if isinstance(number, bool) or (isinstance(number, float) and not number.is_integer()):
        refuse(locate(path), "a whole number of steps", came(value))
    return int(number)


def came(value: object) -> str:
    """Name a value shortly; a container by its kind, as its text could be without end."""
    if value is None or isinstance(value, str | int | float):
        return "nothing" if value is None else repr(value)[:40]
    return {"dict": "a mapping", "list": "a list"}.get(type(value).__name__, type(value).__name__)


def spell(path: Path) -> str:
    """Write a path as in code: stages[3].weights.precursor."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{key[:40]}" for key in path]
    return "".join(parts).removeprefix(".")


def refuse(where: str, expected: str, came: str) -> NoReturn:
    """Raise the error of a value that cannot be read."""
    raise InputError(where, expected=expected, came=came, do="Correct the file at this place")


def relocate(error: InputError, place: str) -> NoReturn:
    """Raise an error again with the place in the file before its own."""
    raise InputError(
        f"{place}, {error.where}", expected=error.expected, came=error.came, do=error.do
    ) from error
