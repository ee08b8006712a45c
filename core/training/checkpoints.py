"""Checkpoints in safetensors: all that training needs to go on as if it had never stopped."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from core.errors import InputError, UnavailableError
from core.events import Plain

FORMAT = "1"
SUFFIX = ".safetensors"
BEST = "best"
START_AFRESH = "Delete this file, or start a new run"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of training after a number of steps.

    Args:
        step: Optimiser steps that are done.
        digest: Names the configuration, `settings.digest`.
        tensors: By name: `model.*`, `optimiser.<parameter>.*`, `random.*`.
        state: Whatever else, as plain values.
    """

    step: int
    digest: str
    tensors: Mapping[str, Tensor]
    state: Mapping[str, Plain] = field(default_factory=dict)


def capture(
    step: int,
    digest: str,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    state: Mapping[str, Plain],
) -> Checkpoint:
    """Copy the state of training to the CPU."""
    tensors = {f"model.{name}": _copy(value) for name, value in model.state_dict().items()}
    for index, entry in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": _copy(value) for name, value in entry.items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    return Checkpoint(step, digest, tensors, state)


def restore(
    checkpoint: Checkpoint, digest: str, model: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    """Put a checkpoint back, on whatever device the model is.

    Raises:
        InputError: It belongs to another configuration or another model.
    """
    if checkpoint.digest != digest:
        raise InputError(
            f"checkpoint of step {checkpoint.step:,}",
            expected=f"the configuration {digest[:12]}",
            came=f"one of the configuration {checkpoint.digest[:12]}",
            do="Resume with the configuration that it was made with, or start a new run",
        )
    try:
        model.load_state_dict(_below(checkpoint.tensors, "model."))
    except RuntimeError as error:
        raise InputError(
            f"checkpoint of step {checkpoint.step:,}",
            expected="the parameters of this model",
            came=str(error).splitlines()[-1].strip(),
            do=START_AFRESH,
        ) from error
    entries: dict[int, dict[str, Tensor]] = {}
    for key, value in _below(checkpoint.tensors, "optimiser.").items():
        index, _, name = key.partition(".")
        entries.setdefault(int(index), {})[name] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": entries, "param_groups": groups})
    torch.set_rng_state(checkpoint.tensors["random.cpu"])
    if "random.cuda" in checkpoint.tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(checkpoint.tensors["random.cuda"])


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, keep: int) -> Path:
    """Write a checkpoint under a name that appears only when it is whole; delete the oldest.

    Args:
        folder: Created where it is not there.
        checkpoint: From `capture`.
        keep: How many stay, 1 or more.

    Raises:
        UnavailableError: The disk is full or read-only; older checkpoints stay as they were.
    """
    path = folder / f"step_{checkpoint.step:09}{SUFFIX}"
    _write(path, checkpoint)
    try:
        _prune(folder, path, keep)
    except OSError as error:
        raise _cannot_write(path.parent, checkpoint, error) from error
    return path


def save_best(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write the state of the best evaluation beside the others, in place of the one before.

    Nothing resumes from it; it is there to predict with.

    Raises:
        UnavailableError: The disk is full or read-only; the one before stays as it was.
    """
    path = folder / f"{BEST}{SUFFIX}"
    _write(path, checkpoint)
    return path


def _write(path: Path, checkpoint: Checkpoint) -> None:
    part = path.with_suffix(".part")
    about = {
        "format": FORMAT,
        "step": str(checkpoint.step),
        "digest": checkpoint.digest,
        "state": json.dumps(checkpoint.state),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(checkpoint.tensors), part, about)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise _cannot_write(path.parent, checkpoint, error) from error


def _cannot_write(folder: Path, checkpoint: Checkpoint, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"The checkpoint of step {checkpoint.step:,} cannot be written to {folder} ({error}). "
        "Make room there, then resume."
    )


def _prune(folder: Path, newest: Path, keep: int) -> None:
    """Delete the oldest, and those of later steps: the run went on from before them."""
    later = [path for path in list_checkpoints(folder) if path.name > newest.name]
    rest = [path for path in list_checkpoints(folder) if path.name <= newest.name]
    for path in (*later, *rest[keep:]):
        path.unlink(missing_ok=True)


def list_checkpoints(folder: Path) -> list[Path]:
    """List the checkpoints of a folder, newest first."""
    return sorted(folder.glob(f"step_*{SUFFIX}"), reverse=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint to the CPU.

    Raises:
        InputError: The file is not there, breaks off, or was written by another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("format") != FORMAT:
                came = f"format {about.get('format', 'unknown')}"
                raise InputError(path.name, expected=f"format {FORMAT}", came=came, do=START_AFRESH)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Checkpoint(
                int(about["step"]), about["digest"], tensors, json.loads(about["state"])
            )
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(
            path.name,
            expected="a whole checkpoint",
            came=f"a file that breaks off or is damaged ({error})",
            do="An older checkpoint is used where there is one",
        ) from error


def newest_checkpoint(folder: Path) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """Find the newest checkpoint that can be read.

    Returns:
        The checkpoint, None where there is none; and a sentence for each that was passed over.
    """
    skipped: list[str] = []
    for path in list_checkpoints(folder):
        try:
            return load_checkpoint(path), tuple(skipped)
        except InputError as error:
            skipped.append(f"Passed over a checkpoint: {error}")
    return None, tuple(skipped)


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}


def _copy(value: Any) -> Tensor:
    # Tied parameters share memory, which safetensors refuses: each name gets a copy of its own.
    return torch.as_tensor(value).detach().to("cpu", copy=True).contiguous()
