"""Histories of other trainers, opened beside the exact curves."""

import tempfile
from collections.abc import Collection
from pathlib import Path

import streamlit as st

from core.errors import CoreError, InputError
from core.figures.draw_curves import draw_curves
from core.figures.norm_ratio import summarise_norm_band, summarise_track
from core.figures.norm_track import NormTrack, norm_track
from core.history import History, collect_history
from core.importers.importers import IMPORTERS
from core.runs.index import RunRow, list_runs
from pages.ui.charts import show_chart
from pages.ui.cosine.main_figure import Scene
from pages.ui.page import escaped, explain_error, heading
from pages.ui.train.watched import look_at

UPLOADER = "upload-histories"
READ, REFUSED = "cosine-histories", "cosine-refused"
KEPT, CHOSEN = "cosine-kept", "cosine-chosen"
EXPERIMENT = "pocket"
MOST_RUNS = 8
HEIGHT = 420
LONGEST = 34  # of a name in a legend, characters


def pocket_runs() -> list[RunRow]:
    """List the runs of this problem, the newest first."""
    return [row for row in list_runs() if row.experiment == EXPERIMENT]


def own_tracks() -> dict[str, History]:
    """Give the histories of runs made here, the newest few, by a name of their own."""
    rows = pocket_runs()[:MOST_RUNS]
    return {f"{row.name or row.id} · {row.id[-4:]}": look_at(row.folder).history for row in rows}


def uploaded() -> dict[str, History]:
    """Give what was uploaded in this session, by a name for legends."""
    return st.session_state.get(READ, {})


def show_histories(scene: Scene) -> None:
    """Cosine against MSE by epoch, and the norm ratio that follows; of uploads or own runs."""
    _upload()
    histories = uploaded() or own_tracks()
    tracks = [t for name, history in histories.items() if (t := norm_track(name, history))]
    if not tracks:
        st.markdown(
            ":gray[Nothing to show yet: upload a training_history.json, or start a run on Train.]"
        )
        return
    heading("Cosine and MSE by epoch", "" if uploaded() else "runs made here; upload others above")
    _draw(scene, tracks)
    for name, history in uploaded().items():
        for note in history.notes:
            st.markdown(f":gray[:small[{escaped(name)}: {escaped(note.text)}]]")


def _draw(scene: Scene, tracks: list[NormTrack]) -> None:
    for record, alt in (
        (summarise_track(tracks), "MSE over cosine by epoch, between 1 − cos² and 2(1 − cos)."),
        (summarise_norm_band(tracks), "The two possible norm ratios by epoch, as a band."),
    ):
        show_chart(draw_curves(record, scene.palette, height=HEIGHT), key=record.key, alt=alt)


def _upload() -> None:
    state = st.session_state
    was_away = UPLOADER not in state  # while another view was open it forgot its files; we do not
    files = st.file_uploader(
        "Histories, training_history.json",
        key=UPLOADER,
        accept_multiple_files=True,
        help="JSON with train_loss, val_loss, val_cosine_similarity, one value an epoch; "
        "val_mse_loss where it is there. More keys are ignored; NaN is read.",
    )
    if was_away:
        state[KEPT], state[CHOSEN], state[REFUSED] = uploaded(), (), []
    chosen = tuple(file.file_id for file in files)
    if state[CHOSEN] != chosen:
        state[CHOSEN], state[READ], state[REFUSED] = chosen, dict(state[KEPT]), []
        for file in files:
            try:
                history = _read(file.name, file.getvalue())
                state[READ][legend_name(file.name, state[READ])] = history
            except CoreError as error:
                state[REFUSED].append(error)
    if state[KEPT]:
        count = len(state[KEPT])
        st.button(
            f"Forget {count} {'history' if count == 1 else 'histories'} read before",
            key="forget-histories",
            type="tertiary",
            icon=":material/close:",
            on_click=_forget,
            help="They stay in this session while other views are open.",
        )
    for error in state[REFUSED]:  # stays until other files come
        explain_error(error)


def _forget() -> None:
    """Drop what was kept; what the uploader holds is read again."""
    state = st.session_state
    state[KEPT], state[READ], state[CHOSEN] = {}, {}, ()


def legend_name(name: str, taken: Collection[str]) -> str:
    """Shorten the name of a file in its middle; of two equal ones the second is numbered.

    Example:
        >>> legend_name("training_history.json", {"training_history"})
        'training_history (2)'
    """
    stem = name.removesuffix(".json")
    half = (LONGEST - 1) // 2
    short = stem if len(stem) <= LONGEST else f"{stem[:half]}…{stem[-half:]}"
    number, free = 1, short
    while free in taken:
        number += 1
        free = f"{short} ({number})"
    return free


def _read(name: str, content: bytes) -> History:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        known = next((i for i in IMPORTERS.values() if i.detect(path)), None)
        if known is None:
            formats = ", ".join(importer.title for importer in IMPORTERS.values())
            raise InputError(name, expected=formats, came="another kind of file",
                             do="Choose another file; the others stay")  # fmt: skip
        return collect_history(known.read(path))
