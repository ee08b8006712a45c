"""Laws of the losses between two peak lists."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.losses.gaussian import gaussian_cosine, gaussian_cosine_grid
from core.losses.matched_filter import matched_filter
from core.losses.nearest import bidirectional_nearest, matched_only, nearest_peak_huber
from core.losses.peaks import Peaks
from tests.core.losses.reference import dense_cosine, lists, one

LOSSES = {
    "gaussian_cosine": lambda p, o: gaussian_cosine(p, o, sigma_da=0.2),
    "gaussian_cosine_grid": lambda p, o: gaussian_cosine_grid(p, o, sigma_da=0.2),
    "matched_filter": lambda p, o: matched_filter(p, o, sigma_da=0.2),
    "nearest_peak_huber": nearest_peak_huber,
    "matched_only": matched_only,
    "bidirectional_nearest": bidirectional_nearest,
}
BOUNDED = ("gaussian_cosine", "gaussian_cosine_grid", "matched_filter")
COSINES = BOUNDED[:2]
every_loss = pytest.mark.parametrize("name", LOSSES)

# Peaks stand close together, so that most examples have something in common.
mz = st.floats(300.0, 304.0)
intensity = st.floats(0.01, 1.0)
peak_lists = st.lists(st.tuples(mz, intensity), min_size=1, max_size=8).map(
    lambda pairs: one(*map(list, zip(*pairs, strict=True)))
)
quick = settings(max_examples=25, deadline=None)


def value(name, predicted, observed):
    return LOSSES[name](predicted, observed).item()


def padded(peaks, places):
    """The same list with rubbish in between that the mask hides."""
    at, height, mask = (tensor[0].tolist() for tensor in (peaks.mz, peaks.intensity, peaks.mask))
    for place in places:
        where = place % (len(at) + 1)
        at.insert(where, [math.nan, math.inf, 0.0, 302.0][place % 4])
        height.insert(where, math.nan)
        mask.insert(where, False)
    wide = torch.float64
    return Peaks(
        torch.tensor([at], dtype=wide),
        torch.tensor([height], dtype=wide),
        torch.tensor([mask]),
    )


@every_loss
@given(predicted=peak_lists, observed=peak_lists)
@quick
def test_a_loss_is_at_least_0_and_the_bounded_ones_at_most_1(name, predicted, observed):
    loss = value(name, predicted, observed)
    assert loss >= 0.0
    assert name not in BOUNDED or loss <= 1.0


@every_loss
@given(peaks=peak_lists)
@quick
def test_a_perfect_prediction_costs_nothing(name, peaks):
    assert value(name, peaks, peaks) < 1e-9


@pytest.mark.parametrize("name", BOUNDED)
@given(predicted=peak_lists, observed=peak_lists)
@quick
def test_nothing_in_common_costs_1(name, predicted, observed):
    far = Peaks(observed.mz + 100.0, observed.intensity, observed.mask)
    assert value(name, predicted, far) == 1.0


@every_loss
@given(predicted=peak_lists, observed=peak_lists, seed=st.integers(0, 99))
@quick
def test_the_order_of_the_peaks_does_not_count(name, predicted, observed, seed):
    def shuffled(peaks):
        order = torch.randperm(peaks.mz.shape[1], generator=torch.Generator().manual_seed(seed))
        return Peaks(peaks.mz[:, order], peaks.intensity[:, order], peaks.mask[:, order])

    other = value(name, shuffled(predicted), shuffled(observed))
    assert value(name, predicted, observed) == pytest.approx(other, abs=1e-12)


@every_loss
@given(predicted=peak_lists, observed=peak_lists, places=st.lists(st.integers(0, 20), max_size=4))
@quick
def test_padding_does_not_count(name, predicted, observed, places):
    other = value(name, padded(predicted, places), padded(observed, places))
    assert value(name, predicted, observed) == pytest.approx(other, abs=1e-12)


@every_loss
@given(predicted=peak_lists, observed=peak_lists, factor=st.floats(1e-3, 1e3))
@quick
def test_the_scale_of_the_intensities_does_not_count(name, predicted, observed, factor):
    first = Peaks(predicted.mz, predicted.intensity * factor, predicted.mask)
    second = Peaks(observed.mz, observed.intensity / factor, observed.mask)
    assert value(name, first, second) == pytest.approx(value(name, predicted, observed), abs=1e-12)


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "gaussian_cosine_grid"])
@given(predicted=peak_lists, observed=peak_lists, shift=st.floats(-200.0, 1500.0))
@quick
def test_without_a_grid_only_distances_count(name, predicted, observed, shift):
    moved = (Peaks(p.mz + shift, p.intensity, p.mask) for p in (predicted, observed))
    assert value(name, *moved) == pytest.approx(value(name, predicted, observed), abs=1e-9)


@pytest.mark.parametrize("name", COSINES)
@given(predicted=peak_lists, observed=peak_lists)
@quick
def test_a_cosine_is_symmetric(name, predicted, observed):
    other = value(name, observed, predicted)
    assert value(name, predicted, observed) == pytest.approx(other, abs=1e-12)


@given(sigma=st.floats(0.01, 5.0), shift=st.floats(-3.0, 3.0), at=st.floats(100.0, 1900.0))
@quick
def test_one_shifted_peak_has_a_closed_form(sigma, shift, at):
    loss = gaussian_cosine(one([at + shift * sigma]), one([at]), sigma_da=sigma).item()
    assert loss == pytest.approx(1 - math.exp(-(shift**2) / 4), abs=1e-9)


@given(
    predicted=peak_lists,
    observed=peak_lists,
    sigma=st.floats(0.04, 3.0),
    start=st.floats(290.0, 303.0),
)
@quick
def test_the_grid_form_equals_the_dense_form(predicted, observed, sigma, start):
    grid = {"bin_da": 0.125, "mz_min": start, "mz_max": start + 16.0}
    loss = gaussian_cosine_grid(predicted, observed, sigma_da=sigma, **grid).item()
    sides = ([torch.from_numpy(values) for values in lists(p)[0]] for p in (predicted, observed))
    dense = dense_cosine(*sides, sigma, **grid).item()
    # A list that leaves only far tails on the grid renders to nothing here, not in the dense form.
    if all((p.mz > start).any() for p in (predicted, observed)):
        assert loss == pytest.approx(dense, abs=1e-9)


@given(predicted=peak_lists, observed=peak_lists, sigma=st.floats(0.2, 3.0))
@quick
def test_grid_and_continuous_form_agree_on_a_fine_grid(predicted, observed, sigma):
    grid = gaussian_cosine_grid(
        predicted, observed, sigma_da=sigma, bin_da=0.1, mz_min=250.0, mz_max=350.0
    )
    exact = gaussian_cosine(predicted, observed, sigma_da=sigma)
    assert grid.item() == pytest.approx(exact.item(), abs=1e-9)


@pytest.mark.parametrize("name", ["nearest_peak_huber", "matched_filter"])
@given(predicted=peak_lists, observed=peak_lists, extra=peak_lists)
@quick
def test_predicting_more_peaks_never_costs_the_one_way_losses(name, predicted, observed, extra):
    more = Peaks(
        *(
            torch.cat([getattr(side, field) for side in (predicted, extra)], 1)
            for field in ("mz", "intensity", "mask")
        )
    )
    assert value(name, more, observed) <= value(name, predicted, observed) + 1e-12
