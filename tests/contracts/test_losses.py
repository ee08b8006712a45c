"""The contract of every loss: a value per example, any order, any width, never NaN."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

import core.losses
from core.losses.contrastive import info_nce
from core.losses.deep_supervision import DeepSupervision, deep_supervision
from core.losses.expected_spectrum import expected_spectrum
from core.losses.gaussian import gaussian_cosine, gaussian_cosine_grid
from core.losses.matched_filter import matched_filter
from core.losses.nearest import bidirectional_nearest, matched_only, nearest_peak_huber
from core.losses.peaks import Peaks
from core.losses.precursor import clamped, log_ratio, log_scaled
from core.losses.regression import (
    cosine_distance,
    mix,
    smooth_l1,
    squared_error_mean,
    squared_error_sum,
)
from tests.core.losses.reference import Y2, B

# Modules that losses are made of; every other module of core.losses holds losses.
PARTS = {"chain", "fourier", "grid", "known_gradient", "ladder", "matching", "peaks"}
MASS = torch.tensor([57.02146, 71.03711, 113.08406], dtype=torch.float64)


@dataclass(frozen=True)
class Loss:
    """One loss as the contract sees it.

    Args:
        function: The public function.
        call: The loss of a differentiable input and a fixed rest, both with the example first.
        inputs: Makes input and rest for a number of examples.
        empty: The documented value where a side has no peak; None for losses without peaks.
        in_batch: Whether the other examples of the batch are its negatives.
    """

    function: Callable[..., object]
    call: Callable[[Tensor, dict[str, Tensor]], Tensor]
    inputs: Callable[[int], tuple[Tensor, dict[str, Tensor]]]
    empty: float | None = None
    in_batch: bool = False


def generator():
    return torch.Generator().manual_seed(7)


def rand(*shape):
    return torch.rand(*shape, generator=generator(), dtype=torch.float64)


def observed_rest(batch):
    mask = rand(batch, 6) < 0.8
    return {"mz": 100.0 + 6.0 * rand(batch, 6).flip(1), "intensity": rand(batch, 6), "mask": mask}


def peaks_of(rest):
    return Peaks(rest["mz"], rest["intensity"], rest["mask"])


def peak_loss(function, empty, **options):
    def call(mz, rest):
        return function(
            Peaks(mz, torch.ones_like(mz), rest["predicted"]), peaks_of(rest), **options
        )

    def inputs(batch):
        rest = {"predicted": rand(batch, 5) < 0.9, **observed_rest(batch)}
        return 100.0 + 6.0 * rand(batch, 5), rest

    return Loss(function, call, inputs, empty)


def precursor_loss(function):
    return Loss(function, lambda error, _: function(error), lambda n: (30_000.0 * rand(n), {}))


def expected_call(probabilities, rest):
    return expected_spectrum(
        probabilities, MASS, rest["length"], peaks_of(rest), ladders=[B, Y2], sigma_da=4.0
    )


def expected_inputs(batch):
    length = torch.randint(0, 5, (batch,), generator=generator())
    return (3 * rand(batch, 4, 3)).softmax(-1), {"length": length, **observed_rest(batch)}


def supervision_call(logits, rest):
    # The example stands first for the contract, the step for the loss.
    return deep_supervision(logits.transpose(0, 1), rest["target"], rest["mask"]).total


def supervision_inputs(batch):
    target = torch.randint(0, 4, (batch, 3), generator=generator())
    return rand(batch, 2, 3, 4), {"target": target, "mask": rand(batch, 3) < 0.7}


def vector_loss(function, in_batch=False, **options):
    def call(pred, rest):
        return function(pred, rest["target"], **options)

    def inputs(batch):
        return rand(batch, 5) - 0.5, {"target": rand(batch, 5).flip(1) - 0.5}

    return Loss(function, call, inputs, in_batch=in_batch)


LOSSES = [
    peak_loss(gaussian_cosine, 1.0, sigma_da=0.5),
    peak_loss(gaussian_cosine_grid, 1.0, sigma_da=0.5),
    peak_loss(matched_filter, 1.0, sigma_da=0.5),
    peak_loss(nearest_peak_huber, 0.0),
    peak_loss(matched_only, 0.0),
    peak_loss(bidirectional_nearest, 0.0),
    Loss(expected_spectrum, expected_call, expected_inputs, 1.0),
    precursor_loss(clamped),
    precursor_loss(log_scaled),
    precursor_loss(log_ratio),
    Loss(deep_supervision, supervision_call, supervision_inputs),
    vector_loss(squared_error_mean),
    vector_loss(squared_error_sum),
    vector_loss(cosine_distance),
    vector_loss(mix, cosine_weight=0.7),
    vector_loss(smooth_l1, beta=0.3),
    vector_loss(info_nce, in_batch=True, temperature=0.2),
]
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.function.__name__)


def cast(rest, dtype):
    return {k: v.to(dtype) if v.is_floating_point() else v for k, v in rest.items()}


def test_every_public_loss_is_in_the_table():
    found = set()
    for part in pkgutil.iter_modules(core.losses.__path__):
        if part.name in PARTS:
            continue
        module = importlib.import_module(f"core.losses.{part.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            ours = function.__module__ == module.__name__ and not name.startswith("_")
            returns = inspect.get_annotations(function).get("return")
            is_float = getattr(returns, "dtype", None) is Float
            per_example = is_float and returns.dim_str == "batch"
            if ours and (per_example or returns is DeepSupervision):
                found.add(name)
    assert found == {loss.function.__name__ for loss in LOSSES}


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_there_is_one_finite_value_per_example_in_the_type_of_the_input(loss, dtype):
    value, rest = loss.inputs(6)
    result = loss.call(value.to(dtype), cast(rest, dtype))
    assert result.shape == (6,)
    assert result.dtype == dtype
    assert result.isfinite().all()
    assert result.ge(0).all()


@every_loss
def test_an_input_that_is_not_a_number_is_not_hidden(loss):
    value, rest = loss.inputs(6)
    rest = {k: torch.ones_like(v) if v.dtype == torch.bool else v for k, v in rest.items()}
    if "length" in rest:
        rest["length"] = torch.full((6,), 4)
    value.view(6, -1)[2, 0] = torch.nan
    assert loss.call(value, rest).isnan().tolist() == [row == 2 for row in range(6)]


@every_loss
def test_an_empty_batch_gives_an_empty_result_with_a_gradient(loss):
    value, rest = loss.inputs(0)
    result = loss.call(value.requires_grad_(), rest)
    assert result.shape == (0,)
    assert torch.autograd.grad(result.sum(), value)[0].shape == value.shape


@every_loss
def test_the_gradient_is_exact(loss):
    value, rest = loss.inputs(4)
    assert torch.autograd.gradcheck(lambda x: loss.call(x, rest), (value.requires_grad_(),))


@every_loss
def test_examples_neither_see_each_other_nor_their_order(loss):
    value, rest = loss.inputs(6)
    # Left-out examples would be missing as negatives: there only the order changes.
    order = torch.tensor([3, 5, 0, 1, 4, 2] if loss.in_batch else [3, 5, 0, 1])
    mixed = loss.call(value[order], {k: v[order] for k, v in rest.items()})
    torch.testing.assert_close(mixed, loss.call(value, rest)[order], atol=1e-6, rtol=0)


@every_loss
@pytest.mark.parametrize("width", [0, 3])
@pytest.mark.parametrize("side", ["predicted", "observed", "both"])
def test_without_peaks_a_loss_has_its_documented_value(loss, side, width):
    if loss.empty is None:
        assert not {"predicted", "mz"} & set(loss.inputs(1)[1])
        return
    value, rest = loss.inputs(2)
    if side in ("observed", "both"):
        rest |= {name: rest[name][:, :width] for name in ("mz", "intensity")}
        rest["mask"] = torch.zeros(2, width, dtype=torch.bool)
    if side in ("predicted", "both"):
        value = value[:, :width]
        if "length" in rest:
            rest["length"] = torch.tensor([0, min(width, 1)])
        else:
            rest["predicted"] = torch.zeros(2, width, dtype=torch.bool)
    value = value.clone().requires_grad_()
    result = loss.call(value, rest)
    assert result.tolist() == [loss.empty] * 2
    (gradient,) = torch.autograd.grad(result.sum(), value)
    assert gradient.eq(0).all()


@every_loss
def test_nothing_is_computed_for_a_gradient_that_nobody_wants(loss):
    value, rest = loss.inputs(3)
    with torch.no_grad():
        assert not loss.call(value.requires_grad_(), rest).requires_grad
    assert not loss.call(value.detach(), rest).requires_grad
