"""Synthetic pockets: shells of atoms around a real molecule, complementary to what they face.

They are no proteins: only distances, elements and residue types are lifelike. What a ligand atom
offers decides what stands before it, so that a network can learn to read the ligand off its pocket.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Int
from rdkit import Chem
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from core.problems.pocket.vocabulary import element_index, residue_index

DIRECTIONS: Final = 32  # tried around each ligand atom
JITTER_ANGSTROM: Final = 0.15
SPACING_ANGSTROM: Final = 2.5  # between shell atoms, which a real pocket bonds at 1.5
MOUTH: Final = 0.35  # share of the directions that stay open to the solvent
MISTAKEN: Final = 0.15  # share of shell atoms of a random kind

# What a ligand atom offers -> distance in angstrom of what stands before it, and its kinds.
CONTACTS: Final[dict[str, tuple[float, tuple[tuple[str, str], ...]]]] = {
    "cation": (2.8, (("O", "ASP"), ("O", "GLU"))),
    "anion": (2.8, (("N", "ARG"), ("N", "LYS"))),
    "donor": (2.9, (("O", "ASN"), ("O", "GLY"), ("O", "GLU"))),
    "acceptor": (2.9, (("N", "GLN"), ("O", "SER"), ("N", "HIS"))),
    "aromatic": (3.7, (("C", "PHE"), ("C", "TYR"), ("C", "TRP"))),
    "halogen": (3.3, (("C", "MET"), ("O", "THR"))),
    "sulfur": (3.6, (("S", "CYS"), ("S", "MET"))),
    "aliphatic": (3.9, (("C", "LEU"), ("C", "ILE"), ("C", "VAL"))),
}
NAMES: Final = tuple(CONTACTS)
DISTANCE: Final = np.array([distance for distance, _ in CONTACTS.values()])
KINDS: Final = [
    np.stack([element_index([e for e, _ in kinds]), residue_index([r for _, r in kinds])], axis=1)
    for _, kinds in CONTACTS.values()
]


def offers(molecule: Chem.Mol) -> Int[np.ndarray, " atoms"]:
    """Say what each heavy atom offers, as an index into `NAMES`.

    Example:
        >>> [NAMES[i] for i in offers(Chem.MolFromSmiles("CC(=O)[O-]"))]
        ['aliphatic', 'aliphatic', 'acceptor', 'anion']
    """
    return np.array([NAMES.index(_offer(atom)) for atom in molecule.GetAtoms()])


def _offer(atom: Chem.Atom) -> str:
    symbol, charge = atom.GetSymbol(), atom.GetFormalCharge()
    if charge and symbol != "C":
        return "cation" if charge > 0 else "anion"
    if symbol in {"N", "O"}:
        return "donor" if atom.GetTotalNumHs() else "acceptor"
    if symbol in {"F", "Cl", "Br", "I"}:
        return "halogen"
    if symbol in {"S", "Se"}:
        return "sulfur"
    return "aromatic" if atom.GetIsAromatic() else "aliphatic"


def grow_shell(
    offer: Int[np.ndarray, " ligand_atoms"],
    coord: Float[np.ndarray, "ligand_atoms 3"],
    generator: np.random.Generator,
) -> tuple[Int[np.ndarray, " atoms"], Int[np.ndarray, " atoms"], Float[np.ndarray, "atoms 3"]]:
    """Grow a pocket around a ligand, turned at random, with a mouth that stays open.

    Args:
        offer: What each ligand atom offers, see `offers`.
        coord: Of the ligand's heavy atoms, angstrom.
        generator: Source of all randomness.

    Returns:
        Elements, residues (indices of the vocabulary) and coordinates in angstrom; at least one.
    """
    around = _sphere(DIRECTIONS) @ Rotation.random(rng=generator).as_matrix()
    jitter = generator.normal(0, JITTER_ANGSTROM, (len(offer), DIRECTIONS))
    reach = DISTANCE[offer][:, None] + jitter
    points = (coord[:, None] + reach[..., None] * around).reshape(-1, 3)
    parent = np.repeat(np.arange(len(offer)), DIRECTIONS)
    # A place belongs to the ligand atom that it touches; what lies deeper in another is no place.
    gap = np.linalg.norm(points[:, None] - coord, axis=2) - DISTANCE[offer]
    free = np.flatnonzero(gap.min(axis=1) >= gap[np.arange(len(points)), parent] - 1e-9)
    outward = points[free] - coord.mean(axis=0)
    height = outward @ _sphere(1, generator)[0] / np.linalg.norm(outward, axis=1)
    inside = free[height <= 1 - 2 * MOUTH] if (height <= 1 - 2 * MOUTH).any() else free
    kept = inside[_thin(points[inside], generator)]
    element, residue = _kinds(offer[parent[kept]], generator)
    turn = Rotation.random(rng=generator).as_matrix()
    return element, residue, (points[kept] - coord.mean(axis=0)) @ turn.T


def _kinds(
    offer: Int[np.ndarray, " atoms"], generator: np.random.Generator
) -> tuple[Int[np.ndarray, " atoms"], Int[np.ndarray, " atoms"]]:
    drawn = generator.random(len(offer))
    kinds = np.array([KINDS[o][int(d * len(KINDS[o]))] for o, d in zip(offer, drawn, strict=True)])
    kinds = kinds.reshape(len(offer), 2)
    wrong = generator.random(len(offer)) < MISTAKEN
    strange = np.concatenate(KINDS)[generator.integers(len(np.concatenate(KINDS)), size=len(offer))]
    kinds = np.where(wrong[:, None], strange, kinds)
    return kinds[:, 0], kinds[:, 1]


def _thin(points: Float[np.ndarray, "points 3"], generator: np.random.Generator) -> list[int]:
    """Choose points, in random order, that keep their distance from each other."""
    near = KDTree(points).query_ball_point(points, SPACING_ANGSTROM)
    taken = np.zeros(len(points), dtype=bool)
    chosen: list[int] = []
    for index in generator.permutation(len(points)).tolist():
        if not taken[index]:
            chosen.append(index)
            taken[near[index]] = True
    return chosen


def _sphere(
    count: int, generator: np.random.Generator | None = None
) -> Float[np.ndarray, "count 3"]:
    """Give directions: evenly over the sphere (Fibonacci), or at random."""
    if generator is not None:
        drawn = generator.standard_normal((count, 3))
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    index = np.arange(count) + 0.5
    height = 1 - 2 * index / count
    angle = np.pi * (1 + 5**0.5) * index
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
