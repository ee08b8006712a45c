"""Laws of peptides, their fragments and their files, over random examples."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyteomics import mass

from core.errors import InputError
from core.problems.peptide.diagnose import vocabulary_check
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.make_sample import write_mgf, write_peprec
from core.problems.peptide.peptides import Modification, Peptide, canonical, parse_peptide
from core.problems.peptide.reading.labels import read_labels
from core.problems.peptide.residues import MODIFICATIONS, PROTON_DA, RESIDUES
from core.problems.peptide.spectra import Spectrum, prepare, read_spectra
from core.problems.peptide.synthetic import NOISE_MODELS, synthetic_spectrum

SEQUENCES = st.text(RESIDUES, min_size=1, max_size=30)


Parts = tuple[str, list[tuple[int, str | float]]]
PLACED = st.lists(
    st.tuples(st.integers(-1, 25), st.sampled_from([*MODIFICATIONS]) | st.floats(0.1, 300.0)),
    max_size=4,
    unique_by=lambda placed: placed[0],
)
PARTS = st.tuples(st.text(RESIDUES, min_size=2, max_size=25), PLACED)


def build(parts: Parts) -> Peptide:
    """Known modifications, where they belong and where not, and bare masses.

    Outside the strategy: type checks draw at random, which hypothesis forbids inside.
    """
    sequence, placed = parts
    modifications = []
    for place, what in placed:
        if place > len(sequence):
            continue
        if isinstance(what, str):
            modifications.append(Modification(what, MODIFICATIONS[what].mass_da, place))
        elif all(abs(what - known.mass_da) > 0.01 for known in MODIFICATIONS.values()):
            text = f"{what:+.6f}".rstrip("0").rstrip(".")
            modifications.append(Modification(text, float(text), place))
    return Peptide(sequence, tuple(modifications))


@given(PARTS)
def test_text_round_trips(parts: Parts):
    peptide = build(parts)
    assert parse_peptide(str(peptide)) == peptide


@given(st.text(max_size=40))
def test_reading_any_text_gives_a_peptide_or_our_error(text: str):
    try:
        peptide = parse_peptide(text)
    except InputError:
        return
    assert parse_peptide(str(peptide)) == peptide


@given(SEQUENCES, st.integers(1, 6))
def test_masses_equal_pyteomics(sequence: str, charge: int):
    expected = mass.fast_mass(sequence, charge=charge)
    assert Peptide(sequence).precursor_mz(charge) == pytest.approx(expected, abs=1e-4)


@given(PARTS)
def test_b_and_y_of_one_bond_make_the_whole(parts: Parts):
    peptide = build(parts)
    fragments = fragment_mz(peptide)
    b, y = np.split(fragments.mz, 2)
    assert b + y[::-1] == pytest.approx(peptide.mass_da + 2 * PROTON_DA)
    doubly = fragment_mz(peptide, ("b2+", "y2+"))
    assert 2 * doubly.mz == pytest.approx(fragments.mz + PROTON_DA)


@given(SEQUENCES)
def test_i_and_l_are_one_mass_and_one_ladder(sequence: str):
    ours, theirs = Peptide(sequence), Peptide(canonical(sequence))
    assert theirs.mass_da == ours.mass_da
    assert canonical(theirs.sequence) == theirs.sequence
    assert fragment_mz(ours).mz.tolist() == fragment_mz(theirs).mz.tolist()


@given(SEQUENCES, st.permutations(RESIDUES))
def test_a_permuted_table_and_its_inverse_cancel(sequence: str, order: list[str]):
    read = vocabulary_check(Peptide(sequence), "".join(order)).read
    back = "".join(RESIDUES[order.index(r)] for r in sequence)
    assert read == back
    assert "".join(order[RESIDUES.index(r)] for r in read) == sequence


PEAKS = st.lists(
    st.tuples(st.integers(500_000, 20_000_000), st.integers(1, 100_000)), min_size=1, max_size=60
)


def as_spectrum(peaks: list[tuple[int, int]]) -> Spectrum:
    mz = np.array(sorted(place for place, _ in peaks)) / 1e4
    intensity = np.array([height for _, height in peaks], dtype=float)
    return Spectrum("s", 500.5, 2, mz, intensity, Peptide("GAK"))


@given(PEAKS, st.integers(1, 80), st.sampled_from(["none", "sqrt", "log"]), st.floats(0.01, 100.0))
def test_preparation_is_bounded_and_free_of_scale(
    peaks: list[tuple[int, int]], top_peaks: int, transform, scale: float
):
    spectrum = as_spectrum(peaks)
    mz, intensity = prepare(spectrum, top_peaks=top_peaks, transform=transform)
    assert len(mz) == min(top_peaks, len(peaks))
    assert intensity.max() == pytest.approx(1.0)
    assert (intensity > 0).all()
    assert (np.diff(mz) >= 0).all()
    louder = Spectrum("s", 500.5, 2, spectrum.mz, spectrum.intensity * scale)
    again = prepare(louder, top_peaks=top_peaks, transform=transform)
    assert again[1] == pytest.approx(intensity)


@given(PEAKS, PARTS)
def test_files_round_trip(peaks: list[tuple[int, int]], parts: Parts):
    peptide = build(parts)
    spectrum = as_spectrum(peaks)
    top = spectrum.intensity.max()
    relative = Spectrum("s", 500.5, 2, spectrum.mz, spectrum.intensity / 100_000, peptide)
    text = write_mgf([relative])
    (read,) = read_spectra(io.BytesIO(text.encode()), name="a.mgf").spectra
    assert read.mz == pytest.approx(spectrum.mz, abs=1e-4)
    assert read.intensity == pytest.approx(spectrum.intensity)
    assert read.intensity.max() == pytest.approx(top)
    labels = read_labels(io.BytesIO(write_peprec([relative]).encode()), name="a.peprec")
    assert labels.labels["s"].peptide == peptide


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_damage_anywhere_in_a_file_costs_a_message_not_the_program(junk: bytes):
    good = b"BEGIN IONS\nTITLE=%d\nPEPMASS=500.5\nCHARGE=2+\n100.5 10\n200.5 20\nEND IONS\n"
    data = good % 1 + junk + b"\n" + good % 2
    result = read_spectra(io.BytesIO(data), name="a.mgf")
    assert result.spectra[0].spectrum_id == "1"
    assert len(result.spectra) + sum(not p.kept for p in result.problems) == result.read


@settings(max_examples=50)
@given(
    st.text(RESIDUES, min_size=1, max_size=25),
    st.sampled_from([*NOISE_MODELS]),
    st.integers(0, 2**32 - 1),
)
def test_a_synthetic_spectrum_is_sound_and_reproducible(sequence: str, name: str, seed: int):
    first, second = (
        synthetic_spectrum(Peptide(sequence), NOISE_MODELS[name], np.random.default_rng(seed))
        for _ in range(2)
    )
    assert first.mz.tolist() == second.mz.tolist()
    assert (np.diff(first.mz) >= 0).all()
    assert ((first.intensity > 0) & (first.intensity <= 1)).all()
