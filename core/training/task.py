"""What a problem hands to the training loop: its model, its batches, its terms, its scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from core.training.curriculum import Stage


@dataclass(frozen=True, eq=False)
class Terms:
    """Loss terms of one batch.

    Args:
        values: One value per example for each wanted term, before its weight.
        output: What all terms are computed from, examples first; gradients with respect to it
            tell for which examples a term is dead.
        about: What else is worth a curve, by metric key: how hard the batch was ...
    """

    values: Mapping[str, Float[Tensor, " batch"]]
    output: Tensor
    about: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores on held-out examples.

    Args:
        values: By metric key, `val_easy/residue_accuracy` ...
        arrays: What is not a scalar, by name; each becomes one `Recorded` event.
    """

    values: Mapping[str, float]
    arrays: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)


@runtime_checkable
class Task(Protocol):
    """A problem, ready to be trained on a device.

    Batches are a pure function of (seed, step, stage): there is no sampler state to save, and a
    resumed run sees what the unbroken one would have seen. `evaluate` leaves no trace in any
    random state that training reads.
    """

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms, in the order of tables and charts."""
        ...

    @property
    def model(self) -> nn.Module:
        """What is trained; its parameters and buffers are saved."""
        ...

    @property
    def shared(self) -> Sequence[nn.Parameter]:
        """Parameters that all terms share, by which gradient shares are measured."""
        ...

    @property
    def floors(self) -> Mapping[str, float]:
        """Value below which a term counts as solved, for those that have one."""
        ...

    @property
    def facts(self) -> Mapping[str, str]:
        """What else must be known to read the run."""
        ...

    def batch(self, step: int, stage: Stage) -> Any:
        """Draw the training batch of a step."""
        ...

    def losses(self, batch: Any, stage: Stage, wanted: Collection[str]) -> Terms:
        """Evaluate the wanted terms, and only these, of a batch."""
        ...

    def evaluate(self, stage: Stage) -> Evaluation:
        """Score the model on the held-out sets."""
        ...
