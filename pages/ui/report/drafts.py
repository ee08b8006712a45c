"""The sidebar of the page report: which draft is open, and what is done with drafts."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import CoreError
from core.report.draft import Draft
from core.report.draft_files import (
    delete_draft,
    draft_json,
    free_name,
    list_drafts,
    load_draft,
    parse_draft,
    rename_draft,
    save_draft,
)
from core.report.html import file_name
from core.report.sample import SAMPLE, SAMPLE_NAME
from pages.ui.page import escaped, explain_error
from pages.ui.train.actions import guarded

DRAFT, UPLOAD, NEW_NAME = "draft", "report-upload", "report-name"
EDITED = "report-edited"  # which section is open for editing; HEAD for title and author
HEAD = -1


@dataclass(frozen=True)
class Opened:
    """The draft that is open.

    Args:
        name: As in the list.
        draft: None where its file is damaged.
    """

    name: str
    draft: Draft | None

    @property
    def is_own(self) -> bool:
        """Whether it may be changed: the sample may not."""
        return self.name != SAMPLE_NAME


def choose_draft() -> Opened:
    """Draw the list of drafts and what is done with them; open the chosen one."""
    names = (SAMPLE_NAME, *list_drafts())
    asked = st.query_params.get(DRAFT)
    if st.session_state.get(DRAFT) not in names:
        st.session_state.pop(DRAFT, None)
    with st.sidebar:
        name = st.selectbox(
            "Draft",
            names,
            key=DRAFT,
            bind="query-params",
            persist_state="session",
            on_change=close_editor,
            help="What stands in a report is kept as a draft; the sample cannot be changed.",
        )
        if asked and asked not in names:
            st.warning(escaped(f"There is no draft {asked[:60]} here."))
    try:
        draft = SAMPLE if name == SAMPLE_NAME else load_draft(name)
    except CoreError as error:
        explain_error(error)
        return Opened(name, None)
    return Opened(name, draft)


def draft_buttons(opened: Opened, make: Callable[[], str]) -> None:
    """Draw what makes the file, and what makes, renames and deletes drafts.

    Args:
        opened: The draft that is open.
        make: Makes the HTML of the report; called when it is asked for.
    """
    with st.sidebar:
        if opened.draft is not None:
            st.download_button(
                "Download the report",
                make,
                file_name(opened.draft),
                "text/html",
                key="report-download",
                on_click="ignore",
                type="primary",
                icon=":material/download:",
                width="stretch",
                help="One HTML file with live charts; it needs no network and no Lossoscope.",
            )
            st.button(
                "Edit a copy" if opened.is_own else "Make it yours",
                key="report-copy",
                on_click=_copy,
                args=(opened.draft,),
                icon=":material/edit_document:",
                width="stretch",
                help="Makes a draft of your own with the same sections.",
            )
        st.button(
            "New report",
            key="report-new",
            on_click=_new,
            icon=":material/add:",
            width="stretch",
            help="Begins an empty draft.",
        )
        if opened.is_own:
            _rename_and_delete(opened)
        with st.expander("Draft as a file"):
            _as_file(opened)


def _rename_and_delete(opened: Opened) -> None:
    row = st.container(horizontal=True, gap="small")
    with row.popover("Rename", icon=":material/edit:"):
        st.text_input("New name", opened.name, key=NEW_NAME, max_chars=60,
                      help="Letters, digits, spaces, dots, dashes and underscores.")  # fmt: skip
        st.button("Rename it", key="report-rename", on_click=_rename, args=(opened.name,))
    with row.popover("Delete", icon=":material/delete:"):
        st.markdown(f"Delete the draft *{escaped(opened.name)}*? Runs stay. It cannot be undone.")
        st.button("Delete for good", key="report-delete", on_click=_delete, args=(opened.name,))


def _as_file(opened: Opened) -> None:
    if opened.draft is not None:
        st.download_button(
            "Save the draft", draft_json(opened.draft), f"{opened.name}.json", key="report-save",
            on_click="ignore", type="tertiary", icon=":material/download:",
            help="For `python -m core report`, or for another machine with the same runs.",
        )  # fmt: skip
    st.file_uploader("Open a draft, JSON", key=UPLOAD, on_change=_take_upload,
                     help="A draft that was saved here.")  # fmt: skip


def close_editor() -> None:
    """Leave the section that is edited."""
    st.session_state.pop(EDITED, None)


def _open(name: str) -> None:
    close_editor()
    st.session_state[DRAFT] = name


@guarded
def _copy(draft: Draft) -> None:
    name = free_name(draft.title)
    save_draft(name, draft)
    _open(name)


@guarded
def _new() -> None:
    name = free_name("My report")
    save_draft(name, Draft("My report"))
    _open(name)


@guarded
def _rename(name: str) -> None:
    wanted = str(st.session_state[NEW_NAME]).strip()
    rename_draft(name, wanted)
    _open(wanted)


@guarded
def _delete(name: str) -> None:
    delete_draft(name)
    _open(SAMPLE_NAME)


@guarded
def _take_upload() -> None:
    upload = st.session_state[UPLOAD]
    if upload is not None:
        draft = parse_draft(upload.getvalue(), upload.name)
        name = free_name(upload.name.removesuffix(".json"))
        save_draft(name, draft)
        _open(name)
