"""TensorBoard's event files: every scalar, of one file or of a folder of runs.

A folder holds a run for each folder in it that has event files, as TensorBoard itself sees it.
Several files of one folder are one run that was started again.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import InputError
from core.events import Event
from core.importers.json_file import read_head, refuse
from core.importers.log import About, Log, check_log
from core.importers.points import Points
from core.importers.run_choice import choose_run, files_below
from core.importers.side_files import read_hparams
from core.importers.telling import tell
from core.importers.tensorboard_records import HEAD, Scalar, records, restart_step, scalars, tags

FORMAT: Final = "tensorboard"
MARK: Final = "tfevents"  # in the names of event files
FIRST: Final = b"brain.Event:"  # in the first record of each
PIECE: Final = 4_000_000
# Of an event: the field session_log, its length, and its status START.
START: Final = re.compile(rb"\x3a[\x02-\xff].?\x08\x01", re.DOTALL)
START_BYTES: Final = 5


def detect(source: Path) -> bool:
    """Say whether it is an event file, or a folder with one somewhere in it."""
    if source.is_dir():
        try:
            return any(map(detect, _files(source)))
        except InputError:
            return False
    head = read_head(source)
    if len(head) < HEAD.size:
        return False
    length, _ = HEAD.unpack_from(head)
    return FIRST in head[HEAD.size : HEAD.size + length]


def runs(source: Path) -> tuple[str, ...]:
    """List the runs: folders with event files, relative to the source; "." is itself."""
    if source.is_file():
        return ("",)
    return tuple(sorted({path.parent.relative_to(source).as_posix() for path in _files(source)}))


def files(source: Path, run: str = "") -> tuple[Path, ...]:
    """List the event files of a run, in the order in which they were begun.

    Raises:
        InputError: There is no such run, or several and none was chosen.
    """
    if not source.is_dir():
        return (source,)
    chosen = source / choose_run(run, runs(source), source.name)
    return tuple(path for path in _files(source) if path.parent == chosen)


def open_log(source: Path, run: str = "") -> Log:
    """Check a run and count what is in it.

    A file that breaks off in a record, as a living one may, is read up to there.

    Args:
        source: An event file, or a folder with one run or more.
        run: Its name among `runs`, where there are several.

    Raises:
        InputError: A checksum is wrong; it names the record and its byte, and nothing is read.
    """
    paths = files(source, run)
    folder = paths[-1].parent
    name = "" if source in paths else folder.name
    about = About(FORMAT, paths[-1], name, config=read_hparams(folder))
    return check_log(about, partial(_blocks, paths))


def read(source: Path, run: str = "") -> Iterator[Event]:
    """Give the events of a run; see `open_log`."""
    return tell(open_log(source, run))


def _files(folder: Path) -> list[Path]:
    # The name holds the second at which a file was begun.
    return files_below(folder, lambda name: MARK in name)


def _blocks(paths: Sequence[Path], notes: list[str], others: dict[str, None]) -> Iterator[Points]:
    """Read files piece by piece; what gives way to a writer that goes on is left out.

    Args:
        paths: In order.
        notes: Gets a sentence for a file that breaks off, and for what gave way.
        others: Gets the tags that are no scalars.
    """
    restarts = _restarts(paths)
    left, gone = restarts, 0
    for path in paths:
        number = 0
        for payloads in _payloads(path, notes):
            told: list[Scalar] = []
            for payload in payloads:
                number += 1
                left = left[1:] if left and left[0].at == (path, number) else left
                try:
                    found = scalars(payload)
                    others |= {} if found else dict.fromkeys(tags(payload))
                except ValueError as error:
                    refuse(f"{path.name}, record {number:,}", "an event", str(error))
                kept = found
                if left:
                    kept = [one for one in found if all(one.step < later.step for later in left)]
                gone += len(found) - len(kept)
                told += kept
            yield _points(told)
    if gone:
        steps = ", ".join(f"{restart.step:,}" for restart in restarts)
        notes.append(f"A writer went on from step {steps}: {gone:,} values told before at that "
                     "step or later gave way, as in TensorBoard.")  # fmt: skip


@dataclass(frozen=True)
class _Restart:
    """A record that says from which step its writer goes on."""

    at: tuple[Path, int]
    step: int


def _restarts(paths: Sequence[Path]) -> tuple[_Restart, ...]:
    """Find where writers went on, in a pass of its own: they make earlier points give way."""
    found: list[_Restart] = []
    for path in filter(_may_restart, paths):
        payloads = chain.from_iterable(_payloads(path, []))
        for number, payload in enumerate(payloads, start=1):
            with suppress(ValueError):  # told by whoever reads the scalars
                step = restart_step(payload)
                found += [] if step is None else [_Restart((path, number), step)]
    return tuple(found)


def _may_restart(path: Path) -> bool:
    """Look for the bytes of a start: nearly no file has them, and the pass is spared."""
    tail = b""
    try:
        with path.open("rb") as file:
            while more := file.read(PIECE):
                if START.search(tail + more):
                    return True
                tail = more[-START_BYTES:]
    except OSError:  # told by whoever reads the records
        return True
    return False


def _payloads(path: Path, notes: list[str]) -> Iterator[tuple[bytes, ...]]:
    """Read the whole records of a file, some megabytes at a time."""
    left, begin, number, size = b"", 0, 0, PIECE
    try:
        with path.open("rb") as file:
            while more := file.read(size):
                found = records(left + more)
                number += len(found.payloads)
                if found.fault:
                    where = f"{path.name}, record {number + 1:,}, byte {begin + found.consumed:,}"
                    refuse(where, "a sound record", f"one of which {found.fault}",
                           "Copy the file again; nothing of it was read")  # fmt: skip
                yield found.payloads
                left = (left + more)[found.consumed :]
                begin += found.consumed
                # A record larger than a piece: read twice as much, not the same again and again.
                size = PIECE if found.consumed else 2 * size
    except OSError as error:
        came = error.strerror or str(error)
        refuse(path.name, "a readable file", came, "Check the path and its permissions")
    if left:
        notes.append(f"{path.name} breaks off in record {number + 1:,}, {len(left):,} bytes after "
                     f"byte {begin:,}: read up to there.")  # fmt: skip


def _points(told: Sequence[Scalar]) -> Points:
    names: dict[str, int] = {}
    metric = [names.setdefault(scalar.tag, len(names)) for scalar in told]
    return Points(
        tuple(names),
        np.array(metric, np.int32),
        np.array([scalar.step for scalar in told], np.int64),
        np.array([scalar.time_s for scalar in told], float),
        np.array([scalar.value for scalar in told], float),
    )
