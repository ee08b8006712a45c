"""Filled slots and neighbours, against plain counts."""

import numpy as np
import pytest

from core.figures.negative_filling import summarise_filling_by_batch, summarise_hubs
from core.samplers.epoch import Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.hubs import Hubness
from core.samplers.options import BatchOptions
from tests.core.samplers.data import clustered, pool_of


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
