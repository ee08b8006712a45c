"""The peptide that the page predicts: the label, or what the reader makes of it."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.errors import InputError
from core.problems.peptide.decoys import reorder, substitute, swap
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.residues import RESIDUES
from core.problems.peptide.spectra import Spectrum
from pages.ui.controls import Text, draw_control
from pages.ui.page import explain_error

FIRST_POSITION = 2  # every peptide here has two residues or more
EDITED_FOR = "peptide-edited-for"
PEPTIDE = Text(
    "peptide",
    "Peptide, residues",
    "Leave it empty for the label. Modifications stand in brackets: PEPTM[+15.99]IDE.",
    "",
)


def edited_peptide(spectrum: Spectrum, key: str) -> tuple[Peptide, Peptide]:
    """Draw the editor in the sidebar; give the label, and the peptide to predict.

    What cannot be read is explained, and the label is used.
    """
    label = spectrum.peptide
    assert label is not None, "only labelled spectra are offered"
    if st.session_state.setdefault(EDITED_FOR, key) != key:  # another spectrum was chosen
        st.session_state[EDITED_FOR] = key
        st.session_state[PEPTIDE.key] = ""
    with st.sidebar.expander("Peptide"):
        text = draw_control(PEPTIDE)
        try:
            peptide = parse_peptide(text.strip()) if text.strip() else label
            if len(peptide) < 2:
                raise InputError(
                    f"peptide {peptide}",
                    expected="at least 2 residues",
                    came="1, which has no fragment",
                    do="Add residues, or clear the field",
                )
        except InputError as error:
            explain_error(error)
            peptide = label
        _moves(peptide)
    return label, peptide


def _moves(peptide: Peptide) -> None:
    """Draw one button a move; the moved peptide goes into the text field and so the address."""
    place = st.slider(
        "Position, residue",
        1,
        len(peptide),
        FIRST_POSITION,
        key="position",
        help="Where a substitution or a swap with the next residue takes place.",
    )
    residue = st.selectbox(
        "Residue", list(RESIDUES), key="residue", help="What a substitution puts there."
    )
    moves: dict[str, Callable[[], Peptide]] = {
        "Substitute": lambda: substitute(peptide, place, residue),
        "Swap": lambda: swap(peptide, min(place, len(peptide) - 1)),
        "Shuffle": lambda: reorder(peptide, np.random.default_rng().permutation(len(peptide))),
        "Label": lambda: peptide,
    }
    row = st.container(horizontal=True, gap="xxsmall")
    for name, move in moves.items():
        row.button(
            name,
            key=f"move-{name}",
            type="tertiary",
            on_click=_put,
            args=(move, name == "Label"),
            help=_HELP[name],
        )


def reset_moves() -> None:
    """Bring place and residue of the moves back to their defaults."""
    st.session_state["position"] = FIRST_POSITION
    st.session_state["residue"] = RESIDUES[0]


_HELP = {
    "Substitute": "Put the residue at the position.",
    "Swap": "Exchange the residue with the next one.",
    "Shuffle": "Draw another order of the residues.",
    "Label": "Back to the label of the spectrum.",
}


def _put(move: Callable[[], Peptide], clear: bool) -> None:
    st.session_state[PEPTIDE.key] = "" if clear else str(move())
