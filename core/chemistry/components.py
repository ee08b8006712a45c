"""Ligands as molecules: components of the chemical component dictionary, built by RDKit."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float
from rdkit import Chem, rdBase

from core.chemistry.dictionary import Dictionary, load_dictionary, load_titles
from core.errors import InputError

HEAVY_ATOMS: Final = (8, 50)
HYDROGENS: Final = (b"H", b"D")
# What descriptors, fingerprints and force fields are made for.
ELEMENTS: Final = (b"C", b"N", b"O", b"S", b"P", b"F", b"CL", b"BR", b"I", b"B", b"SE", b"SI")
SPARE: Final = 1.2  # a few components of a choice have no coordinates or no valid bonds
NAMED: Final = 6  # atoms in a message
# Some sixty components lack a charge that the number of bonds decides: (element, bonds) -> charge.
_MISSING_CHARGE: Final = {("N", 4): 1, ("B", 4): -1}
# In the order of dictionary.BOND_ORDERS.
_BONDS: Final = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)


@dataclass(frozen=True, eq=False)
class Component:
    """A molecule of the dictionary, without hydrogens.

    Args:
        name: Component name, the residue name of structure files.
        title: Chemical name.
        mol: Sanitised, with stereochemistry and one conformer; atoms as in `atom_names`.
        atom_names: As in structure files.
        elements: Symbols.
        coord: Ideal coordinates in angstrom, those of a real structure where there are none.
    """

    name: str
    title: str
    mol: Chem.Mol
    atom_names: tuple[str, ...]
    elements: tuple[str, ...]
    coord: Float[np.ndarray, "atoms 3"]


@dataclass(frozen=True, eq=False)
class Components:
    """What became of some names.

    Args:
        components: By name, in the order of names.
        dropped: Why a name has no component, in the order of names.
    """

    components: Mapping[str, Component]
    dropped: Mapping[str, str]

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many names were dropped for each reason, the most frequent first."""
        return dict(Counter(self.dropped.values()).most_common())


def component_names(*, heavy_atoms: tuple[int, int] = HEAVY_ATOMS) -> tuple[str, ...]:
    """Name the components of a size that hold usable elements only; builds no molecule.

    Components that the dictionary has withdrawn are left out: most are another one's double.

    Args:
        heavy_atoms: Fewest and most, both inclusive.

    Returns:
        Names in ascending order; a few of a thousand have no coordinates or no valid bonds.
    """
    known = load_dictionary()
    heavy = ~np.isin(known.element, HYDROGENS)
    count = np.add.reduceat(heavy.astype(int), known.start[:-1])
    usable = np.logical_and.reduceat(np.isin(known.element, ELEMENTS) | ~heavy, known.start[:-1])
    chosen = (heavy_atoms[0] <= count) & (count <= heavy_atoms[1]) & usable & ~known.obsolete
    return tuple(sorted(known.names[row] for row in np.flatnonzero(chosen)))


def read_components(names: Sequence[str]) -> Components:
    """Build molecules by name; 5,000 a second, 2,000 with the dictionary in two seconds.

    Args:
        names: In any order; repeated ones count once.
    """
    found, dropped = {}, {}
    for name, built in walk_components(sorted(set(names))):
        if isinstance(built, str):
            dropped[name] = built
        else:
            found[name] = built
    return Components(found, dropped)


def choose_components(count: int, seed: int) -> dict[str, Component]:
    """Choose real molecules at random, by name; the same for the same seed."""
    known = np.array(component_names())
    order = np.random.default_rng([seed, 1]).permutation(len(known))
    found = read_components(known[np.sort(order[: int(SPARE * count)])].tolist()).components
    kept = np.random.default_rng([seed, 2]).permutation(len(found))[:count]
    names = sorted(found)
    return {names[index]: found[names[index]] for index in np.sort(kept)}


def walk_components(names: Sequence[str]) -> Iterator[tuple[str, Component | str]]:
    """Build molecules one by one, in this order; instead of a molecule comes why there is none."""
    known, titles = load_dictionary(), load_titles()
    for name in names:
        yield name, _build(known, titles, name)


def molecule_of(res_name: str, atom_names: Sequence[str] | None = None) -> Chem.Mol:
    """Build the molecule that a residue name of a structure stands for.

    Args:
        res_name: Of the ligand.
        atom_names: Names of its heavy atoms in the structure; some may be missing there, but a
            name that the component does not have tells that the file means another molecule.

    Raises:
        InputError: The dictionary has no such component or no usable molecule for it, or the
            atoms are not its own.

    Example:
        >>> Chem.MolToSmiles(molecule_of("GOL", ["C1", "O1", "C2", "C3"]))
        'OCC(O)CO'
    """
    built = _build(load_dictionary(), load_titles(), res_name)
    if isinstance(built, str):
        raise InputError(
            f"ligand {res_name}",
            expected="a molecule of the chemical component dictionary",
            came=built,
            do="Rename the residue to its component, or leave the complex out",
        )
    foreign = _foreign_atoms(load_dictionary(), res_name, atom_names or ())
    if foreign:
        more = f" and {len(foreign) - NAMED} more" if len(foreign) > NAMED else ""
        raise InputError(
            f"ligand {res_name}",
            expected=f"atoms of {built.title}",
            came=f"{', '.join(foreign[:NAMED])}{more} besides",
            do="The file means another molecule by this name; leave the complex out",
        )
    return built.mol


def _foreign_atoms(known: Dictionary, name: str, atom_names: Sequence[str]) -> list[str]:
    rows = known.atoms_of(name)
    own = {*known.atom_name[rows].tolist(), *known.old_name[rows].tolist()}
    return [atom for atom in atom_names if atom.encode() not in own]


def _build(known: Dictionary, titles: Mapping[str, str], name: str) -> Component | str:
    """Build a component, or say why it cannot be built."""
    if name not in known.row:
        return "no component of this name"
    rows = known.atoms_of(name)
    atoms = rows.start + np.flatnonzero(~np.isin(known.element[rows], HYDROGENS))
    elements = tuple(e.decode().capitalize() for e in known.element[atoms].tolist())
    if not np.isin(known.element[atoms], ELEMENTS).all():
        return "an element that is not used"
    coord = known.ideal[atoms] if np.isfinite(known.ideal[atoms]).all() else known.model[atoms]
    if not len(atoms) or not np.isfinite(coord).all():
        return "no coordinates"
    names = tuple(atom.decode() for atom in known.atom_name[atoms].tolist())
    try:
        with rdBase.BlockLogs():
            mol = _molecule(
                elements, known.charge[atoms].tolist(), known.bonds_of(name, names), coord
            )
    except Chem.MolSanitizeException:
        return "bonds that no valence allows"
    return Component(name, titles[name], mol, names, elements, coord)


def _molecule(
    elements: Sequence[str],
    charges: Sequence[int],
    bonds: Sequence[tuple[int, int, int]],
    coord: Float[np.ndarray, "atoms 3"],
) -> Chem.Mol:
    mol = Chem.RWMol()
    for symbol, charge in zip(elements, charges, strict=True):
        atom = Chem.Atom(symbol)
        atom.SetFormalCharge(charge)
        mol.AddAtom(atom)
    for one, other, order in bonds:
        mol.AddBond(one, other, _BONDS[order])
    conformer = Chem.Conformer(len(elements))
    conformer.SetPositions(coord.astype(np.float64))
    mol.AddConformer(conformer)
    try:
        Chem.SanitizeMol(mol)
    except Chem.AtomValenceException:
        _add_missing_charges(mol)
        Chem.SanitizeMol(mol)
    Chem.AssignStereochemistryFrom3D(mol)
    return mol.GetMol()


def _add_missing_charges(mol: Chem.RWMol) -> None:
    for atom in mol.GetAtoms():
        bonds = round(sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()))
        if not atom.GetFormalCharge():
            atom.SetFormalCharge(_MISSING_CHARGE.get((atom.GetSymbol(), bonds), 0))
