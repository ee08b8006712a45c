"""Which runs are looked at: chosen in the sidebar, kept in the address for every view."""

from collections import Counter
from collections.abc import Iterable, Sequence

import streamlit as st

from core.figures.run_names import short_names
from core.problems.main_metric import HELD_OUT, main_metric
from core.runs.index import RunRow, list_runs
from core.runs.series_store import SeriesStore
from core.runs.status import ACTIVE
from pages.ui.address import asked_for, write_address
from pages.ui.controls import draw_control
from pages.ui.page import escaped
from pages.ui.runs.controls import METRICS, metrics_control

RUNS, MISSING = "runs", "runs-missing"
MOST_RUNS, FIRST_RUNS = 100, 9


@st.cache_resource(show_spinner=False)
def store() -> SeriesStore:
    """Keep the series that are looked at, once for all sessions."""
    return SeriesStore()


def choose_runs() -> tuple[RunRow, ...]:
    """Draw the list of runs; the choice is in the address, so that it can be sent as a link."""
    known = listed_runs()
    _from_address(known)
    if RUNS not in st.session_state:
        st.session_state[RUNS] = [row.id for row in first_choice(known.values())]
    st.session_state[RUNS] = [run for run in st.session_state[RUNS] if run in known]
    options = [run for run, row in known.items() if _is_offered(row)]
    if missing := st.session_state.get(MISSING):
        st.warning(escaped(f"Not here: {', '.join(missing)[:120]}."))
    chosen = st.multiselect(
        "Runs",
        options,
        key=RUNS,
        format_func=run_labels(known.values()).__getitem__,
        max_selections=MOST_RUNS,
        placeholder="none",
        help="Runs of any experiment, the newest first; rows ticked in Table are chosen too. The "
        "address holds the choice.",
        on_change=lambda: st.session_state.pop(MISSING, None),
        persist_state="session",
    )
    write_address(RUNS, chosen)
    return tuple(known[run] for run in chosen)


def listed_runs() -> dict[str, RunRow]:
    """List every run by its id, the newest first."""
    rows = list_runs()
    own = {row.id for row in rows if not row.is_sample}
    # A sample may be a copy of a run that is still here: the own one counts.
    return {row.id: row for row in rows if not (row.is_sample and row.id in own)}


def _from_address(known: dict[str, RunRow]) -> None:
    """Take over the runs of a link that was opened just now."""
    if asked := asked_for(RUNS):
        st.session_state[RUNS] = list(dict.fromkeys(run for run in asked if run in known))
        st.session_state[MISSING] = [run for run in asked if run not in known]


def _is_offered(row: RunRow) -> bool:
    return not row.is_archived or row.id in st.session_state[RUNS]


def first_choice(rows: Iterable[RunRow]) -> list[RunRow]:
    """Choose what a first visit shows: the newest of one experiment, own ones before samples.

    The newest experiment with several runs, if there is one: a single line compares nothing.
    """
    whole = [row for row in rows if row.metrics and not row.is_archived]
    pool = [row for row in whole if not row.is_sample] or whole
    count = Counter(row.experiment for row in pool)
    named = [name for name in count if count[name] > 1] or list(count)
    return [row for row in pool if row.experiment in named[:1]][:FIRST_RUNS]


def run_labels(rows: Iterable[RunRow]) -> dict[str, str]:
    """Label runs for a narrow list: what tells a run from those of its group comes first.

    Each label ends with a piece of the id: Streamlit finds a choice by its label.
    """
    groups: dict[tuple[str, bool], list[RunRow]] = {}
    for row in rows:
        groups.setdefault((row.group or row.id, row.is_sample), []).append(row)
    labels = {}
    for own in groups.values():
        names = [row.name for row in own]
        for row, short in zip(own, short_names(names), strict=True):
            whole = f" ({row.name[:60]})" if short != row.name else ""
            labels[row.id] = f"{short}{whole} · {row.id[-4:]}" if row.name else row.id
    return labels


def run_name(row: RunRow) -> str:
    """Name a run in charts and tables."""
    return row.name or row.id


def names_apart(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """Name runs that are shown together; those of one name by the end of their id, as in lists."""
    count = Counter(run_name(row) for row in rows)
    return tuple(
        f"{run_name(row)} · {row.id[-4:]}" if count[run_name(row)] > 1 else run_name(row)
        for row in rows
    )


def last_value(row: RunRow, metric: str) -> float | None:
    """Give the last value, None where the run does not measure the metric."""
    summary = row.metrics.get(metric)
    return None if summary is None else summary.last


def choose_metrics(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """Draw the list of metrics of some runs; what none of them measures is let go."""
    options = sorted(
        {key for row in rows for key in row.metrics},
        key=lambda key: (not key.startswith(HELD_OUT), key),
    )
    control = metrics_control(options, default_metrics(rows))
    if METRICS in st.session_state:
        kept = [key for key in st.session_state[METRICS] if key in options]
        st.session_state[METRICS] = kept or list(control.default)
    return tuple(draw_control(control)) or control.default


def default_metrics(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """Give the metric that tells whether the newest run has learnt, else one that there is."""
    found = (main_metric(row.experiment, row.metrics) for row in rows)
    return next(((key,) for key in found if key), ())


def is_any_active(rows: Iterable[RunRow]) -> bool:
    """Say whether a run may still grow."""
    return any(row.state in ACTIVE for row in rows)
