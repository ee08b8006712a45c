"""Runs made here and histories of other trainers, opened beside the exact curves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.draw_curves import draw_curves
from core.figures.norm_ratio import (
    band_remark,
    draw_norm_band,
    summarise_norm_band,
    summarise_track,
    track_remark,
)
from core.figures.norm_track import NormTrack, norm_track, track_numbers
from core.figures.theme import Palette, term_color
from core.figures.trajectory import SIMILARITY
from core.history import History, epoch_steps
from core.problems.pocket.results import loss_kind
from core.problems.pocket.task import TERMS
from core.runs.index import RunRow, runs_of
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Choices, draw_control
from pages.ui.cosine.uploads import upload, uploaded
from pages.ui.page import escaped, heading
from pages.ui.train.watched import look_at

EXPERIMENT = "pocket"
MOST_RUNS = 9  # three losses and three seeds, as the comparison starts them
TRACK_HEIGHT, BAND_HEIGHT = 400, 300
ROW_HEIGHT, LEGEND_HEIGHT = 196, 60
DIGITS = {
    "Epochs": 0, "Last cosine": 3, "Last MSE": 3, "Best cosine": 3, "At epoch": 0,
    "Between, %": 0, "Lower root": 2, "Upper root": 2, "Measured": 2, "Notes": 0,
}  # fmt: skip
RUNS = Choices(
    "shown",
    "Runs made here",
    f"Which ones are drawn. Nothing chosen: the newest {MOST_RUNS}, or none beside uploads.",
    (),
    (),
)


@dataclass(frozen=True)
class Shown:
    """A run to be drawn: its name, the colour of its loss (empty: any), and what it told."""

    name: str
    color: str
    history: History


def pocket_runs() -> list[RunRow]:
    """List the runs of this problem, the newest first, without those in the archive."""
    return runs_of(EXPERIMENT)


def choose_runs() -> list[Shown]:
    """Offer the runs made here; give what was uploaded, and behind it what was chosen, by name."""
    rows = {f"{row.name or row.id} · {row.id[-4:]}": row for row in pocket_runs()}
    others = [Shown(name, "", history) for name, history in uploaded().items()]
    if not rows:
        return others
    newest = [] if others else list(rows)[:MOST_RUNS]
    count = f"{len(newest)} of {len(rows)}" if len(rows) > len(newest) else f"{len(rows)}"
    instead = f"The newest {count}; choose others" if newest else "None beside the uploads; choose"
    with st.sidebar:
        chosen = draw_control(replace(RUNS, options=tuple(rows), placeholder=instead))
    runs = [(name, look_at(rows[name].folder).history) for name in sorted(chosen or newest)]
    return others + [Shown(name, _color(history), history) for name, history in runs]


def _color(history: History) -> str:
    kind = loss_kind(history)
    return term_color(kind) if kind in TERMS else ""


def with_epochs(runs: Iterable[Shown]) -> tuple[list[Shown], str]:
    """Leave out runs whose epochs are not known; with a line that names them, else empty.

    A run that was never evaluated has nothing to draw, and is left out without a word.
    """
    evaluated = [run for run in runs if SIMILARITY in run.history.series]
    lost = [escaped(run.name) for run in evaluated if not epoch_steps(run.history)]
    told = f"Left out, as they do not tell how many steps an epoch has: {', '.join(lost)}."
    return [run for run in evaluated if epoch_steps(run.history)], told if lost else ""


def show_histories(palette: Palette) -> None:
    """Cosine against MSE by epoch, and the norm ratio that follows; of uploads or own runs."""
    upload()
    runs, lost = with_epochs(choose_runs())
    tracks = {run.name: norm_track(run.name, run.history) for run in runs}
    drawn = [run for run in runs if tracks[run.name].is_known.any()]
    if drawn:
        _draw(palette, drawn[:MOST_RUNS], tracks)
        _table(drawn, tracks)
    elif not (lost or runs):
        st.markdown(
            ":gray[Nothing to show yet: upload a training_history.json, or start a run on Train.]"
        )
    single = ", ".join(escaped(run.name) for run in runs if run not in drawn)
    alone = f"Without both a cosine and an MSE at one epoch: {single}; see Trajectory."
    notes = [f"{escaped(name)}: {escaped(note.text)}" for name, told in uploaded().items()
             for note in told.notes]  # fmt: skip
    for text in filter(None, [lost, alone if single else "", *notes]):
        st.markdown(f":gray[:small[{text}]]")


def _draw(palette: Palette, runs: Sequence[Shown], tracks: dict[str, NormTrack]) -> None:
    shown = [tracks[run.name] for run in runs]
    heading("MSE against cosine similarity", track_remark(shown))
    show_chart(
        draw_curves(
            summarise_track(shown, [run.color for run in runs]),
            palette,
            height=TRACK_HEIGHT,
        ),
        key="norm-track",
        alt="MSE over cosine by epoch, between 1 − cos² and 2(1 − cos).",
    )
    heading("Norm ratio", band_remark(shown))
    record = summarise_norm_band(shown)
    rows = -(-len(record.panels) // record.columns)
    height = BAND_HEIGHT if len(shown) == 1 else LEGEND_HEIGHT + ROW_HEIGHT * rows
    show_chart(
        draw_norm_band(record, palette, height=height),
        key="norm-band",
        alt="The two possible norm ratios by epoch, as a band.",
    )


def _table(runs: Sequence[Shown], tracks: dict[str, NormTrack]) -> None:
    drawn = f"the first {MOST_RUNS} are drawn" if len(runs) > MOST_RUNS else ""
    heading("Where each stands", drawn)
    rows = [_cells(run, tracks[run.name]) for run in runs]
    empty = [name for name in ("Measured", "Notes") if all(isnan(row[name]) for row in rows)]
    show_table(
        pd.DataFrame(rows).drop(columns=empty),
        key="histories",
        alt="Epochs, last and best cosine, last MSE, share between the curves, and norm ratios.",
        columns={"History": st.column_config.TextColumn(width=232)}
        | {name: st.column_config.NumberColumn(format=f"%.{digits}f", width=74)
           for name, digits in DIGITS.items()},
    )  # fmt: skip


def _cells(run: Shown, track: NormTrack) -> dict[str, Any]:
    told = track_numbers(track)
    assert told is not None  # only runs with such an epoch are drawn
    return {
        "History": run.name,
        "Epochs": told.epochs,
        "Last cosine": told.last_cosine,
        "Last MSE": told.last_mse,
        "Best cosine": told.best_cosine,
        "At epoch": told.best_epoch,
        "Between, %": told.between_percent,
        "Lower root": told.lower,
        "Upper root": told.upper,
        "Measured": told.measured,
        "Notes": len(run.history.notes) if run.name in uploaded() and run.history.notes else nan,
    }
