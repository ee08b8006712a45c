"""Balanced weights for a corrected run: solved for the targets of a run from what it measured."""

from dataclasses import replace
from typing import Final

import numpy as np
from jaxtyping import Float

from core.balance.measured import tabulate_history
from core.balance.solver import solve_weights
from core.balance.table import BalanceTable
from core.diagnosis.actions import Action
from core.errors import CoreError
from core.events import Plain
from core.history import History
from core.problems.experiment import Experiment
from core.training.config import TrainingConfig
from core.training.settings import to_plain

MARGIN_PERCENT: Final = 2.0  # a share that moves a little while it is trained stays inside


def suggest_weights(known: Experiment, config: TrainingConfig, history: History) -> Action | None:
    """Give the schedule of a run with the weights that put its terms into their targets.

    The raw values are the medians that the run measured in each stage; a stage that it has not
    reached takes those of the last one. The first term keeps its weights.

    Args:
        known: The problem of the run.
        config: Of the run.
        history: What it has told so far.

    Returns:
        None where there is nothing to solve or to change: no targets, one term, weights that
        follow already, no stage yet, or a problem whose weights are not those of a schedule.
    """
    if config.balancing == "targets" or config.solo or not history.started:
        return None
    try:
        table = tabulate_history(history)
        written = known.schedule(config)
    except CoreError:
        return None
    if not history.started.targets or set(table.terms) != set(written.terms):
        return None
    table = _as_written(table, written.weights, written.names, written.terms)
    solved = solve_weights(
        table.raw, table.weights, table.bands, terms=table.terms, stages=table.stages,
        held=table.terms[:1], margin_percent=MARGIN_PERCENT,
    )  # fmt: skip
    if not solved.objective:
        return None
    schedule = written.with_weights(solved.weights)
    changed = replace(config, schedule=schedule, balancing="schedule")
    if not np.allclose(known.schedule(changed).weights, solved.weights):
        return None
    change: dict[str, Plain] = {"schedule": to_plain(changed)["schedule"], "balancing": "schedule"}
    return Action("solved weights", change)


def _as_written(
    told: BalanceTable,
    weights: Float[np.ndarray, "stages terms"],
    stages: tuple[str, ...],
    terms: tuple[str, ...],
) -> BalanceTable:
    """Put measured values beside the whole schedule, its columns and its rows."""
    columns = [told.terms.index(term) for term in terms]
    known = dict(zip(told.stages, told.raw[:, columns], strict=True))
    raw = np.array([known.get(stage, told.raw[-1, columns]) for stage in stages])
    bands = tuple(told.bands[0][column] for column in columns)
    return BalanceTable(stages, terms, raw, weights, (bands,) * len(stages))
