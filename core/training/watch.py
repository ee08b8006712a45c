"""What early stopping and the plateau rule remember: the best evaluation, and the wait for it."""

from dataclasses import dataclass, replace
from math import isfinite

from core.training.config import TrainingConfig


@dataclass(frozen=True)
class Watch:
    """The watched metric up to an evaluation; part of every checkpoint.

    Args:
        best: Its best value; None before the first finite one.
        best_step: Where that was measured.
        seen_step: The last evaluation that counted; a resumed run evaluates it again.
        waited: Evaluations since the best.
        waited_at_rate: Evaluations since the best, or since the rate was last reduced.
        rate_factor: What the learning rate is multiplied by, above 0, at most 1.
    """

    best: float | None = None
    best_step: int = 0
    seen_step: int = -1
    waited: int = 0
    waited_at_rate: int = 0
    rate_factor: float = 1.0

    @property
    def is_best(self) -> bool:
        """Whether the last evaluation was the best."""
        return self.best is not None and self.best_step == self.seen_step


def see(
    watch: Watch, step: int, value: float, config: TrainingConfig, *, higher_is_better: bool
) -> Watch:
    """Take in an evaluation; one that was seen before changes nothing.

    Args:
        watch: As it was.
        step: Where it was measured.
        value: Of the watched metric; one that is not finite is no improvement.
        config: With the patience, and by how much the rate is reduced.
        higher_is_better: Direction of the metric.

    Example:
        >>> config = TrainingConfig(plateau_patience=1, plateau_factor=0.5)
        >>> watch = Watch()
        >>> for step, loss in enumerate((1.0, 0.9, 0.95, 0.93)):
        ...     watch = see(watch, step, loss, config, higher_is_better=False)
        >>> watch.best, watch.best_step, watch.waited, watch.rate_factor
        (0.9, 1, 2, 0.25)
    """
    if step <= watch.seen_step:
        return watch
    if _improves(watch.best, value, config.min_improvement, higher_is_better):
        return replace(
            watch, best=value, best_step=step, seen_step=step, waited=0, waited_at_rate=0
        )
    waited = replace(
        watch, seen_step=step, waited=watch.waited + 1, waited_at_rate=watch.waited_at_rate + 1
    )
    if config.plateau_patience and waited.waited_at_rate >= config.plateau_patience:
        factor = waited.rate_factor * config.plateau_factor
        return replace(waited, rate_factor=factor, waited_at_rate=0)
    return waited


def is_over(watch: Watch, config: TrainingConfig) -> bool:
    """Say whether the patience is at its end."""
    return bool(config.patience) and watch.waited >= config.patience


def _improves(best: float | None, value: float, least: float, higher_is_better: bool) -> bool:
    if not isfinite(value):
        return False
    if best is None:
        return True
    return value > best + least if higher_is_better else value < best - least
