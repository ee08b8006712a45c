"""What every training run can be told; each problem adds its own options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.balance.shares import Band
from core.errors import InputError
from core.events import Plain
from core.training import schedule_text
from core.training.curriculum import Schedule
from core.training.settings import check_settings, setting

DEVICES = ("auto", "cpu", "cuda", "mps")
BALANCING = ("schedule", "targets")
RUN, OPTIMISER, BALANCE, MACHINE = "Run", "Optimiser", "Balance", "Machine"


def encode_targets(targets: Mapping[str, Band]) -> Plain:
    """Turn target shares into plain values: term -> [low, high] in percent."""
    return {term: [band.low_percent, band.high_percent] for term, band in targets.items()}


def decode_targets(plain: Any) -> dict[str, Band]:
    """Read target shares from plain values.

    Raises:
        InputError: Not a mapping from terms to two percentages, or a band that cannot be met.

    Example:
        >>> str(decode_targets({"ce": [60, 70]})["ce"])
        '60–70 %'
    """
    try:
        pairs = {str(term): (float(low), float(high)) for term, (low, high) in plain.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            "targets",
            expected="a mapping from each term to [low, high] in percent",
            came=repr(plain)[:60],
            do="Change this option",
        ) from error
    return {term: Band(low, high) for term, (low, high) in pairs.items()}


def encode_schedule(schedule: Schedule | None) -> Plain:
    """Turn a schedule into plain values; None stays None."""
    plain: Any = None if schedule is None else schedule_text.to_plain(schedule)
    return plain


def decode_schedule(plain: Any) -> Schedule | None:
    """Read a schedule from plain values; None stays None.

    Raises:
        InputError: As `schedule_text.from_plain`.
    """
    return None if plain is None else schedule_text.from_plain(plain)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Options of the training loop; labels, units, ranges and meaning stand in the fields.

    Raises:
        InputError: An option lies outside its range.

    Example:
        >>> TrainingConfig(batch_size=4096)
        Traceback (most recent call last):
        core.errors.InputError: batch_size: expected 1 to 1,024, came 4,096. Change this option.
    """

    steps: int = setting(
        6000, label="steps", help="Optimiser updates in all; a schedule is stretched to them.",
        low=1, high=10_000_000, group=RUN,
    )  # fmt: skip
    batch_size: int = setting(
        64, label="batch size", help="Examples of one update.", low=1, high=1024, group=RUN
    )
    seed: int = setting(
        0, label="seed", help="Seed of the parameters and of the batches.",
        low=0, high=2**31 - 1, group=RUN,
    )  # fmt: skip
    solo: str = setting(
        "", label="one term alone",
        help="Train with this term only; the others are measured. Empty: with all.", group=RUN,
    )  # fmt: skip
    learning_rate: float = setting(
        1e-3, label="learning rate", help="Of Adam, after the warm-up.",
        low=1e-8, high=1.0, group=OPTIMISER, aliases=("lr",),
    )  # fmt: skip
    warmup_steps: int = setting(
        50, label="warm-up", help="The learning rate rises from 0 over these steps.",
        unit="steps", low=0, high=1_000_000, group=OPTIMISER,
    )  # fmt: skip
    final_rate: float = setting(
        1.0, label="final learning rate",
        help="Falls along a cosine to this fraction of the learning rate; 1 keeps it constant.",
        low=0.0, high=1.0, group=OPTIMISER,
    )  # fmt: skip
    beta1: float = setting(
        0.9, label="Adam β₁", help="Memory of the mean of the gradient.",
        low=0.0, high=0.9999, group=OPTIMISER,
    )  # fmt: skip
    beta2: float = setting(
        0.999, label="Adam β₂", help="Memory of the mean square of the gradient.",
        low=0.0, high=0.999999, group=OPTIMISER,
    )  # fmt: skip
    clip_norm: float = setting(
        1.0, label="clip gradients at",
        help="A longer gradient is shortened to this norm.", low=1e-6, high=1e9, group=OPTIMISER,
    )  # fmt: skip
    patience: int = setting(
        0, label="early stopping after",
        help="Evaluations without a better watched metric after which the run ends; 0: never.",
        unit="evaluations", low=0, high=1_000_000, group=RUN,
    )  # fmt: skip
    min_improvement: float = setting(
        0.0, label="least improvement",
        help="By how much the watched metric must beat its best to count as better.",
        low=0.0, high=1e9, group=RUN,
    )  # fmt: skip
    plateau_patience: int = setting(
        0, label="lower the rate after",
        help="Evaluations without a better watched metric after which the learning rate is "
        "multiplied by the factor below; 0: never.",
        unit="evaluations", low=0, high=1_000_000, group=OPTIMISER,
    )  # fmt: skip
    plateau_factor: float = setting(
        0.5, label="lower the rate by", help="The factor of the learning rate on a plateau.",
        low=0.01, high=1.0, group=OPTIMISER,
    )  # fmt: skip
    balancing: str = setting(
        "schedule", label="weights", choices=BALANCING, group=BALANCE,
        help="schedule: as written; targets: they follow so that shares stay in their bands.",
    )  # fmt: skip
    targets: dict[str, Band] = setting(  # noqa: RUF009 - makes a field, as field() does
        {}, label="target shares", help="Wanted share of each term of the total loss.",
        unit="%", group=BALANCE, encode=encode_targets, decode=decode_targets,
    )  # fmt: skip
    schedule: Schedule | None = setting(  # noqa: RUF009 - the same
        None, label="schedule", help="Stages with their weights; none: that of the experiment.",
        group=BALANCE, encode=encode_schedule, decode=decode_schedule,
    )  # fmt: skip
    gradient_every: int = setting(
        50, label="gradient shares every",
        help="How often gradient norms, shares and conflicts of all terms are measured.",
        unit="steps", low=1, high=1_000_000, group=RUN,
    )  # fmt: skip
    eval_every: int = setting(
        250, label="evaluate every", help="How often the held-out sets are evaluated.",
        unit="steps", low=1, high=10_000_000, group=RUN, shapes=False,
    )  # fmt: skip
    checkpoint_every: int = setting(
        500, label="checkpoint every", help="At most so much is lost when a run is killed.",
        unit="steps", low=1, high=10_000_000, group=MACHINE, shapes=False,
    )  # fmt: skip
    keep_checkpoints: int = setting(
        2, label="checkpoints kept", help="Older ones are deleted.",
        low=1, high=1000, group=MACHINE, shapes=False,
    )  # fmt: skip
    device: str = setting(
        "auto", label="device", choices=DEVICES, group=MACHINE, shapes=False,
        help="auto: CUDA where it is there, else MPS, else the CPU.",
    )  # fmt: skip
    threads: int = setting(
        0, label="threads", help="Of torch on the CPU; 0 leaves it to torch. A resumed run is "
        "the same to the last bit only with the same number.",
        low=0, high=1024, group=MACHINE, shapes=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check every option, those of a problem too."""
        check_settings(self)


def resolve_path(
    config: TrainingConfig, option: str, expected: str, is_right: Callable[[Path], bool]
) -> None:
    """Check a path among the options and make it absolute: a run stands in another folder.

    Args:
        config: While it is made; an empty option stays empty.
        option: Its name.
        expected: What the path should be, in words.
        is_right: Whether it is.

    Raises:
        InputError: It is not.
    """
    if not (value := str(getattr(config, option))):
        return
    path = Path(value).expanduser().absolute()
    if not is_right(path):
        raise InputError(option, expected=expected, came=value, do="Correct the path")
    object.__setattr__(config, option, str(path))
