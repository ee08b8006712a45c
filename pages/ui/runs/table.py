"""All runs in a table: one number of each metric, and the options that differ."""

import hashlib
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import UnavailableError
from core.figures.parallel import draw_parallel, summarise_parallel
from core.figures.theme import Palette
from core.runs.compare import (
    FROM_SERIES,
    differing_options,
    flattened,
    from_series,
    from_summary,
    option_text,
    seed_groups,
)
from core.runs.folder import folder_bytes
from core.runs.index import RunRow
from core.runs.status import ACTIVE
from pages.ui.charts import show_chart
from pages.ui.controls import draw_control
from pages.ui.page import Metric, escaped, heading, metrics_row
from pages.ui.runs.chosen import (
    RUNS,
    choose_metrics,
    choose_runs,
    listed_runs,
    run_name,
    store,
)
from pages.ui.runs.controls import (
    ANY,
    ARCHIVED,
    AT_STEP,
    COUNT,
    FIND,
    OPTIONS,
    STATISTIC,
    SWEEP,
    filter_control,
)
from pages.ui.runs.edit import edit_panel, size_text
from pages.ui.train.headline import BADGES

HEIGHT, SWEEP_HEIGHT = 430, 330
MOST_NAMED = 4
MOST_READ = 200  # runs whose series are read for a statistic that the index does not hold


def show_table_of_runs(palette: Palette) -> None:
    """Every run that the filter lets through; ticked rows are the chosen ones."""
    with st.sidebar:
        found = _filtered(tuple(listed_runs().values()))
        chosen = choose_runs()
        metrics = choose_metrics(chosen or found)
        values = {c.key: draw_control(c) for c in (STATISTIC, OPTIONS, SWEEP)}
        step = draw_control(AT_STEP) if values["statistic"] == "at step" else 0
        count = draw_control(COUNT) if values["statistic"] == "median" else 1
    metrics_row(_metrics(found, chosen))
    with st.container(gap="xxsmall"):
        heading("Runs", f"{len(found):,} listed; tick rows to choose them, click a head to sort")
        numbers = _numbers(found, metrics, values["statistic"], int(step or 0), int(count or 1))
        _show(found, numbers, chosen, is_wide=values["options"])
    edit_panel(chosen)
    if values["sweep"] and metrics:
        _show_sweep(palette, chosen, metrics[0], values["statistic"], int(step or 0),
                    int(count or 1))  # fmt: skip


def _filtered(rows: Sequence[RunRow]) -> tuple[RunRow, ...]:
    """Draw the filters and give the runs that pass."""
    words = str(draw_control(FIND)).lower().split()
    kinds: dict[str, Any] = {
        "experiment": lambda row: (row.experiment,),
        "state": lambda row: (row.state,),
        "tag": lambda row: row.tags,
    }
    wanted: dict[str, str] = {}
    places = (st.container(), *st.columns(2, gap="small"))
    for column, (key, of) in zip(places, kinds.items(), strict=True):
        options = sorted({value for row in rows for value in of(row)})
        name = f"only_{key}"
        if st.session_state.get(name, ANY) not in (ANY, *options):
            st.session_state[name] = ANY  # the last run with it is gone
        with column:
            wanted[key] = draw_control(filter_control(name, key.capitalize(), options))
    with_archive = draw_control(ARCHIVED)
    return tuple(
        row
        for row in rows
        if (with_archive or not row.is_archived)
        and all(wanted[key] in (ANY, *of(row)) for key, of in kinds.items())
        and all(word in _text(row) for word in words)
    )


def _text(row: RunRow) -> str:
    return " ".join((row.name, row.id, row.note, row.experiment, *row.tags)).lower()


def _numbers(
    rows: Sequence[RunRow], metrics: Sequence[str], statistic: Any, step: int, count: int
) -> dict[str, list[float]]:
    """Give the statistic of each metric of each run."""
    if statistic not in FROM_SERIES:
        return {
            key: [from_summary(row.metrics.get(key), statistic) for row in rows] for key in metrics
        }
    if len(rows) > MOST_READ:
        st.info(f"Only the {MOST_READ} newest are read for this value: narrow the list.")
    found: dict[str, list[float]] = {key: [] for key in metrics}
    for place, row in enumerate(rows):
        series = _series(row, metrics) if place < MOST_READ else {}
        for key in metrics:
            value = from_series(series.get(key), statistic, step=step, count=count)
            found[key].append(value)
    return found


def _series(row: RunRow, metrics: Sequence[str]) -> Mapping[str, Any]:
    try:
        return store().read(row.folder, metrics).series
    except UnavailableError:
        return {}  # its message stands in the row


def _show(
    rows: Sequence[RunRow],
    numbers: Mapping[str, Sequence[float]],
    chosen: Sequence[RunRow],
    *,
    is_wide: bool,
) -> None:
    wide = differing_options([row.config for row in chosen]) if is_wide else ()
    options = {row.id: flattened(row.config) for row in rows}
    table = pd.DataFrame(
        [
            {
                "Run": run_name(row),
                "Experiment": row.experiment,
                "State": BADGES[row.state][0],
                "Step": row.step,
                **{key: values[i] for key, values in numbers.items()},
                "Tags": ", ".join(row.tags),
                **{d.option: option_text(options[row.id].get(d.option)) for d in wide},
                "Note": row.note or row.message,
                "Begun": pd.Timestamp(row.created_s, unit="s") if row.created_s else pd.NaT,
                "Id": row.id,
            }
            for i, row in enumerate(rows)
        ],
        columns=None if rows else ["Run"],
    )
    ids = [row.id for row in rows]
    # Ticks belong to rows by their number: another list is another table.
    key = f"table-runs-{hashlib.md5(' '.join(ids).encode()).hexdigest()[:8]}"
    ticked = [ids.index(row.id) for row in chosen if row.id in ids]
    st.dataframe(
        table,
        key=key,
        on_select=lambda: _choose(key, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": ticked}},
        hide_index=True,
        row_height=28,
        height=HEIGHT if len(rows) > 12 else "content",
        width="stretch",
        placeholder="–",
        column_config={
            "Run": st.column_config.TextColumn(width="medium", pinned=True),
            "Begun": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            **{name: st.column_config.NumberColumn(format="%.4g") for name in numbers},
        },
        alt="All runs with state, step, one value of each metric, tags and differing options.",
    )


def _choose(key: str, ids: Sequence[str]) -> None:
    """Take the ticked rows over as the chosen runs; others that are not listed stay chosen."""
    ticked = [ids[place] for place in st.session_state[key]["selection"]["rows"]]
    hidden = [run for run in st.session_state.get(RUNS, ()) if run not in ids]
    st.session_state[RUNS] = [*hidden, *ticked]


def _metrics(rows: Sequence[RunRow], chosen: Sequence[RunRow]) -> list[Metric]:
    own = [row for row in rows if not row.is_sample]
    groups = len(set(seed_groups(rows)))
    size = size_text(sum(folder_bytes(row.folder) for row in chosen))
    active = sum(row.state in ACTIVE for row in rows)
    return [
        Metric("Runs listed", f"{len(rows):,}", f"{len(own):,} of yours, the rest samples",
               "Runs that pass the filter."),
        Metric("Configurations", f"{groups:,}", "others are seeds of the same",
               "Runs with the same options and other seeds are one configuration."),
        Metric("Active", f"{active}", "queued, running or stopping", "Runs in progress."),
        Metric("Chosen", f"{len(chosen)}", f"{size} on disk",
               "Runs that Compare draws, and that can be edited below the table."),
    ]  # fmt: skip


def _show_sweep(
    palette: Palette, rows: Sequence[RunRow], metric: str, statistic: Any, step: int, count: int
) -> None:
    """Draw the chosen runs as lines over the options that differ."""
    every = _numbers(rows, [metric], statistic, step, count)[metric]
    known = [(row, value) for row, value in zip(rows, every, strict=True) if isfinite(value)]
    options = differing_options([row.config for row, _ in known])
    record = summarise_parallel(options, metric, [value for _, value in known])
    told = f"{len(known)} of {len(rows)} chosen runs; {statistic} value, colour by {metric}"
    few = ", ".join(record.hidden[:MOST_NAMED]) + (" ..." if record.hidden[MOST_NAMED:] else "")
    hidden = f"; no room for {len(record.hidden)} options: {few}" if record.hidden else ""
    heading("Options and what they reached", escaped(told + hidden))
    if len(known) < 2 or not options:
        st.markdown(":gray[Choose two or more runs whose options differ.]")
        return
    show_chart(
        draw_parallel(record, palette, height=SWEEP_HEIGHT),
        key="sweep",
        alt=f"Parallel coordinates of {len(known)} runs over the options that differ, "
        f"coloured by {metric}.",
    )
