"""Angles, rotamers, bonds and rings of two versions, beside those of the true structure."""

from math import isfinite
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.figures.bars import BarGroup, BarsFigure, draw_bars
from core.figures.run_names import chart_text
from core.figures.theme import Palette
from core.problems.sidechain.versions.chemistry import Quantity, chemistry
from core.problems.sidechain.versions.version import Version
from pages.ui.charts import show_chart, show_table
from pages.ui.page import escaped, heading
from pages.ui.rmsd.by_residue import NO_ATOMS
from pages.ui.rmsd.sources import choose_comparison
from pages.ui.rmsd.table import FIRST, SECOND

HEIGHT: Final = 300
ANGLES: Final = ("χ1", "χ2", "χ3", "χ4")


def show_chemistry(palette: Palette) -> None:
    """What a pooled RMSD does not tell: whether side chains are molecules."""
    if (found := choose_comparison(needs_atoms=True)) is None:
        return
    versions = list(dict.fromkeys((found.before, found.after)))
    measured = {v: chemistry(v.atoms) for v in versions if v.atoms is not None}
    if not measured:
        st.info(f"{escaped(versions[-1].title)} {NO_ATOMS}", icon=":material/info:")
        return
    heading("Error of the χ angles", "mean absolute error in degrees; 90 of a guess")
    show_chart(
        draw_bars(
            BarsFigure("chi", "", "degrees", tuple(
                _bars(v, rows, FIRST if v is found.before else SECOND)
                for v, rows in measured.items()
            )),
            palette, height=HEIGHT,
        ),
        key="chi-errors",
        alt="Mean absolute error of the angles chi1 to chi4 in degrees, of each version.",
    )  # fmt: skip
    heading("Angles, bonds and rings", "beside the true atoms of the same residues")
    show_table(
        _table(measured),
        key="chemistry",
        alt="Angles, rotamers, bonds and rings of each version and of the true structure.",
        columns={"Quantity": st.column_config.TextColumn(width=330, pinned=True)},
    )
    st.markdown(
        ":gray[:small[Atoms that only one of both has are left out. Clashes need whole models "
        "in one frame: the view After R3 counts them.]]"
    )


def _bars(version: Version, rows: tuple[Quantity, ...], color: str) -> BarGroup:
    angles = [row for row in rows if row.name.startswith(ANGLES) and row.unit == "°"]
    return BarGroup(
        chart_text(version.title), ANGLES, tuple(row.value for row in angles), color,
        tuple(f"{row.value:.1f}° of {row.count:,} residues" for row in angles),
    )  # fmt: skip


def _table(measured: dict[Version, tuple[Quantity, ...]]) -> pd.DataFrame:
    some = next(reversed(measured.values()))
    columns: dict[str, list[Any]] = {
        "Quantity": [row.name for row in some],
        "Unit": [row.unit for row in some],
    }
    for version, rows in measured.items():
        columns[version.title] = [_rounded(row.value) for row in rows]
    columns["True atoms"] = [_rounded(row.native) for row in some]
    columns["Cases"] = [row.count for row in some]
    return pd.DataFrame(columns)


def _rounded(value: float) -> float | None:
    return float(f"{value:.3g}") if isfinite(value) else None
