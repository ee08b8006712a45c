import math

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.losses.gaussian import gaussian_cosine, gaussian_cosine_grid, render_gaussians
from core.losses.peaks import Peaks
from tests.core.losses.reference import (
    continuous_cosine,
    dense_cosine,
    lists,
    near,
    one,
    random_peaks,
)

LOSSES = [gaussian_cosine, gaussian_cosine_grid]


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(1)


@pytest.mark.parametrize("sigma", [0.02, 0.3, 5.0, 200.0])
def test_continuous_form_equals_a_double_loop(generator, sigma):
    predicted = random_peaks(generator)
    observed = near(predicted, generator, 2 * sigma)
    loss = gaussian_cosine(predicted, observed, sigma_da=sigma)
    expected = [
        continuous_cosine(p, o, sigma)
        for p, o in zip(lists(predicted), lists(observed), strict=True)
    ]
    assert loss.tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("sigma", "grid"),
    [
        (0.05, {}),
        (0.1, {}),
        (2.0, {"bin_da": 0.02, "mz_max": 1000.0}),
        (0.02, {"bin_da": 0.1, "mz_min": 300.0, "mz_max": 500.0}),
        (400.0, {"bin_da": 0.5}),
    ],
)
def test_grid_form_and_its_gradient_equal_the_dense_form(generator, sigma, grid):
    predicted = random_peaks(generator)
    observed = near(predicted, generator, sigma)
    inputs = [
        tensor.requires_grad_()
        for side in (predicted, observed)
        for tensor in (side.mz, side.intensity)
    ]
    loss = gaussian_cosine_grid(predicted, observed, sigma_da=sigma, **grid)
    gradients = torch.autograd.grad(loss.sum(), inputs)
    dense = torch.stack(
        [
            dense_cosine(
                (
                    predicted.mz[row][predicted.mask[row]],
                    predicted.intensity[row][predicted.mask[row]],
                ),
                (observed.mz[row][observed.mask[row]], observed.intensity[row][observed.mask[row]]),
                sigma,
                **grid,
            )
            for row in range(3)
        ]
    )
    torch.testing.assert_close(loss, dense, atol=1e-9, rtol=0)
    for mine, theirs in zip(gradients, torch.autograd.grad(dense.sum(), inputs), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-9, rtol=1e-9)


def test_one_peak_shifted_by_one_width_costs_0_221():
    loss = gaussian_cosine(one([500.0]), one([500.05]), sigma_da=0.05)
    assert loss.item() == pytest.approx(1 - math.exp(-0.25), abs=1e-9)
    assert loss.item() == pytest.approx(0.221, abs=5e-4)


def test_below_the_bin_the_grid_depends_on_the_bin_edges():
    """One shift of one width costs 0.09 to 0.35 at sigma / bin = 0.5, and 0.03 % at sigma = bin."""

    def spread(sigma):
        phase = np.linspace(0, 0.1, 41)
        values = [
            gaussian_cosine_grid(one([500 + x]), one([500 + x + sigma]), sigma_da=sigma).item()
            for x in phase
        ]
        return min(values), max(values)

    assert spread(0.05) == pytest.approx((0.09, 0.35), abs=0.01)
    low, high = spread(0.1)
    assert high - low < 4e-4


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_of_both_sides_is_exact(generator, loss):
    predicted = random_peaks(generator, peaks=5, low=100, high=104)
    observed = random_peaks(generator, peaks=6, low=100, high=104)

    def value(mz, height, other_mz, other_height):
        first = Peaks(torch.where(predicted.mask, mz, torch.nan), height, predicted.mask)
        second = Peaks(other_mz, torch.where(observed.mask, other_height, torch.inf), observed.mask)
        return loss(first, second, sigma_da=0.4)

    inputs = [
        torch.where(side.mask, tensor, 1.0).requires_grad_()
        for side in (predicted, observed)
        for tensor in (side.mz, side.intensity)
    ]
    assert torch.autograd.gradcheck(value, inputs)


@pytest.mark.parametrize("loss", LOSSES)
def test_single_precision_keeps_value_and_gradient(generator, loss):
    wide = random_peaks(generator, batch=4, peaks=60, dtype=torch.float32)
    other = near(wide, generator, 0.1)
    results = []
    for dtype in (torch.float32, torch.float64):
        first, second = (
            Peaks(side.mz.to(dtype), side.intensity.to(dtype), side.mask) for side in (wide, other)
        )
        first.mz.requires_grad_()
        value = loss(first, second, sigma_da=0.05)
        assert value.dtype == dtype
        results.append((value, torch.autograd.grad(value.sum(), first.mz)[0]))
    (value, gradient), (exact, exact_gradient) = results
    torch.testing.assert_close(value.double(), exact, atol=1e-7, rtol=0)
    torch.testing.assert_close(gradient.double(), exact_gradient, atol=1e-6, rtol=1e-6)


def test_a_peak_outside_the_grid_contributes_its_tail_only():
    inside, outside = one([1.0]), one([1.0, 10.2])
    options = {"sigma_da": 0.3, "bin_da": 0.1, "mz_min": 0.0, "mz_max": 10.0}
    some = gaussian_cosine_grid(inside, outside, **options).item()
    assert some == pytest.approx(
        float(
            dense_cosine(*((p.mz[0], p.intensity[0]) for p in (inside, outside)), 0.3, mz_max=10.0)
        ),
        abs=1e-9,
    )
    assert gaussian_cosine_grid(inside, one([1.0, 1e6, -1e6]), **options).item() < 1e-12
    assert gaussian_cosine_grid(one([1e6]), one([1e6]), **options).item() == 1.0


def test_a_width_far_below_the_bin_renders_to_nothing():
    """The nearest bin centre is 50 widths away: both renderings are empty, which costs 1."""
    edge = one([500.0])
    assert gaussian_cosine_grid(edge, edge, sigma_da=0.001).item() == 1.0
    assert gaussian_cosine(edge, edge, sigma_da=0.001).item() == 0.0


@pytest.mark.parametrize("loss", LOSSES)
def test_a_far_peak_feels_no_pull_and_a_near_one_is_pulled_home(loss):
    def pull(distance):
        predicted = one([500.0 + distance])
        predicted.mz.requires_grad_()
        loss(predicted, one([500.0]), sigma_da=0.05).sum().backward()
        return predicted.mz.grad.item()

    assert pull(0.06) > 0.1
    assert pull(-0.06) < -0.1
    assert pull(1.0) == 0.0


def test_rendering_for_a_picture_equals_the_sum_of_gaussians():
    rng = np.random.default_rng(0)
    mz, intensity = rng.uniform(90, 210, 20), rng.uniform(0, 1, 20)
    grid = np.sort(rng.uniform(100, 200, 500))
    dense = (intensity[:, None] * np.exp(-0.5 * ((grid - mz[:, None]) / 0.7) ** 2)).sum(0)
    np.testing.assert_allclose(render_gaussians(mz, intensity, grid, 0.7), dense, atol=1e-12)
    assert render_gaussians(np.array([]), np.array([]), grid, 0.7).tolist() == [0.0] * 500


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_width_that_is_not_positive_is_an_error(loss, sigma):
    with pytest.raises(InputError, match="sigma_da: expected a positive, finite number"):
        loss(one([1.0]), one([1.0]), sigma_da=sigma)


def test_an_empty_range_is_an_error():
    with pytest.raises(InputError, match="m/z range"):
        gaussian_cosine_grid(one([1.0]), one([1.0]), sigma_da=1.0, mz_min=5.0, mz_max=5.0)
