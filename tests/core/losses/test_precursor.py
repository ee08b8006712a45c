import pytest
import torch

from core.errors import InputError
from core.losses.precursor import clamped, log_ratio, log_scaled

ERRORS = [10.0, 100.0, 1_000.0, 10_000.0, 25_000.0]


@pytest.fixture
def errors():
    return torch.tensor(ERRORS, dtype=torch.float64, requires_grad=True)


def test_log_scaled_values_are_those_of_the_formula(errors):
    assert log_scaled(errors).tolist() == pytest.approx([9.5, 69.3, 239.8, 461.5, 552.5], abs=0.05)


def test_clamped_and_log_ratio_values(errors):
    assert clamped(errors).tolist() == [10.0, 100.0, 100.0, 100.0, 100.0]
    assert log_ratio(errors).tolist() == pytest.approx(
        [9.9995e-5, 9.995e-4, 9.950e-3, 9.531e-2, 0.22314], rel=1e-4
    )


def test_gradients_are_one_or_nothing_and_the_two_fractions(errors):
    def gradient(loss):
        return torch.autograd.grad(loss(errors).sum(), errors)[0].tolist()

    assert gradient(clamped) == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert gradient(log_scaled) == pytest.approx([100 / (100 + e) for e in ERRORS])
    assert gradient(log_scaled)[-1] == pytest.approx(0.00398, abs=5e-6)
    assert gradient(log_ratio) == pytest.approx([1 / (100_000 + e) for e in ERRORS])


@pytest.mark.parametrize(
    "call",
    [
        lambda e: clamped(e, limit_ppm=0.0),
        lambda e: log_scaled(e, scale_ppm=-1.0),
        lambda e: log_ratio(e, divisor_ppm=0.0),
    ],
)
def test_a_scale_that_is_not_positive_is_an_error(errors, call):
    with pytest.raises(InputError, match="expected a positive, finite number"):
        call(errors)
