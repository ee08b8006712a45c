"""Closer looks at a run: gradients, weights, a metric by position, and runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, cycle
from math import inf

import numpy as np
from jaxtyping import Float

from core.figures.curves import Curve, CurveFigure, Dash, Panel, Rule, Style, summarise_curves
from core.figures.found_metrics import found_groups
from core.figures.run import stage_labels, stage_rules
from core.figures.run_metrics import metrics_panel
from core.figures.run_series import X_TITLES, RunAxes, broken, positions
from core.figures.theme import OTHER_TERMS, term_color
from core.history import History
from core.metrics import read_key, term_label

PAIR_STYLES: tuple[Style, ...] = (("ink", "solid"), ("muted", "dash"), ("ghost", "solid"))
SET_COLORS = ("ink", "muted", "ghost")
LINE_DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")
MOST_FOUND = 12
BESIDE_COLORS = ("#0072B2", "#009E73", "#E69F00", *OTHER_TERMS)


def summarise_gradients(history: History, axes: RunAxes, *, key: str = "gradients") -> CurveFigure:
    """Collect who pulls the shared parameters, and which terms pull apart (cosine below 0)."""
    pull = tuple(
        curve
        for term in history.terms
        for curve in _curve(history, f"train/{term}/gradient_share", term, axes)
    )
    return _stacked(
        history,
        axes,
        key,
        Panel("gradient share, %", pull, y_range=(0.0, 100.0)),
        Panel(
            "cosine of gradients",
            tuple(_conflicts(history, axes)),
            y_range=(-1.0, 1.0),
            rules=(Rule(0.0, "y", "below 0 they pull apart"),),
        ),
    )


def summarise_weights(history: History, axes: RunAxes, *, key: str = "weights") -> CurveFigure:
    """Collect the weight of each term, and what it costs before its weight."""
    weights = tuple(
        curve
        for term in history.terms
        for curve in _curve(history, f"train/{term}/weight", term, axes, positive=True)
    )
    raws = tuple(
        replace(curve, legend=False)
        for term in history.terms
        for curve in _curve(history, f"train/{term}/raw", term, axes, positive=True)
    )
    return _stacked(
        history, axes, key, Panel("weight", weights, y_log=True), Panel("value", raws, y_log=True)
    )


def summarise_found(history: History, axes: RunAxes, *, key: str = "metrics") -> CurveFigure:
    """Collect the metrics that a run has, a panel a name; of very many the first twelve names."""
    rules = stage_rules(history, axes)
    panels = tuple(
        replace(panel, rules=(*panel.rules, *rules))
        for group in found_groups(history)[:MOST_FOUND]
        for panel in (metrics_panel(history, group, axes),)
    )
    record = CurveFigure(f"{key}-{axes.x}", X_TITLES[axes.x], panels, columns=2)
    return summarise_curves(record)


def summarise_optimiser(history: History, axes: RunAxes, *, key: str = "optimiser") -> CurveFigure:
    """Collect the learning rate and the gradient norm before it is clipped."""
    rate = _metric(history, "train/learning_rate", "ink", axes)
    norm = _metric(history, "train/gradient_norm", "muted", axes)
    return _stacked(
        history,
        axes,
        key,
        Panel("learning rate", tuple(rate)),
        Panel("gradient norm", tuple(norm), y_log=True),
    )


def summarise_positions(
    accuracy: Mapping[str, Mapping[str, Float[np.ndarray, " positions"]]], *, key: str = "positions"
) -> CurveFigure:
    """Collect shares by position from the start, a colour a set; NaN where nothing stands.

    Args:
        accuracy: Fractions from 0 to 1, by set and name of the line.
        key: Name of the chart.
    """
    curves = tuple(
        Curve(
            f"{split}, {name}",
            np.arange(1.0, len(value) + 1),
            100 * value,
            color,
            LINE_DASHES[line % len(LINE_DASHES)],
            gaps=True,
            unit=" %",
        )
        for (split, lines), color in zip(accuracy.items(), cycle(SET_COLORS))
        for line, (name, value) in enumerate(lines.items())
    )
    return CurveFigure(key, "position, residues", (Panel("%", curves, y_range=(0.0, 100.0)),))


def summarise_beside(
    runs: Sequence[tuple[str, History]], metrics: Sequence[str], axes: RunAxes, *, key: str
) -> CurveFigure:
    """Lay runs over one another: a panel a metric, and the colour of its term for a solo run.

    Args:
        runs: Name and history of each; at most as many as there are colours are told apart.
        metrics: Keys of the panels, from the top.
        axes: The horizontal axis.
        key: Name of the chart.
    """
    panels = []
    for metric in metrics:
        spec = read_key(metric).spec
        curves: list[Curve] = []
        for (name, history), (color, dash) in zip(runs, _run_styles(runs), strict=True):
            found = _metric(history, metric, color, axes)
            curves += [replace(curve, name=name, dash=dash) for curve in found]
        unit = "%" if spec.unit == "fraction" else spec.unit
        title = f"{read_key(metric).label}, {unit}" if unit else read_key(metric).label
        y_range = (0.0, 100.0) if spec.unit == "fraction" else None
        is_log = spec.low >= 0 and spec.high == inf
        panels.append(Panel(title, tuple(curves), y_range=y_range, y_log=is_log))
    return summarise_curves(CurveFigure(key, X_TITLES[axes.x], tuple(panels)))


def _run_styles(runs: Sequence[tuple[str, History]]) -> list[Style]:
    """Give each run a colour; a second one of the same colour is dashed."""
    colors: list[str] = []
    styles: list[Style] = []
    for place, (_, history) in enumerate(runs):
        solo = str(history.started.config.get("solo") or "") if history.started else ""
        other = BESIDE_COLORS[place % len(BESIDE_COLORS)]
        color = term_color(solo, history.terms) if solo else other
        styles.append((color, LINE_DASHES[colors.count(color) % len(LINE_DASHES)]))
        colors.append(color)
    return styles


def _stacked(history: History, axes: RunAxes, key: str, *panels: Panel) -> CurveFigure:
    """Put panels below one another, with the stages marked."""
    rules, (first, *rest) = stage_rules(history, axes), panels
    headed = (replace(first, top_labels=stage_labels(history, axes)), *rest)
    marked = tuple(replace(panel, rules=(*panel.rules, *rules)) for panel in headed)
    return summarise_curves(CurveFigure(f"{key}-{axes.x}", X_TITLES[axes.x], marked))


def _curve(
    history: History, metric: str, term: str, axes: RunAxes, *, positive: bool = False
) -> list[Curve]:
    color = term_color(term, history.terms)
    return [
        replace(curve, name=term_label(term))
        for curve in _metric(history, metric, color, axes, positive=positive)
    ]


def _metric(
    history: History, metric: str, color: str, axes: RunAxes, *, positive: bool = False
) -> list[Curve]:
    series = history.series.get(metric)
    if series is None or not len(series):
        return []
    key = read_key(metric)
    factor = 100.0 if key.spec.unit == "fraction" else 1.0
    value = np.where(np.isfinite(series.value), factor * series.value, np.nan)
    if positive:
        value = np.where(value > 0, value, np.nan)
    x, value = broken(series.step, positions(history, axes, series.step), value)
    x = np.where(np.isnan(x), np.roll(x, 1), x)
    return [Curve(key.label, x, value, color, gaps=True)]


def _conflicts(history: History, axes: RunAxes) -> list[Curve]:
    curves = []
    for place, (first, second) in enumerate(combinations(history.terms, 2)):
        color, dash = PAIR_STYLES[place % len(PAIR_STYLES)]
        for curve in _metric(history, f"train/{first}+{second}/conflict", color, axes):
            name = f"{term_label(first)} and {term_label(second)}"
            curves.append(replace(curve, name=name, dash=dash, width=1.6))
    return curves
