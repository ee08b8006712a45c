import numpy as np
import pytest
import torch

from core.errors import InputError
from core.losses.matching import nearest_distance
from core.losses.nearest import bidirectional_nearest, matched_only, nearest_peak_huber
from core.losses.peaks import Peaks
from tests.core.losses.reference import lists, one, random_peaks


def huber(distance, delta=0.2):
    distance = np.abs(distance)
    return np.where(distance <= delta, distance**2 / 2, delta * (distance - delta / 2))


def full_matrix(query, target):
    return np.abs(query[:, None] - target).min(1)


@pytest.fixture
def sides():
    generator = torch.Generator().manual_seed(2)
    return [random_peaks(generator, batch=4, peaks=n, low=100, high=110) for n in (7, 30)]


def test_distances_equal_the_full_matrix(sides):
    for query, target in (sides, sides[::-1]):
        distance, found = nearest_distance(query, target)
        assert found.equal(query.mask)
        for row, ((q, _), (t, _)) in enumerate(zip(lists(query), lists(target), strict=True)):
            mine = distance[row][found[row]].abs().numpy()
            np.testing.assert_array_equal(mine, full_matrix(q, t))


def test_the_three_losses_equal_plain_references(sides):
    predicted, observed = sides
    there, only, both = [], [], []
    for (p, w), (o, i) in zip(lists(predicted), lists(observed), strict=True):
        there.append((i * huber(full_matrix(o, p))).sum() / i.sum())
        distance = full_matrix(p, o)
        matched = huber(distance)[distance <= 0.1]
        only.append(matched.mean() if len(matched) else 0.0)
        back = (w * huber(distance)).sum() / w.sum()
        both.append(0.3 * there[-1] + 0.7 * back)
    assert nearest_peak_huber(predicted, observed).tolist() == pytest.approx(there, abs=1e-12)
    assert matched_only(predicted, observed, tolerance_da=0.1).tolist() == pytest.approx(only)
    assert bidirectional_nearest(predicted, observed, mix=0.3).tolist() == pytest.approx(both)


def test_huber_turns_into_a_line_at_delta():
    def value(distance):
        return nearest_peak_huber(one([100.0 + distance]), one([100.0]), delta_da=0.2).item()

    assert value(0.1) == pytest.approx(0.005)
    assert value(0.2) == pytest.approx(0.02)
    assert value(-1.0) == pytest.approx(0.18)


def test_gradients_are_exact(sides):
    predicted, observed = sides
    mz = torch.where(predicted.mask, predicted.mz, 1.0).requires_grad_()
    height = torch.where(predicted.mask, predicted.intensity, 1.0).requires_grad_()

    for loss in (nearest_peak_huber, bidirectional_nearest, matched_only):
        assert torch.autograd.gradcheck(
            lambda m, i, loss=loss: loss(Peaks(m, i, predicted.mask), observed), (mz, height)
        )


def test_a_peak_one_dalton_away_still_pulls():
    predicted = one([501.0])
    predicted.mz.requires_grad_()
    nearest_peak_huber(predicted, one([500.0])).sum().backward()
    assert predicted.mz.grad.item() == pytest.approx(0.2)


def test_nothing_within_the_tolerance_is_a_perfect_zero_without_gradient():
    """The flaw of `matched_only`: a prediction that matches nothing looks perfect."""
    predicted = one([100.0, 200.0])
    predicted.mz.requires_grad_()
    loss = matched_only(predicted, one([150.0, 300.0]))
    loss.sum().backward()
    assert loss.item() == 0.0
    assert predicted.mz.grad.eq(0).all()


def test_two_equally_near_targets_give_the_lower_one():
    distance, _ = nearest_distance(one([100.0]), one([101.0, 99.0]))
    assert distance.item() == 1.0


def test_single_precision_subtracts_in_the_wide_type():
    mz = torch.tensor([[1500.0003]], dtype=torch.float32)
    peaks = Peaks(mz, torch.ones(1, 1), torch.ones(1, 1, dtype=torch.bool))
    loss = nearest_peak_huber(peaks, one([1500.0]))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx((mz.double().item() - 1500.0) ** 2 / 2, rel=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: nearest_peak_huber(p, p, delta_da=0.0),
        lambda p: matched_only(p, p, tolerance_da=-1.0),
        lambda p: matched_only(p, p, delta_da=0.0),
        lambda p: bidirectional_nearest(p, p, mix=1.1),
    ],
)
def test_settings_out_of_range_are_errors(call):
    with pytest.raises(InputError, match="expected"):
        call(one([100.0]))


@pytest.mark.parametrize("loss", [nearest_peak_huber, bidirectional_nearest])
def test_an_intensity_that_is_nan_is_seen_and_an_uncounted_one_is_not(loss):
    mz = torch.tensor([[100.0, 200.0], [100.0, 200.0]], dtype=torch.float64)
    height = torch.tensor([[1.0, float("nan")], [1.0, float("nan")]], dtype=torch.float64)
    mask = torch.tensor([[True, True], [True, False]])
    predicted = Peaks(mz + 1, torch.ones_like(mz), mask)
    broken, whole = loss(predicted, Peaks(mz, height, mask)).tolist()
    assert np.isnan(broken)
    assert whole == pytest.approx(0.18)
