"""The small figure of a finding: which series it shows, and where the finding held."""

from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.finding import Finding
from core.events import RunStarted
from core.figures.draw_curves import draw_curves
from core.figures.finding import summarise_finding
from core.figures.theme import PALETTES, TERM_COLORS
from core.history import History, Series

STEP = np.arange(0, 100, 10)
SHARE, SCORE = "train/ce/share", "val_easy/residue_accuracy"


def series(metric: str, value: np.ndarray) -> Series:
    return Series(metric, STEP, STEP * 1.0, value)


HISTORY = History(
    RunStarted(0, 0.0, "toy", terms=("ce", "mse"), targets={"ce": (60.0, 70.0)}),
    series={
        SHARE: series(SHARE, 90.0 + np.arange(10) / 10),
        SCORE: series(SCORE, np.arange(10) / 10),
        "train/mse/raw": series("train/mse/raw", np.full(10, np.nan)),
    },
)
FOUND = Finding("R-05", "warn", "stage 2", 30, 60, True, "", "", subject="ce")


def test_a_term_shows_its_share_its_target_and_where_it_held():
    record = summarise_finding(HISTORY, FOUND)
    assert record is not None
    (panel,) = record.panels
    whole, held = panel.curves
    assert (panel.bands, panel.y_range, panel.y_title) == (((60.0, 70.0),), (0.0, 100.0), "%")
    assert (len(whole.x), held.x.tolist()) == (10, [30, 40, 50, 60])
    assert held.y.tolist() == pytest.approx([90.3, 90.4, 90.5, 90.6])
    assert held.color == TERM_COLORS["ce"]
    assert draw_curves(record, PALETTES["light"], height=150).layout.height == 150


def test_a_fraction_is_drawn_in_percent_and_a_stretch_between_two_points_is_left_out():
    record = summarise_finding(HISTORY, replace(FOUND, subject=SCORE, first_step=31, last_step=39))
    assert record is not None
    (whole,) = record.panels[0].curves
    np.testing.assert_allclose(whole.y, 10.0 * np.arange(10))


@pytest.mark.parametrize("subject", ["", "mse", "val/unknown"])
def test_what_has_no_series_has_no_figure(subject: str):
    assert summarise_finding(HISTORY, replace(FOUND, subject=subject)) is None
