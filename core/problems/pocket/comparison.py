"""Runs that differ in their loss, side by side: intervals over ligands and over seeds, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError

RESAMPLES: Final = 4_000
SEED: Final = 0
TAIL: Final = 2.5  # percent of the draws on either side of an interval
SCORES: Final = {
    "cosine": "Cosine",
    "mse": "MSE",
    "norm_ratio": "Norm ratio",
    "mrr": "MRR",
    "recall_at_1": "R@1",
    "recall_at_10": "R@10",
}


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run reached, at the evaluation that was chosen on the validation set.

    Args:
        loss: What it minimised.
        seed: Of parameters and batches.
        step: Of the evaluation.
        test: Scores of each test example, as `scores.score_by_example` names them, with "ligand",
            its number, and "name". Nothing was chosen by them.
        seen_cosine: Mean cosine of examples that were trained on.
    """

    loss: str
    seed: int
    step: int
    test: Mapping[str, np.ndarray]
    seen_cosine: float


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval, and how far the seeds lie apart.

    Args:
        value: Mean over examples and seeds.
        low: Lower end of the 95 % interval over test ligands.
        high: Upper end.
        seeds: Value of each seed.
    """

    value: float
    low: float
    high: float
    seeds: tuple[float, ...]


@dataclass(frozen=True)
class Row:
    """What runs of one loss reached.

    Args:
        loss: The loss.
        scores: By name of `SCORES`.
        gap: Cosine on trained-on examples minus that on test ones, mean over seeds.
        against_cosine: Differences to the cosine-trained runs, paired by ligand; empty for these.
        percent_of_cosine: The same over what the cosine-trained runs reach, in percent: the
            interval is that of the ratio. NaN where they reach nothing.
        cosine_percent: What the cosine-trained runs have over this one, in percent of this one.
    """

    loss: str
    scores: Mapping[str, Estimate]
    gap: float
    against_cosine: Mapping[str, Estimate]
    percent_of_cosine: Mapping[str, Estimate] = field(default_factory=dict)
    cosine_percent: Mapping[str, Estimate] = field(default_factory=dict)


def compare(runs: Sequence[Trained]) -> tuple[Row, ...]:
    """Compare runs by loss, in the order in which losses first come.

    Test ligands are resampled together with all their pockets, the same draw for every run.

    Raises:
        InputError: There is no run, or they were not scored on the same examples.
    """
    if not runs:
        raise InputError("runs to compare", expected="at least one finished run", came="none",
                         do="Start a comparison, or wait for an evaluation")  # fmt: skip
    first = runs[0].test["name"]
    if any(not np.array_equal(run.test["name"], first) for run in runs):
        raise InputError("runs to compare", expected="runs scored on the same pockets",
                         came="different ones", do="Compare runs of one data seed")  # fmt: skip
    weights = _resamples(runs[0].test["ligand"])
    tables = {loss: np.stack([_table(r) for r in runs if r.loss == loss]) for loss in _losses(runs)}
    base = tables.get("cosine")
    rows = []
    for loss, table in tables.items():
        own = [run for run in runs if run.loss == loss]
        pairs = [] if base is None or loss == "cosine" else _pairs(runs, loss)
        shown = _estimates(table, weights), _gap(own), _estimates(np.array(pairs), weights)
        ratios = ({}, {}) if not pairs or base is None else (
            _percent(np.array(pairs), base, weights), _percent(-np.array(pairs), table, weights)
        )  # fmt: skip
        rows.append(Row(loss, *shown, *ratios))
    return tuple(rows)


def _losses(runs: Sequence[Trained]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run.loss for run in runs))


def _table(run: Trained) -> Float[np.ndarray, "examples scores"]:
    told = run.test
    rank = told["rank"].astype(float)
    ratio = told["pred_norm"] / told["target_norm"]
    return np.stack(
        [told["cosine"], told["mse"], ratio, 1 / rank, rank <= 1, rank <= 10], axis=1
    ).astype(float)


def _pairs(runs: Sequence[Trained], loss: str) -> list[Float[np.ndarray, "examples scores"]]:
    """Difference to the cosine-trained run of the same seed; to their mean where there is none."""
    base = {run.seed: _table(run) for run in runs if run.loss == "cosine"}
    usual = np.mean(list(base.values()), axis=0)
    return [_table(run) - base.get(run.seed, usual) for run in runs if run.loss == loss]


def _estimates(
    tables: Float[np.ndarray, "..."], weights: Float[np.ndarray, "resamples examples"]
) -> dict[str, Estimate]:
    if not len(tables):
        return {}
    drawn = weights @ tables.mean(axis=0)
    low, high = np.percentile(drawn, [TAIL, 100 - TAIL], axis=0)
    by_seed = tables.mean(axis=1)
    return {
        name: Estimate(
            float(by_seed[:, k].mean()),
            float(low[k]),
            float(high[k]),
            tuple(by_seed[:, k].tolist()),
        )
        for k, name in enumerate(SCORES)
    }


def _percent(
    pairs: Float[np.ndarray, "seeds examples scores"],
    base: Float[np.ndarray, "base_seeds examples scores"],
    weights: Float[np.ndarray, "resamples examples"],
) -> dict[str, Estimate]:
    """Divide differences by what they are differences to, draw by draw: both are uncertain."""
    whole = base.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = 100 * (weights @ pairs.mean(axis=0)) / (weights @ whole)
        by_seed = 100 * pairs.mean(axis=1) / whole.mean(axis=0)
        value = 100 * pairs.mean(axis=(0, 1)) / whole.mean(axis=0)
        low, high = np.percentile(drawn, [TAIL, 100 - TAIL], axis=0)
    return {
        name: Estimate(
            float(value[k]), float(low[k]), float(high[k]), tuple(by_seed[:, k].tolist())
        )
        for k, name in enumerate(SCORES)
    }


def _resamples(ligand: Int[np.ndarray, " examples"]) -> Float[np.ndarray, "resamples examples"]:
    """Weights of the examples in each draw of ligands; each row adds up to 1."""
    numbers, of = np.unique(ligand, return_inverse=True)
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), RESAMPLES)
    weights = drawn[:, of].astype(float)
    return weights / weights.sum(axis=1, keepdims=True)


def _gap(runs: Sequence[Trained]) -> float:
    return float(np.mean([run.seen_cosine - run.test["cosine"].mean() for run in runs]))
