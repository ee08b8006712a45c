"""A diffusion run of a second: a hundred synthetic residues, a narrow model, few noise levels."""

import torch

from core.problems.sidechain.diffusion.config import DiffusionConfig
from core.problems.sidechain.diffusion.task import DiffusionTask, build_task
from core.training.curriculum import Stage

CPU = torch.device("cpu")
STAGE = Stage("any", 0, 10, {"denoising": 1.0, "bond": 0.0})
SMALL = {
    "residues": 100, "width": 16, "layers": 1, "batch_size": 8, "noises": 2, "steps": 24,
    "eval_every": 12, "warmup_steps": 2, "gradient_every": 7, "checkpoint_every": 4,
    "sampling_steps": 3, "device": "cpu",
}  # fmt: skip


def small(**options: object) -> DiffusionConfig:
    return DiffusionConfig(**SMALL | options)  # type: ignore[arg-type]


def small_task(**options: object) -> DiffusionTask:
    return build_task(small(**options), CPU)
