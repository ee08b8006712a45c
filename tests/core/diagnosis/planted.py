"""Histories made to measure: a healthy run, into which a test plants what it looks for."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.events import Event, Measured, Outcome, RunEnded, RunStarted, StageChanged
from core.history import History, collect_history

TERMS = ("ce", "spectrum", "precursor")
STEPS, STAGES = 6000, 10
EVERY, EVALUATE = 50, 250
Told = Mapping[str, tuple[np.ndarray, np.ndarray]]


def history_of(
    told: Told,
    *,
    stages: Sequence[StageChanged] = (),
    starts: Sequence[int] = (0,),
    total: int | None = STEPS,
    config: Mapping[str, object] | None = None,
    targets: Mapping[str, tuple[float, float]] | None = None,
    terms: tuple[str, ...] = TERMS,
    ended: Outcome | None = None,
) -> History:
    """Tell series, by key as (steps, values), in the order in which a run would."""
    by_step: dict[int, dict[str, float]] = {}
    for metric, (step, value) in told.items():
        for at, one in zip(step.tolist(), value.tolist(), strict=True):
            by_step.setdefault(at, {})[metric] = float(one)
    events: list[Event] = [Measured(at, float(at), by_step[at]) for at in sorted(by_step)]
    events += stages
    options = dict(config or {})
    events += [
        RunStarted(s, float(s), "toy", options, terms, total, dict(targets or {}))  # pyright: ignore
        for s in starts
    ]
    events.sort(key=lambda event: (event.step, isinstance(event, Measured), str(type(event))))
    if ended:
        events.append(RunEnded(max(by_step), 0.0, ended, ""))
    return collect_history(events)


def stage(name: str, first: int, end: int, weights: Mapping[str, float]) -> StageChanged:
    return StageChanged(first, float(first), name, end, dict(weights))


def ten_stages(weights: Mapping[str, float], steps: int = STEPS) -> list[StageChanged]:
    """Give ten equal stages; the first trains with the first term alone."""
    size = steps // STAGES
    first = {term: weight if term == "ce" else 0.0 for term, weight in weights.items()}
    return [
        stage(str(i + 1), i * size, (i + 1) * size, weights if i else first) for i in range(STAGES)
    ]


def healthy(seed: int = 0, steps: int = STEPS) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Make the series of a run that learns, with the noise of batches; shares near 65/15/20 %."""
    rng = np.random.default_rng(seed)
    every = np.arange(steps)
    measured, evaluated = every[::EVERY], np.arange(0, steps + 1, EVALUATE)
    told: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    course = {
        "ce": 0.15 + 2.8 * np.exp(-4 * every / steps),
        "spectrum": 0.1 + 0.85 * np.exp(-3 * every / steps),
        "precursor": 60 + 490 * np.exp(-3 * every / steps),
    }
    weights = {"ce": 1.0, "spectrum": 0.65, "precursor": 0.0017}
    begun = {"ce": 0, "spectrum": steps // STAGES, "precursor": steps // STAGES}
    parts = {}
    for term, values in course.items():
        raw = values * (1 + 0.06 * rng.standard_normal(steps))
        weight = np.where(every >= begun[term], weights[term], 0.0)
        parts[term] = raw * weight
        logged = (every >= begun[term]) | (every % EVERY == 0)
        told[f"train/{term}/raw"] = every[logged], raw[logged]
        told[f"train/{term}/weight"] = every, weight
    total = np.sum(list(parts.values()), axis=0)
    told["train/total_loss"] = every, total
    for term, part in parts.items():
        active = part > 0
        told[f"train/{term}/weighted"] = every[active], part[active]
        told[f"train/{term}/share"] = every[active], (100 * part / total)[active]
        pull = {"ce": 60.0, "spectrum": 25.0, "precursor": 15.0}[term]
        noisy = pull * (1 + 0.2 * rng.standard_normal(len(measured)))
        told[f"train/{term}/gradient_share"] = measured, noisy * active[::EVERY]
        told[f"train/{term}/dead_share"] = measured, 0.02 * rng.random(len(measured))
    n = len(evaluated)
    progress = 1 - np.exp(-4 * evaluated / steps)
    right = 0.08 + 0.82 * progress + 0.01 * rng.standard_normal(n)
    for split, drop in (("val_easy", 0.0), ("val_hard", 0.12)):
        token = np.clip(right - drop, 0, 1)
        told[f"{split}/residue_accuracy"] = evaluated, token
        told[f"{split}/peptide_accuracy"] = evaluated, token**7
        told[f"{split}/constant_residue_accuracy"] = evaluated, np.full(n, 0.12)
        told[f"{split}/residues"] = evaluated, np.full(n, 1400.0)
        told[f"{split}/peptides"] = evaluated, np.full(n, 200.0)
        ppm = 60_000 * np.exp(-7 * evaluated / steps) * np.exp(0.15 * rng.standard_normal(n))
        told[f"{split}/ppm_error"] = evaluated, ppm
        told[f"{split}/argmax_ppm_error"] = evaluated, 0.5 * ppm
        special = 0.17 * np.exp(-15 * evaluated / steps) + 0.002
        told[f"{split}/special_probability"] = evaluated, special
        told[f"{split}/signed_mass_error"] = evaluated, -special
    return told


def healthy_run(seed: int = 0, steps: int = STEPS, **planted: tuple[np.ndarray, np.ndarray]):
    """Collect a healthy run, with ten stages."""
    weights = {"ce": 1.0, "spectrum": 0.65, "precursor": 0.0017}
    told = healthy(seed, steps) | planted
    return history_of(told, stages=ten_stages(weights, steps), total=steps)


def until(told: Told, step: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Keep what a run had told before a step."""
    return {
        metric: (at[at < step], value[at < step])
        for metric, (at, value) in told.items()
        if (at < step).any()
    }
