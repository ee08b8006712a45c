import numpy as np
import pytest
from pyteomics import mass

from core.errors import InputError
from core.problems.peptide.residues import (
    ISOTOPE_DA,
    MODIFICATIONS,
    MODIFIED_TOKENS,
    PLAIN_VOCABULARY,
    PROTON_DA,
    RESIDUE_MASS_DA,
    RESIDUES,
    SPECIAL_TOKENS,
    VOCABULARY,
    WATER_DA,
    modification_named,
    require_residues,
)

COMPOSITIONS = {
    "Carbamidomethyl": "C2H3NO",
    "Oxidation": "O",
    "Deamidated": "H-1N-1O",
    "Acetyl": "C2H2O",
    "Carbamyl": "CHNO",
    "Glu->pyro-Glu": "H-2O-1",
    "Gln->pyro-Glu": "N-1H-3",
}


def test_masses_are_those_of_pyteomics():
    assert sorted(RESIDUE_MASS_DA) == sorted("ACDEFGHIKLMNPQRSTVWY")
    for residue, mass_da in RESIDUE_MASS_DA.items():
        assert mass_da == pytest.approx(mass.std_aa_mass[residue], abs=1e-6), residue
    assert pytest.approx(mass.calculate_mass(formula="H2O"), abs=1e-6) == WATER_DA
    assert pytest.approx(mass.nist_mass["H+"][0][0], abs=1e-8) == PROTON_DA
    assert pytest.approx(mass.nist_mass["C"][13][0] - 12, abs=1e-6) == ISOTOPE_DA


def test_modification_masses_follow_from_their_composition():
    assert COMPOSITIONS.keys() == MODIFICATIONS.keys()
    for name, formula in COMPOSITIONS.items():
        expected = mass.Composition(formula=formula).mass()
        assert MODIFICATIONS[name].mass_da == pytest.approx(expected, abs=1e-6), name


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("Pyro_glu", "Glu->pyro-Glu"),
        ("Deamidation", "Deamidated"),
        ("oxidation", "Oxidation"),
        ("UNIMOD:4", "Carbamidomethyl"),
        ("Gln->pyro-Glu", "Gln->pyro-Glu"),
    ],
)
def test_aliases_lead_to_one_name(alias: str, name: str):
    found = modification_named(alias)
    assert found is not None
    assert found.name == name


def test_an_unknown_modification_is_none():
    assert modification_named("Phlogiston") is None


@pytest.mark.parametrize(
    ("name", "sequence", "position", "fits"),
    [
        ("Carbamidomethyl", "ACD", 2, True),
        ("Carbamidomethyl", "ACD", 1, False),
        ("Acetyl", "ACD", 0, True),
        ("Acetyl", "ACD", 1, False),
        ("Acetyl", "AKD", 2, True),
        ("Glu->pyro-Glu", "EAA", 1, True),
        ("Glu->pyro-Glu", "EAA", 0, True),
        ("Glu->pyro-Glu", "QAA", 1, False),
        ("Gln->pyro-Glu", "AQA", 2, False),
        ("Oxidation", "AAM", -1, False),
    ],
)
def test_where_a_modification_belongs(name: str, sequence: str, position: int, fits: bool):
    assert MODIFICATIONS[name].fits(sequence, position) is fits


def test_the_vocabulary_holds_special_tokens_residues_and_modified_residues():
    assert VOCABULARY.tokens == (*SPECIAL_TOKENS, *RESIDUES, *MODIFIED_TOKENS)
    assert len(VOCABULARY) == 28
    assert VOCABULARY.index["<pad>"] == 0
    by_token = dict(zip(VOCABULARY.tokens, VOCABULARY.mass_da, strict=True))
    assert all(by_token[token] == 0 for token in SPECIAL_TOKENS)
    assert by_token["C[+57.02]"] == pytest.approx(160.030649, abs=1e-5)
    assert by_token["N[+0.98]"] == pytest.approx(RESIDUE_MASS_DA["D"], abs=1e-5)
    assert not VOCABULARY.mass_da.flags.writeable
    assert np.all(VOCABULARY.mass_da[4:] > 50)


def test_an_unknown_residue_is_named_with_its_position():
    with pytest.raises(InputError, match=r"position 5: expected one of .*, came 'X'"):
        require_residues("PEPTXDE", "peptide")
    with pytest.raises(InputError, match="at least one residue"):
        require_residues("", "peptide")


def test_the_plain_vocabulary_tells_all_masses_apart_but_i_and_l():
    assert PLAIN_VOCABULARY.tokens == (*SPECIAL_TOKENS, *RESIDUES)
    masses = PLAIN_VOCABULARY.mass_da[len(SPECIAL_TOKENS) :]
    assert len(np.unique(masses.round(3))) == 19
    # N[+0.98] is D, and Q[+0.98] is E.
    assert len(np.unique(VOCABULARY.mass_da.round(3))) < 1 + 19 + len(MODIFIED_TOKENS)
