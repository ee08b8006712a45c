from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.data import load_sample
from core.problems.peptide.diagnose import (
    ALPHABETICAL,
    check_labels,
    vocabulary_check,
    vocabulary_errors_ppm,
)
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.reading.labels import attach_labels, read_labels
from core.problems.peptide.residues import ISOTOPE_DA, RESIDUES
from core.problems.peptide.spectra import Spectrum, read_spectra


def spectrum(label: str | None, true: str, *, charge: int = 2, neutrons: int = 0, ppm: float = 0.0):
    """A spectrum of one peptide under the label of another."""
    mz = parse_peptide(true).precursor_mz(charge) * (1 + ppm * 1e-6)
    peptide = None if label is None else parse_peptide(label)
    one = np.array([100.0])
    return Spectrum("s", mz + neutrons * ISOTOPE_DA / charge, charge, one, one, peptide)


def test_the_planted_faults_of_the_sample_are_found_and_no_other():
    check = check_labels(load_sample().spectra)
    assert len(check.rows) == 60
    assert {row.spectrum_id[-2:]: row.suggestion for row in check.flagged} == {
        **dict.fromkeys(["08", "21", "37", "50"], "fits Gln->pyro-Glu in place of Glu->pyro-Glu"),
        **dict.fromkeys(["13", "44"], "precursor picked +1 ¹³C isotope"),
    }
    sound = [row for row in check.rows if not row.flagged]
    assert max(abs(row.error_ppm) for row in sound) < 10
    assert {row.isotope_offset for row in sound} == {0}


def test_the_twelve_wrong_labels_of_the_real_set_are_found_and_no_other(shared_data: Path):
    folder = shared_data / "spectra" / "massivekb_500"
    mgf, peprec = (folder / f"massivekb_selected_500.{end}" for end in ("mgf", "peprec"))
    result = read_spectra(mgf, name=mgf.name)
    labelled = attach_labels(result, read_labels(peprec, name=peprec.name))
    check = check_labels(labelled.spectra)
    assert (len(check.rows), check.unlabelled, len(check.flagged)) == (500, 0, 12)
    assert all(row.peptide.modifications[0].name == "Glu->pyro-Glu" for row in check.flagged)
    assert all(row.peptide.sequence[0] == "Q" for row in check.flagged)
    assert {row.suggestion for row in check.flagged} == {
        "fits Gln->pyro-Glu in place of Glu->pyro-Glu"
    }
    errors = sorted(row.error_ppm for row in check.flagged)
    assert 345 < errors[0] < 346
    assert 818 < errors[-1] < 819


@pytest.mark.parametrize("neutrons", [-1, 1, 2, 3])
@pytest.mark.parametrize("charge", [1, 2, 3])
def test_isotope_offsets_are_recognised(neutrons: int, charge: int):
    (row,) = check_labels(
        [spectrum("SAMPLER", "SAMPLER", charge=charge, neutrons=neutrons, ppm=3)]
    ).rows
    assert row.flagged
    assert row.isotope_offset == neutrons
    assert row.corrected_ppm == pytest.approx(3, abs=0.02)
    assert row.suggestion == f"precursor picked {neutrons:+d} ¹³C isotope"
    assert row.error_da == pytest.approx(neutrons * ISOTOPE_DA, abs=0.01)


@pytest.mark.parametrize(
    ("label", "true", "suggestion"),
    [
        ("SAMPLER", "SAM[Oxidation]PLER", "fits one more Oxidation"),
        ("SAM[Oxidation]PLER", "SAMPLER", "fits without Oxidation"),
        ("ACDEK", "AC[Carbamidomethyl]DEK", "fits one more Carbamidomethyl"),
        ("[Acetyl]-AADEK", "[Carbamyl]-AADEK", "fits Carbamyl in place of Acetyl"),
        ("ANDEK", "AN[Deamidated]DEK", "fits one more Deamidated"),
    ],
)
def test_a_label_that_lacks_or_mistakes_a_modification(label: str, true: str, suggestion: str):
    (row,) = check_labels([spectrum(label, true, ppm=1)]).rows
    assert row.flagged
    assert row.suggestion == suggestion
    assert row.explanations[0].residual_ppm == pytest.approx(1, abs=0.1)


def test_nothing_is_suggested_where_nothing_fits():
    (row,) = check_labels([spectrum("GGGGG", "WWWWW")]).rows
    assert row.flagged
    assert row.explanations == ()
    assert row.suggestion == ""


def test_the_tolerance_decides():
    near = [spectrum("SAMPLER", "SAMPLER", ppm=40)]
    assert not check_labels(near).flagged
    assert check_labels(near, tolerance_ppm=30.0).flagged
    with pytest.raises(InputError, match="ppm above 0"):
        check_labels(near, tolerance_ppm=0.0)


def test_spectra_without_label_are_counted_only():
    check = check_labels([spectrum(None, "GAK"), spectrum("GAK", "GAK")])
    assert (len(check.rows), check.unlabelled) == (1, 1)
    assert check_labels([]).rows == ()


def test_our_own_order_reads_every_peptide_right():
    check = vocabulary_check(Peptide("SAMPLER"), RESIDUES)
    assert (check.read, check.error_ppm, check.error_da) == ("SAMPLER", 0.0, 0.0)


def test_the_alphabetical_order_leaves_three_residues_alone():
    same = [r for r in RESIDUES if vocabulary_check(Peptide(r), ALPHABETICAL).read == r]
    assert sorted(same) == ["A", "S", "T"]


def test_a_permuted_vocabulary_costs_62_000_ppm_in_the_median():
    """The losses note's first bug, on 5,000 peptides of 7 to 20 residues, each as frequent."""
    generator = np.random.default_rng(0)
    peptides = [
        Peptide("".join(generator.choice([*RESIDUES], generator.integers(7, 21))))
        for _ in range(5_000)
    ]
    error = np.abs(vocabulary_errors_ppm(peptides))
    assert np.median(error) == pytest.approx(62_000, rel=0.03)
    assert (error < 50).mean() == pytest.approx(0.002, abs=0.002)


def test_an_order_that_is_no_permutation_is_refused():
    with pytest.raises(InputError, match="a permutation of"):
        vocabulary_check(Peptide("GAK"), "AAA")
