from pathlib import Path

import numpy as np
import pytest
from biotite.interface.rdkit import to_mol
from biotite.structure import BondType, info
from rdkit import Chem

from core.chemistry.components import (
    ELEMENTS,
    component_names,
    molecule_of,
    read_components,
    walk_components,
)
from core.chemistry.dictionary import load_dictionary, load_titles
from core.errors import InputError
from core.problems.pocket.complexes import read_complexes

# Charges, aromatic nitrogens with and without hydrogen, halogens, phosphates, stereochemistry.
SOME = ("ATP", "BTN", "CFF", "HIS", "LDA", "PAR", "SAM", "STI", "TRP", "ZMA")


@pytest.fixture(scope="module")
def names() -> tuple[str, ...]:
    return component_names()


def test_names_are_chosen_by_size_and_elements_alone(names):
    known = load_dictionary()
    assert list(names) == sorted(set(names))
    assert 44_000 < len(names) < 46_000
    usable = {element.decode() for element in ELEMENTS} | {"H", "D"}
    for name in np.random.default_rng(0).choice(names, 300).tolist():
        row = known.row[name]
        elements = known.element[known.start[row] : known.start[row + 1]].astype(str).tolist()
        assert 8 <= len([e for e in elements if e not in {"H", "D"}]) <= 50
        assert set(elements) <= usable
        assert not known.obsolete[row]
    assert {"ATP", "STI"} <= set(names)
    assert not {"HEM", "HOH", "ALA", "UNL"} & set(names)  # iron, too small, too small, no atoms
    assert {"ALA", "HOH"} <= set(component_names(heavy_atoms=(1, 6)))
    assert component_names(heavy_atoms=(9, 8)) == ()


@pytest.mark.parametrize("name", SOME)
def test_a_component_is_what_biotite_builds_one_by_one(name):
    """The oracle: biotite's own component, hydrogens and all, made a molecule by its own bridge."""
    atoms = info.residue(name)
    assert BondType.AROMATIC not in atoms.bonds.as_array()[:, 2]
    whole = to_mol(atoms, kekulize=True, explicit_hydrogen=True)
    Chem.SanitizeMol(whole)
    expected = Chem.RemoveHs(whole)
    component = read_components([name]).components[name]
    flat = {"isomericSmiles": False}
    assert Chem.MolToSmiles(component.mol, **flat) == Chem.MolToSmiles(expected, **flat)
    heavy = atoms[atoms.element != "H"]
    assert component.atom_names == tuple(heavy.atom_name.tolist())
    assert np.allclose(component.coord, heavy.coord, atol=1e-4)
    assert component.title == info.full_name(name)


def test_a_component_carries_what_its_molecule_says():
    component = read_components(["PAR"]).components["PAR"]
    mol = component.mol
    assert tuple(atom.GetSymbol() for atom in mol.GetAtoms()) == component.elements
    assert np.allclose(mol.GetConformer().GetPositions(), component.coord)
    assert component.coord.dtype == np.float32
    assert component.coord.shape == (mol.GetNumAtoms(), 3) == (42, 3)
    bond = mol.GetBondWithIdx(0)
    ends = component.coord[[bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()]]
    assert 1.2 < np.linalg.norm(ends[0] - ends[1]) < 1.7


def test_stereochemistry_is_that_of_the_coordinates():
    smiles = {n: Chem.MolToSmiles(molecule_of(n)) for n in ("ALA", "DAL", "GLC", "BGC")}
    assert len(set(smiles.values())) == 4
    assert smiles["ALA"] == Chem.MolToSmiles(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))


def test_of_a_choice_almost_all_are_built_and_the_rest_is_explained(names):
    chosen = np.random.default_rng(1).choice(names, 500, replace=False).tolist()
    found = read_components(chosen)
    assert list(found.components) == [name for name in sorted(chosen) if name in found.components]
    assert set(found.components) | set(found.dropped) == set(chosen)
    assert not set(found.components) & set(found.dropped)
    assert len(found.components) > 490
    again = read_components([*chosen, *chosen])
    assert list(again.components) == list(found.components)
    for name, component in found.components.items():
        assert component.name == name
        assert component.title
        assert np.isfinite(component.coord).all()
        assert len(Chem.GetMolFrags(component.mol)) == 1


def test_dropped_names_are_counted_by_reason(capfd):
    found = read_components(["ATP", "HEM", "FES", "no such", "UNL", "10R", "6ER"])
    assert list(found.components) == ["ATP"]
    assert found.dropped == {
        "10R": "bonds that no valence allows",
        "6ER": "no coordinates",
        "FES": "an element that is not used",
        "HEM": "an element that is not used",
        "UNL": "no component of this name",
        "no such": "no component of this name",
    }
    assert found.reasons["an element that is not used"] == 2
    assert sum(found.reasons.values()) == 6
    assert capfd.readouterr().err == "", "RDKit writes of what it cannot sanitise"


def test_where_ideal_coordinates_are_missing_those_of_a_structure_are_taken(names):
    known = load_dictionary()
    for name in names:
        rows = known.atoms_of(name)
        heavy = ~np.isin(known.element[rows], [b"H", b"D"])
        ideal, model = known.ideal[rows][heavy], known.model[rows][heavy]
        if np.isnan(ideal).any() and not np.isnan(model).any():
            break
    component = read_components([name]).components[name]
    assert np.array_equal(component.coord, model)


def test_a_charge_that_the_dictionary_forgot_is_added():
    """The ligand of the RNA 6pq7: both its aromatic rings hold a nitrogen with four bonds."""
    known = load_dictionary()
    rows = known.atoms_of("OXV")
    assert not known.charge[rows].any()
    assert Chem.GetFormalCharge(molecule_of("OXV")) == 2
    assert Chem.GetFormalCharge(molecule_of("A1IKU")) == -1


def test_components_are_built_one_by_one_in_the_order_asked():
    walk = walk_components(["TRP", "nothing", "ATP"])
    assert next(walk)[0] == "TRP"
    assert next(walk) == ("nothing", "no component of this name")


def test_the_molecule_of_a_ligand_is_checked_against_its_atoms():
    atp = Chem.MolToSmiles(molecule_of("ATP"))
    assert Chem.MolToSmiles(molecule_of("ATP", ["PG", "O1G", "C1'"])) == atp, "atoms may be missing"
    assert Chem.MolToSmiles(molecule_of("ATP", ["C1*", "O5*"])) == atp, "names of old files"
    with pytest.raises(InputError) as caught:
        molecule_of("ATP", ["PG", *(f"X{i}" for i in range(8))])
    assert str(caught.value) == (
        "ligand ATP: expected atoms of ADENOSINE-5'-TRIPHOSPHATE, came X0, X1, X2, X3, X4, X5 and "
        "2 more besides. The file means another molecule by this name; leave the complex out."
    )
    with pytest.raises(InputError, match=r"ligand LIG9: expected a molecule .* came no component"):
        molecule_of("LIG9")
    with pytest.raises(InputError, match="came an element that is not used"):
        molecule_of("HEM")


def test_the_dictionary_is_whole():
    known = load_dictionary()
    titles = load_titles()
    assert len(known.names) == len(known.row) == len(known.obsolete) == len(known.start) - 1
    assert known.start[-1] == len(known.atom_name) == len(known.element) == len(known.ideal)
    assert set(known.names) <= set(titles)
    assert titles["ATP"] == "ADENOSINE-5'-TRIPHOSPHATE"
    assert 0 < known.obsolete.sum() < 2_000
    first, last = known.bond_rows["HOH"]
    assert known.bonds[first:last].astype(str).tolist() == [["O", "H1"], ["O", "H2"]]


def test_every_ligand_of_the_real_complexes_is_a_molecule(shared_data: Path):
    rows = [
        row
        for folder in ("rna_hariboss", "protein_p2rank")
        for row in read_complexes(shared_data / "pockets" / folder)
    ]
    assert len(rows) == 49
    for row in rows:
        assert row.pocket is not None
        molecule = molecule_of(row.ligand, row.pocket.ligand_atoms)
        assert len(row.pocket.ligand_atoms) <= molecule.GetNumAtoms()
