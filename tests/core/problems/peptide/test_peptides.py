import numpy as np
import pytest
from pyteomics import mass

from core.errors import InputError
from core.problems.peptide.peptides import (
    C_TERM,
    N_TERM,
    Modification,
    Peptide,
    canonical,
    encode,
    modification_at,
    parse_peptide,
)
from core.problems.peptide.residues import VOCABULARY


@pytest.mark.parametrize("sequence", ["G", "PEPTIDE", "NSLEILLGSIGR", "ACDEFGHIKLMNPQRSTVWY"])
@pytest.mark.parametrize("charge", [1, 2, 3])
def test_precursor_mz_is_that_of_pyteomics(sequence: str, charge: int):
    expected = mass.calculate_mass(sequence=sequence, charge=charge)
    assert Peptide(sequence).precursor_mz(charge) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "extra_da"),
    [
        ("PEPTC[+57.02]IDE", 57.021464),
        ("PEPTC[Carbamidomethyl]IDE", 57.021464),
        ("PEPTC+57.021IDE", 57.021464),
        ("[+42.01]-PEPTCIDE", 42.010565),
        ("[Acetyl]-PEPTC[UNIMOD:4]IDE", 42.010565 + 57.021464),
        ("PEPTCIDE-[-0.984]", -0.984),
        ("PEPTC[+79.9663]IDE", 79.9663),
        (" PEPTCIDE ", 0.0),
    ],
)
def test_modified_texts_are_read(text: str, extra_da: float):
    peptide = parse_peptide(text)
    assert peptide.sequence == "PEPTCIDE"
    assert peptide.mass_da == pytest.approx(Peptide("PEPTCIDE").mass_da + extra_da, abs=1e-9)
    assert parse_peptide(str(peptide)) == peptide


def test_terminal_modifications_count_to_the_first_and_the_last_residue():
    plain = Peptide("GAK").residue_mass_da
    peptide = parse_peptide("[Acetyl]-GAK-[+100]")
    assert [m.position for m in peptide.modifications] == [N_TERM, C_TERM]
    assert peptide.residue_mass_da - plain == pytest.approx([42.010565, 0, 100])


def test_equal_peptides_do_not_depend_on_the_order_of_modifications():
    one, two = Modification("Oxidation", 15.994915, 1), Modification("Acetyl", 42.010565, 0)
    assert Peptide("MK", (one, two)) == Peptide("MK", (two, one))
    assert hash(Peptide("MK", (one, two))) == hash(Peptide("MK", (two, one)))


def test_a_wrong_label_can_be_written_and_read_back():
    """Pyro_glu on Q, as the real set has it: the name keeps what the mass could not tell."""
    peptide = Peptide("QEPK", (modification_at("Pyro_glu", "QEPK", 1),))
    assert str(peptide) == "Q[Glu->pyro-Glu]EPK"
    assert parse_peptide(str(peptide)) == peptide
    assert str(parse_peptide("EEPK")) == "EEPK"
    assert str(parse_peptide("E[Pyro_glu]EPK")) == "E[-18.01]EPK"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PEPTXDE", "position 5: expected one of the residues .*, came 'X'"),
        ("peptide", "position 1: .* came 'p'"),
        ("", "at least one residue, came none"),
        ("PEPT[+57", "Close the brackets"),
        ("PEPT]IDE", "Close the brackets"),
        ("PEP[what]TIDE", "modification 'what'"),
        ("PEP[nan]TIDE", "modification 'nan'"),
        ("PEP[1e9]TIDE", "modification '1e9'"),
        ("G[-60]AK", "position 1: expected a residue mass above 0"),
        ("G" * 201, "at most 200 residues, came 201"),
        ("G" * 100_000, "peptide G"),
    ],
)
def test_bad_texts_are_refused_with_their_place(text: str, words: str):
    with pytest.raises(InputError, match=words):
        parse_peptide(text)


def test_a_modification_outside_the_sequence_is_refused():
    with pytest.raises(InputError, match=r"position of 0 .* 1 to 3.*came 4"):
        Peptide("GAK", (Modification("Oxidation", 15.994915, 4),))


def test_a_charge_below_one_is_refused():
    with pytest.raises(InputError, match="charge of 1 or more, came 0"):
        Peptide("GAK").precursor_mz(0)


def test_isoleucine_and_leucine_are_one():
    assert canonical("LIVID") == canonical("ILVLD") == "LLVLD"


def test_tokens_of_a_peptide_carry_its_mass():
    peptide = parse_peptide("AC[+57.02]M[+15.99]N[+0.98]Q[+0.98]CK")
    index = encode(peptide)
    assert VOCABULARY.mass_da[index] == pytest.approx(peptide.residue_mass_da, abs=1e-9)
    assert [VOCABULARY.tokens[i] for i in index[:2]] == ["A", "C[+57.02]"]
    assert index.dtype == np.int64


@pytest.mark.parametrize("text", ["[Acetyl]-GAK", "GAK-[+1]", "GS[+79.97]K", "K[Acetyl]G"])
def test_a_residue_without_token_is_refused(text: str):
    with pytest.raises(InputError, match="token"):
        encode(parse_peptide(text))
