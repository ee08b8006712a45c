"""A table of candidates and losses: three decimals, the lowest bold, a wrong winner shaded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from core.figures.theme import Palette

SHADE = {"#FFFFFF": "#FFE9B8", "#10151C": "#4A3B12"}  # by the page's background


@dataclass(frozen=True)
class CandidateGrid:
    """Losses by candidate and loss, with what stands out.

    Args:
        rows: Names of the candidates, the right one first.
        peaks: "matched / predicted" of each candidate.
        columns: Headers of the losses.
        value: Losses, rows x columns; NaN where a candidate does not exist.
        lowest: Cells in bold.
        wrong_wins: Shaded cells.
    """

    rows: tuple[str, ...]
    peaks: tuple[str, ...]
    columns: tuple[str, ...]
    value: np.ndarray
    lowest: np.ndarray
    wrong_wins: np.ndarray

    def frame(self) -> pd.DataFrame:
        """Give the table as it is saved."""
        losses = pd.DataFrame(self.value, columns=list(self.columns))
        head = pd.DataFrame({"Candidate": self.rows, "Peaks": self.peaks})
        return pd.concat([head, losses], axis=1)


def draw_candidates(record: CandidateGrid, palette: Palette) -> Styler:
    """Style the table for the page."""

    def marks(frame: pd.DataFrame) -> pd.DataFrame:
        css = np.full(frame.shape, "", dtype=object)
        css[:, 2:][record.lowest] = "font-weight: 700"
        css[:, 2:][record.wrong_wins] += f"; background-color: {SHADE[palette.background]}"
        return pd.DataFrame(css, index=frame.index, columns=frame.columns)

    numbers: Sequence[str] = list(record.columns)
    styler = record.frame().style.apply(marks, axis=None)
    styler.format("{:.3f}", subset=numbers, na_rep="–")  # in place
    return styler
