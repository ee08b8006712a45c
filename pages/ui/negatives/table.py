"""The note's table beside ours: start its runs, watch them, read what came out."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.diagnosis.contrastive_runs import MRR
from core.diagnosis.gain import Interval
from core.figures.points import IntervalGroup, IntervalsFigure, draw_intervals
from core.figures.theme import Palette
from core.problems.molecule.table import (
    NEAR,
    RANDOM,
    SCORES,
    Score,
    TableRow,
    batches_in_words,
    make_table,
    table_in_words,
)
from core.runs.index import list_runs
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Choice, draw_control
from pages.ui.negatives.runs import EXPERIMENT
from pages.ui.negatives.table_start import draw_start
from pages.ui.page import Metric, escaped, heading, metrics_row
from pages.ui.train.actions import show_problem
from pages.ui.train.together import CUT_SHORT, groups_of, run_buttons, show_states, watch_runs
from pages.ui.train.watched import Look, look_at

HEIGHT: Final = 270
MOST_METRICS: Final = 5
NONE: Final = ":gray[No runs were started together yet. Measure the table with the button.]"
NOTE_COLUMN: Final = "The note: MRR, R@1, R@5"


def show_results(palette: Palette) -> None:
    """Show what each way of drawing batches reached in runs that were started together."""
    with st.container(gap="small"):
        show_problem()
        groups = groups_of(list_runs(), EXPERIMENT)
        with st.sidebar:
            draw_start()
            if not groups:
                st.markdown(NONE)
                return
            name = draw_control(group_choice(tuple(groups)))
            rows = groups.get(name) or next(iter(groups.values()))
            looks = in_order(look_at(row.folder) for row in rows)
            run_buttons(looks)
        watch_runs(looks, in_order, lambda now: show_states(now, title, _cells_of_run))
        _show_table(palette, looks)


def group_choice(names: tuple[str, ...]) -> Choice:
    """Offer the groups of runs that were started together."""
    return Choice(
        "group", "Runs", "Which runs are compared: those that were started together; the newest "
        "first.", names[0], names,
    )  # fmt: skip


def in_order(looks: Iterable[Look]) -> list[Look]:
    """Sort runs by how they draw batches, then by seed."""
    return sorted(looks, key=lambda look: (kind(look) != RANDOM, kind(look), seed(look)))


def kind(look: Look) -> str:
    """Name how a run draws its batches."""
    return batches_in_words(look.config.config) if look.config else ""


def seed(look: Look) -> int:
    """Give the seed of a run, as it was asked for."""
    told = look.config.config.get("seed") if look.config else 0
    return told if isinstance(told, int) else 0


def title(look: Look) -> str:
    """Name a run by what tells it from those that were started with it."""
    return f"{kind(look) or escaped(look.name)}, seed {seed(look)}"


def _cells_of_run(look: Look) -> dict[str, str]:
    return {"Batches": kind(look) or escaped(look.name), "Seed": str(seed(look))}


def _show_table(palette: Palette, looks: Sequence[Look]) -> None:
    counted = [look for look in looks if look.status.state == "finished"]
    if not counted:
        st.markdown(":gray[The table stands here as soon as the first run has finished.]")
        return
    rows = make_table([look.history for look in counted])
    _show_gains(rows)
    if cut := [title(look) for look in looks if look.status.state in CUT_SHORT]:
        st.markdown(f":orange[:material/warning:] Left out, cut short: {'; '.join(cut)}.")
    heading("At the last epoch", "mean over seeds; 95 % interval of it by Student's t")
    show_table(
        pd.DataFrame([_cells(row) for row in rows]),
        key="gains",
        alt="Scores of each way of drawing batches with intervals, beside those of the note.",
        columns={"Its gain, %": st.column_config.NumberColumn(format="%+.1f")},
    )
    if any(row.over_random for row in rows):
        heading("Gain over random batches", "paired by seed; the note's figures beside them")
        show_chart(
            draw_intervals(_gains(rows), palette, height=HEIGHT),
            key="gains-chart",
            alt="Gain of each way of drawing batches over random ones, with intervals.",
        )
    _show_origin(counted)


def _show_gains(rows: Sequence[TableRow]) -> None:
    """Say what hard batches brought: in one sentence, and by kind beside what the note says."""
    told = [row for row in rows if row.has_gain]
    if not told:
        st.markdown(":gray[A gain needs two seeds with random batches and with others.]")
        return
    if total := table_in_words(rows):
        st.markdown(f"**{total}**")
    metrics_row([_gain_metric(row) for row in told[:MOST_METRICS]])


def _gain_metric(row: TableRow) -> Metric:
    gain = row.over_random[MRR]
    note = "" if row.note_gain is None else f"; the note: {row.note_gain:+.0f} %"
    return Metric(
        f"Gain, {row.name}",
        _signed(f"{gain.mean:+.1f} %"),
        _signed(f"{gain.low:+.1f} to {gain.high:+.1f}{note}"),
        "Of the MRR over random batches, paired by seed, with its 95 % interval.",
    )


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _cells(row: TableRow) -> dict[str, Any]:
    note = row.note and "  ".join(f"{value:.3g}" for value in row.note)
    return {
        "Batches": row.name,
        "Seeds": len(row.scores[MRR].by_seed) if MRR in row.scores else 0,
        **{label: _scored(row.scores.get(metric)) for metric, label in SCORES.items()},
        "Gain, %": _gained(row.over_random.get(MRR)),
        "Over control, %": _gained(row.over_control.get(MRR)),
        NOTE_COLUMN: note,
        "Its gain, %": None if row.name == RANDOM else row.note_gain,
    }


def _scored(score: Score | None) -> str | None:
    if score is None:
        return None
    spread = "" if np.isinf(score.low) else f" ±{score.high - score.mean:.3f}"
    return f"{score.mean:.3f}{spread}"


def _gained(gain: Interval | None) -> str | None:
    if gain is None:
        return None
    return _signed(f"{gain.mean:+.1f} ({gain.low:+.1f} to {gain.high:+.1f})")


def _gains(rows: Sequence[TableRow]) -> IntervalsFigure:
    """Set our gains with their intervals beside the note's."""
    shown = [row for row in rows if row.over_random]
    groups = [
        _group("MRR among all", [row.over_random.get(MRR) for row in shown], "ink", "circle"),
        _group("MRR among 100 near", [row.over_random.get(NEAR) for row in shown], "muted",
               "square"),
    ]  # fmt: skip
    claims = np.array([np.nan if row.note_gain is None else row.note_gain for row in shown])
    groups.append(IntervalGroup("the note, MRR", claims, claims, claims, "ghost", "diamond"))
    ends = np.concatenate([np.abs([*group.low, *group.high]) for group in groups])
    reach = 1.1 * float(np.nanmax(ends[np.isfinite(ends)], initial=1.0))
    names = tuple(row.name for row in shown)
    return IntervalsFigure("gains", names, "gain over random batches, %", (-reach, reach),
                           tuple(groups), rule=0.0)  # fmt: skip


def _group(name: str, gains: Sequence[Interval | None], color: str, symbol: str) -> IntervalGroup:
    value, low, high = (
        np.array([np.nan if gain is None else getattr(gain, part) for gain in gains])
        for part in ("mean", "low", "high")
    )
    return IntervalGroup(name, value, low, high, color, symbol)


def _show_origin(looks: Sequence[Look]) -> None:
    """Say what was trained on, and what the numbers do not say."""
    facts = next((look.history.started.facts for look in looks if look.history.started), {})
    st.markdown(
        f":gray[:small[{escaped(facts.get('training data', ''))}; {escaped(facts.get('split', ''))}"
        ". A gain over the control with shuffled neighbours is one of hardness; one over random "
        "batches alone may come from the sampler. The note names neither data nor seeds.]]"
    )
