import numpy as np
import pytest

from core.figures.coverage_curves import COLORS, ToolCurve, summarise_coverage
from core.figures.draw_curves import draw_curves
from core.figures.theme import PALETTES

TWO = np.array([0.25, 0.75]), np.array([1.0, 0.5]), np.array([1.0, 0.8])
ONE = np.array([0.5]), np.array([0.8]), np.array([0.9])
NONE = np.empty(0), np.empty(0), np.empty(0)


def test_a_curve_begins_at_coverage_0_and_holds_every_point_in_percent():
    record = summarise_coverage([ToolCurve("a", *TWO)], 0.4)
    peptides, residues = (panel.curves[0] for panel in record.panels)
    assert (peptides.x.tolist(), peptides.y.tolist()) == ([0, 25, 75], [100, 100, 50])
    assert (residues.x.tolist(), residues.y.tolist()) == ([0, 25, 75], [100, 100, 80])
    assert [panel.rules[0].at for panel in record.panels] == pytest.approx([40, 40])


def test_one_score_for_all_answers_is_one_point():
    line = summarise_coverage([ToolCurve("a <b>", *ONE)], 0.4).panels[0].curves[0]
    assert line.name == "a &lt;b&gt;"  # as plotly shows it letter by letter
    assert (line.x.tolist(), line.y.tolist()) == ([50], [80])


def test_tools_of_different_coverage_share_one_axis():
    record = summarise_coverage([ToolCurve("a", *TWO), ToolCurve("b", *ONE)], 0.4)
    low, high = record.panels[0].y_range
    assert 0 < low < 50
    assert high > 100


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_tool_is_drawn_in_a_style_of_its_own(mode):
    names = [f"tool {place}" for place in range(2 * len(COLORS))]
    record = summarise_coverage([ToolCurve(name, *TWO) for name in names], 1.0)
    figure = draw_curves(record, PALETTES[mode], height=200)
    lines = [trace for trace in figure.data if trace.xaxis == "x"]
    assert [trace.name for trace in lines] == names
    assert len({(trace.line.color, trace.line.dash) for trace in lines}) == len(names)
    assert [trace.showlegend for trace in figure.data].count(True) == len(names)


@pytest.mark.parametrize("tools", [[], [ToolCurve("silent", *NONE)]])
def test_without_an_answer_the_axes_stand_alone(tools):
    figure = draw_curves(summarise_coverage(tools, 0.5), PALETTES["light"], height=200)
    assert list(figure.layout.xaxis.range) == [0, 100]
    assert figure.layout.yaxis.range[1] > 100
