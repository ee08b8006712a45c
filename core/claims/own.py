"""One's own claims: what a person says of runs, before or after them, and whether it is so.

Of one run the limits are the lowest and highest of the evaluations around the one that is read;
of several runs Student's 95 % interval of their mean. A claim passes or fails only where the
whole interval does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import Any, Final, Literal

import numpy as np
from jaxtyping import Float
from scipy.stats import t as student

from core.diagnosis.contrastive_runs import number
from core.diagnosis.conventions import CONFIDENCE
from core.diagnosis.gain import student_interval
from core.diagnosis.points import WINDOW
from core.history import History, Series
from core.metric_table import MetricSpec
from core.metrics import read_key

Comparison = Literal["at least", "at most", "beats by %"]
Where = Literal["last", "best", "at step", "median of last"]
Outcome = Literal["pass", "fail", "undecided"]
BEATS: Final = "beats by %"


@dataclass(frozen=True)
class OwnClaim:
    """What a person says of one run, of several, or of several against others.

    Args:
        name: What it is called.
        metric: Its key.
        comparison: "beats by %" compares with other runs, in the direction of the metric.
        value: In the unit of the metric (a fraction from 0 to 1); percent for "beats by %".
        where: Which evaluation of each run is read.
        at: The step of "at step", the number of evaluations of "median of last".
        runs: Ids.
        against: Ids of the other runs; only for "beats by %".
    """

    name: str
    metric: str
    comparison: Comparison
    value: float
    where: Where
    at: int
    runs: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnVerdict:
    """Whether a claim is so, with the numbers it rests on; NaN where there are none.

    Args:
        verdict: "undecided" where the interval holds the claimed value, or something lacks.
        value: As read; the mean over several runs; the gain in percent of "beats by %".
        low: Lower limit.
        high: Upper limit.
        n: Evaluations of one run, runs of a group, pairs of seeds.
        why: In words.
    """

    verdict: Outcome
    value: float
    low: float
    high: float
    n: int
    why: str


class _UndecidedError(Exception):
    """Why a claim cannot be told; it becomes a verdict."""


def evaluate(claim: OwnClaim, histories: Mapping[str, History]) -> OwnVerdict:
    """Judge a claim by the runs as they are now.

    Args:
        claim: May name runs that are not there, or a metric that none measures.
        histories: By id of the run; a run that is not there is left out.

    Returns:
        Undecided, with the reason, where it cannot be told. Does not raise.
    """
    try:
        _require_meaning(claim)
        runs = _told(claim.runs, histories)
        if claim.comparison == BEATS:
            value, low, high, n, of = _gain(claim, runs, _told(claim.against, histories))
        elif len(runs) == 1:
            value, low, high, n = _read(claim, *next(iter(runs.items())))
            of = f"lowest and highest of the {n} evaluations around the one read"
            if n < 2:
                raise _UndecidedError("one evaluation has no spread")
        else:
            values = np.array([_read(claim, run, told)[0] for run, told in runs.items()])
            value, n = float(values.mean()), len(values)
            low, high = student_interval(values)
            of = f"Student's 95 % interval over {n} runs"
    except _UndecidedError as reason:
        return OwnVerdict("undecided", nan, nan, nan, 0, str(reason))
    return OwnVerdict(_outcome(claim, low, high), value, low, high, n, of)


def _outcome(claim: OwnClaim, low: float, high: float) -> Outcome:
    if claim.comparison == "at most":
        passes, fails = high <= claim.value, low > claim.value
    else:
        passes, fails = low >= claim.value, high < claim.value
    return "pass" if passes else "fail" if fails else "undecided"


def _require_meaning(claim: OwnClaim) -> None:
    """Refuse what no run could decide."""
    spec = read_key(claim.metric).spec
    beats = claim.comparison == BEATS
    if not isfinite(claim.value):
        raise _UndecidedError("the claimed value is no finite number")
    if not beats and not spec.low <= claim.value <= spec.high:
        limits = f"{spec.low:g} to {spec.high:g}"
        raise _UndecidedError(f"{claim.value:g} lies outside {limits}, the range of {spec.label}")
    if (beats or claim.where == "best") and spec.higher_is_better is None:
        raise _UndecidedError(f"of {claim.metric} it is not known whether higher is better")
    if beats != bool(claim.against):
        raise _UndecidedError('runs to compare with belong to "beats by %", and to it alone')
    if both := set(claim.runs) & set(claim.against):
        raise _UndecidedError(f"{', '.join(sorted(both))} stands on both sides")


def _told(runs: Sequence[str], histories: Mapping[str, History]) -> dict[str, History]:
    """Give the histories of some runs, none of which may lack."""
    if not runs:
        raise _UndecidedError("no run is named")
    if missing := [run for run in runs if run not in histories]:
        raise _UndecidedError(f"no such run here: {', '.join(missing)}")
    return {run: histories[run] for run in runs}


def _read(claim: OwnClaim, run: str, history: History) -> tuple[float, float, float, int]:
    """Read one run: the value, and the limits and number of the evaluations around it."""
    series = history.series.get(claim.metric)
    if series is None or not len(series):
        raise _UndecidedError(f"{run} has not measured {claim.metric}")
    at = _position(claim, run, series)
    is_median = claim.where == "median of last"
    window = max(claim.at, 1) if is_median else WINDOW
    if is_median and len(series) < window:
        raise _UndecidedError(f"{run} has {len(series):,} of the {window:,} evaluations")
    # Around the position as far as the series reaches, as wide at its ends as in its middle.
    first = max(0, min(at - window // 2, len(series) - window))
    around = series.value[first : first + window]
    value = float(np.median(around)) if is_median else float(series.value[at])
    if not isfinite(value):
        raise _UndecidedError(f"{run}: {claim.metric} is {value} at step {series.step[at]:,}")
    finite = around[np.isfinite(around)]
    return value, float(finite.min()), float(finite.max()), len(finite)


def _position(claim: OwnClaim, run: str, series: Series) -> int:
    """Find the evaluation that is read; of "at step" the last one up to it."""
    if claim.where == "best":
        if not np.isfinite(series.value).any():
            raise _UndecidedError(f"{run}: no value of {claim.metric} is finite")
        higher = read_key(claim.metric).spec.higher_is_better
        worst = -np.inf if higher else np.inf
        known = np.where(np.isfinite(series.value), series.value, worst)
        return int(known.argmax() if higher else known.argmin())
    if claim.where == "at step":
        if series.step[-1] < claim.at:
            raise _UndecidedError(f"{run} is measured up to step {series.step[-1]:,}")
        at = int(np.searchsorted(series.step, claim.at, side="right")) - 1
        if at < 0:
            raise _UndecidedError(f"{run} is measured from step {series.step[0]:,} on")
        return at
    return len(series) - 1


def _gain(
    claim: OwnClaim, runs: Mapping[str, History], against: Mapping[str, History]
) -> tuple[float, float, float, int, str]:
    """Compare two groups in percent of the other: by seed where both have the same, else Welch."""
    spec = read_key(claim.metric).spec
    both = (*runs.values(), *against.values())
    problems = sorted({told.started.experiment for told in both if told.started})
    if len(problems) > 1:
        raise _UndecidedError(f"runs of different problems: {', '.join(problems)}")
    ours, others = (
        np.array([_read(claim, run, told)[0] for run, told in group.items()])
        for group in (runs, against)
    )
    if min(ours.min(), others.min()) <= 0:
        raise _UndecidedError(f"percent of {claim.metric} mean nothing at or below 0")
    if min(len(ours), len(others)) < 2:
        raise _UndecidedError("one run a side does not tell a gain from chance: name several seeds")
    seeds, other_seeds = (
        [number(told, "seed") for told in group.values()] for group in (runs, against)
    )
    same = len(set(seeds)) == len(ours) == len(others) and set(seeds) == set(other_seeds)
    if same and None not in seeds:
        matched = others[[other_seeds.index(seed) for seed in seeds]]
        gains = 100 * (ours / matched - 1) * _sign(spec)
        of = f"Student's 95 % interval over {len(gains)} pairs of one seed"
        return float(gains.mean()), *student_interval(gains), len(gains), of
    n = len(ours) + len(others)
    return *_unpaired(ours, others, spec), n, f"Welch's 95 % interval over {n} runs, not paired"


def _sign(spec: MetricSpec) -> int:
    return 1 if spec.higher_is_better else -1


def _unpaired(
    ours: Float[np.ndarray, " ours"], others: Float[np.ndarray, " others"], spec: MetricSpec
) -> tuple[float, float, float]:
    """Give the gain of geometric means in percent, with Welch's interval of the logarithms."""
    logs = np.log(ours), np.log(others)
    parts = [float(np.var(log, ddof=1)) / len(log) for log in logs]
    off, half = float(logs[0].mean() - logs[1].mean()), 0.0
    if spread := sum(parts):
        freedom = spread**2 / sum(p**2 / (len(g) - 1) for p, g in zip(parts, logs, strict=True))
        factor: Any = student.ppf((1 + CONFIDENCE) / 2, freedom)
        half = float(factor) * sqrt(spread)
    gain, *limits = (100 * float(np.expm1(d)) * _sign(spec) for d in (off, off - half, off + half))
    return gain, min(limits), max(limits)
