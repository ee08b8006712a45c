"""The model of an earlier run, to go on with."""

from torch import nn

from core.errors import InputError
from core.runs.folder import CHECKPOINTS, find_run
from core.training.checkpoints import newest_checkpoint

MODEL = "model."


def load_model(model: nn.Module, run_id: str) -> None:
    """Put the parameters of a run's newest checkpoint into a model of the same sizes.

    Raises:
        InputError: There is no such run, it has no checkpoint yet, or its model is another one.
    """
    folder = find_run(run_id)
    point, _ = newest_checkpoint(folder / CHECKPOINTS)
    if point is None:
        raise InputError("resume_from", expected="a run with a checkpoint",
                         came=f"{folder.name}, which has none",
                         do="Train that run first, or choose another")  # fmt: skip
    state = {k.removeprefix(MODEL): t for k, t in point.tensors.items() if k.startswith(MODEL)}
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise InputError("resume_from", expected="the parameters of this model",
                         came=str(error).splitlines()[-1].strip()[:160],
                         do="Choose the same width, layers and density") from error  # fmt: skip
