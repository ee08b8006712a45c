import pytest
from pyteomics import mass

from core.errors import InputError
from core.problems.peptide.ions import ION_LADDERS, ION_TYPES, fragment_mz, ladders
from core.problems.peptide.peptides import Peptide, parse_peptide

AA_MASS = dict(mass.std_aa_mass, c=mass.std_aa_mass["C"] + 57.02146372, m=131.0404849 + 15.9949146)


@pytest.mark.parametrize("sequence", ["GK", "NSLEILLGSIGR", "ACDEFGHIKLMNPQRSTVWY"])
def test_fragments_are_those_of_pyteomics(sequence: str):
    found = fragment_mz(Peptide(sequence), ION_TYPES)
    assert len(found.mz) == 4 * (len(sequence) - 1)
    for mz, ion, ordinal, charge in zip(
        found.mz, found.ion_types, found.ordinal, found.charge, strict=True
    ):
        part = sequence[:ordinal] if ion[0] == "b" else sequence[-ordinal:]
        expected = mass.fast_mass(part, ion_type=ion[0], charge=int(charge))
        assert mz == pytest.approx(expected, abs=1e-4), (ion, ordinal)


def test_fragments_of_a_modified_peptide_are_those_of_pyteomics():
    found = fragment_mz(parse_peptide("[Acetyl]-AC[Carbamidomethyl]DM[Oxidation]K"))
    twin = "AcDmK"
    for mz, ion, ordinal in zip(found.mz, found.ion_types, found.ordinal, strict=True):
        part = twin[:ordinal] if ion == "b" else twin[-ordinal:]
        expected = mass.fast_mass(part, ion_type=ion, charge=1, aa_mass=AA_MASS)
        acetyl = 42.010565 if ion == "b" else 0.0
        assert mz == pytest.approx(expected + acetyl, abs=1e-4), (ion, ordinal)


def test_names_ordinals_and_charges_stand_side_by_side():
    found = fragment_mz(Peptide("GAK"), ("b", "y2+"))
    assert found.names == ("b1", "b2", "y1²⁺", "y2²⁺")
    assert found.ion_types == ("b", "b", "y2+", "y2+")
    assert found.ordinal.tolist() == [1, 2, 1, 2]
    assert found.charge.tolist() == [1, 1, 2, 2]


@pytest.mark.parametrize(("sequence", "ions"), [("G", ("b", "y")), ("GAK", ())])
def test_no_fragment_is_no_error(sequence: str, ions: tuple[str, ...]):
    found = fragment_mz(Peptide(sequence), ions)
    assert found.mz.shape == found.ordinal.shape == found.charge.shape == (0,)
    assert found.names == found.ion_types == ()


def test_an_unknown_ion_type_is_refused():
    with pytest.raises(InputError, match=r"expected b, y, b2\+, y2\+, came z"):
        ladders(["z"])


def test_each_series_names_its_charge():
    assert {ion: ladder.charge for ion, ladder in ION_LADDERS.items()} == {
        "b": 1,
        "y": 1,
        "b2+": 2,
        "y2+": 2,
    }
