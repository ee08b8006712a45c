"""Sweeps: every combination of some options of an experiment, as configurations."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, Final

import numpy as np

from core.errors import InputError
from core.problems.experiment import Experiment
from core.training.config import TrainingConfig
from core.training.settings import Setting, from_plain, settings_of, to_plain

MOST_RUNS: Final = 200
FORMS: Final = "values like 0.3,0.5,0.7, a range like 0..4, or n values like 0.1..0.9/5"


def sweep_configs(
    known: Experiment, config: TrainingConfig, values: Mapping[str, str]
) -> tuple[TrainingConfig, ...]:
    """Give a configuration for each combination; the last option varies fastest.

    Args:
        known: The experiment.
        config: What is not varied.
        values: By name of an option, what `read_values` reads.

    Raises:
        InputError: An option is unknown, a value cannot be used, or there are more than 200 runs.

    Example:
        >>> from core.problems.experiments import EXPERIMENTS
        >>> known = EXPERIMENTS["peptide"]
        >>> swept = sweep_configs(known, known.config(), {"seed": "0..1", "batch_size": "16,32"})
        >>> [(config.seed, config.batch_size) for config in swept]
        [(0, 16), (0, 32), (1, 16), (1, 32)]
    """
    options = {option.name: option for option in settings_of(known.config)}
    strange = [name for name in values if name not in options or options[name].kind == "other"]
    if strange:
        raise InputError("sweep", expected="options of one value", came=", ".join(strange),
                         do="Choose from the options of the experiment")  # fmt: skip
    lists = {name: read_values(options[name], text) for name, text in values.items()}
    count = prod(map(len, lists.values())) if lists else 0
    if not 1 <= count <= MOST_RUNS:
        raise InputError("sweep", expected=f"1 to {MOST_RUNS} runs", came=f"{count:,}",
                         do="Name options to vary, and fewer values")  # fmt: skip
    plain = to_plain(config)
    return tuple(
        from_plain(known.config, plain | dict(zip(lists, chosen, strict=True)))
        for chosen in product(*lists.values())
    )


def read_sweep(text: str) -> dict[str, str]:
    """Read what is varied from one line: options with their values, semicolons between.

    Raises:
        InputError: A piece is no option with values, or an option comes twice.

    Example:
        >>> read_sweep("hard_ratio=0.3,0.5; seed=0..2")
        {'hard_ratio': '0.3,0.5', 'seed': '0..2'}
    """
    values: dict[str, str] = {}
    for piece in filter(None, map(str.strip, text.split(";"))):
        name, is_there, told = (part.strip() for part in piece.partition("="))
        name = name.lstrip("-").replace("-", "_")
        if not (name and is_there and told) or name in values:
            raise InputError("sweep", expected="option=values; option=values, each option once",
                             came=piece[:60], do="Correct it")  # fmt: skip
        values[name] = told
    return values


def read_values(option: Setting, text: str) -> tuple[Any, ...]:
    """Read the values of an option that a sweep takes: a list, ranges, or both.

    Args:
        option: Says of which kind they are.
        text: `a,b,c`; `low..high` for whole numbers, both inclusive; `low..high/n` for n evenly
            spaced numbers.

    Raises:
        InputError: It cannot be read so, or a value comes twice.

    Example:
        >>> ratio = Setting("hard_ratio", "float", 0.5, "hard ratio", "")
        >>> read_values(ratio, "0.2, 0.4..0.8/3")
        (0.2, 0.4, 0.6, 0.8)
    """
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    values = [value for piece in pieces for value in _read(option, piece)]
    if not values or len(set(values)) < len(values):
        came = "nothing" if not values else f"{text[:60]}, where one comes twice"
        raise InputError(option.name, expected=FORMS, came=came, do="Correct the values")
    return tuple(values)


def _read(option: Setting, piece: str) -> Sequence[Any]:
    if option.kind == "text":
        return [piece]
    if option.kind == "bool":
        return [_bool(option, piece)]
    try:
        return _numbers(option, piece)
    except ValueError as error:
        raise InputError(option.name, expected=FORMS, came=piece[:60],
                         do="Correct the values") from error  # fmt: skip


def _numbers(option: Setting, piece: str) -> list[Any]:
    number: Any = int if option.kind == "int" else float
    if ".." not in piece:
        return [number(piece)]
    ends, _, count = piece.partition("/")
    low, _, high = ends.partition("..")
    if not count and option.kind == "int":
        if int(high) - int(low) >= MOST_RUNS:
            raise ValueError(piece)
        return list(range(int(low), int(high) + 1))
    if not 2 <= int(count) <= MOST_RUNS:
        raise ValueError(piece)
    spread = np.linspace(float(low), float(high), int(count))
    return [number(round(value, 10)) for value in spread.tolist()]


def _bool(option: Setting, piece: str) -> bool:
    known = {"true": True, "false": False}
    if piece.lower() not in known:
        raise InputError(option.name, expected="true, false, or both", came=piece[:60],
                         do="Correct the values")  # fmt: skip
    return known[piece.lower()]


def sweep_label(values: Mapping[str, str], config: TrainingConfig) -> str:
    """Name a run of a sweep by what it varies."""
    plain = to_plain(config)
    return ", ".join(f"{name} {plain[name]:g}" if isinstance(plain[name], float)
                     else f"{name} {plain[name]}" for name in values)  # fmt: skip
