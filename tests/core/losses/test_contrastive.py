import math

import pytest
import torch
from torch.nn import functional

from core.errors import InputError
from core.losses.contrastive import chance_level, info_nce

N, DIM = 6, 5


def vectors(seed, n=N):
    return torch.randn(n, DIM, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def query():
    return vectors(1)


@pytest.fixture
def key():
    return vectors(2)


@pytest.fixture
def same():
    mask = torch.rand(N, N, generator=torch.Generator().manual_seed(3)) < 0.3
    return (mask | mask.T).fill_diagonal_(False)


def cosine(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))


def plain(query, key, temperature, same=None):
    """InfoNCE query -> key with plain loops."""
    losses = []
    for i, a in enumerate(query.tolist()):
        terms = [math.exp(cosine(a, b) / temperature) for b in key.tolist()]
        kept = [t for j, t in enumerate(terms) if j == i or same is None or not same[i, j]]
        losses.append(-math.log(terms[i] / math.fsum(kept)))
    return losses


@pytest.mark.parametrize("temperature", [0.07, 1.0, 10.0])
def test_it_is_the_plain_loop(query, key, temperature):
    loss = info_nce(query, key, temperature=temperature)
    assert loss.tolist() == pytest.approx(plain(query, key, temperature), abs=1e-12)


def test_it_is_cross_entropy_of_the_cosines(query, key):
    logits = functional.normalize(query) @ functional.normalize(key).T / 0.1
    right = torch.arange(N)
    there, back = (
        functional.cross_entropy(side, right, reduction="none") for side in (logits, logits.T)
    )
    torch.testing.assert_close(info_nce(query, key, temperature=0.1), there)
    both = info_nce(query, key, temperature=0.1, symmetric=True)
    torch.testing.assert_close(both, (there + back) / 2)


def test_keys_of_the_same_target_are_no_negatives(query, key, same):
    loss = info_nce(query, key, temperature=0.2, same=same)
    assert loss.tolist() == pytest.approx(plain(query, key, 0.2, same), abs=1e-12)
    both = info_nce(query, key, temperature=0.2, same=same, symmetric=True)
    back = plain(key, query, 0.2, same.T)
    assert both.tolist() == pytest.approx(
        [(a + b) / 2 for a, b in zip(loss.tolist(), back, strict=True)], abs=1e-12
    )


def test_the_diagonal_always_counts_and_the_mask_is_left_as_it_was(query, key, same):
    with_diagonal = same.clone().fill_diagonal_(True)
    before = with_diagonal.clone()
    loss = info_nce(query, key, temperature=0.2, same=with_diagonal)
    assert loss.equal(info_nce(query, key, temperature=0.2, same=same))
    assert with_diagonal.equal(before)


def test_without_a_negative_left_nothing_is_taught(query, key):
    query.requires_grad_()
    alike = torch.ones(N, N, dtype=torch.bool)
    loss = info_nce(query, key, temperature=0.2, same=alike, symmetric=True)
    assert loss.tolist() == [0.0] * N
    assert torch.autograd.grad(loss.sum(), query)[0].eq(0).all()


@pytest.mark.parametrize("symmetric", [False, True])
def test_the_gradient_of_both_sides_is_exact(query, key, same, symmetric):
    def loss(q, k):
        return info_nce(q, k, temperature=0.3, symmetric=symmetric, same=same)

    assert torch.autograd.gradcheck(loss, (query.requires_grad_(), key.requires_grad_()))


@pytest.mark.parametrize("symmetric", [False, True])
def test_a_zero_vector_is_similar_to_nothing_and_pulls_nowhere(query, key, symmetric):
    query[1], key[4] = 0.0, 0.0
    query.requires_grad_()
    key.requires_grad_()
    loss = info_nce(query, key, temperature=0.2, symmetric=symmetric)
    assert loss.isfinite().all()
    if not symmetric:
        assert loss[1].item() == pytest.approx(math.log(N))
    slopes = torch.autograd.grad(loss.sum(), (query, key))
    assert all(slope.isfinite().all() for slope in slopes)
    assert slopes[0].eq(0).all(1).nonzero().tolist() == [[1]]
    assert slopes[1].eq(0).all(1).nonzero().tolist() == [[4]]


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_float32_serves_every_scale(query, key, scale):
    expected = info_nce(query, key, temperature=0.1, symmetric=True)
    scaled = ((query * scale).float(), (key / scale).float())
    loss = info_nce(*scaled, temperature=0.1, symmetric=True)
    torch.testing.assert_close(loss.double(), expected, atol=1e-5, rtol=1e-5)


def test_a_small_temperature_overflows_nothing(query, key):
    loss = info_nce(query.float(), key.float(), temperature=1e-4)
    assert loss.isfinite().all()
    assert info_nce(query, query, temperature=1e-4).tolist() == [0.0] * N


def test_a_small_loss_keeps_its_digits():
    axes = torch.eye(2)
    loss = info_nce(axes, axes, temperature=1 / 13)
    assert loss.tolist() == pytest.approx([math.log1p(math.exp(-13))] * 2, rel=0.05)


def test_a_batch_of_one_has_no_negatives(query, key):
    with pytest.raises(InputError, match=r"expected at least 2 examples, .* came 1"):
        info_nce(query[:1], key[:1], temperature=0.1)


@pytest.mark.parametrize("symmetric", [False, True])
def test_an_empty_batch_gives_nothing(symmetric):
    empty = torch.empty(0, DIM, requires_grad=True)
    loss = info_nce(
        empty,
        empty,
        temperature=0.1,
        symmetric=symmetric,
        same=torch.empty(0, 0, dtype=torch.bool),
    )
    assert loss.shape == (0,)
    assert torch.autograd.grad(loss.sum(), empty)[0].shape == (0, DIM)


@pytest.mark.parametrize("temperature", [0.0, -0.1, math.nan, math.inf])
def test_a_temperature_that_is_not_positive_is_an_error(query, key, temperature):
    with pytest.raises(InputError, match="temperature: expected a positive, finite number"):
        info_nce(query, key, temperature=temperature)


def test_the_chance_level_is_the_logarithm():
    assert chance_level(32) == pytest.approx(3.4657, abs=5e-5)
    for n in (1, 0, -3):
        with pytest.raises(InputError, match=f"at least 2 examples, .* came {n}"):
            chance_level(n)
