"""Both spectrum losses of the note on labelled spectra, evaluated once."""

from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from core.claims.inputs import Inputs
from core.claims.peptide_data import OPTIONS, candidates
from core.problems.peptide.analysis.candidates import CANDIDATES
from core.problems.peptide.analysis.discrimination import (
    LossDiscrimination,
    candidate_scores,
    summarise_loss,
)

GAUSSIAN, OLDER = "gaussian_cosine", "nearest_peak_huber"


def _scores(inputs: Inputs, loss: str) -> Float[np.ndarray, "spectra candidates"]:
    return _scored(inputs.spectra, inputs.seed, loss)


@cache
def _scored(spectra: Path | None, seed: int, loss: str) -> Float[np.ndarray, "spectra candidates"]:
    return candidate_scores(candidates(Inputs(spectra=spectra, seed=seed)), loss, OPTIONS)


def right(inputs: Inputs, loss: str) -> Float[np.ndarray, " spectra"]:
    """Give the loss of each right peptide."""
    return _scores(inputs, loss)[:, 0]


def summary(inputs: Inputs, loss: str) -> LossDiscrimination:
    """Say how a loss tells right from wrong."""
    return summarise_loss(loss, _scores(inputs, loss))


def table(inputs: Inputs) -> tuple[dict[str, str | float], ...]:
    """Set both losses side by side, by candidate."""
    told = {
        name: summary(inputs, loss) for name, loss in (("Gaussian", GAUSSIAN), ("older", OLDER))
    }
    return tuple(
        {"loss": name, "candidate": kind, "mean": one.mean[kind], "sd": one.sd[kind],
         "right one wins": one.win[kind].rate if kind in one.win else float("nan")}
        for name, one in told.items() for kind in CANDIDATES
    )  # fmt: skip
