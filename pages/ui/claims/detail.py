"""One claim: what it says, what came out, and where to play with it."""

from collections.abc import Sequence
from math import isfinite
from typing import Final
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import streamlit as st

from core.claims.claim import Compared, Judged, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.ledger import contradictions, find_claim
from core.claims.registry import RECOMPUTE
from core.claims.results import recompute
from core.errors import CoreError
from core.figures.curves import Curve, CurveFigure, Panel, summarise_curves
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette, term_color
from pages.ui.charts import show_chart, show_table
from pages.ui.claims.controls import note_of
from pages.ui.claims.judged import judged, known
from pages.ui.page import escaped, explain_error, heading

HEIGHT: Final = 260
COLORS: Final = {
    "holds": "green",
    "holds if": "orange",
    "does not hold": "red",
    "cannot tell": "gray",
    "not checkable here": "gray",
}


def show_claim(claim_id: str, palette: Palette, inputs: Inputs) -> None:
    """Everything about one claim; what has not been recomputed waits for a click."""
    try:
        claim = find_claim(claim_id)
    except CoreError as error:
        explain_error(error)
        return
    heading(f"{claim_id} · {note_of(claim)}, {claim.line}", claim.kind)
    st.markdown(escaped(claim.text))
    for one, other in contradictions():
        if claim in (one, other):
            against = other if claim == one else one
            st.markdown(f":gray[contradicts {against.claim_id}: {escaped(against.text)}]")
    _show_way(claim.page)
    if claim_id not in known(inputs):
        _offer(claim_id, inputs)
        return
    found = known(inputs)[claim_id]
    st.markdown(f"{badge(found)} &nbsp; :gray[reported: {escaped(claim.reported)}]")
    for line in (*found.holds_if, found.why):
        if line:
            st.markdown(f":gray[{escaped(line)}]")
    if found.compared:
        show_table(
            pd.DataFrame([_cells(one) for one in found.compared]),
            key=f"checks-{claim_id}",
            alt="Each number of the claim beside the recomputed one.",
        )
    if claim_id in RECOMPUTE and found.compared:
        _show_evidence(claim_id, palette, inputs)


def show_together(claim_ids: Sequence[str], palette: Palette, inputs: Inputs) -> None:
    """Show claims side by side, each with its numbers and its page."""
    columns = st.columns(len(claim_ids), gap="medium") if claim_ids else []
    for column, claim_id in zip(columns, claim_ids, strict=True):
        with column:
            show_claim(claim_id, palette, inputs)


def badge(found: Judged) -> str:
    """Give a verdict as a coloured badge."""
    return f":{COLORS[found.verdict]}-badge[{found.verdict}]"


def _offer(claim_id: str, inputs: Inputs) -> None:
    seconds = RECOMPUTE[claim_id].seconds
    if st.button(f"Recompute, about {seconds:.0f} s", icon=":material/calculate:",
                 key=f"recompute-{claim_id}"):  # fmt: skip
        with st.spinner("Recomputing ..."):
            judged(find_claim(claim_id), inputs)
        st.rerun()


def _cells(one: Compared) -> dict[str, object]:
    tolerance = one.check.tolerance
    size = {"absolute": f"{tolerance.size:g}", "percent": f"{tolerance.size:g} %",
            "factor": f"× {tolerance.size:g}", "interval": "its interval"}  # fmt: skip
    signs = {"equal": "", "at least": "≥ ", "at most": "≤ "}
    return {
        "Value": one.check.key.replace("_", " "),
        "If": one.check.condition or None,
        "Reported": f"{signs[one.check.comparison]}{one.check.reported:g}",
        "Recomputed": _said(one.value),
        "Unit": "" if one.check.unit == "1" else one.check.unit,
        "Tolerance": size[tolerance.form],
        "Agrees": {True: "yes", False: "no", None: "–"}[one.agrees],
    }


def _said(value: Value | None) -> str:
    if value is None or not isfinite(value.value):
        return "–"
    interval = f" ({value.low:.4g} to {value.high:.4g})" if value.has_interval else ""
    return f"{value.value:.4g}{interval}" + (f", n {value.n:,}" if value.n else "")


def _show_evidence(claim_id: str, palette: Palette, inputs: Inputs) -> None:
    """Show the words, the table and the figure of a recomputation."""
    try:
        found = recompute(claim_id, inputs)
    except CoreError as error:
        explain_error(error)
        return
    if found is None:
        return
    st.markdown(f"{escaped(found.words)} :gray[:small[from {escaped(found.source)}]]")
    if found.curves:
        show_chart(
            draw_curves(_figure(claim_id, found), palette, height=HEIGHT),
            key=f"evidence-{claim_id}",
            alt=f"Evidence for claim {claim_id}: {found.axes[1]} over {found.axes[0]}.",
        )
    if found.rows:
        show_table(
            pd.DataFrame(list(found.rows)), key=f"evidence-{claim_id}", alt="Evidence as a table."
        )


def _figure(claim_id: str, found: Recomputed) -> CurveFigure:
    names = tuple(curve.name for curve in found.curves)
    lines = tuple(
        Curve(curve.name, np.array(curve.x, float), np.array(curve.y, float),
              term_color(curve.name, names))
        for curve in found.curves
    )  # fmt: skip
    panel = Panel(found.axes[1] or "value", lines)
    return summarise_curves(CurveFigure(f"claim-{claim_id}", found.axes[0] or "x", (panel,)))


def _show_way(page: str) -> None:
    """Link the page where the reader can play with the claim."""
    if not page:
        return
    name, _, query = page.partition("?")
    st.page_link(f"pages/{name}.py", label=f"Play with it: {name.replace('_', ' ')}",
                 icon=":material/arrow_forward:", query_params=dict(parse_qsl(query)))  # fmt: skip
