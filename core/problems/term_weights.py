"""Weights of a problem's terms: those of its options, and those of a schedule sent to a run."""

from core.errors import InputError
from core.problems.shared_options import refuse
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule, Stage


def check_weights(config: TrainingConfig, terms: tuple[str, ...]) -> None:
    """Refuse a run of one term that there is not, and one whose terms all weigh nothing.

    Args:
        config: Has the option `<term>_loss_weight` for each term.
        terms: Those of the problem.

    Raises:
        InputError: One of both is the case.
    """
    if config.solo and config.solo not in terms:
        refuse("solo", "one of " + ", ".join(terms), config.solo)
    if not (config.solo or any(weights_of(config, terms).values())):
        options = ", ".join(f"{term}_loss_weight" for term in terms)
        refuse(options, "one of them above 0", " and ".join("0" for _ in terms))


def weights_of(config: TrainingConfig, terms: tuple[str, ...]) -> dict[str, float]:
    """Read the options `<term>_loss_weight`, by term."""
    return {term: float(getattr(config, f"{term}_loss_weight")) for term in terms}


def constant_schedule(config: TrainingConfig, terms: tuple[str, ...], *, steps: int) -> Schedule:
    """Give the schedule that was sent to a run, else the one stage that its weights make.

    Args:
        config: Has the option `<term>_loss_weight` for each term; a run of one term alone has
            that at 1.
        terms: Those of the problem, in its order.
        steps: Length of the run.

    Raises:
        InputError: A schedule that was sent has other terms.
    """
    if sent := sent_schedule(config, terms, steps=steps):
        return sent
    weights = weights_of(config, terms)
    if config.solo:
        weights = {term: float(term == config.solo) for term in terms}
    return Schedule(terms, (Stage("1", 0, steps, weights),))


def sent_schedule(config: TrainingConfig, terms: tuple[str, ...], *, steps: int) -> Schedule | None:
    """Give the schedule that was sent to a run, stretched to its steps; None where none counts.

    A run of one term alone has its own.

    Args:
        config: Of the run.
        terms: Those of the problem, in its order.
        steps: Length of the run.

    Raises:
        InputError: The schedule has other terms.
    """
    if config.schedule is None or config.solo:
        return None
    if set(config.schedule.terms) != set(terms):
        raise InputError("schedule, terms", expected="exactly " + ", ".join(terms),
                         came=", ".join(config.schedule.terms),
                         do="Choose a schedule of this problem")  # fmt: skip
    return Schedule(terms, config.schedule.scaled(steps).stages)
