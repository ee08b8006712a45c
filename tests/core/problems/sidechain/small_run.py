"""A decoder run of a second: a hundred synthetic residues, a coarse density, a narrow model."""

import torch

from core.problems.sidechain.config import SideChainConfig
from core.problems.sidechain.task import SideChainTask, build_task
from core.training.curriculum import Stage

CPU = torch.device("cpu")
STAGE = Stage("any", 0, 10, {"atom": 1.0, "type": 1.0})
SMALL = {
    "residues": 100, "width": 32, "layers": 1, "l_max": 3, "shells": 8, "shell_width_angstrom": 0.5,
    "batch_size": 8, "steps": 24, "eval_every": 8, "warmup_steps": 2, "gradient_every": 7,
    "checkpoint_every": 4, "device": "cpu",
}  # fmt: skip


def small(**options: object) -> SideChainConfig:
    return SideChainConfig(**SMALL | options)  # type: ignore[arg-type]


def small_task(**options: object) -> SideChainTask:
    return build_task(small(**options), CPU)
