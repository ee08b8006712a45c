import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from core.errors import InputError
from core.losses.peaks import Peaks, pad_peaks
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.objective import (
    PRECURSOR_LOSSES,
    SPECTRUM_LOSSES,
    TERMS,
    objective,
    objective_terms,
    one_hot_batch,
    precursor_error_ppm,
)
from core.problems.peptide.peptides import Peptide, encode, parse_peptide
from core.problems.peptide.predictions import (
    expected_mass,
    predicted_peaks,
    residue_probabilities,
    residues_to_front,
)
from core.problems.peptide.residues import RESIDUE_MASS_DA, VOCABULARY, WATER_DA

OPTIONS = SpectrumOptions()
PEPTIDE = Peptide("NSLEILLGSIGR")
WEIGHTS = {"ce": 1.0, "spectrum": 0.1, "precursor": 0.02}


def exact_peaks(*peptides: Peptide) -> Peaks:
    mz = [np.sort(fragment_mz(peptide, OPTIONS.ions).mz) for peptide in peptides]
    return pad_peaks(mz, [np.ones(len(values)) for values in mz])


def certain_logits(tokens: list[int], steps: int = 2) -> Tensor:
    """Logits of a model that has no doubt."""
    logits = torch.full((steps, 1, len(tokens), len(VOCABULARY)), -200.0, dtype=torch.float64)
    logits[:, 0, torch.arange(len(tokens)), torch.tensor(tokens)] = 200.0
    return logits


def tokens_of(*names: str) -> list[int]:
    return [VOCABULARY.index[name] for name in names]


# --- the table ---------------------------------------------------------------------------------


def test_tables_name_their_entries_once():
    assert list(SPECTRUM_LOSSES) == [loss.name for loss in SPECTRUM_LOSSES.values()]
    assert list(PRECURSOR_LOSSES) == ["clamped", "log_scaled", "log_ratio"]
    for table in (SPECTRUM_LOSSES, PRECURSOR_LOSSES):
        labels = [entry.label for entry in table.values()]
        assert len(set(labels)) == len(labels)
        assert all(len(label) <= 12 for label in labels)


def test_relevant_options_are_all_that_a_loss_reads():
    """A loss gives the same value with its relevant options; a change it reads changes the key."""
    options = SpectrumOptions(
        sigma_da=0.3, bin_da=0.2, delta_da=0.4, tolerance_da=0.9, mix=0.2, tolerance_ppm=5.0
    )
    batch = one_hot_batch([PEPTIDE], 0.97)
    observed = exact_peaks(Peptide("NSLEILLGISGR"))
    for loss in SPECTRUM_LOSSES.values():
        relevant = loss.relevant(options)
        torch.testing.assert_close(
            loss.evaluate(*batch, observed, options), loss.evaluate(*batch, observed, relevant)
        )
        assert relevant.tolerance_ppm == OPTIONS.tolerance_ppm
        for name in loss.reads:
            assert getattr(relevant, name) == getattr(options, name)


# --- from probabilities to masses --------------------------------------------------------------


def test_expected_mass_is_the_mean_of_the_residue_masses():
    generator = torch.Generator().manual_seed(0)
    probabilities = torch.rand(2, 3, 20, generator=generator, dtype=torch.float64)
    probabilities /= probabilities.sum(-1, keepdim=True)
    mass_da = torch.tensor(list(RESIDUE_MASS_DA.values()), dtype=torch.float64)
    found = expected_mass(probabilities, mass_da)
    for row in range(2):
        for position in range(3):
            mean = sum(
                float(probabilities[row, position, v]) * float(mass_da[v]) for v in range(20)
            )
            assert float(found[row, position]) == pytest.approx(mean, abs=1e-10)


def test_predicted_peaks_of_a_certain_batch_are_the_theoretical_fragments():
    peptides = [PEPTIDE, parse_peptide("[+42.01]-AC[+57.02]DM[+15.99]FK")]
    peaks = predicted_peaks(*one_hot_batch(peptides), SpectrumOptions(ions=("b", "y", "y2+")))
    for row, peptide in enumerate(peptides):
        found = np.sort(peaks.mz[row][peaks.mask[row]].numpy())
        wanted = np.sort(fragment_mz(peptide, ("b", "y", "y2+")).mz)
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_peaks_outside_the_range_count_in_neither_spectrum():
    options = SpectrumOptions(mz_min=300.0, mz_max=800.0)
    peaks = predicted_peaks(*one_hot_batch([PEPTIDE]), options)
    kept = peaks.mz[peaks.mask]
    assert 0 < len(kept) < 22
    assert bool(((kept >= 300) & (kept <= 800)).all())
    for loss in SPECTRUM_LOSSES.values():
        if loss.of_peaks is not None:
            value = loss.evaluate(*one_hot_batch([PEPTIDE]), exact_peaks(PEPTIDE), options)
            assert float(value) == pytest.approx(0.0, abs=1e-9)


def test_zero_mass_tokens_pull_the_expected_peptide_down_by_165000_ppm():
    """A uniform softmax over 20 residues and 4 special tokens."""
    mass_da = torch.tensor(VOCABULARY.mass_da[:24])
    assert int((mass_da == 0).sum()) == 4
    uniform = torch.full((1, 13, 24), 1 / 24, dtype=torch.float64)
    length = torch.tensor([13])
    precursor = torch.tensor([13 * float(mass_da.sum()) / 20 + WATER_DA], dtype=torch.float64)
    renormalised = precursor_error_ppm(uniform, mass_da, length, precursor)
    kept = precursor_error_ppm(uniform, mass_da, length, precursor, special_tokens="keep")
    assert float(renormalised) == pytest.approx(0.0, abs=1e-6)
    assert float(kept) == pytest.approx(165_000, rel=0.005)


def test_a_position_of_special_tokens_alone_weighs_nothing_and_is_no_nan():
    probabilities = torch.zeros(1, 2, 24, dtype=torch.float64)
    probabilities[0, 0, 0] = probabilities[0, 1, VOCABULARY.index["G"]] = 1.0
    mass_da = torch.tensor(VOCABULARY.mass_da[:24])
    assert expected_mass(probabilities, mass_da)[0].tolist() == [0.0, RESIDUE_MASS_DA["G"]]
    assert residue_probabilities(probabilities, mass_da, "keep") is probabilities


def test_precursor_error_is_the_distance_of_the_masses():
    batch = one_hot_batch([Peptide("PEPTIDE"), Peptide("GAK")])
    true_mass = torch.tensor([Peptide("PEPTIDE").mass_da, Peptide("GAK").mass_da])
    exact = precursor_error_ppm(*batch, true_mass.double())
    assert float(exact.max()) < 0.1
    shifted = precursor_error_ppm(*batch, true_mass.double() + 1.003355)
    wanted = [1.003355 / (p + 1.003355) * 1e6 for p in true_mass.tolist()]
    assert shifted.tolist() == pytest.approx(wanted, rel=1e-3)


# --- one-hot batches ---------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["random", "uniform"])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_one_hot_batch_gives_each_right_residue_its_probability(p: float, rest):
    peptides = [PEPTIDE, parse_peptide("AC[+57.02]DM[+15.99]FK")]
    batch = one_hot_batch(peptides, p, rest)
    assert batch.length.tolist() == [12, 6]
    for row, peptide in enumerate(peptides):
        for position, mass in enumerate(peptide.residue_mass_da):
            values = batch.probabilities[row, position]
            assert float(values.sum()) == pytest.approx(1.0)
            same = (batch.mass_da - mass).abs() < 1e-6
            assert float(values[same].sum()) == pytest.approx(p)
    assert float(batch.probabilities[1, 6:].abs().sum()) == 0.0
    # C and M stand with a mass that no plain residue has.
    assert len(batch.mass_da) == 22


def test_the_random_rest_depends_on_the_peptide_and_the_seed_alone():
    alone = one_hot_batch([PEPTIDE], 0.4).probabilities[0]
    beside = one_hot_batch([Peptide("GAK"), PEPTIDE], 0.4).probabilities[1]
    torch.testing.assert_close(alone, beside)
    other = one_hot_batch([PEPTIDE], 0.4, seed=1).probabilities[0]
    assert not torch.allclose(alone, other)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_probability_out_of_range_is_refused(p: float):
    with pytest.raises(InputError, match="p_right"):
        one_hot_batch([PEPTIDE], p)


# --- the trap of stripped positions ------------------------------------------------------------


def test_stripping_the_first_and_last_residue_costs_a_perfect_prediction_nearly_all():
    probabilities, mass_da, length = one_hot_batch([PEPTIDE])
    observed = exact_peaks(PEPTIDE)
    loss = SPECTRUM_LOSSES["gaussian_cosine"]
    ours = loss.evaluate(probabilities, mass_da, length, observed, OPTIONS)
    stripped = loss.evaluate(probabilities[:, 1:-1], mass_da, length - 2, observed, OPTIONS)
    assert float(ours) == pytest.approx(0.0, abs=1e-9)
    assert float(stripped) > 0.8


@pytest.mark.parametrize("framed", [False, True])
def test_the_objective_finds_residues_by_what_the_target_holds(framed: bool):
    """With or without start and stop tokens, a perfect prediction costs nothing."""
    tokens = encode(PEPTIDE).tolist()
    if framed:
        tokens = [*tokens_of("<start>"), *tokens, *tokens_of("<stop>", "<pad>")]
    target = torch.tensor([tokens])
    mask = target != VOCABULARY.index["<pad>"]
    combined = objective(
        certain_logits(tokens),
        target,
        mask,
        exact_peaks(PEPTIDE),
        torch.tensor([PEPTIDE.mass_da]),
        WEIGHTS,
    )
    assert float(combined.terms["ce"]) == pytest.approx(0.0, abs=1e-9)
    assert float(combined.terms["spectrum"]) < 1e-6
    assert float(combined.terms["precursor"]) < 0.1


def test_residues_move_to_the_front_in_their_order():
    probabilities = torch.arange(4.0)[None, :, None].repeat(1, 1, 2)
    moved, length = residues_to_front(probabilities, torch.tensor([[False, True, False, True]]))
    assert moved[0, :, 0].tolist() == [1.0, 3.0, 0.0, 2.0]
    assert length.tolist() == [2]


# --- the combination ---------------------------------------------------------------------------


def uncertain(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Peaks, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    peptides = [PEPTIDE, Peptide("LVNELTEFAK")]
    target = torch.zeros(2, 12, dtype=torch.int64)
    for row, peptide in enumerate(peptides):
        target[row, : len(peptide)] = torch.tensor(encode(peptide))
    logits = torch.randn(3, 2, 12, len(VOCABULARY), generator=generator, dtype=torch.float64)
    mass = torch.tensor([peptide.mass_da for peptide in peptides], dtype=torch.float64)
    return logits, target, target > 0, exact_peaks(*peptides), mass


@pytest.mark.parametrize("spectrum_loss", SPECTRUM_LOSSES)
@pytest.mark.parametrize("precursor_loss", PRECURSOR_LOSSES)
def test_the_total_is_the_weighted_sum_of_the_terms(spectrum_loss: str, precursor_loss: str):
    combined = objective(
        *uncertain(), WEIGHTS, spectrum_loss=spectrum_loss, precursor_loss=precursor_loss
    )
    assert tuple(combined.terms) == TERMS
    total = sum(WEIGHTS[name] * float(value) for name, value in combined.terms.items())
    assert float(combined.total) == pytest.approx(total)


def test_cross_entropy_reads_all_steps_and_physics_the_last_one():
    logits, target, mask, observed, mass = uncertain()
    flat = torch.stack([torch.zeros_like(logits[0]), *logits[1:]])
    one = objective(logits, target, mask, observed, mass, WEIGHTS)
    other = objective(flat, target, mask, observed, mass, WEIGHTS)
    assert float(one.terms["ce"]) != pytest.approx(float(other.terms["ce"]))
    for name in ("spectrum", "precursor"):
        assert float(one.terms[name]) == pytest.approx(float(other.terms[name]))
    uniform = objective(torch.zeros_like(logits), target, mask, observed, mass, WEIGHTS)
    assert float(uniform.terms["ce"]) == pytest.approx(math.log(len(VOCABULARY)))


def test_the_precursor_term_is_blind_to_order_and_the_spectrum_term_is_not():
    swapped = Peptide("NSLEILLGISGR")
    terms = []
    for peptide in (PEPTIDE, swapped):
        tokens = encode(peptide).tolist()
        target = torch.tensor([tokens])
        terms.append(
            objective(
                certain_logits(tokens),
                target,
                target > 0,
                exact_peaks(PEPTIDE),
                torch.tensor([PEPTIDE.mass_da]),
                WEIGHTS,
            ).terms
        )
    right, wrong = terms
    assert float(right["precursor"]) == pytest.approx(float(wrong["precursor"]), abs=1e-6)
    assert float(wrong["spectrum"]) > float(right["spectrum"]) + 0.05


def test_what_is_masked_is_not_read():
    logits, target, mask, observed, mass = uncertain()
    other = torch.where(mask, target, -100)
    one = objective(logits, target, mask, observed, mass, WEIGHTS)
    two = objective(logits, other, mask, observed, mass, WEIGHTS)
    for name in TERMS:
        assert float(one.terms[name]) == float(two.terms[name])


class NoDouble(TorchDispatchMode):
    """Fails where float64 is made, as an MPS device does."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        # Numbers that come from numpy are lifted on the CPU, before they reach the device.
        lifted = func is torch.ops.aten.lift_fresh.default
        if isinstance(made, Tensor) and made.dtype == torch.float64 and not lifted:
            raise TypeError(f"{func} made float64")
        return made


@pytest.mark.parametrize("spectrum_loss", SPECTRUM_LOSSES)
def test_the_objective_runs_on_a_device_without_float64(
    spectrum_loss: str, monkeypatch: pytest.MonkeyPatch
):
    logits, target, mask, observed, mass = uncertain()
    narrow = Peaks(observed.mz.float(), observed.intensity.float(), observed.mask)
    wanted = objective(logits, target, mask, observed, mass, WEIGHTS, spectrum_loss=spectrum_loss)
    for module in ("core.losses.peaks", "core.problems.peptide.objective"):
        monkeypatch.setattr(f"{module}.widest_type", lambda _: torch.float32)
    inputs = (logits.float(), target, mask, narrow, mass.float())
    with NoDouble():
        found = objective(*inputs, WEIGHTS, spectrum_loss=spectrum_loss)
    assert float(found.total) == pytest.approx(float(wanted.total), rel=1e-3)


def test_unknown_losses_are_named():
    with pytest.raises(InputError, match="one of gaussian_cosine, "):
        objective(*uncertain(), WEIGHTS, spectrum_loss="cosine")
    with pytest.raises(InputError, match="one of clamped, "):
        objective(*uncertain(), WEIGHTS, precursor_loss="mse")


def test_wanted_terms_are_those_of_the_whole_and_no_others():
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(2, 3, 12, len(VOCABULARY), generator=generator, dtype=torch.float64)
    target = torch.tensor(np.stack([encode(PEPTIDE)] * 3))
    mask = torch.ones(3, 12, dtype=torch.bool)
    observed = exact_peaks(*[PEPTIDE] * 3)
    precursor = torch.full((3,), PEPTIDE.mass_da, dtype=torch.float64)
    whole = objective(logits, target, mask, observed, precursor, WEIGHTS)
    for wanted in ((), ("precursor",), ("ce", "spectrum"), TERMS):
        terms = objective_terms(logits, target, mask, observed, precursor, wanted)
        assert tuple(terms) == tuple(wanted)
        for name, value in terms.items():
            assert float(value.mean()) == pytest.approx(float(whole.terms[name]))
    with pytest.raises(InputError, match="wanted terms"):
        objective_terms(logits, target, mask, observed, precursor, ["mse"])
