"""The one table of the formats that can be imported, and finding the one of a file or folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.events import Event
from core.importers import history_json, json_rows, mlflow, table, tensorboard, wandb_csv
from core.importers.column_mapping import ColumnMapping, guess_mapping
from core.importers.json_file import read_head, refuse
from core.importers.log import Log

# How packed files begin. They are not opened: a small one may hold more than fits anywhere.
PACKED: Final = {
    b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR",
}  # fmt: skip


def one_run(_source: Path) -> tuple[str, ...]:
    """List the runs of a format whose files hold one, without a name."""
    return ("",)


def own_file(source: Path, _run: str = "") -> tuple[Path, ...]:
    """List the files of a format whose runs are a file."""
    return (source,)


@dataclass(frozen=True)
class Importer:
    """A format of a log.

    Args:
        name: Its key in the table, and the experiment that its runs name.
        title: As on the screen.
        suffixes: Usual endings of its files, with the dot; only a hint. None of a folder.
        detect: Says from the beginning of a file whether it is of this format; never raises.
        read: Gives the events of a run: RunStarted, steps that never fall, RunEnded. It raises
            InputError at the call, before the first event. Takes the name of a run besides the
            source where a source may hold several.
        open_log: Checks a run and says what is in it; takes the source and the name of the run.
        runs: Names the runs of a source.
        files: Lists the files of a run.
        guess: Says how columns would be read, where a person can correct it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    detect: Callable[[Path], bool]
    read: Callable[..., Iterator[Event]]
    open_log: Callable[[Path, str], Log]
    runs: Callable[[Path], tuple[str, ...]] = one_run
    files: Callable[[Path, str], tuple[Path, ...]] = own_file
    guess: Callable[[Path], ColumnMapping] | None = None


HISTORY_JSON = Importer(
    name=history_json.FORMAT,
    title="JSON history, one value an epoch",
    suffixes=(".json",),
    detect=history_json.detect,
    read=history_json.read,
    open_log=lambda source, _: history_json.open_log(source),
)
JSON_ROWS = Importer(
    name=json_rows.FORMAT,
    title="rows of JSON, one object a line or in a list (W&B, Hugging Face)",
    suffixes=(".jsonl", ".ndjson", ".json"),
    detect=json_rows.detect,
    read=json_rows.read,
    open_log=lambda source, _: json_rows.open_log(source),
)
TENSORBOARD = Importer(
    name=tensorboard.FORMAT,
    title="TensorBoard event files",
    suffixes=(".tfevents",),
    detect=tensorboard.detect,
    read=tensorboard.read,
    open_log=tensorboard.open_log,
    runs=tensorboard.runs,
    files=tensorboard.files,
)
MLFLOW = Importer(
    name=mlflow.FORMAT,
    title="MLflow's folder of a run",
    suffixes=(),
    detect=mlflow.detect,
    read=mlflow.read,
    open_log=mlflow.open_log,
    runs=mlflow.runs,
    files=mlflow.files,
)
WANDB_CSV = Importer(
    name=wandb_csv.FORMAT,
    title="chart of W&B as CSV",
    suffixes=(".csv",),
    detect=wandb_csv.detect,
    read=wandb_csv.read,
    open_log=wandb_csv.open_log,
    runs=wandb_csv.runs,
)
TABLE = Importer(
    name=table.FORMAT,
    title="CSV or TSV (Lightning)",
    suffixes=(".csv", ".tsv", ".txt"),
    detect=table.detect,
    read=table.read,
    open_log=lambda source, _: table.open_log(source),
    guess=guess_mapping,
)

IMPORTERS: dict[str, Importer] = {
    importer.name: importer
    # TABLE says of any damaged CSV what is wrong with it, WANDB_CSV only of its own.
    for importer in (HISTORY_JSON, JSON_ROWS, TENSORBOARD, MLFLOW, TABLE, WANDB_CSV)
}


def find_importer(source: Path) -> Importer:
    """Find the format of a file or folder by its content; of a damaged one by its name.

    Raises:
        InputError: It is not there, packed, or of no format that is known.
    """
    if not source.exists():
        refuse(source.name, "a file or folder", "none of that name", "Check the path")
    for importer in IMPORTERS.values():
        if importer.detect(source):
            return importer
    if source.is_dir():
        raise _unknown(source, "a folder without one of them")
    head = read_head(source)
    packed = next((kind for mark, kind in PACKED.items() if head.startswith(mark)), "")
    if packed:
        raise InputError(source.name, expected="a log that is not packed", came=f"a {packed} file",
                         do="Unpack it, and give the log itself")  # fmt: skip
    for importer in IMPORTERS.values():
        if head and any(suffix in source.name.lower() for suffix in importer.suffixes):
            return importer  # which says what is wrong with it
    raise _unknown(source, "another kind of file" if head else "an empty file")


def _unknown(source: Path, came: str) -> InputError:
    titles = "; ".join(importer.title for importer in IMPORTERS.values())
    return InputError(source.name, expected=titles, came=came, do="Choose another file or folder")
