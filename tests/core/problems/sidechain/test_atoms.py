"""The vocabulary against biotite's component dictionary."""

from itertools import pairwise

import numpy as np
import pytest
from biotite.structure import info

from core.errors import InputError
from core.problems.sidechain import atoms
from core.problems.sidechain.atoms import (
    AROMATIC_RINGS,
    ATOM14,
    ATOM14_TO_37,
    ATOM37,
    ATOM37_TO_14,
    BONDS,
    CHI_ATOMS,
    ELEMENT14,
    ELEMENTS,
    EXISTS14,
    ONE_LETTER,
    RESIDUES,
    SYMMETRIC_PAIRS,
    to_atom14,
    to_atom37,
)

TYPES = np.arange(20)


@pytest.fixture(scope="module")
def numbered() -> np.ndarray:
    """One residue a type; every atom tells its type and slot, the rest is NaN."""
    coord = np.stack(
        np.broadcast_arrays(TYPES[:, None], np.arange(14)[None], np.zeros((20, 14))), axis=2
    )
    return np.where(EXISTS14[:, :, None], coord, np.nan)


def heavy(name: str):
    residue = info.residue(name)
    return residue[(residue.element != "H") & (residue.atom_name != "OXT")]


def test_the_order_is_that_of_the_letters():
    assert "".join(ONE_LETTER[name] for name in RESIDUES) == "ARNDCQEGHILKMFPSTWYV"
    assert all(info.one_letter_code(name) == letter for name, letter in ONE_LETTER.items())


def test_slot_3_is_o_among_14_and_cb_among_37():
    """The trap: backbone first in one, CB before O in the other."""
    assert [ATOM37.index(name) for name in ("N", "CA", "C", "CB", "O")] == [0, 1, 2, 3, 4]
    assert all(names[3] == "O" for names in ATOM14.values())
    assert all(names[4] == "CB" for name, names in ATOM14.items() if name != "GLY")
    alanine = np.arange(42.0).reshape(1, 14, 3)
    among37 = to_atom37(alanine, np.array([0]))
    assert among37[0, 3].tolist() == alanine[0, 4].tolist()
    assert among37[0, 4].tolist() == alanine[0, 3].tolist()
    glycine = to_atom37(alanine, np.array([RESIDUES.index("GLY")]))
    assert np.isnan(glycine[0, 3]).all()
    assert glycine[0, 4].tolist() == alanine[0, 3].tolist()


def test_both_mappings_name_the_same_atoms():
    for index, name in enumerate(RESIDUES):
        for slot, atom in enumerate(ATOM14[name]):
            assert ATOM37[ATOM14_TO_37[index, slot]] == atom
            assert ATOM37_TO_14[index, ATOM37.index(atom)] == slot
        assert (ATOM14_TO_37[index] >= 0).sum() == len(ATOM14[name])
        assert (ATOM37_TO_14[index] >= 0).sum() == len(ATOM14[name])
    assert len(set(ATOM37)) == 37
    assert (ATOM37_TO_14[:, ATOM37.index("OXT")] == -1).all()


def test_14_to_37_and_back_is_the_identity(numbered: np.ndarray):
    back = to_atom14(to_atom37(numbered, TYPES), TYPES)
    np.testing.assert_array_equal(back, numbered)
    among37 = to_atom37(numbered.astype(np.float32), TYPES)
    assert among37.dtype == np.float32
    np.testing.assert_array_equal(to_atom37(to_atom14(among37, TYPES), TYPES), among37)


def test_slots_that_a_type_does_not_have_are_not_carried_over():
    full = np.zeros((20, 14, 3))
    assert np.isfinite(to_atom37(full, TYPES)).all(axis=2).sum() == EXISTS14.sum()
    full37 = np.zeros((20, 37, 3))
    np.testing.assert_array_equal(np.isfinite(to_atom14(full37, TYPES)).all(axis=2), EXISTS14)


@pytest.mark.parametrize("wrong", [-1, 20])
def test_an_unknown_type_is_refused_and_not_taken_for_the_last_one(wrong: int):
    with pytest.raises(InputError, match="ARNDCQEGHILKMFPSTWYV"):
        to_atom14(np.zeros((2, 37, 3)), np.array([0, wrong]))


def test_no_residues_are_no_trouble():
    none = np.zeros(0, dtype=np.int64)
    assert to_atom37(np.zeros((0, 14, 3)), none).shape == (0, 37, 3)


@pytest.mark.parametrize("name", RESIDUES)
def test_atoms_elements_and_bonds_are_those_of_the_dictionary(name: str):
    residue = heavy(name)
    place = {atom: row for row, atom in enumerate(residue.atom_name)}
    assert set(place) == set(ATOM14[name])
    index = RESIDUES.index(name)
    count = len(ATOM14[name])
    elements = [ELEMENTS[code].upper() for code in ELEMENT14[index, :count]]
    assert elements == [residue.element[place[atom]] for atom in ATOM14[name]]
    assert (ELEMENT14[index, count:] == -1).all()
    assert EXISTS14[index].sum() == count
    bonds = {frozenset(residue.atom_name[list(pair[:2])]) for pair in residue.bonds.as_array()}
    assert {frozenset((bond.one, bond.other)) for bond in BONDS[name]} == bonds
    assert len(BONDS[name]) == len(bonds)
    for one, other, length in BONDS[name]:
        ideal = np.linalg.norm(residue.coord[place[one]] - residue.coord[place[other]])
        assert length == pytest.approx(ideal, abs=6e-4)


@pytest.mark.parametrize("name", RESIDUES)
def test_chi_angles_turn_about_bonds_from_the_backbone_outwards(name: str):
    bonds = {frozenset((bond.one, bond.other)) for bond in BONDS[name]}
    expected = dict.fromkeys("AG", 0) | dict.fromkeys("CSTV", 1) | dict.fromkeys("MEQ", 3)
    expected |= dict.fromkeys("KR", 4)
    assert len(CHI_ATOMS[name]) == expected.get(ONE_LETTER[name], 2)
    for number, quadruple in enumerate(CHI_ATOMS[name]):
        assert all(frozenset(pair) in bonds for pair in pairwise(quadruple))
        if number:
            assert quadruple[:3] == CHI_ATOMS[name][number - 1][1:]
    if CHI_ATOMS[name]:
        assert CHI_ATOMS[name][0][:3] == ("N", "CA", "CB")


def test_only_four_types_have_atoms_that_may_change_names():
    assert set(SYMMETRIC_PAIRS) == {"ASP", "GLU", "PHE", "TYR"}
    for name, pairs in SYMMETRIC_PAIRS.items():
        swap = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
        bonds = {frozenset((bond.one, bond.other)) for bond in BONDS[name]}
        swapped = {frozenset(swap.get(atom, atom) for atom in bond) for bond in bonds}
        assert swapped == bonds, "the exchange keeps every bond"
        assert all(a[:-1] == b[:-1] for a, b in pairs)


@pytest.mark.parametrize("name", AROMATIC_RINGS)
def test_rings_are_closed_and_flat(name: str):
    residue = heavy(name)
    bonds = {frozenset((bond.one, bond.other)) for bond in BONDS[name]}
    for ring in AROMATIC_RINGS[name]:
        around = zip(ring, (*ring[1:], ring[0]), strict=True)
        assert all(frozenset(pair) in bonds for pair in around)
        coord = np.array([residue.coord[residue.atom_name == atom][0] for atom in ring])
        assert np.linalg.svd(coord - coord.mean(axis=0))[1][-1] < 0.02
    assert [len(ring) for ring in AROMATIC_RINGS["TRP"]] == [5, 6]


def test_the_tables_cannot_be_changed_by_accident():
    for table in (EXISTS14, ELEMENT14, ATOM14_TO_37, ATOM37_TO_14):
        with pytest.raises(ValueError, match="read-only"):
            table[0, 0] = 1
    assert atoms.SLOTS == 14
