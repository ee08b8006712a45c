"""The records of negatives of hard batches hold the numbers they are made from."""

import numpy as np
import pytest

from core.figures.bars import BarGroup, BarsFigure, draw_bars
from core.figures.heat import draw_heat
from core.figures.negatives import summarise_difficulty, summarise_histogram, summarise_members
from core.figures.theme import PALETTES
from core.samplers.difficulty import Difficulty
from core.samplers.epoch import Origin

LIGHT = PALETTES["light"]


def test_members_keep_their_places_and_their_kind():
    origins = [Origin.OWN_LIST, Origin.TWO_HOPS, Origin.RANDOM, Origin.OWN_LIST]
    record = summarise_members([0.9, 0.5, -0.1, 0.7], origins, ["a", "b", "c", "d"])
    assert [(group.x, group.y) for group in record.groups] == [
        ((1, 4), (0.9, 0.7)), ((2,), (0.5,)), ((3,), (-0.1,)),
    ]  # fmt: skip
    assert record.groups[0].pointer[1] == "0.70  d"
    assert record.y_range is not None
    assert record.y_range[0] < -0.1


def test_a_histogram_counts_every_pair_once_in_its_bin():
    generator = np.random.default_rng(0)
    hard, random = generator.uniform(0.2, 1.0, 300), generator.uniform(-0.3, 0.6, 500)
    hard[:2] = 1.0 + 1e-7, 1.0  # what rounding makes of equal texts
    record = summarise_histogram(hard, random)
    for group, values in zip(record.groups, (random, hard), strict=True):
        assert sum(group.y) == pytest.approx(100)
        for middle, share in zip(group.x, group.y, strict=True):
            inside = sum(middle - 0.025 <= v < middle + 0.025 for v in values.tolist())
            if middle < 0.95:
                assert share == pytest.approx(100 * inside / len(values), abs=0.41)
    assert [rule.at for rule in record.rules] == [random.mean(), hard.mean()]


def test_a_histogram_of_no_hard_pairs_shows_the_others():
    record = summarise_histogram(np.array([]), np.array([0.1, 0.2]))
    assert [group.name for group in record.groups] == ["random (2)"]


def test_difficulty_shows_the_chosen_measure_and_marks_the_chosen_cell():
    first = Difficulty((0.0, 0.5), (10, 100), np.array([[0.1, 0.1], [0.4, 0.3]]), np.ones((2, 2)))
    other = Difficulty((0.0, 0.5), (10, 100), np.zeros((2, 2)), np.full((2, 2), 0.5))
    record = summarise_difficulty(first, other, "mean", (0.5, 10))
    assert record.panels[0].values.tolist() == [[0.1, 0.1], [0.4, 0.3]]
    assert record.here == (0.0, 1.0)
    assert record.span == (0.0, 0.4)
    assert summarise_difficulty(first, other, "hardest", (0.6, 10)).here is None
    drawn = draw_heat(record, LIGHT, height=200)
    assert [trace.type for trace in drawn.data] == ["heatmap", "heatmap"]
    assert np.array(drawn.data[0].z).tolist() == [[0.1, 0.1], [0.4, 0.3]]
    assert len(drawn.layout.shapes) == 2


def test_a_single_group_of_bars_needs_no_legend():
    group = BarGroup("a", (1.0,), (2.0,))
    one = draw_bars(BarsFigure("k", "x", "y", (group,)), LIGHT, height=100)
    two = draw_bars(BarsFigure("k", "x", "y", (group, group)), LIGHT, height=100)
    assert not one.data[0].showlegend
    assert two.data[0].showlegend
