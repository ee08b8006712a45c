import math

import pytest
import torch

from core.errors import InputError
from core.losses.deep_supervision import deep_supervision

MASK = torch.tensor([[True, True, True, False], [True, False, True, False], [False] * 4])


@pytest.fixture
def case():
    generator = torch.Generator().manual_seed(4)
    logits = torch.randn(3, 3, 4, 6, generator=generator, dtype=torch.float64)
    return logits, torch.randint(0, 6, (3, 4), generator=generator), MASK


def by_hand(logits, target, mask):
    values = []
    for scores, right, real in zip(logits.tolist(), target.tolist(), mask.tolist(), strict=True):
        terms = [
            math.log(sum(math.exp(s) for s in row)) - row[t]
            for row, t, here in zip(scores, right, real, strict=True)
            if here
        ]
        values.append(sum(terms) / len(terms) if terms else 0.0)
    return values


def test_each_step_is_the_mean_over_real_positions(case):
    result = deep_supervision(*case)
    for step in range(3):
        assert result.per_step[step].tolist() == pytest.approx(by_hand(case[0][step], *case[1:]))
    assert result.total.tolist() == pytest.approx(result.per_step.mean(0).tolist())


def test_only_the_ratios_of_the_step_weights_count(case):
    one = deep_supervision(*case, step_weights=[1.0, 0.0, 3.0])
    other = deep_supervision(*case, step_weights=[10.0, 0.0, 30.0])
    assert one.total.tolist() == pytest.approx(other.total.tolist())
    expected = 0.25 * one.per_step[0] + 0.75 * one.per_step[2]
    assert one.total.tolist() == pytest.approx(expected.tolist())


def test_padding_is_never_read(case):
    logits, target, mask = case
    logits = torch.where(mask[None, :, :, None], logits, torch.nan).requires_grad_()
    target = torch.where(mask, target, -100)
    result = deep_supervision(logits, target, mask)
    assert result.total.tolist() == pytest.approx(deep_supervision(*case).total.tolist())
    (gradient,) = torch.autograd.grad(result.total.sum(), logits)
    assert gradient[:, mask].isfinite().all()
    assert gradient[:, ~mask].eq(0).all()


def test_an_example_without_a_real_position_is_zero(case):
    assert deep_supervision(*case).total[2].item() == 0.0


def test_gradient_is_exact(case):
    logits, target, mask = case
    assert torch.autograd.gradcheck(
        lambda x: deep_supervision(x, target, mask, step_weights=[1.0, 2.0, 3.0]).total,
        (logits.requires_grad_(),),
    )


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0, 1.0], [0.0, 0.0, 0.0]])
def test_weights_that_do_not_fit_are_an_error(case, weights):
    with pytest.raises(InputError, match="step_weights"):
        deep_supervision(*case, step_weights=weights)
