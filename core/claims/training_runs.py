"""Claims of the training note that recorded trainings answer."""

from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.balance.shares import combine
from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.recorded import Run, recorded_runs, source_of
from core.problems.peptide.balance import note_schedule
from core.problems.peptide.criteria import judge

PPM, SURE_PPM = "val_easy/ppm_error", "val_easy/argmax_ppm_error"
ACCURACY, RAW = "val_easy/residue_accuracy", "train/precursor/raw"
PHYSICS: Final = ("spectrum", "precursor")


def note_runs(inputs: Inputs) -> tuple[Run, ...]:
    """Give the runs with the note's weights and its own precursor loss."""
    runs = recorded_runs(inputs, "peptide")
    return tuple(run for run in runs if not run.setting("solo")
                 and run.setting("balancing") == "schedule"
                 and run.setting("precursor_loss") == "log_scaled")  # fmt: skip


def final_error(inputs: Inputs) -> Recomputed:
    """Read the precursor error with which runs of the note's recipe end."""
    runs = note_runs(inputs)
    if not runs:
        return Recomputed({}, "", needs="a peptide run with the note's weights")
    last = [run.last(PPM) for run in runs]
    values = {"final_ppm": Value(float(np.mean(last)), "ppm", min(last), max(last), len(last))}
    rows = tuple({"grade": one.criterion.grade, "metric": one.criterion.metric,
                  "threshold": one.criterion.threshold, "reached": one.level,
                  "result": one.result} for one in judge(runs[0].history))  # fmt: skip
    curves = tuple(Curve(name, tuple(series.step.tolist()), tuple(series.value.tolist()))
                   for name, series in runs[0].history.series.items()
                   if name in (PPM, SURE_PPM))  # fmt: skip
    words = (
        f"Our small model ends at {np.mean(last):,.0f} ppm with {100 * runs[0].last(ACCURACY):.0f} "
        "% of residues right: the precursor drowns the rest. The author's own run is not at hand."
    )
    axes = ("step", "error, ppm")
    return Recomputed(values, words, rows, curves, axes, source_of(inputs, runs))


def weight_of_zero(inputs: Inputs) -> Recomputed:
    """Take the gradient of a sum with the weights of stage 1, and that of its first term alone."""
    weights = dict(note_schedule().stages[0].weights)
    whole, alone = (_gradient(some) for some in (weights, {**weights, **dict.fromkeys(PHYSICS, 0)}))
    values = {"gradient_share": Value(100 * float((whole - alone).norm() / whole.norm()), "%")}
    told = [run.history.series[RAW] for run in note_runs(inputs) if RAW in run.history.series]
    words = "A weight of 0 adds no gradient at all; the raw value is worth a look all the same" + (
        f": a recorded run starts at a precursor loss of {told[0].value[0]:.0f}." if told else "."
    )
    return Recomputed(values, words, ({"weight of " + k: v for k, v in weights.items()},))


def _gradient(weights: dict[str, float]) -> Float[Tensor, " examples"]:
    at = torch.linspace(0.5, 2.0, 8, dtype=torch.float64, requires_grad=True)
    terms = {"ce": at.square(), "spectrum": 50 * at, "precursor": 700 * at.log1p()}
    (slope,) = torch.autograd.grad(combine(terms, weights).total, at)
    return slope
