"""Claims of the losses note on its precursor loss, log(1 + e / 100,000)."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.losses.precursor import log_ratio, log_scaled


def slope_at(loss: Callable[[Tensor], Tensor], error_ppm: float) -> float:
    """Give the derivative of a precursor loss by the error, per ppm."""
    at = torch.tensor([error_ppm], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(loss(at).sum(), at)
    return float(slope)


def slope_small(inputs: Inputs) -> Recomputed:
    """Differentiate both notes' precursor losses at the goal of 50 ppm."""
    del inputs
    small, large = slope_at(log_ratio, 50.0), slope_at(log_ratio, 25_000.0)
    values = {
        "slope_divisor_100k": Value(small, "1/ppm"),
        "slope_divisor_100": Value(slope_at(log_scaled, 50.0), "1/ppm"),
        "small_over_large": Value(small / large),
    }
    words = (
        f"Divided by 100,000 ppm the slope is {small:.1e} at 50 ppm and {large:.1e} at 25,000: "
        f"nowhere strong. A strong one is half of the full slope of 1 or more, as the training "
        f"note's form has ({values['slope_divisor_100'].value:.2f})."
    )
    return Recomputed(values, words)


def slope_large(inputs: Inputs) -> Recomputed:
    """Differentiate the precursor loss at a million ppm."""
    del inputs
    slope = slope_at(log_ratio, 1e6)
    return Recomputed({"slope_1e6_ppm": Value(slope, "1/ppm")}, f"{slope:.1e} per ppm at 1e6 ppm.")


def growth(inputs: Inputs) -> Recomputed:
    """Take what each factor of 1,000 in the error adds to the precursor loss."""
    del inputs
    errors = torch.tensor([1e6, 1e9, 1e12], dtype=torch.float64)
    loss = log_ratio(errors).tolist()
    words = (
        f"Each factor of 1,000 adds {loss[2] - loss[1]:.2f}: the loss has no bound, it grows ever "
        "more slowly."
    )
    rows = tuple({"error, ppm": e, "loss": v} for e, v in zip(errors.tolist(), loss, strict=True))
    return Recomputed({"growth_per_factor_1000": Value(loss[2] - loss[1])}, words, rows)


def two_precursor_losses(inputs: Inputs) -> Recomputed:
    """Divide the training note's precursor loss by this note's."""
    del inputs
    errors = torch.tensor([10.0, 100.0, 1_000.0, 25_000.0], dtype=torch.float64)
    ratio = (log_scaled(errors) / log_ratio(errors)).tolist()
    values = {"ratio_10_ppm": Value(ratio[0]), "ratio_25000_ppm": Value(ratio[-1])}
    rows = tuple({"error, ppm": e, "ratio": r} for e, r in zip(errors.tolist(), ratio, strict=True))
    words = (
        f"100 log(1 + e / 100) is {ratio[-1]:,.0f} times log(1 + e / 100,000) at 25,000 ppm, and "
        f"{ratio[0]:,.0f} times at 10: two losses under one name."
    )
    return Recomputed(values, words, rows)


def log_ratio_of(error_ppm: float) -> float:
    """Give this note's precursor loss of one error."""
    return math.log1p(error_ppm / 1e5)
