"""Answers of any tool on labelled spectra, by the field's precision and coverage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.problems.peptide.mass_matching import match_masses
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.reading.answers import Answer


@dataclass(frozen=True, eq=False)
class PrecisionCoverage:
    """Precision among the surest answers, over the share of spectra that they cover.

    Args:
        score: The lowest score that still counts, falling.
        coverage: Share of all spectra whose answer scores as high, rising.
        precision: Share of what these answers say that is right.
        area: Under the curve, from coverage 0 to the last; 1 is perfect.
    """

    score: Float[np.ndarray, " scores"]
    coverage: Float[np.ndarray, " scores"]
    precision: Float[np.ndarray, " scores"]
    area: float


@dataclass(frozen=True, eq=False)
class AnswerScores:
    """How good the answers of a tool are.

    Args:
        spectra: Spectra with a label.
        answered: Those of them with an answer.
        unlabelled: Answers to spectra without a label, which count nowhere.
        peptide_precision: Right peptides over answers; NaN without an answer.
        peptide_recall: Right peptides over labelled spectra.
        residue_precision: Right residues over answered ones.
        residue_recall: Right residues over those of all labels.
        peptides: The curve of whole peptides.
        residues: The curve of residues, each with the score of its peptide.
        right: Of each spectrum whether its answer is right.
    """

    spectra: int
    answered: int
    unlabelled: int
    peptide_precision: float
    peptide_recall: float
    residue_precision: float
    residue_recall: float
    peptides: PrecisionCoverage
    residues: PrecisionCoverage
    right: Bool[np.ndarray, " all"]


def precision_coverage(
    score: Float[np.ndarray, " answers"],
    right: Int[np.ndarray, " answers"],
    said: Int[np.ndarray, " answers"],
    spectra: int,
) -> PrecisionCoverage:
    """Follow precision from the surest answer to the last; equal scores count together.

    Args:
        score: Of each answer.
        right: What is right in it: 0 or 1 of peptides, a number of residues.
        said: What it says: 1 of peptides, its number of residues.
        spectra: All spectra, answered or not.

    Example:
        >>> one = np.ones(3, int)
        >>> curve = precision_coverage(np.array([0.9, 0.5, 0.7]), np.array([1, 0, 1]), one, 4)
        >>> curve.coverage.tolist(), curve.precision.round(2).tolist()
        ([0.25, 0.5, 0.75], [1.0, 1.0, 0.67])
    """
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(score) else order
    precision = right[order].cumsum()[last] / said[order].cumsum()[last]
    coverage = (last + 1) / max(spectra, 1)
    ends = np.concatenate([[0.0], coverage]), np.concatenate([precision[:1], precision])
    area = float(np.trapezoid(ends[1], ends[0])) if len(score) else 0.0
    return PrecisionCoverage(falling[last], coverage, precision, area)


def score_answers(
    truth: Sequence[Peptide | None], answers: Sequence[Answer | None]
) -> AnswerScores:
    """Compare the answers of a tool with the labels of the same spectra.

    A residue is right where its mass agrees within 0.1 Da and the mass of what stands before or
    behind it within 0.5 Da; a peptide where all its residues are. So I is L, and a modification
    counts by its mass. One at a terminus counts to the residue there.

    Args:
        truth: The label of each spectrum, None where there is none.
        answers: The answer to each spectrum, None where there is none.

    Source: Casanovo (Yilmaz et al. 2022), its evaluation.
    """
    pairs = list(zip(truth, answers, strict=True))
    compared = [(label, answer) for label, answer in pairs if label and answer]
    matches = [
        match_masses(answer.peptide.residue_mass_da.tolist(), label.residue_mass_da.tolist())
        for label, answer in compared
    ]
    score = np.array([answer.score for _, answer in compared], float)
    said = np.array([len(answer.peptide) for _, answer in compared], int)
    agreed = np.array([match.sum() for match in matches], int)
    whole = np.array([match.all() for match in matches], int)
    right = np.array([bool(label and answer) for label, answer in pairs], bool)
    right[right] = whole == 1
    spectra = sum(label is not None for label in truth)
    labels = sum(len(label) for label in truth if label)
    return AnswerScores(
        spectra=spectra,
        answered=len(compared),
        unlabelled=sum(label is None and answer is not None for label, answer in pairs),
        peptide_precision=_share(whole, len(compared)),
        peptide_recall=_share(whole, spectra),
        residue_precision=_share(agreed, int(said.sum())),
        residue_recall=_share(agreed, labels),
        peptides=precision_coverage(score, whole, np.ones_like(said), spectra),
        residues=precision_coverage(score, agreed, said, spectra),
        right=right,
    )


def _share(counts: Int[np.ndarray, " answers"], whole: int) -> float:
    return float(counts.sum() / whole) if whole else float("nan")
