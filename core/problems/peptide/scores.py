"""How good answers are: by residue, by peptide, by mass, and what a constant answer reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.losses.peaks import widest, widest_type
from core.problems.peptide.batch_spectra import FIRST_RESIDUE, STOP, Batch
from core.problems.peptide.batches import PeptideSource
from core.problems.peptide.mass_matching import casanovo
from core.problems.peptide.peptides import canonical
from core.problems.peptide.predictions import expected_mass, precursor_error_ppm
from core.problems.peptide.residues import (
    ISOTOPE_DA,
    PLAIN_VOCABULARY,
    RESIDUE_MASS_DA,
    WATER_DA,
)

CONSTANT_SAMPLE = 4096
_LETTER = np.array(PLAIN_VOCABULARY.tokens)
# I counts as L: the two have one mass.
_SAME = np.array([PLAIN_VOCABULARY.index[canonical(token)] for token in PLAIN_VOCABULARY.tokens])


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of a set, and what lies behind them.

    Args:
        values: By name of `METRICS`, with the counts `residues` and `peptides`.
        by_position: Fraction of residues that are right at each position, and of peptides that are
            right up to it; NaN where no residue stands.
        by_example: Peptide and answer as text, error of the answer in ppm and the nearest number
            of 13C isotopes that it amounts to.
    """

    values: dict[str, float]
    by_position: dict[str, np.ndarray]
    by_example: dict[str, np.ndarray]


def score(
    logits: Float[Tensor, "batch positions vocab"],
    batch: Batch,
    *,
    length_given: bool,
    special_tokens: str = "renormalise",
) -> Scores:
    """Score the last answers of a model on a set.

    Residue accuracy asks for the most likely *residue* at each true position, so that it can be
    compared between runs with and without a stop token. All else is about the answer as it is
    read: up to the model's own stop, or of the given number of residues.

    Args:
        logits: Over `PLAIN_VOCABULARY`.
        batch: The spectra with their peptides, at least one.
        length_given: Whether the number of residues is given rather than predicted.
        special_tokens: What the precursor loss does with them, see `SpectrumOptions`.
    """
    right, is_residue = residues_right(logits, batch)
    truth = texts(batch.target, batch.length)
    answers = read_answers(logits, batch.length if length_given else None)
    exact = [canonical(a) == canonical(t) for a, t in zip(answers, truth, strict=True)]
    mass = masses(logits, batch, special_tokens)
    error_ppm, isotopes = answer_errors(answers, batch.precursor_mass_da)
    values = {
        "residue_accuracy": float(right[is_residue].mean()),
        "peptide_accuracy": float(np.mean(exact)),
        **casanovo(answers, truth),
        **mass,
        "argmax_ppm_error": float(np.median(error_ppm)),
        "residues": float(is_residue.sum()),
        "peptides": float(len(truth)),
    }
    return Scores(
        values,
        {
            "residue_accuracy": share_by_position(right, is_residue),
            "right_so_far": share_by_position((right | ~is_residue).cumprod(1) > 0, is_residue),
        },
        {
            "peptide": np.array(truth),
            "answer": np.array(answers),
            "argmax_ppm_error": error_ppm,
            "isotope_offset": isotopes,
        },
    )


def residues_right(
    logits: Float[Tensor, "batch positions vocab"], batch: Batch
) -> tuple[Bool[np.ndarray, "batch positions"], Bool[np.ndarray, "batch positions"]]:
    """Say where the most likely residue is the right one, I = L, and where a residue stands."""
    likely = logits[..., FIRST_RESIDUE:].argmax(-1).cpu().numpy() + FIRST_RESIDUE
    target = batch.target.cpu().numpy()
    is_residue = (batch.mask & (batch.target != STOP)).cpu().numpy()
    return _SAME[likely] == _SAME[target], is_residue


def share_by_position(
    right: Bool[np.ndarray, "batch positions"], is_residue: Bool[np.ndarray, "batch positions"]
) -> Float[np.ndarray, " positions"]:
    """Give the fraction that is right at each position, NaN where no residue stands.

    Example:
        >>> right, is_residue = np.array([[True, True]]), np.array([[True, False]])
        >>> share_by_position(right, is_residue)
        array([ 1., nan])
    """
    count = is_residue.sum(0)
    return np.where(count > 0, (right & is_residue).sum(0) / np.maximum(count, 1), np.nan)


def texts(tokens: Int[Tensor, "batch positions"], length: Int[Tensor, " batch"]) -> list[str]:
    """Write the first tokens of each row as one-letter residues."""
    rows = zip(tokens.cpu().numpy(), length.tolist(), strict=True)
    return ["".join(_LETTER[row[:count]].tolist()) for row, count in rows]


def read_answers(
    logits: Float[Tensor, "batch positions vocab"], length: Int[Tensor, " batch"] | None
) -> list[str]:
    """Read the answer of each example as one-letter residues.

    Args:
        logits: Over `PLAIN_VOCABULARY`.
        length: Number of residues where it is given; None reads up to the first position whose
            most likely token is the stop token. Residues are read at every position before.
    """
    if length is None:
        stops = logits.argmax(-1) == STOP
        length = (stops.cumsum(1) == 0).sum(1)
    return texts(logits[..., FIRST_RESIDUE:].argmax(-1) + FIRST_RESIDUE, length)


def masses(
    logits: Float[Tensor, "batch positions vocab"], batch: Batch, special_tokens: str
) -> dict[str, float]:
    """Measure the expected mass at the true positions against the precursor.

    `ppm_error` is what the precursor loss sees; the signed error always keeps special tokens, so
    that probability on tokens without mass shows as mass that is missing.
    """
    probabilities = logits.softmax(-1)
    mass_da = torch.tensor(
        PLAIN_VOCABULARY.mass_da, dtype=widest_type(logits.device), device=logits.device
    )
    error_ppm = precursor_error_ppm(
        probabilities,
        mass_da,
        batch.length,
        batch.precursor_mass_da,
        special_tokens=special_tokens,
    )
    place = torch.arange(logits.shape[1], device=logits.device)
    inside = place < batch.length[:, None]
    kept = widest(expected_mass(probabilities, mass_da, "keep"))
    total = torch.where(inside, kept, 0.0).sum(1) + WATER_DA
    signed = (total - batch.precursor_mass_da) / batch.precursor_mass_da
    special = probabilities[..., :FIRST_RESIDUE].sum(-1)[inside]
    return {
        "ppm_error": float(np.median(error_ppm.cpu().numpy())),
        "signed_mass_error": float(np.median(signed.cpu().numpy())),
        "special_probability": float(special.mean()),
    }


def answer_errors(
    answers: Sequence[str], precursor_mass_da: Float[Tensor, " batch"]
) -> tuple[Float[np.ndarray, " batch"], Float[np.ndarray, " batch"]]:
    """Give the error of each answer's mass in ppm, and in whole 13C isotopes.

    Example:
        >>> error_ppm, isotopes = answer_errors(["GA"], torch.tensor([147.069644]))
        >>> error_ppm.round(0).tolist(), isotopes.tolist()
        ([6803.0], [-1.0])
    """
    precursor = precursor_mass_da.double().cpu().numpy()
    mass = np.array([sum(RESIDUE_MASS_DA[r] for r in answer) + WATER_DA for answer in answers])
    difference = mass - precursor
    return np.abs(difference) / precursor * 1e6, np.round(difference / ISOTOPE_DA)


def constant_right(
    source: PeptideSource, batch: Batch
) -> tuple[Bool[np.ndarray, "batch positions"], Bool[np.ndarray, "batch positions"]]:
    """Say where the best constant answer is right, and where a residue stands.

    That answer holds at each position the most frequent residue of training.

    Args:
        source: Of the training peptides; its first 4,096 are counted.
        batch: The held-out set.
    """
    seen = source.draw(0, CONSTANT_SAMPLE, 1.0, torch.device("cpu"))
    drawn = _SAME[seen.target.numpy()]
    drawn[~(seen.mask & (seen.target != STOP)).numpy()] = 0
    constant = [np.bincount(c[c >= FIRST_RESIDUE], minlength=len(_SAME)).argmax() for c in drawn.T]
    target = _SAME[batch.target.cpu().numpy()]
    is_residue = (batch.mask & (batch.target != STOP)).cpu().numpy()
    return target == np.array(constant), is_residue
