"""Covalent bonds between the heavy atoms of each residue, with ideal lengths in angstrom.

Source: bonds and ideal coordinates of the PDB's chemical component dictionary, as biotite carries
it, rounded to 0.001 (the tests compare them). Those are free amino acids without charge, and the
residues of real structures differ from them by 0.019 on average, most where the charge lies: CG-OD2
of ASP is 1.341 here and 1.249 there, CZ-NH1 of ARG 1.391 and 1.328. So they are the truth for
residues made of the dictionary, and a poor yardstick for real ones.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Bond(NamedTuple):
    """A covalent bond.

    Args:
        one: Atom name.
        other: Atom name.
        length: Ideal length in angstrom.
    """

    one: str
    other: str
    length: float


_TABLE: Final = """
ALA: N-CA 1.468 CA-C 1.505 CA-CB 1.529 C-O 1.207
ARG: N-CA 1.462 CA-C 1.518 CA-CB 1.536 C-O 1.224 CB-CG 1.537 CG-CD 1.527 CD-NE 1.444 NE-CZ 1.406
     CZ-NH1 1.391 CZ-NH2 1.391
ASN: N-CA 1.468 CA-C 1.507 CA-CB 1.531 C-O 1.208 CB-CG 1.507 CG-OD1 1.213 CG-ND2 1.348
ASP: N-CA 1.469 CA-C 1.507 CA-CB 1.530 C-O 1.209 CB-CG 1.508 CG-OD1 1.208 CG-OD2 1.341
CYS: N-CA 1.469 CA-C 1.506 CA-CB 1.528 C-O 1.207 CB-SG 1.814
GLN: N-CA 1.469 CA-C 1.506 CA-CB 1.529 C-O 1.207 CB-CG 1.528 CG-CD 1.507 CD-OE1 1.212 CD-NE2 1.347
GLU: N-CA 1.469 CA-C 1.508 CA-CB 1.530 C-O 1.208 CB-CG 1.531 CG-CD 1.508 CD-OE1 1.208 CD-OE2 1.343
GLY: N-CA 1.470 CA-C 1.507 C-O 1.208
HIS: N-CA 1.441 CA-C 1.522 CA-CB 1.534 C-O 1.227 CB-CG 1.510 CG-ND1 1.351 CG-CD2 1.338
     ND1-CE1 1.337 CD2-NE2 1.374 CE1-NE2 1.337
ILE: N-CA 1.469 CA-C 1.506 CA-CB 1.529 C-O 1.208 CB-CG1 1.529 CB-CG2 1.530 CG1-CD1 1.529
LEU: N-CA 1.469 CA-C 1.506 CA-CB 1.529 C-O 1.208 CB-CG 1.530 CG-CD1 1.530 CG-CD2 1.529
LYS: N-CA 1.469 CA-C 1.507 CA-CB 1.530 C-O 1.208 CB-CG 1.531 CG-CD 1.531 CD-CE 1.529 CE-NZ 1.469
MET: N-CA 1.469 CA-C 1.506 CA-CB 1.529 C-O 1.207 CB-CG 1.528 CG-SD 1.814 SD-CE 1.814
PHE: N-CA 1.469 CA-C 1.507 CA-CB 1.529 C-O 1.207 CB-CG 1.505 CG-CD1 1.382 CG-CD2 1.383
     CD1-CE1 1.382 CD2-CE2 1.382 CE1-CZ 1.381 CE2-CZ 1.382
PRO: N-CA 1.486 N-CD 1.487 CA-C 1.508 CA-CB 1.543 C-O 1.208 CB-CG 1.543 CG-CD 1.544
SER: N-CA 1.469 CA-C 1.507 CA-CB 1.529 C-O 1.207 CB-OG 1.428
THR: N-CA 1.469 CA-C 1.506 CA-CB 1.529 C-O 1.207 CB-OG1 1.428 CB-CG2 1.530
TRP: N-CA 1.469 CA-C 1.507 CA-CB 1.529 C-O 1.208 CB-CG 1.507 CG-CD1 1.343 CG-CD2 1.464
     CD1-NE1 1.369 CD2-CE2 1.407 CD2-CE3 1.396 NE1-CE2 1.377 CE2-CZ2 1.391 CE3-CZ3 1.366
     CZ2-CH2 1.377 CZ3-CH2 1.388
TYR: N-CA 1.469 CA-C 1.507 CA-CB 1.529 C-O 1.207 CB-CG 1.506 CG-CD1 1.382 CG-CD2 1.383
     CD1-CE1 1.381 CD2-CE2 1.381 CE1-CZ 1.387 CE2-CZ 1.388 CZ-OH 1.358
VAL: N-CA 1.469 CA-C 1.506 CA-CB 1.529 C-O 1.208 CB-CG1 1.530 CB-CG2 1.529
"""


def _bond(pair: str, length: str) -> Bond:
    one, other = pair.split("-")
    return Bond(one, other, float(length))


def _read(table: str) -> dict[str, tuple[Bond, ...]]:
    """Read 'residue: atom-atom length ...', which goes on in lines that begin with a space."""
    residues: dict[str, tuple[Bond, ...]] = {}
    for entry in table.strip().replace("\n ", " ").split("\n"):
        res_name, rest = entry.split(":")
        words = rest.split()
        residues[res_name] = tuple(map(_bond, words[::2], words[1::2]))
    return residues


BONDS: Final[Mapping[str, tuple[Bond, ...]]] = _read(_TABLE)
