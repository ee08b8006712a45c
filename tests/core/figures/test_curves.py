import numpy as np
import pytest

from core.figures.curves import (
    MAX_POINTS,
    Curve,
    CurveFigure,
    Panel,
    Rule,
    summarise_curves,
)
from core.figures.draw_curves import draw_curves
from core.figures.theme import PALETTES

PALETTE = PALETTES["light"]


def figure_of(*curves: Curve, **options) -> CurveFigure:
    return CurveFigure("k", "step", (Panel("loss", curves, **options),))


def test_short_curves_are_drawn_as_they_are_and_say_nothing():
    record = summarise_curves(figure_of(Curve("a", np.arange(10.0), np.arange(10.0))))
    assert record.remark == ""
    assert record.panels[0].curves[0].y.tolist() == list(range(10))


def test_long_curves_keep_their_extremes_and_say_how_many_points_are_shown():
    y = np.random.default_rng(0).normal(size=50_000)
    y[12_345], y[33_333] = 40.0, -40.0
    record = summarise_curves(figure_of(Curve("a", np.arange(50_000.0), y)))
    kept = record.panels[0].curves[0]
    assert len(kept.x) == MAX_POINTS
    assert kept.y.max() == 40.0
    assert kept.y.min() == -40.0
    assert record.remark == "2,000 of 50,000 points"


def test_a_single_nan_survives_downsampling():
    y = np.sin(np.arange(50_000.0) / 500)
    y[20_000] = np.nan
    record = summarise_curves(figure_of(Curve("a", np.arange(50_000.0), y)))
    assert np.isnan(record.panels[0].curves[0].y).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_marked_not_dropped(bad):
    y = np.array([1.0, bad, 3.0])
    drawn = draw_curves(figure_of(Curve("a", np.arange(3.0), y)), PALETTE, height=200)
    line, marks = drawn.data
    assert np.isnan(line.y[1])
    assert list(marks.x) == [1.0]
    assert "NaN or inf" in marks.name


def test_gaps_are_gaps():
    y = np.array([1.0, np.nan, 3.0])
    drawn = draw_curves(figure_of(Curve("a", np.arange(3.0), y, gaps=True)), PALETTE, height=200)
    assert len(drawn.data) == 1


def test_a_band_surrounds_its_line_and_a_rule_stands_at_its_value():
    x = np.array([0.0, 1.0])
    curve = Curve("a", x, x, low=x - 1, high=x + 1)
    drawn = draw_curves(figure_of(curve, rules=(Rule(0.5, "y", "chance"),)), PALETTE, height=200)
    assert list(drawn.data[0].y) == [1.0, 2.0, 0.0, -1.0]
    assert drawn.layout.shapes[0].y0 == 0.5
    assert "chance" in [a.text for a in drawn.layout.annotations]


def test_one_legend_entry_for_a_name_in_two_panels():
    x = np.array([0.0, 1.0])
    panel = Panel("y", (Curve("a", x, x),))
    drawn = draw_curves(CurveFigure("k", "x", (panel, panel)), PALETTE, height=200)
    assert [trace.showlegend for trace in drawn.data] == [True, False]


def test_logarithmic_ranges_are_given_in_decades():
    x = np.array([1.0, 10.0])
    record = CurveFigure(
        "k", "x", (Panel("y", (Curve("a", x, x),), y_log=True, y_range=(1.0, 100.0)),),
        x_log=True, x_range=(1.0, 10.0),
    )  # fmt: skip
    layout = draw_curves(record, PALETTE, height=200).layout
    assert list(layout.yaxis.range) == [0.0, 2.0]
    assert list(layout.xaxis.range) == [0.0, 1.0]


def test_a_logarithmic_x_axis_of_one_or_two_decades_labels_1_2_and_5_in_full():
    def axis(x: np.ndarray):
        record = CurveFigure("k", "x", (Panel("y", (Curve("a", x, x),)),), x_log=True)
        return draw_curves(record, PALETTE, height=200).layout.xaxis

    few = axis(np.array([0.05, 0.2, 1.0]))
    assert (few.dtick, few.tickformat) == ("D2", ",~g")
    assert axis(np.array([1e-3, 1.0, 1e4])).dtick is None


def test_names_at_the_right_get_their_room_beside_and_between_panels():
    def drawn(name: str):
        x = np.array([0.0, 1.0])
        panel = Panel("y", (Curve("a", x, x),), right_labels=((0.5, name),), title="t")
        record = CurveFigure("k", "x", (panel, panel), columns=2)
        return draw_curves(record, PALETTE, height=200).layout

    short, long = drawn("rings"), drawn("the worst kind of ring")
    assert short.margin.r == 66
    assert long.margin.r > 100
    gaps = [layout.xaxis2.domain[0] - layout.xaxis.domain[1] for layout in (short, long)]
    assert gaps[0] == pytest.approx(0.14)
    assert gaps[1] * 880 > 110 + 40
