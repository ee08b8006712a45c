import numpy as np
import pytest
from rdkit import Chem
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from core.chemistry.components import read_components
from core.problems.pocket import shells
from core.problems.pocket.shells import (
    CONTACTS,
    DIRECTIONS,
    DISTANCE,
    JITTER_ANGSTROM,
    MISTAKEN,
    MOUTH,
    NAMES,
    SPACING_ANGSTROM,
    grow_shell,
    offers,
)
from core.problems.pocket.vocabulary import ELEMENTS, RESIDUES

LIGANDS = ("ATP", "BTN", "STI", "PAR", "SAM")


@pytest.fixture(scope="module")
def ligands():
    return [(offers(c.mol), c.coord) for c in read_components(LIGANDS).components.values()]


@pytest.fixture
def unturned(monkeypatch: pytest.MonkeyPatch):
    """Shells that stand as the ligand does: the rotations draw nothing and turn nothing."""

    class Still:
        @staticmethod
        def random(rng: np.random.Generator) -> Rotation:
            return Rotation.identity()

    monkeypatch.setattr(shells, "Rotation", Still)


def grown(ligand, seed=0):
    return grow_shell(*ligand, np.random.default_rng(seed))


def offered(smiles: str) -> list[str]:
    return [NAMES[index] for index in offers(Chem.MolFromSmiles(smiles))]


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("C[N+](C)(C)C", ["aliphatic", "cation", *["aliphatic"] * 3]),
        ("[NH3+]CC(=O)[O-]", ["cation", "aliphatic", "aliphatic", "acceptor", "anion"]),
        ("C[N+](=O)[O-]", ["aliphatic", "cation", "acceptor", "anion"]),
        ("NC=O", ["donor", "aliphatic", "acceptor"]),
        ("OCOC", ["donor", "aliphatic", "acceptor", "aliphatic"]),
        ("c1ccncc1", ["aromatic"] * 3 + ["acceptor"] + ["aromatic"] * 2),
        ("c1cc[nH]c1", ["aromatic"] * 3 + ["donor"] + ["aromatic"]),
        ("FC(Cl)(Br)I", ["halogen", "aliphatic", "halogen", "halogen", "halogen"]),
        ("CSC", ["aliphatic", "sulfur", "aliphatic"]),
        ("C[Se]C", ["aliphatic", "sulfur", "aliphatic"]),
        ("c1ccsc1", ["aromatic"] * 3 + ["sulfur", "aromatic"]),
        ("C[S-]", ["aliphatic", "anion"]),
        ("OP(=O)([O-])OC", ["donor", "aliphatic", "acceptor", "anion", "acceptor", "aliphatic"]),
        ("[CH2-]C", ["aliphatic", "aliphatic"]),
    ],
)
def test_an_atom_offers_what_chemistry_says(smiles: str, expected: list[str]):
    assert offered(smiles) == expected


def test_what_is_offered_depends_neither_on_the_order_of_atoms_nor_on_where_they_are():
    for component in read_components(LIGANDS).components.values():
        expected = offers(component.mol)
        order = np.random.default_rng(0).permutation(len(expected))
        mixed = Chem.RenumberAtoms(component.mol, order.tolist())
        assert np.array_equal(offers(mixed), expected[order])
        mixed.RemoveAllConformers()
        assert np.array_equal(offers(mixed), expected[order])


def test_every_shell_atom_keeps_its_distance_from_every_other(ligands):
    for ligand in ligands:
        for seed in range(5):
            element, residue, coord = grown(ligand, seed)
            assert len(element) == len(residue) == len(coord) > 10
            assert pdist(coord).min() > SPACING_ANGSTROM


def test_no_shell_atom_is_nearer_to_a_ligand_atom_than_its_contact_less_the_jitter(
    ligands, unturned
):
    for offer, coord in ligands:
        for seed in range(3):
            jitter = np.random.default_rng(seed).normal(
                0, JITTER_ANGSTROM, (len(offer), DIRECTIONS)
            )
            _, _, shell = grown((offer, coord), seed)
            touching = set()
            for point in shell + coord.mean(axis=0):
                gaps = [
                    float(np.linalg.norm(point - atom)) - DISTANCE[kind]
                    for atom, kind in zip(coord, offer, strict=True)
                ]
                assert min(gaps) >= jitter.min() - 1e-6
                assert min(gaps) <= jitter.max() + 1e-6
                touching.add(int(np.argmin(gaps)))
            assert len(touching) > 3


def test_what_stands_before_an_atom_is_complementary_but_for_the_mistakes(ligands, unturned):
    fitting = []
    for offer, coord in ligands:
        for seed in range(5):
            element, residue, shell = grown((offer, coord), seed)
            gap = np.linalg.norm(shell[:, None] + coord.mean(axis=0) - coord, axis=2)
            parent = np.argmin(gap - DISTANCE[offer], axis=1)
            for e, r, atom in zip(element, residue, parent, strict=True):
                _, kinds = CONTACTS[NAMES[offer[atom]]]
                fitting.append((ELEMENTS[e], RESIDUES[r]) in kinds)
    # Of the mistaken ones some fit by chance.
    assert 1 - MISTAKEN - 0.05 < np.mean(fitting) < 1


def test_a_mouth_stays_open(ligands):
    directions = np.random.default_rng(0).standard_normal((3000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for ligand in ligands:
        _, _, coord = grown(ligand)
        outward = coord / np.linalg.norm(coord, axis=1, keepdims=True)
        assert (outward @ directions.T).max(axis=0).min() <= 1 - 2 * MOUTH + 0.05


def test_a_seed_decides_everything(ligands):
    for first, again in zip(grown(ligands[0], 3), grown(ligands[0], 3), strict=True):
        assert np.array_equal(first, again)
    other = grown(ligands[0], 4)
    assert len(other[2]) != len(grown(ligands[0], 3)[2]) or not np.allclose(
        other[2], grown(ligands[0], 3)[2]
    )


def test_where_the_ligand_lies_does_not_show(ligands):
    (offer, coord), offset = ligands[1], np.array([10.0, -20.0, 5.0])
    assert np.allclose(grown((offer, coord + offset))[2], grown((offer, coord))[2], atol=1e-4)


def test_one_atom_has_a_shell_too():
    element, _, coord = grown((np.array([NAMES.index("donor")]), np.zeros((1, 3))))
    assert len(element) >= 1
    assert np.allclose(np.linalg.norm(coord, axis=1), 2.9, atol=6 * JITTER_ANGSTROM)
