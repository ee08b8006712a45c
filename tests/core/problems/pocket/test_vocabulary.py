import numpy as np
import pytest
from biotite.structure.info import full_name

from core.problems.pocket.additives import _NAMES, additive
from core.problems.pocket.vocabulary import (
    AMINO_ACIDS,
    ELEMENTS,
    NUCLEOTIDES,
    OTHER,
    RESIDUES,
    element_index,
    one_letter,
    residue_index,
)


def test_other_is_last_and_no_word_stands_twice():
    for words in (ELEMENTS, RESIDUES):
        assert words[-1] == OTHER
        assert len(set(words)) == len(words)
    assert len(AMINO_ACIDS) == 20
    assert len(NUCLEOTIDES) == 8
    assert len(RESIDUES) == 29


@pytest.mark.parametrize(
    ("index", "words"), [(element_index, ELEMENTS), (residue_index, RESIDUES)], ids=["e", "r"]
)
def test_each_word_has_its_own_index_in_any_case(index, words):
    everyone = np.arange(len(words))
    assert np.array_equal(index(words), everyone)
    assert np.array_equal(index([word.lower() for word in words]), everyone)
    assert np.array_equal(index(np.array([word.upper() for word in words])), everyone)


def test_unknown_words_are_other_and_nothing_gives_nothing():
    assert element_index(["W", "X", "", "DEUTERIUM"]).tolist() == [len(ELEMENTS) - 1] * 4
    assert residue_index(["HEM", "UNK", "N", "DU"]).tolist() == [len(RESIDUES) - 1] * 4
    assert len(element_index([])) == len(residue_index(np.array([], dtype=str))) == 0


def test_selenomethionine_is_methionine_and_no_other_modification_is_hidden():
    assert RESIDUES[residue_index(["MSE"])[0]] == "MET"
    assert RESIDUES[residue_index(["SEP"])[0]] == OTHER
    assert one_letter(["GLY", "MSE", "SEP", "TRP"]) == "GMXW"
    assert one_letter(["G", "DA", "DT", "U", "PSU"]) == "GATUX"


def test_no_residue_is_an_additive():
    assert [name for name in RESIDUES if additive(name)] == []


def test_each_additive_is_named_once_and_is_in_the_dictionary():
    names = [name for group in _NAMES.values() for name in group.split()]
    assert len(set(names)) == len(names)
    of_programs = {"WAT", "H2O", "TIP"}  # what simulation programs call water
    assert {name for name in names if full_name(name) is None} == of_programs
