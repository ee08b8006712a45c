"""Claims of the cosine note that recorded trainings answer."""

from collections.abc import Sequence

import numpy as np

from core.claims.claim import Curve, Recomputed, Value
from core.claims.cosine_vectors import mse_of_zero
from core.claims.inputs import Inputs
from core.claims.recorded import Run, read_histories, recorded_runs, source_of
from core.history import History
from core.identities import TRAJECTORY, expected_mse, note_line, optimal_line

COSINE, MSE = "val/avg_cosine_similarity", "val/mse_loss"
SETTLED = 5  # epochs after which a curve is asked how steady it is


def pocket_runs(inputs: Inputs, loss: str) -> tuple[Run, ...]:
    """Give the pocket runs that were trained by one loss."""
    runs = recorded_runs(inputs, "pocket")
    return tuple(run for run in runs if run.setting("loss_fn") == loss)


def mean_last(runs: Sequence[Run], metric: str) -> float:
    """Average the last value of a metric over runs; NaN without any."""
    return float(np.mean([run.last(metric) for run in runs])) if runs else float("nan")


def sample_line_mse(inputs: Inputs) -> Recomputed:
    """Give the MSE that goes with the sample line's cosine, .7659, under three norms."""
    cos, runs = 0.7659, pocket_runs(inputs, "cosine")
    ratio = mean_last(runs, "val/norm_ratio")
    values = {
        "mse_equal_norms": Value(float(note_line(cos))),
        "mse_best_norm": Value(float(optimal_line(cos))),
        "mse_recorded_norms": Value(float(expected_mse(cos, ratio)), n=len(runs)),
    }
    words = (
        "Exactly 2 (1 - cos) to four digits: the line was computed, not logged. The recorded runs "
        f"end with predictions {ratio:.2f} times as long as their targets."
    )
    return Recomputed(values, words, source=source_of(inputs, runs))


def ratio_of_mse(inputs: Inputs) -> Recomputed:
    """Divide MSE by 2 (1 - cos): by formula at several norms, and at the end of runs."""
    by_loss = {loss: pocket_runs(inputs, loss) for loss in ("cosine", "mse")}
    ends = {loss: [_ratio(run.history)[1][-1] for run in runs] for loss, runs in by_loss.items()}
    formula = {"sqrt": (0.85, 1.0, 1.0), "unit": (0.85, 1.0, 1 / 256), "8": (0.0, 0.5, 1.0),
               "32": (0.0, 2.0, 1.0)}  # fmt: skip
    at = {key: float(expected_mse(cos, ratio)) * square / float(note_line(cos))
          for key, (cos, ratio, square) in formula.items()}  # fmt: skip
    values = {
        "ratio_sqrt_norms": Value(at["sqrt"]),
        "ratio_unit_norms": Value(at["unit"]),
        "ratio_norm_8": Value(at["8"]),
        "ratio_norm_32": Value(at["32"]),
        "ratio_cosine_runs": _mean_value(ends["cosine"]),
        "ratio_mse_runs": _mean_value(ends["mse"]),
    }
    histories = {run.folder.name: run.history for runs in by_loss.values() for run in runs}
    histories |= read_histories(inputs)
    rows = tuple(_below(name, history) for name, history in histories.items())
    curves = tuple(Curve(name, *_ratio(history)) for name, history in histories.items())
    words = (
        "The relation is that of equal norms. Nothing holds the norm under a cosine loss, and a "
        "model trained by MSE shrinks: the ratio is 1 by chance only."
    )
    source = source_of(inputs, [*by_loss["cosine"], *by_loss["mse"]])
    return Recomputed(values, words, rows, curves, ("step", "MSE / 2 (1 − cos)"), source)


def _ratio(history: History) -> tuple[tuple[float, ...], tuple[float, ...]]:
    cos, mse = history.series[COSINE], history.series[MSE]
    step, at, of = np.intersect1d(cos.step, mse.step, return_indices=True)
    line = np.asarray(note_line(cos.value[at]))
    return tuple(step.tolist()), tuple((mse.value[of] / np.where(line > 0, line, np.nan)).tolist())


def _below(name: str, history: History) -> dict[str, str | float]:
    ratio = np.array(_ratio(history)[1])
    return {"run": name, "last ratio": float(ratio[-1]),
            "evaluations below 1, %": 100 * float((ratio < 1).mean())}  # fmt: skip


def _mean_value(values: Sequence[float], unit: str = "1") -> Value:
    """Give the mean over runs, with their span as interval; NaN without any."""
    if not len(values):
        return Value(float("nan"), unit)
    return Value(float(np.mean(values)), unit, float(min(values)), float(max(values)), len(values))


def untrained_mse(inputs: Inputs) -> Recomputed:
    """Give the MSE of an untrained model: by formula for two norms, and as recorded at step 0."""
    runs = recorded_runs(inputs, "pocket")
    first = [float(run.history.series[MSE].value[0]) for run in runs]
    values = {
        "mse_equal_norms": Value(float(expected_mse(0.0, 1.0))),
        "mse_zero": Value(mse_of_zero(inputs.seed)),
        "mse_model": _mean_value(first),
    }
    starts = {
        name: history.series[MSE].value[0] for name, history in read_histories(inputs).items()
    }
    rows = tuple({"history": name, "first MSE": float(value)} for name, value in starts.items())
    words = (
        "2 is the MSE of two independent vectors of the same norm; predictions near zero give 1. "
        f"The untrained pocket model of this dashboard gives {np.mean(first):.2f}."
    )
    return Recomputed(values, words, rows, source=source_of(inputs, runs))


def trajectory(inputs: Inputs) -> Recomputed:
    """Read similarities at the note's epochs; one that stopped before counts with its best."""
    told = {name: history.series[COSINE] for name, history in read_histories(inputs).items()}
    values = {}
    for milestone in TRAJECTORY:
        reached = []
        for series in told.values():
            at = np.flatnonzero(series.step == milestone.epoch)
            reached.append(float(series.value[at[0]] if len(at) else np.nanmax(series.value)))
        values[f"epoch_{milestone.epoch}"] = _mean_value(reached)
    rows = tuple({"history": name, "epochs": float(s.step[-1]), "best": float(np.nanmax(s.value))}
                 for name, s in told.items())  # fmt: skip
    curves = tuple(Curve(name, tuple(s.step.tolist()), tuple(s.value.tolist()))
                   for name, s in told.items())  # fmt: skip
    if not told:
        needs = "histories of trainings on RNA pockets, one value an epoch (JSON)"
        return Recomputed({}, "The sample runs are of another problem.", source="", needs=needs)
    best = max(row["best"] for row in rows)
    words = f"Over {len(told)} histories; the best similarity ever reached is {best:.3f}."
    source = f"{len(told)} histories"
    return Recomputed(values, words, rows, curves, ("epoch", "cosine similarity"), source)


def mse_falls(inputs: Inputs) -> Recomputed:
    """Compare the MSE at the best similarity with that of the first epoch."""
    values, rows = {}, []
    for loss in ("cosine", "mse"):
        changes = [_mse_change(run.history) for run in pocket_runs(inputs, loss)]
        values[f"mse_change_{loss}_runs"] = _mean_value(changes, "%")
        rows += [{"trained by": loss, "change of MSE, %": change} for change in changes]
    words = (
        "From the first epoch to the best similarity. With the cosine loss the norm drifts, and "
        "the MSE goes with the norm."
    )
    runs = [*pocket_runs(inputs, "cosine"), *pocket_runs(inputs, "mse")]
    return Recomputed(values, words, tuple(rows), source=source_of(inputs, runs))


def _mse_change(history: History) -> float:
    cos, mse = history.series[COSINE].value, history.series[MSE].value
    return 100 * float(mse[int(np.nanargmax(cos))] / mse[1] - 1)


def stability(inputs: Inputs) -> Recomputed:
    """Compare the spread of epoch-to-epoch changes of the held-out similarity, by loss."""
    spread = {loss: [_spread(run.history) for run in pocket_runs(inputs, loss)]
              for loss in ("cosine", "mse", "info_nce")}  # fmt: skip
    rows = tuple({"trained by": loss, "sd of the change of an epoch": value}
                 for loss, values in spread.items() for value in values)  # fmt: skip
    means = {loss: float(np.mean(values)) for loss, values in spread.items() if values}
    ratio = means.get("mse", float("nan")) / means.get("cosine", float("nan"))
    words = (
        f"From epoch {SETTLED} on the similarity changes by "
        + ", ".join(f"{value:.4f} ({loss})" for loss, value in means.items())
        + " from epoch to epoch (standard deviation). The note does not say what stable means."
    )
    runs = [run for loss in spread for run in pocket_runs(inputs, loss)]
    return Recomputed({"spread_ratio": Value(ratio, n=len(runs))}, words, rows,
                      source=source_of(inputs, runs))  # fmt: skip


def _spread(history: History) -> float:
    return float(np.diff(history.series[COSINE].value[SETTLED:]).std(ddof=1))
