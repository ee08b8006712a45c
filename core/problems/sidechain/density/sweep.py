"""One option after another varied, the others as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from core.problems.sidechain.density.limit import LimitOptions


@dataclass(frozen=True)
class Sweep:
    """An option that is varied.

    Args:
        label: As on an axis, with its unit.
        values: That it takes.
        scale: What a value is multiplied by on the axis.
        is_log: Whether the values are spread by factors.
    """

    label: str
    values: tuple[float, ...]
    scale: float = 1.0
    is_log: bool = False


SWEEPS: Final[Mapping[str, Sweep]] = {
    "l_max": Sweep("highest degree l_max", (0, 1, 2, 3, 4, 5, 6, 8, 10, 12)),
    "shells": Sweep("shells", (4, 6, 8, 10, 12, 16, 20, 24, 32)),
    "width_angstrom": Sweep(
        "shell width σ, Å", (0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0), is_log=True
    ),
    "r_max_angstrom": Sweep("outer radius r_max, Å", (2, 3, 4, 5, 6, 7, 8, 10, 12)),
    "tau": Sweep("threshold τ, coefficient", (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)),
    "noise": Sweep("noise, % of the root mean square", (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), 100.0),
}


def swept(options: LimitOptions, name: str) -> dict[float, LimitOptions]:
    """Give the options of each point of a sweep by its value, the present value among them.

    Example:
        >>> list(swept(LimitOptions(l_max=7), "l_max"))
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12]
    """
    now = getattr(options, name)
    # One number, one option: 0 of an integer and of a float are kept once, ascending.
    values = sorted({*SWEEPS[name].values, now})
    whole = isinstance(now, int)
    return {value: replace(options, **{name: int(value) if whole else float(value)})
            for value in values}  # fmt: skip


def first_best(values: Mapping[float, float], alike: float = 1e-3) -> float:
    """Find the first place whose value is the lowest, or all but.

    Example:
        >>> first_best({0: 5.2, 2: 0.1004, 4: 0.1})
        2
    """
    known = {place: value for place, value in values.items() if isfinite(value)}
    if not known:
        return next(iter(values))
    lowest = min(known.values())
    return next(place for place, value in known.items() if value <= lowest + alike)
