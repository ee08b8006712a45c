"""What a contrastive run records, and how the rules about it read that.

A value at step s belongs to the model after s updates: an evaluation at the very step of a border
judges what was trained before it. Where a history counts epochs, an epoch's evaluation follows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite, log
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.diagnosis.points import Points, points_of
from core.diagnosis.regimes import Regime, regime_at, regimes, warm_up_end
from core.errors import InputError
from core.history import History, epoch_steps
from core.samplers.options import BatchOptions

TERM: Final = "info_nce"
LOSS: Final = f"train/{TERM}/raw"
CHANCE_LOSS: Final = "train/chance_loss"  # ln of the candidates that a query is told apart from
FILLED: Final = "train/hard_filled"
SIMILARITY: Final = "train/hard_similarity"
ALIKE: Final = "train/alike_pairs"  # share of a batch's negatives that are too much alike
PROBE: Final = f"val_probe/{TERM}/raw"
MRR: Final = "val/mrr"
CHANCE_MRR: Final = "val/chance_mrr"
RANDOM, HARD = "random", "hard"
PAGE: Final = "hard_negatives"
TRAINING_PAIRS: Final = "training pairs"  # a fact: how many
RANDOM_SIMILARITY: Final = "similarity of random pairs"  # a fact: see `similarity_text`
WHOLE_RUN: Final = "the whole run"


@dataclass(frozen=True, eq=False)
class Block:
    """A metric in an epoch.

    Args:
        epoch: Counted from 0 in this run.
        points: Its values; never none.
        place: Of each value in the epoch, counted in steps from 0.
    """

    epoch: int
    points: Points
    place: Int[np.ndarray, " points"]


def by_epoch(history: History, metric: str, first_step: int = 0, end: float = inf) -> list[Block]:
    """Cut a metric into epochs; none where their length is not known."""
    length, points = epoch_steps(history), points_of(history, metric, first_step, end)
    if not length or not len(points):
        return []
    epoch, place = np.divmod(points.step, length)
    cuts = np.flatnonzero(np.diff(epoch)) + 1
    return [
        Block(int(epoch[at[0]]), Points(points.step[at], points.value[at]), place[at])
        for at in np.split(np.arange(len(points)), cuts)
    ]


def counts_epochs(history: History) -> bool:
    """Whether a step of the history is an epoch."""
    return bool(history.started) and history.started.facts.get("x axis") == "epoch"


def first_judged(history: History) -> int:
    """Give the first step after the warm-up; of a history that counts epochs its second."""
    if not counts_epochs(history):
        return warm_up_end(history)
    total = history.started.total_steps if history.started else None
    return int(history.starts[0] if history.starts else 0) + max(1, (total or 0) // 100)


def trained_in(history: History, step: int) -> Regime:
    """Give the regime in which the model of an evaluation was trained last."""
    first = regimes(history)[0].first_step
    return regime_at(history, step if counts_epochs(history) else max(step - 1, first))


def evaluated(history: History, metric: str, regime: Regime) -> Points:
    """Read an evaluated metric of the models that were trained in a regime."""
    shift = 0 if counts_epochs(history) else 1
    return points_of(history, metric, regime.first_step + shift, regime.end_step + shift)


def hard_regimes(history: History) -> Iterator[Regime]:
    """Give the stretches whose batches hold near neighbours: told as such, or seen to."""
    for regime in regimes(history):
        told = regime.stage is not None and regime.stage.stage == HARD
        if told or len(points_of(history, FILLED, regime.first_step, regime.end_step)):
            yield regime


def switch_step(history: History) -> int | None:
    """Give the first step of hard batches after random ones; None where there is no such step."""
    hard, random = [s for s in history.stages if s.stage == HARD], RANDOM
    before = [s for s in history.stages if s.stage == random]
    if hard and before and min(s.step for s in before) < hard[0].step:
        return hard[0].step
    seen = points_of(history, FILLED).step
    planned = planned_switch(history)
    has_both = bool(len(seen)) and planned is not None and 0 < planned == int(seen[0])
    return planned if has_both and not history.stages else None


def planned_switch(history: History) -> int | None:
    """Give the step from which batches should be hard by the configuration; None where none."""
    length, options = epoch_steps(history), sampler_options(history)
    if options is None or not options.hard_negatives or not length:
        return None
    return max(options.curriculum_epoch - int(number(history, "start_epoch") or 0), 0) * length


def number(history: History, option: str) -> float | None:
    """Read a number of the configuration; None where it is absent or no number."""
    told = history.started.config.get(option) if history.started else None
    is_number = isinstance(told, int | float) and not isinstance(told, bool) and isfinite(told)
    return float(told) if is_number else None  # pyright: ignore[reportArgumentType]


def has_option(history: History, option: str) -> bool:
    """Whether a yes-or-no option is there and set."""
    return bool(history.started) and history.started.config.get(option) is True


def sampler_options(history: History) -> BatchOptions | None:
    """Read how batches are drawn; None where the configuration does not say, or says nonsense."""
    started = history.started
    needed = {"hard_ratio": float, "hardness_k": int, "curriculum_epoch": int, "batch_size": int}
    told = {name: number(history, name) for name in needed}
    if started is None or "hard_negatives" not in started.config or None in told.values():
        return None
    method, ceiling = started.config.get("method"), number(history, "max_similarity")
    values = {name: kind(told[name] or 0) for name, kind in needed.items()}
    try:
        return BatchOptions(
            hard_negatives=has_option(history, "hard_negatives"),
            seed=int(number(history, "seed") or 0),
            method=method if isinstance(method, str) else "planned",
            max_similarity=ceiling if ceiling is not None and ceiling < 1 else None,
            minimum_rank=int(number(history, "minimum_rank") or 0),
            **values,  # pyright: ignore[reportArgumentType]
        )
    except InputError:
        return None


def chance_losses(history: History, points: Points) -> Float[np.ndarray, " points"]:
    """Give the loss of guessing at each point: recorded, else ln of the configured batch size.

    Returns:
        NaN where neither is known.
    """
    recorded = points_of(history, CHANCE_LOSS)
    size = number(history, "batch_size")
    if not len(recorded):
        return np.full(len(points), log(size) if size and size >= 1 else np.nan)
    at = np.searchsorted(recorded.step, points.step, side="right") - 1
    return recorded.value[np.maximum(at, 0)]


def similarity_text(mean: float, sd: float) -> str:
    """Write the fact that tells how alike two random pairs are.

    Args:
        mean: Of the cosine of the texts of many random pairs, -1 to 1.
        sd: Its standard deviation, 0 or more.

    Example:
        >>> read_similarity(similarity_text(0.1012, 0.05))
        (0.1012, 0.05)
    """
    return f"{mean:.6g} ± {sd:.6g}"


def read_similarity(text: str) -> tuple[float, float] | None:
    """Read what `similarity_text` wrote; None where it is something else."""
    mean, _, sd = text.partition("±")
    try:
        return float(mean), float(sd)
    except ValueError:
        return None


def fact(history: History, name: str) -> str:
    """Read a fact of the run; empty where it is not told."""
    return history.started.facts.get(name, "") if history.started else ""
