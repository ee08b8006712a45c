"""The runs of a comparison: which belong together, where each stands, how long they still take."""

import time
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.run_series import RunAxes, positions
from core.metrics import term_label
from core.problems.pocket.results import COMPARED
from core.runs.index import RunRow
from pages.ui.cosine.histories import EXPERIMENT
from pages.ui.page import escaped
from pages.ui.train.headline import BADGES, NOTHING
from pages.ui.train.watched import Look

# A run that went wrong says nothing of its loss; one that was cut short does, up to there.
LEFT_OUT = ("failed", "diverged", "silent", "broken")


def comparisons(rows: Iterable[RunRow]) -> dict[str, list[RunRow]]:
    """Collect runs that were started together to be compared, by a name for lists.

    Runs of one term alone are started together too: no comparison. A run that lost its
    configuration stays with its group. A sample may be a copy of a run that is still here: one
    group never holds both.
    """
    groups: dict[tuple[str, bool], list[RunRow]] = {}
    for row in rows:
        if row.group and row.experiment in (EXPERIMENT, ""):
            groups.setdefault((row.group, row.is_sample), []).append(row)
    return {
        _named(group, own): own
        for (group, _), own in groups.items()
        if any(row.experiment for row in own) and not any(row.config.get("solo") for row in own)
    }


def _named(group: str, rows: Sequence[RunRow]) -> str:
    """Give a comparison a name that stays when some of its runs are deleted."""
    created_s = min(row.created_s for row in rows if row.created_s)
    begun = time.strftime("%d %b %Y, %H:%M", time.localtime(created_s))
    return f"{begun}{', sample' if rows[0].is_sample else ''} · {group[-4:]}"


def loss_and_seed(look: Look) -> tuple[str, int]:
    """Give what a run minimises and its seed, as it was asked to; ("", 0) where that is lost."""
    config = look.config.config if look.config else {}
    return str(config.get("loss_fn", "")), int(str(config.get("seed", 0)))


def title(look: Look) -> str:
    """Name a run by what tells it from the others of its comparison."""
    loss, seed = loss_and_seed(look)
    return f"{term_label(loss)}, seed {seed}" if loss else escaped(look.name)


def in_order(looks: Iterable[Look]) -> list[Look]:
    """Sort runs by loss, in the order of the tables, then by seed."""

    def place(look: Look) -> tuple[int, int]:
        loss, seed = loss_and_seed(look)
        return COMPARED.index(loss) if loss in COMPARED else len(COMPARED), seed

    return sorted(looks, key=place)


def missing_runs(looks: Iterable[Look]) -> list[str]:
    """Name the runs that were started with these and are no longer there.

    None where a run lost its configuration: any of them may be that one.
    """
    there = {loss_and_seed(look) for look in looks}
    if any(not loss for loss, _ in there):
        return []
    seeds = sorted({seed for _, seed in there})
    return [
        f"{term_label(loss)}, seed {seed}"
        for loss, seed in product(COMPARED, seeds)
        if (loss, seed) not in there
    ]


def show_runs(looks: Sequence[Look], *, are_all: bool = True) -> None:
    """Show how far a comparison is and where each run stands; only deleted ones where all is done.

    Args:
        looks: Its runs, in order.
        are_all: Whether these are all that were started together; else nothing is missing.
    """
    if any(look.status.is_active for look in looks):
        st.progress(share_done(looks), progress_in_words(looks))
    if any(look.status.state != "finished" for look in looks):
        # Not `show_table`, which cuts long words off: a message must be read to its end.
        st.table(
            pd.DataFrame([_cells(look) for look in looks]),
            border="horizontal",
            hide_index=True,
            alt="Loss, seed, state and step of each run, and what it says.",
        )
    if are_all and (gone := missing_runs(looks)):
        st.markdown(f":gray[:small[Deleted since: {'; '.join(gone)}.]]")


def _cells(look: Look) -> dict[str, str]:
    loss, seed = loss_and_seed(look)
    label, icon, color = BADGES[look.status.state]
    return {
        "Loss": term_label(loss) if loss else escaped(look.name),
        "Seed": str(seed) if loss else NOTHING,
        "State": f":{color}-badge[{icon} {label}]",
        "Step": step_in_words(look),
        "Message": _message(look),
    }


def _message(look: Look) -> str:
    text = escaped(" ".join(look.status.message.split()))  # a cell is one line of Markdown
    return f"{text} Left out." if look.status.state in LEFT_OUT else text


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


def progress_in_words(looks: Sequence[Look]) -> str:
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
