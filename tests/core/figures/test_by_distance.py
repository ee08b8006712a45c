"""RMSD against a quantity: empty bins are no points."""

import numpy as np

from core.figures.by_distance import BinnedLine, summarise_bins


def test_empty_bins_are_left_out_above_and_below():
    line = BinnedLine("a", np.array([1.0, np.nan, 3.0]), np.array([0.5, np.nan, 2.0]),
                      np.array([10, 0, 4]), "ink")  # fmt: skip
    above, below = summarise_bins("k", "radius, Å", [line]).panels
    assert above.curves[0].x.tolist() == [1.0, 3.0]
    assert above.curves[0].y.tolist() == [0.5, 2.0]
    assert below.curves[0].y.tolist() == [10.0, 4.0]
    assert below.y_log
