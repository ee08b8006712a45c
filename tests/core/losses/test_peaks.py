import numpy as np
import pytest
import torch

from core.errors import InputError
from core.losses.peaks import pad_peaks


def test_lists_of_different_lengths_are_padded_to_the_longest():
    peaks = pad_peaks(
        [np.array([1.0, 2.0]), np.array([]), np.array([3.0])],
        [np.array([0.1, 0.2]), np.array([]), np.array([0.3])],
    )
    assert peaks.mask.tolist() == [[True, True], [False, False], [True, False]]
    assert peaks.mz[peaks.mask].tolist() == [1.0, 2.0, 3.0]
    assert peaks.intensity[peaks.mask].tolist() == [0.1, 0.2, 0.3]
    assert peaks.mz.dtype == torch.float64


def test_no_list_at_all_is_an_empty_batch():
    assert pad_peaks([], [], dtype=torch.float32).mz.shape == (0, 0)


def test_lists_that_do_not_belong_together_are_named():
    with pytest.raises(InputError, match=r"came \[2\] positions and \[1\] intensities"):
        pad_peaks([np.array([1.0, 2.0])], [np.array([1.0])])
