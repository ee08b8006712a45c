"""What the sidebar asks for: residues, and how their densities are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.theme import Palette
from core.problems.sidechain.density.limit import (
    LimitOptions,
    Recovered,
    count_unseen,
    recover,
)
from core.problems.sidechain.density.sample import (
    Sample,
    folder_sample,
    folder_stamp,
    synthetic_sample,
)
from core.problems.sidechain.density.scores import SlotScores, score_constant, score_recovered
from core.problems.sidechain.reported.tables import note_totals
from pages.ui.controls import Control, draw_control, draw_controls, sidebar_warning
from pages.ui.density.controls import MORE, PHYSICS, STRUCTURES, options_from
from pages.ui.page import escaped, explain_error, origin_badge
from pages.ui.reading_bar import reading_bar

NOTHING: Final = "–"
TOGETHER: Final = 25  # residues that are decoded between two steps of a progress bar


@dataclass(frozen=True, eq=False)
class Scene:
    """What a view shows.

    Args:
        palette: Of the page.
        key: Names the residues, as their files stand.
        sample: The residues.
        options: How they are encoded, spoilt and decoded.
        values: Of all controls in the sidebar, by key.
    """

    palette: Palette
    key: str
    sample: Sample
    options: LimitOptions
    values: dict[str, Any]


def choose_scene(
    palette: Palette, first: Sequence[Control], *last: Control, more: Sequence[Control] = ()
) -> Scene | None:
    """Draw the controls and load the residues; None, with a word, where that cannot be done.

    Args:
        palette: Of the page.
        first: Controls of the view, above those of the density.
        last: Below them.
        more: Under "More", before the data.
    """
    with st.sidebar:
        places = st.columns(len(first), gap="small")
        values: dict[str, Any] = {}
        for place, control in zip(places, first, strict=True):
            with place:
                values[control.key] = draw_control(control)
    values |= draw_controls((*PHYSICS, *last), (*more, *MORE))
    folder = str(values[STRUCTURES.key] or "").strip()
    try:
        options = options_from(values)
        _ = options.basis.radii
        key, sample = load_sample(folder)
    except CoreError as error:
        explain_error(error)
        return None
    if options.basis.has_gaps:
        between = options.basis.radii[1] - options.basis.radii[0]
        sidebar_warning(f"Shells lie {between:.2g} Å apart: σ leaves gaps between them.")
    return Scene(palette, key, sample, options, values)


def load_sample(folder: str) -> tuple[str, Sample]:
    """Give the residues of a folder, or synthetic ones, and a name of them as they stand.

    Raises:
        CoreError: The folder holds nothing of use.
    """
    if not folder:
        return "", _synthetic()
    try:
        path = Path(folder).expanduser()
    except RuntimeError:  # "~name" of nobody: no folder either
        path = Path(folder)
    key = folder_stamp(path)
    kept = _kept(key)
    if not kept:
        with reading_bar("Choosing residues ...") as tell:
            kept.append(folder_sample(path, progress=tell))
    return key, kept[0]


@st.cache_resource(show_spinner="Making residues ...")
def _synthetic() -> Sample:
    return synthetic_sample()


@st.cache_resource(show_spinner=False, max_entries=3)
def _kept(key: str) -> list[Sample]:
    """Keep the residues of a folder for all readers: filled outside, where a bar can be drawn."""
    return []


@st.cache_data(show_spinner=False, max_entries=1024)
def recovered(key: str, rows: tuple[int, ...], options: LimitOptions, _sample: Sample) -> Recovered:
    """Recover some residues once for all readers; `key` names the sample."""
    number = np.array(rows)
    return recover(_sample.coord[number], _sample.type[number], number, options)


def measure(scene: Scene, each: int, asked: Sequence[LimitOptions]) -> list[SlotScores]:
    """Score settings over so many residues of each type, with a progress bar.

    Raises:
        CoreError: A setting cannot be measured.
    """
    rows = scene.sample.some(each)
    parts = np.array_split(rows, max(1, len(rows) // TOGETHER))
    bar, scores = st.progress(0.0, "Decoding ..."), []
    try:
        for done, options in enumerate(asked):
            found: list[Recovered] = []
            for place, part in enumerate(parts):
                share = (done + place / len(parts)) / len(asked)
                bar.progress(share, f"Decoding, setting {done + 1} of {len(asked)} ...")
                found.append(recovered(scene.key, tuple(part.tolist()), options, scene.sample))
            scores.append(score_recovered(found, scene.sample.type[rows]))
    finally:
        bar.empty()
    return scores


def constant(scene: Scene, each: int) -> SlotScores:
    """Score the mean place of each slot over the same residues."""
    rows, sample = scene.sample.some(each), scene.sample
    return score_constant(sample.slot_mean, sample.coord[rows], sample.type[rows])


def note_total(quantity: str) -> float:
    """Give what the note reports of its last version, in angstrom."""
    return next(t.value for t in note_totals() if (t.version, t.quantity) == ("v5", quantity))


def warn_of_unseen(scene: Scene, rows: np.ndarray) -> None:
    """Say beside the controls how many atoms no shell sees."""
    sample = scene.sample
    if unseen := count_unseen(sample.coord[rows], sample.type[rows], scene.options):
        are = "1 atom lies" if unseen == 1 else f"{unseen} atoms lie"
        sidebar_warning(f"{are} more than three σ from every shell: any noise hides it.")


def show_origin(scene: Scene) -> None:
    """Say where the residues come from, and what was left out of them."""
    origin_badge(scene.sample.origin)
    if scene.sample.left_out:
        st.markdown(f":gray[:small[Left out: {escaped(scene.sample.left_out)}]]")


def angstrom(value: float) -> str:
    """Write a length as metrics have it."""
    return f"{value:.3f} Å" if np.isfinite(value) else NOTHING
