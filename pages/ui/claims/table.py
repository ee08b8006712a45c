"""The ledger as a table and a chart, filtered by the reader."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import pandas as pd
import streamlit as st

from core.claims.claim import Claim, Judged, Verdict
from core.claims.inputs import Inputs
from core.claims.ledger import contradictions, note_claims
from core.figures.bars import BarGroup, BarsFigure, draw_bars
from core.figures.theme import Palette
from pages.ui.charts import show_chart
from pages.ui.claims.controls import KIND, NOTE, NOTES, SEARCH, STARRED, VERDICT, note_of
from pages.ui.claims.judged import known

HEIGHT: Final = 210
TABLE_HEIGHT: Final = 380
OPEN: Final = "not computed yet"
BAR_COLORS: Final = {
    "holds": "#009E73",
    "holds if": "#E69F00",
    "does not hold": "#D55E00",
    "cannot tell": "muted",
    "not checkable here": "ghost",
    OPEN: "#56B4E9",
}


def chosen_claims(values: Mapping[str, Any], inputs: Inputs) -> list[Claim]:
    """Give the claims that pass the filters, in the order of the ledger."""
    notes, verdicts, kinds = (set(values[control.key]) for control in (NOTE, VERDICT, KIND))
    words = str(values[SEARCH.key]).lower().split()
    return [
        claim
        for claim in note_claims()
        if (not notes or note_of(claim) in notes)
        and (not verdicts or verdict_of(claim, inputs) in verdicts)
        and (not kinds or claim.kind in kinds)
        and (not values[STARRED.key] or claim.starred)
        and all(word in f"{claim.claim_id} {claim.text}".lower() for word in words)
    ]


def verdict_of(claim: Claim, inputs: Inputs) -> str:
    """Give a claim's verdict, or that there is none yet."""
    found: Judged | None = known(inputs).get(claim.claim_id)
    return found.verdict if found else OPEN


def show_verdicts(palette: Palette, inputs: Inputs) -> None:
    """Draw how many claims of each note have which verdict."""
    claims = note_claims()
    counts = [
        BarGroup(
            verdict,
            tuple(NOTES.values()),
            tuple(
                float(sum(note_of(c) == note and verdict_of(c, inputs) == verdict for c in claims))
                for note in NOTES.values()
            ),
            BAR_COLORS[verdict],
        )
        for verdict in (*get_args(Verdict), OPEN)
    ]
    shown = tuple(group for group in counts if any(group.y))
    record = BarsFigure("verdicts", "note", "claims", shown, mode="stack", y_format=".0f")
    show_chart(
        draw_bars(record, palette, height=HEIGHT),
        key="verdicts",
        alt="How many claims of each note hold, hold under conditions, do not hold, or cannot be "
        "checked.",
    )


def show_claims(claims: Sequence[Claim], inputs: Inputs) -> str:
    """Show the claims as rows, and give the id of the chosen one; empty where none is."""
    if not claims:
        st.info("No claim passes all filters at once. Take one of them back at the left.",
                icon=":material/filter_alt_off:")  # fmt: skip
        return ""
    table = pd.DataFrame(
        [
            {
                "Claim": claim.claim_id,
                "Verdict": verdict_of(claim, inputs),
                "What it says": claim.text,
                "Reported": claim.reported,
                "Kind": claim.kind,
                "★": "★" if claim.starred else "",
            }
            for claim in claims
        ],
        columns=["Claim", "Verdict", "What it says", "Reported", "Kind", "★"],
    )
    event: Any = st.dataframe(
        table, key="table-claims", hide_index=True, height=TABLE_HEIGHT, width="stretch",
        on_select="rerun", selection_mode="single-row", row_height=28,
        alt="Claims with their verdicts, what they say and what was reported.",
        column_config={
            "Verdict": st.column_config.TextColumn(width=120),
            "What it says": st.column_config.TextColumn(width=420),
        },
    )  # fmt: skip
    rows = [row for row in event.selection.rows if row < len(claims)]
    return claims[rows[0]].claim_id if rows else ""


def show_pairs(inputs: Inputs) -> tuple[str, ...]:
    """Show claims that contradict each other side by side, and give the ids of the chosen pair."""
    pairs = contradictions()
    table = pd.DataFrame([
        {"One": f"{one.claim_id}: {one.text}", "Its verdict": verdict_of(one, inputs),
         "The other": f"{other.claim_id}: {other.text}",
         "The other's verdict": verdict_of(other, inputs)}
        for one, other in pairs
    ])  # fmt: skip
    event: Any = st.dataframe(
        table, key="table-pairs", hide_index=True, height=TABLE_HEIGHT, width="stretch",
        on_select="rerun", selection_mode="single-row", row_height=57,
        alt="Pairs of claims that cannot hold together, with their verdicts.",
        column_config={
            "One": st.column_config.TextColumn(width=320),
            "Its verdict": st.column_config.TextColumn(width=100),
            "The other": st.column_config.TextColumn(width=320),
            "The other's verdict": st.column_config.TextColumn("Its verdict", width=100),
        },
    )  # fmt: skip
    rows = [row for row in event.selection.rows if row < len(pairs)]
    return tuple(claim.claim_id for claim in pairs[rows[0]]) if rows else ()
