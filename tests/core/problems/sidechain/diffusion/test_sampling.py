from math import sqrt

import numpy as np
import pytest
import torch

from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.diffusion.model import Denoiser
from core.problems.sidechain.diffusion.sampling import (
    Sampler,
    noise_levels,
    sample,
    sample_residues,
)
from tests.core.problems.sidechain.ideal import rotation
from tests.core.problems.sidechain.ideal import sample as ideal

SAMPLERS = [
    Sampler(method, steps, churn) for method in ("heun", "euler") for steps in (1, 20)
    for churn in (0.0, 30.0)
]  # fmt: skip
EVERY = np.arange(20).repeat(3)


def noise(seed: int, *shape: int):
    generator = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(*shape, generator=generator, dtype=torch.float64)


def model() -> Denoiser:
    torch.manual_seed(2)
    made = Denoiser(width=16, layers=1, sigma_data=0.8, memory=0.9)
    torch.nn.init.normal_(made.mean.module.last.weight, std=0.1)
    return made


def test_noise_levels_are_those_of_the_paper():
    levels = noise_levels(Sampler(steps=18, low=0.002, high=80.0))
    expected = [
        (80 ** (1 / 7) + i / 17 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7 for i in range(18)
    ]
    assert levels == pytest.approx([*expected, 0.0])
    assert noise_levels(Sampler(steps=1, low=0.002, high=80.0)) == pytest.approx([80.0, 0.0])


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
def test_with_one_side_chain_in_the_world_every_sample_is_that_one(sampler):
    truth = noise(0, 10, 3)()
    draw = noise(1, 50, 10, 3)
    found = sample(lambda x, _: truth.expand_as(x), draw(), draw, sampler)
    assert torch.allclose(found, truth.expand_as(found), atol=1e-9)


@pytest.mark.parametrize(("method", "order"), [("heun", 2), ("euler", 1)])
def test_without_churn_the_path_of_a_gaussian_is_followed_to_the_order_of_the_method(method, order):
    middle, spread, high = 1.5, 0.6, 8.0
    draw = noise(2, 500)
    start = draw()

    def denoise(x, level):
        return (spread**2 * x + level**2 * middle) / (spread**2 + level**2)

    # The ODE keeps (x - middle) / sqrt(spread^2 + level^2) as it is.
    exact = middle + spread * (high * start - middle) / sqrt(spread**2 + high**2)
    coarse, fine = (
        float((sample(denoise, start, draw, Sampler(method, steps, 0.0, 0.002, high)) - exact)
              .abs().max())
        for steps in (80, 160)
    )  # fmt: skip
    assert coarse < (0.1 if order == 1 else 4e-3)
    assert coarse / fine == pytest.approx(2**order, rel=0.15)


@pytest.mark.parametrize("method", ["heun", "euler"])
@pytest.mark.parametrize("churn", [0.0, 20.0])
def test_a_perfect_denoiser_recovers_the_rotamers_of_a_set_and_how_frequent_each_is(method, churn):
    rotamers = torch.tensor([[0.0, 1.5], [1.3, -0.75], [-1.3, -0.75]], dtype=torch.float64)
    share = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)

    def denoise(x, level):
        near = -(x[:, None] - rotamers).square().sum(-1) / (2 * level**2)
        return (near + share.log()).softmax(1) @ rotamers

    draw = noise(3, 4_000, 2)
    found = sample(denoise, draw(), draw, Sampler(method, 60, churn, 0.002, 20.0))
    apart = (found[:, None] - rotamers).norm(dim=-1)
    assert float((apart.min(1).values < 0.05).double().mean()) > 0.98
    counts = torch.bincount(apart.argmin(1), minlength=3) / len(found)
    assert counts.tolist() == pytest.approx(share.tolist(), abs=0.05)


def test_churn_keeps_the_spread_of_a_gaussian():
    draw = noise(4, 20_000)
    found = sample(
        lambda x, level: x * 0.49 / (0.49 + level**2), draw(), draw,
        Sampler("heun", 60, 20.0, 0.002, 8.0),
    )  # fmt: skip
    assert float(found.std()) == pytest.approx(0.7, rel=0.03)


def test_a_seed_gives_its_side_chains_and_another_one_others():
    backbone = ideal(EVERY)[:, :4]
    first, again, other = (
        sample_residues(model(), backbone, EVERY, sampler=Sampler(steps=4), seed=seed)
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again, equal_nan=True)
    assert np.array_equal(first[:, :4], backbone)
    assert np.array_equal(np.isfinite(first).all(axis=2), EXISTS14[EVERY])
    has = np.isfinite(first[:, 4]).all(axis=1)
    assert (np.abs(first - other)[has, 4].max(axis=1) > 1e-3).all()


def test_side_chains_turn_and_move_with_their_backbone():
    backbone = ideal(EVERY)[:, :4]
    turn, shift = rotation(np.random.default_rng(5)), np.array([10.0, -20.0, 30.0])
    here, there = (
        sample_residues(model(), at, EVERY, sampler=Sampler(steps=4), seed=3)
        for at in (backbone, backbone @ turn.T + shift)
    )
    assert np.allclose(there, here @ turn.T + shift, atol=1e-3, equal_nan=True)


def test_a_backbone_with_a_missing_atom_gets_no_side_chain_and_nothing_gives_nothing():
    backbone = ideal(EVERY)[:, :4].copy()
    backbone[4, 3], backbone[7, 0] = np.nan, np.nan
    found = sample_residues(model(), backbone, EVERY, sampler=Sampler(steps=3), seed=0)
    absent = np.isnan(found[:, 4:]).all(axis=(1, 2))
    expected = np.isin(np.arange(len(EVERY)), [4, 7]) | (RESIDUES.index("GLY") == EVERY)
    assert np.array_equal(absent, expected)
    nothing = sample_residues(model(), backbone[:0], EVERY[:0], sampler=Sampler(), seed=0)
    assert nothing.shape == (0, 14, 3)
