"""Claims of the cosine note on which loss is better, and on what is told of a run."""

from functools import cache
from pathlib import Path

import numpy as np

from core.claims.claim import Recomputed, Value
from core.claims.cosine_runs import COSINE, MSE, pocket_runs
from core.claims.inputs import Inputs
from core.claims.recorded import recorded_runs, source_of
from core.problems.pocket.comparison import SCORES, Estimate, Row, compare
from core.problems.pocket.results import read_trained

COSINE_LOSS = "val/cosine_loss"


def gain_of_cosine(inputs: Inputs) -> Recomputed:
    """Compare the similarity that runs by cosine and by MSE reach on held-out ligands."""
    return _over_mse(inputs, "cosine", "gain_percent", "similarity")


def retrieval_gain(inputs: Inputs) -> Recomputed:
    """Compare the retrieval (MRR) that they reach."""
    return _over_mse(inputs, "mrr", "mrr_gain_percent", "MRR")


def gain_of_info_nce(inputs: Inputs) -> Recomputed:
    """Compare InfoNCE with the cosine loss, in retrieval and in similarity."""
    rows = _rows(inputs)
    told = {row.loss: row for row in rows}.get("info_nce")
    found = told.percent_of_cosine if told else {}
    values = {
        "mrr_gain_percent": _value(found.get("mrr"), "%"),
        "similarity_gain_percent": _value(found.get("cosine"), "%"),
    }
    words = (
        f"InfoNCE changes MRR by {values['mrr_gain_percent'].value:+.0f} % and similarity by "
        f"{values['similarity_gain_percent'].value:+.0f} %: which loss is better depends on what "
        "the embedding is for."
    )
    return Recomputed(values, words, _table(rows), source=_source(inputs))


def _over_mse(inputs: Inputs, score: str, key: str, name: str) -> Recomputed:
    rows = _rows(inputs)
    told = {row.loss: row for row in rows}.get("mse")
    value = _value(told.cosine_percent.get(score) if told else None, "%")
    words = (
        f"The cosine loss changes {name} by {value.value:+.1f} % over MSE (95 % over test "
        f"ligands: {value.low:+.1f} to {value.high:+.1f} %), on synthetic pockets by default: RNA "
        "pockets may differ."
    )
    return Recomputed({key: value}, words, _table(rows), source=_source(inputs))


def _value(found: Estimate | None, unit: str) -> Value:
    if found is None:
        return Value(float("nan"), unit)
    return Value(found.value, unit, found.low, found.high, len(found.seeds))


def _table(rows: tuple[Row, ...]) -> tuple[dict[str, str | float], ...]:
    return tuple(
        {"trained by": row.loss, **{SCORES[name]: row.scores[name].value for name in SCORES}}
        for row in rows
    )


def _source(inputs: Inputs) -> str:
    return source_of(inputs, recorded_runs(inputs, "pocket"))


def _rows(inputs: Inputs) -> tuple[Row, ...]:
    return _compared(tuple(run.folder for run in recorded_runs(inputs, "pocket")))


@cache
def _compared(folders: tuple[Path, ...]) -> tuple[Row, ...]:
    return compare([read_trained(folder) for folder in folders])


def objective_and_metric(inputs: Inputs) -> Recomputed:
    """Set the told validation loss beside 1 - similarity, and the training loss beside both."""
    runs = pocket_runs(inputs, "cosine")
    held, seen = [], []
    for run in runs:
        told = run.history.series
        held.append(float(np.abs(told[COSINE_LOSS].value - 1 + told[COSINE].value).max()))
        steps = int(str(run.history.started.facts.get("steps an epoch", 1))) if (
            run.history.started) else 1  # fmt: skip
        training = told["train/cosine/raw"].value[-steps:].mean()
        seen.append(float(abs(training - run.last("val_seen/cosine_loss"))))
    values = {
        "validation_gap": Value(max(held, default=float("nan")), n=len(runs)),
        "training_gap": Value(max(seen, default=float("nan")), n=len(runs)),
    }
    words = (
        "The validation value is 1 - similarity. What is told while training is a mean over an "
        f"epoch of changing weights: {values['training_gap'].value:.3f} from an evaluation of "
        "trained-on examples."
    )
    return Recomputed(values, words, source=source_of(inputs, runs))


def best_under_one_name(inputs: Inputs) -> Recomputed:
    """Resume a run by MSE under the cosine loss: is its kept best value still beaten rightly?"""
    fresh = [run.history.series for run in pocket_runs(inputs, "cosine")]
    right = [int(np.argmin(s[COSINE_LOSS].value)) == int(np.argmax(s[COSINE].value)) for s in fresh]
    rows = []
    for run in pocket_runs(inputs, "mse"):
        told = run.history.series
        best = int(np.argmin(told[MSE].value))
        # The same weights, before a step is taken: nothing is better, and nothing may be said so.
        kept, now = float(told[MSE].value[best]), float(told[COSINE_LOSS].value[best])
        rows.append({"kept best (MSE)": kept, "same model (cosine loss)": now,
                     "called better": str(now < kept)})  # fmt: skip
    wrong = [row["called better"] == "True" for row in rows]
    values = {
        "fresh_best_is_better": Value(float(all(right)) if right else float("nan"), "yes"),
        "resumed_best_is_better": Value(float(not any(wrong)) if wrong else float("nan"), "yes"),
    }
    words = "`val_loss` keeps its name and changes its meaning: after a resume any model is better."
    runs = recorded_runs(inputs, "pocket")
    return Recomputed(values, words, tuple(rows), source=source_of(inputs, runs))


def best_of_history(inputs: Inputs) -> Recomputed:
    """Look for the best loss of a run and the best similarity of the history it is kept in."""
    runs = sorted(
        pocket_runs(inputs, "cosine"),
        key=lambda run: float(np.nanmax(run.history.series[COSINE].value)),
    )
    if len(runs) < 2:
        return Recomputed({}, "", needs="two runs trained by the cosine loss")
    own, earlier = (run.history.series for run in (runs[0], runs[-1]))
    best = int(np.argmin(own[COSINE_LOSS].value))
    joined = np.concatenate([earlier[COSINE].value, own[COSINE].value])
    at = int(np.argmax(joined)) - len(earlier[COSINE].value)
    values = {
        "same_epoch_fresh": Value(float(best == int(np.argmax(own[COSINE].value))), "yes"),
        "same_epoch_resumed": Value(float(best == at), "yes"),
    }
    words = "In a file that keeps an earlier run, the largest similarity may be the other run's."
    return Recomputed(values, words, source=source_of(inputs, runs))
