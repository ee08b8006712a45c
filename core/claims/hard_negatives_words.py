"""Claims of the note on hard negatives that its own other lines settle."""

import math
from typing import Final

import numpy as np

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.recorded import recorded_runs, source_of
from core.diagnosis.contrastive_runs import LOSS
from core.problems.molecule.table import NOTE, RANDOM

LATEST_EPOCH: Final = 5  # that it recommends, L115
REMEDY_EPOCH: Final = 10  # to which it moves the switch on trouble, L202
BANDS: Final = {"start": ((0.3, 0.5), (0.4, 0.5)), "fine": ((0.7, 0.9), (0.6, 0.8))}  # L91-97
BATCH_SIZES: Final = (32, 64, 128, 256)
LOGGED: Final = frozenset({"epoch", "train_loss", "mrr"})  # what its log lines hold, L179-195
SETTINGS: Final = ("hard_negatives", "hard_ratio", "hardness_k", "curriculum_epoch", "batch_size",
                   "learning_rate", "seed", "epochs")  # fmt: skip


def advised_epochs(inputs: Inputs) -> Recomputed:
    """Subtract the latest recommended epoch from the one that is the remedy."""
    del inputs
    apart = float(REMEDY_EPOCH - LATEST_EPOCH)
    words = (
        f"Recommended are epochs up to {LATEST_EPOCH}, and from {REMEDY_EPOCH} on it is too late; "
        f"on trouble one is to move from {LATEST_EPOCH} to {REMEDY_EPOCH}."
    )
    return Recomputed({"advised_apart": Value(apart, "epoch")}, words, source="the note")


def ratio_bands(inputs: Inputs) -> Recomputed:
    """Compare the two bands of either case, and the best row of its table with the advice."""
    del inputs
    best = max(NOTE, key=lambda name: NOTE[name][0])
    ratio = float(best.split()[1]) if best != RANDOM else 0.0
    low, high = BANDS["start"][1]
    values = {f"bands_agree_{name}": Value(float(one == other), "yes")
              for name, (one, other) in BANDS.items()}  # fmt: skip
    values["best_row_is_advised"] = Value(float(low <= ratio <= high), "yes")
    rows = tuple({"case": name, "one": f"{one[0]:g} to {one[1]:g}",
                  "other": f"{other[0]:g} to {other[1]:g}"}
                 for name, (one, other) in BANDS.items())  # fmt: skip
    words = (
        f"The bands overlap and differ. The best row of the table has a ratio of {ratio:g}, where "
        f"{low:g} to {high:g} is the advice for a fresh start."
    )
    return Recomputed(values, words, rows, source="the note")


def loss_of_guessing(inputs: Inputs) -> Recomputed:
    """Give the loss of a guess in a batch, beside the losses of recorded runs."""
    runs = recorded_runs(inputs, "molecule")
    sizes = {size: math.log(size) for size in BATCH_SIZES}
    values = {"chance_loss": Value(sizes[32])}
    rows = tuple({"batch": float(size), "loss of guessing": loss} for size, loss in sizes.items())
    last = [float(np.mean(run.history.series[LOSS].value[-50:])) for run in runs]
    ours = f" Recorded runs end at {min(last):.2f} to {max(last):.2f}." if last else ""
    words = (
        f"Guessing among 32 costs ln 32 = {sizes[32]:.3f}: losses above it are worse than knowing "
        f"nothing, and an MRR above .3 is not. ln 64 = {sizes[64]:.3f}.{ours}"
    )
    return Recomputed(values, words, rows, source=source_of(inputs, runs) if runs else "formula")


def gains_of_table(inputs: Inputs) -> Recomputed:
    """Divide the MRR of the table's rows by that of its first."""
    del inputs
    base = np.array(NOTE[RANDOM])
    keys = {"hard 0.5": "05", "hard 0.5 from epoch 6": "curriculum", "hard 0.7": "07"}
    gain = {name: 100 * (np.array(NOTE[name]) / base - 1) for name in keys}
    values = {f"gain_{key}": Value(float(gain[name][0]), "%") for name, key in keys.items()}
    names = ("MRR, %", "R@1, %", "R@5, %")
    rows = tuple({"batches": name, **dict(zip(names, told.tolist(), strict=True))}
                 for name, told in gain.items())  # fmt: skip
    words = "The gains follow from the table's own figures; whether those were measured is S3-15."
    return Recomputed(values, words, rows, source="the note's table")


def what_logs_hold(inputs: Inputs) -> Recomputed:
    """Count which settings a log must hold to compare two runs, and which it does."""
    runs = recorded_runs(inputs, "molecule")
    kept = [name for name in SETTINGS if runs and runs[0].setting(name) is not None]
    share = 100 * len(LOGGED & set(SETTINGS)) / len(SETTINGS)
    values = {
        "settings_in_note_log_percent": Value(share, "%"),
        "settings_in_our_runs_percent": Value(100 * len(kept) / len(SETTINGS), "%"),
    }
    rows = tuple({"setting": name, "in the note's log": str(name in LOGGED),
                  "in our runs": str(name in kept)} for name in SETTINGS)  # fmt: skip
    words = (
        "Epoch, loss and scores do not say how batches were drawn, nor from which seed: of two "
        "logs nobody can tell what differs. Run folders here keep every setting."
    )
    return Recomputed(values, words, rows, source=source_of(inputs, runs))
