"""What an import would bring, read without saving anything."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.events import Plain
from core.history import Series, clean_series
from core.importers import table
from core.importers.column_mapping import ColumnMapping
from core.importers.importers import Importer, find_importer
from core.importers.json_file import refuse
from core.importers.log import MOST_KEPT, Axis, FoundMetric, Log
from core.importers.paths import full_path
from core.importers.points import joined

FIRST = ("val/total_loss", "train/total_loss")  # drawn where a log has them
MOST_DRAWN = 2


@dataclass(frozen=True)
class Preview:
    """What was recognised in a source.

    Args:
        format: Name of the importer.
        title: Of the format, as on the screen.
        runs: Names of all runs in the source; "" is the only one of a file.
        run: The one that the rest is about.
        name: What the run would be called.
        axis: What its steps count.
        metrics: Each with its name there and its key here.
        left_out: What is there and would not be read.
        notes: What is worth a sentence.
        config: Options that were found.
        mapping: How the columns are read, where that can be corrected.
        identity: The same for the same content; what is imported twice is there once.
        drawn: The metrics that a chart shows first, by key; none of a log of more than 2,000,000
            values.
        told: Values that were read; of several of a step one is imported.
    """

    format: str
    title: str
    runs: tuple[str, ...]
    run: str
    name: str
    axis: Axis
    metrics: tuple[FoundMetric, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    config: Mapping[str, Plain]
    mapping: ColumnMapping | None
    identity: str
    drawn: Mapping[str, Series]
    told: int

    @property
    def points(self) -> int:
        """All values that would be imported."""
        return sum(metric.points for metric in self.metrics)


def preview(
    source: Path, run: str = "", mapping: ColumnMapping | None = None, *, name: str = ""
) -> Preview:
    """Read a source to its end and say what an import would bring; saves nothing.

    Args:
        source: A file or folder of any known format; "~" is a home folder.
        run: One of its runs; empty takes the first.
        mapping: How columns are read; guessed where it is None.
        name: What the run is called where the log does not say; else the name of the source.

    Raises:
        InputError: It is of no known format, or something in it cannot be used.
    """
    source = full_path(source)
    importer = find_importer(source)
    runs = importer.runs(source)
    run = run or runs[0]
    if mapping is None and importer.guess is not None:
        mapping = importer.guess(source)
    log = open_source(importer, source, run, mapping)
    return Preview(
        importer.name, importer.title, runs, run, log.run or name or plain_name(source), log.axis,
        log.metrics, log.left_out, log.notes, log.config, mapping,
        identity(importer, source, run, mapping), drawn_series(log), log.told,
    )  # fmt: skip


def drawn_series(log: Log) -> dict[str, Series]:
    """Read the metrics of a log that tell most: losses, then what was validated, then the rest.

    A log of more than 2,000,000 values gives none: a preview does not read it again.
    """
    if log.told > MOST_KEPT:
        return {}
    names = {metric.key: metric.name for metric in log.metrics}
    usual = [key for key in names if key.startswith(("val", "test"))]
    keys = [*(key for key in FIRST if key in names), *usual, *names]
    points = joined(log.blocks())
    series: dict[str, Series] = {}
    for key in tuple(dict.fromkeys(keys))[:MOST_DRAWN]:
        own = points.at(points.metric == points.names.index(names[key]))
        series[key] = clean_series(key, own.step, own.time_s, own.value)
    return series


def open_source(
    importer: Importer, source: Path, run: str = "", mapping: ColumnMapping | None = None
) -> Log:
    """Check a run of a source by a format.

    Raises:
        InputError: Something in it cannot be used, or the format has no columns to be mapped.
    """
    if mapping is None:
        return importer.open_log(source, run)
    if importer.guess is None:
        refuse(source.name, f"no mapping of columns for {importer.title}", "one",
               "Import it without")  # fmt: skip
    return table.open_log(source, mapping)


def plain_name(source: Path) -> str:
    """Give the name of a source without the ending of a file."""
    return source.name if source.is_dir() else source.stem


def identity(
    importer: Importer, source: Path, run: str = "", mapping: ColumnMapping | None = None
) -> str:
    """Give a SHA-256 of what is read: the contents of the files, and how they are read.

    Does not depend on where the files lie or, of a single file, on its name.

    Raises:
        InputError: A file cannot be read.
    """
    paths = sorted(importer.files(source, run))
    common = Path(os.path.commonpath([path.parent for path in paths]))
    chosen = run if len(importer.runs(source)) > 1 and source.is_file() else ""
    told = [importer.name, chosen, repr(mapping) if mapping else ""]
    for path in paths:
        told.append("" if path == source else path.relative_to(common).as_posix())
        try:
            with path.open("rb") as file:
                told.append(hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as error:
            came = error.strerror or str(error)
            refuse(path.name, "a readable file", came, "Check the path and its permissions")
    return hashlib.sha256("\0".join(told).encode(errors="replace")).hexdigest()
