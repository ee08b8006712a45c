"""How far several runs are, and how long they still take."""

from collections.abc import Callable, Sequence

import numpy as np

from core.figures.run_series import RunAxes, positions
from pages.ui.train.watched import Look

Title = Callable[[Look], str]


def step_of(look: Look) -> int:
    """Give the updates that a run has done."""
    return max(look.status.step, look.history.last_step)


def step_in_words(look: Look) -> str:
    """Say how far a run is."""
    total = look.status.total_steps
    return f"{step_of(look):,} of {total:,}" if total else f"{step_of(look):,}"


def share_done(looks: Sequence[Look]) -> float:
    """Give the share of a comparison that is done, 0 to 1; a run counts in full when it finished.

    Of those that are trained now the part counts; of those that were cut short nothing.
    """
    done = 0.0
    for look in looks:
        if look.status.state == "finished":
            done += 1.0
        elif look.status.is_active and look.status.total_steps:
            done += min(step_of(look) / look.status.total_steps, 1.0)
    return done / len(looks)


def progress_in_words(looks: Sequence[Look], title: Title) -> str:
    """Say how many runs have finished, which one is trained now, and how long all will take."""
    count = sum(look.status.state == "finished" for look in looks)
    said = [f"{count} of {len(looks)} runs {'has' if count == 1 else 'have'} finished"]
    said += [
        f"{title(look)} is at step {step_in_words(look)}"
        for look in looks
        if look.status.state in {"running", "stopping"} and step_of(look)
    ]
    if left_s := seconds_left(looks):
        said.append(time_in_words(left_s))
    return "; ".join(said)


def seconds_left(looks: Sequence[Look]) -> float | None:
    """Estimate how long the active runs still take, one after the other; None where unknown.

    All have the same budget and model, so the usual time of a step is that of any of them.
    """
    totals = [look.status.total_steps for look in looks if look.status.total_steps]
    steps = sum(look.history.last_step for look in looks)
    spent_s = sum(_spent_s(look) for look in looks)
    if not totals or not steps or not spent_s:
        return None
    going = [look for look in looks if look.status.state in {"queued", "running"}]
    left = sum(max(max(totals) - step_of(look), 0) for look in going)
    return left * spent_s / steps


def _spent_s(look: Look) -> float:
    last = np.array([look.history.last_step])
    return float(positions(look.history, RunAxes(x="time"), last)[0])


def time_in_words(left_s: float) -> str:
    """Say how long something still takes, no more exactly than it is known.

    Example:
        >>> time_in_words(20), time_in_words(100), time_in_words(9000)
        ('less than a minute left', 'about 2 minutes left', 'about 2.5 hours left')
    """
    minutes = round(left_s / 60)
    if minutes < 1:
        return "less than a minute left"
    if minutes > 90:
        return f"about {left_s / 3600:.1f} hours left"
    return f"about {minutes} minute{'' if minutes == 1 else 's'} left"
