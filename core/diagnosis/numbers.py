"""Values that are no numbers: NaN or inf in any loss, metric or gradient."""

from collections.abc import Iterable

import numpy as np

from core.diagnosis.finding import Finding
from core.diagnosis.regimes import Regime, regimes
from core.history import History, Series
from core.metric_table import METRICS
from core.metrics import read_key

RULE = "R-52"
# Of several that break at one step the cause comes first, what is computed from it later.
CAUSES = ("raw", "total_loss", "raw_gradient_norm", "gradient_norm", "weighted")
# The cosine with a zero gradient is NaN by definition.
UNDEFINED = ("conflict",)
FATAL = ("train/total_loss", "train/gradient_norm")
MOST_NAMED = 4


def check_numbers(history: History) -> Iterable[Finding]:
    """Report NaN and inf at once; what broke first is named first.

    Warm-up and borders excuse nothing.
    """
    broken = {
        metric: ~np.isfinite(series.value)
        for metric, series in history.series.items()
        if not np.isfinite(series.value).all() and not _is_undefined(history, metric)
    }
    if not broken:
        return ()
    found = (_finding(history, broken, regime) for regime in regimes(history))
    return tuple(finding for finding in found if finding is not None)


def _is_undefined(history: History, metric: str) -> bool:
    """Whether a metric is NaN by definition: where what it is compared with is NaN too, always.

    Of rings, say, where no held-out example has enough of them.
    """
    key = read_key(metric)
    if key.spec.name in UNDEFINED:
        return True
    is_reference = any(spec.baseline == key.spec.name for spec in METRICS.values())
    other = metric if is_reference else f"{key.split}/{key.spec.baseline}"
    told = [history.series[name].value for name in (metric, other) if name in history.series]
    return len(told) == 2 and all(bool(np.isnan(value).all()) for value in told)


def _finding(history: History, broken: dict[str, np.ndarray], regime: Regime) -> Finding | None:
    steps: dict[str, np.ndarray] = {}
    for metric, is_bad in broken.items():
        series = history.series[metric]
        inside = (series.step >= regime.first_step) & (series.step < regime.end_step)
        if (inside & is_bad).any():
            steps[metric] = series.step[inside & is_bad]
    if not steps:
        return None
    ordered = sorted(steps, key=lambda metric: (steps[metric][0], _rank(metric)))
    metric, first = ordered[0], int(steps[ordered[0]][0])
    others = ordered[1 : MOST_NAMED + 1]
    more = len(ordered) - 1 - len(others)
    evidence = f"{metric} is {_kind(history.series[metric], first)} at step {first:,}"
    if others:
        evidence += f"; then {', '.join(others)}" + (f" and {more} more" if more else "")
    count = sum(len(at) for at in steps.values())
    is_open = any(bool(broken[name][-1]) for name in steps) and regime.is_newest
    ended = history.ended
    has_stopped = ended is not None and ended.outcome == "diverged" and regime.is_newest
    is_fatal = has_stopped or any(name in steps for name in FATAL)
    if ended is not None and ended.outcome == "diverged" and regime.is_newest:
        evidence += f". The run stopped: {ended.text}" if ended.text else ". The run stopped"
    label = read_key(metric).label
    return Finding(
        rule=RULE,
        severity="error" if is_fatal else "warn",
        regime=regime.name,
        first_step=first,
        last_step=max(int(at[-1]) for at in steps.values()),
        is_open=is_open,
        verdict=f"{label} is {_kind(history.series[metric], first)} at step {first:,}",
        evidence=evidence + f" ({count:,} such values in all).",
        values={"first_step": float(first), "values": float(count), "metrics": float(len(steps))},
        meaning="From here on nothing is learnt; what was measured before is kept."
        if is_fatal
        else "The loss that is trained is not touched; this value cannot be used.",
        suggestion="Start a new run with a lower learning rate or tighter clipping (a resumed one "
        "would do the same again); look at the batch of this step and at logarithms, roots and "
        "divisions by something near 0 in this term.",
        page="train",
        subject=metric,
    )


def _rank(metric: str) -> tuple[int, int, str]:
    key = read_key(metric)
    name = key.spec.name
    place = CAUSES.index(name) if name in CAUSES else len(CAUSES)
    return (0 if key.split == "train" else 1, place, metric)


def _kind(series: Series, step: int) -> str:
    value = series.value[int(np.searchsorted(series.step, step))]
    return "NaN" if np.isnan(value) else "infinite"
