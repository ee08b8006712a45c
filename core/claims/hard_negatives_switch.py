"""Claims of the note on hard negatives about the epoch of the switch, and about its alarm."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from core.claims.claim import Recomputed, Value
from core.claims.hard_negatives_faults import faulty_runs
from core.claims.hard_negatives_gains import NO_RUNS, SWITCHED, entries_of, runs_by_way, source
from core.claims.inputs import Inputs
from core.claims.recorded import Run, recorded_runs
from core.diagnosis.gain import student_interval
from core.problems.molecule.table import RANDOM

TOLD: Final = {"loss": "train_loss", "mrr": "mrr", "probe": "probe_loss"}


def at_the_switch(inputs: Inputs) -> Recomputed:
    """Compare loss, MRR and probe of the epochs on both sides of the switch."""
    groups = runs_by_way(inputs)
    switched = groups.get(SWITCHED, [])
    last = int(str(switched[0].setting("curriculum_epoch"))) if switched else 0
    rows = [row for name in (SWITCHED, RANDOM) for run in groups.get(name, [])
            if (row := _around(name, run, last))]  # fmt: skip
    own = [row for row in rows if row["batches"] == SWITCHED]
    values = {f"{key}_change": _mean_change(own, key) for key in TOLD}
    random = {key: _mean_change([r for r in rows if r["batches"] == RANDOM], key) for key in TOLD}
    words = (
        f"From epoch {last} to {last + 1} the training loss changes by "
        f"{values['loss_change'].value:+.3f}, the MRR by {values['mrr_change'].value:+.4f} and the "
        f"loss on fixed random batches by {values['probe_change'].value:+.4f} ({len(own)} seeds); "
        f"without a switch by {random['loss'].value:+.3f}, {random['mrr'].value:+.4f} and "
        f"{random['probe'].value:+.4f}. The probe tells harder batches from a worse model."
    )
    needs = "" if own else NO_RUNS
    return Recomputed(values, words, tuple(rows), source=source(inputs), needs=needs)


def _around(name: str, run: Run, last: int) -> dict[str, str | float]:
    """Give the values of the epochs on both sides; nothing where one was not evaluated."""
    told = {entry["epoch"]: entry for entry in entries_of(run)}
    if last not in told or last + 1 not in told:
        return {}
    row: dict[str, str | float] = {"batches": name, "seed": str(run.setting("seed"))}
    for key, metric in TOLD.items():
        row |= {f"{key} before": _number(told[last][metric]),
                f"{key} after": _number(told[last + 1][metric])}  # fmt: skip
    return row


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _mean_change(rows: Sequence[dict[str, Any]], key: str) -> Value:
    change = np.array([row[f"{key} after"] - row[f"{key} before"] for row in rows])
    if not len(change):
        return Value(float("nan"))
    low, high = student_interval(change)
    return Value(float(change.mean()), "1", low, high, len(change))


def note_alarm(inputs: Inputs) -> Recomputed:
    """Count runs with the note's sign: recorded healthy ones, and small ones with a fault."""
    recorded = [entries_of(run) for run in recorded_runs(inputs, "molecule")]
    faulty = faulty_runs(inputs)
    values: dict[str, Value] = {}
    for name, times in (("once", 1), ("twice", 2)):
        values[f"healthy_alarmed_{name}"] = _share([alarms(one, times) for one in recorded])
        values[f"faulty_alarmed_{name}"] = _share([alarms(one, times) for one in faulty.values()])
    told = {key: value.value for key, value in values.items()}
    rows = tuple({"fault": name, "epoch": e["epoch"], "loss": e["train_loss"], "MRR": e["mrr"]}
                 for name, entries in faulty.items() for e in entries)  # fmt: skip
    words = (
        f"Once it rings in {told['healthy_alarmed_once']:.0f} % of {len(recorded)} healthy runs "
        f"and in {told['faulty_alarmed_once']:.0f} % of {len(faulty)} with a planted fault; two "
        f"epochs running, in {told['healthy_alarmed_twice']:.0f} and "
        f"{told['faulty_alarmed_twice']:.0f} %: after its jump the loss falls again."
    )
    where = f"{source(inputs)}, and {len(faulty)} small trainings with a planted fault"
    return Recomputed(values, words, rows, source=where)


def alarms(entries: Sequence[dict[str, Any]], times: int) -> bool:
    """Say whether the MRR falls and the loss rises so many epochs running."""
    mrr, loss = (np.diff([_number(e[name]) for e in entries]) for name in ("mrr", "train_loss"))
    both = (mrr < 0) & (loss > 0)
    return bool(np.lib.stride_tricks.sliding_window_view(both, times).all(axis=1).any())


def _share(told: Sequence[bool]) -> Value:
    return Value(100 * float(np.mean(told)) if told else float("nan"), "%", n=len(told))
