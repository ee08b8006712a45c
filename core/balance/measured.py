"""The balance table of a run: what was measured in each stage."""

import numpy as np

from core.balance.shares import Band
from core.balance.table import BalanceTable
from core.errors import InputError
from core.history import History


def tabulate_history(history: History) -> BalanceTable:
    """Tabulate the median raw value and weight of each term in each stage that was reached.

    A term that was never measured in a stage has raw NaN there; its weight is then that of the
    stage's start.

    Raises:
        InputError: The run tells no stage.
    """
    terms, stages = history.terms, history.stages
    if not stages or not terms:
        raise InputError(
            "run", expected="at least one stage with its terms", came="none", do="Let it begin"
        )
    raw = np.full((len(stages), len(terms)), np.nan)
    weights = np.zeros_like(raw)
    ends = [*(float(stage.step) for stage in stages[1:]), float("inf")]
    for i, (stage, end) in enumerate(zip(stages, ends, strict=True)):
        for j, term in enumerate(terms):
            raw[i, j] = _median(history, f"train/{term}/raw", stage.step, end)
            weight = _median(history, f"train/{term}/weight", stage.step, end)
            weights[i, j] = stage.weights.get(term, 0.0) if np.isnan(weight) else weight
    bands = tuple(_target(history, term) for term in terms)
    names = tuple(stage.stage for stage in stages)
    return BalanceTable(names, terms, raw, weights, (bands,) * len(stages))


def _target(history: History, term: str) -> Band | None:
    wanted = history.started.targets.get(term) if history.started else None
    return None if wanted is None else Band(*wanted)


def _median(history: History, metric: str, start: float, end: float) -> float:
    series = history.series.get(metric)
    if series is None:
        return float("nan")
    inside = series.value[(series.step >= start) & (series.step < end)]
    inside = inside[np.isfinite(inside)]
    return float(np.median(inside)) if len(inside) else float("nan")
