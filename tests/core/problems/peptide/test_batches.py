from dataclasses import replace

import numpy as np
import pytest
import torch
from pyteomics import mass

from core.errors import InputError
from core.problems.peptide.batch_spectra import FIRST_RESIDUE, PAD, STOP, Batch, make_batch
from core.problems.peptide.batches import PeptideSource, held_out_batches, token_rows
from core.problems.peptide.data import digest, held_out_peptides, read_proteins
from core.problems.peptide.peptides import Peptide, canonical
from core.problems.peptide.residues import PLAIN_VOCABULARY, RESIDUE_MASS_DA
from core.problems.peptide.synthetic import CLEAN, HCD, NOISY, synthetic_spectrum

CPU = torch.device("cpu")


def sequences(batch: Batch) -> list[str]:
    rows = zip(batch.target.tolist(), batch.length.tolist(), strict=True)
    return ["".join(PLAIN_VOCABULARY.tokens[t] for t in row[:n]) for row, n in rows]


def one_batch(peptides: list[str], *, clean: bool, noise=NOISY, seed: int = 0) -> Batch:
    length = np.array([len(peptide) for peptide in peptides])
    tokens = token_rows(peptides, int(length.max()))
    chosen = np.full(len(length), clean)
    return make_batch(tokens, length, chosen, noise, np.random.default_rng(seed), CPU)


def peaks_of(batch: Batch, row: int) -> tuple[np.ndarray, np.ndarray]:
    mask = batch.observed.mask[row]
    return batch.observed.mz[row][mask].numpy(), batch.observed.intensity[row][mask].numpy()


# --- what is drawn -----------------------------------------------------------------------------


def test_a_batch_is_a_pure_function_of_seed_and_step():
    drawn = [
        PeptideSource(6, 8, seed).draw(step, 8, 0.5, CPU)
        for seed, step in ((1, 5), (1, 5), (1, 6), (2, 5))
    ]
    first, again, later, other = drawn
    assert torch.equal(first.target, again.target)
    assert torch.equal(first.observed.mz, again.observed.mz)
    assert not torch.equal(first.target, later.target)
    assert not torch.equal(first.target, other.target)


def test_no_training_peptide_is_held_out_with_i_as_l():
    source = PeptideSource(2, 4)  # so short that most draws would hit the digest by chance
    held_out = {canonical(peptide) for peptide in held_out_peptides()}
    drawn = {canonical(peptide) for peptide in sequences(source.draw(0, 4000, 1.0, CPU))}
    assert drawn.isdisjoint(held_out)
    assert any(len(peptide) == 3 for peptide in held_out)  # else nothing was at stake


def test_held_out_peptides_are_drawn_again_and_not_altered():
    source = PeptideSource(3, 3)
    unchecked, _ = source._any_peptides(4000, np.random.default_rng(0))
    assert source._held_out(unchecked).any()
    assert not source._held_out(source._peptides(4000, np.random.default_rng(0))[0]).any()


def test_peptides_have_the_wanted_lengths_and_the_digests_composition():
    drawn = sequences(PeptideSource(6, 8).draw(0, 6000, 1.0, CPU))
    counts = np.bincount([len(peptide) for peptide in drawn])
    assert set(np.flatnonzero(counts)) == {6, 7, 8}
    assert counts[6:].min() > 0.3 * len(drawn)
    digested = "".join(digest(read_proteins()))
    for letters in ("".join(drawn), "".join(peptide[-1] for peptide in drawn)):
        for residue in RESIDUE_MASS_DA:
            expected = digested.count(residue) / len(digested)
            assert letters.count(residue) / len(letters) == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_exactly_the_wanted_share_is_clean(share: float):
    batch = PeptideSource(6, 8).draw(3, 64, share, CPU)
    assert int(batch.clean.sum()) == round(64 * share)


def test_the_target_is_residues_then_stop_then_padding():
    batch = PeptideSource(4, 7).draw(0, 32, 1.0, CPU)
    for row, mask, length in zip(batch.target, batch.mask, batch.length, strict=True):
        assert bool((row[:length] >= FIRST_RESIDUE).all())
        assert int(row[length]) == STOP
        assert bool((row[length + 1 :] == PAD).all())
        assert int(mask.sum()) == int(length) + 1


def test_held_out_sets_are_the_digest_in_range_and_the_same_in_every_run():
    sets, again = (held_out_batches(6, 8, CPU) for _ in range(2))
    wanted = [peptide for peptide in held_out_peptides() if 6 <= len(peptide) <= 8]
    assert sequences(sets["val_easy"]) == sequences(sets["val_hard"]) == wanted
    assert bool(sets["val_easy"].clean.all())
    assert not bool(sets["val_hard"].clean.any())
    assert torch.equal(sets["val_hard"].observed.mz, again["val_hard"].observed.mz)


# --- spectra -----------------------------------------------------------------------------------


def test_clean_spectra_are_those_that_are_made_one_by_one():
    peptides = ["PEPTIDEK", "GASR", "LIVTQTMK"]
    batch = one_batch(peptides, clean=True)
    for row, sequence in enumerate(peptides):
        single = synthetic_spectrum(Peptide(sequence), CLEAN, np.random.default_rng(0))
        mz, height = peaks_of(batch, row)
        assert mz == pytest.approx(single.mz, abs=1e-9)
        assert height == pytest.approx(single.intensity)
        assert float(batch.precursor_mass_da[row]) == pytest.approx(
            mass.fast_mass(sequence), abs=1e-4
        )


def test_clean_peaks_agree_with_pyteomics():
    mz, _ = peaks_of(one_batch(["PEPTIDEK"], clean=True), 0)
    theory = [
        mass.fast_mass("PEPTIDEK"[cut:] if ion == "y" else "PEPTIDEK"[:cut], ion_type=ion, charge=1)
        for ion in "by"
        for cut in range(1, 8)
    ]
    assert mz == pytest.approx(sorted(theory), abs=1e-4)


def test_noisy_spectra_follow_the_noise_model():
    batch = one_batch(["LIVTQTMK"] * 4000, clean=False)
    single = [
        synthetic_spectrum(Peptide("LIVTQTMK"), NOISY, np.random.default_rng(seed))
        for seed in range(1000)
    ]
    many = [peaks_of(batch, row) for row in range(4000)]
    exact = synthetic_spectrum(Peptide("LIVTQTMK"), CLEAN, np.random.default_rng(0)).mz

    def nature(spectra: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
        count = np.mean([len(mz) for mz, _ in spectra])
        shift = np.concatenate([(mz[:, None] / exact - 1).ravel() for mz, _ in spectra]) * 1e6
        near = shift[np.abs(shift) < 60]
        heights = np.concatenate([height for _, height in spectra])
        return [float(count), float(near.std()), float(np.mean(heights)), float(np.median(heights))]

    one_by_one = nature([(s.mz, s.intensity) for s in single])
    assert nature(many) == pytest.approx(one_by_one, rel=0.03)
    assert one_by_one[0] == pytest.approx(14 * 0.9 + 10, rel=0.01)
    assert all(height.max() == pytest.approx(1.0) for _, height in many)


def test_padding_stands_behind_the_peaks_and_holds_nothing():
    batch = PeptideSource(4, 9).draw(0, 64, 0.5, CPU)
    mask = batch.observed.mask
    assert bool((mask[:, 1:] <= mask[:, :-1]).all())
    assert float(batch.observed.intensity[~mask].abs().sum()) == 0.0
    assert not bool(mask.all())
    rising = batch.observed.mz.diff(dim=1)[mask[:, 1:]]
    assert bool((rising >= 0).all())


def test_a_floor_hides_small_peaks_of_noisy_spectra_only():
    noise = replace(NOISY, floor=0.5)
    noisy, _ = peaks_of(one_batch(["LIVTQTMK"], clean=False, noise=noise), 0)
    usual, _ = peaks_of(one_batch(["LIVTQTMK"], clean=False), 0)
    assert 0 < len(noisy) < len(usual)


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [(1, 4), (9, 8)])
def test_lengths_that_do_not_fit_are_refused(lengths: tuple[int, int]):
    with pytest.raises(InputError, match="min_length and max_length"):
        PeptideSource(*lengths)


def test_a_range_without_held_out_peptides_is_refused():
    with pytest.raises(InputError, match="lengths that occur in the digest"):
        held_out_batches(60, 70, CPU)


def test_a_noise_model_of_measured_spectra_is_refused():
    with pytest.raises(InputError, match="equal heights"):
        PeptideSource(6, 8, noise=HCD)
