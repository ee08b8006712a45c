"""Real complexes: the pocket around the ligand of a protein or nucleic acid structure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from biotite.structure import concatenate

from core.errors import InputError
from core.problems.pocket.file_pairs import complex_name, pair_files
from core.problems.pocket.pockets import Pocket, cut_pocket
from core.problems.pocket.selection import choose_ligand, find_residues
from core.problems.pocket.structures import Atoms, read_structure

CUTOFF_RANGE_ANGSTROM: Final = (2.0, 20.0)


@dataclass(frozen=True, eq=False)
class ComplexRow:
    """What became of one complex.

    Args:
        name: Of the complex, from its file name.
        ligand: Residue name, "" where it is not usable.
        atoms: Of the pocket, 0 where it is not usable.
        residues: Of the pocket.
        reason: Why it is not usable, "" where it is. A pocket whose ligand is no known molecule
            has both a pocket and a reason.
        pocket: None where it is not usable.
    """

    name: str
    ligand: str = ""
    atoms: int = 0
    residues: int = 0
    reason: str = ""
    pocket: Pocket | None = None


def read_pocket(
    path: Path,
    *,
    ligand: str | None = None,
    cutoff_angstrom: float = 6.0,
    ligand_path: Path | None = None,
) -> Pocket:
    """Read a complex and cut out the pocket of its ligand; see `cut_pocket` for what it holds.

    Args:
        path: PDB, mmCIF or BinaryCIF, plain or gzip'd; its first model is read.
        ligand: Residue name, or several, see `choose_ligand`; where None the largest residue of
            at least 6 heavy atoms that is neither polymer nor additive. Of several copies the
            first of the largest.
        cutoff_angstrom: Largest distance of two heavy atoms, 2 to 20.
        ligand_path: A file with the ligand alone, in the same frame; then it is there, and may be
            what is an additive elsewhere.

    Raises:
        InputError: A file cannot be read, holds no such ligand, or nothing is near it.
    """
    require_cutoff(cutoff_angstrom)
    structure = read_structure(path)
    notes = list(structure.notes)
    atoms: Atoms = structure.atoms
    given = np.zeros(atoms.array_length(), dtype=bool)
    if ligand_path is not None:
        apart = read_structure(ligand_path)
        atoms = concatenate([atoms, apart.atoms])
        given = np.arange(atoms.array_length()) >= len(given)
        notes += [f"{apart.name}: {note}" for note in apart.notes]
    residues = find_residues(atoms, given)
    allowed = given[residues.first] if ligand_path is not None else residues.size > 0
    chosen, more = choose_ligand(residues, ligand, allowed, (ligand_path or path).name)
    return cut_pocket(complex_name(path), residues, chosen, cutoff_angstrom, [*notes, *more])


def require_cutoff(cutoff_angstrom: float) -> None:
    """Check a cut-off.

    Raises:
        InputError: It is not between 2 and 20 angstrom.
    """
    low, high = CUTOFF_RANGE_ANGSTROM
    if not low <= cutoff_angstrom <= high:
        raise InputError(
            "cut-off of a pocket",
            expected=f"{low:g} to {high:g} angstrom",
            came=f"{cutoff_angstrom:g}",
            do="Choose a distance in this range",
        )


def read_complexes(
    source: Path | Iterable[Path], *, ligand: str | None = None, cutoff_angstrom: float = 6.0
) -> tuple[ComplexRow, ...]:
    """Read the complexes of a folder or of some files; see `walk_complexes`."""
    return tuple(walk_complexes(source, ligand=ligand, cutoff_angstrom=cutoff_angstrom))


def walk_complexes(
    source: Path | Iterable[Path], *, ligand: str | None = None, cutoff_angstrom: float = 6.0
) -> Iterator[ComplexRow]:
    """Read complexes one by one; a file that cannot be used costs itself only.

    `X_rna.pdb` (or `X_protein.pdb`, `X.pdb`) and `X_ligand.pdb` are one complex X.

    Args:
        source: A folder, of which files with the endings of structures count, or files; see
            `pair_files`.
        ligand: Residue name of the ligand in each; see `read_pocket`.
        cutoff_angstrom: See `read_pocket`.

    Yields:
        A row for each complex, in the order of names.

    Raises:
        InputError: There is no structure file at all, or the cut-off is out of range.
    """
    require_cutoff(cutoff_angstrom)
    for name, path, ligand_path in pair_files(source):
        if path is None:
            missing = f"there is no file {name}_rna, {name}_protein or {name} beside the ligand"
            yield ComplexRow(name, reason=missing)
            continue
        try:
            pocket = read_pocket(
                path, ligand=ligand, cutoff_angstrom=cutoff_angstrom, ligand_path=ligand_path
            )
        except InputError as error:
            yield ComplexRow(name, reason=str(error))
        else:
            size, pocket = len(pocket.element), replace(pocket, name=name)
            yield ComplexRow(name, pocket.ligand, size, pocket.residue_count, "", pocket)
