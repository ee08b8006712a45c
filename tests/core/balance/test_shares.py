"""Contributions, shares and verdicts against hand-computed numbers."""

import math

import numpy as np
import pytest
import torch

from core.balance.shares import Band, combine, shares, verdict
from core.balance.stages import tabulate_shares
from core.errors import InputError


def test_the_notes_original_weights_give_its_98_percent() -> None:
    found = shares({"ce": 3.26, "spectrum": 0.18, "precursor": 146.68})
    assert found["ce"] == pytest.approx(100 * 3.26 / 150.12, abs=1e-12)
    assert [round(share, 1) for share in found.values()] == [2.2, 0.1, 97.7]


def test_a_zero_total_gives_zero_shares() -> None:
    assert shares({"a": 0.0, "b": 0.0}) == {"a": 0.0, "b": 0.0}
    assert shares({}) == {}


def test_huge_contributions_do_not_overflow() -> None:
    assert shares({"a": 1.6e308, "b": 1.6e308}) == {"a": 50.0, "b": 50.0}
    huge = np.array([[1e200, 1.0]])
    with pytest.raises(InputError, match="stage 1, weight times raw value"):
        tabulate_shares(huge, huge, [None, None], stages=["1"], terms=["a", "b"])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_contribution_that_is_not_finite_makes_every_share_unknown(bad: float) -> None:
    assert all(math.isnan(share) for share in shares({"a": 1.0, "b": bad}).values())


def test_a_negative_contribution_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="contribution of b"):
        shares({"a": 1.0, "b": -0.1})


def test_combine_equals_a_plain_loop() -> None:
    generator = torch.Generator().manual_seed(1)
    terms = {name: torch.rand(7, generator=generator, dtype=torch.float64) for name in "abc"}
    weights = {"a": 1.0, "b": 0.25, "c": 3.0}
    total = 0.0
    for name, values in terms.items():
        total += weights[name] * sum(values.tolist()) / 7
    both = combine(terms, weights)
    assert float(both.total) == pytest.approx(total, rel=1e-14)
    assert sum(both.shares.values()) == pytest.approx(100, abs=1e-12)
    assert both.shares["c"] == pytest.approx(300 * float(terms["c"].mean()) / total, rel=1e-12)


def test_combine_carries_the_gradient_of_the_weighted_mean() -> None:
    value = torch.ones(4, dtype=torch.float64, requires_grad=True)
    combine({"a": value, "b": 2 * value}, {"a": 1.0, "b": 0.5}).total.backward()
    assert value.grad is not None
    assert value.grad.tolist() == [0.5] * 4


def test_weight_zero_adds_nothing_even_of_nan_and_gives_no_gradient() -> None:
    value = torch.tensor([math.nan, 1.0], requires_grad=True)
    other = torch.tensor([1.0, 3.0], requires_grad=True)
    both = combine({"a": other, "b": value}, {"a": 1.0, "b": 0.0})
    both.total.backward()
    assert float(both.total.detach()) == 2.0
    assert value.grad is None
    assert both.shares == {"a": 100.0, "b": 0.0}
    assert math.isnan(float(both.terms["b"].detach()))


def test_an_empty_batch_has_mean_zero() -> None:
    both = combine({"a": torch.zeros(0), "b": torch.zeros(0)}, {"a": 1.0, "b": 1.0})
    assert float(both.total) == 0.0
    assert both.shares == {"a": 0.0, "b": 0.0}


@pytest.mark.parametrize(
    "weights",
    [{"a": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": -1.0}, {"a": 1.0, "b": math.nan}],
)
def test_combine_refuses_other_names_and_bad_weights(weights: dict[str, float]) -> None:
    with pytest.raises(InputError, match="weight"):
        combine({"a": torch.ones(2), "b": torch.ones(2)}, weights)


def test_combine_refuses_terms_of_different_batches_and_no_terms() -> None:
    with pytest.raises(InputError, match="equally many"):
        combine({"a": torch.ones(2), "b": torch.ones(3)}, {"a": 1.0, "b": 1.0})
    with pytest.raises(InputError, match="terms"):
        combine({}, {})


def test_verdicts_include_both_ends_and_rounding() -> None:
    band = Band(10.0, 30.0)
    assert [verdict(s, band, 1.0) for s in (9.99, 10.0 - 1e-7, 10.0, 30.0 + 1e-7, 30.01)] == [
        "low",
        "inside",
        "inside",
        "inside",
        "high",
    ]
    assert verdict(99.0, None, 1.0) == "inside"
    assert verdict(math.nan, band, 0.0) == "inactive"
    with pytest.raises(InputError, match="not finite"):
        verdict(math.nan, band, 1.0)


@pytest.mark.parametrize("ends", [(30.0, 10.0), (-1.0, 10.0), (0.0, 101.0), (math.nan, 10.0)])
def test_a_band_in_the_wrong_order_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="target band"):
        Band(*ends)


def test_a_table_of_four_terms_equals_a_plain_loop() -> None:
    generator = np.random.default_rng(2)
    raw, weights = generator.random((5, 4)), generator.random((5, 4))
    weights[0, 1:] = 0.0
    weights[4] = 0.0
    raw[0, 2] = np.nan
    bands = [Band(20.0, 60.0), None, Band(0.0, 10.0), Band(5.0, 50.0)]
    table = tabulate_shares(raw, weights, bands, stages=tuple("12345"), terms=tuple("abcd"))
    for i in range(5):
        products = [0.0 if weights[i, j] == 0 else raw[i, j] * weights[i, j] for j in range(4)]
        total = sum(products)
        for j in range(4):
            share = 100 * products[j] / total if total else 0.0
            assert table.contributions[i, j] == pytest.approx(products[j], rel=1e-14)
            assert table.shares[i, j] == pytest.approx(share, rel=1e-12)
            assert table.verdicts[i][j] == verdict(share, bands[j], weights[i, j])
        assert table.total[i] == pytest.approx(total, rel=1e-14)
    assert table.verdicts[4] == ("inactive",) * 4
    assert table.inside[4] is False


def test_a_bad_cell_is_named_by_stage_and_term() -> None:
    names = {"stages": ("1", "2"), "terms": ("a", "b")}
    raw, weights = np.ones((2, 2)), np.ones((2, 2))
    for value in (np.nan, -1.0, np.inf):
        raw[1, 0] = value
        with pytest.raises(InputError, match="stage 2, raw value of a"):
            tabulate_shares(raw, weights, [None, None], **names)
    weights[1, 1] = -0.03
    with pytest.raises(InputError, match=r"stage 2, weight of b: expected .* came −0.03"):
        tabulate_shares(np.ones((2, 2)), weights, [None, None], **names)
    with pytest.raises(InputError, match="2 stages × 2 terms, came 1 × 2"):
        tabulate_shares(np.ones((1, 2)), np.ones((1, 2)), [None, None], **names)


def test_bands_may_differ_by_stage() -> None:
    one, two = [Band(0.0, 50.0), Band(50.0, 100.0)], [Band(0.0, 49.0), None]
    names = {"stages": ("1", "2"), "terms": ("a", "b")}
    table = tabulate_shares(np.ones((2, 2)), np.ones((2, 2)), [one, two], **names)
    assert table.verdicts == (("inside", "inside"), ("high", "inside"))
    with pytest.raises(InputError, match="target bands"):
        tabulate_shares(np.ones((2, 2)), np.ones((2, 2)), [one], **names)
