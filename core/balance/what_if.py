"""What other weights would have made of what a run recorded, without training again."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.events import StageChanged
from core.history import History, Series

WHOLE = "all"  # the one stage of a run that tells none


def with_stages(history: History) -> History:
    """Give the history with at least one stage: a run that tells none, as many a log, is one.

    There a term whose weight was not recorded has weight 1.
    """
    if history.stages or not history.started:
        return history
    begun, terms = history.started, history.terms
    end = history.last_step + 1
    whole = StageChanged(begun.step, begun.time_s, WHOLE, end, dict.fromkeys(terms, 1.0))
    return replace(history, stages=(whole,))


def reweighted(history: History, weights: Float[np.ndarray, "stages terms"]) -> History:
    """Give the history with the contributions and shares that other weights make of its raw values.

    Does not say how the run would have gone: with other weights it would have learnt otherwise.
    Where a term was measured less often than another its raw value is taken as on the straight
    line between two measurements; before its first and behind its last it is not known.

    Args:
        history: A run that tells its terms and stages.
        weights: Factor of each term in each stage, 0 or more.

    Returns:
        The same history, with other `train/<term>/weight`, `weighted` and `share`, and those
        weights in its stages.

    Raises:
        InputError: The run tells no stage, or the table has another size.
    """
    terms, stages = history.terms, history.stages
    if weights.shape != (len(stages), len(terms)) or not weights.size:
        raise InputError("weights", expected=f"{len(stages)} stages × {len(terms)} terms",
                         came=" × ".join(map(str, weights.shape)),
                         do="Give a weight for every term in every stage of the run"
                         )  # fmt: skip
    told = tuple(
        replace(stage, weights=dict(zip(terms, row, strict=True)))
        for stage, row in zip(stages, weights.tolist(), strict=True)
    )
    kept = {key: own for key, own in history.series.items() if not _is_replaced(key, terms)}
    changed = {own.metric: own for own in _weighed(history, weights)}
    return replace(history, series=kept | changed, stages=told)


def _weighed(history: History, weights: Float[np.ndarray, "stages terms"]) -> Iterator[Series]:
    """Give weight, contribution and share of each term with a raw value, at all steps of those."""
    raw = {term: history.series.get(f"train/{term}/raw") for term in history.terms}
    known = {term: own for term, own in raw.items() if own is not None and len(own)}
    if not known:
        return
    clock = max(known.values(), key=len)
    step = np.unique(np.concatenate([own.step for own in known.values()]))
    time_s = np.interp(step, clock.step, clock.time_s)
    stage = np.searchsorted([begun.step for begun in history.stages], step, side="right") - 1
    by_step = np.where(stage[:, None] < 0, 0.0, weights[np.maximum(stage, 0)])
    factor = {term: by_step[:, history.terms.index(term)] for term in known}
    parts = {term: factor[term] * _between(own, step) for term, own in known.items()}
    total = sum((np.nan_to_num(part, nan=0.0) for part in parts.values()), np.zeros(len(step)))
    for term, part in parts.items():
        told = (factor[term] > 0) & ~np.isnan(part)
        share = 100 * part / np.where(total > 0, total, np.nan)
        yield Series(f"train/{term}/weight", step, time_s, factor[term])
        for name, value in (("weighted", part), ("share", share)):
            yield Series(f"train/{term}/{name}", step[told], time_s[told], value[told])


def _is_replaced(key: str, terms: tuple[str, ...]) -> bool:
    split, _, rest = key.partition("/")
    term, _, name = rest.rpartition("/")
    return split == "train" and term in terms and name in ("weight", "weighted", "share")


def _between(series: Series, step: np.ndarray) -> np.ndarray:
    """Read a series at steps, on the straight line between two measurements; NaN beyond them.

    A value that is not finite stays one: numpy draws no line through it.
    """
    return np.interp(step, series.step, series.value, left=np.nan, right=np.nan)
