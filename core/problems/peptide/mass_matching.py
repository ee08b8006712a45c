"""Residues that agree by mass: the field's precision and recall."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool

from core.problems.peptide.residues import RESIDUE_MASS_DA

RESIDUE_TOLERANCE_DA: Final = 0.1
PREFIX_TOLERANCE_DA: Final = 0.5


def casanovo(answers: Sequence[str], truth: Sequence[str]) -> dict[str, float]:
    """Give residue precision and recall, and peptide precision, by mass.

    A residue counts where its mass agrees within 0.1 Da and the mass up to it within 0.5 Da,
    counted from the left or, behind the first mistake, from the right.

    Args:
        answers: One-letter residues; may be empty.
        truth: The right peptides, as many.

    Returns:
        `residue_precision` of the answered residues, `residue_recall` of the true ones, and
        `peptide_precision` of the answers; 0 where there is nothing to count.

    Source: Casanovo (Yilmaz et al. 2022), its evaluation's matching from both ends.

    Example:
        >>> casanovo(["GGAK"], ["NAK"])["residue_recall"]
        0.6666666666666666
    """
    matches = [match_residues(a, t) for a, t in zip(answers, truth, strict=True)]
    right = sum(int(match.sum()) for match in matches)
    return {
        "residue_precision": right / max(sum(map(len, answers)), 1),
        "residue_recall": right / max(sum(map(len, truth)), 1),
        "peptide_precision": float(np.mean([bool(match.all()) for match in matches])),
    }


def match_residues(answer: str, truth: str) -> Bool[np.ndarray, " longest"]:
    """Say which residues agree by mass, at the later of the two places of each pair.

    Example:
        >>> match_residues("GGAK", "NAK").tolist()
        [False, False, True, True]
    """
    mine, other = ([RESIDUE_MASS_DA[r] for r in text] for text in (answer, truth))
    return match_masses(mine, other)


def match_masses(mine: Sequence[float], other: Sequence[float]) -> Bool[np.ndarray, " longest"]:
    """Say which residues agree, as `match_residues`, given their masses with modifications."""
    matched = np.zeros(max(len(mine), len(other)), dtype=bool)
    for i, j in _pairs(mine, other):
        matched[max(i, j)] = True
    if matched.all():
        return matched
    first_wrong = int(np.argmin(matched))
    for i, j in _pairs(mine[::-1], other[::-1]):
        places = len(mine) - 1 - i, len(other) - 1 - j
        if min(places) >= first_wrong:
            matched[max(places)] = True
    return matched


def _pairs(mine: Sequence[float], other: Sequence[float]) -> list[tuple[int, int]]:
    """Walk along two chains of masses; give the places of residues that agree."""
    found: list[tuple[int, int]] = []
    i = j = 0
    mass_i = mass_j = 0.0
    while i < len(mine) and j < len(other):
        difference = mass_i + mine[i] - mass_j - other[j]
        if abs(difference) < PREFIX_TOLERANCE_DA:
            if abs(mine[i] - other[j]) < RESIDUE_TOLERANCE_DA:
                found.append((i, j))
            mass_i, mass_j = mass_i + mine[i], mass_j + other[j]
            i, j = i + 1, j + 1
        elif difference < 0:
            mass_i, i = mass_i + mine[i], i + 1
        else:
            mass_j, j = mass_j + other[j], j + 1
    return found
