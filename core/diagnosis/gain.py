"""What hard negatives brought (R-40): several runs against their controls, paired by seed.

One number is no gain: seeds differ by some percent, the best epoch is chosen on the data it is
judged by, and the sampler alone, with the neighbours of others, may bring as much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any, Final, Literal

import numpy as np
from jaxtyping import Float
from scipy.stats import t as student

from core.diagnosis.contrastive_runs import MRR, number
from core.diagnosis.conventions import CONFIDENCE
from core.diagnosis.finding import CannotTell
from core.diagnosis.points import points_of
from core.history import History

GAIN: Final = "R-40"
FEWEST_SEEDS: Final = 2
# What may differ between a run and its control: how batches are drawn, and where files go.
COMPARED: Final = frozenset({
    "hard_negatives", "hard_ratio", "hardness_k", "curriculum_epoch", "shuffle_neighbours",
    "method", "max_similarity", "minimum_rank", "seed", "run_id", "output_dir", "env", "device",
    "threads", "checkpoint_every", "keep_checkpoints",
})  # fmt: skip

Verdict = Literal["gain", "loss", "not told apart"]


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval of Student's t, in percent.

    Args:
        mean: Of the gains by seed.
        low: Lower limit; -inf of one seed.
        high: Upper limit.
        by_seed: Gain of each seed, by seed.
    """

    mean: float
    low: float
    high: float
    by_seed: Mapping[int, float]

    @property
    def verdict(self) -> Verdict:
        """What may be said: a gain only where the interval lies above 0."""
        if self.low > 0:
            return "gain"
        return "loss" if self.high < 0 else "not told apart"


@dataclass(frozen=True)
class Gain:
    """What a way of drawing batches brought, at one step of all runs.

    Args:
        metric: What was compared.
        step: At which evaluation, the same of every run.
        over_control: Against the same sampler with shuffled neighbours; this one decides.
        over_random: Against random batches; None where no such runs were given.
        differing: Options that differ though they should not; a comparison with any is unfair.
    """

    metric: str
    step: int
    over_control: Interval
    over_random: Interval | None
    differing: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict against the control, as only it tells hardness from the sampler."""
        return self.over_control.verdict

    @property
    def text(self) -> str:
        """One sentence."""
        over, seeds = self.over_control, len(self.over_control.by_seed)
        said = {"gain": "is a gain", "loss": "is a loss", "not told apart": "may be chance"}
        text = (
            f"{over.mean:+.1f} % over the control with shuffled neighbours, {over.low:+.1f} to "
            f"{over.high:+.1f} % by {seeds} seeds at step {self.step:,}: {said[self.verdict]}"
        )
        return text + ("; not a fair comparison, differing in " + ", ".join(self.differing)
                       if self.differing else "")  # fmt: skip


def measure_gain(
    hard: Sequence[History],
    control: Sequence[History],
    random: Sequence[History] = (),
    *,
    metric: str = MRR,
    step: int | None = None,
) -> Gain | CannotTell:
    """Compare runs with their controls, seed by seed, at the last or a step chosen beforehand.

    Args:
        hard: Runs with hard negatives, one a seed.
        control: With shuffled neighbours, of the same seeds.
        random: With random batches; only those of the same seeds count.
        metric: Higher is better, above 0.
        step: An evaluation that all runs have, chosen before they were seen; None: the last one,
            which must then be at the same step in every run. Never the best one.

    Returns:
        Or that it cannot tell: without controls, with fewer than two common seeds, or with runs
        that end at different steps.
    """
    groups = [_by_seed(runs) for runs in (hard, control, random)]
    seeds = sorted(groups[0].keys() & groups[1].keys())
    if not control:
        return CannotTell(GAIN, ("control runs with shuffled neighbours",))
    if len(seeds) < FEWEST_SEEDS:
        return CannotTell(GAIN, (f"{FEWEST_SEEDS} seeds with a run and its control",))
    shared = [seed for seed in seeds if seed in groups[2]] if random else []
    used = [groups[0][s] for s in seeds] + [groups[1][s] for s in seeds]
    used += [groups[2][s] for s in shared]
    at = step if step is not None else _common_end(used, metric)
    read = [
        {seed: _value(group[seed], metric, at) for seed in some}
        for group, some in zip(groups, (seeds, seeds, shared), strict=True)
    ]
    told = [{s: v for s, v in values.items() if v is not None} for values in read]
    if at is None or [len(values) for values in told] != [len(values) for values in read]:
        return CannotTell(GAIN, (f"{metric} of every run at one common step",))
    over_random = _interval(told[0], told[2]) if len(shared) >= FEWEST_SEEDS else None
    return Gain(metric, at, _interval(told[0], told[1]), over_random, _differing(used))


def _by_seed(runs: Sequence[History]) -> dict[int, History]:
    """Give the runs by seed; of two with one seed the first."""
    found: dict[int, History] = {}
    for run in runs:
        seed = number(run, "seed")
        if seed is not None:
            found.setdefault(int(seed), run)
    return found


def _common_end(runs: Sequence[History], metric: str) -> int | None:
    ends = {int(points.step[-1]) if len(points) else -1
            for points in (points_of(run, metric) for run in runs)}  # fmt: skip
    return ends.pop() if len(ends) == 1 and -1 not in ends else None


def _value(run: History, metric: str, step: int | None) -> float | None:
    points = points_of(run, metric)
    found = points.value[points.step == step] if step is not None else points.value[:0]
    return float(found[0]) if len(found) and found[0] > 0 else None


def _interval(one: Mapping[int, float], other: Mapping[int, float]) -> Interval:
    """Give the relative gain by seed in percent, with Student's interval of its mean."""
    values = {seed: 100 * (one[seed] / value - 1) for seed, value in other.items()}
    told = np.array(list(values.values()))
    return Interval(float(told.mean()), *student_interval(told), values)


def student_interval(values: Float[np.ndarray, " values"]) -> tuple[float, float]:
    """Give the 95 % interval of the mean of normal values by Student's t; all numbers of one.

    Example:
        >>> [round(limit, 2) for limit in student_interval(np.array([1.8, 3.2, 3.2]))]
        [0.73, 4.74]
    """
    count = len(values)
    if count < 2:
        return -np.inf, np.inf
    factor: Any = student.ppf((1 + CONFIDENCE) / 2, count - 1)
    half = float(factor) * float(np.std(values, ddof=1)) / sqrt(count)
    mean = float(np.mean(values))
    return (mean - half, mean + half) if isfinite(half) else (-np.inf, np.inf)


def _differing(runs: Sequence[History]) -> tuple[str, ...]:
    """Name the options in which runs differ though they should be equal."""
    configs = [dict(run.started.config) if run.started else {} for run in runs]
    names = sorted({name for config in configs for name in config} - COMPARED)
    return tuple(n for n in names if any(c.get(n) != configs[0].get(n) for c in configs))
