"""Is what the notes say true?"""

import streamlit as st

from core.claims.inputs import DEFAULT
from core.claims.ledger import note_claims
from core.errors import CoreError
from core.figures.theme import Palette
from pages.ui.claims.controls import CLAIM, FILTERS, OWN, PAIRS, SETTINGS, TABLE, inputs_from
from pages.ui.claims.detail import show_claim, show_together
from pages.ui.claims.judged import compute_some, known, open_claims
from pages.ui.claims.own import show_own
from pages.ui.claims.table import chosen_claims, show_claims, show_pairs, show_verdicts, verdict_of
from pages.ui.claims.tables import show_tables
from pages.ui.controls import Segments, draw_control, draw_controls, reset_button
from pages.ui.page import Explanation, Metric, explain_error, heading, metrics_row, open_page

REFRESH_S = 0.3

JUDGED = ("holds", "holds if", "does not hold")

palette = open_page(
    "Is what the notes say true?",
    "Every claim is recomputed here; no verdict comes with it. Choose a row to see the numbers.",
    Explanation(
        formula=r"|\,\text{recomputed}-\text{reported}\,|\le\text{tolerance}",
        symbols="A function recomputes each claim from formulas, synthetic data or recorded runs, "
        "without knowing what was reported; both meet in the comparison alone. *Holds if*: under "
        "some of its conditions. An experiment with seeds is compared by its interval.",
        source="142 claims of the five notes, in our words, each with its line.",
    ),
)
view = Segments(
    "view",
    "View",
    "What the notes say, what you say of runs, or tables that somebody reports.",
    "notes",
    ("notes", "own", "tables"),
    {"notes": "The notes", "own": "Own claims", "tables": "Tables"}.__getitem__,
    labelled=False,
)


def show_notes(palette: Palette) -> None:
    """Show the ledger with its verdicts, and one claim with its evidence."""
    values = draw_controls(FILTERS, OWN)
    try:
        inputs = inputs_from(values)
    except CoreError as error:
        explain_error(error)
        inputs = DEFAULT

    def show_progress() -> None:
        # A little at a time; once all is there the page begins anew.
        left = compute_some(inputs)
        total = len(note_claims())
        if left:
            st.progress(1 - left / total, f"Recomputing: {len(known(inputs))} of {total} claims")
        else:
            st.rerun()

    every = [verdict_of(claim, inputs) for claim in note_claims()]
    metrics_row([
        Metric("Hold", f"{every.count('holds')}", f"of {len(every)} claims",
               "Recomputed and reported agree within the tolerance."),
        Metric("Hold if", f"{every.count('holds if')}", f"of {len(every)} claims",
               "Under some of their conditions."),
        Metric("Do not hold", f"{every.count('does not hold')}", f"of {len(every)} claims",
               "Recomputed and reported differ by more than the tolerance."),
        Metric("Open", f"{len(every) - sum(map(every.count, JUDGED))}", f"of {len(every)} claims",
               "Not told apart, not checkable here, or not computed yet: each row says why."),
    ])  # fmt: skip
    heading("Verdicts by note", f"{len(known(inputs))} of {len(note_claims())} claims recomputed")
    show_verdicts(palette, inputs)
    if open_claims(inputs):
        st.fragment(show_progress, run_every=REFRESH_S)()
    if values[PAIRS.key]:
        show_together(show_pairs(inputs), palette, inputs)
    else:
        row = show_claims(chosen_claims(values, inputs), inputs)
        if chosen := row or str(values[CLAIM.key]).strip():
            show_claim(chosen, palette, inputs)


VIEWS = {"notes": show_notes, "own": show_own, "tables": show_tables}
VIEWS[draw_control(view)](palette)
reset_button((view, TABLE, *SETTINGS))
