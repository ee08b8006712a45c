import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from core.problems.pocket.graphs import CUTOFF_ANGSTROM, batch_graphs, join_graphs
from core.problems.pocket.model import FEATURES, PocketModel, distance_waves
from core.problems.pocket.vocabulary import ELEMENTS, RESIDUES
from tests.core.problems.pocket.small import CPU
from tests.core.problems.pocket.test_graphs import pocket

MOST = 12


@pytest.fixture
def model() -> PocketModel:
    torch.manual_seed(0)
    made = PocketModel(dimension=20, width=24, layers=3)
    with torch.no_grad():  # away from the start, where the features weigh the same
        made.feature_weights.copy_(torch.tensor([0.8, 1.3, 1.7]))
    return made.eval()


def answers(model: PocketModel, *pockets, most: int = MOST) -> torch.Tensor:
    batch = batch_graphs(join_graphs(pockets, most), np.arange(len(pockets)), CPU)
    with torch.no_grad():
        return model(batch)


def assert_same(one: torch.Tensor, other: torch.Tensor) -> None:
    assert one.isfinite().all()
    assert float((one - other).abs().max()) <= 1e-5 * max(1.0, float(one.abs().max()))


POCKETS = [pocket(atoms) for atoms in (1, 2, 40, 320)]


@pytest.mark.parametrize("seed", range(4))
def test_rotation_translation_and_reflection_change_nothing(model, seed):
    turn = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    if seed % 2:
        turn = turn @ np.diag([1.0, 1.0, -1.0])
        assert np.linalg.det(turn) == pytest.approx(-1)
    move = np.array([30.0, -70.0, 11.0]) * seed
    for element, residue, coord in POCKETS:
        moved = (element, residue, coord @ turn.T + move)
        assert_same(answers(model, moved), answers(model, (element, residue, coord)))


def test_what_is_not_a_symmetry_changes_the_answer(model):
    element, residue, coord = POCKETS[2]
    plain = answers(model, POCKETS[2])
    for other in (
        (element, residue, 1.1 * coord),
        (element, residue, coord * [1.0, 1.0, 1.2]),
        ((element + 1) % len(ELEMENTS), residue, coord),
        (element, (residue + 1) % len(RESIDUES), coord),
        (element[::-1], residue, coord),
        (element[1:], residue[1:], coord[1:]),
    ):
        assert float((answers(model, other) - plain).abs().max()) > 1e-3


def test_the_order_of_atoms_changes_nothing(model):
    for element, residue, coord in POCKETS:
        order = np.random.default_rng(1).permutation(len(element))
        mixed = (element[order], residue[order], coord[order])
        assert_same(answers(model, mixed), answers(model, (element, residue, coord)))


# However far apart the scores of the pockets lie, by which their atoms are attended to.
@pytest.mark.parametrize("sharpness", [1.0, 1e3])
def test_the_answer_for_a_pocket_does_not_depend_on_the_others_in_its_batch(model, sharpness):
    with torch.no_grad():
        model.score.weight.mul_(sharpness)
    alone = torch.cat([answers(model, one) for one in POCKETS])
    assert_same(answers(model, *POCKETS), alone)
    assert_same(answers(model, *POCKETS[::-1]).flip(0), alone)
    assert_same(answers(model, *POCKETS[1:3], *POCKETS)[:2], alone[1:3])


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_a_common_shift_of_the_scores_changes_nothing(model, shift):
    plain = answers(model, *POCKETS)
    with torch.no_grad():
        model.score.bias.add_(shift)
    shifted = answers(model, *POCKETS)
    # Adding 10,000 in single precision rounds the scores to a thousandth.
    assert float((shifted - plain).abs().max()) < 1e-2


def pair_at(distance: float):
    around = np.array([[0.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]])
    coord = np.concatenate([around, [[-distance, 0.0, 0.0]]])
    return np.array([0, 1, 2, 3]), np.array([4, 5, 6, 7]), coord


def test_an_atom_that_crosses_the_cut_off_does_not_make_the_answer_jump(model):
    inside, outside = CUTOFF_ANGSTROM - 1e-4, CUTOFF_ANGSTROM + 1e-4
    assert_same(answers(model, pair_at(inside)), answers(model, pair_at(outside)))
    assert_same(answers(model, pair_at(outside)), answers(model, pair_at(40.0)))
    near, nearer = answers(model, pair_at(3.5)), answers(model, pair_at(3.0))
    assert float((near - nearer).abs().max()) > 1e-3


def test_waves_are_gaussians_that_fade_out_and_are_zero_where_nobody_is():
    distance = torch.tensor([[0.5, 3.0, 5.999, torch.inf]])
    waves = distance_waves(distance)[0]
    centres = np.linspace(0, 6, waves.shape[1])
    for wave, d in zip(waves[:2], (0.5, 3.0), strict=True):
        fading = (1 + np.cos(np.pi * d / 6)) / 2
        gauss = np.exp(-(((d - centres) / (6 / len(centres))) ** 2) / 2)
        assert wave.numpy() == pytest.approx(gauss * fading, abs=1e-6)
    assert float(waves[2].abs().max()) < 1e-6
    assert waves[3].tolist() == [0.0] * len(centres)


def test_every_parameter_and_each_feature_weight_gets_a_gradient(model):
    batch = batch_graphs(join_graphs(POCKETS[2:], MOST), np.array([0, 1]), CPU)
    random = torch.Generator().manual_seed(1)
    answer = model(batch)
    (answer * torch.randn(answer.shape, generator=random)).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        # A common shift of the scores changes no attention.
        assert name == "score.bias" or float(parameter.grad.abs().max()) > 0, name
    assert len(model.feature_weights) == len(FEATURES)
    assert (model.feature_weights.grad != 0).all()


def test_a_pocket_without_any_neighbour_has_an_answer_and_a_gradient(model):
    apart = (np.array([0, 3]), np.array([1, 2]), np.array([[0.0, 0, 0], [90.0, 0, 0]]))
    answer = model(batch_graphs(join_graphs([apart], 4), np.array([0]), CPU))
    answer.sum().backward()
    assert answer.isfinite().all()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
