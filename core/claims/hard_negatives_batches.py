"""Claims of the note on hard negatives about what batches hold, and from when on."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from jaxtyping import Float

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.molecule_data import epoch_set, options_for
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.epoch_steps import with_epochs
from core.problems.molecule.presets import PRESETS
from core.samplers.composition import BATCH, CLUSTERS, SIZE, largest_by_chance, run_quick_test
from core.samplers.epoch import Epoch
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions, hard_slots, is_hard_epoch

BATCH_SIZE: Final = 32  # L48
CURRICULUM: Final = 5  # L61
RESUMED_AT: Final = 8  # epochs behind a run that goes on
DOMINANT: Final = 6  # members of the largest cluster, L294
EPOCH_STEPS: Final = 100


def half_hard(inputs: Inputs) -> Recomputed:
    """Draw an epoch with a hard ratio of 0.5, batch after batch and planned."""
    options = BatchOptions(hard_ratio=0.5, batch_size=BATCH_SIZE, seed=inputs.seed)
    drawn = _drawn(inputs, options)
    asked = 100 * hard_slots(0.5, BATCH_SIZE) / (BATCH_SIZE - 1)
    values = {
        "asked_percent": Value(asked, "%"),
        "filled_last_percent": Value(100 * float(_hard_share(drawn["sequential"])[-1]), "%"),
        "filled_planned_percent": Value(100 * float(_hard_share(drawn["planned"])[-1]), "%"),
    }
    words = (
        f"{hard_slots(0.5, BATCH_SIZE)} of {BATCH_SIZE - 1} negatives are asked for. Batch after "
        f"batch {values['filled_last_percent'].value:.0f} % are hard in the last tenth of an "
        "epoch, as random rests took the neighbours; planned together "
        f"{values['filled_planned_percent'].value:.0f} %."
    )
    return _told(inputs, values, words, drawn)


def all_hard(inputs: Inputs) -> Recomputed:
    """Draw an epoch with a hard ratio of 1, batch after batch."""
    options = BatchOptions(hard_ratio=1.0, batch_size=BATCH_SIZE, seed=inputs.seed)
    drawn = _drawn(inputs, options)
    share = 100 * _hard_share(drawn["sequential"])
    values = {
        "filled_first_percent": Value(float(share[0]), "%"),
        "filled_last_percent": Value(float(share[-1]), "%"),
    }
    words = f"{share[0]:.0f} % of the negatives are neighbours at first, {share[-1]:.0f} % at last."
    return _told(inputs, values, words, drawn)


def _drawn(inputs: Inputs, options: BatchOptions) -> dict[str, Epoch]:
    pool = epoch_set(inputs).pool
    asked = options_for(pool, options)
    return {method: draw_epoch(pool, replace(asked, method=method), 0)
            for method in ("sequential", "planned")}  # fmt: skip


def _hard_share(epoch: Epoch) -> Float[np.ndarray, " parts"]:
    """Give the share of hard ones among the negatives of pivots, by tenth of the epoch."""
    parts = min(10, len(epoch.asked))
    split = (np.array_split(counts, parts) for counts in (epoch.filled, epoch.sizes - 1))
    return np.array([filled.sum() / size.sum() for filled, size in zip(*split, strict=True)])


def _told(
    inputs: Inputs, values: dict[str, Value], words: str, drawn: dict[str, Epoch]
) -> Recomputed:
    share = {method: 100 * _hard_share(epoch) for method, epoch in drawn.items()}
    curves = tuple(Curve(method, tuple(map(float, range(1, len(of) + 1))), tuple(of.tolist()))
                   for method, of in share.items())  # fmt: skip
    axes = ("tenth of the epoch", "hard negatives, %")
    return Recomputed(values, words, (), curves, axes, epoch_set(inputs).source)


def first_hard_epoch(inputs: Inputs) -> Recomputed:
    """Find the first epoch with hard batches, of a run from the start and of one that goes on."""
    del inputs
    options = BatchOptions(curriculum_epoch=CURRICULUM, batch_size=BATCH_SIZE)
    first = {start: 1 + next(e for e in range(start, 99) if is_hard_epoch(options, e))
             for start in (0, RESUMED_AT)}  # fmt: skip
    values = {
        "first_hard_epoch": Value(float(first[0]), "epoch"),
        "first_hard_epoch_resumed": Value(float(first[RESUMED_AT]), "epoch"),
    }
    words = (
        f"Counted from 1, epoch {first[0]}. A run that goes on at epoch {RESUMED_AT + 1} is hard "
        "at once here; a switch that is thrown in that very epoch would never be."
    )
    return Recomputed(values, words)


def quick_test(inputs: Inputs) -> Recomputed:
    """Compute how often a random batch has six of one cluster, and draw 100 batches."""
    chance = largest_by_chance()
    drawn = {k: run_quick_test(k, inputs.seed) for k in (SIZE - 1, 100)}
    own, others = SIZE - 1, CLUSTERS * SIZE - 1
    share = {k: min(k, own) / min(k, others) for k in drawn}
    values = {
        "chance_of_6_percent": Value(100 * float(chance[DOMINANT:].sum()), "%"),
        # Of neighbours that are drawn evenly from the k nearest.
        "distinct_from_random_k100": Value(float(share[100] > own / others + 1e-9), "yes"),
    }
    rows = tuple({"k": float(min(k, others)), "neighbours of the own cluster, %": 100 * share[k],
                  "batches with 6 or more here, %": 100 * float(test.largest[DOMINANT:].sum())
                  / float(test.largest.sum())} for k, test in drawn.items())  # fmt: skip
    sizes, near = tuple(map(float, range(BATCH + 1))), drawn[own].largest
    curves = (
        Curve("random", sizes, tuple((100 * chance).tolist())),
        Curve("hard 0.5, k 19", sizes, tuple((100 * near / near.sum()).tolist())),
    )
    words = (
        f"A random batch of {BATCH} has {DOMINANT} or more of one cluster in "
        f"{100 * chance[DOMINANT:].sum():.1f} % of the cases: one batch is weak evidence, 100 are "
        f"not. With k = 100 everybody is a neighbour, and an even draw from them is random."
    )
    axes = ("members of the largest cluster", "batches, %")
    return Recomputed(values, words, rows, curves, axes, "100 synthetic embeddings in 5 clusters")


def second_step(inputs: Inputs) -> Recomputed:
    """Count the epochs of the second step of the hardening, as this trainer makes them."""
    del inputs
    task = SimpleNamespace(epoch_steps=EPOCH_STEPS)
    rows = []
    for name, preset in PRESETS["progressive"].runs.items():
        options: dict[str, Any] = dict(preset)
        config = with_epochs(MoleculeConfig(**options), task)
        rows.append({"step": name, "starts behind epoch": float(config.start_epoch),
                     "epochs": config.steps / EPOCH_STEPS})  # fmt: skip
    values = {"epochs_run": Value(float(rows[1]["epochs"]), "epoch")}
    words = "`epochs` is the last epoch, not a number of further ones: 11 to 20 in the second step."
    return Recomputed(values, words, tuple(rows), source="the preset of the note's strategy")
