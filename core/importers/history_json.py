"""The JSON history of the embedding trainers: one list for each measure, one value an epoch.

{train_loss, val_loss, val_cosine_similarity, learnable_weights, config}, and where they are known
val_mse_loss and epoch.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.events import Event
from core.importers.history_notes import bounds_note, epochs_note, lengths_note, repeats_note
from core.importers.json_file import describe, load_object, read_head, refuse
from core.importers.json_lines import is_number_word
from core.importers.log import Log, found_metrics
from core.importers.names import limited
from core.importers.points import Points
from core.importers.scan import scan
from core.importers.telling import tell
from core.importers.val_loss import Column, val_loss_meaning

FORMAT = "history_json"
KEYS = {
    "train_loss": "train/total_loss",
    "val_loss": "",  # by what it means
    "val_cosine_similarity": "val/avg_cosine_similarity",
    "val_mse_loss": "val/mse_loss",
}
EPOCHS = ("epoch", "epochs")
MOST_EPOCHS = 2**53  # up to here a float is a whole number
KNOWN = (*KEYS, "learnable_weights", "config", *EPOCHS)
MARK = re.compile(rb'"(?:' + "|".join(KEYS).encode() + rb')"\s*:\s*\[')


@dataclass(frozen=True)
class _Table:
    """What the file holds, by its own names.

    Args:
        epochs: Number of each place of the lists.
        columns: Values by name; None where nothing was measured.
        weights: Learnable weights by name.
        config: As it stands in the file.
        notes: What is worth a sentence.
        left_out: Keys that are not read.
    """

    epochs: Sequence[int]
    columns: Mapping[str, Column]
    weights: Mapping[str, Column]
    config: Mapping[str, Any]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


def detect(source: Path) -> bool:
    """Say whether a file begins as such a history does: an object with one of its lists."""
    head = read_head(source).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"{") and MARK.search(head) is not None


def open_log(source: Path) -> Log:
    """Read a history, and check all of it.

    The step of an event is its epoch, counted from 1 where the file has no numbers. NaN and
    Infinity are kept, also as text; null is a value that was not measured. Of an epoch told twice
    the last value counts. Every event has the time at which the file was changed last.

    Does not compute one metric from another: the cosine loss is there only if val_loss is it.

    Args:
        source: A file of at most 50 MB.

    Raises:
        InputError: The file cannot be read, is not such a history, or holds a list with
            something else than numbers; it names the place.
    """
    table = _table(load_object(source), source.name)
    return _log(table, source.name, source.stat().st_mtime)


def read(source: Path) -> Iterator[Event]:
    """Give the events of a history; see `open_log`."""
    return tell(open_log(source))


def _table(plain: dict[str, Any], name: str) -> _Table:
    if not any(key in plain for key in KEYS):
        came = ", ".join(list(plain)[:8])[:200] or "an empty object"
        refuse(name, f"one of {', '.join(KEYS)}", came, "Choose another file")
    columns = {key: _column(plain[key], key, name) for key in KEYS if plain.get(key) is not None}
    learnable = _object(plain, "learnable_weights", name)
    weights = {
        key: _column(value, f"learnable_weights.{key}", name) for key, value in learnable.items()
    }
    lists = columns | {f"learnable_weights.{key}": column for key, column in weights.items()}
    if all(value is None for column in columns.values() for value in column):
        refuse(name, "one value an epoch", "lists without a value", "Choose another file")
    count = max(map(len, lists.values()))
    told = next((plain[key] for key in EPOCHS if isinstance(plain.get(key), list)), None)
    epochs = range(1, count + 1) if told is None else _epochs(told, count, name)
    notes = (
        lengths_note({key: len(column) for key, column in lists.items() if column}),
        bounds_note(columns, {key: KEYS[key] or "" for key in columns}),
        repeats_note(list(columns.values())) if told is None else epochs_note(epochs, len(told)),
    )
    config = _object(plain, "config", name)
    left_out = tuple(key for key in plain if key not in KNOWN)
    return _Table(epochs, columns, weights, config, tuple(filter(None, notes)), left_out)


def _column(value: object, key: str, name: str) -> Column:
    if not isinstance(value, list):
        refuse(f"{name}, {key}", "a list of numbers", describe(value))
    return [_number(one, f"{name}, {key}[{at}]") for at, one in enumerate(value)]


def _number(value: object, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not (isinstance(value, int | float) or is_number_word(value)):
        refuse(where, "a number or null", describe(value))
    try:
        return float(value)
    except OverflowError:
        refuse(where, "a number or null", "one beyond 1e308")


def _object(plain: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    value = plain.get(key)
    if value is not None and not isinstance(value, dict):
        refuse(f"{name}, {key}", "an object, {...}", describe(value))
    return value or {}


def _epochs(told: list[Any], count: int, name: str) -> list[int]:
    """Read the numbers of the epochs; where there are too few, count on from the last one."""
    epochs: list[int] = []
    for at, value in enumerate(told):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < MOST_EPOCHS or value % 1:
            refuse(f"{name}, epoch[{at}]", "a whole number of 0 or more", describe(value))
        epochs.append(int(value))
    last = epochs[-1] if epochs else 0
    return epochs + [last + more for more in range(1, count - len(epochs) + 1)]


def _log(table: _Table, name: str, time_s: float) -> Log:
    meaning = val_loss_meaning(table.columns, table.config)
    facts: dict[str, str] = {}
    if "val_loss" in table.columns:
        facts["val_loss"] = f"{meaning.key}, {meaning.reason}"
    keys = {key: KEYS[key] or meaning.key for key in table.columns}
    keys |= {f"learnable_weights.{key}": limited(f"model/{key}") for key in table.weights}
    columns = [*table.columns.values(), *table.weights.values()]
    rows = _rows(table.epochs, dict(zip(keys, columns, strict=True)))
    points = _points(rows, list(keys))
    return Log(
        FORMAT, limited(name), "", found_metrics(scan([points], name), keys),
        lambda: iter([points]), time_s, time_s, float("nan"), "epoch", table.config, facts,
        tuple(filter(None, (*table.notes, meaning.note))), table.left_out,
        told=sum(value is not None for column in columns for value in column),
    )  # fmt: skip


def _points(rows: Mapping[int, Mapping[str, float]], names: list[str]) -> Points:
    places = {name: place for place, name in enumerate(names)}
    told = [(places[name], epoch, value) for epoch, row in rows.items()
            for name, value in row.items()]  # fmt: skip
    metric, epoch, value = (np.array(column) for column in zip(*told, strict=True))
    time_s = np.full(len(told), np.nan)
    return Points(tuple(names), metric, epoch, time_s, value)


def _rows(epochs: Sequence[int], columns: Mapping[str, Column]) -> dict[int, dict[str, float]]:
    """Gather the values of each epoch, in ascending order; a later value replaces an earlier."""
    rows: dict[int, dict[str, float]] = {}
    for key, column in columns.items():
        # The numbers of epochs may go on where a shorter list has ended.
        for epoch, value in zip(epochs, column, strict=False):
            if value is not None:
                rows.setdefault(epoch, {})[key] = value
    return dict(sorted(rows.items()))
