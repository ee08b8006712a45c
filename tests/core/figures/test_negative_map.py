"""The map against a singular value decomposition; clusters against plain counts."""

import numpy as np
import pytest

from core.figures.bars import draw_bars
from core.figures.negative_map import (
    MOST_POINTS,
    project,
    summarise_clusters,
    summarise_largest,
    summarise_map,
)
from core.figures.theme import PALETTES
from core.samplers.composition import run_quick_test
from tests.core.samplers.data import gaussian

LIGHT = PALETTES["light"]


def test_a_map_is_that_of_the_singular_value_decomposition():
    vectors = gaussian(80, dim=7)
    points, share = project(vectors)
    centred = vectors - vectors.mean(axis=0)
    _, values, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    assert share == pytest.approx((values**2 / (values**2).sum())[:2], rel=1e-5)
    for column in (0, 1):
        wanted = centred @ axes[column]
        assert np.abs(points[:, column]) == pytest.approx(np.abs(wanted), abs=1e-4)


def test_a_map_shows_every_member_and_some_of_many_others():
    points, names = np.zeros((4_000, 2)), tuple(map(str, range(4_000)))
    members = {"random": [5], "hard": [1, 2], "pivot": [0]}
    record = summarise_map(points, np.array([0.3, 0.1]), names, members)
    assert [len(group.x) for group in record.groups] == [MOST_POINTS, 1, 2, 1]
    assert record.groups[0].name == "not in the batch, of 3,996"
    assert not {"0", "1", "2", "5"} & set(record.groups[0].text)
    assert record.groups[2].text == ("1", "2")


def test_clusters_that_look_like_numbers_are_names():
    figure = draw_bars(summarise_clusters([("34", 8, 0), ("7", 0, 2)]), LIGHT, height=200)
    assert figure.layout.xaxis.type == "category"
    assert list(figure.data[0].y) == [8, 0]
    assert list(figure.data[1].y) == [0, 2]


def test_the_largest_clusters_are_in_percent_of_batches():
    test = run_quick_test(19, 0)
    drawn, chance = summarise_largest(test).groups
    assert drawn.y == tuple(float((test.composition.max(axis=1) == n).sum()) for n in drawn.x)
    assert sum(chance.y) == pytest.approx(100)
