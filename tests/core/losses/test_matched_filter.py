import numpy as np
import pytest
import torch

from core.errors import InputError
from core.losses.matched_filter import matched_filter
from core.losses.peaks import Peaks
from tests.core.losses.reference import lists, one, random_peaks


@pytest.fixture
def sides():
    generator = torch.Generator().manual_seed(3)
    return [random_peaks(generator, batch=4, peaks=n, low=100, high=104) for n in (5, 9)]


def test_value_equals_a_plain_loop(sides):
    expected = []
    for (p, _), (o, i) in zip(lists(sides[0]), lists(sides[1]), strict=True):
        hits = [np.exp(-((mz - p) ** 2) / (2 * 0.2**2)).max() for mz in o]
        expected.append(1 - (i / i.sum() * hits).sum())
    assert matched_filter(*sides, sigma_da=0.2).tolist() == pytest.approx(expected, abs=1e-12)


def test_gradient_is_exact(sides):
    predicted, observed = sides
    mz = torch.where(predicted.mask, predicted.mz, 1.0).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda m: matched_filter(
            Peaks(m, predicted.intensity, predicted.mask), observed, sigma_da=0.3
        ),
        (mz,),
    )


def test_a_far_prediction_explains_nothing():
    assert matched_filter(one([100.0]), one([900.0]), sigma_da=0.05).item() == 1.0


def test_a_width_of_zero_is_an_error():
    with pytest.raises(InputError, match="sigma_da"):
        matched_filter(one([1.0]), one([1.0]), sigma_da=0.0)
