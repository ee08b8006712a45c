import numpy as np
import pytest
import torch
from torch.func import functional_call

from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.diffusion.bond_tree import FIRST
from core.problems.sidechain.diffusion.model import Denoiser
from core.problems.sidechain.diffusion.objective import bond_loss, denoising_loss


def made(count: int, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    type = torch.randint(0, 20, (count,), generator=generator)
    clean, noise = (torch.randn(count, 10, 3, generator=generator) for _ in range(2))
    sigma = (0.3 + torch.rand(count, generator=generator)).float()
    backbone = torch.randn(count, 4, 3, generator=generator)
    exists = torch.tensor(EXISTS14[type.numpy(), FIRST:])
    return clean, noise, sigma, type, backbone, exists


def denoiser(memory: float = 0.9, width: int = 12) -> Denoiser:
    torch.manual_seed(1)
    model = Denoiser(width=width, layers=2, sigma_data=0.8, memory=memory)
    torch.nn.init.normal_(model.network.last.weight)
    return model


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.9])
def test_the_mean_follows_the_weights_as_a_plain_loop_says(memory):
    model = denoiser(memory)
    clean, noise, sigma, type, backbone, _ = made(3)
    weights = model.network.first.weight
    expected = None
    for update in range(5):
        with torch.no_grad():
            weights.add_(0.1 * (update + 1))
        model(clean + noise, sigma, type, backbone)
        now = weights.detach().clone()
        own = min(memory, (1 + update) / (10 + update))
        expected = now if expected is None else own * expected + (1 - own) * now
        assert torch.allclose(model.mean.module.first.weight, expected, atol=1e-6)
    model.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model(clean + noise, sigma, type, backbone)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    trained = {name for name, value in model.named_parameters() if value.requires_grad}
    assert trained == {f"network.{name}" for name, _ in model.network.named_parameters()}


def test_samples_are_drawn_by_the_mean_and_losses_by_the_weights():
    model = denoiser()
    clean, noise, sigma, type, backbone, _ = made(6)
    inputs = (clean + noise, sigma, type, backbone)
    model(*inputs)
    mean = {f"network.{name}": value for name, value in model.mean.module.named_parameters()}
    with torch.no_grad():
        model.network.last.bias.add_(1.0)
    model.eval()
    by_mean = model.by_mean(*inputs)
    assert not torch.allclose(by_mean, model(*inputs))
    assert torch.equal(by_mean, functional_call(model, mean, inputs))


def test_a_silent_network_is_the_best_linear_denoiser_and_costs_one():
    model = denoiser()
    for parameter in (model.network.last.weight, model.network.last.bias):
        torch.nn.init.zeros_(parameter)
    clean, noise, _, type, backbone, exists = made(4_000)
    clean = 0.8 * clean
    for level in (0.05, 0.8, 5.0):
        sigma = torch.full((len(type),), level)
        noisy = clean + level * noise
        denoised = model(noisy, sigma, type, backbone)
        best = noisy * 0.8**2 / (0.8**2 + level**2)  # of data of this spread: Wiener's filter
        assert torch.allclose(denoised[exists], best[exists], atol=1e-6)
        loss = denoising_loss(denoised, clean, exists, sigma, sigma_data=0.8)
        assert loss.mean().item() == pytest.approx(1.0, abs=0.02)


def test_slots_that_a_type_does_not_have_are_neither_seen_nor_counted():
    model = denoiser().eval()
    clean, noise, sigma, type, backbone, exists = made(8)
    answers = [
        model(torch.where(exists[..., None], clean + noise, other), sigma, type, backbone)
        for other in (0.0, 99.0)
    ]
    assert torch.equal(*answers)
    for loss in (
        lambda d: denoising_loss(d, clean, exists, sigma, sigma_data=0.8),
        lambda d: bond_loss(d, clean, exists),
    ):
        one, other = (torch.where(exists[..., None], noise, v).requires_grad_() for v in (0, 7.0))
        assert torch.equal(loss(one), loss(other))
        assert loss(clean).sum().item() == 0.0
    glycine = type == RESIDUES.index("GLY")
    assert bool((bond_loss(noise, clean, exists)[glycine] == 0).all())


def test_both_terms_are_those_of_a_plain_loop():
    clean, denoised, sigma, _, _, exists = made(7, seed=5)
    atoms = int(exists.sum()) / 7
    found = denoising_loss(denoised, clean, exists, sigma, sigma_data=0.5)
    lengths = bond_loss(denoised, clean, exists)
    for row in range(7):
        off, length = 0.0, 0.0
        for slot in range(10):
            if exists[row, slot]:
                one, other = denoised[row, slot].double(), clean[row, slot].double()
                off += float(((one - other) ** 2).sum())
                length += float((one.norm() - other.norm()) ** 2)
        s = float(sigma[row])
        weight = (s**2 + 0.25) / (s * 0.5) ** 2
        assert found[row].item() == pytest.approx(weight * off / (3 * atoms), rel=1e-5)
        assert lengths[row].item() == pytest.approx(length / atoms, rel=1e-4)
    still = torch.zeros_like(denoised, requires_grad=True)
    bond_loss(still, clean, exists).sum().backward()
    assert still.grad is not None
    assert bool(still.grad.isfinite().all())


def test_an_empty_batch_has_no_loss():
    clean, _, sigma, _, _, exists = made(0)
    assert denoising_loss(clean, clean, exists, sigma, sigma_data=0.8).shape == (0,)
    assert bond_loss(clean, clean, exists).shape == (0,)
    assert np.isfinite(float(bond_loss(clean, clean, exists).sum()))
