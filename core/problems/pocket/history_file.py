"""The history of a run as the cosine note's trainer writes it: JSON, one value an epoch."""

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import UnavailableError
from core.history import History, Series
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.results import loss_kind
from core.runs.files import replace_file, write_atomically
from core.runs.folder import CHECKPOINTS
from core.runs.reader import read_history
from core.training.checkpoints import BEST, SUFFIX

HISTORY_FILE: Final = "training_history.json"
BEST_MODEL: Final = f"best_model{SUFFIX}"
# Keys of the file and the metrics that they hold, one value an evaluation after the first.
COLUMNS: Final = {
    "val_loss": "val/cosine_loss",
    "val_cosine_similarity": "val/avg_cosine_similarity",
    "val_mse_loss": "val/mse_loss",
}
WEIGHTS: Final = "model/"


def history_columns(history: History) -> dict[str, Any]:
    """Turn a run into the keys of the note.

    `val_loss` is the cosine loss whatever was trained, as in the note; which loss that was stands
    in `config`. `train_loss` is the mean over the epoch of what was minimised. What was measured
    before the first update has no place in the file.
    """
    evaluations = _after_start(history, "val/cosine_loss")
    ends = [] if evaluations is None else evaluations.step.tolist()
    columns: dict[str, Any] = {"train_loss": _means_between(history, ends)}
    for name, metric in COLUMNS.items():
        columns[name] = _values(history, metric)
    columns["learnable_weights"] = {
        metric.removeprefix(WEIGHTS): _values(history, metric)
        for metric in history.series
        if metric.startswith(WEIGHTS)
    }
    config = dict(history.started.config) if history.started else {}
    # One term alone, or a schedule of one's own, trains something else than the option says.
    columns["config"] = config | {"loss_fn": loss_kind(history) or config.get("loss_fn")}
    return columns


def write_files(folder: Path, config: PocketConfig) -> None:
    """Write the history into a run folder; with the best checkpoint into the output folder too.

    Raises:
        UnavailableError: A folder cannot be written.
    """
    text = json.dumps(history_columns(read_history(folder)), indent=2).encode()
    write_atomically(folder / HISTORY_FILE, text)
    if not config.output_dir:
        return
    out = Path(config.output_dir)
    try:
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / HISTORY_FILE, text)
        best = folder / CHECKPOINTS / f"{BEST}{SUFFIX}"
        if best.is_file():
            shutil.copyfile(best, out / BEST_MODEL)
    except OSError as error:
        raise UnavailableError(
            f"The output folder {out} cannot be written ({error.strerror or error}). The run "
            f"folder {folder} has the same files."
        ) from error


def _after_start(history: History, metric: str) -> Series | None:
    series = history.series.get(metric)
    if series is None:
        return None
    kept = series.step > 0
    return Series(metric, series.step[kept], series.time_s[kept], series.value[kept])


def _values(history: History, metric: str) -> list[float]:
    series = _after_start(history, metric)
    return [] if series is None else series.value.tolist()


def _means_between(history: History, ends: list[int]) -> list[float]:
    """Average the training loss over the updates before each evaluation."""
    losses = history.series.get("train/total_loss")
    if losses is None:
        return []
    at = np.searchsorted(losses.step, [0, *ends])
    return [float(losses.value[a:b].mean()) if b > a else float("nan") for a, b in pairwise(at)]
