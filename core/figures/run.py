"""A run on one screen: contributions, shares, how good it is, and how far off."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from core.figures.curves import Curve, CurveFigure, Mark, Panel, Rule, summarise_curves
from core.figures.found_metrics import found_groups, has_contributions
from core.figures.run_metrics import metrics_panel
from core.figures.run_series import X_TITLES, RunAxes, broken, positions, smoothed
from core.figures.theme import term_color
from core.history import History, Series, contribution
from core.metrics import MetricGroup, term_label

MOST_POINTS = 1_000
AREA_POINTS = 500
MOST_PANELS = 4
RAW_OPACITY = 0.28


def summarise_run(
    history: History,
    charts: Sequence[MetricGroup] | None,
    axes: RunAxes,
    *,
    key: str = "run",
) -> CurveFigure:
    """Collect what the live page draws: panels of the terms, then the problem's own charts.

    A single term has no shares to compare, so that panel is left out.

    Args:
        history: What the run has told so far; may be empty.
        charts: Metrics of the problem, two groups; None where the problem is not known: then the
            metrics that the run has, and its terms where it tells what they add.
        axes: How it is looked at.
        key: Name of the run: the zoom is kept as long as it stays the same.
    """
    of_terms: tuple[Panel, ...] = ()
    if charts is not None or has_contributions(history):
        of_terms = (contributions_panel(history, axes),)
        of_terms += () if len(history.terms) == 1 else (shares_panel(history, axes),)
    if charts is None:
        charts = found_groups(history)[: MOST_PANELS - len(of_terms)]
    measured = tuple(metrics_panel(history, group, axes) for group in charts)
    panels = (*of_terms, *measured) or (Panel("", (), title="Nothing has been measured yet"),)
    start, end = _ends(history, axes)
    figure = summarise_curves(
        CurveFigure(
            f"{key}-{axes.x}",
            X_TITLES[axes.x],
            tuple(
                replace(panel, rules=(*panel.rules, *stage_rules(history, axes)))
                for panel in panels
            ),
            x_range=(start, end),
            columns=2,
        ),
        MOST_POINTS,
    )
    first, *rest = figure.panels
    remark = first.remark
    if of_terms:
        remark = "weight × value" + (", log axis" if axes.log_loss else "")
    remark = "; ".join(filter(None, (remark, figure.remark)))
    return replace(figure, panels=(replace(first, remark=remark), *rest))


def _ends(history: History, axes: RunAxes) -> tuple[float, float]:
    last = history.last_step
    if axes.x != "time" and history.started and history.started.total_steps:
        last = max(last, history.started.total_steps)
    end = float(positions(history, axes, np.array([last]))[0])
    return 0.0, max(end, 1.0)


def stage_rules(history: History, axes: RunAxes) -> tuple[Rule, ...]:
    """Give a thin rule where each stage but the first begins."""
    steps = np.array([stage.step for stage in history.stages[1:]], dtype=int)
    return tuple(Rule(float(x)) for x in positions(history, axes, steps))


def stage_labels(history: History, axes: RunAxes) -> tuple[tuple[float, str], ...]:
    """Give the name of each stage at its middle; none where there is but one."""
    if len(history.stages) < 2:
        return ()
    starts = np.array([stage.step for stage in history.stages], dtype=int)
    last = max(history.stages[-1].end_step, history.last_step)
    if axes.x == "time":
        last = max(history.last_step, int(starts[-1]) + 1)
    middle = (starts + np.append(starts[1:], last)) // 2
    names = [stage.stage for stage in history.stages]
    return tuple(zip(positions(history, axes, middle).tolist(), names, strict=True))


def contributions_panel(history: History, axes: RunAxes) -> Panel:
    """Draw what each term adds to the loss: faint raw values, a running mean within stages."""
    curves: list[Curve] = []
    marks: list[Mark] = []
    for term in history.terms:
        series = contribution(history, term)
        if series is None or not len(series):
            continue
        color = term_color(term, history.terms)
        curves += raw_and_smooth(history, series, axes, term_label(term), color, axes.log_loss)
        marks += _lost(history, series, axes, term_label(term))
    return Panel(
        "loss",
        tuple(curves),
        y_log=axes.log_loss,
        marks=tuple(marks),
        title="Contribution of each term",
        top_labels=stage_labels(history, axes),
    )


def raw_and_smooth(
    history: History, series: Series, axes: RunAxes, name: str, color: str, log: bool
) -> Iterator[Curve]:
    """Give faint raw values and a running mean within stages."""
    borders = [stage.step for stage in history.stages]
    x = positions(history, axes, series.step)
    value = np.where(np.isfinite(series.value), series.value, np.nan)
    if log:
        value = np.where(value > 0, value, np.nan)
    mean = smoothed(series.step, value, window_steps=axes.smoothing_steps, borders=borders, log=log)
    x, value, mean = broken(series.step, x, value, mean)
    # The gap stands just behind its left end, so that the positions stay ascending.
    x = np.where(np.isnan(x), np.roll(x, 1), x)
    if axes.smoothing_steps > 1:
        yield Curve(
            f"{name}, raw", x, value, color, width=1.0, legend=False, gaps=True, opacity=RAW_OPACITY
        )
    yield Curve(name, x, mean, color, gaps=True)


def _lost(history: History, series: Series, axes: RunAxes, name: str) -> Iterator[Mark]:
    """Mark where a value is NaN or infinite: it is never dropped without a word."""
    lost = np.flatnonzero(~np.isfinite(series.value))
    if not len(lost):
        return
    finite = series.value[np.isfinite(series.value) & (series.value > 0)]
    at = float(positions(history, axes, series.step[lost[:1]])[0])
    times = f", {len(lost):,} times" if len(lost) > 1 else ""
    text = f"{name}: NaN or inf at {series.step[lost[0]]:,}{times}"
    yield Mark(at, float(np.median(finite)) if len(finite) else 1.0, text)


def shares_panel(history: History, axes: RunAxes) -> Panel:
    """Draw the percentages of the total as areas, with the target of the first term as rules."""
    curves = tuple(
        Curve(term_label(term), x, share, term_color(term, history.terms), unit=" %")
        for term, x, share in _shares(history, axes)
    )
    band = history.started.targets.get(next(iter(history.terms), "")) if history.started else None
    rules: tuple[Rule, ...] = ()
    # One term alone has every share by itself.
    if band is not None and len(history.terms) > 1 and len(curves) != 1:
        low, high = band
        short = term_label(history.terms[0]) if history.terms[0] != "ce" else "CE"
        rules = (
            Rule(low, "y", f"target<br>{short} {low:g}–{high:g}", outside=True),
            Rule(high, "y"),
        )
    return Panel(
        "",
        curves,
        y_range=(0.0, 100.0),
        rules=rules,
        title="Share of the loss",
        remark="%",
        stacked=True,
        top_labels=stage_labels(history, axes),
    )


def _shares(history: History, axes: RunAxes) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Average the shares of single steps as curves are; at few steps that all terms have in common.

    A share of averages would be another thing: large values at the beginning would hide for a
    whole window which term is the larger one now.
    """
    series = {term: contribution(history, term) for term in history.terms}
    known = {term: found for term, found in series.items() if found is not None and len(found)}
    if not known:
        return []
    steps = np.unique(np.concatenate([found.step for found in known.values()]))
    borders = [stage.step for stage in history.stages]
    at = np.unique(np.linspace(0, len(steps) - 1, AREA_POINTS).astype(int))
    beside = np.searchsorted(steps, borders)  # both sides of a border, or the edge is drawn slanted
    chosen = np.unique(np.concatenate([at, beside, beside - 1]))
    chosen = chosen[(chosen >= 0) & (chosen < len(steps))]
    rows = {term: _at_steps(found, steps, borders) for term, found in known.items()}
    total = sum(rows.values(), np.zeros(len(steps)))
    x = positions(history, axes, steps[chosen])
    whole = np.where(total > 0, total, np.nan)
    return [
        (term, x, smoothed(steps, 100 * rows[term] / whole, window_steps=axes.smoothing_steps,
                           borders=borders)[chosen])
        for term in history.terms if term in rows
    ]  # fmt: skip


def _at_steps(series: Series, steps: np.ndarray, borders: Sequence[int]) -> np.ndarray:
    """Read a series at given steps, each value until the next one of its stage; else 0.

    Terms may be logged at different steps; one that is no longer logged is no longer held.
    """
    place = np.maximum(np.searchsorted(series.step, steps, side="right") - 1, 0)
    since = steps - series.step[place]
    reach = 3 * np.median(np.diff(series.step)) if len(series) > 1 else 0
    stage, then = (np.searchsorted(borders, at, side="right") for at in (steps, series.step[place]))
    is_known = (since >= 0) & (since <= reach) & (stage == then) & np.isfinite(series.value[place])
    return np.where(is_known, series.value[place], 0.0)
