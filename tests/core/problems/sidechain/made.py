"""Small structures of our own: residues of the component dictionary as biotite writes them."""

import gzip
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import biotite.structure as struc
import numpy as np
from biotite.structure import info
from biotite.structure.io import pdb, pdbx

from core.problems.sidechain.atoms import ATOM14, ONE_LETTER, RESIDUES
from core.problems.sidechain.reading.structures import Residues

THREE = {letter: name for name, letter in ONE_LETTER.items()}
SPACING = 20.0
FIELDS = ["occupancy", "b_factor"]


@cache
def _component(name: str) -> Any:
    return info.residue(name)


def residue(name: str, number: int, *, chain: str = "A", insertion: str = "", hetero=False) -> Any:
    """Heavy atoms of a component without OXT, at a place of its own."""
    atoms = _component(name).copy()
    atoms = atoms[(atoms.element != "H") & (atoms.atom_name != "OXT")]
    atoms.coord += SPACING * number
    atoms.res_id[:] = number
    atoms.chain_id[:] = chain
    atoms.ins_code[:] = insertion
    atoms.hetero[:] = hetero
    atoms.set_annotation("occupancy", np.ones(len(atoms)))
    atoms.set_annotation("b_factor", np.full(len(atoms), 10.0 + number))
    return atoms


def joined(*parts: Any) -> Any:
    atoms = struc.concatenate(parts)
    atoms.bonds = None
    return atoms


def chain_of(letters: str, *, chain: str = "A", first: int = 1) -> Any:
    parts = [residue(THREE[a], first + i, chain=chain) for i, a in enumerate(letters)]
    return joined(*parts)


def write(atoms: Any, path: Path) -> Path:
    """Write atoms, or a stack of models, in the format of the suffix."""
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    if plain.suffix == ".pdb":
        file: Any = pdb.PDBFile()
        file.set_structure(atoms)
    else:
        file = pdbx.BinaryCIFFile() if plain.suffix == ".bcif" else pdbx.CIFFile()
        pdbx.set_structure(file, atoms, extra_fields=[])
    file.write(str(plain))
    if plain.suffix == ".pdb":
        plain.write_text(plain.read_text() + "END\n")  # biotite leaves it out; the archive does not
    if path != plain:
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    return path


def relabelled(path: Path, old: str, new: str, places: Sequence[int]) -> None:
    """Exchange a piece of some lines of a text file."""
    lines = path.read_text().splitlines()
    for place in places:
        lines[place] = lines[place].replace(old, new)
    path.write_text("\n".join(lines) + "\n")


def residues_of(letters: str, *, chain: str = "A", first: int = 1, seed: int = 0) -> Residues:
    """Residues without a file; each atom of the type has a place of its own."""
    type = np.array([RESIDUES.index(THREE[letter]) for letter in letters], dtype=np.int64)
    coord = np.full((len(type), 14, 3), np.nan, dtype=np.float32)
    random = np.random.default_rng(seed)
    for row, letter in enumerate(letters):
        count = len(ATOM14[THREE[letter]])
        coord[row, :count] = random.normal(size=(count, 3)) + 4.0 * row
    numbers = np.arange(first, first + len(type))
    return Residues(
        coord, type, np.full(len(type), chain), numbers, np.full(len(type), ""),
        np.ones(len(type), dtype=np.int64), np.full((len(type), 14), 20, dtype=np.float32),
        "made", (),
    )  # fmt: skip


def together(*parts: Residues) -> Residues:
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("coord", "type", "chain", "number", "insertion", "model", "b_factor")
    ]
    return Residues(*columns, origin="made", notes=())
