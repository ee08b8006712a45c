"""Claims of the density note on figures of whole versions, its times and its steps."""

import math
from typing import Final

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.recorded import recorded_runs
from core.problems.sidechain.metrics.sequences import UNIFORM_PERPLEXITY
from core.problems.sidechain.reported.tables import note_settings, note_totals

SOURCE: Final = "the note's figures"
STARTED_H, ENDED_H = 20 + 34 / 60, 24 + 2 + 29 / 60  # L3
WARM_EPOCH, LAST_EPOCH, LAST_STEP = 27, 136, 257_285  # L17, L4, L5


def figure(version: str, quantity: str) -> float:
    """Give a figure that the note has for a whole version."""
    return next(t.value for t in note_totals() if (t.version, t.quantity) == (version, quantity))


def fall_of_accuracy(inputs: Inputs) -> Recomputed:
    """Subtract and divide the two accuracies."""
    del inputs
    before, after = (figure(version, "sequence_accuracy") for version in ("v4", "v5"))
    points, relative = after - before, 100 * (after / before - 1)
    values = {"points": Value(points, "points"), "relative": Value(relative, "%")}
    words = f"{before} to {after} %: {points:.1f} points, {relative:.1f} % of what it was."
    return Recomputed(values, words, source=SOURCE)


def rise_of_perplexity(inputs: Inputs) -> Recomputed:
    """Subtract and divide the two perplexities."""
    del inputs
    before, after = (figure(version, "perplexity") for version in ("v4", "v5"))
    ends = [after / (before + off) for off in (0.05, -0.05)]
    values = {
        "rise": Value(after - before),
        "factor": Value(after / before, "1", min(ends), max(ends)),
    }
    words = f"{after / before:.1f}-fold; as {before} is rounded, {ends[0]:.1f} to {ends[1]:.1f}."
    return Recomputed(values, words, source=SOURCE)


def giving_up(inputs: Inputs) -> Recomputed:
    """Divide the cross-entropy by that of a model that knows nothing."""
    perplexity, right = figure("v5", "perplexity"), figure("v5", "sequence_accuracy")
    nats, guess = math.log(perplexity), math.log(UNIFORM_PERPLEXITY)
    values = {
        "ce_over_uniform": Value(nats / guess),
        "nats_per_wrong_residue": Value(nats / (1 - right / 100)),
    }
    runs = recorded_runs(inputs, "sidechain")
    rows = tuple({"type loss weight": str(run.setting("type_loss_weight")),
                  "output": str(run.setting("output")), "perplexity": run.last("test/perplexity"),
                  "right types, %": 100 * run.last("test/sequence_accuracy")}
                 for run in runs)  # fmt: skip
    words = (
        f"{nats:.2f} nats, where a guess costs {guess:.2f}: worse than knowing nothing while "
        f"{right} % are right, {nats / (1 - right / 100):.1f} nats for each wrong one. That is "
        "confidently wrong, as a head is that stands still while what it reads moves on."
    )
    return Recomputed(values, words, rows, source=f"{SOURCE}, and recorded sample runs")


def atom_factor(inputs: Inputs) -> Recomputed:
    """Divide the two weights of the atom loss."""
    del inputs
    row = next(row for row in note_settings() if row["setting"] == "atom_loss_weight")
    factor = float(row["v5"]) / float(row["v4"])
    return Recomputed({"factor": Value(factor)}, f"{row['v5']} / {row['v4']}.", source=SOURCE)


def duration(inputs: Inputs) -> Recomputed:
    """Subtract the printed times, and scale them to 136 epochs at the pace of those since 27."""
    del inputs
    hours, run = ENDED_H - STARTED_H, LAST_EPOCH - WARM_EPOCH
    values = {"hours": Value(hours, "h"), "hours_for_136": Value(hours / run * LAST_EPOCH, "h")}
    words = (
        f"{hours:.2f} h between the printed times. If the counter went on from {WARM_EPOCH}, {run} "
        f"epochs were run in it, and {LAST_EPOCH} take {hours / run * LAST_EPOCH:.1f} h."
    )
    return Recomputed(values, words, source="the note")


def last_step(inputs: Inputs) -> Recomputed:
    """Divide the steps by the epochs, counted from 0 and from 1."""
    del inputs
    ways = {
        "0": ("epochs and steps from 0", (LAST_STEP + 1) / (LAST_EPOCH + 1)),
        "1": ("epochs and steps from 1", LAST_STEP / LAST_EPOCH),
        "warm": ("epochs since the warm start", LAST_STEP / (LAST_EPOCH - WARM_EPOCH)),
    }
    values = {f"whole_from_{key}": Value(float(steps.is_integer()), "yes")
              for key, (_, steps) in ways.items()}  # fmt: skip
    rows = tuple({"counted": name, "steps an epoch": steps} for name, steps in ways.values())
    words = (
        f"Step {LAST_STEP:,} ends epoch {LAST_EPOCH} if both count from 0: {LAST_EPOCH + 1} epochs "
        f"of {ways['0'][1]:,.0f} steps. No other way of counting gives a whole number."
    )
    return Recomputed(values, words, rows, source="the note")
