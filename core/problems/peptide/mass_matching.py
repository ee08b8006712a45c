"""Residues that agree by mass: the field's precision and recall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool

from core.problems.peptide.residues import RESIDUE_MASS_DA

RESIDUE_TOLERANCE_DA: Final = 0.1
PREFIX_TOLERANCE_DA: Final = 0.5


@dataclass(frozen=True)
class Agreement:
    """When two residues count as the same; the field's convention by default.

    Args:
        residue_da: Largest difference of their masses, Da.
        prefix_da: Largest difference of the masses up to them, or behind them, Da.
        tells_isoleucine: Whether I and L, which have one mass, count as two residues.
    """

    residue_da: float = RESIDUE_TOLERANCE_DA
    prefix_da: float = PREFIX_TOLERANCE_DA
    tells_isoleucine: bool = False


BY_MASS: Final = Agreement()


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


def match_masses(
    mine: Sequence[float], other: Sequence[float], agreement: Agreement = BY_MASS
) -> Bool[np.ndarray, " longest"]:
    """Say which residues agree, as `match_residues`, given their masses with modifications."""
    matched = np.zeros(max(len(mine), len(other)), dtype=bool)
    for i, j in matched_places(mine, other, agreement):
        matched[max(i, j)] = True
    return matched


def matched_places(
    mine: Sequence[float], other: Sequence[float], agreement: Agreement = BY_MASS
) -> list[tuple[int, int]]:
    """Pair the places of residues that agree: from the left, then from the right.

    Example:
        >>> matched_places([57.02, 57.02, 71.04], [114.04, 71.04])
        [(2, 1)]
    """
    longest = max(len(mine), len(other))
    found = {max(pair): pair for pair in _pairs(mine, other, agreement)}
    first_wrong = next((place for place in range(longest) if place not in found), longest)
    if first_wrong < longest:
        for i, j in _pairs(mine[::-1], other[::-1], agreement):
            pair = len(mine) - 1 - i, len(other) - 1 - j
            if min(pair) >= first_wrong:
                found.setdefault(max(pair), pair)
    return [found[place] for place in sorted(found)]


def _pairs(
    mine: Sequence[float], other: Sequence[float], agreement: Agreement
) -> list[tuple[int, int]]:
    """Walk along two chains of masses; give the places of residues that agree."""
    found: list[tuple[int, int]] = []
    i = j = 0
    mass_i = mass_j = 0.0
    while i < len(mine) and j < len(other):
        difference = mass_i + mine[i] - mass_j - other[j]
        if abs(difference) < agreement.prefix_da:
            if abs(mine[i] - other[j]) < agreement.residue_da:
                found.append((i, j))
            mass_i, mass_j = mass_i + mine[i], mass_j + other[j]
            i, j = i + 1, j + 1
        elif difference < 0:
            mass_i, i = mass_i + mine[i], i + 1
        else:
            mass_j, j = mass_j + other[j], j + 1
    return found
