"""The view of de novo answers: precision over coverage, and what could not be matched."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.figures.coverage_curves import ToolCurve, summarise_coverage
from core.figures.draw_curves import draw_curves
from core.problems.peptide.analysis.coverage import (
    AnswerScores,
    summarise_answers,
    surest,
)
from core.problems.peptide.analysis.tools import ToolAnswers, answer_rows
from core.problems.peptide.mass_matching import PREFIX_TOLERANCE_DA, Agreement
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Segments, Slider, Steps, draw_control
from pages.ui.page import escaped, heading
from pages.ui.spectra.answer_uploads import uploaded_answers
from pages.ui.spectra.answers import Judged, judged_tools
from pages.ui.spectra.answers_table import score_columns, scores_frame
from pages.ui.spectra.scene import ROW_HEIGHT, Scene

COVERAGE = Slider(
    "coverage",
    "Coverage, %",
    "Share of the labelled spectra that the surest answers may cover: the upright rule, and the "
    "last columns of the table.",
    50,
    5,
    100,
    5,
)
TOLERANCE = Steps(
    "residue_tolerance",
    "Residue tolerance, Da",
    "How far the masses of two residues may differ; the field's convention is 0.1. The mass before "
    f"or behind them may differ by {PREFIX_TOLERANCE_DA:g} Da.",
    0.1,
    (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
)
ISOLEUCINE = Segments(
    "isoleucine",
    "I and L",
    "One mass, which no spectrum of this kind tells apart: the field counts them as one residue.",
    "one",
    ("one", "two"),
    {"one": "one residue", "two": "two residues"}.__getitem__,
)
CONTROLS = (COVERAGE, TOLERANCE, ISOLEUCINE)
RULE = (
    ":gray-badge[Made-up answers] &nbsp; :small[No tool has run: each loss chooses between a label "
    "and its four decoys, scored by its lead. Bring answers of tools, with their spectra, under "
    "*Data* at the left.]"
)


@st.fragment  # its controls change nothing above it
def show_answers(scene: Scene) -> None:
    """Score the answers of tools on the labelled spectra, and say what could not be matched."""
    coverage, agreement = _controls()
    judged = judged_tools(scene.loaded, scene.loss, scene.options, scene.belief, agreement)
    if not uploaded_answers():
        st.markdown(RULE)
    for one in judged:
        if line := doubt(one.tool):
            st.warning(line, icon=":material/warning:")
    scores = [summarise_answers(one.compared) for one in judged]
    brief = [summarise_answers(surest(one.compared, coverage)) for one in judged]
    with st.container(gap="xxsmall"):
        _show_curves(scene, judged, scores, coverage)
    with st.container(gap="xxsmall"):
        labels = labels_in_words([one.tool for one in judged])
        heading("Each tool", f"{escaped(labels)}; {_convention(agreement)}")
        show_table(
            scores_frame([one.tool for one in judged], scores, brief, coverage),
            key="answers",
            alt="Precision, recall, coverage and area of each tool, and its unmatched answers.",
            columns=score_columns(coverage),
        )
    _show_missed([one.tool for one in judged])
    _offer_rows(judged)


def _controls() -> tuple[float, Agreement]:
    columns = st.columns([1.2, 1.2, 1], gap="medium")
    values = {}
    for column, control in zip(columns, CONTROLS, strict=True):
        with column:
            values[control.key] = draw_control(control)
    tells = values["isoleucine"] == "two"
    return values["coverage"] / 100, Agreement(values["residue_tolerance"], tells_isoleucine=tells)


def _convention(agreement: Agreement) -> str:
    letters = "I and L told apart" if agreement.tells_isoleucine else "I = L"
    return (
        f"residues within {agreement.residue_da:g} Da, what stands before or behind within "
        f"{agreement.prefix_da:g} Da, {letters}"
    )


def labels_in_words(tools: Sequence[ToolAnswers]) -> str:
    """Say where the labels come from, and for which tools from elsewhere than for the first."""
    by_origin: dict[str, list[str]] = {}
    for tool in tools:
        by_origin.setdefault(tool.labels, []).append(tool.name)
    first, *others = by_origin
    rest = (f"; of {', '.join(by_origin[origin])}: {origin}" for origin in others)
    return f"labels: {first}{''.join(rest)}"


def doubt(tool: ToolAnswers) -> str:
    """Say in Markdown what lets the answers of a tool look worse than they are; else nothing."""
    name, labels = escaped(tool.name), escaped(tool.labels)
    if not tool.answered:
        return (
            f"**{name}:** no answer names a spectrum of {labels}. Add the spectra that it was "
            "given, with their labels, under *Data*."
        )
    if tool.seems_foreign:
        return (
            f"**{name}:** {100 * tool.fitting:.0f} % of its answers have the mass of their "
            f"precursor within 50 ppm. Is {labels} what it was given?"
        )
    if tool.bare_cysteines:
        return (
            f"**{name}:** {tool.bare_cysteines:,} answers spell their label but for a C without "
            "its modification, and count as wrong there. If the tool means carbamidomethyl, "
            "write C[+57.021] in its file."
        )
    return ""


def _show_curves(
    scene: Scene, judged: Sequence[Judged], scores: Sequence[AnswerScores], coverage: float
) -> None:
    heading("Precision over coverage", "from the surest answer to the last; higher is better")
    curves = [
        ToolCurve(
            one.tool.name,
            found.peptides.coverage,
            found.peptides.precision,
            found.residues.precision,
        )
        for one, found in zip(judged, scores, strict=True)
    ]
    areas = ", ".join(
        f"{c.name} {s.peptides.area:.3f}" for c, s in zip(curves, scores, strict=True)
    )
    show_chart(
        draw_curves(summarise_coverage(curves, coverage), scene.palette, height=ROW_HEIGHT + 74),
        key="coverage",
        alt=f"Precision over coverage of peptides and residues; area of peptides: {areas}.",
    )


def _show_missed(tools: Sequence[ToolAnswers]) -> None:
    rows = [
        (tool.name, found.spectrum_id, found.line, found.message)
        for tool in tools
        for found in tool.missed
    ]
    with st.container(gap="xxsmall"):
        heading("What could not be matched", f"{len(rows):,} lines" if rows else "nothing")
        if not rows:
            st.markdown(":gray[Every answer found a labelled spectrum, and each of these has one.]")
            return
        show_table(
            pd.DataFrame(rows, columns=["Tool", "Spectrum", "Line", "Why"]),
            key="unmatched",
            alt="Answers and spectra that could not be matched, with the reason.",
            columns={
                "Tool": st.column_config.TextColumn(width=140),
                "Spectrum": st.column_config.TextColumn(width=150),
                "Line": st.column_config.NumberColumn(width=54),
                "Why": st.column_config.TextColumn(width=600),
            },
            height=min(28 * (len(rows) + 1) + 3, 240),
        )


def _offer_rows(judged: Sequence[Judged]) -> None:
    st.download_button(
        "Every scored answer as CSV",
        lambda: pd.DataFrame(
            [row for one in judged for row in answer_rows(one.tool, one.compared)]
        ).to_csv(index=False),
        "answers.csv",
        "text/csv",
        key="download-answers",
        type="tertiary",
        icon=":material/download:",
        help="Spectrum, label, answer, score, and what is right in it; the surest first.",
    )
