"""Charts of Weights & Biases as CSV: a column of steps, and three columns a run and metric.

The columns are called "<run> - <metric>", and the same with __MIN and __MAX behind it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.events import Event
from core.importers import table
from core.importers.column_mapping import ColumnMapping, guess_mapping
from core.importers.log import About, Log, check_log
from core.importers.names import harmonised
from core.importers.run_choice import choose_run
from core.importers.table_head import Head, read_table_head
from core.importers.telling import tell

FORMAT: Final = "wandb_csv"
BETWEEN: Final = " - "
OWN_STEP: Final = "_step"


def detect(source: Path) -> bool:
    """Say whether the header has columns of a run, with their minimum and maximum."""
    try:
        return bool(_columns(read_table_head(source)))
    except (InputError, OSError):
        return False


def runs(source: Path) -> tuple[str, ...]:
    """List the runs, in the order of their columns.

    Raises:
        InputError: It is no table.
    """
    return tuple(dict.fromkeys(run for run, _ in _columns(read_table_head(source)).values()))


def open_log(source: Path, run: str = "") -> Log:
    """Check a run of an export and count what is in it.

    Args:
        source: The exported CSV.
        run: Its name among `runs`, where there are several.

    Raises:
        InputError: It is no such export, or a cell is no number; it names the line.
    """
    head = read_table_head(source)
    columns = _columns(head)
    chosen = choose_run(run, runs(source), source.name)
    own = {name: metric for name, (of, metric) in columns.items() if of == chosen}
    mapping = _mapping(source, own)
    about = About(FORMAT, source, chosen, mapping.axis, mapping.metrics, notes=_notes(head, own))
    return check_log(about, lambda notes, _: table.blocks(source, mapping, notes, {}))


def read(source: Path, run: str = "") -> Iterator[Event]:
    """Give the events of a run; see `open_log`."""
    return tell(open_log(source, run))


def _columns(head: Head) -> dict[str, tuple[str, str]]:
    """Give run and metric of each column that has its minimum and maximum beside it."""
    found = [name for name in head.columns if BETWEEN in name
             and all(f"{name}{bound}" in head.columns for bound in table.BOUNDS)]  # fmt: skip
    # A run may have " - " in its name; a metric hardly has.
    return {name: (*name.rsplit(BETWEEN, 1),) for name in found}  # pyright: ignore[reportReturnType]


def _mapping(source: Path, own: dict[str, str]) -> ColumnMapping:
    """Read the run's columns over the x axis of the chart, or over its own steps."""
    guessed = guess_mapping(source)
    step = next((name for name, metric in own.items() if metric == OWN_STEP), "")
    metrics = {name: metric for name, metric in own.items() if metric != OWN_STEP}
    keys = harmonised(metrics.values())
    return replace(
        guessed,
        step=guessed.step or step,
        metrics={name: keys[metric] for name, metric in metrics.items()},
    )


def _notes(head: Head, own: dict[str, str]) -> tuple[str, ...]:
    """Say where the values are averages: there minimum and maximum differ."""
    places = {name: at for at, name in enumerate(head.columns)}
    blurred = [
        metric
        for name, metric in own.items()
        if any(len({row[places[f"{name}{bound}"]] for bound in table.BOUNDS}) > 1
               for row in head.rows)
    ]  # fmt: skip
    if not blurred:
        return ()
    named = ", ".join(blurred[:12])
    return (f"Values of {named} are averages over several steps or runs, as they were exported.",)
