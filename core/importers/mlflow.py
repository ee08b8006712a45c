"""MLflow's files: a folder a run, with a file a metric, "time value step" a line."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import InputError
from core.events import Event, Outcome, Plain
from core.importers.json_file import refuse
from core.importers.log import About, Log, check_log
from core.importers.names import limited
from core.importers.points import MOST_STEPS, Points
from core.importers.run_choice import choose_run, files_below
from core.importers.side_files import read_yaml
from core.importers.telling import tell

FORMAT: Final = "mlflow"
META, METRICS, PARAMS, TAGS = "meta.yaml", "metrics", "params", "tags"
NAME_TAG: Final = "mlflow.runName"
LINES: Final = 65_536
MOST_PARAM: Final = 10_000
# MLflow's RunStatus, by number and by name.
OUTCOMES: Final[dict[str, tuple[Outcome, str]]] = {
    "1": ("stopped", "It was running when it was imported."),
    "2": ("stopped", "It waited when it was imported."),
    "4": ("failed", "MLflow calls it failed."),
    "5": ("stopped", "MLflow calls it killed."),
}
STATES: Final = {"RUNNING": "1", "SCHEDULED": "2", "FINISHED": "3", "FAILED": "4", "KILLED": "5"}


def detect(source: Path) -> bool:
    """Say whether it is a folder of a run, or one with such a folder somewhere in it."""
    try:
        return source.is_dir() and bool(runs(source))
    except (InputError, OSError):
        return False


def runs(source: Path) -> tuple[str, ...]:
    """List the runs: folders with meta.yaml and metrics, relative to the source; "." is itself.

    Raises:
        InputError: The folder holds too many files.
    """
    metas = files_below(source, lambda name: name == META)
    found = [meta.parent for meta in metas if (meta.parent / METRICS).is_dir()]
    return tuple(folder.relative_to(source).as_posix() for folder in found)


def files(source: Path, run: str = "") -> tuple[Path, ...]:
    """List the files of a run that are read.

    Raises:
        InputError: There is no such run, or several and none was chosen.
    """
    folder = source / choose_run(run, runs(source), source.name)
    inner = (path for name in (METRICS, PARAMS, TAGS) for path in _inside(folder / name))
    return (folder / META, *inner)


def open_log(source: Path, run: str = "") -> Log:
    """Check a run and count what is in it.

    Args:
        source: A run, an experiment, or the whole mlruns.
        run: Its name among `runs`, where there are several.

    Raises:
        InputError: A line cannot be read, which it names; nothing is read then.
    """
    folder = source / choose_run(run, runs(source), source.name)
    meta = read_yaml(folder / META)
    tag = folder / TAGS / NAME_TAG
    name = str(meta.get("run_name") or (_text(tag) if tag.is_file() else "") or folder.name)
    state = str(meta.get("status", "3"))
    outcome, text = OUTCOMES.get(STATES.get(state, state), ("finished", ""))
    about = About(FORMAT, folder, name, config=_config(folder), outcome=outcome, text=text)
    return check_log(about, partial(_blocks, folder / METRICS))


def read(source: Path, run: str = "") -> Iterator[Event]:
    """Give the events of a run; see `open_log`."""
    return tell(open_log(source, run))


def _inside(folder: Path) -> list[Path]:
    return files_below(folder, lambda name: not name.startswith(".")) if folder.is_dir() else []


def _config(folder: Path) -> dict[str, Plain]:
    params = _inside(folder / PARAMS)
    return {
        limited(path.relative_to(folder / PARAMS).as_posix()): _plain(_text(path))
        for path in params
    }


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(MOST_PARAM).strip()


def _plain(text: str) -> Plain:
    """Read a parameter, which MLflow stores as text.

    Example:
        >>> _plain("3"), _plain("1e-4"), _plain("True"), _plain("adam")
        (3, 0.0001, True, 'adam')
    """
    words: dict[str, Plain] = {"True": True, "False": False, "None": None}
    if text in words:
        return words[text]
    for kind in (int, float):
        try:
            return kind(text) if "_" not in text else text
        except ValueError:
            pass
    return text


def _blocks(folder: Path, notes: list[str], _others: dict[str, None]) -> Iterator[Points]:
    for path in _inside(folder):
        name = path.relative_to(folder).as_posix()
        told: list[tuple[int, float, float]] = []
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                row = _row(line)
                if row is None and line.endswith("\n"):
                    refuse(f"{METRICS}/{name}, line {number:,}", "time, value and step",
                           f"'{line.strip()[:60]}'")  # fmt: skip
                if row is None:
                    notes.append(f"{name}: line {number:,}, the last, breaks off and is left out.")
                    continue
                told.append(row)
                if len(told) >= LINES:
                    yield _points(name, told)
                    told = []
        yield _points(name, told)


def _row(line: str) -> tuple[int, float, float] | None:
    """Read a line as step, seconds, value; files of old versions have no step."""
    cells = line.split()
    if len(cells) not in (2, 3, 5):
        return None
    try:
        step = int(cells[2]) if len(cells) > 2 else 0
        time_s, value = float(cells[0]) / 1_000, float(cells[1])
    except ValueError:
        return None
    return (step, time_s, value) if abs(step) < MOST_STEPS else None


def _points(name: str, told: Sequence[tuple[int, float, float]]) -> Points:
    step, time_s, value = zip(*told, strict=True) if told else ((), (), ())
    columns: Any = np.array(step, np.int64), np.array(time_s, float), np.array(value, float)
    return Points((name,), np.zeros(len(told), np.int32), *columns)
