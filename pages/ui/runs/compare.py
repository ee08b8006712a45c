"""Runs laid over one another, with what they reached and what differs between them."""

from collections.abc import Sequence
from math import inf, isnan
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.overlay import Overlay
from core.figures.overlay_lines import CLOCK, OverlayAxes
from core.figures.run_names import short_names
from core.figures.theme import Palette
from core.metrics import read_key, shown
from core.runs.compare import Statistic, best_first, differing_options, from_summary, seed_groups
from core.runs.index import RunRow
from pages.ui.charts import show_table
from pages.ui.controls import draw_control
from pages.ui.findings import show_open_findings
from pages.ui.page import Metric, escaped, heading, metrics_row
from pages.ui.runs.chosen import (
    choose_metrics,
    choose_runs,
    is_any_active,
    last_value,
    listed_runs,
    names_apart,
)
from pages.ui.runs.controls import COMPARE, MOST_METRICS
from pages.ui.runs.overlay import lay_over, show_overlay
from pages.ui.train.headline import BADGES
from pages.ui.train.watched import look_at

HEIGHT = 400
REFRESH_S = 2.0
MOST_DIAGNOSED, MOST_VALUES = 24, 1_000_000  # runs, and measured values of each at most
NAME_LETTERS = 26  # below a metric
NOTHING = "–"


def show_compare(palette: Palette) -> None:
    """The first view: the overlay, again and again while a run goes on."""
    with st.sidebar:
        rows = choose_runs()
        metrics = choose_metrics(rows)[:MOST_METRICS]
        values = {control.key: draw_control(control) for control in COMPARE}
    axes = OverlayAxes(values["over"], float(values["half_life"]), values["log_x"],
                       values["log_y"], values["band"],
                       (values["from"], values["to"] or inf))  # fmt: skip
    if not rows:
        st.info("No run is chosen. Choose some at the left, or tick rows in *Table*.",
                icon=":material/info:")  # fmt: skip

    fresh = [rows]  # listed just now: only a later pass has to look again

    def watch() -> None:
        now = fresh.pop() if fresh else _still_there(rows)
        _draw(palette, now, metrics or (CLOCK,), axes)
        has_begun = not metrics and any(row.metrics for row in now)
        if has_begun or (is_any_active(rows) and not is_any_active(now)):
            st.rerun()

    st.fragment(watch, run_every=REFRESH_S if is_any_active(rows) else None)()


def _still_there(rows: Sequence[RunRow]) -> Sequence[RunRow]:
    """Give the runs as they are now, without those that are gone."""
    known = listed_runs()
    return [known[row.id] for row in rows if row.id in known]


def _draw(
    palette: Palette, rows: Sequence[RunRow], metrics: Sequence[str], axes: OverlayAxes
) -> None:
    laid = lay_over(rows, metrics, axes)
    metrics_row(_metrics(rows, metrics, laid.overlay))
    show_overlay(laid, palette, key="overlay", height=HEIGHT)
    _table(rows, metrics)
    if rows:
        _findings(rows)


def _findings(rows: Sequence[RunRow]) -> None:
    """List what is open; a rule reads the whole run, so long ones are left to their own page."""
    quick = [row for row in rows if row.step * len(row.metrics) <= MOST_VALUES][:MOST_DIAGNOSED]
    few = "" if len(quick) == len(rows) else f"{len(quick)} of "
    show_open_findings([look_at(row.folder) for row in quick], key="compared-findings",
                       where=f"{few}the chosen runs")  # fmt: skip


def _metrics(rows: Sequence[RunRow], metrics: Sequence[str], overlay: Overlay) -> list[Metric]:
    count = len(set(seed_groups(rows)))
    differ = differing_options([row.config for row in rows if row.config])
    names = ", ".join(difference.option for difference in differ[:3])
    return [
        Metric("Runs", f"{len(rows)}", f"{count} configuration{'' if count == 1 else 's'}",
               "Runs with the same options and other seeds are one configuration."),
        *_best(rows, metrics[0] if metrics else ""),
        Metric("Options that differ", f"{len(differ)}",
               escaped(names) + (" ..." if len(differ) > 3 else "") or "all the same",
               "Options that are not the same in all chosen runs."),
        Metric("Points drawn", f"{overlay.figure.shown:,}",
               f"of {overlay.figure.total:,} measured",
               "The lowest and highest of each stretch of the axis are kept, and NaN is marked; at "
               "most 20,000 points stand on the chart, raw lines and bands included."),
    ]  # fmt: skip


def _best(rows: Sequence[RunRow], metric: str) -> list[Metric]:
    """Give the best last value and the best of all; where no direction is known both ends."""
    spec = read_key(metric).spec
    higher = spec.higher_is_better
    names = short_names(names_apart(rows), NAME_LETTERS)
    top: Statistic = "highest" if higher else "lowest"
    looks: list[tuple[str, Statistic, bool | None]] = [
        ("Best at the end", "last", higher), ("Best at any step", top, higher),
    ] if higher is not None else [
        ("Lowest at the end", "last", False), ("Highest at the end", "last", True),
    ]  # fmt: skip
    found = []
    for title, statistic, is_upward in looks:
        values = [from_summary(row.metrics.get(metric), statistic) for row in rows]
        order = best_first(values, higher_is_better=is_upward)
        is_known = bool(order) and not isnan(values[order[0]])
        found.append(
            Metric(title, shown(values[order[0]], spec) if is_known else NOTHING,
                   escaped(names[order[0]]) if is_known else "nothing measured",
                   f"{read_key(metric).label}, {metric}: of the chosen runs.")
        )  # fmt: skip
    return found


def _table(rows: Sequence[RunRow], metrics: Sequence[str]) -> None:
    """Show what the runs reached beside the options that differ."""
    heading("What differs", "options that are not the same in all; the last value of each metric")
    differences = differing_options([row.config for row in rows])
    table = pd.DataFrame(
        [
            {
                "Run": name,
                "State": BADGES[row.state][0],
                "Step": row.step,
                **{key: last_value(row, key) for key in metrics},
                **{d.option: d.texts[i] for d in differences},
            }
            for i, (name, row) in enumerate(zip(names_apart(rows), rows, strict=True))
        ]
    )
    show_table(table, key="differences", columns=metric_columns(metrics),
               alt="The chosen runs with their last values and the options that differ."
               )  # fmt: skip


def metric_columns(metrics: Sequence[str]) -> dict[str, Any]:
    """Show values with four digits; fractions stay fractions, as they are exported."""
    return {key: st.column_config.NumberColumn(key, format="%.4g") for key in metrics}
