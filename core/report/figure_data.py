"""A figure as the data of a file: once in light colours, and what is different in dark ones."""

import json
from collections.abc import Iterator
from typing import Any

from core.figures.theme import PALETTES
from core.report.blocks import Chart

Path = tuple[str | int, ...]


def chart_data(chart: Chart) -> dict[str, Any]:
    """Give plotly's data and layout in light colours, with a patch that makes them dark.

    Only colours depend on the palette, so the points stand in the file once.
    """
    light, dark = (
        json.loads(chart.figure(PALETTES[mode]).to_json() or "{}") for mode in ("light", "dark")
    )
    return {"figure": light, "dark": [[list(path), value] for path, value in changed(light, dark)]}


def changed(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """List where two trees of plain values differ, with the new value.

    Example:
        >>> list(changed({"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 5}], "c": 3}))
        [(('a', 1, 'b'), 5)]
    """
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key, value in old.items():
            yield from changed(value, new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from changed(one, other, (*path, place))
    elif old != new:
        yield path, new
