"""The one vocabulary: residues, modifications and special tokens with their monoisotopic masses.

Every index table of the project is read from here; a second table somewhere else is how the
losses note's first bug came about (`diagnose.vocabulary_check` shows what it costs).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
from jaxtyping import Float

from core.errors import InputError

# CODATA 2018 proton; water and residues from the atomic masses of AME2020 / NIST
# (C 12, H 1.00782503, N 14.00307400, O 15.99491462, S 31.97207117), rounded to 1e-6 Da.
PROTON_DA: Final = 1.007276467
WATER_DA: Final = 18.010565
ISOTOPE_DA: Final = 1.003355  # 13C - 12C

RESIDUE_MASS_DA: Final[dict[str, float]] = {
    "A": 71.037114,
    "R": 156.101111,
    "N": 114.042927,
    "D": 115.026943,
    "C": 103.009185,
    "Q": 128.058578,
    "E": 129.042593,
    "G": 57.021464,
    "H": 137.058912,
    "I": 113.084064,
    "L": 113.084064,
    "K": 128.094963,
    "M": 131.040485,
    "F": 147.068414,
    "P": 97.052764,
    "S": 87.032028,
    "T": 101.047678,
    "W": 186.079313,
    "Y": 163.063329,
    "V": 99.068414,
}
RESIDUES: Final = "".join(RESIDUE_MASS_DA)


@dataclass(frozen=True)
class KnownModification:
    """A named mass difference and where it belongs.

    Args:
        name: The Unimod name.
        mass_da: Monoisotopic mass difference in Da.
        residues: One-letter codes it sits on, at any position.
        n_term: First residues it may sit on as an N-terminal modification; "*" stands for any.
        aliases: Other names in use, among them those of PEPREC files.

    Source: Unimod (unimod.org), monoisotopic differences.
    """

    name: str
    mass_da: float
    residues: str = ""
    n_term: str = ""
    aliases: tuple[str, ...] = ()

    def fits(self, sequence: str, position: int) -> bool:
        """Say whether this modification belongs at `position` of `sequence`.

        Args:
            sequence: One-letter residues, at least one.
            position: 0 for the N-terminus, 1 to the length for a residue, -1 for the C-terminus.
        """
        at_first = position in {0, 1} and self.n_term != "*" and sequence[0] in self.n_term
        at_any_start = position == 0 and self.n_term == "*"
        on_residue = position >= 1 and sequence[position - 1] in self.residues
        return at_first or at_any_start or on_residue


MODIFICATIONS: Final[dict[str, KnownModification]] = {
    known.name: known
    for known in (
        KnownModification("Carbamidomethyl", 57.021464, residues="C", aliases=("UNIMOD:4",)),
        KnownModification("Oxidation", 15.994915, residues="M", aliases=("UNIMOD:35", "ox")),
        KnownModification(
            "Deamidated", 0.984016, residues="NQ", aliases=("Deamidation", "UNIMOD:7")
        ),
        KnownModification("Acetyl", 42.010565, residues="K", n_term="*", aliases=("UNIMOD:1",)),
        KnownModification("Carbamyl", 43.005814, residues="K", n_term="*", aliases=("UNIMOD:5",)),
        # PEPREC's "Pyro_glu" is defined by ms2pip's config as -18.010565 on E.
        KnownModification(
            "Glu->pyro-Glu", -18.010565, n_term="E", aliases=("Pyro_glu", "Pyro-glu", "UNIMOD:27")
        ),
        KnownModification("Gln->pyro-Glu", -17.026549, n_term="Q", aliases=("UNIMOD:28",)),
    )
}
_BY_ANY_NAME: Final = {
    alias.lower(): known
    for known in MODIFICATIONS.values()
    for alias in (known.name, *known.aliases)
}


def modification_named(name: str) -> KnownModification | None:
    """Find a modification by its name or an alias, ignoring case; None where unknown.

    Example:
        >>> modification_named("Deamidation").name
        'Deamidated'
    """
    return _BY_ANY_NAME.get(name.strip().lower())


SpecialToken = Literal["<pad>", "<start>", "<stop>", "<unk>"]
SPECIAL_TOKENS: Final[tuple[SpecialToken, ...]] = ("<pad>", "<start>", "<stop>", "<unk>")
MODIFIED_TOKENS: Final[dict[str, tuple[str, str]]] = {
    "C[+57.02]": ("C", "Carbamidomethyl"),
    "M[+15.99]": ("M", "Oxidation"),
    "N[+0.98]": ("N", "Deamidated"),
    "Q[+0.98]": ("Q", "Deamidated"),
}


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens a model predicts, in index order, with their masses.

    Special tokens have mass 0: a probability on them takes mass off the expected peptide.

    Args:
        tokens: Distinct names in index order.
        mass_da: Monoisotopic mass of each token in Da, 0 for special tokens.
    """

    tokens: tuple[str, ...]
    mass_da: Float[np.ndarray, " tokens"]

    @cached_property
    def index(self) -> dict[str, int]:
        """The index of each token."""
        return {token: index for index, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        """Give the number of tokens."""
        return len(self.tokens)


def build_vocabulary(*, modified_tokens: bool = True) -> Vocabulary:
    """Build special tokens, 20 residues, then modified residues, each with its mass.

    Args:
        modified_tokens: False leaves the modified residues out.

    Example:
        >>> len(build_vocabulary()), len(build_vocabulary(modified_tokens=False))
        (28, 24)
    """
    modified = {
        token: RESIDUE_MASS_DA[residue] + MODIFICATIONS[name].mass_da
        for token, (residue, name) in MODIFIED_TOKENS.items()
        if modified_tokens
    }
    masses = dict.fromkeys(SPECIAL_TOKENS, 0.0) | RESIDUE_MASS_DA | modified
    mass_da = np.array(list(masses.values()), dtype=np.float64)
    mass_da.setflags(write=False)
    return Vocabulary(tuple(masses), mass_da)


VOCABULARY: Final = build_vocabulary()
# What a model of unmodified peptides predicts. N[+0.98] weighs what D weighs: a loss that sees
# masses only could never choose between them.
PLAIN_VOCABULARY: Final = build_vocabulary(modified_tokens=False)


def require_residues(sequence: str, where: str) -> None:
    """Check that a sequence holds only the 20 residues.

    Args:
        sequence: One-letter codes.
        where: What the message names as the place.

    Raises:
        InputError: The sequence is empty or a letter is no residue; names the position from 1.
    """
    if not sequence:
        raise InputError(where, expected="at least one residue", came="none", do="Give a sequence")
    for position, letter in enumerate(sequence, start=1):
        if letter not in RESIDUE_MASS_DA:
            raise InputError(
                f"{where}, position {position}",
                expected=f"one of the residues {RESIDUES}",
                came=f"'{letter}'",
                do="Write residues as these capital letters, modifications in square brackets",
            )
