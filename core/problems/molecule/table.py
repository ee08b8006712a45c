"""The note's table, measured: what each way of drawing batches reaches, over seeds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import numpy as np

from core.diagnosis.contrastive_runs import MRR
from core.diagnosis.finding import CannotTell
from core.diagnosis.gain import Interval, measure_gain, student_interval
from core.diagnosis.points import points_of
from core.history import History

NEAR: Final = "val_near/mrr"
SCORES: Final = {
    MRR: "MRR",
    "val/recall_at_1": "R@1",
    "val/recall_at_5": "R@5",
    NEAR: "MRR, 100 near",
}
RANDOM: Final = "random batches"
CONTROL: Final = "control 0.5"
NOTE: Final = {  # MRR, R@1, R@5 as the note reports them
    RANDOM: (0.385, 0.28, 0.52),
    "hard 0.5": (0.427, 0.32, 0.58),
    "hard 0.5 from epoch 6": (0.441, 0.34, 0.60),
    "hard 0.7": (0.453, 0.36, 0.62),
}
FURTHER: Final = {  # options of the sampler that are said where runs differ in them
    "hardness_k": "k",
    "method": "",
    "max_similarity": "ceiling",
    "minimum_rank": "skipping",
}


@dataclass(frozen=True)
class Score:
    """A score of a way of drawing batches at the last evaluation of its runs.

    Args:
        mean: Over seeds.
        low: Of the 95 % interval of that mean by Student's t; -inf of one seed.
        high: The other end.
        by_seed: Value of each seed.
    """

    mean: float
    low: float
    high: float
    by_seed: Mapping[int, float]


@dataclass(frozen=True)
class TableRow:
    """One way of drawing batches.

    Args:
        name: As `batches_in_words` says it.
        scores: By metric; what was not measured is absent.
        over_random: Gain by metric in percent against random batches, paired by seed; absent
            where it cannot be told.
        over_control: The same against shuffled neighbours.
        note: MRR, R@1 and R@5 that the note reports; None where it has no such row.
    """

    name: str
    scores: Mapping[str, Score]
    over_random: Mapping[str, Interval]
    over_control: Mapping[str, Interval]
    note: tuple[float, float, float] | None

    @property
    def has_gain(self) -> bool:
        """Whether a gain in MRR over random batches is known with an interval."""
        gain = self.over_random.get(MRR)
        return gain is not None and isfinite(gain.low)

    @property
    def note_gain(self) -> float | None:
        """Gain in MRR over its random batches that the note reports, in percent."""
        return None if self.note is None else 100 * (self.note[0] / NOTE[RANDOM][0] - 1)


def batches_in_words(options: Mapping[str, Any]) -> str:
    """Name a way of drawing batches by the options of its run.

    Example:
        >>> batches_in_words({"hard_negatives": True, "hard_ratio": 0.5, "curriculum_epoch": 5})
        'hard 0.5 from epoch 6'
    """
    if not options.get("hard_negatives"):
        return RANDOM
    kind = "control" if options.get("shuffle_neighbours") else "hard"
    first = int(options.get("curriculum_epoch") or 0)
    return f"{kind} {options.get('hard_ratio', 0.5):g}" + (
        f" from epoch {first + 1}" if first else ""
    )


def make_table(runs: Sequence[History]) -> tuple[TableRow, ...]:
    """Collect runs by how their batches are drawn; random ones first, then controls.

    Each counts at its last evaluation. Gains are told where all runs that are compared end at the
    same step, with two common seeds at least. Runs that differ in a further option of the sampler
    get rows of their own, each against the control of the same options.

    Args:
        runs: On the same data, of any seeds.
    """
    groups: dict[tuple[str, str], list[History]] = {}
    varied = _varied(runs)
    for run in runs:
        name = batches_in_words(_options(run))
        groups.setdefault((name, "" if name == RANDOM else _told(run, varied)), []).append(run)
    order = sorted(
        groups, key=lambda key: (key[0] != RANDOM, not key[0].startswith("control"), key)
    )
    random = groups.get((RANDOM, ""), [])
    return tuple(
        TableRow(
            ", ".join(filter(None, (name, told))),
            {metric: one for metric in SCORES if (one := _score(groups[name, told], metric))},
            _gains(groups[name, told], random if name != RANDOM else []),
            _gains(groups[name, told], groups.get((CONTROL, told), []) if name.startswith("hard")
                   else []),
            NOTE.get(name),
        )
        for name, told in order
    )  # fmt: skip


def _options(run: History) -> Mapping[str, Any]:
    return run.started.config if run.started else {}


def _varied(runs: Sequence[History]) -> list[str]:
    """Name the further options of the sampler in which runs with hard batches differ."""
    hard = [options for run in runs if (options := _options(run)).get("hard_negatives")]
    return [name for name in FURTHER if len({options.get(name) for options in hard}) > 1]


def _told(run: History, varied: Sequence[str]) -> str:
    return ", ".join(f"{FURTHER[name]} {_options(run).get(name)}".strip() for name in varied)


def _score(runs: Sequence[History], metric: str) -> Score | None:
    by_seed: dict[int, float] = {}
    for run in runs:
        points = points_of(run, metric)
        seed = run.started.config.get("seed") if run.started else None
        if len(points) and isinstance(seed, int):
            by_seed.setdefault(seed, float(points.value[-1]))
    if not by_seed:
        return None
    values = np.array(list(by_seed.values()))
    return Score(float(values.mean()), *student_interval(values), by_seed)


def _gains(runs: Sequence[History], against: Sequence[History]) -> dict[str, Interval]:
    told = {metric: measure_gain(runs, against, metric=metric) for metric in SCORES}
    return {
        metric: gain.over_control
        for metric, gain in told.items()
        if not isinstance(gain, CannotTell) and not gain.differing
    }


def table_in_words(rows: Sequence[TableRow]) -> str:
    """Sum up what hard negatives brought over random batches, and whether the note's gain may be.

    Example:
        >>> table_in_words(())
        ''
    """
    told = [row for row in rows if row.name.startswith("hard") and row.has_gain]
    if not told:
        return ""
    ways = "1 way" if len(told) == 1 else f"{len(told)} ways"
    random = _counted([row.over_random[MRR] for row in told])
    said = f"Of {ways} to draw hard batches, by MRR against random ones {random}"
    if controlled := [row.over_control[MRR] for row in told if MRR in row.over_control]:
        said += f"; against shuffled neighbours {_counted(controlled)}"
    claimed = [(row.over_random[MRR], row.note_gain) for row in told if row.note_gain is not None]
    if not claimed:
        return f"{said}."
    excluded = sum(not gain.low <= claim <= gain.high for gain, claim in claimed)
    return f"{said}; the note's gain is excluded for {excluded} of {len(claimed)}."


def _counted(gains: Sequence[Interval]) -> str:
    count = Counter(gain.verdict for gain in gains)
    apart = count["not told apart"]
    return f"{count['gain']} gain, {count['loss']} lose, {apart} cannot be told apart"
