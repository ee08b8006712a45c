"""What can be done with the chosen runs: compare, name, tag, note, archive, delete."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import CoreError
from core.runs.elsewhere import forget_folder, is_elsewhere
from core.runs.folder import edit_meta, folder_bytes
from core.runs.index import RunRow
from core.runs.launching import delete_run
from pages.ui.page import escaped, explain_error
from pages.ui.runs.chosen import RUNS, run_name

REFUSED, DONE = "runs-refused", "runs-done"
NAME, TAGS, NOTE = "edit-name", "edit-tags", "edit-note"


def edit_panel(rows: Sequence[RunRow]) -> None:
    """Draw the buttons for the chosen runs; samples stay as they are."""
    if (text := st.session_state.pop(DONE, None)) is not None:
        st.toast(text)
    for error in st.session_state.pop(REFUSED, ()):
        explain_error(error)
    own = [row for row in rows if not row.is_sample]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Compare", key="to-compare", type="primary", disabled=not rows,
                  on_click=_compare, icon=":material/stacked_line_chart:",
                  help="Lay the chosen runs over one another.")  # fmt: skip
        _edit(own)
        away = [row for row in own if row.is_archived]
        _archive(own, back=bool(own) and len(away) == len(own))
        _delete(own)
        if len(rows) == 1:
            st.page_link("pages/train.py", label="Open in Train",
                         icon=":material/arrow_forward:", query_params={"run": rows[0].id}
                         )  # fmt: skip
        if len(own) < len(rows):
            count = len(rows) - len(own)
            text = f"{count} are samples: they stay as they are."
            text = "One is a sample: it stays as it is." if count == 1 else text
            st.markdown(f":gray[:small[{text}]]")


def _compare() -> None:
    st.session_state["view"] = "compare"


def _edit(rows: Sequence[RunRow]) -> None:
    with st.popover("Name, tags, note", icon=":material/edit:", disabled=not rows):
        known = rows[0] if len(rows) == 1 else None
        mark = "-".join(row.id for row in rows)[:80]
        with st.form(f"edit-{mark}", border=False):
            name = st.text_input(
                "Name", run_name(known) if known else "", key=f"{NAME}-{mark}",
                disabled=known is None,
                help="As in lists, at most 80 letters." if known else "Choose one run to name it.",
            )  # fmt: skip
            shared = [tag for tag in (rows[0].tags if rows else ())
                      if all(tag in row.tags for row in rows)]  # fmt: skip
            tags = st.text_input(
                "Tags", ", ".join(shared), key=f"{TAGS}-{mark}",
                help="Separated by commas. Of several runs: those that all have; others stay.",
            )  # fmt: skip
            note = st.text_area("Note", known.note if known else "", key=f"{NOTE}-{mark}",
                                help="Free text; of several runs an empty one changes nothing."
                                )  # fmt: skip
            if st.form_submit_button("Save"):
                wanted = [tag.strip() for tag in tags.split(",") if tag.strip()]
                _each(rows, lambda row: edit_meta(
                    row.folder, name=name if known else None,
                    tags=[*wanted, *(tag for tag in row.tags if tag not in shared)],
                    note=note if known or note else None,
                ), "Saved")  # fmt: skip
                st.rerun()


def _archive(rows: Sequence[RunRow], *, back: bool) -> None:
    word = "Restore" if back else "Archive"
    st.button(
        word,
        key="archive",
        icon=":material/unarchive:" if back else ":material/archive:",
        disabled=not rows,
        on_click=_each,
        args=(rows, lambda row: edit_meta(row.folder, archived=not back), f"{word}d"),
        help="Lists leave archived runs out until they are asked for; nothing is deleted.",
    )


def _delete(rows: Sequence[RunRow]) -> None:
    with st.popover("Delete", icon=":material/delete:", disabled=not rows):
        names = ", ".join(run_name(row) for row in rows)
        size = size_text(sum(_frees(row) for row in rows))
        st.markdown(f"Delete {escaped(names[:300])}? This frees {size} and cannot be undone.")
        if any(is_elsewhere(row.folder) for row in rows):
            st.markdown(":gray[:small[What lies on another disk is only listed no longer.]]")
        st.button("Delete for good", key="delete-runs", on_click=_each,
                  args=(rows, _remove, "Deleted"))  # fmt: skip


def size_text(size_bytes: int) -> str:
    """Write a size in kB, or MB from one on."""
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:,.0f} kB"


def _frees(row: RunRow) -> int:
    return 0 if is_elsewhere(row.folder) else folder_bytes(row.folder)


def _remove(row: RunRow) -> None:
    forget_folder(row.folder) if is_elsewhere(row.folder) else delete_run(row.folder)
    st.session_state[RUNS] = [run for run in st.session_state[RUNS] if run != row.id]


def _each(rows: Sequence[RunRow], action: Callable[[RunRow], object], done: str) -> None:
    """Do it to each; one that refuses keeps no other from it."""
    refused: list[CoreError] = []
    for row in rows:
        try:
            action(row)
        except CoreError as error:
            refused.append(error)
    st.session_state[REFUSED] = refused
    if count := len(rows) - len(refused):
        st.session_state[DONE] = f"{done}: {count} run{'' if count == 1 else 's'}."
