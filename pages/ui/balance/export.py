"""Taking a schedule away, keeping it, and bringing one's own."""

import re
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.balance.table import BalanceTable, read_balance_table, write_balance_table
from core.errors import CoreError, InputError, UnavailableError
from core.home import home, home_folder
from core.training.curriculum import Schedule, Stage, end_to_end
from core.training.schedule_text import from_json, from_yaml, to_json, to_python, to_yaml
from pages.ui.balance.editor import OWN, SCHEDULE, forget_edits
from pages.ui.page import explain_error

FOLDER = "schedules"
LONGEST_BYTES = 1 << 20
STEPS = 10_000  # of each stage of a table without a schedule, as in the note
SAVED, UPLOAD, REFUSED = "saved-schedule", "upload-balance", "refused-balance"


def schedule_of(table: BalanceTable, like: Schedule | None) -> Schedule:
    """Make a schedule with the weights of a table.

    Args:
        table: Stages, terms and weights.
        like: Gives steps and data mix by the name of a stage, its last one those of new stages;
            None where the table belongs to no schedule: clean data, equal steps.
    """
    known = {stage.name: stage for stage in like.stages} if like else {}
    last = like.stages[-1] if like else Stage("1", 0, STEPS, {})
    stages = []
    for i, name in enumerate(table.stages):
        old = known.get(name, replace(last, name=name, expected=""))
        weights = dict(zip(table.terms, table.weights[i].tolist(), strict=True))
        stages.append(replace(old, weights=weights))
    return end_to_end(table.terms, stages, [stage.steps for stage in stages])


def saved_schedules() -> list[str]:
    """List the names of the saved schedules."""
    return sorted(path.stem for path in (home() / FOLDER).glob("*.yaml"))


def export_panel(table: BalanceTable, like: Schedule | None) -> Schedule | None:
    """Draw the panel that saves, loads and exports; messages stay inside it.

    Returns:
        The schedule that the page shows; None where its table makes none.
    """
    with st.sidebar.popover("Save, load, export", type="primary", width="stretch"):
        try:
            schedule = schedule_of(table, like)
        except CoreError as error:
            explain_error(error)
            return None
        _save(schedule)
        _downloads(schedule, table)
        _load()
        return schedule


def _save(schedule: Schedule) -> None:
    name = st.text_input(
        "Name, letters and digits", "my-schedule", key="schedule-name", help="Name of the file."
    )
    if not st.button("Save this schedule", key="save-schedule", icon=":material/save:"):
        return
    try:
        if not re.fullmatch(r"[\w.-]{1,60}", name) or name.startswith("."):
            raise InputError(
                "name of the schedule",
                expected="1 to 60 letters, digits, dots, dashes or underscores",
                came=repr(name),
                do="Choose another name",
            )
        path = home_folder(FOLDER) / f"{name}.yaml"
        replaced = ", in place of the earlier one" if path.exists() else ""
        part = path.with_suffix(".part")
        part.write_text(to_yaml(schedule), encoding="utf-8")
        part.replace(path)
        st.success(f"Saved as {path}{replaced}.")
    except CoreError as error:
        explain_error(error)
    except OSError as error:
        st.error(f"The schedule cannot be saved ({error.strerror}). Download it instead.")


def _downloads(schedule: Schedule, table: BalanceTable) -> None:
    texts = {
        "YAML": ("schedule.yaml", to_yaml(schedule)),
        "JSON": ("schedule.json", to_json(schedule)),
        "Python": ("schedule.py", f"SCHEDULE = {to_python(schedule)}\n"),
        "CSV": ("balance.csv", write_balance_table(table)),
    }
    row = st.container(horizontal=True, gap="xxsmall")
    for label, (file_name, text) in texts.items():
        row.download_button(
            label, text, file_name, key=f"export-{label}", on_click="ignore", type="tertiary",
            icon=":material/download:", help=f"Weights as shown, as {label}.",
        )  # fmt: skip


def _load() -> None:
    """Draw what brings a schedule or a table; callbacks take it before the page is drawn anew."""
    saved = saved_schedules()
    chosen = st.selectbox(
        "Saved schedule, name",
        saved,
        index=None,
        key=SAVED,
        placeholder="none chosen" if saved else "none saved yet",
        help="Its weights, steps and data mix replace those of the table.",
    )
    st.button(
        "Load",
        key="load-schedule",
        disabled=chosen is None,
        on_click=_take_saved,
        help="Choose a saved schedule first.",
    )
    st.file_uploader(
        "Schedule as YAML or JSON, or table as CSV",
        key=UPLOAD,
        on_change=_take_upload,
        help="CSV: stage, term, raw, weight, target_low, target_high, a row a stage and term.",
    )
    if REFUSED in st.session_state:
        explain_error(st.session_state.pop(REFUSED))


def _take_saved() -> None:
    path = home() / FOLDER / f"{st.session_state[SAVED]}.yaml"
    _take(lambda: _use_schedule(path.read_bytes(), path.name))


def _take_upload() -> None:
    upload = st.session_state[UPLOAD]
    if upload is None:
        return
    suffix = upload.name.lower().rsplit(".", 1)[-1]
    use = _use_schedule if suffix in {"yaml", "yml", "json"} else _use_table
    _take(lambda: use(upload.getvalue(), upload.name))


def _take(use: Callable[[], None]) -> None:
    """Use what came; where it cannot be used keep everything, and say why in the panel."""
    try:
        use()
    except CoreError as error:
        st.session_state[REFUSED] = error
    except OSError as error:
        st.session_state[REFUSED] = UnavailableError(f"The file cannot be read: {error}.")


def _check_size(data: bytes, name: str) -> None:
    if len(data) > LONGEST_BYTES:
        raise InputError(
            name,
            expected=f"at most {LONGEST_BYTES:,} bytes",
            came=f"{len(data):,}",
            do="Leave out stages or terms",
        )


def _use_schedule(data: bytes, name: str) -> None:
    _check_size(data, name)
    read = from_json if name.lower().endswith(".json") else from_yaml
    schedule = read(data.decode("utf-8", errors="replace"), name=name)
    forget_edits()
    st.session_state[SCHEDULE] = schedule
    if st.session_state.get("raw") == "table":  # a schedule has no raw values of its own
        st.session_state["raw"] = "expected"
    st.toast(f"{name} is loaded: {len(schedule.stages)} stages.")


def _use_table(data: bytes, name: str) -> None:
    _check_size(data, name)
    table = read_balance_table(data, name=name)
    forget_edits()
    st.session_state[OWN] = table
    st.session_state["raw"] = "table"
