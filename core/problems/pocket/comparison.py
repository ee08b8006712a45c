"""Runs that differ in their loss, side by side: intervals over ligands and over seeds, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError
from core.metrics import term_label

RESAMPLES: Final = 4_000
SEED: Final = 0
LEVEL: Final = 0.95
LEAST_COSINE: Final = 0.02  # below it a gain in percent of it says nothing
NOTE_GAIN_PERCENT: Final = (5.0, 10.0)
"""What the note expects of the cosine loss: a similarity higher by so much (L220)."""
NOTE_INFO_NCE_PERCENT: Final = (10.0, 20.0)
"""What it expects of InfoNCE (L288); of which score it does not say."""
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
    """

    loss: str
    scores: Mapping[str, Estimate]
    gap: float
    against_cosine: Mapping[str, Estimate]


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
        rows.append(
            Row(loss, _estimates(table, weights), _gap(own), _estimates(np.array(pairs), weights))
        )
    return tuple(rows)


def in_words(rows: Sequence[Row]) -> str:
    """Say whether the cosine loss gained what the note expects, whatever came out."""
    by_loss = {row.loss: row for row in rows}
    if not {"cosine", "mse"} <= set(by_loss):
        return "The note compares cosine with MSE; both must have been trained."
    mse, other = by_loss["mse"].scores["cosine"], by_loss["mse"].against_cosine["cosine"]
    counts = {len(by_loss[loss].scores["cosine"].seeds) for loss in ("cosine", "mse")}
    seeds = " and ".join(map(str, sorted(counts))) + (" seed" if counts == {1} else " seeds")
    gain = f"Trained with the cosine loss the test cosine is {_signed(-other.value, 3)} against"
    if mse.value < LEAST_COSINE:
        return f"{gain} MSE ({seeds}). With MSE it is near 0: nothing can be a percentage of it."
    percent, low, high = (-100 * end / mse.value for end in (other.value, other.high, other.low))
    interval = f"95 % interval {_signed(low, 1)} to {_signed(high, 1)} %; {seeds}"
    verdict = _verdict(low, high, NOTE_GAIN_PERCENT)
    return f"{gain} MSE ({_signed(percent, 1)} %, {interval}): {verdict}."


def retrieval_in_words(rows: Sequence[Row]) -> str:
    """Say how well the right ligand is found, against the cosine-trained runs.

    Empty where there are none of these, or nothing to compare with them.
    """
    base = next((row.scores["mrr"].value for row in rows if row.loss == "cosine"), 0.0)
    told = [_found(row, base) for row in rows if row.against_cosine and base > 0]
    if not told:
        return ""
    return f"Finding the right ligand (MRR): {base:.3f} trained with the cosine; {'; '.join(told)}."


def _found(row: Row, base: float) -> str:
    gain = row.against_cosine["mrr"]
    value, low, high = (100 * end / base for end in (gain.value, gain.low, gain.high))
    text = f"with {term_label(row.loss)} {_signed(value, 0)} %"
    text += f" (95 % interval {_signed(low, 0)} to {_signed(high, 0)} %)"
    if row.loss == "info_nce":
        return f"{text}: {_verdict(low, high, NOTE_INFO_NCE_PERCENT)}"
    return text if low > 0 or high < 0 else f"{text}, not told from 0"


def _verdict(low: float, high: float, note: tuple[float, float]) -> str:
    least, most = note
    expected = f"the note's +{least:g} to +{most:g} %"
    if low > most:
        return f"more than {expected}"
    if high < least:
        return f"the data exclude {expected}"
    is_inside = least <= low and high <= most
    return f"in line with {expected}" if is_inside else f"too uncertain to settle {expected}"


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
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0)
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


def _resamples(ligand: Int[np.ndarray, " examples"]) -> Float[np.ndarray, "resamples examples"]:
    """Weights of the examples in each draw of ligands; each row adds up to 1."""
    numbers, of = np.unique(ligand, return_inverse=True)
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), RESAMPLES)
    weights = drawn[:, of].astype(float)
    return weights / weights.sum(axis=1, keepdims=True)


def _gap(runs: Sequence[Trained]) -> float:
    return float(np.mean([run.seen_cosine - run.test["cosine"].mean() for run in runs]))


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
