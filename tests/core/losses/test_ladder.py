import pytest
import torch

from core.errors import InputError
from core.losses.ladder import ladder_mz
from tests.core.losses.reference import B2, Y2, B, Y

MASSES = torch.tensor([[57.0, 71.0, 87.0, 97.0], [113.0, 128.0, 0.5, 0.5], [99.0, 0.0, 0.0, 0.0]])
LENGTHS = [4, 2, 1]


def by_hand(masses, ladder):
    masses = masses[::-1] if ladder.from_end else masses
    return [(sum(masses[:k]) + ladder.offset_da) / ladder.charge for k in range(1, len(masses))]


def test_fragments_equal_sums_by_hand_within_each_chain():
    peaks = ladder_mz(MASSES.double(), torch.tensor(LENGTHS), [B, Y, B2, Y2])
    assert peaks.mz.shape == (3, 12)
    for row, length in enumerate(LENGTHS):
        expected = [
            mz for ladder in (B, Y, B2, Y2) for mz in by_hand(MASSES[row, :length].tolist(), ladder)
        ]
        assert peaks.mz[row][peaks.mask[row]].tolist() == pytest.approx(expected, abs=1e-9)
    assert peaks.intensity.equal(peaks.mask.double())


def test_what_stands_in_the_padding_is_never_read():
    padded = MASSES.double().clone()
    padded[1, 2:], padded[2, 1:] = torch.nan, torch.inf
    padded.requires_grad_()
    peaks = ladder_mz(padded, torch.tensor(LENGTHS), [B, Y])
    assert peaks.mz.isfinite().all()
    (gradient,) = torch.autograd.grad(peaks.mz.sum(), padded)
    assert gradient.isfinite().all()
    assert gradient[2].eq(0).all()


def test_fragments_are_differentiable_in_the_masses():
    masses = MASSES.double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda m: ladder_mz(m, torch.tensor(LENGTHS), [B, Y2]).mz, (masses,)
    )


def test_positions_stay_wide_for_narrow_masses():
    masses = torch.full((1, 30), 113.08406, dtype=torch.float32)
    peaks = ladder_mz(masses, torch.tensor([30]), [B])
    assert peaks.mz.dtype == torch.float64
    assert peaks.intensity.dtype == torch.float32
    exact = 29 * masses[0, 0].double().item() + B.offset_da
    assert peaks.mz[0, -1].item() == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("width", [0, 1, 3])
def test_an_empty_batch_and_a_single_position_have_no_fragment(width):
    assert ladder_mz(torch.zeros(0, width), torch.zeros(0).long(), [B]).mz.shape[0] == 0
    assert not ladder_mz(torch.ones(2, 1), torch.tensor([1, 0]), [B, Y]).mask.any()


def test_a_length_beyond_the_width_is_an_error():
    with pytest.raises(
        InputError, match="length: expected 0 to 4, the number of positions, came 5"
    ):
        ladder_mz(MASSES, torch.tensor([4, 5, 1]), [B])
