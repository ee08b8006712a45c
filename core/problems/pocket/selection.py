"""What each residue of a structure is, and which of them is the ligand."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from biotite.structure import get_residue_starts
from biotite.structure.info import carbohydrate_names
from jaxtyping import Bool, Int
from scipy.spatial import KDTree

from core.errors import InputError
from core.problems.pocket.additives import WATER, additive
from core.problems.pocket.structures import Atoms
from core.problems.pocket.vocabulary import STANDARD_NAMES

BOND_ANGSTROM: Final = 2.0  # longer than any bond of C, N, O, S, P; shorter than any contact
MIN_LIGAND_ATOMS: Final = 6
LISTED: Final = 12  # names in a message
POLYMER: Final = "polymer"
GLYCAN: Final = "sugar on the polymer"
ION: Final = "ion"
FREE: Final = ""  # may be the ligand, or a cofactor beside it
# What bonds hold a chain: an atom by its name, the other one by its element where a modified
# residue (the chromophore of a fluorescent protein) has names of its own.
CHAIN_BONDS: Final = (
    ("C", "element", "N"),
    ("N", "element", "C"),
    ("O3'", "atom_name", "P"),
    ("O3*", "atom_name", "P"),  # the apostrophe of old files
)


@dataclass(frozen=True, eq=False)
class Residues:
    """The residues of a structure.

    Args:
        atoms: Heavy atoms of all residues.
        first: First atom of each residue.
        number: Residue of each atom, from 0.
        size: Heavy atoms of each residue.
        kind: POLYMER, GLYCAN, ION, FREE, or what `additives.additive` calls it.
    """

    atoms: Atoms
    first: Int[np.ndarray, " residues"]
    number: Int[np.ndarray, " atoms"]
    size: Int[np.ndarray, " residues"]
    kind: np.ndarray

    @property
    def name(self) -> np.ndarray:
        """Name of each residue."""
        return self.atoms.res_name[self.first]

    def label(self, index: int) -> str:
        """Write a residue as "ATP A 802"."""
        atom = self.atoms[self.first[index]]
        return " ".join(f"{atom.res_name} {atom.chain_id} {atom.res_id}".split())

    def labels(self, chosen: Bool[np.ndarray, " residues"]) -> str:
        """List the chosen residues, the first dozen by name."""
        return _listed([self.label(index) for index in np.flatnonzero(chosen).tolist()])

    def members(self, chosen: Bool[np.ndarray, " residues"]) -> Bool[np.ndarray, " atoms"]:
        """Say which atoms belong to the chosen residues."""
        return chosen[self.number]

    def near(
        self, chosen: Bool[np.ndarray, " residues"], radius_angstrom: float
    ) -> Bool[np.ndarray, " residues"]:
        """Say which residues have an atom within a radius of an atom of the chosen ones."""
        # Not biotite's CellList: one atom parked at 9999.999 would make it ask for 931 GiB.
        tree = KDTree(self.atoms.coord[self.members(chosen)])
        reach = np.nextafter(radius_angstrom, np.inf)  # the bound itself is outside
        distance, _ = tree.query(self.atoms.coord, distance_upper_bound=reach)
        near = np.zeros(len(self.first), dtype=bool)
        near[self.number[np.isfinite(distance)]] = True
        return near

    def bonded(
        self, chosen: Bool[np.ndarray, " residues"], among: Bool[np.ndarray, " residues"]
    ) -> Bool[np.ndarray, " residues"]:
        """Say which of some residues hang together with the chosen ones, from one to the next."""
        reached, edge = chosen.copy(), chosen
        while edge.any():
            edge = self.near(edge, BOND_ANGSTROM) & among & ~reached
            reached |= edge
        return reached & ~chosen


def find_residues(atoms: Atoms, given: Bool[np.ndarray, " atoms"]) -> Residues:
    """Tell polymer, water, ions, additives and sugars on the polymer from what may be a ligand.

    A residue belongs to a polymer if it is bound to its neighbour as in a chain, whatever its name
    (so a modified residue does, and a free arginine does not), or if it is a standard residue in
    an ATOM record. A short peptide or nucleic acid is therefore never taken for a ligand.

    Args:
        atoms: Heavy atoms, at least one.
        given: Atoms of a file that holds the ligand alone: no additive there, and no polymer but
            by its bonds.
    """
    first = get_residue_starts(atoms)
    size = np.diff(first, append=atoms.array_length())
    number = np.repeat(np.arange(len(first)), size)
    kind = np.array([additive(name) for name in atoms.res_name[first].tolist()], dtype="<U40")
    kind[given[first] & (kind != WATER)] = FREE
    alone = (size == 1) & (kind == FREE)
    kind[alone] = np.where(atoms.element[first[alone]] == "O", WATER, ION)
    standard = np.isin(atoms.res_name[first], list(STANDARD_NAMES)) & ~atoms.hetero[first]
    # An additive or an ion that lies too close to a chain does not belong to it.
    kind[(standard & ~given[first]) | (_in_a_chain(atoms, number) & (kind == FREE))] = POLYMER
    residues = Residues(atoms, first, number, size, kind)
    _mark_glycans(residues)
    return residues


def _in_a_chain(atoms: Atoms, number: Int[np.ndarray, " atoms"]) -> Bool[np.ndarray, " residues"]:
    in_chain = np.zeros(number[-1] + 1, dtype=bool)
    for name, annotation, value in CHAIN_BONDS:
        ones = np.flatnonzero(atoms.atom_name == name)
        others = np.flatnonzero(atoms.get_annotation(annotation) == value)
        trees = KDTree(atoms.coord[ones]), KDTree(atoms.coord[others])
        near = trees[0].sparse_distance_matrix(trees[1], BOND_ANGSTROM, output_type="ndarray")
        pair = np.stack([number[ones[near["i"]]], number[others[near["j"]]]])
        in_chain[pair[:, pair[0] != pair[1]]] = True
    return in_chain


def _mark_glycans(residues: Residues) -> None:
    """Sugars bound to the polymer, and the sugars bound to those, belong to the polymer."""
    free, polymer = residues.kind == FREE, residues.kind == POLYMER
    # The list of sugars is read from the component dictionary: only where something is bound.
    if polymer.any() and (residues.near(polymer, BOND_ANGSTROM) & free).any():
        sugar = np.isin(residues.name, list(carbohydrate_names()))
        residues.kind[residues.bonded(polymer, sugar & free)] = GLYCAN


def choose_ligand(
    residues: Residues, wanted: str | None, allowed: Bool[np.ndarray, " residues"], where: str
) -> tuple[int, list[str]]:
    """Choose the residue that is the ligand: the first one named, else the largest free one.

    Args:
        residues: Of the structure.
        wanted: Residue name, or several with commas between, of which the first that is there
            is taken; None or empty for the largest.
        allowed: Residues of which one may be the ligand.
        where: File name for the message.

    Returns:
        Its index, and notes on what else could have been taken.

    Raises:
        InputError: There is no such residue; names those that are there.
    """
    candidates = allowed & (residues.kind != POLYMER)
    names = [name.strip().upper() for name in (wanted or "").split(",") if name.strip()]
    if names:
        there = set(residues.name[candidates].tolist())
        candidates &= residues.name == next((name for name in names if name in there), "")
    else:
        candidates &= (residues.kind == FREE) & (residues.size >= MIN_LIGAND_ATOMS)
    if not candidates.any():
        raise _no_ligand(residues, wanted, allowed, where)
    chosen = int(np.argmax(np.where(candidates, residues.size, 0)))
    others = Counter(residues.name[candidates].tolist())
    copies = others.pop(str(residues.name[chosen]))
    notes = []
    modified = allowed & (residues.kind == POLYMER) & ~np.isin(residues.name, list(STANDARD_NAMES))
    if modified.any():
        notes.append(f"modified residues of the polymer: {residues.labels(modified)}")
    if copies > 1:
        notes.append(f"{copies} copies of the ligand, of which {residues.label(chosen)} is taken")
    if others:
        notes.append(f"other candidates for the ligand: {_listed(sorted(others))}")
    return chosen, notes


def _no_ligand(
    residues: Residues, wanted: str | None, allowed: Bool[np.ndarray, " residues"], where: str
) -> InputError:
    there: dict[str, str] = {}
    for index in np.flatnonzero(allowed).tolist():
        name, kind = str(residues.name[index]), str(residues.kind[index])
        if kind != POLYMER or name not in STANDARD_NAMES:
            there[name] = f"{name} ({kind or f'{residues.size[index]} heavy atoms'})"
    free = allowed & ~np.isin(residues.kind, [POLYMER, WATER])
    return InputError(
        where,
        expected=f"a ligand {wanted or f'of at least {MIN_LIGAND_ATOMS} heavy atoms'}",
        came=_listed(list(there.values())) or "polymers only",
        do="Name the residue if one of these is the ligand" if free.any() else "Give another file",
    )


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more
