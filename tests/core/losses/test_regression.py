import math

import pytest
import torch
from scipy.spatial import distance
from torch.nn import functional

from core.errors import InputError
from core.losses.regression import (
    cosine_distance,
    mix,
    smooth_l1,
    squared_error_mean,
    squared_error_sum,
    undefined_rows,
    unit_rows,
)


def vectors(seed, *shape, dtype=torch.float64):
    drawn = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return drawn.to(dtype)


@pytest.fixture
def pair():
    return vectors(1, 5, 7), vectors(2, 5, 7)


def gradient(loss, pred, *rest):
    pred = pred.clone().requires_grad_()
    return torch.autograd.grad(loss(pred, *rest).sum(), pred)[0]


def test_squared_errors_are_the_plain_loops(pair):
    sums = [
        sum((p - t) ** 2 for p, t in zip(*rows, strict=True))
        for rows in zip(*(side.tolist() for side in pair), strict=True)
    ]
    assert squared_error_sum(*pair).tolist() == pytest.approx(sums)
    assert squared_error_mean(*pair).tolist() == pytest.approx([s / 7 for s in sums])
    assert squared_error_mean(*pair).mean().item() == pytest.approx(
        functional.mse_loss(*pair).item()
    )


def test_the_cosine_distance_is_scipys(pair):
    expected = [distance.cosine(p.numpy(), t.numpy()) for p, t in zip(*pair, strict=True)]
    assert cosine_distance(*pair).tolist() == pytest.approx(expected, abs=1e-12)


def test_smooth_l1_is_the_plain_loop(pair):
    def one(d, beta):
        return d * d / (2 * beta) if abs(d) < beta else abs(d) - beta / 2

    for beta in (0.1, 1.0, 5.0):
        rows = (pair[0] - pair[1]).tolist()
        expected = [sum(one(d, beta) for d in row) / 7 for row in rows]
        assert smooth_l1(*pair, beta=beta).tolist() == pytest.approx(expected)


def test_a_mixture_is_the_weighted_sum(pair):
    expected = 0.3 * cosine_distance(*pair) + 0.7 * squared_error_mean(*pair)
    torch.testing.assert_close(mix(*pair, cosine_weight=0.3), expected)


def test_the_end_of_a_mixture_does_not_compute_the_other_loss(pair):
    pred, zero = pair[0], torch.zeros(5, 7, dtype=torch.float64)
    assert mix(pred, zero, cosine_weight=0.0).equal(squared_error_mean(pred, zero))
    huge = torch.full((1, 2), 1e30)
    assert mix(huge, -huge, cosine_weight=1.0).tolist() == pytest.approx([2.0])
    assert mix(huge, -huge, cosine_weight=0.5).tolist() == [math.inf]


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan])
def test_a_weight_outside_0_and_1_is_an_error(pair, weight):
    with pytest.raises(InputError, match="weight of the cosine: expected 0 to 1"):
        mix(*pair, cosine_weight=weight)


@pytest.mark.parametrize("beta", [0.0, -1.0, math.nan, math.inf])
def test_a_beta_that_is_not_positive_is_an_error(pair, beta):
    with pytest.raises(InputError, match="beta: expected a positive, finite number"):
        smooth_l1(*pair, beta=beta)


def test_a_zero_target_is_refused_with_its_rows(pair):
    target = pair[1].clone()
    target[[1, 4]] = 0.0
    for loss in (cosine_distance, lambda p, t: mix(p, t, cosine_weight=0.5)):
        with pytest.raises(InputError, match=r"came 2 of 5 zero \(rows 1, 4\)\. Drop these"):
            loss(pair[0], target)
    with pytest.raises(InputError, match=r"came 12 of 12 zero \(rows 0, 1, 2, 3, 4, 5, 6, 7, …\)"):
        cosine_distance(torch.ones(12, 2), torch.zeros(12, 2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_zero_prediction_costs_1_and_pulls_nowhere(dtype):
    pred, target = vectors(1, 3, 4, dtype=dtype), vectors(2, 3, 4, dtype=dtype)
    pred[1] = 0.0
    assert cosine_distance(pred, target)[1] == 1.0
    slope = gradient(cosine_distance, pred, target)
    assert slope.isfinite().all()
    assert slope.ne(0).any(1).tolist() == [True, False, True]


def test_the_usual_small_constant_gives_an_enormous_gradient_instead():
    pred, target = torch.zeros(1, 4), torch.ones(1, 4)
    naive = gradient(lambda p, t: 1 - functional.cosine_similarity(p, t, eps=1e-8), pred, target)
    assert naive.tolist() == [pytest.approx([-5e7] * 4)]
    assert gradient(cosine_distance, pred, target).tolist() == [[0.0] * 4]


def test_the_gradient_of_an_opposite_prediction_is_zero():
    target = torch.tensor([[3.0, -4.0]])
    assert gradient(cosine_distance, -target, target).abs().max() < 1e-6


@pytest.mark.parametrize("loss", [cosine_distance, lambda p, t: mix(p, t, cosine_weight=0.5)])
def test_a_target_that_is_not_a_number_is_not_hidden(loss):
    target = torch.tensor([[1.0, math.nan], [1.0, 2.0]])
    for pred in (torch.ones(2, 2), torch.zeros(2, 2)):
        assert loss(pred, target).isnan().tolist() == [True, False]


@pytest.mark.parametrize("pred_scale", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("target_scale", [1e-20, 1.0, 1e20])
def test_float32_serves_every_scale(pred_scale, target_scale):
    pred, target = vectors(1, 6, 256), vectors(2, 6, 256)
    pair = (pred * pred_scale).float(), (target * target_scale).float()
    torch.testing.assert_close(
        cosine_distance(*pair).double(), cosine_distance(pred, target), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(
        gradient(cosine_distance, *pair).double() * pred_scale,
        gradient(cosine_distance, pred, target),
        atol=1e-7,
        rtol=1e-4,
    )


@pytest.mark.parametrize("scale", [1e-37, 1e38])
def test_the_gradient_stays_finite_to_the_ends_of_the_type(scale):
    pred = torch.tensor([[scale, -scale / 2]])
    assert gradient(cosine_distance, pred, torch.tensor([[1.0, 1.0]])).isfinite().all()


def test_a_small_distance_keeps_its_digits():
    angle = 1e-4
    pred = torch.tensor([[math.cos(angle), math.sin(angle)]])
    loss = cosine_distance(pred, torch.tensor([[1.0, 0.0]])).item()
    assert loss == pytest.approx(angle**2 / 2, rel=1e-4)
    assert functional.cosine_similarity(pred, torch.tensor([[1.0, 0.0]])).item() == 1.0


def test_rounding_leads_out_of_neither_end():
    target = vectors(1, 1000, 16, dtype=torch.float32)
    pred = target * vectors(2, 1000, 1, dtype=torch.float32)
    distance = cosine_distance(pred, target)
    assert distance.min() >= 0.0
    assert distance.max() <= 2.0


def test_rows_without_direction_are_found_and_become_zero():
    rows = torch.tensor([[0.0, 0.0], [0.0, 1e-37], [1e-40, 0.0], [0.0, math.nan], [1e38, 1e38]])
    assert undefined_rows(rows).tolist() == [True, False, True, False, False]
    units = unit_rows(rows)
    assert units[[0, 2]].eq(0).all()
    assert units[3].isnan().any()
    assert units[[1, 4]].norm(dim=1).tolist() == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("loss", [cosine_distance, squared_error_mean, squared_error_sum])
def test_both_sides_have_an_exact_gradient(loss, pair):
    assert torch.autograd.gradcheck(loss, [side.requires_grad_() for side in pair])
    assert torch.autograd.gradgradcheck(loss, [side.requires_grad_() for side in pair])


def test_an_empty_batch_gives_nothing():
    assert cosine_distance(torch.empty(0, 4), torch.empty(0, 4)).shape == (0,)
    assert undefined_rows(torch.empty(0, 4)).shape == (0,)
