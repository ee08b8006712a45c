"""The metrics that a run has, grouped into charts: for runs whose problem is not known here."""

from collections.abc import Iterator
from math import inf

import numpy as np

from core.figures.run_names import chart_text
from core.history import History, contribution
from core.metric_table import METRICS
from core.metrics import MetricGroup, MetricKey, MetricLine, read_key, term_label

# What tells how training goes, not how good it is.
LAST = ("learning_rate", "gradient_norm", "clipped", "steps_per_s", "memory_mb", "epoch")
FIRST = "total_loss"
MOST_LINES = 6
MOST_LETTERS = 40
WIDE = 10.0  # a loss that spans this factor stands on a log axis


def found_groups(history: History) -> tuple[MetricGroup, ...]:
    """Group the metrics of a run by their names, a line a split; those that judge it come first.

    Nothing is smoothed: a running mean lags, and beside a held-out line it would tell of a gap that
    is not there.

    Values of terms are one group, where the run has no contributions; what else belongs to a term
    has views of its own.

    Args:
        history: Of any run.
    """
    by_name: dict[str, list[str]] = {}
    for metric, series in history.series.items():
        if len(series) and read_key(metric).term is None:
            by_name.setdefault(read_key(metric).spec.name, []).append(metric)
    order = {name: place for place, name in enumerate(by_name)}

    def rank(name: str) -> tuple[bool, bool, bool, bool, int]:
        is_judged = any(_is_held_out(read_key(metric)) for metric in by_name[name])
        return name in LAST, name != FIRST, not is_judged, name not in METRICS, order[name]

    groups = (_group(history, by_name[name]) for name in sorted(by_name, key=rank))
    return (*([] if has_contributions(history) else _values(history)), *groups)


def has_contributions(history: History) -> bool:
    """Whether a run has told what each term adds to its loss."""
    told = (contribution(history, term) for term in history.terms)
    return any(series is not None and len(series) for series in told)


def _is_held_out(key: MetricKey) -> bool:
    return key.split.startswith(("val", "test", "eval", "dev"))


def _group(history: History, metrics: list[str]) -> MetricGroup:
    keys = [read_key(metric) for metric in metrics]
    ordered = sorted(zip(metrics, keys, strict=True), key=lambda pair: not _is_held_out(pair[1]))
    lines = tuple(
        MetricLine(
            metric,
            _cut(key.split.replace("_", " ")),
            "noisy" if not _is_held_out(key) else "main" if not place else "other",
        )
        for place, (metric, key) in enumerate(ordered[:MOST_LINES])
    )
    label = keys[0].label or metrics[0]
    more = len(metrics) - len(lines)
    remark = f"{len(lines)} of {len(metrics)} lines" if more else ""
    is_log = _is_wide(history, metrics, keys[0])
    return MetricGroup(_cut(label[:1].upper() + label[1:]), lines, is_log, remark=remark)


def _is_wide(history: History, metrics: list[str], key: MetricKey) -> bool:
    """Whether a log axis serves: positive values of a loss over more than a decade."""
    spec = key.spec
    is_loss = "loss" in spec.name.lower() or (spec.low >= 0 and spec.high == inf)
    values = np.concatenate([history.series[metric].value for metric in metrics])
    values = values[np.isfinite(values)]
    return bool(is_loss and len(values) and values.min() > 0 and values.max() / values.min() > WIDE)


def _values(history: History) -> Iterator[MetricGroup]:
    """Give the values of the terms before their weights, each in its colour."""
    told = {term: history.series.get(f"train/{term}/raw") for term in history.terms}
    lines = tuple(
        MetricLine(series.metric, _cut(term_label(term)), term)
        for term, series in told.items()
        if series is not None and len(series)
    )
    if lines:
        values = np.concatenate([history.series[line.key].value for line in lines])
        is_log = bool((values[np.isfinite(values)] > 0).all())
        yield MetricGroup("Value of each term", lines, is_log, remark="")


def _cut(name: str) -> str:
    return chart_text(name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…")
