import pytest
import torch

from core.losses.peaks import Peaks
from core.problems.peptide.batch_spectra import FIRST_RESIDUE, STOP, Batch
from core.problems.peptide.batches import PeptideSource
from core.problems.peptide.model import RecursiveModel
from core.problems.peptide.residues import PLAIN_VOCABULARY, PROTON_DA, RESIDUE_MASS_DA, WATER_DA

CPU = torch.device("cpu")


def batch_of(n: int = 6) -> Batch:
    return PeptideSource(6, 8).draw(0, n, 1.0, CPU)


def make_model(**options: int) -> RecursiveModel:
    torch.manual_seed(0)
    return RecursiveModel(max_length=8, **options)


def test_it_answers_at_every_recursion_and_position():
    model = make_model(recursions=3)
    batch = batch_of()
    logits = model(batch.observed, batch.precursor_mass_da)
    assert logits.shape == (6, 3, 9, len(PLAIN_VOCABULARY))
    assert not torch.equal(logits[:, 0], logits[:, 2])


def test_every_parameter_takes_part_in_the_last_answer():
    model = make_model()
    batch = batch_of()
    model(batch.observed, batch.precursor_mass_da)[:, -1].square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        # A bias of the keys shifts all scores of a query alike: softmax does not see it.
        assert float(parameter.grad.abs().max()) > 0, name


def test_the_order_of_peaks_and_padding_do_not_count():
    model = make_model()
    batch = batch_of()
    shuffled = torch.randperm(
        batch.observed.mz.shape[1], generator=torch.Generator().manual_seed(1)
    )
    other = Peaks(*(part[:, shuffled] for part in vars(batch.observed).values()))
    padded = Peaks(
        torch.nn.functional.pad(batch.observed.mz, (0, 5), value=123.4),
        torch.nn.functional.pad(batch.observed.intensity, (0, 5), value=9.0),
        torch.nn.functional.pad(batch.observed.mask, (0, 5)),
    )
    expected = model(batch.observed, batch.precursor_mass_da)
    for same in (other, padded):
        assert torch.allclose(model(same, batch.precursor_mass_da), expected, atol=1e-4)


def test_examples_of_a_batch_do_not_meet():
    model = make_model()
    batch = batch_of()
    alone = Peaks(*(part[2:3] for part in vars(batch.observed).values()))
    together = model(batch.observed, batch.precursor_mass_da)[2:3]
    assert torch.allclose(model(alone, batch.precursor_mass_da[2:3]), together, atol=1e-4)


def test_a_spectrum_seen_from_a_prefix_is_that_of_the_rest():
    """Standing behind a residue of mass m is to see every prefix peak m lighter."""
    model = make_model()
    total = torch.tensor([800.0], dtype=torch.float64)
    mz = torch.tensor([[250.0, 400.0]], dtype=torch.float64)
    step = RESIDUE_MASS_DA["W"]
    height = torch.tensor([[1.0, 0.25]])

    def peaks(shift: float) -> Peaks:
        return Peaks(mz - shift, height, torch.ones(1, 2).bool())

    behind = model._seen(model._spectrum(peaks(0.0), total), torch.tensor([[step]]).double())
    ahead = model._seen(model._spectrum(peaks(step), total - step), torch.zeros(1, 1).double())
    # At the shortest wave, 0.1 Da, a float32 mass is a few 1e-4 of a turn.
    assert torch.allclose(behind[..., :64], ahead[..., :64], atol=2e-3)
    as_b = mz[0] - PROTON_DA - step
    slowest = sum(
        float(h.sqrt()) * torch.cos(2 * torch.pi * m / 4000.0)
        for m, h in zip(as_b, height[0], strict=True)
    )
    assert float(behind[0, 0, 63]) == pytest.approx(float(slowest), abs=1e-4)


def test_b_and_y_of_one_bond_are_one_place():
    model = make_model()
    residues = 700.0
    b, y = 300.0 + PROTON_DA, residues - 300.0 + WATER_DA + PROTON_DA
    mz = torch.tensor([[b], [y]], dtype=torch.float64)
    cosine, sine = model._spectrum(
        Peaks(mz, torch.ones(2, 1), torch.ones(2, 1).bool()), torch.full((2,), residues).double()
    )
    for part in (cosine, sine):
        assert torch.allclose(part[0, 0], part[1, 1], atol=1e-4)
        assert not torch.allclose(part[0, 0], part[1, 0], atol=1e-2)


def test_fed_back_masses_are_those_of_the_most_likely_tokens_up_to_the_stop():
    model = make_model()
    tokens = ["G", "W", "<stop>", "K"]
    certain = torch.eye(len(PLAIN_VOCABULARY))[[PLAIN_VOCABULARY.index[t] for t in tokens]][None]
    g, w, k = (RESIDUE_MASS_DA[r] for r in "GWK")
    own = model._masses(certain, None)[0].tolist()
    assert own == pytest.approx([g, w, 0.0, 0.0], abs=1e-4)
    # With four residues given, a stop token is no answer: the likeliest residue is taken.
    certain[0, 2, PLAIN_VOCABULARY.index["K"]] = 0.5
    given = model._masses(certain, torch.tensor([[True, True, True, False]]))[0].tolist()
    assert given == pytest.approx([g, w, k, 0.0], abs=1e-4)


def test_it_learns_to_read_the_first_residue_and_the_stop_in_a_few_steps():
    model = make_model()
    source = PeptideSource(6, 8)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(120):
        batch = source.draw(step, 32, 1.0, CPU)
        logits = model(batch.observed, batch.precursor_mass_da)
        loss = torch.nn.functional.cross_entropy(
            logits.transpose(0, 1)[:, batch.mask].flatten(0, 1), batch.target[batch.mask].repeat(4)
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    batch = source.draw(1000, 200, 1.0, CPU)
    with torch.no_grad():
        logits = model(batch.observed, batch.precursor_mass_da)[:, -1]
    stop = logits.argmax(-1)[torch.arange(200), batch.length] == STOP
    first = logits[:, 0, FIRST_RESIDUE:].argmax(-1) + FIRST_RESIDUE == batch.target[:, 0]
    assert float(stop.float().mean()) > 0.5
    assert float(first.float().mean()) > 0.3
