"""Names in structure files: which residue is one of the twenty, which atom one of its slots."""

from collections.abc import Mapping
from typing import Final

from core.problems.sidechain.atoms import ATOM14, RESIDUES

# Modified residues that hold all atoms of a standard one under the same names and with the same
# bonds, so that its parent can be read out of them; what they have besides is left out.
# Source: the component dictionary (parent by its one-letter code), compared in the tests. Selenium
# stands where the sulfur of methionine is: C-SE is 1.95 A long, C-S 1.80 A.
MODIFIED: Final[Mapping[str, str]] = {
    modified: parent
    for parent, names in {
        "ARG": "2MR DA2",
        "CYS": "CAF CAS CME CMT CSD CSO CSP CSS CSX OCS SCY SMC SNC YCM",
        "HIS": "HIC NEP",
        "LYS": "ALY KCX LLP M3L MLY MLZ",
        "MET": "CXM FME MHO MSE OMT",
        "ASP": "PHD",
        "ASN": "MEN",
        "PRO": "HYP",
        "SER": "SEP",
        "THR": "TPO",
        "TRP": "FTR HTR TRO",
        "TYR": "PTR TYI TYS YOF",
    }.items()
    for modified in names.split()
}

# The same residue in another state of protonation, as force fields name it (AMBER, CHARMM,
# GROMACS). HIP is phosphohistidine in the component dictionary: a histidine either way.
PROTONATION: Final[Mapping[str, str]] = {
    variant: res_name
    for res_name, names in {
        "ARG": "ARN",
        "ASP": "ASH ASPP",
        "CYS": "CYM CYX CYS2",
        "GLU": "GLH GLUP",
        "HIS": "HID HIE HIP HSD HSE HSP HISD HISE HISH HISP",
        "LYS": "LYN LSN",
        "TYR": "TYM",
    }.items()
    for variant in names.split()
}

PARENT: Final[Mapping[str, str]] = {
    **{res_name: res_name for res_name in RESIDUES}, **PROTONATION, **MODIFIED
}  # fmt: skip

WATERS: Final = frozenset(("HOH", "DOD", "WAT", "H2O", "TIP", "TIP3", "TIP4", "SOL", "SPC"))
NUCLEOTIDES: Final = frozenset((
    "A", "C", "G", "U", "T", "I", "N", "DA", "DC", "DG", "DT", "DU", "DI", "DN",
    "ADE", "CYT", "GUA", "THY", "URA", "RA", "RC", "RG", "RU",
))  # fmt: skip

# Other names for an atom of a slot: selenium for sulfur, CHARMM's CD of ILE, and the oxygens of the
# last residue as CHARMM and GROMACS name them.
_ANYWHERE: Final = {"OT1": "O", "OC1": "O", "O1": "O"}
_ALIASES: Final[Mapping[str, Mapping[str, str]]] = {"MSE": {"SE": "SD"}, "ILE": {"CD": "CD1"}}


def slot_of(res_name: str, atom_name: str) -> int:
    """Find the slot of an atom among the 14 of its residue or its residue's parent.

    Returns:
        -1 where it has none: a hydrogen, OXT, what a modified residue has besides, and every atom
        of what is no residue.

    Example:
        >>> slot_of("MSE", "SE"), slot_of("MET", "SD"), slot_of("HSD", "ND1"), slot_of("ALA", "HB1")
        (6, 6, 6, -1)
    """
    parent = PARENT.get(res_name)
    if parent is None:
        return -1
    names = ATOM14[parent]
    if atom_name not in names:
        atom_name = _ALIASES.get(res_name, {}).get(atom_name) or _ANYWHERE.get(atom_name, "")
    return names.index(atom_name) if atom_name in names else -1
