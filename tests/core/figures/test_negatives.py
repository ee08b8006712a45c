"""The records of the page on hard negatives hold the numbers they are made from."""

import numpy as np
import pytest

from core.figures.bars import BarGroup, BarsFigure, draw_bars
from core.figures.heat import draw_heat
from core.figures.negatives import (
    MOST_POINTS,
    project,
    summarise_clusters,
    summarise_difficulty,
    summarise_effective,
    summarise_filling_by_batch,
    summarise_histogram,
    summarise_hubs,
    summarise_largest,
    summarise_map,
    summarise_members,
    summarise_pull,
)
from core.figures.theme import PALETTES
from core.samplers.composition import run_quick_test
from core.samplers.difficulty import Difficulty
from core.samplers.epoch import Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.hubs import Hubness
from core.samplers.options import BatchOptions
from tests.core.samplers.data import clustered, gaussian, pool_of

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


def test_filling_is_in_percent_by_batch():
    pool = pool_of(clustered(200, 4), 20)
    epochs = {
        method: draw_epoch(pool, BatchOptions(batch_size=16, hardness_k=20, method=method), 0)
        for method in ("sequential", "planned")
    }
    curves = summarise_filling_by_batch(epochs).panels[0].curves
    for curve, (name, epoch) in zip(curves, epochs.items(), strict=True):
        assert curve.name == name
        for y, row, asked in zip(curve.y, epoch.origin, epoch.asked, strict=True):
            hard = sum(origin >= Origin.OWN_LIST for origin in row.tolist())
            assert y == pytest.approx(100 * hard / asked)
    assert curves[0].y.min() < 100


@pytest.mark.parametrize("most", [7, 390])
def test_hubs_count_every_item_once(most):
    degree = np.random.default_rng(1).integers(0, most, 500)
    record = summarise_hubs(Hubness(degree, 0.0, 0.0))
    group = record.groups[0]
    assert sum(group.y) == 500
    assert len(group.y) <= 41
    if most == 7:
        assert dict(zip(group.x, group.y, strict=True))[3.0] == (degree == 3).sum()


def test_the_push_is_sorted_and_adds_up_to_all_of_it():
    similarity = np.random.default_rng(2).uniform(-0.2, 0.9, 31)
    curves = summarise_pull(similarity, 0.07).panels[0].curves
    assert [curve.name for curve in curves] == ["T = 0.02", "T = 0.2", "T = 1", "T = 0.07"]
    for curve in curves:
        assert curve.y.sum() == pytest.approx(100)
        assert (np.diff(curve.y) <= 1e-12).all()
    assert len({(curve.color, curve.dash) for curve in curves}) == 4
    line, here = summarise_effective(similarity, 0.07).panels[0].curves
    assert (np.diff(line.y) > 0).all()
    assert here.y[0] == pytest.approx(1 / ((curves[-1].y / 100) ** 2).sum())


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


def test_a_single_group_of_bars_needs_no_legend():
    group = BarGroup("a", (1.0,), (2.0,))
    one = draw_bars(BarsFigure("k", "x", "y", (group,)), LIGHT, height=100)
    two = draw_bars(BarsFigure("k", "x", "y", (group, group)), LIGHT, height=100)
    assert not one.data[0].showlegend
    assert two.data[0].showlegend
