"""After R3: packed models of designed sequences beside their backbone, one row each."""

import tempfile
from math import degrees, isfinite
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from core.figures.bars import BarGroup, BarsFigure, draw_bars
from core.figures.curves import Rule
from core.figures.theme import Palette
from core.problems.sidechain.metrics.shares import Share
from core.problems.sidechain.packed.example import TOLD, example_archive, write_example
from core.problems.sidechain.packed.geometry import FLAT_WITHIN_A, Geometry
from core.problems.sidechain.packed.report import PackedModel, PackedReport, report_packed
from core.problems.sidechain.packed.summary import summarise_packed
from pages.ui.charts import show_chart, show_table
from pages.ui.page import Metric, escaped, heading, metrics_row, origin_badge
from pages.ui.rmsd.packed_columns import COLUMNS, SEQUENCE_COLUMNS
from pages.ui.rmsd.packed_uploads import uploaded_report

NOTHING: Final = "–"
BRING: Final = (
    "Bring packed models, the backbone they were built on, and the FASTA of ProteinMPNN or "
    "LigandMPNN; models alone will do. Until then a **synthetic example** stands here."
)
RIGHT: Final = {True: "yes", False: "no", None: None}
MOST_BARS: Final = 60
HEIGHT: Final = 230


def show_packed(palette: Palette) -> None:
    """The table of packed models, the numbers that matter above it, what was matched below it."""
    with st.sidebar:
        report = uploaded_report()
    is_example = report is None
    if report is None:
        report = _example()
        st.markdown(BRING)
        origin_badge("Synthetic example")
        st.markdown(f":gray[:small[{TOLD}]]")
        with st.sidebar:
            st.download_button("Files of the example", _archive, "example.zip",
                               help="A backbone, a FASTA and four models, to see the formats.",
                               key="download-example", type="tertiary")  # fmt: skip
    for problem in report.problems:
        st.error(escaped(problem), icon=":material/error:")
    if not report.models:
        st.markdown(":gray[No model could be read.]")
        return
    metrics_row(_metrics(report))
    _draw_clashes(report, palette)
    heading("Each model", "synthetic" if is_example else _about(report))
    show_table(
        pd.DataFrame([_cells(model) for model in report.models]),
        key="packed",
        alt="Packed models with recovery, clashes, angles, bonds, rings and the RMSD of their "
        "backbone.",
        columns=COLUMNS,
    )
    if report.designs:
        heading("Each sequence", "of the FASTA, beside the model that was built of it")
        show_table(
            pd.DataFrame([_sequence_cells(model) for model in report.models]),
            key="packed-sequences",
            alt="Packed models with the sequence they belong to, and its recovery as told and as "
            "counted.",
            columns=SEQUENCE_COLUMNS,
        )
    heading("What was matched, and what was left out")
    notes = [(model.name, note) for model in report.models for note in model.notes]
    show_table(
        pd.DataFrame(notes, columns=["Model", "Note"]),
        key="packed-notes",
        alt="What was matched in each model, and what was left out.",
        columns={
            "Model": st.column_config.TextColumn(width=170),
            "Note": st.column_config.TextColumn(width=760),
        },
    )


@st.cache_data(show_spinner="Building the example ...")
def _example() -> PackedReport:
    with tempfile.TemporaryDirectory() as folder:
        return report_packed(write_example(Path(folder)))


@st.cache_data(show_spinner=False)
def _archive() -> bytes:
    return example_archive()


def _draw_clashes(report: PackedReport, palette: Palette) -> None:
    shown = [(m.name, m.geometry.clash_score) for m in report.models[:MOST_BARS]]
    own = summarise_packed(report).native_clash_score
    rules = (Rule(own, "y", "the backbone's own"),) if isfinite(own) else ()
    more = f"the first {MOST_BARS}" if len(report.models) > MOST_BARS else ""
    heading("Clashes of 1,000 heavy atoms", more)
    bars = BarGroup("clashes", tuple(name for name, _ in shown), tuple(y for _, y in shown))
    show_chart(
        draw_bars(BarsFigure("packed-clashes", "", "clash score", (bars,), rules=rules),
                  palette, height=HEIGHT),
        key="packed-clashes",
        alt="Clash score of each packed model, beside that of the backbone's own side chains.",
    )  # fmt: skip


def _metrics(report: PackedReport) -> list[Metric]:
    found = summarise_packed(report)
    return [
        Metric("As designed",
               f"{found.as_designed} of {found.models}" if report.designs else NOTHING,
               f"{found.without_entry} without a sequence of the FASTA"
               if report.designs else "no FASTA was brought",
               "Models all of whose letters are those of a sequence of the FASTA."),
        Metric("Recovery", _said(100 * found.recovery, "{:.1f} %"),
               f"headers that tell another one: {found.disagreeing}"
               if report.designs else "of the backbone's types",
               "Median share of residues that have the type of the backbone's file."),
        Metric("Clash score", _said(found.clash_score, "{:.1f}"),
               f"worst {_said(found.worst_clash_score, '{:.1f}')}, "
               f"backbone {_said(found.native_clash_score, '{:.1f}')}",
               "Median of clashes of 1,000 heavy atoms."),
        Metric("Flat rings", _said(100 * found.flat, "{:.1f} %"),
               f"bonds off by {_said(found.bond_error, '{:.3f} Å')}",
               "Median share of rings within 0.05 Å of their plane."),
        Metric("Backbone RMSD", _said(found.rmsd, "{:.2f} Å"),
               f"the worst {_said(found.worst_rmsd, '{:.2f} Å')}",
               "Median RMSD of N, CA, C and O after superposition."),
    ]  # fmt: skip


def _about(report: PackedReport) -> str:
    return f"{len(report.models):,} models, {len(report.designs):,} sequences"


def _cells(model: PackedModel) -> dict[str, object]:
    against, geometry = model.against, model.geometry
    chi1 = float(against.chi.mae_rad[0]) if against else float("nan")
    return {
        "Model": model.name,
        "Recovery %": _percent(against.recovery if against else None),
        "Clash score": _number(geometry.clash_score),
        "χ1 error °": _number(degrees(chi1)),
        "Rotamers %": _percent(against.rotamers if against else None),
        "Bond error Å": _number(geometry.bond_error),
        "Flat rings %": _percent(geometry.flat),
        "Least flat": _least_flat(geometry),
        "Backbone RMSD Å": _number(against.rmsd) if against else None,
        "Missing residues": against.missing if against else None,
        "Missing atoms": geometry.missing_atoms,
    }


def _sequence_cells(model: PackedModel) -> dict[str, object]:
    entry = model.entry
    design = entry.design if entry else None
    return {
        "Model": model.name,
        "Sequence of the FASTA": design.label if design else None,
        "Found by": entry.how if entry else None,
        "Letters alike": f"{entry.identical} / {entry.compared} ({entry.letters})"
        if entry else None,
        "Header %": _number(100 * design.recovery) if design else None,
        "By letters %": _number(100 * design.recomputed) if design else None,
        "Header is right": RIGHT[design.agrees if design else None],
    }  # fmt: skip


def _least_flat(geometry: Geometry) -> str | None:
    kind = geometry.least_flat
    if kind is None:
        return None
    return f"{kind.ring}: {100 * kind.flat[FLAT_WITHIN_A].value:.0f} % of {kind.count}"


def _percent(share: Share | None) -> float | None:
    return _number(100 * share.value) if share else None


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _said(value: float, form: str) -> str:
    return form.format(value) if isfinite(value) else NOTHING
