"""Options that several problems share: one wording, one range, one meaning."""

from typing import Any, Final

from core.errors import InputError
from core.training.config import MACHINE, RUN
from core.training.settings import setting

DATA, MODEL, LOSSES = "Data", "Model", "Losses"
ANY_STEPS: Final = 10_000_000


def steps_or_epochs() -> Any:
    """Updates in all, where epochs may decide instead."""
    return setting(
        0, label="steps", help="Optimiser updates in all; 0: the epochs decide.",
        low=0, high=ANY_STEPS, group=RUN,
    )  # fmt: skip


def evaluations(*, shapes: bool = True) -> Any:
    """How often a run is evaluated, where an epoch is the default."""
    return setting(
        0, label="evaluate every", help="How often the held-out examples are evaluated; 0: after "
        "every epoch.", unit="steps", low=0, high=ANY_STEPS, group=RUN, shapes=shapes,
    )  # fmt: skip


def checkpoints(every: int) -> Any:
    """How often a run is kept."""
    return setting(
        every, label="checkpoint every", help="At most so much is lost when a run is killed.",
        unit="steps", low=1, high=ANY_STEPS, group=MACHINE, shapes=False,
    )  # fmt: skip


def data_seed(of_what: str) -> Any:
    """Seed of what is trained on; of `of_what` stands in its help."""
    return setting(
        0, label="seed of the data", help=f"Of {of_what} and of the split; the other seed leaves "
        "these alone.", low=0, high=2**31 - 1, group=DATA,
    )  # fmt: skip


def hidden_width(default: int, of_what: str, *, high: int = 1024) -> Any:
    """Numbers inside a model."""
    return setting(
        default, label="model width", help=f"Numbers that the model keeps for {of_what}.",
        low=8, high=high, group=MODEL,
    )  # fmt: skip


def structure_folder(of_what: str, otherwise: str) -> Any:
    """Folder of real structures."""
    return setting(
        "", label="structures", help=f"Folder of {of_what}. Empty: {otherwise}.", group=DATA,
    )  # fmt: skip


def synthetic_residues() -> Any:
    """How many residues are made where no structures are given."""
    return setting(
        20_000, label="synthetic residues", help="How many ideal residues get a rotamer, where no "
        "structures are given.", low=100, high=200_000, group=DATA,
    )  # fmt: skip


def going_on() -> Any:
    """The model that a run begins with."""
    return setting(
        "", label="go on from", help="A run of this problem by its id, or a checkpoint: its model "
        "is the start, with a new optimiser.", group=RUN,
    )  # fmt: skip


def output_folder(what: str) -> Any:
    """Where files that users of a problem expect are copied."""
    return setting(
        "", label="output folder", help=f"Where {what} copied; the run folder has it too.",
        group=MACHINE, shapes=False,
    )  # fmt: skip


def refuse(option: str, expected: str, came: object) -> None:
    """Raise the error of an option that does not fit.

    Raises:
        InputError: Always.
    """
    raise InputError(option, expected=expected, came=f"{came}", do="Change this option")
