"""Options of a run as one frozen dataclass: what a form, a file and the command line need of them.

Each field carries its label, help, unit and range; its value is a number, text or yes/no, or it
brings the functions that turn it into plain values and back.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from math import isfinite
from typing import Any, Literal, NoReturn, TypeVar, cast, get_type_hints

from core.errors import InputError
from core.events import Plain

Kind = Literal["bool", "int", "float", "text", "other"]
KINDS: dict[Any, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}
EXPECTED: dict[Kind, str] = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a finite number",
    "text": "text",
}
Config = TypeVar("Config")


@dataclass(frozen=True)
class Setting:
    """One option of a configuration.

    Args:
        name: Field of the dataclass.
        kind: "other" is what no single widget can show, such as a schedule.
        default: Its value where nothing is said.
        label: As on a form.
        help: What it does, in a sentence.
        unit: Behind the number; empty where it has none.
        low: Smallest allowed value.
        high: Largest allowed value.
        choices: All allowed values; None where any is.
        group: Heading under which a form shows it.
        shapes: Whether another value gives another training; False for where and how it runs.
        encode: Turns an "other" value into plain ones.
        decode: Turns them back; raises InputError.
        aliases: Other names of its flag on the command line.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] | None = None
    group: str = ""
    shapes: bool = True
    encode: Callable[[Any], Plain] | None = None
    decode: Callable[[Any], Any] | None = None
    aliases: tuple[str, ...] = ()


def setting(
    default: Any,
    *,
    label: str,
    help: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    group: str = "",
    shapes: bool = True,
    encode: Callable[[Any], Plain] | None = None,
    decode: Callable[[Any], Any] | None = None,
    aliases: tuple[str, ...] = (),
) -> Any:
    """Declare a field of a configuration; the arguments are those of `Setting`.

    Example:
        >>> @dataclass(frozen=True)
        ... class Small:
        ...     steps: int = setting(100, label="steps", help="Updates.", low=1, high=1000)
        >>> settings_of(Small)[0].high, digest(Small()) == digest(Small(steps=100))
        (1000, True)
    """
    metadata = {
        "label": label,
        "help": help,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "group": group,
        "shapes": shapes,
        "encode": encode,
        "decode": decode,
        "aliases": aliases,
    }
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def settings_of(config_type: type) -> tuple[Setting, ...]:
    """List the options of a configuration in their order; fields without a label are left out."""
    hints = get_type_hints(config_type)
    return tuple(
        Setting(
            entry.name,
            KINDS.get(hints[entry.name], "other"),
            _default(entry),
            **cast("dict[str, Any]", dict(entry.metadata)),
        )
        for entry in fields(config_type)
        if "label" in entry.metadata
    )


def check_settings(config: object) -> None:
    """Check the kind and the range of every option.

    Raises:
        InputError: It names the option, what it may be, and what came.
    """
    for option in settings_of(type(config)):
        _check(option, getattr(config, option.name))


def to_plain(config: object) -> dict[str, Plain]:
    """Turn a configuration into plain values, as a file holds them."""
    return {
        option.name: _encode(option, getattr(config, option.name))
        for option in settings_of(type(config))
    }


def from_plain(config_type: type[Config], plain: Mapping[str, object]) -> Config:
    """Read what `to_plain` gives; an option that is not there takes its default.

    Raises:
        InputError: An option is unknown, of the wrong kind, or out of range.
    """
    options = {option.name: option for option in settings_of(config_type)}
    for name in plain:
        if name not in options:
            _refuse(str(name)[:60], "one of the options " + ", ".join(options), "another name")
    return config_type(**{name: _decode(options[name], value) for name, value in plain.items()})


def digest(config: object) -> str:
    """Name what shapes the training: SHA-256 of every option but those with `shapes=False`.

    Of `core.training.config` these are the device, the number of threads, and how often is
    evaluated and saved and how many checkpoints are kept.
    """
    shaping = {option.name for option in settings_of(type(config)) if option.shapes}
    plain = {name: value for name, value in to_plain(config).items() if name in shaping}
    text = json.dumps([type(config).__name__, plain], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _default(entry: Field[Any]) -> Any:
    if entry.default is not MISSING:
        return entry.default
    return None if entry.default_factory is MISSING else entry.default_factory()


def _check(option: Setting, value: Any) -> None:
    if option.kind == "other":
        return
    if not _is_kind(option.kind, value):
        _refuse(option.name, EXPECTED[option.kind], _came(value))
    if option.choices is not None and value not in option.choices:
        _refuse(option.name, "one of " + ", ".join(option.choices), _came(value))
    low, high = option.low, option.high
    if (low is not None and value < low) or (high is not None and value > high):
        _refuse(option.name, _range(option), _came(value))


def _is_kind(kind: Kind, value: object) -> bool:
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str)
    if kind == "int":
        return isinstance(value, int)
    return isinstance(value, int) or (isinstance(value, float) and isfinite(value))


def _range(option: Setting) -> str:
    unit = f" {option.unit}" if option.unit else ""
    low, high = option.low, option.high
    if low is None or high is None:
        return f"at least {low:,.10g}{unit}" if high is None else f"at most {high:,.10g}{unit}"
    return f"{low:,.10g} to {high:,.10g}{unit}"


def _encode(option: Setting, value: Any) -> Plain:
    if option.encode is not None:
        return option.encode(value)
    # 1 and 1.0 are the same rate, and must be the same text in a file and in a digest.
    return float(value) if option.kind == "float" else value


def _decode(option: Setting, value: Any) -> Any:
    if option.decode is not None:
        return option.decode(value)
    if option.kind == "int" and isinstance(value, float) and value.is_integer():
        value = int(value)
    if option.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    _check(option, value)
    return value


def _came(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.10g}".replace("-", "−")
    return repr(value)[:60] if value != "" else "nothing"


def _refuse(name: str, expected: str, came: str) -> NoReturn:
    raise InputError(name, expected=expected, came=came, do="Change this option")
