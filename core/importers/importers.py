"""The one table of the formats that can be imported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.events import Event
from core.importers import history_json


@dataclass(frozen=True)
class Importer:
    """A format of a log.

    Args:
        name: Its key in the table, and the experiment that its runs name.
        title: As on the screen.
        suffixes: Usual endings of its files, with the dot; only a hint.
        detect: Says from the beginning of a file whether it is of this format; never raises.
        read: Gives the events of a run: RunStarted, steps that never fall, RunEnded. It raises
            InputError at the call, before the first event.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    detect: Callable[[Path], bool]
    read: Callable[[Path], Iterator[Event]]


HISTORY_JSON = Importer(
    name=history_json.FORMAT,
    title="JSON history, one value an epoch",
    suffixes=(".json",),
    detect=history_json.detect,
    read=history_json.read,
)

IMPORTERS: dict[str, Importer] = {importer.name: importer for importer in (HISTORY_JSON,)}
