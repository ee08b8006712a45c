"""The versions that can be compared: the note's tables, runs, and files of one's own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from core.errors import CoreError
from core.events import Plain
from core.problems.sidechain.evaluation import BY_RESIDUE
from core.problems.sidechain.reported.tables import note_tables, note_totals
from core.problems.sidechain.versions.compare import Comparison, compare_versions
from core.problems.sidechain.versions.of_runs import version_of_arrays
from core.problems.sidechain.versions.version import Version, reported_version
from core.runs.index import runs_of
from core.runs.reader import read_arrays
from pages.ui.controls import draw_control
from pages.ui.page import escaped, explain_error
from pages.ui.rmsd.controls import AFTER, BEFORE, NOTE_V4, NOTE_V5, RENAMES, version_choice
from pages.ui.rmsd.uploads import Uploads, read_uploads, tell_uploads
from pages.ui.train.watched import look_at

EXPERIMENT = "sidechain"
MOST_LETTERS = 22
Sources = dict[str, Callable[[], Version]]


def choose_comparison(*, needs_atoms: bool = False) -> Comparison | None:
    """Draw the sidebar and compare two versions; None, with the reason, where that cannot be.

    Args:
        needs_atoms: Whether tables by slot are not enough: runs take their place then.
    """
    place = st.container()
    with st.sidebar:
        first, second = st.container(), st.container()
        renames = bool(draw_control(RENAMES))
        own = read_uploads(place, renames=renames)
    tell_uploads(own)
    sources: Sources = {
        **_reported(),
        **{name: partial(_kept, version) for name, version in own.versions.items()},
        **_runs(renames=renames),
    }
    names = tuple(sources)
    _choose_for_reader(own, names)
    with first:
        one = draw_control(version_choice("before", "First version", NOTE_V4, names))
    with second:
        other = draw_control(version_choice("after", "Second version", NOTE_V5, names))
    try:
        with st.spinner("Comparing atoms ..."):
            versions = sources[one](), sources[other]()
            if needs_atoms and not any(version.atoms for version in versions):
                versions = _with_atoms(sources, versions)
            return _compared(*versions)
    except CoreError as error:
        explain_error(error)
        return None


def _choose_for_reader(own: Uploads, names: tuple[str, ...]) -> None:
    """Choose what was read just now; what is gone is chosen no more."""
    state = st.session_state
    for control in (BEFORE, AFTER):
        if state.get(control.key, control.default) not in names:
            state[control.key] = control.default
    if own.is_new and own.versions:
        read = tuple(own.versions)
        state[AFTER.key] = read[-1]
        if len(read) > 1:
            state[BEFORE.key] = read[-2]


def _with_atoms(sources: Sources, chosen: tuple[Version, Version]) -> tuple[Version, Version]:
    """Take the two newest that have atoms in place of two tables, and say so."""
    others = [name for name in sources if name not in {version.title for version in chosen}]
    found = [version for name in others if (version := sources[name]()).atoms is not None][:2]
    if not found:
        return chosen
    st.markdown(
        f":gray[{escaped(chosen[1].title)} has a value for each slot only: of which residues is "
        f"not reported. Shown instead: {escaped(found[0].title)}.]"
    )
    return found[-1], found[0]


def _kept(version: Version) -> Version:
    return version


def _reported() -> Sources:
    """Offer the note's tables."""
    totals = {
        table.version: {t.quantity: t.value for t in note_totals() if t.version == table.version}
        for table in note_tables()
    }
    return {
        f"note {table.version}": partial(
            reported_version, table, f"note {table.version}", totals[table.version]
        )
        for table in note_tables()
    }


def _runs(*, renames: bool) -> Sources:
    """Offer the runs of this problem that have predictions, the newest first."""
    found: Sources = {}
    for row in runs_of(EXPERIMENT):
        history = look_at(row.folder).history
        steps, started = history.recorded.get(BY_RESIDUE, ()), history.started
        name = f"{_ends(row.name or row.id)} · {row.id[-4:]}"
        if steps:
            data = started.facts.get("training data", "") if started else ""
            when = f"at step {steps[-1]:,}, test residues"
            told = tuple(filter(None, (row.name, when, data)))
            place = str(row.folder), steps[-1], told
            found[name] = partial(_of_run, name, *place, row.config, renames=renames)
    return found


def _ends(name: str) -> str:
    """Keep the beginning and the last words: names of runs differ at their end."""
    if len(name) <= MOST_LETTERS:
        return name
    words = name[-14:].partition(" ")[2] or name[-14:]
    return f"{name[:6].rstrip()}… {words}"


@st.cache_resource(show_spinner=False, max_entries=8)
def _of_run(
    name: str,
    folder: str,
    step: int,
    told: tuple[str, ...],
    config: Mapping[str, Plain],
    *,
    renames: bool,
) -> Version:
    arrays = read_arrays(Path(folder), BY_RESIDUE, step)
    version = version_of_arrays(name, arrays, renames=renames, notes=told)
    return replace(version, config=config)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Version: id})
def _compared(before: Version, after: Version) -> Comparison:
    return compare_versions(before, after)
