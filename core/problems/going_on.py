"""The model that a run goes on with: of an earlier run, or of a file."""

import pickle
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from core.errors import InputError
from core.runs.folder import CHECKPOINTS, find_run
from core.training.checkpoints import SUFFIX, load_checkpoint, newest_checkpoint

MODEL: Final = "model."
TORCH_SUFFIXES: Final = (".pt", ".pth")


def load_model(model: nn.Module, source: str) -> None:
    """Put the parameters of an earlier training into a model.

    Args:
        model: Of the same sizes.
        source: Id of a run, its newest checkpoint is taken; or a file, .safetensors as runs write
            it, or .pt with a plain state dict.

    Raises:
        InputError: There is no such run or file, it holds no checkpoint yet, or its parameters
            are those of another model.
    """
    state = _state(source)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise InputError("resume_from", expected="the parameters of this model",
                         came=str(error).splitlines()[-1].strip()[:160],
                         do="Choose the sizes of that model") from error  # fmt: skip


def check_source(source: str) -> None:
    """Look whether a run or file is there; a run may still wait for its training.

    Raises:
        InputError: It is not.
    """
    if not _path(source).is_file():
        find_run(source)


def _path(source: str) -> Path:
    return Path(source).expanduser()


def _state(source: str) -> dict[str, Tensor]:
    path = _path(source)
    if not path.is_file():
        folder = find_run(source)
        point, _ = newest_checkpoint(folder / CHECKPOINTS)
        if point is None:
            raise InputError("resume_from", expected="a run with a checkpoint",
                             came=f"{folder.name}, which has none",
                             do="Train that run first, or choose another")  # fmt: skip
        return _below(dict(point.tensors))
    if path.suffix == SUFFIX:
        return _below(dict(load_checkpoint(path).tensors))
    return _of_torch(path)


def _of_torch(path: Path) -> dict[str, Tensor]:
    if path.suffix not in TORCH_SUFFIXES:
        raise InputError("resume_from", expected=f"a run id, or a file {SUFFIX} or .pt",
                         came=path.name, do="Choose one of these")  # fmt: skip
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise InputError("resume_from", expected="a plain state dict (.pt)",
                         came=str(error).splitlines()[0][:120] if str(error) else "a broken file",
                         do="Save model.state_dict() alone") from error  # fmt: skip
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise InputError("resume_from", expected="a plain state dict (.pt)", came="another object",
                         do="Save model.state_dict() alone")  # fmt: skip
    return state


def _below(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(MODEL): t for key, t in tensors.items() if key.startswith(MODEL)}
