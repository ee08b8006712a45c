"""Folders of synthetic complexes whose ligands are real components, as PDB text."""

from collections.abc import Mapping
from pathlib import Path

from core.chemistry.components import read_components
from tests.core.problems.pocket.twins import hetero, residue, text

RESIDUES = ("ALA", "GLY", "SER", "LYS", "TRP", "ASP", "HIS", "MET", "PHE", "ARG")
LIGANDS = ("BTN", "CFF", "STI", "SAM", "IBP", "LDP", "ZMA", "AIN")


def chain(number: int) -> list[str]:
    """Six residues in a row; each number has another sequence."""
    names = [RESIDUES[(number * place + place**2) % len(RESIDUES)] for place in range(1, 7)]
    return [line for i, name in enumerate(names) for line in residue(name, i + 1, (4.0 * i, 0, 0))]


def write_complexes(
    folder: Path, ligand_of: Mapping[str, str], *, sequence_of: Mapping[str, int] | None = None
) -> Path:
    """Write a complex for each name: its ligand stands 4 angstrom above a chain of its own."""
    folder.mkdir()
    components = read_components(sorted(set(ligand_of.values()))).components
    for number, (name, ligand) in enumerate(ligand_of.items()):
        row = chain((sequence_of or {}).get(name, number))
        atoms = hetero(ligand, 101, (6.0, 0.0, 4.0), components[ligand].atom_names)
        (folder / f"{name}.pdb").write_text(text(row, atoms))
    return folder
