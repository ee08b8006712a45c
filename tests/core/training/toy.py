"""A task of milliseconds: two numbers are read off five, by one small network with dropout."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from core.balance.shares import Band
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule, Stage
from core.training.task import Evaluation, Terms

TERMS = ("near", "far", "third")
TARGETS = {"near": Band(60.0, 70.0), "far": Band(10.0, 30.0), "third": Band(10.0, 20.0)}


@dataclass
class ToyTask:
    """`far` is a thousand times `near`; `third` may be told to break at a step.

    Args:
        config: Seed and batch size.
        break_at: Step from which `third` is wrong.
        how: "value" makes it NaN, "gradient" only its gradient, "dead" removes the gradient of
            every second example.
    """

    config: TrainingConfig
    break_at: int = 10**9
    how: str = "value"
    terms: tuple[str, ...] = TERMS
    floors: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=lambda: {"data": "made up"})
    asked: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        torch.manual_seed(self.config.seed)
        self.model = nn.Sequential(
            nn.Linear(5, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 3)
        )
        self.shared = list(self.model[0].parameters())

    def batch(self, step: int, stage: Stage) -> tuple[int, Tensor, Tensor]:
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + step)
        inputs = torch.randn(self.config.batch_size, 5, generator=generator)
        noise = (1 - stage.clean_share) * torch.randn(
            self.config.batch_size, 3, generator=generator
        )
        return step, inputs, inputs[:, :3].cumsum(1) + noise

    def losses(
        self, batch: tuple[int, Tensor, Tensor], stage: Stage, wanted: Collection[str]
    ) -> Terms:
        step, inputs, target = batch
        self.asked.append((step, tuple(wanted)))
        output = self.model(inputs)
        error = output - target
        third = error[:, 2].abs()
        if step >= self.break_at:
            if self.how == "value":
                third = third * float("nan")
            elif self.how == "gradient":
                third = third + (output[:, 2] * 0).sqrt()
            else:
                third = third * (torch.arange(len(third)) % 2)
        values = {"near": error[:, 0] ** 2, "far": 1000 * error[:, 1] ** 2, "third": third}
        return Terms({name: values[name] for name in values if name in wanted}, output)

    def evaluate(self, stage: Stage) -> Evaluation:
        _, inputs, target = self.batch(10**6, stage)
        error = (self.model(inputs) - target).abs()
        return Evaluation(
            {"val_easy/near/raw": float(error[:, 0].mean())},
            {"by_output": {"error": np.asarray(error.mean(0))}},
        )


def toy_schedule(steps: int = 60) -> Schedule:
    """Three stages: the second switches `far` on, the third everything."""
    third, two = steps // 3, 2 * steps // 3
    return Schedule(
        TERMS,
        (
            Stage("1", 0, third, {"near": 1.0, "far": 0.0, "third": 0.0}),
            Stage("2", third, two, {"near": 1.0, "far": 0.5, "third": 0.0}, 0.9),
            Stage("3", two, steps, {"near": 1.0, "far": 0.1, "third": 0.2}, 0.8, sigma_da=0.5),
        ),
    )
