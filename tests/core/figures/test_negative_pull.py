"""Shares of the push by the temperature, and how many negatives count."""

import numpy as np
import pytest

from core.figures.negative_pull import summarise_effective, summarise_pull


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
