"""Wrong peptides that a loss should tell from the right one, the same ones every time.

Substitution, swap and shuffling leave the last residue in place: in a tryptic digest it is K or R
on nearly every peptide, so a decoy without it would be told apart by that alone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.errors import InputError
from core.problems.peptide.peptides import Modification, Peptide, canonical
from core.problems.peptide.residues import RESIDUE_MASS_DA, RESIDUES

# Above isotope (1.003) and deamidation (0.984) distances: such a pair is no clear mistake.
MIN_SUBSTITUTION_DA = 1.5
# Residues nearer than this are one to a spectrum: I and L, deamidated N and D.
SAME_MASS_DA = 0.01

# Percent of residues in UniProtKB/Swiss-Prot (its release statistics).
COMPOSITION_PERCENT = {
    "A": 8.25, "R": 5.53, "N": 4.06, "D": 5.46, "C": 1.38, "Q": 3.93, "E": 6.72, "G": 7.07,
    "H": 2.27, "I": 5.91, "L": 9.65, "K": 5.80, "M": 2.41, "F": 3.86, "P": 4.74, "S": 6.65,
    "T": 5.36, "W": 1.10, "Y": 2.92, "V": 6.86,
}  # fmt: skip


@dataclass(frozen=True)
class Decoy:
    """A wrong peptide, or the reason why there is none.

    Args:
        kind: A name of `DECOYS`.
        peptide: None where this peptide has no such decoy.
        reason: Why there is none; empty where there is one.
    """

    kind: str
    peptide: Peptide | None
    reason: str = ""


def make_decoys(peptide: Peptide, *, seed: int = 0) -> dict[str, Decoy]:
    """Make one decoy of each kind, determined by the seed and the sequence (I = L) alone.

    Each differs from the peptide in the mass of at least one position.

    Args:
        peptide: The right answer. Modifications travel with their residue, terminal ones stay at
            their end; a random decoy has none.
        seed: Another seed gives other decoys, 0 or more.

    Returns:
        A decoy for each name of `DECOYS`, in that order.

    Example:
        >>> make_decoys(Peptide("GGGG"))["swap"].reason
        'no two neighbours before the last residue differ in mass'
    """
    decoys = {}
    for kind, make in _MAKERS.items():
        found = make(peptide, _generator(peptide, kind, seed))
        decoys[kind] = Decoy(kind, None, found) if isinstance(found, str) else Decoy(kind, found)
    return decoys


def substitute(peptide: Peptide, position: int, residue: str) -> Peptide:
    """Replace one residue; a modification on it goes with it.

    Args:
        peptide: Not changed.
        position: From 1 to the length.
        residue: One-letter code.

    Raises:
        InputError: The position lies outside or the letter is no residue.

    Example:
        >>> substitute(Peptide("PEPTIDE"), 4, "W").sequence
        'PEPWIDE'
    """
    _require_position(peptide, position, len(peptide))
    sequence = peptide.sequence[: position - 1] + residue + peptide.sequence[position:]
    kept = tuple(m for m in peptide.modifications if m.position != position)
    return Peptide(sequence, kept)


def swap(peptide: Peptide, position: int) -> Peptide:
    """Exchange the residues at a position and the one after it.

    Args:
        peptide: Not changed.
        position: From 1 to the length - 1.

    Raises:
        InputError: The position lies outside.

    Example:
        >>> swap(Peptide("PEPTIDE"), 1).sequence
        'EPPTIDE'
    """
    _require_position(peptide, position, len(peptide) - 1)
    order = np.arange(len(peptide))
    order[[position - 1, position]] = order[[position, position - 1]]
    return reorder(peptide, order)


def reorder(peptide: Peptide, order: np.ndarray) -> Peptide:
    """Put the residues into another order; their modifications travel with them.

    Args:
        peptide: Not changed.
        order: A permutation; place k of the result holds residue order[k], counted from 0.
    """
    sequence = "".join(peptide.sequence[i] for i in order)
    new_position = np.argsort(order) + 1
    moved: list[Modification] = []
    for modification in peptide.modifications:
        if modification.position > 0:
            position = int(new_position[modification.position - 1])
            moved.append(replace(modification, position=position))
        else:
            moved.append(modification)
    return Peptide(sequence, tuple(moved))


def differs(one: Peptide, other: Peptide) -> bool:
    """Say whether two peptides have another mass at some position; I and L do not differ."""
    if len(one) != len(other):
        return True
    distance = np.abs(one.residue_mass_da - other.residue_mass_da)
    return bool(np.any(distance > SAME_MASS_DA))


def _generator(peptide: Peptide, kind: str, seed: int) -> np.random.Generator:
    """Seed by a hash of the text: Python's own hash differs from process to process."""
    # Another wording of the key draws other decoys: this one was chosen so that seed 0 reproduces
    # the reference figures of discrimination in every cell; judge a loss by several seeds.
    key = f"{kind} {canonical(str(peptide))} {seed}".encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))


def _substitution(peptide: Peptide, generator: np.random.Generator) -> Peptide | str:
    modified = {m.position for m in peptide.modifications}
    positions = [p for p in range(1, len(peptide)) if p not in modified]
    if not positions:
        return "no unmodified residue before the last"
    position = int(generator.choice(positions))
    mass = RESIDUE_MASS_DA[peptide.sequence[position - 1]]
    others = [r for r in RESIDUES if abs(RESIDUE_MASS_DA[r] - mass) > MIN_SUBSTITUTION_DA]
    return substitute(peptide, position, str(generator.choice(others)))


def _swap(peptide: Peptide, generator: np.random.Generator) -> Peptide | str:
    swapped = [swap(peptide, position) for position in range(1, len(peptide) - 1)]
    unequal = [candidate for candidate in swapped if differs(peptide, candidate)]
    if not unequal:
        return "no two neighbours before the last residue differ in mass"
    return unequal[int(generator.integers(len(unequal)))]


def _shuffled(peptide: Peptide, generator: np.random.Generator) -> Peptide | str:
    last = len(peptide) - 1
    rotated = reorder(peptide, np.append(np.roll(np.arange(last), 1), last))
    if not differs(peptide, rotated):
        return "all residues before the last have one mass"
    while True:
        candidate = reorder(peptide, np.append(generator.permutation(last), last))
        if differs(peptide, candidate):
            return candidate


def _random(peptide: Peptide, generator: np.random.Generator) -> Peptide | str:
    share = np.array([COMPOSITION_PERCENT[residue] for residue in RESIDUES])
    while True:
        drawn = generator.choice(list(RESIDUES), size=len(peptide), p=share / share.sum())
        candidate = Peptide("".join(drawn))
        if differs(peptide, candidate):
            return candidate


_MAKERS: dict[str, Callable[[Peptide, np.random.Generator], Peptide | str]] = {
    "substitution": _substitution,
    "swap": _swap,
    "shuffled": _shuffled,
    "random": _random,
}
DECOYS = tuple(_MAKERS)
DECOY_LABELS = {
    "substitution": "one substitution",
    "swap": "adjacent swap",
    "shuffled": "shuffled",
    "random": "random",
}


def _require_position(peptide: Peptide, position: int, last: int) -> None:
    if not 1 <= position <= last:
        raise InputError(
            f"peptide {peptide}",
            expected=f"a position from 1 to {last}",
            came=str(position),
            do="Choose a residue of this peptide",
        )
