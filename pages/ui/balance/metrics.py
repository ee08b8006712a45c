"""The numbers above the bars, and what the solver says."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.balance.shares import Band
from core.balance.solver import Solution
from core.balance.stages import StageShares, tabulate_shares
from core.balance.table import BalanceTable
from core.metrics import term_label
from core.problems.peptide.balance import note_raw, note_schedule
from pages.ui.balance.solved import exempt_names
from pages.ui.controls import sidebar_warning
from pages.ui.page import Metric

NOTE_SHARES = "64 / 2 / 14"  # what the training note prints for stage 2 (lines 87-89)
MOST_REASONS = 3
NOTHING, NO_TARGETS = "–", "no targets in this table"


def balance_metrics(
    shown: StageShares, bands: Sequence[Sequence[Band | None]], fifth: Metric
) -> tuple[Metric, ...]:
    """Give stages inside, the highest share, the largest contribution, and the first term."""
    inside = [s for s, good in zip(shown.stages, shown.inside, strict=True) if good]
    outside = [s for s in shown.stages if s not in inside]
    active = shown.weights > 0
    several = active.sum(axis=1) > 1
    alone = not several.any()
    shares = np.where(active & (several[:, None] | alone), shown.shares, -1.0)
    i, j = np.unravel_index(int(shares.argmax()), shares.shape)
    # The first term is the label loss that the others are compared with; it is not "largest".
    rest = shown.contributions.copy()
    rest[:, 0] = -1.0 if rest.shape[1] > 1 else rest[:, 0]
    k, m = np.unravel_index(int(rest.argmax()), rest.shape)
    first = term_label(shown.terms[0])
    band = bands[int(i)][int(j)]
    return (
        Metric(
            "Stages inside all bands",
            f"{len(inside)} of {len(shown.stages)}" if has_targets(bands) else NOTHING,
            NO_TARGETS if not has_targets(bands) else _some(outside) if outside else "every stage",
            "Stages in which every active term has its target share.",
        ),
        Metric(
            "Highest share",
            f"{shares[i, j]:.0f} %" if active.any() else NOTHING,
            f"{term_label(shown.terms[j])}, "
            + ("the only active term" if alone else f"stage {shown.stages[i]}"),
            "The largest share of any term, in stages with two or more active terms if there are"
            + (f"; its target is {band}." if band else "."),
        ),
        Metric(
            f"Largest {term_label(shown.terms[m])} term",
            f"{rest[k, m]:.2f}",
            f"stage {shown.stages[k]}; {first} {shown.contributions[k, 0]:.2f}",
            "The largest contribution (weight × value) beside the first term.",
        ),
        Metric(
            f"{first.capitalize()}, last stage",
            f"{shown.shares[-1, 0]:.0f} %",
            f"target {bands[-1][0]}" if bands[-1][0] else "no target",
            "Share of the first term in the last stage.",
        ),
        fifth,
    )


def has_targets(bands: Sequence[Sequence[Band | None]]) -> bool:
    """Say whether any term of any stage has a target."""
    return any(band is not None for row in bands for band in row)


def shares_alt(shown: StageShares, bands: Sequence[Sequence[Band | None]]) -> str:
    """Describe the chart of shares for those who cannot see it."""
    told = f"{sum(shown.inside)} of {len(shown.stages)} stages have every active term inside its "
    return "Share of each term by stage; " + (
        f"{told}target." if has_targets(bands) else NO_TARGETS
    )


def _some(names: Sequence[str]) -> str:
    return "not: stage " + ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")


def note_metric() -> Metric:
    """Recompute the shares that the note prints for stage 2, from the note's own numbers."""
    values, schedule = note_raw(), note_schedule()
    row = slice(1, 2)
    table = tabulate_shares(
        values.raw[row], schedule.weights[row], [None] * 3, stages=["2"], terms=values.terms
    )
    return Metric(
        "Stage 2, the note's numbers",
        " / ".join(f"{share:.1f}" for share in table.shares[0]) + " %",
        f"the note says {NOTE_SHARES}",
        "Cross-entropy 3.26 × 1, spectrum 1.79 × 0.05, precursor 733 × 0.01, recomputed. "
        "The printed shares sum to 80.",
    )


def outside_metric(shown: StageShares, bands: Sequence[Sequence[Band | None]]) -> Metric:
    """Count the shares that lie outside their targets."""
    if not has_targets(bands):
        return Metric("Shares outside", NOTHING, NO_TARGETS,
                      "Low and High of the table are the targets; none is filled in.")  # fmt: skip
    verdicts = [verdict for row in shown.verdicts for verdict in row if verdict != "inactive"]
    outside = sum(verdict != "inside" for verdict in verdicts)
    return Metric(
        "Shares outside",
        f"{outside} of {len(verdicts)}",
        "active terms of all stages",
        "How many shares are too high or too low; a term without a target is never outside.",
    )


def cost_metric(solution: Solution, free: Solution, held: str) -> Metric:
    """State the sum of squared log changes, and what letting every weight move would cost."""
    if not solution.feasible:
        remark = "not every target can be met"
    elif held:
        remark = f"{free.objective:.1f} if {term_label(held)} moves too"
    else:
        remark = "every weight may move"
    return Metric(
        "Sum of squared log changes",
        f"{solution.objective:.1f}" if solution.feasible else "–",
        remark,
        "How far the solved weights are from those written: the sum of log(w / written)². "
        + ("It is the smallest" if solution.proven else "It may not be the very smallest")
        + " that holds every target.",
    )


def explain_solution(solution: Solution, values: Mapping[str, Any], table: BalanceTable) -> None:
    """Say in the sidebar which constraints cannot be met; those stages stay as written."""
    stages = table.stages
    if not has_targets(table.bands):
        sidebar_warning("No term has a target, so nothing is solved: the weights are as written. "
                        "Choose As written, and fill Low and High in the table.")  # fmt: skip
        return
    if strangers := [name for name in exempt_names(values) if name not in stages]:
        sidebar_warning(f"No stage is called {', '.join(strangers)}: nothing is exempt by it.")
    if solution.feasible:
        if values["monotone"]:
            st.sidebar.markdown(":material/check: Every target is met, and no weight falls.")
        return
    by_text: dict[str, list[str]] = {}
    for unmet in solution.unmet:
        by_text.setdefault(unmet.text, []).append(unmet.stage)
    lines = [f"- stage {', '.join(names)}: {text}" for text, names in by_text.items()]
    reasons = "\n".join(lines[:MOST_REASONS])
    more = len(lines) - MOST_REASONS
    tail = f"\n- and {more} more" if more > 0 else ""
    with st.sidebar:
        st.warning(
            f"**Not every target can be met.** What fails stays as written:\n{reasons}{tail}",
            icon=":material/block:",
        )
