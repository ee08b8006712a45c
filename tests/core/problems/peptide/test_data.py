from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pyteomics import mass

from core.errors import InputError, UnavailableError
from core.problems.peptide import digest as digest_module
from core.problems.peptide.data import (
    CLEAN,
    HCD,
    NOISE_MODELS,
    NOISY,
    NoiseModel,
    digest,
    held_out_peptides,
    load_sample,
    mix_clean_noisy,
    random_peptides,
    read_proteins,
    residue_composition,
    sample_composition,
    synthetic_spectrum,
)
from core.problems.peptide.ions import ION_TYPES, fragment_mz
from core.problems.peptide.make_sample import COUNT, main, make_sample
from core.problems.peptide.peptides import Peptide, canonical
from core.problems.peptide.residues import ISOTOPE_DA, RESIDUES

# Length, number of cysteines, and average mass in Da of the reduced chain without its haem, acetyl
# or bridges, as published.
PROTEINS = {
    "ubiquitin": (76, 0, 8_564.8),
    "lysozyme": (129, 8, 14_313.1),
    "cytochrome_c": (104, 2, 11_701.5),
    "myoglobin": (153, 0, 16_951.5),
    "insulin_a": (21, 4, 2_383.7),
    "insulin_b": (30, 2, 3_429.9),
    "ribonuclease_a": (124, 8, 13_690.3),
    "lactoglobulin": (162, 5, 18_281.2),
    "albumin": (583, 35, 66_433.0),
}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_typed_proteins_have_their_published_length_and_mass():
    proteins = read_proteins()
    assert proteins.keys() == PROTEINS.keys()
    for name, (length, cysteines, average_da) in PROTEINS.items():
        sequence = proteins[name]
        assert (len(sequence), sequence.count("C")) == (length, cysteines), name
        found = mass.calculate_mass(sequence=sequence, average=True)
        # Tables of average atomic masses differ by some ppm.
        assert found == pytest.approx(average_da, rel=2e-5), name


def test_the_digest_cuts_behind_k_and_r_and_not_before_p():
    proteins = {"p": "MAKRPGGRAKPLK"}
    assert digest(proteins) == ("MAK", "RPGGR", "AKPLK")
    one = digest(proteins, missed_cleavages=1)
    assert set(one) == {"MAK", "RPGGR", "AKPLK", "MAKRPGGR", "RPGGRAKPLK"}
    assert digest(proteins, min_length=5, max_length=5) == ("RPGGR", "AKPLK")
    assert digest({"p": "AWKPGMRPG"}) == ("AWK", "PGMR", "PG")


def test_the_digest_without_missed_cleavages_is_the_protein():
    for sequence in read_proteins().values():
        parts = digest({"p": sequence})
        assert set("".join(parts)) == set(sequence)
        assert all(part in sequence for part in parts)


def test_well_known_peptides_are_in_the_digest():
    assert {"LVNELTEFAK", "YLYEIAR", "HLVDEPQNLIK", "TITLEVEPSDTIENVK", "TGPNLHGLFGR"} <= set(
        digest(read_proteins())
    )


def test_bad_fasta_is_refused(tmp_path: Path):
    path = tmp_path / "a.fasta"
    path.write_text(">one two\nPEPTIXDE\n")
    with pytest.raises(InputError, match="protein one, position 6"):
        read_proteins(path)
    path.write_text("")
    with pytest.raises(InputError, match="proteins in FASTA"):
        read_proteins(path)


def test_without_the_repository_the_sample_is_unavailable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(digest_module, "SAMPLE_FOLDER", Path("/nowhere"))
    with pytest.raises(UnavailableError, match="not there"):
        load_sample()


def test_the_composition_sums_to_one():
    shares = residue_composition(["AAG", "K"])
    assert shares["A"] == 0.5
    assert shares.keys() == set(RESIDUES)
    assert sum(sample_composition().values()) == pytest.approx(1)
    with pytest.raises(InputError, match="residues"):
        residue_composition([])


def test_random_peptides_are_tryptic_distinct_and_reproducible():
    found = random_peptides(500, rng(), min_length=6, max_length=9)
    assert found == random_peptides(500, rng(), min_length=6, max_length=9)
    assert {len(p) for p in found} == {6, 7, 8, 9}
    assert len({canonical(p) for p in found}) == 500
    assert all(p[-1] in "KR" and not set(p[:-1]) & set("KR") for p in found)


def test_random_peptides_have_the_composition_they_are_asked_for():
    shares = residue_composition(["AAGW"])
    found = random_peptides(
        200, rng(), min_length=50, max_length=50, composition=shares, tryptic=False
    )
    counts = Counter("".join(found))
    assert counts.keys() == {"A", "G", "W"}
    assert counts["A"] / counts.total() == pytest.approx(0.5, abs=0.02)


def test_random_peptides_never_meet_the_held_out_ones_up_to_i_and_l():
    pool = random_peptides(30, rng(), min_length=3, max_length=3)
    swapped = [p.replace("L", "#").replace("I", "L").replace("#", "I") for p in pool]
    found = random_peptides(400, rng(), min_length=3, max_length=3, exclude=swapped)
    assert not {canonical(p) for p in found} & {canonical(p) for p in pool}
    held = {canonical(p) for p in held_out_peptides()}
    assert not held & {canonical(p) for p in random_peptides(300, rng(), exclude=held)}


def test_more_peptides_than_there_are_is_refused():
    with pytest.raises(InputError, match="3 distinct peptides of 1 to 1 residues, came 2"):
        random_peptides(3, rng(), min_length=1, max_length=1)
    with pytest.raises(InputError, match="min_length"):
        random_peptides(3, rng(), min_length=5, max_length=4)
    with pytest.raises(InputError, match="a share above 0"):
        random_peptides(3, rng(), composition={"A": 1.0})
    assert random_peptides(0, rng()) == ()


def test_a_clean_spectrum_holds_its_fragments_and_nothing_else():
    peptide = Peptide("SAMPLER")
    for charge in (1, 2, 3):
        spectrum = synthetic_spectrum(peptide, CLEAN, rng(), ions=ION_TYPES, charge=charge)
        assert spectrum.mz == pytest.approx(np.sort(fragment_mz(peptide, ION_TYPES).mz))
        assert set(spectrum.intensity) == {1.0}
        assert spectrum.precursor_mz == peptide.precursor_mz(charge)
        assert (spectrum.peptide, spectrum.source) == (peptide, "synthetic")


def test_noise_peaks_dropout_and_jitter_do_what_they_say():
    peptide = Peptide("SAMPLERSAMPLERSAMPLER")
    true = np.sort(fragment_mz(peptide).mz)
    assert len(synthetic_spectrum(peptide, NoiseModel(noise_peaks=7), rng()).mz) == len(true) + 7
    noise_only = synthetic_spectrum(peptide, NoiseModel(dropout_share=1.0, noise_peaks=5), rng())
    assert len(noise_only.mz) == 5
    kept = [
        len(synthetic_spectrum(peptide, NoiseModel(dropout_share=0.25), rng(k)).mz)
        for k in range(100)
    ]
    assert np.mean(kept) / len(true) == pytest.approx(0.75, abs=0.03)
    moved = [
        (synthetic_spectrum(peptide, NoiseModel(mz_jitter_ppm=15.0), rng(k)).mz / true - 1) * 1e6
        for k in range(50)
    ]
    assert np.std(moved) == pytest.approx(15, rel=0.05)
    uneven = [
        np.log(synthetic_spectrum(peptide, NoiseModel(intensity_jitter=0.2), rng(k)).intensity)
        for k in range(50)
    ]
    assert np.mean([np.std(values) for values in uneven]) == pytest.approx(0.2, rel=0.1)


def test_isotopes_follow_each_fragment_at_the_averagine_ratio():
    spectrum = synthetic_spectrum(
        Peptide("SAMPLERSAMPLER"), NoiseModel(isotopes=True), rng(), ions=("y2+",)
    )
    mono = fragment_mz(Peptide("SAMPLERSAMPLER"), ("y2+",)).mz
    at = {round(mz, 6): height for mz, height in zip(spectrum.mz, spectrum.intensity, strict=True)}
    base = max(mono)
    ratio = at[round(base + ISOTOPE_DA / 2, 6)] / at[round(base, 6)]
    assert len(spectrum.mz) == 3 * len(mono)
    assert ratio == pytest.approx(5.2e-4 * 2 * (base - 1.00728), rel=1e-3)
    assert 0.5 < 5.2e-4 * 1_000 < 0.6  # an averagine peptide of 1,000 Da


def test_a_hcd_spectrum_looks_like_a_measured_one():
    """The medians of the real set: 90 peaks, half of the intensity and of the fragments found."""
    sequences = random_peptides(150, rng(), min_length=8, max_length=16)
    peaks, explained, matched, of_series = [], [], [], {"b": 0.0, "y": 0.0}
    for k, sequence in enumerate(sequences):
        peptide = Peptide(sequence)
        spectrum = synthetic_spectrum(peptide, HCD, rng(k))
        fragments = fragment_mz(peptide)
        near = np.abs(spectrum.mz[:, None] / fragments.mz - 1) < 20e-6
        peaks.append(len(spectrum.mz))
        explained.append(spectrum.intensity[near.any(1)].sum() / spectrum.intensity.sum())
        matched.append(near.any(0).mean())
        for ion, hit in zip(fragments.ion_types, near.T, strict=True):
            of_series[ion] += spectrum.intensity[hit].sum()
        assert spectrum.intensity.max() == 1.0
        assert spectrum.intensity.min() >= HCD.floor
    assert 85 < np.median(peaks) < 130
    assert 0.35 < np.median(explained) < 0.6
    assert 0.4 < np.median(matched) < 0.7
    assert 1.5 < of_series["y"] / of_series["b"] < 5


def test_the_bond_before_proline_breaks_and_the_one_behind_hardly():
    heights = {"y6": 0.0, "y4": 0.0, "y5": 0.0}
    for k in range(200):
        peptide = Peptide("AAAAAPAAAAK")
        fragments = fragment_mz(peptide, ("y",))
        spectrum = synthetic_spectrum(peptide, NoiseModel(heights="hcd"), rng(k), ions=("y",))
        for name, mz in zip(fragments.names, fragments.mz, strict=True):
            if name in heights:
                heights[name] += spectrum.intensity[np.abs(spectrum.mz - mz) < 1e-6].sum()
    assert heights["y6"] > 3 * heights["y4"]
    assert heights["y5"] < 0.5 * heights["y4"]


def test_a_peptide_of_one_residue_leaves_an_empty_spectrum():
    for model in NOISE_MODELS.values():
        spectrum = synthetic_spectrum(Peptide("K"), model, rng())
        assert len(spectrum.mz) <= model.noise_peaks
        assert np.isfinite(spectrum.intensity).all()


@pytest.mark.parametrize(
    "values",
    [{"dropout_share": 1.1}, {"noise_peaks": -1}, {"mz_jitter_ppm": -1.0}, {"noise_level": 0.0}],
)
def test_a_noise_model_outside_its_ranges_is_refused(values: dict[str, float]):
    with pytest.raises(InputError, match=f"noise model, {next(iter(values))}"):
        NoiseModel(**values)  # type: ignore[arg-type]


def test_the_tenth_stage_of_the_losses_note_is_named():
    assert (NOISY.noise_peaks, NOISY.dropout_share) == (10, 0.1)
    assert (NOISY.mz_jitter_ppm, NOISY.intensity_jitter) == (15.0, 0.2)


def test_clean_and_noisy_are_mixed_in_exact_shares():
    for n, share, clean in ((10, 0.3, 3), (10, 0.0, 0), (10, 1.0, 10), (0, 0.5, 0), (7, 0.5, 4)):
        found = mix_clean_noisy(n, share, rng())
        assert (len(found), found.sum(), found.dtype) == (n, clean, np.dtype(bool))
    places = np.mean([mix_clean_noisy(10, 0.3, rng(k)) for k in range(500)], axis=0)
    assert places == pytest.approx(0.3, abs=0.08)
    with pytest.raises(InputError, match="clean share of 0 to 1"):
        mix_clean_noisy(10, 1.5, rng())


def test_the_sample_files_are_what_the_command_makes(root: Path, tmp_path: Path):
    main(tmp_path)
    for name in ("synthetic.mgf", "synthetic.peprec"):
        made, stored = tmp_path / name, root / "sample_data" / "spectra" / name
        assert made.read_bytes() == stored.read_bytes(), name
        assert stored.stat().st_size < 400_000
    assert make_sample(seed=1) != make_sample(seed=2)


def test_the_sample_is_what_its_readme_says():
    result = load_sample()
    first = result.spectra[0]
    assert (len(result.spectra), result.read) == (COUNT, COUNT)
    assert all(note.kept for note in result.problems)
    assert len(result.problems) == 4
    assert str(first.peptide) == "LFTGHPETLEK"
    assert 100 <= len(first.mz) <= 120
    assert Counter(s.precursor_charge for s in result.spectra) == {2: 44, 3: 16}
    peptides = [s.peptide for s in result.spectra if s.peptide is not None]
    assert {len(p) for p in peptides} <= set(range(7, 21))
    names = Counter(m.name for p in peptides for m in p.modifications)
    assert names["Glu->pyro-Glu"] == 4
    assert names["Oxidation"] > 0
    assert names["Carbamidomethyl"] == sum(p.sequence.count("C") for p in peptides)
