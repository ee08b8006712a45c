"""Claims of the losses note on gradients, on noise in a batch and on trainings."""

from collections.abc import Sequence

import numpy as np
import torch

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.peptide_data import OPTIONS, drawn_peptides, exact, labelled_spectra
from core.claims.recorded import Run, recorded_runs, source_of
from core.problems.peptide.analysis.scoring import Prepared, loss_named, score, shifted_loss
from core.problems.peptide.analysis.spread import mix_set
from core.problems.peptide.peptides import Peptide

GAUSSIAN, OLDER = "gaussian_cosine", "nearest_peak_huber"
PEPTIDES = 100
AWAY_DA = {"005": 0.05, "03": 0.3, "05": 0.5, "1": 1.0, "3": 3.0, "10": 10.0}
NOISY_AWAY_DA = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
FLAT = 1e-12  # a slope below it points nowhere
ACCURACY = "val_easy/residue_accuracy"
CONSTANT = "val_easy/constant_residue_accuracy"


def reach_of_gradients(inputs: Inputs) -> Recomputed:
    """Move all predicted peaks off their exact spectrum: which way do gradients point?"""
    peptides = tuple(drawn_peptides(PEPTIDES, inputs.seed))
    spectra = exact(peptides)
    slopes = {loss: {key: _slopes(loss, peptides, spectra, away) for key, away in AWAY_DA.items()}
              for loss in (GAUSSIAN, OLDER)}  # fmt: skip
    values = {f"home_{key}": Value(_home(slope), "%", n=PEPTIDES)
              for key, slope in slopes[GAUSSIAN].items()}  # fmt: skip
    rows = tuple(
        {"loss": loss, "offset, Da": AWAY_DA[key], "points home, %": _home(slope),
         "mean slope, 1/Da": float(slope.mean())}
        for loss, by_offset in slopes.items() for key, slope in by_offset.items()
    )  # fmt: skip
    curves = tuple(
        Curve(loss, tuple(AWAY_DA.values()), tuple(_home(slope) for slope in by_offset.values()))
        for loss, by_offset in slopes.items()
    )
    far = slopes[GAUSSIAN]["05"]
    words = (
        f"At sigma {OPTIONS.sigma_da} Da the Gaussian slope is smooth but short: "
        f"{slopes[GAUSSIAN]['005'].mean():.2f} per Da at 0.05, {slopes[GAUSSIAN]['03'].mean():.4f} "
        f"at 0.3, {far.mean():.0e} at 0.5. The older loss points home in "
        f"{_home(slopes[OLDER]['10']):.0f} % at 10 Da."
    )
    axes = ("offset, Da", "gradients that point home, %")
    return Recomputed(values, words, rows, curves, axes, f"{PEPTIDES} exact synthetic spectra")


def _slopes(
    loss: str, peptides: Sequence[Peptide], spectra: Sequence[Prepared], away_da: float
) -> np.ndarray:
    """Differentiate by a common offset: above 0 means that a step leads home."""
    at = torch.full((len(peptides),), away_da, dtype=torch.float64, requires_grad=True)
    value = shifted_loss(loss_named(loss), peptides, spectra, at, OPTIONS)
    (slope,) = torch.autograd.grad(value.sum(), at)
    return slope.numpy()


def _home(slope: np.ndarray) -> float:
    return 100 * float((slope > FLAT).mean())


def huber_direction(inputs: Inputs) -> Recomputed:
    """Move predicted peaks beyond delta on spectra with noise: where does the loss point?"""
    data = labelled_spectra(inputs)
    home = [_home(_slopes(OLDER, data.peptides, data.observed, away)) for away in NOISY_AWAY_DA]
    rows = tuple({"offset, Da": away, "points home, %": share}
                 for away, share in zip(NOISY_AWAY_DA, home, strict=True))  # fmt: skip
    words = (
        f"Beyond delta the slope of a peak stays 0.2 per Da: it saturates in size, not in "
        f"direction. It points home in {min(home):.0f} to {max(home):.0f} % of spectra."
    )
    return Recomputed({"home_percent_least": Value(min(home), "%", n=len(data))}, words, rows,
                      source=data.source)  # fmt: skip


def mixing(inputs: Inputs) -> Recomputed:
    """Compare the spread of a loss in clean, noisy and half-and-half batches."""
    values, rows = {}, []
    for predicted in ("right", "random"):
        for name, loss in (("gaussian", GAUSSIAN), ("nearest", OLDER)):
            clean, noisy = _clean_and_noisy(inputs, predicted, loss)
            mixed = np.where(np.arange(len(clean)) % 2 == 0, clean, noisy)
            sd = {"clean": clean.std(ddof=1), "noisy": noisy.std(ddof=1),
                  "mixed": mixed.std(ddof=1)}  # fmt: skip
            ratio = float(sd["mixed"] / max(sd["clean"], sd["noisy"]))
            values[f"{predicted}_{name}"] = Value(ratio, n=len(clean))
            rows.append({"prediction": predicted, "loss": loss,
                         **{f"sd, {key}": float(one) for key, one in sd.items()}})  # fmt: skip
    words = (
        "Spread of a half-clean batch over the larger of both pure ones: mixing matters where the "
        "model is right already; an untrained one sees nothing of the noise."
    )
    return Recomputed(values, words, tuple(rows), source=f"{PEPTIDES} synthetic peptides")


def clean_and_noisy_means(inputs: Inputs) -> Recomputed:
    """Compare the mean Gaussian loss of clean and noisy spectra, for right and random answers."""
    values, rows = {}, []
    for predicted in ("right", "random"):
        clean, noisy = _clean_and_noisy(inputs, predicted, GAUSSIAN)
        values[f"gap_{predicted}"] = Value(float(noisy.mean() - clean.mean()), n=len(clean))
        rows.append({"prediction": predicted, "clean": float(clean.mean()),
                     "noisy": float(noisy.mean())})  # fmt: skip
    words = "An untrained model costs nearly 1 on both: noise shows only once the answer is right."
    return Recomputed(values, words, tuple(rows), source=f"{PEPTIDES} synthetic peptides")


def _clean_and_noisy(inputs: Inputs, predicted: str, loss: str) -> tuple[np.ndarray, np.ndarray]:
    mixed = mix_set(drawn_peptides(PEPTIDES, inputs.seed), OPTIONS, predicted=predicted)
    chosen = loss_named(loss)
    clean, noisy = (score(chosen, mixed.peptides, s, OPTIONS) for s in (mixed.clean, mixed.noisy))
    return clean, noisy


def terms_alone(inputs: Inputs) -> Recomputed:
    """Read what runs reached that were trained by the spectrum term alone, without labels."""
    alone = [run for run in recorded_runs(inputs, "peptide") if run.setting("solo") == "spectrum"]
    values = {}
    for key, loss in (("gaussian", GAUSSIAN), ("expected", "expected_spectrum")):
        gains = [_gain(run) for run in alone if run.setting("spectrum_loss") == loss]
        mean = float(np.mean(gains)) if gains else float("nan")
        values[f"{key}_accuracy_gain"] = Value(mean, "points", n=len(gains))
    rows = tuple(
        {
            "spectrum loss": str(run.setting("spectrum_loss")),
            "residue accuracy, %": 100 * run.last(ACCURACY),
            "best constant answer, %": 100 * run.last(CONSTANT),
        }
        for run in alone
    )
    curves = tuple(_accuracy_curve(str(run.setting("spectrum_loss")), run) for run in alone)
    words = (
        "Points above the best constant answer after training by the spectrum alone. The Gaussian "
        "of expected masses leads nowhere: the expected mass is the mass of no candidate."
    )
    axes = ("step", "residue accuracy, %")
    return Recomputed(values, words, rows, curves, axes, source_of(inputs, alone))


def _gain(run: Run) -> float:
    return 100 * (run.last(ACCURACY) - run.last(CONSTANT))


def _accuracy_curve(name: str, run: Run) -> Curve:
    series = run.history.series[ACCURACY]
    return Curve(name, tuple(series.step.tolist()), tuple((100 * series.value).tolist()))


def stage_shocks(inputs: Inputs) -> Recomputed:
    """Find the worst fall of the held-out accuracy over an evaluation in runs with ten stages."""
    runs = [run for run in recorded_runs(inputs, "peptide") if not run.setting("solo")]
    falls: dict[str, list[float]] = {"log_ratio": [], "log_scaled": []}
    rows = []
    for run in runs:
        form, fall = str(run.setting("precursor_loss")), _worst_fall(run)
        falls.setdefault(form, []).append(fall)
        rows.append({"precursor loss": form, "weights": str(run.setting("balancing")),
                     "worst fall, points": fall})  # fmt: skip
    values = {f"worst_fall_{form}": Value(max(told, default=float("nan")), "points", n=len(told))
              for form, told in falls.items()}  # fmt: skip
    curves = tuple(_accuracy_curve(f"{run.setting('precursor_loss')}, {run.setting('balancing')}",
                                   run) for run in runs)  # fmt: skip
    words = (
        "Held-out clean spectra, every 250 steps. What shocks is not the data but a precursor term "
        "that drowns the rest from stage 2 on. The author's own runs are not at hand."
    )
    axes = ("step", "residue accuracy, %")
    return Recomputed(values, words, tuple(rows), curves, axes, source_of(inputs, runs))


def _worst_fall(run: Run) -> float:
    return 100 * float(-np.diff(run.history.series[ACCURACY].value).min(initial=0.0))
