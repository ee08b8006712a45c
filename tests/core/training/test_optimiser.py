import math

import pytest
import torch

from core.training.config import TrainingConfig
from core.training.optimiser import (
    apply_gradients,
    clip_factor,
    gradient_norm,
    learning_rate,
    make_optimiser,
    trained_parameters,
)


def test_the_rate_rises_then_stays_or_falls_along_a_cosine():
    plain = TrainingConfig(learning_rate=0.1, warmup_steps=10)
    rates = [learning_rate(plain, step, 100) for step in range(101)]
    assert rates[:10] == pytest.approx([0.01 * (i + 1) for i in range(10)])
    assert set(rates[9:]) == {0.1}
    falling = TrainingConfig(learning_rate=0.1, warmup_steps=0, final_rate=0.2)
    rates = [learning_rate(falling, step, 100) for step in range(101)]
    assert rates == sorted(rates, reverse=True)
    assert (rates[0], rates[50], rates[100]) == pytest.approx((0.1, 0.06, 0.02))
    short = TrainingConfig(learning_rate=0.1, warmup_steps=500, final_rate=0.2)
    assert learning_rate(short, 99, 100) == pytest.approx(0.02)


def test_a_step_is_that_of_adam_with_its_gradient_shortened():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    twin = torch.nn.Linear(3, 2)
    twin.load_state_dict(model.state_dict())
    optimiser = make_optimiser(model, TrainingConfig(beta1=0.8, beta2=0.95))
    oracle = torch.optim.Adam(twin.parameters(), lr=0.02, betas=(0.8, 0.95), fused=False)
    for scale in (10.0, 0.01, 3.0):
        inputs = torch.randn(4, 3)
        for net in (model, twin):
            net.zero_grad()
            (scale * net(inputs)).pow(2).mean().backward()
        squares = sum(float(p.grad.pow(2).sum()) for p in twin.parameters())
        norm = gradient_norm(trained_parameters(model))
        assert float(norm) == pytest.approx(math.sqrt(squares), rel=1e-6)
        for parameter in twin.parameters():
            parameter.grad *= clip_factor(math.sqrt(squares), 0.5)
        oracle.step()
        apply_gradients(optimiser, trained_parameters(model), rate=0.02, norm=norm, clip_norm=0.5)
    for ours, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_clipping_shortens_and_never_lengthens():
    assert clip_factor(2.0, 1.0) == 0.5
    assert clip_factor(0.0, 1.0) == clip_factor(0.3, 1.0) == 1.0
    assert math.isnan(clip_factor(math.inf, 1.0))


def test_frozen_parameters_are_not_trained():
    model = torch.nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    assert [p is model.weight for p in trained_parameters(model)] == [True]
