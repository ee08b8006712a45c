"""Claims of the training note on its precursor loss, 100 log(1 + e / 100)."""

import math
from typing import Final

import numpy as np
import torch

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.losses_precursor import slope_at
from core.losses.precursor import clamped, log_scaled
from core.problems.peptide.balance import PrecursorForm
from core.problems.peptide.descent import simulate_descent

SCALE_PPM: Final = 100.0
START_PPM: Final = 25_000.0  # L20
MASS_DA: Final = 1_500.0  # of a usual peptide
ERRORS_PPM: Final = (25_000.0, 10_000.0, 1_000.0, 100.0, 10.0)  # rows of its table, L112-118
WEIGHTS: Final = {"001": 0.01, "005": 0.05, "010": 0.10}  # its columns
RATES: Final = {"1e3": 1e-3, "2e3": 2e-3, "1e2": 1e-2, "1e1": 1e-1}


def loss_of(error_ppm: float) -> float:
    """Give this note's precursor loss of one error."""
    return SCALE_PPM * math.log1p(error_ppm / SCALE_PPM)


def clamp_slope(inputs: Inputs) -> Recomputed:
    """Differentiate the clamp at 25,000 ppm, and descend ten steps with it."""
    descent = simulate_descent(PrecursorForm("clamped"), lr=1e-2, seed=inputs.seed)
    values = {
        "slope_25000_ppm": Value(slope_at(clamped, START_PPM), "1/ppm"),
        "error_after_10_steps": Value(
            float(descent.median_ppm[-1]), "ppm", n=len(descent.error_ppm)
        ),
        "slope_50_ppm": Value(slope_at(clamped, 50.0), "1/ppm"),
    }
    words = (
        "Above the clamp the slope is exactly 0: ten steps of Adam leave the error where it was."
    )
    return Recomputed(values, words, source=f"{len(descent.error_ppm)} random peptides")


def log_slope(inputs: Inputs) -> Recomputed:
    """Differentiate the log loss at 25,000 ppm, per ppm and per Da."""
    del inputs
    slope = slope_at(log_scaled, START_PPM)
    masses = (500.0, 1_000.0, MASS_DA, 2_000.0, 3_000.0)
    values = {
        "slope_25000_ppm": Value(slope, "1/ppm"),
        "slope_25000_ppm_per_da": Value(slope * 1e6 / MASS_DA, "1/Da"),
        "slope_of_clamp": Value(slope_at(clamped, START_PPM), "1/ppm"),
    }
    rows = tuple({"peptide mass, Da": m, "slope per Da": slope * 1e6 / m} for m in masses)
    words = (
        f"The note's own s / (s + x) gives {slope:.5f} per ppm. The clamp has 0: a ratio to it is "
        "not defined, and one that is printed divides by a small number put in its place."
    )
    return Recomputed(values, words, rows)


def ten_steps(inputs: Inputs) -> Recomputed:
    """Descend ten steps of Adam from 25,000 ppm at several rates, with three forms of the loss."""
    forms = (PrecursorForm(), PrecursorForm("log_ratio"), PrecursorForm("clamped"))
    median = {(form.name, key): simulate_descent(form, lr=rate, seed=inputs.seed).median_ppm
              for form in forms for key, rate in RATES.items()}  # fmt: skip
    values = {f"after_lr_{key}": Value(float(median["log_scaled", key][-1]), "ppm", n=30)
              for key in RATES}  # fmt: skip
    rows = tuple({"loss": form.name,
                  **{f"lr {rate:g}": float(median[form.name, key][-1])
                     for key, rate in RATES.items()}} for form in forms)  # fmt: skip
    steps = tuple(float(step) for step in range(11))
    curves = tuple(Curve(f"lr {rate:g}", steps, tuple(median["log_scaled", key].tolist()))
                   for key, rate in RATES.items())  # fmt: skip
    words = (
        "How far ten steps lead is the learning rate's choice. log(1 + e / 100,000), whose slope "
        "is far smaller, comes as far: Adam divides by the size of the gradient."
    )
    axes = ("step", "median error, ppm")
    return Recomputed(values, words, rows, curves, axes, "30 random peptides of 12 residues")


def _table() -> tuple[dict[str, str | float], ...]:
    return tuple({"error, ppm": e, "100 log(1 + e / 100)": loss_of(e),
                  "100 log(1 + e / 1000)": SCALE_PPM * math.log1p(e / 1_000),
                  **{f"weight {w:g}": w * loss_of(e) for w in WEIGHTS.values()}}
                 for e in ERRORS_PPM)  # fmt: skip


def table_of_values(inputs: Inputs) -> Recomputed:
    """Evaluate the loss at the five errors of the table."""
    del inputs
    errors = torch.tensor(ERRORS_PPM, dtype=torch.float64)
    told = zip(ERRORS_PPM, log_scaled(errors).tolist(), strict=True)
    values = {f"at_{error:.0f}": Value(loss) for error, loss in told}
    grid = np.geomspace(1, 1e5, 101)
    drawn = tuple(map(loss_of, grid.tolist()))
    curve = Curve("100 log(1 + e / 100)", tuple(grid.tolist()), drawn)
    words = (
        "No row is the formula's. With 1,000 ppm inside the logarithm the rows of 10,000, 1,000 "
        "and 10 ppm fit, as if errors had slipped by a decade; the first fits neither."
    )
    return Recomputed(values, words, _table(), (curve,), ("error, ppm", "loss"))


def weighted_columns(inputs: Inputs) -> Recomputed:
    """Multiply the true values by the three weights of the table."""
    del inputs
    values = {f"w{name}_at_{error:.0f}": Value(weight * loss_of(error))
              for error in ERRORS_PPM for name, weight in WEIGHTS.items()}  # fmt: skip
    words = "The products are right for the raw values that are printed, and those are not."
    return Recomputed(values, words, _table())


def proportional(inputs: Inputs) -> Recomputed:
    """Divide the losses of 25,000 and of 10 ppm."""
    del inputs
    ratio = loss_of(25_000) / loss_of(10)
    words = f"The error falls to a 2,500th and the loss to a {ratio:.0f}th: a logarithm."
    return Recomputed({"loss_ratio_25000_to_10": Value(ratio)}, words)


def slopes(inputs: Inputs) -> Recomputed:
    """Differentiate the log loss at 0, 100 and a billion ppm."""
    del inputs
    at = {"0": 0.0, "100": 100.0, "1e9": 1e9}
    slope = {name: slope_at(log_scaled, error) for name, error in at.items()}
    rows = tuple({"error, ppm": at[name], "slope": slope[name]} for name in at)
    words = "Automatic gradients agree with s / (s + x)."
    return Recomputed({f"slope_{name}": Value(value) for name, value in slope.items()}, words, rows)


def slope_kept(inputs: Inputs) -> Recomputed:
    """Compare the slope at 25,000 ppm with the full one at 0."""
    del inputs
    slope = slope_at(log_scaled, START_PPM)
    percent = 100 * slope / slope_at(log_scaled, 0.0)
    values = {"slope_25000": Value(slope), "slope_25000_percent": Value(percent, "%")}
    words = (
        f"Not zero, but {percent:.1f} % of the full slope. Adam hides that where the term stands "
        "alone; in a sum with others it counts."
    )
    return Recomputed(values, words)


def near_linear(inputs: Inputs) -> Recomputed:
    """Divide the loss by the error, at 10 ppm and at the goal of 50."""
    del inputs
    ratio = {error: loss_of(error) / error for error in (1.0, 10.0, 50.0, 100.0)}
    values = {f"linear_at_{error:.0f}": Value(ratio[error]) for error in (10.0, 50.0)}
    rows = tuple({"error, ppm": error, "loss / error": value} for error, value in ratio.items())
    words = "Linear within 5 % up to 10 ppm; at the goal of 50 ppm no longer."
    return Recomputed(values, words, rows)


def growth(inputs: Inputs) -> Recomputed:
    """Take what each factor of 1,000 in the error adds to the loss."""
    del inputs
    loss = {error: loss_of(error) for error in (1e6, 1e9, 1e12)}
    step = loss[1e12] - loss[1e9]
    rows = tuple({"error, ppm": error, "loss": value} for error, value in loss.items())
    words = f"Each factor of 1,000 adds {step:.0f}: without bound, but ever more slowly."
    return Recomputed({"growth_per_factor_1000": Value(step)}, words, rows)


def error_behind_loss(inputs: Inputs) -> Recomputed:
    """Invert the formula: which error has a loss of 146.68 / 0.2 (L52, L56)?"""
    del inputs
    raw = 146.68 / 0.2
    error = SCALE_PPM * math.expm1(raw / SCALE_PPM)
    # Four tokens without mass among 24 at a uniform softmax take a sixth of the residues' mass.
    lost = 1e6 * 4 / 24
    rows = (
        {"reading": "inverted formula", "error, ppm": error},
        {"reading": "4 of 24 tokens without mass, residues only", "error, ppm": lost},
    )
    words = (
        f"A raw loss of {raw:.0f} is an error of {error:,.0f} ppm. Probability on four special "
        f"tokens without mass would make about that ({lost:,.0f} ppm, less the water)."
    )
    return Recomputed({"error_ppm": Value(error, "ppm")}, words, rows)
