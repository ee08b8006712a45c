"""Rows of JSON: one object a line, or a list of objects; keys of inner objects joined by "/".

Lines are read one by one, so such a file may be larger than the memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import InputError
from core.events import Event
from core.importers import history_json
from core.importers.column_mapping import EPOCHS, MILLISECONDS, TIMES, step_column
from core.importers.json_file import refuse
from core.importers.json_lines import flatten, json_rows
from core.importers.log import About, Log, check_log
from core.importers.names import normal_form
from core.importers.points import MOST_STEPS, Points
from core.importers.side_files import read_hparams
from core.importers.telling import tell

FORMAT: Final = "json_rows"
WANDB_STEP: Final = "_step"
ROWS: Final = 8_192
SAMPLE_ROWS: Final = 1_000


@dataclass(frozen=True)
class _Keys:
    """What counts the steps of the rows, and what tells the time; empty where nothing does."""

    step: str
    time: str


def detect(source: Path) -> bool:
    """Say whether it begins with an object in a line, or in a list, that holds a number."""
    if history_json.detect(source):
        return False
    try:
        return any(flatten(row, where)[0] for where, row in islice(json_rows(source, []), 20))
    except (InputError, OSError):
        return False


def open_log(source: Path) -> Log:
    """Check rows of JSON and count what is in them.

    A row without a step is left out, and a last line that breaks off; both are said.

    Args:
        source: Lines of any number, or a list of at most 50 MB.

    Raises:
        InputError: It is no such file, or a line cannot be read; nothing is read then.
    """
    sample = [flatten(row, where)[0]
              for where, row in islice(json_rows(source, []), SAMPLE_ROWS)]  # fmt: skip
    keys = _guess_keys(sample)
    axis = "row" if not keys.step else "epoch" if normal_form(keys.step) in EPOCHS else "step"
    about = About(FORMAT, source, axis=axis, config=read_hparams(source.parent))
    return check_log(about, partial(_blocks, source, keys))


def read(source: Path) -> Iterator[Event]:
    """Give the events of rows of JSON; see `open_log`."""
    return tell(open_log(source))


def _guess_keys(sample: list[dict[str, float]]) -> _Keys:
    numbers: dict[str, list[float | None]] = {}
    for row in sample:
        for name, value in row.items():
            numbers.setdefault(name, []).append(value)
    step = WANDB_STEP if WANDB_STEP in numbers else step_column(numbers, sample)
    forms = {normal_form(name): name for name in reversed(numbers) if name != step}
    return _Keys(step, next((forms[form] for form in TIMES if form in forms), ""))


def _blocks(
    source: Path, keys: _Keys, notes: list[str], others: dict[str, None]
) -> Iterator[Points]:
    names: dict[str, int] = {}
    told: list[tuple[int, int, float, float]] = []
    count = without_step = 0
    for where, row in json_rows(source, notes):
        count += 1
        numbers, other = flatten(row, where)
        others |= dict.fromkeys(other)
        step = numbers.pop(keys.step, None) if keys.step else float(count)
        time_s = _seconds(numbers.pop(keys.time, np.nan))
        without_step += step is None
        if step is None:
            continue
        if keys.step == WANDB_STEP:  # what else begins so is W&B's own book-keeping
            others |= dict.fromkeys(name for name in numbers if name.startswith("_"))
            numbers = {name: one for name, one in numbers.items() if not name.startswith("_")}
        whole = _step(step, where)
        told += [
            (names.setdefault(name, len(names)), whole, time_s, value)
            for name, value in numbers.items()
        ]
        if len(told) >= ROWS:
            yield _points(names, told)
            told = []
    yield _points(names, told)
    if without_step:
        notes.append(f"{without_step:,} of {count:,} rows have no {keys.step}: left out.")


def _seconds(time: float) -> float:
    return time / 1_000 if time > MILLISECONDS else time


def _step(step: float, where: str) -> int:
    if not 0 <= step < MOST_STEPS or step % 1:
        refuse(f"{where}, step", "a whole number of 0 or more", f"{step:g}")
    return int(step)


def _points(names: Mapping[str, int], told: list[tuple[int, int, float, float]]) -> Points:
    metric, step, time_s, value = zip(*told, strict=True) if told else ((), (), (), ())
    return Points(
        tuple(names),
        np.array(metric, np.int32),
        np.array(step, np.int64),
        np.array(time_s, float),
        np.array(value, float),
    )
