"""The table of de novo tools: how good their answers are, all of them and the surest."""

from collections.abc import Sequence
from math import isfinite

import pandas as pd
import streamlit as st

from core.problems.peptide.analysis.coverage import AnswerScores
from core.problems.peptide.analysis.tools import ToolAnswers

BRIEF = "The surest answers that cover at most the chosen share of the spectra. "


def scores_frame(
    tools: Sequence[ToolAnswers],
    scores: Sequence[AnswerScores],
    brief: Sequence[AnswerScores],
    coverage: float,
) -> pd.DataFrame:
    """Tabulate the tools: all answers, then those of the chosen coverage."""
    at = f"{100 * coverage:.0f} %"
    rows = [
        {
            "Tool": tool.name,
            "Matched": f"{found.answered:,} of {found.spectra:,}",
            "Unmatched": tool.unread + tool.placed.lost + found.unlabelled,
            "Area": found.peptides.area if found.answered else None,
            "AP": _number(found.peptides.average) if len(found.peptides.score) > 1 else None,
            "Peptide": _percent(found.peptide_precision),
            "Residue": _percent(found.residue_precision),
            "Recall": _percent(found.residue_recall),
            f"Peptide {at}": _percent(few.peptide_precision),
            f"Residue {at}": _percent(few.residue_precision),
            f"Recall {at}": _percent(few.residue_recall),
            "Score from": _number(float(few.peptides.score[-1])) if few.answered else None,
            "Mass fits": _percent(tool.fitting),
        }
        for tool, found, few in zip(tools, scores, brief, strict=True)
    ]
    return pd.DataFrame(rows)


def score_columns(coverage: float) -> dict[str, object]:
    """Say how each column is shown, and what it means."""
    at = f"{100 * coverage:.0f} %"
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    surest_help = f"{BRIEF}Equal scores stay together."
    return {
        "Tool": text(width=126),
        "Matched": text(width=70, help="Labelled spectra with an answer, of all labelled ones."),
        "Unmatched": number(width=76, help="Answers that could not be read, that name no spectrum, "
                            "or whose spectrum has no label."),
        "Area": number(format="%.3f", width=52, help="Under the curve of peptides, from coverage "
                       "0 to the last answer; 1 is perfect."),
        "AP": number(format="%.3f", width=52, help="Average precision: how well the score sorts "
                     "right from wrong among the answers."),
        "Peptide": number(format="%.1f", width=60, help="Right peptides, % of all answers."),
        "Residue": number(format="%.1f", width=62, help="Right residues, % of answered ones."),
        "Recall": number(format="%.1f", width=56, help="Right residues, % of all labels'."),
        f"Peptide {at}": number(format="%.1f", width=84, help=surest_help),
        f"Residue {at}": number(format="%.1f", width=86, help=surest_help),
        f"Recall {at}": number(format="%.1f", width=80, help=surest_help),
        "Score from": number(format="%.3g", width=76, help="The lowest score among them."),
        "Mass fits": number(format="%.1f", width=68, help="Answers with the mass of their "
                            "spectrum's precursor within 50 ppm, %."),
    }  # fmt: skip


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _percent(share: float) -> float | None:
    return _number(100 * share)
