"""Views of the whole loaded set: discrimination, length and noise, and the data check."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.curves import Rule
from core.figures.points import (
    IntervalGroup,
    IntervalsFigure,
    PointGroup,
    PointsFigure,
    draw_intervals,
    draw_points,
)
from core.figures.theme import TERM_COLORS
from core.problems.peptide.analysis.discrimination import EQUALS_GAUSSIAN, LossDiscrimination
from core.problems.peptide.decoys import DECOY_LABELS, DECOYS
from core.problems.peptide.diagnose import (
    LabelCheck,
    check_labels,
    vocabulary_check,
    vocabulary_errors_ppm,
)
from core.problems.peptide.objective import SPECTRUM_LOSSES
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Switch, draw_control
from pages.ui.page import heading
from pages.ui.spectra.compute import Discriminated, discriminate_set
from pages.ui.spectra.scene import ROW_HEIGHT, Scene

TOLERANCE_PPM = 50.0
UNMODIFIED = Switch(
    "unmodified",
    "Unmodified peptides only",
    "Leaves out spectra whose label carries a modification.",
    False,
)
DECOY_STYLES = {
    "swap": (TERM_COLORS["spectrum"], "circle"),
    "substitution": ("ink", "diamond"),
    "shuffled": ("muted", "square"),
    "random": ("ghost", "triangle-up"),
}


def show_discrimination(scene: Scene) -> None:
    """How often the right peptide wins over its own decoy, by loss."""
    unmodified = draw_control(UNMODIFIED)
    found = discriminate_set(scene.loaded, scene.options, scene.belief, unmodified=unmodified)
    note = f"{found.used:,} labelled spectra, decoys of seed {scene.options.seed}"
    left, right = st.columns([1.25, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("Right against shuffled", f"{note}; {scene.loaded.origin}")
        show_table(
            discrimination_frame(found.losses),
            key="discrimination",
            alt="Mean, win rates, AUC and d' of each loss over the loaded set.",
            columns={
                name: st.column_config.NumberColumn(format="%.3f")
                for name in ("Right", "SD", "Swap", "Subst.", "Shuffled", "Random", "AUC", "d′")
            },
        )
        _say_left_out(found)
    with right, st.container(gap="xxsmall"):
        heading("Win rate of the right peptide", "with 95 % interval; 0.5 is chance")
        groups = tuple(_win_group(found.losses, decoy) for decoy in DECOYS)
        rows = tuple(SPECTRUM_LOSSES[item.loss].label for item in found.losses)
        record = IntervalsFigure("wins", rows, "win rate", (0.35, 1.02), groups, rule=0.5)
        show_chart(
            draw_intervals(record, scene.palette, height=ROW_HEIGHT + 90),
            key="wins",
            alt="Win rate of the right peptide over each kind of decoy with intervals, by loss.",
        )


def _say_left_out(found: Discriminated) -> None:
    notes = [f"{count:,} not used: {reason}" for reason, count in found.skipped.items()]
    notes += [f"{count:,} without a decoy: {reason}" for reason, count in found.missing.items()]
    if found.equals_gaussian:
        notes.append(f"expected spectrum: {EQUALS_GAUSSIAN}")
    if notes:
        st.markdown(f":gray[:small[{'; '.join(notes)}.]]")


def discrimination_frame(losses: tuple[LossDiscrimination, ...]) -> pd.DataFrame:
    """Tabulate the discrimination of each loss; win rates by kind of decoy."""
    return pd.DataFrame(
        [
            {
                "Loss": SPECTRUM_LOSSES[item.loss].label,
                "Right": item.mean["right"],
                "SD": item.sd["right"],
                "Swap": item.win["swap"].rate,
                "Subst.": item.win["substitution"].rate,
                "Shuffled": item.win["shuffled"].rate,
                "Random": item.win["random"].rate,
                "AUC": item.auc["shuffled"],
                "d′": item.d_prime["shuffled"],
            }
            for item in losses
        ]
    )


def _win_group(losses: tuple[LossDiscrimination, ...], decoy: str) -> IntervalGroup:
    wins = [item.win[decoy] for item in losses]
    color, symbol = DECOY_STYLES[decoy]
    return IntervalGroup(
        DECOY_LABELS[decoy],
        np.array([win.rate for win in wins]),
        np.array([win.low for win in wins]),
        np.array([win.high for win in wins]),
        color,
        symbol,
    )


@st.cache_data(show_spinner=False, max_entries=8)
def _checked(set_key: str, _scene: Scene) -> LabelCheck:
    return check_labels(_scene.loaded.result.spectra, tolerance_ppm=TOLERANCE_PPM)


def show_labels(scene: Scene) -> None:
    """Whether labels fit their precursors, what the file lost, and what a wrong table costs."""
    check = _checked(scene.loaded.key, scene)
    left, right = st.columns([1, 1.1], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("Precursor error of each label", f"{len(check.rows):,} labelled spectra")
        show_chart(
            draw_points(summarise_labels(check), scene.palette, height=ROW_HEIGHT + 60),
            key="labels",
            alt=f"Precursor error by mass; {len(check.flagged)} labels are above 50 ppm.",
        )
    with right, st.container(gap="xxsmall"):
        heading("Labels that do not fit", f"{len(check.flagged)} above {TOLERANCE_PPM:g} ppm")
        show_table(
            flagged_frame(check), key="flagged", alt="Flagged labels with what would explain them."
        )
        _show_vocabulary(scene, [row.peptide for row in check.rows])
    _show_problems(scene)


def summarise_labels(check: LabelCheck) -> PointsFigure:
    """Freeze the label check: sound labels grey, flagged ones in ink and named."""

    def group(name: str, rows: list, color: str, symbol: str, size: float) -> PointGroup:
        return PointGroup(
            name,
            np.array([row.peptide.mass_da for row in rows]),
            np.array([row.error_ppm for row in rows]),
            tuple(f"{row.spectrum_id}: {row.peptide}" for row in rows),
            color,
            symbol,
            size,
        )

    sound = [row for row in check.rows if not row.flagged]
    isotopes = [row for row in check.flagged if "isotope" in row.suggestion]
    others = [row for row in check.flagged if row.suggestion and row not in isotopes]
    unexplained = [row for row in check.flagged if not row.suggestion]
    return PointsFigure(
        "labels",
        "peptide mass, Da",
        "precursor error, ppm",
        (
            group("within tolerance", sound, "ghost", "circle", 6),
            group("unexplained", unexplained, "muted", "x", 8),
            group("another label fits", others, TERM_COLORS["precursor"], "diamond", 9),
            group("isotope picked", isotopes, "ink", "square", 8),
        ),
        (
            Rule(check.tolerance_ppm, "y", f"{check.tolerance_ppm:g} ppm"),
            Rule(-check.tolerance_ppm, "y"),
        ),
    )


def flagged_frame(check: LabelCheck) -> pd.DataFrame:
    """Tabulate the flagged labels with the best explanation."""
    return pd.DataFrame(
        [
            {
                "Spectrum": row.spectrum_id,
                "Error, ppm": round(row.error_ppm, 1),
                "Best explanation": row.suggestion or "none found",
                "Label": str(row.peptide),
                "Charge": row.charge,
            }
            for row in check.flagged
        ],
        columns=["Spectrum", "Error, ppm", "Best explanation", "Label", "Charge"],
    )


def _show_vocabulary(scene: Scene, peptides: list) -> None:
    one = vocabulary_check(scene.peptide)
    median = np.median(np.abs(vocabulary_errors_ppm(peptides))) if peptides else np.nan
    st.markdown(
        f"**Two index tables?** Written with alphabetical indices and read with ours, "
        f"`{scene.peptide.sequence}` becomes `{one.read}`: {one.error_ppm:+,.0f} ppm. "
        f"Median over this set: {median:,.0f} ppm.".replace("-", "−")
    )


def _show_problems(scene: Scene) -> None:
    result = scene.loaded.result
    left_out = sum(not found.kept for found in result.problems)
    kept, notes = len(result.spectra), len(result.problems) - left_out
    heading(
        "What was read",
        f"{kept:,} of {result.read:,} spectra kept; {left_out} left out, {notes} notes",
    )
    if result.problems:
        show_table(
            problem_frame(result.problems), key="problems", alt="Problems of the loaded files."
        )


def problem_frame(problems: tuple) -> pd.DataFrame:
    """Tabulate what was wrong in the files."""
    rows: list[Mapping[str, object]] = [
        {
            "File": found.source,
            "Line": found.line,
            "Spectrum": found.spectrum_id,
            "What": found.message,
            "Left out": "no" if found.kept else "yes",
        }
        for found in problems
    ]
    return pd.DataFrame(rows)
