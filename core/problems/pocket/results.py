"""What runs reached: read from their folders, at the evaluation chosen on validation."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Int

from core.errors import InputError
from core.history import History
from core.problems.pocket.comparison import Trained
from core.problems.pocket.config import LOSS_KINDS, PocketConfig
from core.problems.pocket.task import BY_EXAMPLE, SEEN
from core.runs.reader import read_arrays, read_history

COMPARED: Final = ("cosine", "mse", "info_nce")
CHOSEN_BY: Final = "val/cosine_loss"


def comparison_configs(config: PocketConfig, seeds: Iterable[int]) -> tuple[PocketConfig, ...]:
    """Give a configuration for each loss and seed, all else equal."""
    plain = replace(config, schedule=None, solo="", balancing="schedule")
    return tuple(replace(plain, loss_fn=loss, seed=seed) for seed in seeds for loss in COMPARED)


def loss_kind(history: History) -> str:
    """Name what a run minimises by its weights; a mix of several by their names.

    Example:
        >>> loss_kind(History())
        ''
    """
    active = dict.fromkeys(
        term for stage in history.stages for term, weight in stage.weights.items() if weight > 0
    )
    if set(active) == {"cosine", "mse"}:
        return "mix"
    only = "+".join(active)
    return only if only in LOSS_KINDS or "+" in only else ""


def read_trained(folder: Path) -> Trained:
    """Read a run at its best validation cosine loss.

    Raises:
        InputError: Nothing has been evaluated, or what was recorded is damaged.
    """
    history = read_history(folder)
    step = best_step(history)
    seed = history.started.config.get("seed", 0) if history.started else 0
    return Trained(
        loss_kind(history),
        int(str(seed)),
        step,
        read_arrays(folder, BY_EXAMPLE, step),
        _value_at(history, f"{SEEN}/avg_cosine_similarity", step),
    )


def _value_at(history: History, metric: str, step: int) -> float:
    series = history.series.get(metric)
    found = [] if series is None else series.value[series.step == step].tolist()
    if not found:
        raise InputError("run", expected=f"{metric} at step {step:,}", came="none",
                         do="Restore its measurements, or delete the run")  # fmt: skip
    return float(found[0])


def best_step(history: History) -> int:
    """Find the evaluation with the lowest validation cosine loss, of those that were recorded.

    Raises:
        InputError: There is none.
    """
    series, recorded = history.series.get(CHOSEN_BY), history.recorded.get(BY_EXAMPLE, ())
    known = [] if series is None else np.flatnonzero(np.isin(series.step, recorded)).tolist()
    finite = [index for index in known if series is not None and np.isfinite(series.value[index])]
    if series is None or not finite:
        raise InputError("run", expected="an evaluation with a finite validation cosine loss",
                         came="none", do="Wait until the run has been evaluated")  # fmt: skip
    return int(series.step[min(finite, key=lambda index: series.value[index])])


def ligands_in_words(ligand: Int[np.ndarray, " examples"]) -> str:
    """Say how many ligands the test set has; and pockets, where some ligands have several.

    Args:
        ligand: Number of each example's ligand.

    Example:
        >>> ligands_in_words(np.array([4, 7])), ligands_in_words(np.array([4, 7, 7]))
        ('2 test ligands', '3 test pockets of 2 ligands')
    """
    pockets, ligands = len(ligand), len(np.unique(ligand))
    if pockets == ligands:
        return f"{pockets:,} test ligands"
    return f"{pockets:,} test pockets of {ligands:,} ligands"
