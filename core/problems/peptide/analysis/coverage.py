"""Answers of any tool on labelled spectra, by the field's precision and coverage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from core.problems.peptide.mass_matching import BY_MASS, Agreement, matched_places
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.reading.answers import Answer

ISOBARIC = {"I", "L"}


@dataclass(frozen=True, eq=False)
class PrecisionCoverage:
    """Precision among the surest answers, over the share of spectra that they cover.

    Args:
        score: The lowest score that still counts, falling.
        coverage: Share of all spectra whose answer scores as high, rising.
        precision: Share of what these answers say that is right.
        area: Under the curve, from coverage 0 to the last; 1 is perfect.
        average: Mean precision at what is right, the average precision of retrieval: how well the
            score sorts, whatever the coverage; NaN where nothing is right.
    """

    score: Float[np.ndarray, " scores"]
    coverage: Float[np.ndarray, " scores"]
    precision: Float[np.ndarray, " scores"]
    area: float
    average: float


@dataclass(frozen=True, eq=False)
class Compared:
    """Answers beside labels, counted one by one.

    Args:
        spectra: Spectra with a label.
        residues: Residues of all labels.
        unlabelled: Answers to spectra without a label, which count nowhere.
        place: Of each answer to a labelled spectrum, among all spectra.
        score: Of each of these answers.
        said: Residues that it has.
        agreed: Residues of it that are right.
        whole: Whether it is right as a whole.
    """

    spectra: int
    residues: int
    unlabelled: int
    place: Int[np.ndarray, " answers"]
    score: Float[np.ndarray, " answers"]
    said: Int[np.ndarray, " answers"]
    agreed: Int[np.ndarray, " answers"]
    whole: Bool[np.ndarray, " answers"]


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
    rights = right[order].cumsum()[last]
    precision = rights / said[order].cumsum()[last]
    coverage = (last + 1) / max(spectra, 1)
    ends = np.concatenate([[0.0], coverage]), np.concatenate([precision[:1], precision])
    area = float(np.trapezoid(ends[1], ends[0])) if len(score) else 0.0
    gained = np.diff(rights, prepend=0)
    average = float(gained @ precision / rights[-1]) if rights[-1:].any() else float("nan")
    return PrecisionCoverage(falling[last], coverage, precision, area, average)


def compare_answers(
    truth: Sequence[Peptide | None],
    answers: Sequence[Answer | None],
    agreement: Agreement = BY_MASS,
) -> Compared:
    """Compare the answers of a tool with the labels of the same spectra.

    A residue is right where its mass agrees within 0.1 Da and the mass of what stands before or
    behind it within 0.5 Da; a peptide where all its residues are. So I is L unless the agreement
    tells them apart, and a modification counts by its mass. One at a terminus counts to the
    residue there.

    Args:
        truth: The label of each spectrum, None where there is none.
        answers: The answer to each spectrum, None where there is none.
        agreement: The tolerances, and whether I is L.

    Source: Casanovo (Yilmaz et al. 2022), its evaluation.
    """
    pairs = list(zip(truth, answers, strict=True))
    both = [(place, label, answer) for place, (label, answer) in enumerate(pairs)
            if label and answer]  # fmt: skip
    agreed = [_agreed(answer.peptide, label, agreement) for _, label, answer in both]
    longest = [max(len(answer.peptide), len(label)) for _, label, answer in both]
    return Compared(
        spectra=sum(label is not None for label in truth),
        residues=sum(len(label) for label in truth if label),
        unlabelled=sum(label is None and answer is not None for label, answer in pairs),
        place=np.array([place for place, _, _ in both], int),
        score=np.array([answer.score for _, _, answer in both], float),
        said=np.array([len(answer.peptide) for _, _, answer in both], int),
        agreed=np.array(agreed, int),
        whole=np.array(agreed, int) == np.array(longest, int),
    )


def _agreed(mine: Peptide, other: Peptide, agreement: Agreement) -> int:
    pairs = matched_places(mine.residue_mass_da.tolist(), other.residue_mass_da.tolist(), agreement)
    if agreement.tells_isoleucine:
        pairs = [(i, j) for i, j in pairs if {mine.sequence[i], other.sequence[j]} != ISOBARIC]
    return len(pairs)


def surest(compared: Compared, coverage: float) -> Compared:
    """Keep the answers with the highest scores, as many as cover at most a share of the spectra.

    Equal scores stay or go together, so it may be fewer.

    Args:
        compared: All answers.
        coverage: Share of the labelled spectra, 0 to 1.
    """
    falling = np.sort(compared.score)[::-1]
    room = int(np.floor(coverage * compared.spectra + 1e-9))
    kept = compared.score > (falling[room] if room < len(falling) else -np.inf)
    if room >= len(falling):
        kept[:] = True  # a score may be -inf
    answers = {name: getattr(compared, name)[kept]
               for name in ("place", "score", "said", "agreed", "whole")}  # fmt: skip
    return replace(compared, **answers)


def summarise_answers(compared: Compared) -> AnswerScores:
    """Reduce the counts of answers to precision, recall, and their curves over the coverage."""
    whole, agreed, said = compared.whole.astype(int), compared.agreed, compared.said
    return AnswerScores(
        spectra=compared.spectra,
        answered=len(whole),
        unlabelled=compared.unlabelled,
        peptide_precision=_share(whole, len(whole)),
        peptide_recall=_share(whole, compared.spectra),
        residue_precision=_share(agreed, int(said.sum())),
        residue_recall=_share(agreed, compared.residues),
        peptides=precision_coverage(compared.score, whole, np.ones_like(said), compared.spectra),
        residues=precision_coverage(compared.score, agreed, said, compared.spectra),
    )


def score_answers(
    truth: Sequence[Peptide | None], answers: Sequence[Answer | None]
) -> AnswerScores:
    """Score all answers by the field's convention; see `compare_answers`."""
    return summarise_answers(compare_answers(truth, answers))


def _share(counts: Int[np.ndarray, " answers"], whole: int) -> float:
    return float(counts.sum() / whole) if whole else float("nan")
