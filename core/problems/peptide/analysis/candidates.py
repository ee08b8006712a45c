"""What each loss says of the right peptide and of four wrong ones, on one spectrum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from core.problems.peptide.analysis.match import Match
from core.problems.peptide.analysis.scoring import (
    CERTAIN,
    Belief,
    Prepared,
    loss_named,
    score,
)
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.decoys import DECOY_LABELS, DECOYS, make_decoys
from core.problems.peptide.peptides import Peptide

CANDIDATES = ("right", *DECOYS)
CANDIDATE_LABELS = {"right": "right", **DECOY_LABELS}
# Differences below the third decimal that is shown are ties.
TIE = 0.0005


@dataclass(frozen=True)
class Candidate:
    """A peptide that a loss is asked about.

    Args:
        kind: A name of `CANDIDATES`.
        label: As written in a table.
        peptide: None where there is no decoy of this kind.
        reason: Why there is none.
    """

    kind: str
    label: str
    peptide: Peptide | None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class CandidateTable:
    """Losses by candidate (rows) and loss (columns).

    Args:
        candidates: The rows; the right peptide first.
        losses: The columns, keys of `SPECTRUM_LOSSES`.
        value: Loss; NaN where a candidate does not exist.
        lowest: Below every other candidate of its column by more than `TIE`.
        below_right: A wrong peptide below the right one by more than `TIE`.
        matches: Which ions each candidate explains; None where it does not exist.
        lead: By loss: lowest wrong loss - right loss; negative where a wrong one wins, NaN where
            there is no wrong one.
        rival: By loss: index of the candidate that the lead refers to; -1 where there is none.
    """

    candidates: tuple[Candidate, ...]
    losses: tuple[str, ...]
    value: Float[np.ndarray, "candidates losses"]
    lowest: Bool[np.ndarray, "candidates losses"]
    below_right: Bool[np.ndarray, "candidates losses"]
    matches: tuple[Match | None, ...]
    lead: Float[np.ndarray, " losses"]
    rival: tuple[int, ...]


def candidates_of(peptide: Peptide, *, seed: int = 0) -> tuple[Candidate, ...]:
    """List the right peptide and its decoys; depends on no option of a loss."""
    decoys = make_decoys(peptide, seed=seed)
    wrong = (Candidate(d.kind, DECOY_LABELS[d.kind], d.peptide, d.reason) for d in decoys.values())
    return (Candidate("right", CANDIDATE_LABELS["right"], peptide), *wrong)


def candidate_losses(
    candidates: Sequence[Candidate],
    observed: Prepared,
    loss: str,
    options: SpectrumOptions,
    belief: Belief = CERTAIN,
) -> Float[np.ndarray, " candidates"]:
    """Compute one column: a loss for each candidate; NaN where it does not exist.

    Cache it by `SPECTRUM_LOSSES[loss].relevant(options)`: a change of sigma leaves the columns
    that do not read it.
    """
    chosen = loss_named(loss)
    known = [i for i, candidate in enumerate(candidates) if candidate.peptide is not None]
    peptides = [c.peptide for c in candidates if c.peptide is not None]
    values = np.full(len(candidates), np.nan)
    values[known] = score(chosen, peptides, [observed] * len(peptides), options, belief)
    return values


def candidate_table(
    candidates: Sequence[Candidate],
    columns: Mapping[str, Float[np.ndarray, " candidates"]],
    matches: Sequence[Match | None],
) -> CandidateTable:
    """Put columns side by side, and say where the right peptide wins and where it does not."""
    value = np.column_stack(list(columns.values())) if columns else np.zeros((len(candidates), 0))
    filled = np.where(np.isnan(value), np.inf, value)
    lowest = np.stack(
        [
            filled[i] + TIE < np.delete(filled, i, axis=0).min(axis=0, initial=np.inf)
            for i in range(len(candidates))
        ]
    )
    wrong = filled[1:]
    no_wrong = ~np.isfinite(wrong).any(axis=0)
    rival = np.where(no_wrong, -1, wrong.argmin(axis=0) + 1)
    return CandidateTable(
        tuple(candidates),
        tuple(columns),
        value,
        lowest & np.isfinite(filled),
        np.vstack([np.zeros((1, value.shape[1]), dtype=bool), wrong < filled[0] - TIE]),
        tuple(matches),
        np.where(no_wrong, np.nan, wrong.min(axis=0) - filled[0]),
        tuple(int(k) for k in rival),
    )
