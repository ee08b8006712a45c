"""Uploaded answers of de novo tools, a file a tool."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from core.errors import CoreError
from core.problems.peptide.reading.answers import Answers, read_answers
from pages.ui.page import explain_error

UPLOADER, READ, CHOSEN = "upload-answers", "read-answers", "chosen-answers"
REFUSED: Final = "refused-answers"
VIEW, HERE = "view", "answers"
LONGEST: Final = 24


def upload_answers() -> None:
    """Draw the uploader and read what is new; what was read stays while other pages are open."""
    state = st.session_state
    was_away = UPLOADER not in state
    files = st.file_uploader(
        "Answers of tools, mzTab or CSV",
        key=UPLOADER,
        accept_multiple_files=True,
        help="A file a tool, for the view De novo answers: the PSM section of mzTab, or a table "
        "with columns for spectrum, peptide and score, and the right peptide where it has it.",
    )
    chosen = tuple(file.file_id for file in files)
    if chosen != state.get(CHOSEN, ()) and (chosen or not was_away):
        with st.spinner("Reading answers ..."):
            state[READ], state[REFUSED] = _read(files)
        if state[READ]:
            state[VIEW] = HERE
    state[CHOSEN] = chosen
    if state.get(READ) and not files:
        st.button(
            "Forget the answers read before",
            key="forget-answers",
            type="tertiary",
            icon=":material/close:",
            on_click=lambda: state.pop(READ),
        )
    for error in state.get(REFUSED, ()):  # stays until other files come
        explain_error(error)


def _read(files: Sequence[Any]) -> tuple[dict[str, tuple[str, Answers]], list[CoreError]]:
    """Read each file; one that cannot be used costs itself only."""
    read: dict[str, tuple[str, Answers]] = {}
    refused: list[CoreError] = []
    for file in files:
        try:
            answers = read_answers(file, name=file.name)
            read[tool_name(file.name, read)] = file.file_id, answers
        except CoreError as error:
            refused.append(error)
    return read, refused


def tool_name(file: str, taken: Collection[str]) -> str:
    """Name a tool by its file; of two equal ones the second is numbered.

    Example:
        >>> tool_name("casanovo.mztab.gz", {"casanovo"})
        'casanovo (2)'
    """
    stem = Path(file).name.split(".")[0] or file
    short = stem if len(stem) <= LONGEST else f"{stem[: LONGEST - 1]}…"
    numbers = (f" ({number})" if number > 1 else "" for number in range(1, len(taken) + 2))
    return next(name for number in numbers if (name := short + number) not in taken)


def uploaded_answers() -> dict[str, tuple[str, Answers]]:
    """Give what was read of each tool by its name, with the identity of its file."""
    return st.session_state.get(READ) or {}
