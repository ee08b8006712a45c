"""Parallel coordinates: where the runs stand on each axis."""

from math import nan

import numpy as np
import pytest

from core.figures.parallel import MOST_AXES, draw_parallel, summarise_parallel
from core.figures.theme import PALETTES
from core.runs.compare import differing_options

CONFIGS = [
    {"rate": 1e-4, "width": 32, "loss": "a <b>", "flag": True},
    {"rate": 1e-1, "width": 64, "loss": "c", "flag": False},
    {"rate": 1e-2, "width": 64, "loss": None, "flag": False},
]


def test_numbers_stand_at_their_value_decades_at_their_log_and_words_at_places():
    record = summarise_parallel(differing_options(CONFIGS), "val/x", [0.1, 0.2, 0.3])
    axes = {axis.title: axis for axis in record.axes}
    assert list(axes) == ["rate", "width", "loss", "flag", "val/x"]
    assert axes["rate"].place.tolist() == [-4.0, -1.0, -2.0]
    assert [text for _, text in axes["rate"].ticks] == ["0.0001", "0.01", "0.1"]
    assert axes["width"].place.tolist() == [32.0, 64.0, 64.0]
    assert axes["loss"].place.tolist() == [0.0, 1.0, 2.0]
    assert [text for _, text in axes["loss"].ticks] == ["a <b>", "c", "–"]
    assert axes["flag"].place.tolist() == [0.0, 1.0, 1.0]
    assert axes["val/x"].place.tolist() == [0.1, 0.2, 0.3]


def test_runs_without_a_value_are_left_out_and_options_without_room_are_named():
    record = summarise_parallel(differing_options(CONFIGS), "m", [nan, 0.2, np.inf])
    assert record.runs == (1,)
    many = differing_options([{str(i): i for i in range(20)}, {str(i): -i for i in range(20)}])
    crowded = summarise_parallel(many, "m", [1.0, 2.0])
    assert len(crowded.axes) == MOST_AXES
    assert len(crowded.hidden) == len(many) - MOST_AXES + 1


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_lines_are_coloured_by_what_was_reached_and_text_is_no_html(mode):
    record = summarise_parallel(differing_options(CONFIGS), "m", [1.0, 2.0, 3.0])
    (trace,) = draw_parallel(record, PALETTES[mode], height=300).data
    assert trace.line.color.tolist() == [1.0, 2.0, 3.0]
    assert trace.dimensions[2].ticktext[0] == "a &lt;b&gt;"
    empty = summarise_parallel((), "m", [])
    assert draw_parallel(empty, PALETTES[mode], height=300).data
