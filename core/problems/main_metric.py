"""What a run is judged by where nobody has chosen anything."""

from collections.abc import Collection
from typing import Final

from core.problems.experiments import EXPERIMENTS

HELD_OUT: Final = ("val", "test")  # splits whose metrics come first


def main_metric(experiment: str, metrics: Collection[str]) -> str:
    """Choose the metric that tells whether a run has learnt.

    Args:
        experiment: Its experiment, or the format it was imported from.
        metrics: Keys of what it measures.

    Returns:
        What its problem is judged by; else the first held-out one, the total loss, or any; empty
        where nothing is measured.

    Example:
        >>> main_metric("a script", ["train/fit+l1/conflict", "train/total_loss", "val/accuracy"])
        'val/accuracy'
    """
    primary = EXPERIMENTS[experiment].primary if experiment in EXPERIMENTS else ""
    held_out = [key for key in metrics if key.startswith(HELD_OUT)]
    choices = (primary, *held_out, "train/total_loss", *metrics)
    return next((key for key in choices if key in metrics), "")
