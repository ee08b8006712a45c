"""A pocket run of a second: forty synthetic pockets, a narrow model."""

import torch

from core.problems.pocket.config import PocketConfig
from core.problems.pocket.task import PocketTask, build_task

CPU = torch.device("cpu")
SMALL = {
    "ligands": 40, "output_dim": 16, "width": 16, "layers": 1, "batch_size": 5, "num_epochs": 3,
    "warmup_steps": 2, "gradient_every": 7, "checkpoint_every": 4, "device": "cpu",
}  # fmt: skip


def small(**options: object) -> PocketConfig:
    return PocketConfig(**SMALL | options)  # type: ignore[arg-type]


def small_task(**options: object) -> PocketTask:
    return build_task(small(**options), CPU)
