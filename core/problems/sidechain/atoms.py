"""The one vocabulary of side chains: residues, their atoms in 14 and in 37 slots, angles, rings.

Slots, orders and pairs are those of AlphaFold (Jumper et al. 2021, Nature 596:583, supplement
1.2.1, 1.8.2 and tables 2 and 3; `residue_constants` in the code published with it); names of atoms
are those of the PDB's chemical component dictionary.

**The trap.** Slot 3 is O among the 14 and CB among the 37; slot 4 is CB among the 14 and O among
the 37. Arrays are moved from one to the other by `to_atom37` and `to_atom14`, never by slicing.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

from core.errors import InputError
from core.problems.sidechain.bonds import BONDS  # noqa: F401 - part of the vocabulary

Names: TypeAlias = tuple[str, ...]
Quadruple: TypeAlias = tuple[str, str, str, str]

# In the order of their one-letter codes, ARNDCQEGHILKMFPSTWYV.
RESIDUES: Final[Names] = (
    "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE",
    "LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL",
)  # fmt: skip
ONE_LETTER: Final[Mapping[str, str]] = dict(zip(RESIDUES, "ARNDCQEGHILKMFPSTWYV", strict=True))
ELEMENTS: Final[Names] = ("C", "N", "O", "S")
SLOTS: Final = 14
BACKBONE: Final[Names] = ("N", "CA", "C", "O")

_SIDE_CHAINS: Final = {
    "ALA": "CB",
    "ARG": "CB CG CD NE CZ NH1 NH2",
    "ASN": "CB CG OD1 ND2",
    "ASP": "CB CG OD1 OD2",
    "CYS": "CB SG",
    "GLN": "CB CG CD OE1 NE2",
    "GLU": "CB CG CD OE1 OE2",
    "GLY": "",
    "HIS": "CB CG ND1 CD2 CE1 NE2",
    "ILE": "CB CG1 CG2 CD1",
    "LEU": "CB CG CD1 CD2",
    "LYS": "CB CG CD CE NZ",
    "MET": "CB CG SD CE",
    "PHE": "CB CG CD1 CD2 CE1 CE2 CZ",
    "PRO": "CB CG CD",
    "SER": "CB OG",
    "THR": "CB OG1 CG2",
    "TRP": "CB CG CD1 CD2 NE1 CE2 CE3 CZ2 CZ3 CH2",
    "TYR": "CB CG CD1 CD2 CE1 CE2 CZ OH",
    "VAL": "CB CG1 CG2",
}
ATOM14: Final[Mapping[str, Names]] = {
    res_name: (*BACKBONE, *side_chain.split()) for res_name, side_chain in _SIDE_CHAINS.items()
}
ATOM37: Final[Names] = (
    "N", "CA", "C", "CB", "O", "CG", "CG1", "CG2", "OG", "OG1", "SG", "CD", "CD1", "CD2", "ND1",
    "ND2", "OD1", "OD2", "SD", "CE", "CE1", "CE2", "CE3", "NE", "NE1", "NE2", "OE1", "OE2", "CH2",
    "NH1", "NH2", "OH", "CZ", "CZ2", "CZ3", "NZ", "OXT",
)  # fmt: skip

# Atoms of chi 1 to 4. Source: IUPAC-IUB 1970 (Biochemistry 9:3471); AlphaFold's table 2.
_SIDES: Final = {
    "ARG": "CG CD NE CZ",
    "ASN": "CG OD1",
    "ASP": "CG OD1",
    "CYS": "SG",
    "GLN": "CG CD OE1",
    "GLU": "CG CD OE1",
    "HIS": "CG ND1",
    "ILE": "CG1 CD1",
    "LEU": "CG CD1",
    "LYS": "CG CD CE NZ",
    "MET": "CG SD CE",
    "PHE": "CG CD1",
    "PRO": "CG CD",
    "SER": "OG",
    "THR": "OG1",
    "TRP": "CG CD1",
    "TYR": "CG CD1",
    "VAL": "CG1",
}


def _quadruples(path: Names) -> tuple[Quadruple, ...]:
    starts = range(len(path) - 3)
    return tuple((path[i], path[i + 1], path[i + 2], path[i + 3]) for i in starts)


CHI_ATOMS: Final[Mapping[str, tuple[Quadruple, ...]]] = {
    res_name: _quadruples(("N", "CA", "CB", *_SIDES[res_name].split()))
    if res_name in _SIDES
    else ()
    for res_name in RESIDUES
}

# Names that may be exchanged without changing the molecule; the pairs of a residue together, never
# one alone. A half turn of a carboxylate or of a ring brings one atom to the other's place.
# Not LEU and VAL: their methyls are told apart by the handedness of the carbon that holds them, so
# exchanged names are another molecule. Not ARG: its CZ-NE bond has a double bond's character and
# does not turn, NH1 is the one that stands cis to CD. (AlphaFold's table 3 has the same four.)
SYMMETRIC_PAIRS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "ASP": (("OD1", "OD2"),),
    "GLU": (("OE1", "OE2"),),
    "PHE": (("CD1", "CD2"), ("CE1", "CE2")),
    "TYR": (("CD1", "CD2"), ("CE1", "CE2")),
}

# In the order in which the bonds go round. Source: the bonds of the component dictionary.
_BENZENE: Final = ("CG", "CD1", "CE1", "CZ", "CE2", "CD2")
AROMATIC_RINGS: Final[Mapping[str, tuple[Names, ...]]] = {
    "HIS": (("CG", "ND1", "CE1", "NE2", "CD2"),),
    "PHE": (_BENZENE,),
    "TRP": (
        ("CG", "CD1", "NE1", "CE2", "CD2"),
        ("CD2", "CE2", "CZ2", "CH2", "CZ3", "CE3"),
    ),
    "TYR": (_BENZENE,),
}


def _slots(order: Names) -> Int[np.ndarray, "20 slots"]:
    """Find, for each residue and each name of an order, the slot among the 14; -1 where none."""
    rows = [
        [ATOM14[res].index(name) if name in ATOM14[res] else -1 for name in order]
        for res in RESIDUES
    ]
    return np.array(rows)


def _padded(rows: list[list[int]]) -> Int[np.ndarray, "20 14"]:
    return np.array([row + [-1] * (SLOTS - len(row)) for row in rows])


ATOM37_TO_14: Final[Int[np.ndarray, "20 37"]] = _slots(ATOM37)
ATOM14_TO_37: Final[Int[np.ndarray, "20 14"]] = _padded(
    [[ATOM37.index(name) for name in ATOM14[res]] for res in RESIDUES]
)
# The first letter of a name is the element in all twenty.
ELEMENT14: Final[Int[np.ndarray, "20 14"]] = _padded(
    [[ELEMENTS.index(name[0]) for name in ATOM14[res]] for res in RESIDUES]
)
EXISTS14: Final[Bool[np.ndarray, "20 14"]] = ATOM14_TO_37 >= 0
for _table in (ATOM37_TO_14, ATOM14_TO_37, ELEMENT14, EXISTS14):
    _table.setflags(write=False)


def to_atom37(
    coord14: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
) -> Float[np.ndarray, "residues 37 3"]:
    """Move coordinates from 14 slots to 37.

    Args:
        coord14: In angstrom, NaN where an atom is missing; slots that the type does not have are
            not looked at.
        type: Index in RESIDUES.

    Returns:
        NaN where there is no atom; OXT, which no residue has among its 14, is always NaN.

    Raises:
        InputError: A type is not an index in RESIDUES.
    """
    return _moved(coord14, ATOM37_TO_14[_checked(type)])


def to_atom14(
    coord37: Float[np.ndarray, "residues 37 3"],
    type: Int[np.ndarray, " residues"],
) -> Float[np.ndarray, "residues 14 3"]:
    """Move coordinates from 37 slots to 14; the inverse of `to_atom37` but for OXT, which is lost.

    Args:
        coord37: In angstrom, NaN where an atom is missing; slots that the type does not have are
            not looked at.
        type: Index in RESIDUES.

    Returns:
        NaN where there is no atom.

    Raises:
        InputError: A type is not an index in RESIDUES.
    """
    return _moved(coord37, ATOM14_TO_37[_checked(type)])


def _moved(
    coord: Float[np.ndarray, "residues slots 3"], source: Int[np.ndarray, "residues other_slots"]
) -> Float[np.ndarray, "residues other_slots 3"]:
    """Take each slot from its source; NaN where the source is -1."""
    moved = np.take_along_axis(coord, np.maximum(source, 0)[:, :, None], axis=1)
    moved[source < 0] = np.nan
    return moved


def _checked(type: Int[np.ndarray, " residues"]) -> Int[np.ndarray, " residues"]:
    """Refuse what is no index: -1, which often stands for unknown, would be taken for VAL."""
    wrong = np.unique(type[(type < 0) | (type >= len(RESIDUES))])
    if len(wrong):
        raise InputError(
            "residue types",
            expected=f"indices from 0 to {len(RESIDUES) - 1} in the order of ARNDCQEGHILKMFPSTWYV",
            came=", ".join(map(str, wrong[:6])),
            do="Leave unknown residues out, or translate the indices",
        )
    return type
