"""What is followed: its format, and the files that belong to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.follow.event_files import EventFile
from core.follow.lines import JsonObjects, Lines, Table
from core.follow.rows import Decoder
from core.importers.paths import full_path
from core.importers.tensorboard import MARK

DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "tensorboard": EventFile,
    "json_rows": lambda: Lines(JsonObjects()),
    "table": lambda: Lines(Table()),
}
NAMED: Final = {
    ".jsonl": "json_rows", ".ndjson": "json_rows",
    ".csv": "table", ".tsv": "table",
}  # fmt: skip
GROWING: Final = "a file of lines (CSV, JSON objects) or TensorBoard's event files"


@dataclass(frozen=True)
class Source:
    """What is followed.

    Args:
        path: A file, or a folder with event files.
        format: One of DECODERS: the name of its importer.
    """

    path: Path
    format: str

    def files(self) -> tuple[Path, ...]:
        """List the files there are now, in the order in which they were begun."""
        if not self.path.is_dir():
            return (self.path,)
        return tuple(sorted(path for path in self.path.iterdir() if MARK in path.name))


def find_source(path: Path) -> Source:
    """Find out what a file or folder holds.

    A file whose name tells its format may still be empty, or not be there yet.

    Args:
        path: A file; or a folder with event files, or with one file that grows.

    Raises:
        InputError: It is nothing that grows line by line or record by record, or a folder holds
            several runs; names them.
    """
    place = full_path(path).absolute()
    if place.is_dir():
        return _in_folder(place)
    if not place.parent.is_dir():
        raise InputError(str(path), expected="a file or folder", came="none of that name",
                         do="Check the path")  # fmt: skip
    return Source(place, _format(place))


def _format(file: Path) -> str:
    """Tell the format by the name where that says it, else by the content."""
    known = "tensorboard" if MARK in file.name else NAMED.get(file.suffix.lower(), "")
    if not known and not file.exists():
        raise InputError(file.name, expected=GROWING, came="nothing that is there yet",
                         do="Follow it once its trainer has begun; only a file whose name ends in "
                         f"{', '.join(NAMED)} can be awaited")  # fmt: skip
    if not known and file.is_file():
        from core.importers.importers import find_importer  # noqa: PLC0415 - brings pandas

        known = find_importer(file).name
    if known in DECODERS:
        return known
    came = f"a file of format {known}, which is whole when it is there" if known else file.name
    raise InputError(file.name, expected=GROWING, came=came, do="Import it instead, or name another"
                     )  # fmt: skip


def _in_folder(folder: Path) -> Source:
    """Find the one run of a folder: its event files, or its one file of lines."""
    places = sorted({path.parent for path in folder.rglob(f"*{MARK}*") if path.is_file()})
    if folder in places:
        return Source(folder, "tensorboard")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in NAMED)
    choices = [*places, *files]
    if len(choices) != 1:
        names = ", ".join(path.relative_to(folder).as_posix() for path in choices[:5])
        came = f"{len(choices)} ({names})" if choices else "a folder without one"
        raise InputError(str(folder), expected=f"one run: {GROWING}", came=came,
                         do="Name one of them")  # fmt: skip
    return Source(choices[0], "tensorboard" if places else _format(choices[0]))
