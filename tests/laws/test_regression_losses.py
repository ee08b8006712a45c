"""Laws of the losses between vectors: the note's relation, where it holds and where it does not."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.losses.contrastive import chance_level, info_nce
from core.losses.regression import cosine_distance, mix, smooth_l1, squared_error_mean

quick = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 10_000)
dimensions = st.integers(2, 40)
sizes = st.integers(2, 8)
scales = st.floats(-6.0, 6.0).map(lambda power: 10.0**power)
temperatures = st.floats(0.02, 5.0)
LOSSES = {
    "squared_error_mean": squared_error_mean,
    "cosine_distance": cosine_distance,
    "mix": lambda p, t: mix(p, t, cosine_weight=0.5),
    "smooth_l1": lambda p, t: smooth_l1(p, t, beta=1.0),
}


def vectors(seed, n, dimension):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, generator=generator, dtype=torch.float64)


def of_norm(rows, norm):
    return rows * (norm / rows.norm(dim=1, keepdim=True))


def pair_of_norms(seed, dimension, pred_norm, target_norm):
    pred, target = vectors(seed, 2, dimension).unsqueeze(1)
    return of_norm(pred, pred_norm), of_norm(target, target_norm)


def gradient(loss, pred, target):
    pred = pred.clone().requires_grad_()
    return torch.autograd.grad(loss(pred, target).sum(), pred)[0]


@given(seed=seeds, dimension=dimensions)
@quick
def test_for_unit_vectors_mse_is_twice_the_cosine_distance_over_the_dimension(seed, dimension):
    pair = pair_of_norms(seed, dimension, 1.0, 1.0)
    distance = cosine_distance(*pair).item()
    mse = squared_error_mean(*pair).item()
    assert mse == pytest.approx(2 * distance / dimension, rel=1e-9)
    assert mse != pytest.approx(2 * distance, rel=0.1)


@given(seed=seeds, dimension=dimensions)
@quick
def test_for_norms_of_the_root_of_the_dimension_mse_is_twice_the_distance(seed, dimension):
    pair = pair_of_norms(seed, dimension, dimension**0.5, dimension**0.5)
    distance = cosine_distance(*pair).item()
    assert squared_error_mean(*pair).item() == pytest.approx(2 * distance, rel=1e-9)


@given(seed=seeds, dimension=dimensions, ratio=st.floats(0.01, 10.0))
@quick
def test_with_another_norm_of_the_prediction_the_notes_relation_fails(seed, dimension, ratio):
    pair = pair_of_norms(seed, dimension, ratio * dimension**0.5, dimension**0.5)
    cos = 1 - cosine_distance(*pair).item()
    error = squared_error_mean(*pair).item() - 2 * (1 - cos)
    # What it is wrong by; nothing at the norm ratios 1 and 2 cos - 1 alone.
    assert error == pytest.approx((ratio - 1) * (ratio + 1 - 2 * cos), abs=1e-9)
    assume(min(abs(ratio - 1), abs(ratio + 1 - 2 * cos)) > 0.01)
    assert abs(error) > 1e-5


@pytest.mark.parametrize(("norm", "factor"), [(1.0, 0.502), (8.0, 0.625), (16.0, 1.0), (32.0, 2.5)])
def test_at_a_right_angle_the_relation_is_off_by_the_measured_factors(norm, factor):
    pred, target = torch.zeros(1, 256), torch.zeros(1, 256)
    pred[0, 0], target[0, 1] = norm, 16.0
    assert cosine_distance(pred, target).item() == 1.0
    assert squared_error_mean(pred, target).item() / 2 == pytest.approx(factor, abs=5e-4)


@given(seed=seeds, dimension=dimensions, scale=scales)
@quick
def test_the_gradient_of_the_cosine_is_orthogonal_and_falls_as_the_norm(seed, dimension, scale):
    pred, target = vectors(seed, 2, dimension).unsqueeze(1)
    slope = gradient(cosine_distance, scale * pred, target)
    cos = 1 - cosine_distance(pred, target).item()
    length = slope.norm().item() * scale * pred.norm().item()
    assert (slope * pred).sum().item() * scale == pytest.approx(0.0, abs=1e-12)
    assert length == pytest.approx(math.sqrt(max(0.0, 1 - cos**2)), abs=1e-7)


@given(seed=seeds, dimension=dimensions)
@quick
def test_the_gradient_of_the_squared_error_has_a_radial_part(seed, dimension):
    pred, target = vectors(seed, 2, dimension).unsqueeze(1)
    radial = (gradient(squared_error_mean, pred, target) * pred).sum().item()
    expected = 2 * ((pred - target) * pred).sum().item() / dimension
    assert radial == pytest.approx(expected, abs=1e-12)


@given(seed=seeds, dimension=dimensions, one=scales, other=scales)
@quick
def test_the_cosine_knows_no_scale(seed, dimension, one, other):
    pred, target = vectors(seed, 2, dimension).unsqueeze(1)
    value = cosine_distance(pred, target).item()
    assert 0.0 <= value <= 2.0
    assert cosine_distance(one * pred, other * target).item() == pytest.approx(value, abs=1e-12)
    assert cosine_distance(-pred, target).item() == pytest.approx(2 - value, abs=1e-12)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, dimension=dimensions)
@quick
def test_the_order_of_the_dimensions_does_not_count(name, seed, dimension):
    pred, target = vectors(seed, 2, dimension).unsqueeze(1)
    value = LOSSES[name](pred.flip(1), target.flip(1)).item()
    assert LOSSES[name](pred, target).item() == pytest.approx(value, abs=1e-12)
    assert LOSSES[name](target, target).item() == pytest.approx(0.0, abs=1e-12)


@given(seed=seeds, n=sizes, temperature=temperatures)
@quick
def test_equal_keys_leave_the_chance_level(seed, n, temperature):
    queries, key = vectors(seed, n, 4), vectors(seed + 1, 1, 4).expand(n, 4)
    one_sided = info_nce(queries, key, temperature=temperature)
    assert one_sided.tolist() == pytest.approx([chance_level(n)] * n)
    both = info_nce(key, key, temperature=temperature, symmetric=True)
    assert both.tolist() == pytest.approx([chance_level(n)] * n)


@given(seed=seeds, n=sizes, temperature=temperatures, symmetric=st.booleans())
@quick
def test_info_nce_knows_neither_order_nor_scale(seed, n, temperature, symmetric):
    query, key = vectors(seed, 2 * n, 4).chunk(2)
    options = {"temperature": temperature, "symmetric": symmetric}
    loss = info_nce(query, key, **options)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    moved = info_nce(query[order], key[order], **options)
    assert moved.tolist() == pytest.approx(loss[order].tolist(), abs=1e-9)
    scaled = info_nce(query * 1e5, key * torch.arange(1, n + 1).unsqueeze(1), **options)
    assert scaled.tolist() == pytest.approx(loss.tolist(), abs=1e-9)


@given(seed=seeds, n=sizes, temperature=temperatures, symmetric=st.booleans())
@quick
def test_info_nce_keeps_its_bounds_and_fewer_negatives_never_cost(seed, n, temperature, symmetric):
    query, key = vectors(seed, 2 * n, 4).chunk(2)
    options = {"temperature": temperature, "symmetric": symmetric}
    same = torch.rand(n, n, generator=torch.Generator().manual_seed(seed)) < 0.4
    loss, fewer = info_nce(query, key, **options), info_nce(query, key, same=same, **options)
    assert fewer.min() >= 0.0
    assert (fewer <= loss + 1e-12).all()
    assert loss.max() <= 2 / temperature + chance_level(n) + 1e-9


@given(seed=seeds, n=sizes, temperature=temperatures)
@quick
def test_two_sided_info_nce_does_not_tell_queries_from_keys(seed, n, temperature):
    query, key = vectors(seed, 2 * n, 4).chunk(2)
    one = info_nce(query, key, temperature=temperature, symmetric=True)
    other = info_nce(key, query, temperature=temperature, symmetric=True)
    assert one.tolist() == pytest.approx(other.tolist(), abs=1e-12)
