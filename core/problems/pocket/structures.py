"""Structure files: PDB, mmCIF and BinaryCIF, plain or gzip'd, as the heavy atoms of one model."""

import gzip
import io
import re
import warnings
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from biotite.structure.io import pdb, pdbx
from jaxtyping import Bool

from core.errors import InputError

MAX_BYTES: Final = 256 << 20  # unpacked; a ribosome has 60 MB
HEAD_BYTES: Final = 1 << 12
GZIP_MARK: Final = b"\x1f\x8b"
COORD_END: Final = 54  # column of a PDB line behind the coordinates
NO_ALTERNATIVE: Final = ("", " ", ".", "?")

Atoms = Any  # biotite's AtomArray, whose annotations have no types
Parser = Callable[[bytes], tuple[Atoms, int]]


@dataclass(frozen=True, eq=False)
class Structure:
    """The first model of a structure file, without hydrogens.

    Args:
        name: File name.
        atoms: With all annotations that biotite gives; coordinates in angstrom, finite.
        notes: What was chosen or left out while reading.
    """

    name: str
    atoms: Atoms
    notes: tuple[str, ...]


def read_structure(path: Path) -> Structure:
    """Read the first model of a structure file; the format by content.

    Of alternate locations the one of highest occupancy stays. A text file that was cut between two
    lines cannot be told from a whole one.

    Raises:
        InputError: There is no such file, it is no structure, it is cut, or it has no heavy atom.
    """
    parse = _parser(data := _unpacked(path), path.name)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            atoms, models = parse(data)
    except Exception as error:  # whatever the parser stumbles over, it is the file that is broken
        raise InputError(
            path.name,
            expected="a whole structure file",
            came=f"one that breaks off or is malformed ({_first_line(error)})",
            do="Copy or convert the file again",
        ) from error
    notes = [str(warning.message) for warning in warned if "guessed" in str(warning.message)]
    if models > 1:
        notes.append(f"the first of {models} models")
    return _cleaned(path.name, atoms, notes)


def _unpacked(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == GZIP_MARK
        with gzip.open(path) if packed else path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            path.name, expected="a whole gzip file", came=_first_line(error), do="Copy it again"
        ) from error
    except OSError as error:
        came = error.strerror or str(error)
        raise InputError(
            str(path), expected="a readable file", came=came, do="Check the path"
        ) from error
    if len(data) > MAX_BYTES:
        raise InputError(
            path.name,
            expected=f"at most {MAX_BYTES >> 20} MB of coordinates",
            came="more",
            do="Cut the region around the ligand out first",
        )
    return data


def _parser(data: bytes, name: str) -> Parser:
    if b"dataBlocks" in data[:HEAD_BYTES]:
        return _parse_binary_cif
    # mmCIF first: its rows begin with ATOM as well.
    if re.search(rb"^_atom_site\.", data, re.MULTILINE):
        return _parse_cif
    if re.search(rb"^(ATOM  |HETATM)", data, re.MULTILINE):
        return _parse_pdb
    first = data[:HEAD_BYTES].decode("utf-8", errors="replace").strip().split("\n", 1)[0][:60]
    raise InputError(
        name,
        expected="PDB, mmCIF or BinaryCIF with atoms, plain or gzip'd",
        came="binary data" if b"\0" in data[:HEAD_BYTES] else f"text that begins '{first}'",
        do="Give a structure file",
    )


# "all" keeps the letter of each alternate location: biotite's own choice by occupancy forgets
# locations that are numbered and keeps both residues where two share one place.
def _parse_pdb(data: bytes) -> tuple[Atoms, int]:
    lines = data.decode("utf-8", errors="replace").splitlines()
    file = pdb.PDBFile.read(io.StringIO("\n".join(map(_with_occupancy, lines))))
    atoms = file.get_structure(model=1, altloc="all", extra_fields=["occupancy"])
    return atoms, file.get_model_count()


def _with_occupancy(line: str) -> str:
    """Fill in occupancy and B-factor where a program left them out; biotite requires both."""
    if len(line) < COORD_END or not line.startswith(("ATOM  ", "HETATM")):
        return line  # also a line that breaks off: biotite is to stumble over it
    occupancy, b_factor = line[54:60], line[60:66]
    filled = (occupancy if occupancy.strip() else "  1.00", b_factor.strip() or "0.00")
    return f"{line[:COORD_END]}{filled[0]:6}{filled[1]:>6}{line[66:]}"


def _parse_cif(data: bytes) -> tuple[Atoms, int]:
    return _from_pdbx(pdbx.CIFFile.read(io.StringIO(data.decode("utf-8", errors="replace"))))


def _parse_binary_cif(data: bytes) -> tuple[Atoms, int]:
    return _from_pdbx(pdbx.BinaryCIFFile.read(io.BytesIO(data)))


def _from_pdbx(file: Any) -> tuple[Atoms, int]:
    atoms = pdbx.get_structure(file, model=1, altloc="all", extra_fields=["occupancy"])
    return atoms, pdbx.get_model_count(file)


def _cleaned(name: str, atoms: Atoms, notes: list[str]) -> Structure:
    atoms.element = np.char.upper(atoms.element)
    atoms = atoms[~np.isin(atoms.element, ["H", "D"])]
    finite = np.isfinite(atoms.coord).all(axis=1)
    if not finite.all():
        notes.append(f"atoms without coordinates, left out: {(~finite).sum()}")
    atoms = atoms[finite]
    chosen, places = _main_location(atoms)
    if places:
        notes.append(f"residues with alternate locations, of which the fullest stays: {places}")
    atoms = atoms[chosen]
    if not atoms.array_length():
        raise InputError(
            name, expected="heavy atoms", came="none with coordinates", do="Give another file"
        )
    return Structure(name, atoms, tuple(notes))


def _main_location(atoms: Atoms) -> tuple[Bool[np.ndarray, " atoms"], int]:
    """Choose one alternate location at each place of a chain: that of highest total occupancy.

    Returns:
        Which atoms stay, and the number of places with a choice.
    """
    location = atoms.altloc_id
    chosen = np.isin(location, NO_ALTERNATIVE)
    alternate = np.flatnonzero(~chosen)
    keys = (atoms.chain_id[alternate], atoms.res_id[alternate], atoms.ins_code[alternate])
    places = list(zip(*keys, strict=True))
    totals: dict[tuple[Any, ...], Counter[str]] = {place: Counter() for place in places}
    for place, atom in zip(places, alternate, strict=True):
        totals[place][location[atom]] += atoms.occupancy[atom]
    best = {place: max(sorted(total), key=total.__getitem__) for place, total in totals.items()}
    chosen[alternate] = [
        location[atom] == best[place] for place, atom in zip(places, alternate, strict=True)
    ]
    return chosen, len(best)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0][:120]
