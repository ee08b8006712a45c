"""The points of a log in long form: a step, a time, a metric and a value each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

MOST_STEPS = 2**53  # up to here a float is a whole number


@dataclass(frozen=True, eq=False)
class Points:
    """Some values of a log, in the order in which they were told.

    Args:
        names: Metrics by their names in the log.
        metric: Place of the metric of each value in `names`.
        step: Whole numbers.
        time_s: Seconds since 1970, or since the start; NaN where it is not known.
        value: May be NaN or infinite; what was not measured has no point.
    """

    names: tuple[str, ...]
    metric: Int[np.ndarray, " points"]
    step: Int[np.ndarray, " points"]
    time_s: Float[np.ndarray, " points"]
    value: Float[np.ndarray, " points"]

    def __len__(self) -> int:
        """Give the number of values."""
        return len(self.step)

    def at(
        self, place: Int[np.ndarray, " chosen"] | Bool[np.ndarray, " points"] | slice
    ) -> "Points":
        """Give the points at some places."""
        return Points(
            self.names, self.metric[place], self.step[place], self.time_s[place], self.value[place]
        )


Blocks = Callable[[], Iterator[Points]]


def joined(blocks: Iterable[Points]) -> Points:
    """Join blocks whose lists of names may differ."""
    places: dict[str, int] = {}
    parts: list[Points] = []
    for block in blocks:
        own = [places.setdefault(name, len(places)) for name in block.names]
        metric = np.array(own, np.int32)[block.metric] if own else block.metric
        parts.append(Points((), metric, block.step, block.time_s, block.value))
    columns = (("metric", np.int32), ("step", np.int64), ("time_s", float), ("value", float))
    return Points(tuple(places), *(
        np.concatenate([getattr(part, name) for part in parts] or [np.empty(0, kind)])
        for name, kind in columns
    ))  # fmt: skip


def doubles(points: Points) -> tuple[Int[np.ndarray, " metrics"], int]:
    """Count the values that another value of the same metric and step replaces.

    Returns:
        How many of each metric, by its place in `names`; and how many of all differ from it.
    """
    pair = points.step * len(points.names) + points.metric
    if bool(np.all(np.diff(pair) > 0)):
        return np.zeros(len(points.names), int), 0
    bits = points.value.view(np.int64)  # NaN equals NaN here
    order = np.lexsort((bits, pair))
    same = np.diff(pair[order]) == 0
    replaced = np.bincount(points.metric[order[1:]][same], minlength=len(points.names))
    return replaced, int((same & (np.diff(bits[order]) != 0)).sum())
