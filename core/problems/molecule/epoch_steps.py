"""Epochs counted in steps: how many a run makes, and from which of them its batches are hard."""

from dataclasses import replace
from typing import Any, Final

from core.problems.molecule.config import MoleculeConfig, batch_options
from core.samplers.options import is_hard_epoch

LEAST_FINAL_RATE: Final = 0.01


def with_epochs(config: Any, task: Any) -> MoleculeConfig:
    """Fill in the steps of the epochs, which only the data can say, and the final rate."""
    falls = config.scheduler == "cosine" and config.final_rate == 1.0
    return replace(
        config,
        epoch_steps=task.epoch_steps,
        steps=config.steps or (config.epochs - config.start_epoch) * task.epoch_steps,
        eval_every=config.eval_every or task.epoch_steps,
        final_rate=LEAST_FINAL_RATE if falls else config.final_rate,
    )


def hard_from(config: MoleculeConfig) -> int | None:
    """Give the step of a run from which its batches are hard; None where they never are."""
    if not is_hard_epoch(batch_options(config), max(config.curriculum_epoch, config.epochs)):
        return None
    return max(config.curriculum_epoch - config.start_epoch, 0) * config.epoch_steps
