"""Gradient shares against a plain loop with one backward call a term."""

import math

import pytest
import torch

from core.balance.gradients import gradient_shares
from core.errors import InputError


def small_model() -> tuple[torch.nn.Sequential, dict[str, torch.Tensor]]:
    torch.manual_seed(3)
    shared = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh()).double()
    hidden = shared(torch.randn(6, 5, dtype=torch.float64))
    heads = {
        "a": hidden.pow(2).mean(),
        "b": hidden.sin().sum(),
        "c": (hidden[:, 0] - 1).abs().mean(),
    }
    return shared, heads


def test_norms_shares_and_conflicts_equal_separate_backward_calls() -> None:
    weights = {"a": 1.0, "b": 0.03, "c": 2.5}
    shared, heads = small_model()
    parameters = list(shared.parameters())
    found = gradient_shares(heads, weights, parameters)
    flat = {}
    for name, value in heads.items():
        shared.zero_grad()
        (weights[name] * value).backward(retain_graph=True)
        flat[name] = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
    norms = {name: math.sqrt(sum(x * x for x in g.tolist())) for name, g in flat.items()}
    for name, norm in norms.items():
        assert found.norms[name] == pytest.approx(norm, rel=1e-12)
        assert found.raw_norms[name] == pytest.approx(norm / weights[name], rel=1e-12)
        assert found.shares[name] == pytest.approx(100 * norm / sum(norms.values()), rel=1e-12)
    for first, second in (("a", "b"), ("a", "c"), ("b", "c")):
        product = sum(
            x * y for x, y in zip(flat[first].tolist(), flat[second].tolist(), strict=True)
        )
        cosine = product / norms[first] / norms[second]
        assert found.conflicts[first, second] == pytest.approx(cosine, abs=1e-12)


def test_the_training_step_may_still_go_back_and_sees_no_trace() -> None:
    shared, heads = small_model()
    gradient_shares(heads, dict.fromkeys(heads, 1.0), list(shared.parameters()))
    assert all(p.grad is None for p in shared.parameters())
    sum(heads.values()).backward()
    assert all(p.grad is not None for p in shared.parameters())


def test_a_zero_gradient_has_share_zero_and_no_conflict() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([1.0], requires_grad=True)
    terms = {"a": x.sum(), "flat": (x * 0).sum(), "other": y.sum(), "constant": torch.tensor(3.0)}
    found = gradient_shares(terms, dict.fromkeys(terms, 1.0), [x])
    assert found.shares == {"a": 100.0, "flat": 0.0, "other": 0.0, "constant": 0.0}
    assert math.isnan(found.conflicts["a", "flat"])
    assert math.isnan(found.conflicts["other", "constant"])


def test_no_gradient_at_all_gives_zero_shares() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    found = gradient_shares({"a": (x * 0).sum(), "b": torch.tensor(1.0)}, {"a": 1.0, "b": 1.0}, [x])
    assert found.shares == {"a": 0.0, "b": 0.0}


def test_opposite_terms_conflict_fully_whatever_their_weights() -> None:
    x = torch.tensor([0.3, -2.0], requires_grad=True)
    terms = {"a": x.square().sum(), "b": -x.square().sum()}
    assert gradient_shares(terms, {"a": 1.0, "b": 1e-3}, [x]).conflicts["a", "b"] == -1.0
    asleep = gradient_shares(terms, {"a": 1.0, "b": 0.0}, [x])
    assert asleep.conflicts["a", "b"] == -1.0
    assert asleep.shares == {"a": 100.0, "b": 0.0}


def test_a_gradient_that_is_not_finite_makes_shares_unknown_but_not_at_weight_zero() -> None:
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    terms = {"a": x.sum(), "b": (x.sqrt() * torch.tensor([0.0, 1.0])).sum()}
    assert all(
        math.isnan(s) for s in gradient_shares(terms, {"a": 1.0, "b": 1.0}, [x]).shares.values()
    )
    assert gradient_shares(terms, {"a": 1.0, "b": 0.0}, [x]).shares == {"a": 100.0, "b": 0.0}


def test_float32_terms_far_apart_in_size_keep_their_share() -> None:
    x = torch.ones(1000, requires_grad=True)
    found = gradient_shares({"a": x.sum() * 1e25, "b": x.sum()}, {"a": 1.0, "b": 1.0}, [x])
    assert found.norms["a"] == pytest.approx(math.sqrt(1000) * 1e25, rel=1e-6)


def test_wrong_names_weights_and_parameters_are_refused() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    for weights in ({}, {"b": 1.0}, {"a": -1.0}):
        with pytest.raises(InputError, match="weights of the gradient shares"):
            gradient_shares({"a": x.sum()}, weights, [x])
    with pytest.raises(InputError, match="shared parameters"):
        gradient_shares({"a": x.sum()}, {"a": 1.0}, [])
