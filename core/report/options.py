"""What a kind of section asks for: a table that the editor draws and a draft is checked by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, Literal, NoReturn

from core.errors import InputError
from core.events import Plain

MOST_LETTERS: Final = 50_000
MOST_CHOSEN: Final = 200
Asked = Literal["prose", "run", "runs", "metrics", "claims", "own claims", "version", "choice",
                "number", "switch"]  # fmt: skip
EXPECTED: Final[Mapping[Asked, str]] = {
    "prose": f"text of at most {MOST_LETTERS:,} letters",
    "run": "the id of a run",
    "runs": "a list of ids of runs",
    "metrics": "a list of keys of metrics",
    "claims": "a list of ids of claims",
    "own claims": "a list of names of claims",
    "version": "the name of a table or the id of a run",
    "choice": "one of the choices",
    "number": "a finite number of 0 or more",
    "switch": "true or false",
}
LISTS: Final = ("runs", "metrics", "claims", "own claims")


@dataclass(frozen=True)
class Option:
    """One option of a kind.

    Args:
        name: Its key in a draft.
        asked: What its value is, and so with what it is edited.
        label: In the editor, with its unit.
        help: What it does, in a sentence.
        default: Where nothing is said.
        choices: Of a choice: values with their words.
    """

    name: str
    asked: Asked
    label: str
    help: str
    default: Plain
    choices: Mapping[str, str] = field(default_factory=dict)


def values_of(options: tuple[Option, ...], given: Mapping[str, Plain]) -> dict[str, Any]:
    """Give the value of every option, its default where none is given."""
    return {option.name: given.get(option.name, option.default) for option in options}


def check_options(where: str, options: tuple[Option, ...], given: object) -> dict[str, Plain]:
    """Check what a draft says.

    Raises:
        InputError: An option is unknown, or of the wrong kind.
    """
    if not isinstance(given, dict):
        _refuse(where, "options by name", given)
    known = {option.name: option for option in options}
    for name, value in given.items():
        if name not in known:
            _refuse(where, "one of the options " + (", ".join(known) or "none"), name)
        if not _fits(known[name], value):
            _refuse(f"{where}, {name}", EXPECTED[known[name].asked], value)
    return dict(given)


def _fits(option: Option, value: object) -> bool:
    if option.asked in LISTS:
        return (isinstance(value, list) and len(value) <= MOST_CHOSEN
                and all(isinstance(one, str) for one in value))  # fmt: skip
    if option.asked == "switch":
        return isinstance(value, bool)
    if option.asked == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return isfinite(value) and value >= 0
    if option.asked == "choice":
        return isinstance(value, str) and value in option.choices
    return isinstance(value, str) and len(value) <= MOST_LETTERS


def _refuse(where: str, expected: str, came: object) -> NoReturn:
    raise InputError(where, expected=expected, came=repr(came)[:60], do="Correct the draft")
