"""Answers without a tool: a loss chooses between the label of a spectrum and its decoys.

It shows the view of answers before any are brought. A loss that chooses knows the right peptide
among five, so its precision is no measure of sequencing.
"""

import numpy as np
from jaxtyping import Float

from core.problems.peptide.analysis.discrimination import CandidateSet
from core.problems.peptide.reading.answers import Answer, Answers
from core.problems.peptide.reading.formats import ProblemList, problem


def choose_candidates(
    candidates: CandidateSet, scores: Float[np.ndarray, "spectra candidates"], loss: str
) -> Answers:
    """Answer each spectrum with the candidate of the lowest loss.

    The score is how far the next candidate lies above it. Where two share the lowest loss there
    is no answer.

    Args:
        candidates: Spectra, each with its label and decoys.
        scores: Their losses; NaN where there is no candidate.
        loss: Name of the loss.
    """
    answers: list[Answer] = []
    problems = ProblemList(loss)
    known = np.where(np.isnan(scores), np.inf, scores)
    for row, (name, values) in enumerate(zip(candidates.spectrum_ids, known, strict=True)):
        best, next_best = np.argsort(values, kind="stable")[:2]
        lead = float(values[next_best] - values[best])
        peptide = candidates.peptides[row][int(best)]
        if peptide is None or not lead > 0:
            problems.add(problem(loss, name, expected="one candidate below the others",
                                 came="two of the same loss", do="There is no answer"))  # fmt: skip
            continue
        answers.append(Answer(name, peptide, lead, row + 1))
    return Answers(tuple(answers), tuple(problems.closed()), len(candidates), loss)
