"""Histories of other trainers: uploaded, kept while other views are open, or refused."""

import tempfile
from collections.abc import Collection
from pathlib import Path

import streamlit as st

from core.errors import CoreError, InputError
from core.history import History, collect_history
from core.importers.importers import IMPORTERS, Importer
from pages.ui.page import explain_error

UPLOADER = "upload-histories"
READ, REFUSED = "cosine-histories", "cosine-refused"
KEPT, CHOSEN = "cosine-kept", "cosine-chosen"
LONGEST = 34  # of a name in a legend, characters


def uploaded() -> dict[str, History]:
    """Give what was uploaded in this session, by a name for legends."""
    return st.session_state.get(READ, {})


def upload() -> None:
    """Draw the uploader, and read what is new; what is refused stays explained below it."""
    state = st.session_state
    was_away = UPLOADER not in state  # while another view was open it forgot its files; we do not
    with st.sidebar:
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
                history = read_history_file(file.name, file.getvalue())
                state[READ][legend_name(file.name, state[READ])] = history
            except CoreError as error:
                state[REFUSED].append(error)
    if state[KEPT]:
        with st.sidebar:
            _offer_to_forget(len(state[KEPT]))
    for error in state[REFUSED]:  # stays until other files come
        explain_error(error)


def _offer_to_forget(count: int) -> None:
    st.button(
        f"Forget {count} {'history' if count == 1 else 'histories'} read before",
        key="forget-histories",
        type="tertiary",
        icon=":material/close:",
        on_click=_forget,
        help="They stay in this session while other views are open.",
    )


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


def read_history_file(name: str, content: bytes) -> History:
    """Read a file by the importer that knows it.

    Raises:
        InputError: It is empty, of another kind, or damaged; the message names the place.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        return collect_history(_importer(path).read(path))


def _importer(path: Path) -> Importer:
    """Find the importer by content; of a damaged file by its ending: it says what is wrong."""
    for importer in IMPORTERS.values():
        if importer.detect(path):
            return importer
    content = path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n")
    for importer in IMPORTERS.values():
        if path.suffix.lower() in importer.suffixes and content.startswith((b"{", b"[")):
            return importer
    raise InputError(path.name, expected=", ".join(i.title for i in IMPORTERS.values()),
                     came="another kind of file" if content else "an empty file",
                     do="Choose another file; the others stay")  # fmt: skip
