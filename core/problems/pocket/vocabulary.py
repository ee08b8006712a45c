"""The one vocabulary of a pocket: elements and residues, each with its index.

Selenomethionine counts as methionine: crystallographers put it there for phasing and the protein
works as before. Every other modified residue is "other": its parent would hide the modification.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import Int

OTHER: Final = "other"
# What proteins, nucleic acids, cofactors and bound metals are made of; "other" stays last.
ELEMENTS: Final = (
    "C", "N", "O", "S", "P", "F", "Cl", "Br", "I", "Mg", "Ca", "Mn", "Fe", "Zn", "Na", "K", OTHER,
)  # fmt: skip
AMINO_ACIDS: Final[dict[str, str]] = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C", "GLN": "Q", "GLU": "E",
    "GLY": "G", "HIS": "H", "ILE": "I", "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F",
    "PRO": "P", "SER": "S", "THR": "T", "TRP": "W", "TYR": "Y", "VAL": "V",
}  # fmt: skip
NUCLEOTIDES: Final[dict[str, str]] = {
    "A": "A", "C": "C", "G": "G", "U": "U", "DA": "A", "DC": "C", "DG": "G", "DT": "T",
}  # fmt: skip
SAME_RESIDUE: Final[dict[str, str]] = {"MSE": "MET"}
RESIDUES: Final = (*AMINO_ACIDS, *NUCLEOTIDES, OTHER)

_LETTERS: Final = AMINO_ACIDS | NUCLEOTIDES
_ELEMENT_INDEX: Final = {symbol.upper(): index for index, symbol in enumerate(ELEMENTS[:-1])}
_RESIDUE_INDEX: Final = {name: index for index, name in enumerate(RESIDUES[:-1])}
_RESIDUE_INDEX.update({name: _RESIDUE_INDEX[same] for name, same in SAME_RESIDUE.items()})
STANDARD_NAMES: Final = frozenset(_RESIDUE_INDEX)


def element_index(symbols: Sequence[str] | np.ndarray) -> Int[np.ndarray, " atoms"]:
    """Give the index in ELEMENTS of each symbol, in any case; what is not there is "other".

    Example:
        >>> [ELEMENTS[index] for index in element_index(["C", "CL", "Zn", "W"])]
        ['C', 'Cl', 'Zn', 'other']
    """
    return _lookup(symbols, _ELEMENT_INDEX, len(ELEMENTS) - 1)


def residue_index(names: Sequence[str] | np.ndarray) -> Int[np.ndarray, " residues"]:
    """Give the index in RESIDUES of each residue name, in any case; MSE is MET.

    Example:
        >>> [RESIDUES[index] for index in residue_index(["GLY", "MSE", "U", "DT", "HEM"])]
        ['GLY', 'MET', 'U', 'DT', 'other']
    """
    return _lookup(names, _RESIDUE_INDEX, len(RESIDUES) - 1)


def one_letter(names: Sequence[str] | np.ndarray) -> str:
    """Write residues as a sequence of one-letter codes, X for what is not in RESIDUES.

    Example:
        >>> one_letter(["MSE", "ALA", "SEP"]), one_letter(["DG", "DT"])
        ('MAX', 'GT')
    """
    return "".join(_LETTERS.get(RESIDUES[index], "X") for index in residue_index(names))


def _lookup(
    words: Sequence[str] | np.ndarray, table: Mapping[str, int], other: int
) -> Int[np.ndarray, " words"]:
    distinct, place = np.unique(np.char.upper(np.asarray(words, dtype=str)), return_inverse=True)
    index = np.array([table.get(word, other) for word in distinct.tolist()], dtype=np.int64)
    return index[place]
