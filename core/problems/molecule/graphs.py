"""Molecules as graphs end to end: atoms and bonds as small numbers; no molecule is padded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Int
from rdkit import Chem
from torch import Tensor

ELEMENTS: Final = ("C", "N", "O", "S", "P", "F", "Cl", "Br", "I", "B", "Se", "Si")
MOST_DEGREE, MOST_HYDROGENS, MOST_CHARGE = 6, 4, 2
BONDS: Final = (
    Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE, Chem.BondType.AROMATIC,
)  # fmt: skip
CHIRAL: Final = (
    Chem.ChiralType.CHI_UNSPECIFIED,
    Chem.ChiralType.CHI_TETRAHEDRAL_CW,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW,
)
STEREO: Final = (Chem.BondStereo.STEREONONE, Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOZ)
# Columns of an atom and of a bond, each with how many values it has; the last is "another".
ATOM_COLUMNS: Final = {
    "element": len(ELEMENTS) + 1,
    "degree": MOST_DEGREE + 1,
    "hydrogens": MOST_HYDROGENS + 1,
    "charge": 2 * MOST_CHARGE + 1,
    "chirality": len(CHIRAL) + 1,
    "aromatic": 2,
    "ring": 2,
}
BOND_COLUMNS: Final = {"order": len(BONDS) + 1, "stereo": len(STEREO) + 1, "ring": 2}


@dataclass(frozen=True, eq=False)
class Graphs:
    """Atoms and bonds of many molecules behind one another.

    Args:
        start: First atom of each molecule, and the number of all atoms last.
        bond_start: First bond of each molecule, and the number of all bonds last.
        atom: Value of each of `ATOM_COLUMNS`.
        bond: Value of each of `BOND_COLUMNS`.
        ends: The two atoms of each bond, counted from the molecule's first.
    """

    start: Int[np.ndarray, " molecules_and_1"]
    bond_start: Int[np.ndarray, " molecules_and_1"]
    atom: Int[np.ndarray, "atoms atom_columns"]
    bond: Int[np.ndarray, "bonds bond_columns"]
    ends: Int[np.ndarray, "bonds 2"]

    def __len__(self) -> int:
        """Give the number of molecules."""
        return len(self.start) - 1

    @property
    def sizes(self) -> Int[np.ndarray, " molecules"]:
        """Number of atoms of each molecule."""
        return np.diff(self.start)


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """Some molecules as tensors on a device; every bond stands twice, once from either end.

    Args:
        atom: As in `Graphs`.
        bond: As in `Graphs`, of each direction.
        source: Atom that a direction comes from, counted in the batch.
        target: Atom that it leads to.
        molecule: Number of the molecule of each atom, ascending.
        count: Number of molecules.
        masked: Atoms whose nature is hidden.
    """

    atom: Int[Tensor, "atoms atom_columns"]
    bond: Int[Tensor, "directions bond_columns"]
    source: Int[Tensor, " directions"]
    target: Int[Tensor, " directions"]
    molecule: Int[Tensor, " atoms"]
    count: int
    masked: Bool[Tensor, " atoms"]


def join_graphs(molecules: Sequence[Chem.Mol]) -> Graphs:
    """Lay molecules behind one another; at least one, each with an atom."""
    atoms = [[_atom(atom) for atom in molecule.GetAtoms()] for molecule in molecules]
    bonds = [[_bond(bond) for bond in molecule.GetBonds()] for molecule in molecules]
    flat = np.array([row for rows in bonds for row in rows], dtype=np.int32)
    flat = flat.reshape(-1, 2 + len(BOND_COLUMNS))
    return Graphs(
        _starts([len(rows) for rows in atoms]),
        _starts([len(rows) for rows in bonds]),
        np.array([row for rows in atoms for row in rows], dtype=np.int8),
        flat[:, 2:].astype(np.int8),
        flat[:, :2],
    )


def batch_graphs(graphs: Graphs, chosen: Int[np.ndarray, " count"]) -> GraphBatch:
    """Take some molecules out, in this order, onto the CPU."""
    sizes = graphs.sizes[chosen]
    atoms = _ranges(graphs.start[chosen], sizes)
    bonds = _ranges(graphs.bond_start[chosen], np.diff(graphs.bond_start)[chosen])
    first = np.repeat(_starts(sizes)[:-1], np.diff(graphs.bond_start)[chosen])
    one, other = (graphs.ends[bonds] + first[:, None]).T
    return GraphBatch(
        torch.from_numpy(graphs.atom[atoms].astype(np.int64)),
        torch.from_numpy(np.tile(graphs.bond[bonds], (2, 1)).astype(np.int64)),
        torch.from_numpy(np.concatenate([one, other]).astype(np.int64)),
        torch.from_numpy(np.concatenate([other, one]).astype(np.int64)),
        torch.from_numpy(np.repeat(np.arange(len(chosen)), sizes)),
        len(chosen),
        torch.zeros(len(atoms), dtype=torch.bool),
    )


def augment(
    batch: GraphBatch, *, hide_atoms: float, drop_bonds: float, generator: np.random.Generator
) -> GraphBatch:
    """Hide the nature of some atoms and leave out some bonds, as training likes it.

    Args:
        batch: On the CPU.
        hide_atoms: Probability of each atom, 0 to 1.
        drop_bonds: Probability of each bond, 0 to 1; both directions go together.
        generator: What is drawn from.
    """
    hidden = torch.from_numpy(generator.random(len(batch.atom)) < hide_atoms)
    half = generator.random(len(batch.source) // 2) >= drop_bonds
    kept = torch.from_numpy(np.tile(half, 2))
    return replace(
        batch, bond=batch.bond[kept], source=batch.source[kept], target=batch.target[kept],
        masked=hidden,
    )  # fmt: skip


def to_device(batch: GraphBatch, device: torch.device) -> GraphBatch:
    """Move a batch onto a device."""
    if device.type == "cpu":
        return batch
    moved = {
        name: value.to(device) for name, value in vars(batch).items() if isinstance(value, Tensor)
    }
    return replace(batch, **moved)


def _atom(atom: Chem.Atom) -> tuple[int, ...]:
    charge = max(-MOST_CHARGE, min(MOST_CHARGE, atom.GetFormalCharge())) + MOST_CHARGE
    return (
        _place(ELEMENTS, atom.GetSymbol()),
        min(atom.GetDegree(), MOST_DEGREE),
        min(atom.GetTotalNumHs(), MOST_HYDROGENS),
        charge,
        _place(CHIRAL, atom.GetChiralTag()),
        int(atom.GetIsAromatic()),
        int(atom.IsInRing()),
    )


def _bond(bond: Chem.Bond) -> tuple[int, ...]:
    return (
        bond.GetBeginAtomIdx(),
        bond.GetEndAtomIdx(),
        _place(BONDS, bond.GetBondType()),
        _place(STEREO, bond.GetStereo()),
        int(bond.IsInRing()),
    )


def _place(known: tuple, value: object) -> int:
    return known.index(value) if value in known else len(known)


def _starts(sizes: Sequence[int] | np.ndarray) -> Int[np.ndarray, " groups_and_1"]:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))])


def _ranges(
    first: Int[np.ndarray, " groups"], sizes: Int[np.ndarray, " groups"]
) -> Int[np.ndarray, " members"]:
    """Give first, first + 1 ... of each group, behind one another."""
    begins = np.repeat(first - _starts(sizes)[:-1], sizes)
    return np.arange(int(sizes.sum())) + begins
