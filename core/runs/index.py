"""The index of runs: what lists need, in SQLite; made from the folders, and made again at will.

A folder is read again only where its files have changed since it was listed last. Deleting the
index loses nothing.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import DatabaseError, OperationalError

from core.errors import CoreError, InputError, UnavailableError
from core.events import Plain
from core.history import Series
from core.home import home_folder
from core.runs.files import CONFIG, EVENTS, MEASUREMENTS, META, STATUS
from core.runs.folder import Meta, RunConfig, read_config, read_meta, run_folders
from core.runs.index_tables import (
    IN_MEMORY,
    decode,
    encode,
    metrics_table,
    open_engine,
    prepare_tables,
    remove_database,
    runs_table,
)
from core.runs.reader import read_history
from core.runs.segments import segment_paths
from core.runs.status import State, read_status

FILE: Final = "index.sqlite"
T = TypeVar("T")


@dataclass(frozen=True)
class MetricSummary:
    """A metric of a run: its last value and its range; NaN counts only where there is no other."""

    last: float
    low: float
    high: float


@dataclass(frozen=True)
class RunRow:
    """A run as lists show it.

    Args:
        id: Name of its folder.
        folder: Its folder.
        name: What a person calls it; may be empty.
        tags: Given by a person.
        note: Given by a person.
        group: Shared by runs that were started together.
        experiment: Name of the experiment; empty for a broken folder.
        state: As it follows from the folder now.
        created_s: Seconds since 1970; 0 for a broken folder.
        step: Steps done.
        total_steps: Planned; None where unknown.
        message: Of its status.
        is_sample: Whether it comes with the repository, and stays as it is.
        metrics: By key.
        config: Every option.
        is_archived: Whether lists leave it out unless they are asked for it.
    """

    id: str
    folder: Path
    name: str
    tags: tuple[str, ...]
    note: str
    group: str
    experiment: str
    state: State
    created_s: float
    step: int
    total_steps: int | None
    message: str
    is_sample: bool
    metrics: Mapping[str, MetricSummary]
    config: Mapping[str, Plain]
    is_archived: bool = False


def list_runs() -> tuple[RunRow, ...]:
    """List every run, the newest first; brings the index up to date before.

    On a full disk runs must still be seen, to be deleted: where the index cannot be written, all
    folders are read.
    """
    try:
        rows = _with_index(_list)
    except UnavailableError:
        rows = _transact(IN_MEMORY, _list)
    return tuple(sorted(rows, key=lambda row: (row.created_s, row.id), reverse=True))


def runs_of(experiment: str) -> list[RunRow]:
    """List the runs of an experiment, the newest first, without those in the archive."""
    return [row for row in list_runs() if row.experiment == experiment and not row.is_archived]


def _list(connection: Connection) -> list[RunRow]:
    _refresh(connection)
    metrics: dict[str, dict[str, MetricSummary]] = {}
    for folder, metric, last, low, high in connection.execute(select(metrics_table)):
        numbers = (math.nan if number is None else number for number in (last, low, high))
        metrics.setdefault(folder, {})[metric] = MetricSummary(*numbers)
    return [_to_row(row, metrics.get(row.folder, {}))
            for row in connection.execute(select(runs_table))]  # fmt: skip


def refresh_index() -> int:
    """Bring the index up to date with the folders.

    Returns:
        How many folders were read, or forgotten because they are gone.

    Raises:
        UnavailableError: The index cannot be written.
    """
    return _with_index(_refresh)


def rebuild_index() -> int:
    """Make the index again from nothing.

    Returns:
        How many runs it holds.

    Raises:
        UnavailableError: The index cannot be written.
    """

    def rebuild(connection: Connection) -> int:
        for table in (metrics_table, runs_table):
            connection.execute(delete(table))
        return _refresh(connection)

    return _with_index(rebuild)


def _path() -> Path:
    return home_folder() / FILE


def _with_index(work: Callable[[Connection], T]) -> T:
    """Do work in one transaction; a damaged index is made again before."""
    path = _path()
    try:
        try:
            return _transact(path, work)
        except OperationalError:
            raise  # busy, read-only, full: not damaged
        except DatabaseError:
            remove_database(path)
            return _transact(path, work)
    except (OperationalError, OSError) as error:
        reason = error.orig if isinstance(error, OperationalError) else error.strerror
        raise UnavailableError(
            f"The index {path} cannot be written ({reason}). Make room or make it writable; "
            "the runs themselves are not touched."
        ) from error


def _transact(path: Path, work: Callable[[Connection], T]) -> T:
    with open_engine(path).begin() as connection:
        prepare_tables(connection)
        return work(connection)


def _refresh(connection: Connection) -> int:
    known = {row.folder: row.stamp for row in connection.execute(
        select(runs_table.c.folder, runs_table.c.stamp))}  # fmt: skip
    there = {str(path): (path, is_sample) for path, is_sample in run_folders()}
    stamps = {folder: _stamp(path) for folder, (path, _) in there.items()}
    gone = [folder for folder in known if folder not in there]
    changed = [folder for folder, stamp in stamps.items() if known.get(folder) != stamp]
    _forget(connection, [*gone, *changed])
    for folder in changed:
        _learn(connection, *there[folder], stamps[folder])
    return len(gone) + len(changed)


def _stamp(folder: Path) -> str:
    """Give what changes whenever a file that the index reads does."""
    files = [folder / name for name in (CONFIG, META, STATUS, EVENTS)]
    files += segment_paths(folder / MEASUREMENTS).values()
    return ";".join(_stamp_of_file(path) for path in files)


def _stamp_of_file(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "-"
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"


def _forget(connection: Connection, folders: list[str]) -> None:
    for table in (metrics_table, runs_table):
        for folder in folders:
            connection.execute(delete(table).where(table.c.folder == folder))


def _learn(connection: Connection, folder: Path, is_sample: bool, stamp: str) -> None:
    told, meta = RunConfig("", {}, 0.0), Meta()
    with suppress(InputError):
        told = read_config(folder)
    with suppress(InputError):
        meta = read_meta(folder)
    try:
        series = read_history(folder).series
    except CoreError:
        series = {}
    connection.execute(insert(runs_table).values(
        folder=str(folder), stamp=stamp, is_sample=is_sample, name=meta.name,
        tags=encode(list(meta.tags)), note=meta.note, group=meta.group, archived=meta.archived,
        experiment=told.experiment, created_s=told.created_s, config=encode(told.config),
    ))  # fmt: skip
    rows = [{"folder": str(folder), "metric": metric} | _summary(one)
            for metric, one in series.items() if len(one)]  # fmt: skip
    if rows:
        connection.execute(insert(metrics_table), rows)


def _summary(series: Series) -> dict[str, float | None]:
    value = series.value[~np.isnan(series.value)]
    low, high = (value.min(), value.max()) if len(value) else (math.nan, math.nan)
    numbers = {"last": series.value[-1], "low": low, "high": high}
    # A column of numbers has no NaN.
    return {name: None if math.isnan(number) else float(number) for name, number in numbers.items()}


def _to_row(row: Any, metrics: Mapping[str, MetricSummary]) -> RunRow:
    # Not from the index: a process may have died since without a file that changed.
    folder = Path(row.folder)
    status = read_status(folder)
    return RunRow(
        id=folder.name, folder=folder, name=row.name, tags=tuple(decode(row.tags)),
        note=row.note, group=row.group, experiment=row.experiment, state=status.state,
        created_s=row.created_s, step=status.step, total_steps=status.total_steps,
        message=status.message, is_sample=row.is_sample, metrics=metrics,
        config=decode(row.config), is_archived=row.archived,
    )  # fmt: skip
