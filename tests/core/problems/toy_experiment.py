"""The toy task as an experiment, for everything that launches and runs."""

import torch

from core.problems.experiment import Experiment
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule
from tests.core.training.toy import TERMS, ToyTask, toy_schedule

SMALL = {"steps": 60, "batch_size": 8, "gradient_every": 7, "eval_every": 20,
         "checkpoint_every": 10, "device": "cpu"}  # fmt: skip


def build(config: TrainingConfig, device: torch.device) -> ToyTask:
    assert device.type == "cpu"
    return ToyTask(config)


def schedule(config: TrainingConfig) -> Schedule:
    chosen = (config.schedule or toy_schedule()).scaled(config.steps)
    if not config.solo:
        return chosen
    weights = {term: float(term == config.solo) for term in TERMS}
    return chosen.with_weights(
        torch.tensor([[weights[term] for term in TERMS]] * 3, dtype=torch.float64).numpy()
    )


TOY = Experiment(
    name="toy",
    title="Toy",
    config=TrainingConfig,
    build=build,
    schedule=schedule,
    rules=(),
    primary="val_easy/near/raw",
    summary="Two numbers are read off five, 100 % made up.",
)
