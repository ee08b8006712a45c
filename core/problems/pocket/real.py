"""Real complexes as training data: which are usable, which target is whose, what stays together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rdkit import Chem

from core.chemistry.components import molecule_of
from core.chemistry.descriptors import fingerprints
from core.chemistry.splits import Split, cluster, join, nearest_training, split_groups
from core.errors import InputError
from core.problems.pocket.complexes import ComplexRow, walk_complexes
from core.problems.pocket.pockets import Pocket


@dataclass(frozen=True, eq=False)
class Usable:
    """Complexes whose pocket and ligand are known.

    Args:
        pockets: In the order of names.
        molecules: The ligand of each, with its bonds.
        reasons: Why others were left out, a sentence each.
    """

    pockets: tuple[Pocket, ...]
    molecules: tuple[Chem.Mol, ...]
    reasons: tuple[str, ...]


def read_usable(folder: Path, cutoff_angstrom: float, ligand: str = "") -> Usable:
    """Read the complexes of a folder; the bonds of a ligand come from the component dictionary.

    Raises:
        InputError: The cut-off is out of range.
    """
    pockets: list[Pocket] = []
    molecules: list[Chem.Mol] = []
    reasons: list[str] = []
    for row, molecule in walk_usable(folder, cutoff_angstrom, ligand):
        if row.pocket is None or molecule is None:
            reasons.append(f"{row.name}: {row.reason}")
        else:
            pockets.append(row.pocket)
            molecules.append(molecule)
    return Usable(tuple(pockets), tuple(molecules), tuple(reasons))


def walk_usable(
    folder: Path, cutoff_angstrom: float, ligand: str = ""
) -> Iterator[tuple[ComplexRow, Chem.Mol | None]]:
    """Read the complexes of a folder one by one, each with its ligand as a molecule.

    Args:
        folder: See `walk_complexes`.
        cutoff_angstrom: The same.
        ligand: Residue names, see `choose_ligand`; empty for the largest.

    Yields:
        A row for each complex; one that cannot be trained on has no molecule and says why.

    Raises:
        InputError: There is no structure file at all, or the cut-off is out of range.
    """
    for row in walk_complexes(folder, ligand=ligand or None, cutoff_angstrom=cutoff_angstrom):
        if row.pocket is None:
            yield row, None
            continue
        try:
            yield row, molecule_of(row.pocket.ligand, row.pocket.ligand_atoms)
        except InputError as error:
            yield replace(row, reason=str(error)), None


def match_target(ids: Sequence[str], name: str, ligand: str) -> int | None:
    """Find the target of a complex: by name and ligand, by name, or by ligand, in any case.

    A folder before the name does not count.

    Example:
        >>> match_target(["ARG", "1aju_ARG"], "1aju", "ARG"), match_target(["ATP"], "1a82a", "DNN")
        (1, None)
    """
    row = {key.lower(): index for index, key in enumerate(ids)}
    own = name.rsplit("/", 1)[-1]
    keys = (f"{own}_{ligand}".lower(), own.lower(), ligand.lower())
    return next((row[key] for key in keys if key in row), None)


def split_complexes(pockets: Sequence[Pocket], molecules: Sequence[Chem.Mol], seed: int) -> Split:
    """Split complexes: one sequence, one ligand, or ligands of one cluster stay together.

    Raises:
        InputError: Fewer than three groups are left.
    """
    bits = fingerprints(molecules)
    labels = [
        {("cluster", int(number)), ("ligand", pocket.ligand)}
        | {("sequence", sequence) for sequence in pocket.sequences}
        for number, pocket in zip(cluster(bits), pockets, strict=True)
    ]
    group = join(labels)
    side = split_groups(group, seed)
    return Split(side, group, nearest_training(bits, side))
