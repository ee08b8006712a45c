"""Thinned lines of runs that have not changed: a live view makes those anew only that grew."""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from core.figures.overlay_lines import Line, Lost, OverlayAxes, line_of
from core.history import History

MOST_LOOKS: Final = 16  # ways in which one run is looked at that are remembered


@dataclass(frozen=True, eq=False)
class Thinned:
    """A line as it can be drawn, how many points it stands for, and what of it is lost."""

    line: Line | None
    total: int
    lost: Lost


# A history that nobody holds any more takes its lines with it.
_KNOWN: WeakKeyDictionary[History, dict[tuple[str, OverlayAxes, int], Thinned]] = (
    WeakKeyDictionary()
)


def thinned_line(history: History, metric: str, axes: OverlayAxes, most: int) -> Thinned:
    """Give the line of a metric with at most so many points; the same object for the same asked.

    Args:
        history: Never changed: a run that grew has another one.
        metric: Key of the series.
        axes: How it is looked at.
        most: Points that are kept.
    """
    looks = _KNOWN.setdefault(history, {})
    key = metric, axes, most
    if (known := looks.get(key)) is not None:
        return known
    line, lost = line_of(history, metric, axes)
    total = 0 if line is None else len(line.x)
    kept = None if line is None or not total else line.kept(most, x_log=axes.x_log)
    if len(looks) >= MOST_LOOKS:
        looks.clear()
    looks[key] = Thinned(kept, total, lost)
    return looks[key]
