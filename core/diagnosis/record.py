"""Whether a record can be trusted: doubled steps, gaps, other settings, values out of bounds."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from core.diagnosis.conventions import noise
from core.diagnosis.finding import CannotTell, Finding, Severity
from core.diagnosis.held_out import held_out_loss
from core.diagnosis.points import WINDOW, points_of
from core.diagnosis.regimes import regime_at
from core.history import History, Series
from core.metric_table import METRICS
from core.metrics import read_key

RECORD, BOUNDS, MEANING = "R-55", "R-19", "R-31"
MANY: Final = 0.01  # of the points; fewer doubled ones are a remark
GAP_STEPS: Final = 20  # times the usual distance
OTHER_RATE: Final = 2.0  # times the learning rate before a resume
JUMP_SD, JUMP_PART = 10.0, 0.5
ROUNDING: Final = 1e-6
# Losses of others may be below 0, whatever ours are.
UNBOUNDED: Final = ("total_loss", "raw", "weighted")


def check_record(history: History) -> Iterable[Finding] | CannotTell:
    """Report steps that were told twice, long gaps, and a resume with another learning rate."""
    return [*_doubled(history), *_gaps(history), *_resumed(history)]


def _doubled(history: History) -> Iterator[Finding]:
    told = {metric: s.repeated for metric, s in history.series.items() if s.repeated}
    if not told:
        return
    metric = max(told, key=lambda key: told[key] / len(history.series[key]))
    part = told[metric] / (len(history.series[metric]) + told[metric])
    yield _finding(
        history, RECORD, "warn" if part > MANY else "info", metric, (0, history.last_step),
        f"{100 * part:.0f} % of the steps were told twice",
        f"{len(told)} metrics have doubled or backward steps, {metric} {told[metric]:,} beside "
        f"{len(history.series[metric]):,}; of a step told twice the last one counts (a warning "
        f"above {100 * MANY:g} %).",
        {"repeated": float(told[metric]), "part_percent": 100 * part},
        "Two trainings, or a resumed one, wrote into one log: curves are patched together.",
        "Write a resumed run into a log of its own, or cut the log at the resume.",
    )  # fmt: skip


def _gaps(history: History) -> Iterator[Finding]:
    """Tell the longest gap of what is measured at every step or so."""
    metric = max(history.series, key=lambda key: len(history.series[key]), default="")
    series = history.series.get(metric)
    if series is None or len(series) < 2 * WINDOW:
        return
    distance = np.diff(series.step)
    usual, at = float(np.median(distance)), int(np.argmax(distance))
    if distance[at] <= max(GAP_STEPS * usual, GAP_STEPS):
        return
    span = int(series.step[at]), int(series.step[at + 1])
    yield _finding(
        history, RECORD, "info", metric, span,
        f"Nothing was measured from step {span[0]:,} to {span[1]:,}",
        f"{metric} is measured every {usual:g} steps, there for {distance[at]:,} not (threshold "
        f"{GAP_STEPS} × as long).",
        {"gap_steps": float(distance[at]), "usual_steps": usual},
        "What happened there nobody knows; missing steps are not zeros.",
        "Look whether a part of the log was lost.",
    )  # fmt: skip


def _resumed(history: History) -> Iterator[Finding]:
    metric = "train/learning_rate"
    for start in history.starts[1:]:
        before = points_of(history, metric, 0, start).last(WINDOW).value
        after = points_of(history, metric, start).value[:WINDOW]
        if len(before) < WINDOW or len(after) < WINDOW:
            continue
        old, new = float(np.median(before)), float(np.median(after))
        if not (old > 0 and new > 0) or max(old / new, new / old) < OTHER_RATE:
            continue
        yield _finding(
            history, RECORD, "warn", metric, (start, history.last_step),
            f"Resumed with another learning rate: {old:.2g} → {new:.2g}",
            f"Medians of {WINDOW} steps before and after step {start:,}, where the run was "
            f"resumed (threshold {OTHER_RATE:g} ×).",
            {"before": old, "after": new},
            "The scheduler was forgotten, or the configuration changed: this is not one run.",
            "Restore the scheduler with the checkpoint, or start a run of its own.",
        )  # fmt: skip


def check_meaning(history: History) -> Iterable[Finding] | CannotTell:
    """Report a held-out loss that jumps at a resume: it has most likely changed its meaning."""
    resumes = [start for start in history.starts if start > history.starts[0]]
    if not resumes:
        return ()
    metric = held_out_loss(history)
    if metric is None:
        return CannotTell(MEANING, ("a held-out loss",))
    found = (_jump(history, metric, start) for start in resumes)
    return [finding for finding in found if finding]


def _jump(history: History, metric: str, start: int) -> Finding | None:
    before = points_of(history, metric, 0, start).last(2 * WINDOW).value
    after = points_of(history, metric, start).value[: 2 * WINDOW]
    if min(len(before), len(after)) < WINDOW:
        return None
    old, new = float(np.median(before[-WINDOW:])), float(np.median(after[:WINDOW]))
    least = max(JUMP_SD * max(noise(before), noise(after)), JUMP_PART * abs(old))
    if abs(new - old) <= least:
        return None
    return _finding(
        history, MEANING, "warn", metric, (start, history.last_step),
        f"{read_key(metric).label} jumps at the resume: {old:.3g} → {new:.3g}",
        f"Medians of {WINDOW} evaluations before and after step {start:,} (threshold "
        f"{JUMP_SD:g} × the noise and {100 * JUMP_PART:g} %: {least:.3g}).",
        {"before": old, "after": new},
        "A resumed model is the same model: either another loss is logged under the old name, or "
        "the checkpoint was not loaded.",
        "Log the new loss under a name of its own; early stopping and the best checkpoint go by "
        "the old one.",
    )  # fmt: skip


def check_bounds(history: History) -> Iterable[Finding]:
    """Report values that a metric cannot have: an accuracy above 1, a share below 0 ..."""
    found: list[Finding] = []
    for metric, series in history.series.items():
        spec = read_key(metric).spec
        known = spec.name in METRICS or np.isfinite([spec.low, spec.high]).any()
        if known and spec.name not in UNBOUNDED and len(series):
            found.extend(_outside(history, metric, series, spec.low, spec.high))
    return found


def _outside(
    history: History, metric: str, series: Series, low: float, high: float
) -> Iterator[Finding]:
    margin = ROUNDING * max(1.0, *(abs(b) for b in (low, high) if np.isfinite(b)))
    bad = np.flatnonzero((series.value < low - margin) | (series.value > high + margin))
    bad = bad[np.isfinite(series.value[bad])]
    if not len(bad):
        return
    span, worst = (int(series.step[bad[0]]), int(series.step[bad[-1]])), series.value[bad]
    value = float(worst[np.argmax(np.maximum(low - worst, worst - high))])
    range_text = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
    yield _finding(
        history, BOUNDS, "error", metric, span,
        f"{read_key(metric).label} is {value:.3g}, which it cannot be",
        f"{metric} lies outside {range_text} at {len(bad):,} of {len(series):,} points, first at "
        f"step {span[0]:,}.",
        {"value": value, "low": low, "high": high, "points": float(len(bad))},
        "The number is not what its name says: another unit, a sum for a mean, or a bug.",
        "Look at how it is computed; percentages and fractions are easily mixed up.",
        is_open=bool(bad[-1] == len(series) - 1),
    )  # fmt: skip


def _finding(
    history: History, rule: str, severity: Severity, metric: str, span: tuple[int, int],
    verdict: str, evidence: str, values: dict[str, float], meaning: str, suggestion: str, *,
    is_open: bool = True,
) -> Finding:  # fmt: skip
    regime = regime_at(history, min(span[0], history.last_step)) if span[0] else None
    return Finding(
        rule=rule,
        severity=severity,
        regime=regime.name if regime else "the whole run",
        first_step=span[0],
        last_step=span[1],
        is_open=is_open,
        verdict=verdict,
        evidence=evidence,
        values=values,
        meaning=meaning,
        suggestion=suggestion,
        page="train",
        subject=metric,
    )
