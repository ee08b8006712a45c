"""Structures as residues of 14 slots: read from PDB, mmCIF and BinaryCIF, plain or gzip'd."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int, Shaped

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14, ONE_LETTER, RESIDUES
from core.problems.sidechain.reading.atom_table import AtomTable, rows_of, whole_places
from core.problems.sidechain.reading.residue_arrays import ResidueArrays, Tally, assemble
from core.problems.sidechain.reading.shares import Tell, shares_of
from core.problems.sidechain.reading.structure_files import (
    SUFFIXES,
    Progress,
    has_structure_suffix,
    read_tables,
)
from core.problems.sidechain.reading.tally_words import tell


@dataclass(frozen=True, eq=False)
class Residues:
    """Amino acid residues with a full N, CA, C backbone, in the order of their file.

    Args:
        coord: In angstrom, in the slots of `ATOM14`; NaN where an atom is missing or the type has
            none.
        type: Index in RESIDUES.
        chain: The author's chain identifier.
        number: The author's residue number; may repeat, jump and be negative.
        insertion: Insertion code, "" where there is none.
        model: Number of the model, from 1.
        b_factor: Square angstrom, or where a program stores it there pLDDT, 0 to 100; NaN where
            an atom is missing.
        origin: Name of the file.
        notes: What was left out, chosen or mapped while reading, in words.
    """

    coord: Float32[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    chain: Shaped[np.ndarray, " residues"]
    number: Int[np.ndarray, " residues"]
    insertion: Shaped[np.ndarray, " residues"]
    model: Int[np.ndarray, " residues"]
    b_factor: Float32[np.ndarray, "residues 14"]
    origin: str
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Give the number of residues."""
        return len(self.type)

    @property
    def mask(self) -> Bool[np.ndarray, "residues 14"]:
        """Which slots hold an atom."""
        return np.asarray(np.isfinite(self.coord).all(axis=2))

    @property
    def missing(self) -> Int[np.ndarray, " residues"]:
        """How many atoms each residue lacks of those that its type has."""
        return (EXISTS14[self.type] & ~self.mask).sum(axis=1)

    @property
    def names(self) -> tuple[str, ...]:
        """Three-letter code of each residue; of a modified one its parent's."""
        return tuple(RESIDUES[index] for index in self.type.tolist())

    @property
    def sequence(self) -> str:
        """One-letter codes of all residues, chains behind one another."""
        return "".join(ONE_LETTER[name] for name in self.names)

    def select(self, rows: Int[np.ndarray, " rows"] | Bool[np.ndarray, " residues"]) -> "Residues":
        """Take some residues, in the order of their indices; origin and notes stay."""
        return Residues(
            self.coord[rows], self.type[rows], self.chain[rows], self.number[rows],
            self.insertion[rows], self.model[rows], self.b_factor[rows], self.origin, self.notes,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class FileRow:
    """What became of one file.

    Args:
        path: Of the file.
        residues: None where it is not usable.
        reason: Why it is not usable, "" where it is.
    """

    path: Path
    residues: Residues | None
    reason: str


def read_residues(
    path: Path, *, all_models: bool = False, progress: Progress | None = None
) -> Residues:
    """Read the residues of a structure file.

    Nucleic acids, waters and ligands are left out, residues without N, CA and C too, hydrogens and
    the terminal OXT without a word; see `assemble` for alternate locations and `names` for modified
    residues, and `read_tables` for files that were cut between two lines.

    Args:
        path: PDB, mmCIF or BinaryCIF, plain or gzip'd; the format by content.
        all_models: Or the first one.
        progress: Told the bytes of the file read and in all; what it raises cancels the reading.

    Raises:
        InputError: The suffix is unknown, the file is not there, is no structure, breaks off or
            has no usable residue.
    """
    models: set[int] = set()
    doubts: list[str] = []
    tally: Tally = Counter()
    blocks = []
    tables = _of_models(
        read_tables(path, all_models=all_models, progress=progress, notes=doubts),
        models,
        all_models,
    )
    for table in whole_places(tables):
        arrays, counts = assemble(table)
        blocks.append(arrays)
        tally += counts
    joined = ResidueArrays(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))
    notes = (*doubts, *_said_of_models(models, all_models), *tell(tally), *_doubles(joined))
    if not len(joined.type):
        raise InputError(
            path.name,
            expected="at least one amino acid residue with N, CA and C",
            came="; ".join(notes) or "none",
            do="Give a structure of a protein",
        )
    return Residues(*joined, origin=path.name, notes=notes)


def walk_folder(
    folder: Path, *, all_models: bool = False, progress: Tell | None = None
) -> Iterator[FileRow]:
    """Read the structure files of a folder and of the folders in it one by one, by name.

    A file that cannot be used costs itself only; files with other suffixes are passed over.

    Args:
        folder: Where they lie, there or one folder deeper.
        all_models: Or the first one of each.
        progress: Told the share of all bytes and the name of the file that is being read.

    Raises:
        InputError: There is no such folder, or no structure file in it.
    """
    # Archives keep structures a folder deeper, "ak/1aki.cif.gz"; no deeper: it may be "/".
    found = sorted(path for pattern in ("*", "*/*") for path in folder.glob(pattern))
    paths = [path for path in found if has_structure_suffix(path) and path.is_file()]
    if not paths:
        raise InputError(
            str(folder),
            expected=f"structure files ({SUFFIXES}), there or one folder deeper",
            came="none",
            do="Choose another folder",
        )
    report = shares_of(paths, progress)
    for path in paths:
        try:
            residues = read_residues(path, all_models=all_models, progress=report(path))
            yield FileRow(path, residues, "")
        except InputError as error:
            yield FileRow(path, None, str(error))


def read_folder(folder: Path, *, all_models: bool = False) -> tuple[FileRow, ...]:
    """Read all structure files of a folder; see `walk_folder`."""
    return tuple(walk_folder(folder, all_models=all_models))


def _of_models(
    tables: Iterator[AtomTable], models: set[int], all_models: bool
) -> Iterator[AtomTable]:
    """Keep the atoms of the first model, or of all, and collect the numbers of those there are."""
    first: int | None = None
    for table in tables:
        models.update(np.unique(table.model).tolist())
        first = int(table.model[0]) if first is None else first
        yield table if all_models else rows_of(table, table.model == first)


def _said_of_models(models: set[int], all_models: bool) -> tuple[str, ...]:
    if len(models) < 2:
        return ()
    return (f"{len(models)} models" if all_models else f"the first of {len(models)} models",)


def _doubles(arrays: ResidueArrays) -> tuple[str, ...]:
    columns = (arrays.model, arrays.chain, arrays.number, arrays.insertion)
    places = set(zip(*(column.tolist() for column in columns), strict=True))
    doubles = len(arrays.type) - len(places)
    return (f"residues that repeat another one's chain and number: {doubles}",) if doubles else ()
