"""RMSD by slot of two versions, beside what needs no model."""

from math import isfinite
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.figures.density_scores import SlotLine, summarise_slots
from core.figures.draw_curves import draw_curves
from core.figures.run_names import chart_text
from core.figures.theme import TERM_COLORS, Palette
from core.problems.sidechain.versions.compare import NOT_COMPARABLE, Comparison, Line
from core.problems.sidechain.versions.version import SLOT_NAMES, Version
from pages.ui.charts import show_chart, show_table
from pages.ui.page import Metric, escaped, heading, metrics_row
from pages.ui.rmsd.settings import change_in_words
from pages.ui.rmsd.sources import choose_comparison

HEIGHT: Final = 300
NOTHING: Final = "–"
SHORT: Final = {
    "origin": "All at CA",
    "slot_mean": "Mean of the slot",
    "type_mean": "Mean by type",
    "clamped": "Clamped to ±1 Å",
}
BY_STRENGTH: Final = ("clamped", "type_mean", "slot_mean", "origin")
COLORS: Final = {"clamped": "ink", "slot_mean": "muted", "type_mean": "ghost"}
SECOND: Final = TERM_COLORS["atom"]
FIRST: Final = TERM_COLORS["cosine"]


def show_slots(palette: Palette) -> None:
    """The main view: numbers that matter, the chart by slot, the table, what changed besides."""
    if (found := choose_comparison()) is None:
        return
    draw_slots(palette, found, height=HEIGHT)
    if changed := change_in_words(found):
        st.markdown(f":gray[:small[{changed}]]")
    heading("By slot, and pooled", _about(found))
    show_table(
        pd.DataFrame([_row(line, found) for line in (*found.slots, *found.totals)]),
        key="slots",
        alt="RMSD by slot of both versions with counts, intervals, change, verdict and baselines.",
        columns=_columns(found),
    )
    with st.container(gap=None):
        for version in dict.fromkeys((found.before, found.after)):
            for note in version.notes:
                st.markdown(f":gray[:small[{escaped(version.title)}: {escaped(note)}]]")


def draw_slots(palette: Palette, found: Comparison, *, height: int) -> None:
    """Show the numbers that matter and the chart by slot."""
    metrics_row(_metrics(found))
    for doubt in _doubts(found):
        st.markdown(f":orange[:material/warning:] :small[{escaped(doubt)}]")
    heading("RMSD by slot", f"baselines: {escaped(found.reference.text)}")
    show_chart(
        draw_curves(summarise_slots("by-slot", SLOT_NAMES, _lines(found)), palette, height=height),
        key="by-slot",
        alt=f"RMSD in angstrom over the 14 slots: {found.before.title} and {found.after.title} "
        "beside the truth clamped to one angstrom, the mean of the slot, and the mean by type.",
    )


def _doubts(found: Comparison) -> list[str]:
    """Say what may not be compared, and of which slots nothing is predicted."""
    doubts = [
        f"{version.title} predicts {len(version.slots)} of the "
        f"{len(version.slots) + len(version.unpredicted)} slots that its residues have"
        + (f": its figures are of {', '.join(SLOT_NAMES[slot] for slot in version.slots)} alone."
           if version.slots else ".")
        for version in dict.fromkeys((found.before, found.after))
        if version.unpredicted
    ]  # fmt: skip
    if found.has_other_residues:
        doubts.append(f"Other residues: not comparable. The baselines are those of "
                      f"{found.after.title}.")  # fmt: skip
    return doubts


def _lines(found: Comparison) -> list[SlotLine]:
    rmsd = found.reference.rmsd
    constants = [
        SlotLine(SHORT[name], rmsd[name], color, "dot" if name == "clamped" else "dash")
        for name, color in COLORS.items()
    ]
    return [
        *constants,
        SlotLine(chart_text(found.before.title), found.before.rmsd, FIRST),
        SlotLine(chart_text(found.after.title), found.after.rmsd, SECOND),
    ]


def _metrics(found: Comparison) -> list[Metric]:
    """Show overall and side chain with their change, and the nearest constant."""
    total = {line.name: line for line in found.totals}
    rows = []
    for name in ("overall", "side chain", "backbone"):
        line = total[name]
        rows.append(
            Metric(f"RMSD, {name}", _angstrom(line.after),
                   _told(line, found.after),
                   f"Pooled over the atoms of {found.after.title}; beside it the change from "
                   f"{found.before.title}.")
        )  # fmt: skip
    side = total["side chain"]
    return rows + [
        Metric(SHORT[name], _angstrom(side.constants[name]),
               f"side chain; {_against(side, name)}", _MEANT[name])
        for name in ("type_mean", "clamped")
    ]  # fmt: skip


def _told(line: Line, after: Version) -> str:
    """Say what changed, or why that cannot be told."""
    kept = len(set(line.slots) & set(after.slots))
    is_partial = bool(set(line.slots) & set(after.unpredicted))
    of = f"{kept} of {len(line.slots)} slots; " if is_partial else ""
    if line.verdict in NOT_COMPARABLE:
        return f"{of}{line.verdict}: not comparable"
    return of + (f"{_signed(line.change)}, {line.verdict}" if isfinite(line.change)
                 else line.verdict)  # fmt: skip


_MEANT: Final = {
    "type_mean": "Each atom at its mean place for the residue type: no density is seen.",
    "clamped": "The true atoms, every coordinate cut to ±1 Å: the best behind a bare tanh.",
}


def _against(line: Line, name: str) -> str:
    gap = line.after - line.constants[name]
    if not isfinite(gap):
        return "not comparable"
    if abs(gap) < 0.05:
        return f"the second version is {abs(gap):.2f} Å from it"
    return f"the second version is {abs(gap):.2f} Å {'worse' if gap > 0 else 'better'}"


def _about(found: Comparison) -> str:
    if found.is_paired:
        return "change paired residue by residue, 95 % by bootstrap over proteins"
    if found.before.atoms is None and found.after.atoms is None:
        return "of reported tables only rounding is known: the range is what it leaves open"
    return "the two have other residues: their difference says nothing"


def _row(line: Line, found: Comparison) -> dict[str, Any]:
    slot = f"{line.slots[0]} {line.name}" if len(line.slots) == 1 else line.name
    return {
        "Slot": slot,
        "Atoms": int(line.count) if isfinite(line.count) else None,
        found.before.title: _rounded(line.before),
        _second(found): _rounded(line.after),
        "Change": _rounded(line.change, 3),
        "Verdict": line.verdict,
        **{SHORT[name]: _rounded(line.constants[name]) for name in BY_STRENGTH},
        **_limits("Range" if not found.is_paired else "Change 95 %", line.change_interval),
        **_limits("1st 95 %", line.before_interval),
        **_limits("2nd 95 %", line.after_interval),
    }


def _columns(found: Comparison) -> dict[str, Any]:
    """Show all lengths with the same digits."""
    widths = {found.before.title: 124, _second(found): 124, "Mean of the slot": 112,
              "Mean by type": 92, "Clamped to ±1 Å": 112, "All at CA": 70}  # fmt: skip
    lengths = {name: st.column_config.NumberColumn(format="%.2f", width=width)
               for name, width in widths.items()}  # fmt: skip
    return lengths | {
        "Slot": st.column_config.TextColumn(width=146, pinned=True),
        "Atoms": st.column_config.NumberColumn(width=58),
        "Change": st.column_config.NumberColumn(format="%.3f", width=64),
        "Verdict": st.column_config.TextColumn(width=104),
    }


def _second(found: Comparison) -> str:
    same = found.after.title == found.before.title
    return f"{found.after.title} (2nd)" if same else found.after.title


def _limits(name: str, interval: tuple[float, float]) -> dict[str, str | None]:
    low, high = interval
    return {name: f"{low:.3f} to {high:.3f}".replace("-", "−")} if isfinite(low + high) else {}


def _rounded(value: float, digits: int = 2) -> float | None:
    return round(value, digits) + 0.0 if isfinite(value) else None


def _angstrom(value: float) -> str:
    return f"{value:.2f} Å" if isfinite(value) else NOTHING


def _signed(value: float) -> str:
    if not isfinite(value):
        return NOTHING
    return f"{value:+.2f} Å".replace("-", "−") if abs(value) >= 0.005 else "no change"
