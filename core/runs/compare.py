"""What differs between runs: their options, and one number of each metric."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Final, Literal

import numpy as np

from core.events import Plain
from core.history import Series
from core.runs.index import MetricSummary, RunRow

Statistic = Literal["last", "lowest", "highest", "at step", "median"]
STATISTICS: Final[tuple[Statistic, ...]] = ("last", "lowest", "highest", "at step", "median")
FROM_SERIES: Final = ("at step", "median")  # the index does not hold what these need
SEED: Final = "seed"
# Where a run writes, and what it is called, shape nothing.
NOT_SHAPING: Final = ("output_dir", "run_id")
NOTHING: Final = "–"


@dataclass(frozen=True)
class Difference:
    """An option that is not the same in all runs.

    Args:
        option: Its name; parts of a nested one are joined by dots.
        values: Of each run; None where it has no such option.
    """

    option: str
    values: tuple[Plain, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as text, a dash where there is none."""
        return tuple(map(option_text, self.values))


def differing_options(configs: Sequence[Mapping[str, Plain]]) -> tuple[Difference, ...]:
    """List the options that are not the same in all configurations, in the order of the first.

    Example:
        >>> differing_options([{"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}}])
        (Difference(option='b.c', values=(2, 3)),)
    """
    flat = [flattened(config) for config in configs]
    names = dict.fromkeys(name for own in flat for name in own)
    found = (Difference(name, tuple(own.get(name) for own in flat)) for name in names)
    return tuple(d for d in found if len({_written(value) for value in d.values}) > 1)


def flattened(config: Mapping[str, Plain], prefix: str = "") -> dict[str, Plain]:
    """Lay nested options side by side, their names joined by dots.

    Example:
        >>> flattened({"targets": {"ce": [60, 70]}, "seed": 1})
        {'targets.ce': [60, 70], 'seed': 1}
    """
    flat: dict[str, Plain] = {}
    for name, value in config.items():
        if isinstance(value, dict) and value:
            flat |= flattened(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def option_text(value: Plain) -> str:
    """Write the value of an option for a table.

    Example:
        >>> option_text(None), option_text(0.001), option_text([60.0, 70.0]), option_text("a")
        ('–', '0.001', '60, 70', 'a')
    """
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(option_text, value))
    return str(value)


def seed_groups(rows: Sequence[RunRow]) -> tuple[int, ...]:
    """Number the runs by their configuration: those of one number differ in the seed only.

    A run without a configuration is a group of its own.
    """
    numbers: dict[str, int] = {}
    groups = []
    for row in rows:
        shaping = {
            name: value for name, value in row.config.items() if name not in (SEED, *NOT_SHAPING)
        }
        key = _written([row.experiment, shaping]) if shaping else f"alone {row.folder}"
        groups.append(numbers.setdefault(key, len(numbers)))
    return tuple(groups)


def from_summary(summary: MetricSummary | None, statistic: Statistic) -> float:
    """Give what the index holds of a metric; NaN where the run does not measure it.

    Example:
        >>> from_summary(MetricSummary(2.0, 1.0, 3.0), "highest")
        3.0
    """
    if summary is None:
        return nan
    return {"lowest": summary.low, "highest": summary.high}.get(statistic, summary.last)


def from_series(
    series: Series | None, statistic: Statistic, *, step: int = 0, count: int = 5
) -> float:
    """Compute a statistic of a series; NaN where there is nothing to compute it from.

    Args:
        series: None where the run does not measure the metric.
        statistic: "at step" takes the last value measured up to that step, "median" that of the
            last few values, without NaN and inf.
        step: For "at step".
        count: How many values "median" looks at.

    Example:
        >>> told = Series("m", np.array([0, 10]), np.zeros(2), np.array([3.0, 1.0]))
        >>> from_series(told, "at step", step=9), from_series(told, "median", count=2)
        (3.0, 2.0)
    """
    if series is None or not len(series):
        return nan
    if statistic == "at step":
        at = int(np.searchsorted(series.step, step, side="right")) - 1
        return float(series.value[at]) if at >= 0 else nan
    if statistic == "median":
        values = series.value[-max(count, 1) :]
        values = values[np.isfinite(values)]
        return float(np.median(values)) if len(values) else nan
    known = series.value[~np.isnan(series.value)]
    if statistic == "last" or not len(known):
        return float(series.value[-1])
    return float(known.min() if statistic == "lowest" else known.max())


def best_first(values: Sequence[float], *, higher_is_better: bool | None) -> list[int]:
    """Order runs by a metric, the best first; without a direction the lowest is; NaN last.

    Example:
        >>> best_first([0.2, nan, 0.5], higher_is_better=True)
        [2, 0, 1]
    """
    sign = -1.0 if higher_is_better else 1.0
    return sorted(range(len(values)), key=lambda i: (isnan(values[i]), sign * values[i], i))


def _written(value: object) -> str:
    """Write a value so that equal ones are equal, NaN too."""
    return json.dumps(value, sort_keys=True)
