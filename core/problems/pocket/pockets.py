"""A pocket: the residues around a ligand, cut out of a structure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

from core.errors import InputError
from core.problems.pocket.additives import WATER
from core.problems.pocket.selection import BOND_ANGSTROM, FREE, GLYCAN, ION, POLYMER, Residues
from core.problems.pocket.vocabulary import element_index, one_letter, residue_index

POCKET_KINDS: Final = (POLYMER, GLYCAN, ION, FREE)


@dataclass(frozen=True, eq=False)
class Pocket:
    """The heavy atoms around the ligand of a complex; never an atom of the ligand itself.

    Args:
        name: Of the complex.
        ligand: Residue name of the ligand.
        element: Index in `vocabulary.ELEMENTS` of each atom.
        residue: Index in `vocabulary.RESIDUES` of the residue of each atom.
        coord: Angstrom, as in the file.
        residue_count: How many residues the atoms belong to.
        sequences: One-letter codes of the chains that touch the pocket, of what has coordinates.
        ligand_atoms: Names of the ligand's heavy atoms.
        ligand_coord: Theirs, angstrom.
        notes: What was chosen or left out.
    """

    name: str
    ligand: str
    element: Int[np.ndarray, " atoms"]
    residue: Int[np.ndarray, " atoms"]
    coord: Float[np.ndarray, "atoms 3"]
    residue_count: int
    sequences: tuple[str, ...]
    ligand_atoms: tuple[str, ...]
    ligand_coord: Float[np.ndarray, "ligand_atoms 3"]
    notes: tuple[str, ...]


def cut_pocket(
    name: str, residues: Residues, chosen: int, cutoff_angstrom: float, notes: list[str]
) -> Pocket:
    """Cut out every residue with an atom near the ligand, whole.

    Polymers, sugars on them, cofactors and ions of one atom (bound metals) make the pocket. Left
    out are water, additives, other copies of the ligand, and residues bound to the ligand, which
    would give it away.

    Args:
        name: Of the complex.
        residues: Of the structure.
        chosen: The residue that is the ligand.
        cutoff_angstrom: Largest distance of two heavy atoms.
        notes: What is to be said besides.

    Raises:
        InputError: No polymer is within the cut-off.
    """
    kind, ligand = residues.kind, np.arange(len(residues.first)) == chosen
    parts = residues.bonded(ligand, np.isin(kind, [FREE, GLYCAN]))
    copies = (residues.name == residues.name[chosen]) & (kind != POLYMER)
    near = residues.near(ligand, cutoff_angstrom) & ~ligand & (kind != WATER)
    inside = near & np.isin(kind, POCKET_KINDS) & ~parts & ~copies
    if not (inside & (kind == POLYMER)).any():
        raise InputError(
            name,
            expected=f"a polymer within {cutoff_angstrom:g} angstrom of {residues.label(chosen)}",
            came="none",
            do="Widen the cut-off, or name another ligand",
        )
    held = residues.near(ligand, BOND_ANGSTROM) & (kind == POLYMER)
    said = {
        "left out, bound to the ligand": parts,
        "left out of the pocket": near & ~inside & ~parts,
        f"within {BOND_ANGSTROM:g} angstrom of the ligand, a bond or a clash": held,
    }
    notes = [*notes, *(f"{text}: {residues.labels(m)}" for text, m in said.items() if m.any())]
    return _as_pocket(name, residues, ligand, inside, notes)


def _as_pocket(
    name: str,
    residues: Residues,
    ligand: Bool[np.ndarray, " residues"],
    inside: Bool[np.ndarray, " residues"],
    notes: list[str],
) -> Pocket:
    atoms, own = residues.atoms[residues.members(inside)], residues.atoms[residues.members(ligand)]
    # Selenomethionine counts as methionine (see vocabulary), so its selenium is a sulphur.
    is_sulphur = (atoms.res_name == "MSE") & (atoms.atom_name == "SE")
    return Pocket(
        name,
        str(residues.name[ligand][0]),
        element_index(np.where(is_sulphur, "S", atoms.element)),
        residue_index(atoms.res_name),
        atoms.coord,
        int(inside.sum()),
        _sequences(residues, inside),
        tuple(own.atom_name.tolist()),
        own.coord,
        tuple(notes),
    )


def _sequences(residues: Residues, inside: Bool[np.ndarray, " residues"]) -> tuple[str, ...]:
    polymer, chain = residues.kind == POLYMER, residues.atoms.chain_id[residues.first]
    touched = dict.fromkeys(chain[inside & polymer].tolist())
    return tuple(one_letter(residues.name[polymer & (chain == name)]) for name in touched)
