"""What biotite reads of a structure file, as a table of atoms."""

import io
import warnings
from typing import Any, Final

import numpy as np
from biotite.structure.io import pdb, pdbx
from jaxtyping import Shaped

from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.reading.atom_table import AtomTable
from core.problems.sidechain.reading.text_blocks import TextBlock

COORD_END: Final = 54  # column of a PDB line behind the coordinates
NO_LABEL: Final = ("", " ", ".", "?")


def table_of_pdb(block: TextBlock) -> AtomTable:
    """Read the atoms of a block of PDB records.

    A HETATM record with the name of a standard residue is no part of a chain: a ligand.
    """
    text = "\n".join(map(_with_occupancy, block.lines))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # elements are guessed; names decide here
        file = pdb.PDBFile.read(io.StringIO(text))
        atoms: Any = file.get_structure(
            model=1, altloc="all", extra_fields=["occupancy", "b_factor"]
        )
    return AtomTable(
        np.full(len(atoms.res_id), block.model),
        atoms.chain_id,
        atoms.res_id.astype(np.int64),
        atoms.ins_code,
        atoms.res_name,
        atoms.atom_name,
        _labels(atoms.altloc_id),
        ~(atoms.hetero & np.isin(atoms.res_name, RESIDUES)),
        atoms.occupancy,
        atoms.b_factor,
        atoms.coord,
    )


def table_of_cif(block: TextBlock) -> AtomTable:
    """Read the atoms of a block of an mmCIF table."""
    return _table_of_category(pdbx.CIFCategory.deserialize("\n".join(["loop_", *block.lines])))


def table_of_binary_cif(data: bytes) -> AtomTable:
    """Read the atoms of a BinaryCIF file."""
    return _table_of_category(pdbx.BinaryCIFFile.read(io.BytesIO(data)).block["atom_site"])


def _with_occupancy(line: str) -> str:
    """Fill in occupancy and B-factor where a program left them out; biotite requires both."""
    if len(line) < COORD_END:
        return line  # a line that breaks off: biotite is to stumble over it
    occupancy, b_factor = line[54:60].strip() or "1.00", line[60:66].strip() or "nan"
    return f"{line[:COORD_END]}{occupancy:>6}{b_factor:>6}{line[66:]}"


def _table_of_category(atom_site: Any) -> AtomTable:
    """Read the author's names and numbers, as PDB files have them, and else the archive's own."""
    count = atom_site.row_count
    known = _text(atom_site, "label_seq_id") != ""
    hetero = _text(atom_site, "group_PDB") == "HETATM"
    return AtomTable(
        _numbers(atom_site, ("pdbx_PDB_model_num",), np.int64, 1),
        _text(atom_site, "auth_asym_id", "label_asym_id"),
        _numbers(atom_site, ("auth_seq_id", "label_seq_id"), np.int64, 0),
        _text(atom_site, "pdbx_PDB_ins_code"),
        _text(atom_site, "auth_comp_id", "label_comp_id"),
        _text(atom_site, "auth_atom_id", "label_atom_id"),
        _labels(_text(atom_site, "label_alt_id")),
        known if known.any() else ~hetero,
        _numbers(atom_site, ("occupancy",), np.float64, 1),
        _numbers(atom_site, ("B_iso_or_equiv",), np.float64, np.nan),
        np.stack(
            [_numbers(atom_site, (f"Cartn_{axis}",), np.float32, np.nan) for axis in "xyz"], axis=1
        ).reshape(count, 3),
    )


def _text(atom_site: Any, *names: str) -> Shaped[np.ndarray, " atoms"]:
    """Give the first of some columns that is there, "" where a value is absent."""
    for name in names:
        if name in atom_site:
            return atom_site[name].as_array(str, "")
    return np.full(atom_site.row_count, "")


def _numbers(
    atom_site: Any, names: tuple[str, ...], dtype: type, absent: float
) -> Shaped[np.ndarray, " atoms"]:
    for name in names:
        if name in atom_site:
            return atom_site[name].as_array(dtype, absent)
    return np.full(atom_site.row_count, absent, dtype=dtype)


def _labels(location: Shaped[np.ndarray, " atoms"]) -> Shaped[np.ndarray, " atoms"]:
    return np.where(np.isin(location, NO_LABEL), "", location)
