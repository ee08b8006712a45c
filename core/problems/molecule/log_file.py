"""The log of a run as the note's trainer writes it: training_logs.json, an entry an epoch."""

import json
from math import isfinite
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import UnavailableError
from core.history import History, epoch_steps
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.evaluation import PROBE
from core.problems.molecule.task import TERM
from core.runs.files import replace_file, write_atomically
from core.runs.reader import read_history

LOG_FILE: Final = "training_logs.json"
COLUMNS: Final = {
    "val_loss": f"val/{TERM}/raw",
    "probe_loss": f"{PROBE}/{TERM}/raw",
    "mrr": "val/mrr",
    "r@1": "val/recall_at_1",
    "r@5": "val/recall_at_5",
    "r@10": "val/recall_at_10",
    "near_mrr": "val_near/mrr",
}


def log_entries(history: History, start_epoch: int) -> list[dict[str, Any]]:
    """Give an entry for each evaluation after the first; what was not measured is null, not 0.

    Args:
        history: Of the run.
        start_epoch: Epochs that were behind its model; its own are counted from there.
    """
    evaluated = history.series.get("val/mrr")
    steps = [] if evaluated is None else [int(step) for step in evaluated.step if step > 0]
    length = epoch_steps(history) or 1
    entries = []
    for before, step in zip([0, *steps], steps, strict=False):
        told = {name: _at(history, metric, step) for name, metric in COLUMNS.items()}
        loss = _mean(history, f"train/{TERM}/raw", before, step)
        filled = _mean(history, "train/hard_filled", before, step)
        epoch = start_epoch + step / length
        entries.append({
            "epoch": int(epoch) if epoch == int(epoch) else epoch, "step": step,
            "train_loss": loss, **told, "hard_filled": filled,
        })  # fmt: skip
    return entries


def write_log(folder: Path, config: MoleculeConfig) -> None:
    """Write the log into run_<id> of a run folder, and of the output folder where one is given.

    Raises:
        UnavailableError: A folder cannot be written.
    """
    history = read_history(folder)
    options = dict(history.started.config) if history.started else {}
    entries = log_entries(history, config.start_epoch)
    text = json.dumps({"config": options, "epochs": entries}, indent=2, allow_nan=False).encode()
    name = Path(f"run_{config.run_id or folder.name}") / LOG_FILE
    _write(folder / name, text, write_atomically)
    if config.output_dir:
        _write(Path(config.output_dir) / name, text, replace_file)


def _write(path: Path, text: bytes, write: Any) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text)
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written ({error.strerror or error}). Make room there."
        ) from error


def _at(history: History, metric: str, step: int) -> float | None:
    series = history.series.get(metric)
    found = [] if series is None else series.value[series.step == step]
    return float(found[-1]) if len(found) and isfinite(found[-1]) else None


def _mean(history: History, metric: str, first: int, end: int) -> float | None:
    series = history.series.get(metric)
    if series is None:
        return None
    own = series.value[(series.step >= first) & (series.step < end)]
    own = own[np.isfinite(own)]
    return float(own.mean()) if len(own) else None
