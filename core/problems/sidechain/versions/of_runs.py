"""Versions out of runs: the held-out residues that an evaluation recorded."""

from collections.abc import Mapping

import numpy as np

from core.problems.sidechain.metrics.baselines import Means, join_types
from core.problems.sidechain.versions.version import Version, measured_version


def version_of_arrays(
    title: str,
    arrays: Mapping[str, np.ndarray],
    *,
    renames: bool = False,
    notes: tuple[str, ...] = (),
) -> Version:
    """Give the version that a run recorded: its held-out residues, in local frames.

    Args:
        title: As on the screen.
        arrays: As `evaluation.by_residue_arrays` made them.
        renames: Whether symmetric atoms are renamed to the smaller error.
        notes: What is known of the run.
    """
    return measured_version(
        title,
        "run",
        pred=arrays["pred"],
        native=arrays["native"],
        type=arrays["type"].astype(int),
        name=arrays["name"],
        group=arrays.get("group"),
        renames=renames,
        notes=notes,
        means=_training_means(arrays),
    )


def _training_means(arrays: Mapping[str, np.ndarray]) -> Means | None:
    """Give the means of the training residues; None of a run that was recorded without them."""
    if "training_mean" not in arrays:
        return None
    count = arrays["training_count"].astype(int)
    return join_types(arrays["training_mean"].astype(float) * count[..., None], count)
