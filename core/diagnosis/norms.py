"""What cosine and MSE together say of a run: its norm ratio, and the note's expected course.

For problems that measure both on held-out examples; they hand these rules down themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
from jaxtyping import Float, Int

from core import identities
from core.diagnosis.conventions import level
from core.diagnosis.engine import Rule
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of
from core.diagnosis.regimes import regime_at
from core.history import History, epoch_steps

NORMS, TRACK = "R-27", "R-28"
COSINE, MSE, RATIO = "val/avg_cosine_similarity", "val/mse_loss", "val/norm_ratio"
ZERO = "val/zero_mse_loss"  # the MSE of a zero answer, mean |t|²/D
PAGE = "cosine_mse"
FACTOR = 3.0  # "about D" is from D / 3 to 3 D
LEAST_PART = 0.9  # of the evaluations show a wrong reduction
LEAST_DIMENSIONS = 32  # below, a sum is not told from a prediction that is too long
LEAST_DISTANCE = 0.01  # of 1 - cosine; nearer to 0 the MSE is all norm
REAL_RUNS = (
    "The note's track is no yardstick: of 13 real histories of this kind none reached 0.75, the "
    "best 0.68; six reached 0.5, between epochs 23 and 69."
)
EPOCH_PART = 0.02  # an epoch as near as this to that of the note stands for it


def check_norms(history: History) -> Iterable[Finding] | CannotTell:
    """Tell the norm ratio that cosine and MSE leave open; an error only for a sum as MSE.

    That MSE is 2(1 - cos) is no law: it holds at norm ratio 1, and most runs are elsewhere. Means
    of examples may lie below 1 - cos² by the variance of the cosine, which no history records.
    """
    absent = tuple(key for key in (COSINE, MSE) if key not in history.series)
    if absent:
        return CannotTell(NORMS, absent)
    cosine, mse = points_of(history, COSINE), points_of(history, MSE)
    step, left, right = np.intersect1d(cosine.step, mse.step, return_indices=True)
    if not len(step):
        return CannotTell(NORMS, (f"a step with {COSINE} and {MSE}",))
    zero = level(points_of(history, ZERO).value)
    scale = zero if zero > 0 else 1.0  # NaN where it was not measured
    cosine, mse = Points(step, cosine.value[left]), Points(step, mse.value[right] / scale)
    factor, dimension = _times_note(cosine.value, mse.value), _dimension(history)
    if dimension >= LEAST_DIMENSIONS and _is_about(factor, dimension):
        return [_sum_finding(history, step, factor, dimension)]
    return [_norm_finding(history, cosine, mse, zero)]


def _times_note(
    cosine: Float[np.ndarray, " points"], mse: Float[np.ndarray, " points"]
) -> Float[np.ndarray, " some"]:
    """Divide the MSE by 2(1 - cos), where that is not almost 0."""
    far = 1 - cosine > LEAST_DISTANCE
    return mse[far] / np.asarray(identities.note_line(cosine[far]))


def _is_about(factor: Float[np.ndarray, " some"], wanted: float) -> bool:
    near = (factor > wanted / FACTOR) & (factor < wanted * FACTOR)
    return len(near) >= WINDOW and float(near.mean()) >= LEAST_PART


def _dimension(history: History) -> int:
    told = history.started.config.get("output_dim") if history.started else None
    return told if isinstance(told, int) and not isinstance(told, bool) else 0


def _sum_finding(
    history: History,
    step: Int[np.ndarray, " points"],
    factor: Float[np.ndarray, " some"],
    dimension: int,
) -> Finding:
    first, last, times = int(step[0]), int(step[-1]), float(np.median(factor))
    return Finding(
        rule=NORMS,
        severity="error",
        regime=regime_at(history, last).name,
        first_step=first,
        last_step=last,
        is_open=True,
        verdict=f"The MSE looks like a sum over {dimension:,} components, not their mean",
        evidence=f"{MSE} is {times:.3g} × 2(1 − cos) by the median of {len(factor):,} evaluations, "
        f"steps {first:,} to {last:,} (thresholds: {dimension / FACTOR:.3g} to "
        f"{dimension * FACTOR:.3g} in {100 * LEAST_PART:g} % of them; the configuration "
        f"says {dimension:,} components).",
        values={"times_note": times, "dimension": float(dimension)},
        meaning="It cannot be compared with the MSE of others, and beside another term it weighs "
        f"{dimension:,} times as much as its name says.",
        suggestion="Take the mean over examples and components, or divide by the number of "
        "components; check whether the loss that was trained does the same.",
        page=PAGE,
        subject=MSE,
    )


def _norm_finding(history: History, cosine: Points, mse: Points, zero: float) -> Finding:
    first, last = int(cosine.step[0]), int(cosine.step[-1])
    cos, error = level(cosine.value), level(mse.value)
    lower, upper = (float(root) for root in identities.norm_ratio_roots(cos, error))
    percent = float(100 * np.mean(identities.between_lines(cosine.value, mse.value)))
    measured = level(points_of(history, RATIO).value)
    compared = "To compare MSEs, divide them by mean |t|²/D"
    log = "" if isfinite(measured) else ", and log the norms of prediction and target"
    return Finding(
        rule=NORMS,
        severity="info",
        regime=regime_at(history, last).name,
        first_step=first,
        last_step=last,
        is_open=True,
        verdict=f"Norm check: {_ratio(lower, upper, measured)}",
        evidence=_evidence(cosine, mse, percent, measured, zero),
        values={"cosine": cos, "mse": error, "between_percent": percent,
                "lower_ratio": lower, "upper_ratio": upper, "norm_ratio": measured},
        meaning="MSE = 2(1 − cos) holds at norm ratio 1 only, which a cosine loss does not train; "
        "training on the MSE shrinks the prediction towards 1 − cos². A mean may lie below that "
        "by the variance of the cosine; where it lies far below, mean |t|²/D is not 1: vectors of "
        "length 1 have 2(1 − cos)/D.",
        suggestion=f"Judge by the similarity. {compared}{log}.",
        page=PAGE,
        subject=MSE,
    )  # fmt: skip


def _evidence(cosine: Points, mse: Points, percent: float, measured: float, zero: float) -> str:
    """Say what the ratio is taken from, and what is assumed of what was not measured."""
    cos, error = level(cosine.value), level(mse.value)
    best, note = identities.optimal_line(cos), identities.note_line(cos)
    ratio = f"Norm ratio {measured:.3f}, " if isfinite(measured) else ""
    assumed = "The curves assume" if isfinite(measured) else "Curves and ratio assume"
    assumed = "" if isfinite(zero) else f"{assumed} mean |t|²/D = 1. "
    scaled = f"MSE / {zero:.3f} (a zero answer)" if isfinite(zero) else "MSE"
    return (
        f"{ratio}{scaled} {error:.3f} at cosine {cos:.3f}, medians of "
        f"{min(len(cosine), WINDOW)} evaluations up to step {int(cosine.step[-1]):,}, where "
        f"1 − cos² is {best:.3f} and 2(1 − cos) is {note:.3f}; {percent:.0f} % of {len(cosine):,} "
        f"evaluations lie between these two. {assumed}All are means over examples."
    )


def _ratio(lower: float, upper: float, measured: float) -> str:
    """Say the norm ratio in words.

    Example:
        >>> _ratio(0.428, 0.698, float("nan")), _ratio(-0.9, 1.04, float("nan"))
        ('|p| / |t| is 0.43 or 0.70', '|p| / |t| is 1.04')
    """
    if not isnan(measured):
        return f"|p| / |t| is {measured:.2f}, as measured"
    if isnan(upper):
        return "the MSE lies below 1 − cos², where no ratio fits"
    either = f"{lower:.2f} or " if lower >= 0 else ""
    return f"|p| / |t| is {either}{upper:.2f}"


def check_track(history: History) -> Iterable[Finding] | CannotTell:
    """Tell the similarity at the epochs for which the note expects one; never a fault.

    No real run of this kind that we know of reached what the note expects at epoch 150.
    """
    if COSINE not in history.series:
        return CannotTell(TRACK, (COSINE,))
    if not epoch_steps(history):
        return CannotTell(TRACK, ("the epoch of each evaluation",))
    told = list(_reached(points_of(history, COSINE), epoch_steps(history)))
    return [_track_finding(history, told)] if told else ()


@dataclass(frozen=True)
class _Reached:
    """The similarity at an evaluation near enough to an epoch that the note names."""

    milestone: identities.Milestone
    step: int
    epoch: float
    cos: float


def _reached(points: Points, steps: int) -> Iterator[_Reached]:
    """Give each epoch of the note that was measured, or one near enough, with its similarity."""
    epoch = points.step / steps
    for milestone in identities.TRAJECTORY if len(points) else ():
        at = int(np.argmin(np.abs(epoch - milestone.epoch)))
        if abs(epoch[at] - milestone.epoch) <= EPOCH_PART * milestone.epoch:
            place = int(points.step[at]), float(epoch[at])
            yield _Reached(milestone, *place, float(points.value[at]))


def _track_finding(history: History, told: Sequence[_Reached]) -> Finding:
    last = told[-1]
    courses = (f"{r.cos:.3f} at epoch {r.epoch:.3g} (note {r.milestone.cos:.2f})" for r in told)
    return Finding(
        rule=TRACK,
        severity="info",
        regime=regime_at(history, last.step).name,
        first_step=told[0].step,
        last_step=last.step,
        is_open=True,
        verdict=f"Cosine similarity {last.cos:.2f} at epoch {last.epoch:.3g}, the note expects "
        f"{last.milestone.cos:.2f}",
        evidence=f"{COSINE} {', '.join(courses)}.",
        values={f"cosine_{r.milestone.epoch}": r.cos for r in told}
        | {f"note_{r.milestone.epoch}": r.milestone.cos for r in told},
        meaning=REAL_RUNS,
        suggestion="Compare with runs on the same data, and with the best constant.",
        page=PAGE,
        subject=COSINE,
    )


NORM_RULES: tuple[Rule, ...] = (
    Rule(NORMS, "norm check", check_norms),
    Rule(TRACK, "the note's track", check_track),
)
