"""Claims of the note on hard negatives about gains, answered by recorded trainings over seeds."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.recorded import Run, recorded_runs, source_of
from core.diagnosis.contrastive_runs import MRR
from core.diagnosis.finding import CannotTell
from core.diagnosis.gain import Interval, measure_gain, student_interval
from core.history import epoch_steps
from core.problems.molecule.log_file import log_entries
from core.problems.molecule.table import CONTROL, NEAR, RANDOM, batches_in_words

HARD, SWITCHED, AGGRESSIVE = "hard 0.5", "hard 0.5 from epoch 6", "hard 0.7"
WAYS: Final = {"05": HARD, "curriculum": SWITCHED, "07": AGGRESSIVE}
EARLY_EPOCH: Final = 3
NO_RUNS: Final = "molecule runs with hard, switched, aggressive and random batches, two seeds each"


def runs_by_way(inputs: Inputs) -> dict[str, list[Run]]:
    """Give the runs by how their batches are drawn."""
    groups: dict[str, list[Run]] = {}
    for run in recorded_runs(inputs, "molecule"):
        started = run.history.started
        groups.setdefault(batches_in_words(started.config if started else {}), []).append(run)
    return groups


def _gain(
    inputs: Inputs, one: str, other: str, metric: str = MRR, epoch: int | None = None
) -> Interval | None:
    """Compare two ways of drawing batches, seed by seed; None where it cannot be told."""
    groups = runs_by_way(inputs)
    runs, against = ([run.history for run in groups.get(name, [])] for name in (one, other))
    step = epoch * epoch_steps(runs[0]) if epoch and runs else None
    gain = measure_gain(runs, against, metric=metric, step=step)
    return None if isinstance(gain, CannotTell) or gain.differing else gain.over_control


def _value(gain: Interval | None, unit: str = "%") -> Value:
    if gain is None:
        return Value(float("nan"), unit)
    return Value(gain.mean, unit, gain.low, gain.high, len(gain.by_seed))


def _by_seed(gains: dict[str, Interval | None]) -> tuple[dict[str, str | float], ...]:
    return tuple({"compared": name, **{f"seed {seed}, %": v for seed, v in gain.by_seed.items()},
                  "mean, %": gain.mean, "low, %": gain.low, "high, %": gain.high}
                 for name, gain in gains.items() if gain)  # fmt: skip


def source(inputs: Inputs) -> str:
    """Say how many runs there are, and where they come from."""
    return source_of(inputs, recorded_runs(inputs, "molecule"))


def _in_words(gain: Interval | None) -> str:
    if gain is None:
        return "not known"
    return f"{gain.mean:+.1f} % ({gain.low:+.1f} to {gain.high:+.1f})"


def early_stagnation(inputs: Inputs) -> Recomputed:
    """Compare the MRR at epoch 3 of runs that are hard from the start with that of random ones."""
    gains = {f"{name} over {RANDOM}": _gain(inputs, name, RANDOM, epoch=EARLY_EPOCH)
             for name in (HARD, AGGRESSIVE, CONTROL)}  # fmt: skip
    first = gains[f"{HARD} over {RANDOM}"]
    words = (
        f"At epoch {EARLY_EPOCH}, against random batches: {_in_words(first)}; with the neighbours "
        f"of others, which are not hard, {_in_words(gains[f'{CONTROL} over {RANDOM}'])}."
    )
    curves = tuple(_curve(name, runs) for name, runs in runs_by_way(inputs).items())
    axes = ("epoch", "MRR, mean over seeds")
    values = {"early_change_percent": _value(first)}
    needs = "" if first else NO_RUNS
    return Recomputed(values, words, _by_seed(gains), curves, axes, source(inputs), needs)


def entries_of(run: Run) -> list[dict[str, Any]]:
    """Give loss, probe and scores of a run epoch by epoch."""
    return log_entries(run.history, int(str(run.setting("start_epoch") or 0)))


def _curve(name: str, runs: Sequence[Run]) -> Curve:
    told = [entries_of(run) for run in runs]
    shortest = min(len(one) for one in told)
    mean = np.mean([[e["mrr"] for e in one[:shortest]] for one in told], axis=0)
    return Curve(name, tuple(float(e["epoch"]) for e in told[0][:shortest]), tuple(mean.tolist()))


def gains_measured(inputs: Inputs) -> Recomputed:
    """Compare each way of the table with random batches, and with shuffled neighbours."""
    over = {other: {name: _gain(inputs, name, other) for name in WAYS.values()}
            for other in (RANDOM, CONTROL)}  # fmt: skip
    values = {f"gain_{key}_percent": _value(over[RANDOM][name]) for key, name in WAYS.items()}
    told = {f"{name} over {other}": gain for other, gains in over.items()
            for name, gain in gains.items()}  # fmt: skip
    words = "By MRR over random batches: " + "; ".join(
        f"{name} {_in_words(gain)}" for name, gain in over[RANDOM].items()
    )
    known = any(over[RANDOM].values())
    return Recomputed(values, f"{words}.", _by_seed(told), source=source(inputs),
                      needs="" if known else NO_RUNS)  # fmt: skip


def order_of_ways(inputs: Inputs) -> Recomputed:
    """Compare the switch with 0.5 from the start, and 0.7 with the switch."""
    gains = {
        "curriculum_over_05_percent": _gain(inputs, SWITCHED, HARD),
        "ratio_07_over_curriculum_percent": _gain(inputs, AGGRESSIVE, SWITCHED),
    }
    first, second = gains.values()
    words = f"The switch over 0.5: {_in_words(first)}; 0.7 over the switch: {_in_words(second)}."
    values = {name: _value(gain) for name, gain in gains.items()}
    return Recomputed(values, words, _by_seed(gains), source=source(inputs),
                      needs="" if any(gains.values()) else NO_RUNS)  # fmt: skip


def gain_among_near(inputs: Inputs) -> Recomputed:
    """Subtract the gain among all candidates from that among the 100 nearest, seed by seed."""
    pairs = [(_gain(inputs, name, RANDOM, NEAR), _gain(inputs, name, RANDOM))
             for name in WAYS.values()]  # fmt: skip
    known = [(near, whole) for near, whole in pairs if near and whole]
    if not known:
        return Recomputed({}, "", needs=NO_RUNS)
    seeds = sorted(set.intersection(*(set(near.by_seed) & set(whole.by_seed)
                                      for near, whole in known)))  # fmt: skip
    more = np.array([np.mean([near.by_seed[s] - whole.by_seed[s] for near, whole in known])
                     for s in seeds])  # fmt: skip
    low, high = student_interval(more)
    value = Value(float(more.mean()), "points", low, high, len(seeds))
    told = {f"{name}, {which}": gain for name, both in zip(WAYS.values(), pairs, strict=True)
            for which, gain in zip(("100 near", "all"), both, strict=True)}  # fmt: skip
    words = (
        f"Among the 100 nearest hard negatives gain {value.value:+.1f} points more than among all "
        f"candidates ({low:+.1f} to {high:+.1f}, mean of {len(known)} ways)."
    )
    return Recomputed({"near_gain_points": value}, words, _by_seed(told), source=source(inputs))
