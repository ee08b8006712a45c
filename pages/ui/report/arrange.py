"""Arranging a report: each section with its buttons and its preview, and what may be added."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import CoreError
from core.figures.theme import Palette
from core.report.blocks import Built
from core.report.draft import Draft, with_moved, with_section, without_section
from core.report.draft_files import load_draft, save_draft
from core.report.html import UNTITLED, origin
from core.report.kinds import SECTIONS, build_section, title_of
from core.report.material import Material, all_material
from core.report.reproduce import reproduce
from core.report.suggest import suggest_section
from pages.ui.page import escaped, explain_error
from pages.ui.report.drafts import EDITED, HEAD, Opened, close_editor
from pages.ui.report.editor import edit_head, edit_section
from pages.ui.report.preview import show_section
from pages.ui.train.actions import guarded

OPENINGS = "report-openings"  # each time an editor opens its widgets begin anew


@dataclass(frozen=True)
class Arranged:
    """The draft as it is now, and its sections as they are shown."""

    draft: Draft
    built: tuple[Built, ...]


def arrange(opened: Opened, draft: Draft, material: Material, palette: Palette) -> Arranged:
    """Draw every section with its buttons; what is edited is saved at once."""
    draft = _head(opened, draft, material)
    built = []
    for at in range(len(draft.sections)):
        draft = _section_head(opened, draft, at, material)
        built.append(build_section(draft.sections[at], material))
        show_section(built[-1], palette, key=f"{at}")
    if opened.is_own:
        _add_buttons(opened.name)
    with st.spinner("Reading the runs ..."):
        built.append(reproduce(draft, material))
    st.markdown(f"#### {built[-1].title}")
    show_section(built[-1], palette, key="reproduce")
    return Arranged(draft, tuple(built))


def _head(opened: Opened, draft: Draft, material: Material) -> Draft:
    with _row():
        st.subheader(escaped(draft.title or UNTITLED), anchor=False, width="stretch")
        if opened.is_own:
            _edit_button(HEAD)
    if _is_edited(HEAD):
        draft = _kept(opened.name, draft, edit_head(draft, _key()))
    author = f"{escaped(draft.author)} · " if draft.author else ""
    st.markdown(f":gray[{author}{origin(draft, material)}]")
    return draft


def _section_head(opened: Opened, draft: Draft, at: int, material: Material) -> Draft:
    section = draft.sections[at]
    title = escaped(title_of(section, material))
    if opened.is_own:
        with _row():
            st.markdown(f"#### {title}" if title else ":gray[Text]", width="stretch")
            _section_buttons(opened.name, at, len(draft.sections))
    elif title:
        st.markdown(f"#### {title}")
    if opened.is_own and _is_edited(at):
        edited = edit_section(section, material, _key())
        draft = _kept(opened.name, draft, with_section(draft, edited, at))
    return draft


def _row() -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="xxsmall")


def _section_buttons(name: str, at: int, count: int) -> None:
    _button("Move up", "arrow_upward", f"up-{at}", _change, name, with_moved, at, -1,
            disabled=at == 0)  # fmt: skip
    _button("Move down", "arrow_downward", f"down-{at}", _change, name, with_moved, at, 1,
            disabled=at == count - 1)  # fmt: skip
    _edit_button(at)
    _button("Remove", "delete", f"remove-{at}", _change, name, without_section, at)


def _edit_button(at: int) -> None:
    if _is_edited(at):
        _button("Done", "check", f"edit-{at}", close_editor)
    else:
        _button("Edit", "edit", f"edit-{at}", _edit, at)


def _button(
    label: str, icon: str, key: str, act: Callable[..., None], *args: object, disabled: bool = False
) -> None:
    st.button(f":material/{icon}:", key=f"report-{key}", on_click=act, args=args, type="tertiary",
              help=label, disabled=disabled)  # fmt: skip


def _add_buttons(name: str) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(":gray[Add]", width="content")
        for kind in SECTIONS.values():
            st.button(kind.title, key=f"report-add-{kind.name}", icon=":material/add:",
                      on_click=_add, args=(name, kind.name), help=kind.help)  # fmt: skip


def _is_edited(at: int) -> bool:
    return st.session_state.get(EDITED) == at


def _key() -> str:
    return f"report-edit-{st.session_state.get(OPENINGS, 0)}"


def _edit(at: int) -> None:
    st.session_state[EDITED] = at
    st.session_state[OPENINGS] = st.session_state.get(OPENINGS, 0) + 1


def _kept(name: str, before: Draft, after: Draft) -> Draft:
    """Save a draft that has changed; where it cannot be saved it is shown all the same."""
    if after != before:
        try:
            save_draft(name, after)
        except CoreError as error:
            explain_error(error)
        else:
            st.rerun()  # the headings above and the list of drafts are told too
    return after


@guarded
def _change(name: str, change: Callable[..., Draft], *args: int) -> None:
    save_draft(name, change(load_draft(name), *args))
    close_editor()


@guarded
def _add(name: str, kind: str) -> None:
    draft = load_draft(name)
    save_draft(name, with_section(draft, suggest_section(kind, all_material())))
    _edit(len(draft.sections))
