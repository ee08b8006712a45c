"""Bringing a log of another tool in as a run: all of it, or nothing."""

import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.events import Measured, RunStarted
from core.importers.column_mapping import ColumnMapping
from core.importers.importers import find_importer
from core.importers.log import Log
from core.importers.names import limited
from core.importers.paths import full_path
from core.importers.preview import identity, open_source, plain_name
from core.importers.telling import tell
from core.runs.files import STATUS, cannot_write
from core.runs.folder import NAME_LETTERS, new_run, runs_home
from core.runs.writer import RunWriter

IDENTITY: Final = "content"  # the fact of a run that tells what it was read from
ID_LETTERS: Final = 16
BUILDING: Final = ".importing"
ABANDONED_S: Final = 3600.0
PROGRESS_STEPS: Final = 200


def run_of(content: str, format_name: str) -> Path:
    """Give the folder of what is imported, which may not be there yet.

    Args:
        content: Its identity, see `core.importers.preview.identity`.
        format_name: Name of the importer.
    """
    return runs_home() / f"{format_name}-{content[:ID_LETTERS]}"


def import_run(
    source: Path,
    run: str = "",
    mapping: ColumnMapping | None = None,
    *,
    name: str = "",
    group: str = "",
    progress: Callable[[float], None] = lambda _: None,
) -> Path:
    """Import a run of a source; what has been imported before is not imported again.

    The run appears when it is whole: until then it is built in a hidden folder.

    Args:
        source: A file or folder of any known format, not changed; "~" is a home folder.
        run: One of its runs, where it has several.
        mapping: How columns are read; guessed where it is None.
        name: What the run is called; else as the log says, else as the file is called.
        group: Shared by runs that belong together.
        progress: Told the share that is written; what it raises ends the import.

    Returns:
        The run folder, of the earlier import where there is one.

    Raises:
        InputError: The source is of no known format, or something in it cannot be used.
        UnavailableError: The disk is full or cannot be written.
    """
    source = full_path(source)
    importer = find_importer(source)
    if mapping is None and importer.guess is not None:
        mapping = importer.guess(source)
    content = identity(importer, source, run, mapping)
    folder = run_of(content, importer.name)
    if folder.is_dir():
        return folder
    log = open_source(importer, source, run, mapping)
    called = limited(name or log.run or plain_name(source))[:NAME_LETTERS]
    _sweep(folder.parent)
    building = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}{BUILDING}")
    try:
        new_run(log.format, log.config, name=called, group=group, folder=building)
        _write(log, building, content, progress)
        return _publish(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write(log: Log, folder: Path, content: str, progress: Callable[[float], None]) -> None:
    total = sum(metric.points for metric in log.metrics)
    written = shown = 0
    with RunWriter(folder) as writer:
        for event in tell(log):
            if isinstance(event, RunStarted):
                event = replace(event, facts={**event.facts, IDENTITY: content})  # noqa: PLW2901
            writer.write(event)
            written += len(event.values) if isinstance(event, Measured) else 0
            if written >= shown + total / PROGRESS_STEPS:
                shown = written
                progress(written / total)


def _publish(building: Path, folder: Path) -> Path:
    try:
        building.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # else another one imported the same meanwhile
            raise cannot_write(folder, error) from error
    return folder


def _sweep(place: Path) -> None:
    """Remove what an import that was killed has left: nobody has written it for an hour."""
    for left in place.glob(f".*{BUILDING}"):
        with suppress(OSError):
            if time.time() - (left / STATUS).stat().st_mtime > ABANDONED_S:
                shutil.rmtree(left, ignore_errors=True)
