from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.problems.pocket.comparison import (
    SCORES,
    Estimate,
    Row,
    Trained,
    compare,
)
from core.problems.pocket.comparison_words import in_words, retrieval_in_words

EXAMPLES = 80


def trained(loss, cosine, seed=0, ligand=None, **changes):
    """A run whose cosines are given; the other scores hang on them."""
    cosine = np.asarray(cosine, dtype=float)
    count = len(cosine)
    held_out = {
        "cosine": cosine,
        "mse": 2 - 2 * cosine,
        "rank": 1.0 + np.floor(20 * np.clip(0.6 - cosine, 0, None)),
        "pred_norm": 1 + cosine,
        "target_norm": np.full(count, 2.0),
        "ligand": np.arange(count) if ligand is None else ligand,
        "name": np.array([f"P{number}" for number in range(count)]),
    }
    return Trained(loss, seed, 10, held_out | changes, 0.9)


def planted(gain_percent, spread, count=EXAMPLES, seed=0):
    """Runs with both losses: the cosine loss gains so many percent, give or take the spread."""
    random = np.random.default_rng(seed)
    mse = 0.5 + 0.1 * random.standard_normal(count)
    gain = gain_percent / 100 * 0.5 + spread * random.standard_normal(count)
    return [trained("cosine", mse + gain), trained("mse", mse)]


def row(rows, loss):
    (found,) = [one for one in rows if one.loss == loss]
    return found


def test_means_agree_with_plain_loops_over_examples_and_seeds():
    random = np.random.default_rng(0)
    runs = [
        trained(loss, random.uniform(-0.2, 0.9, 30), seed)
        for seed in (0, 1, 2)
        for loss in ("cosine", "mse", "info_nce")
    ]
    rows = compare(runs)
    assert [one.loss for one in rows] == ["cosine", "mse", "info_nce"]
    for found in rows:
        own = [run for run in runs if run.loss == found.loss]
        assert tuple(found.scores) == tuple(SCORES)
        for name, of_example in {
            "cosine": lambda h, i: h["cosine"][i],
            "mse": lambda h, i: h["mse"][i],
            "norm_ratio": lambda h, i: h["pred_norm"][i] / h["target_norm"][i],
            "mrr": lambda h, i: 1 / h["rank"][i],
            "recall_at_1": lambda h, i: float(h["rank"][i] <= 1),
            "recall_at_10": lambda h, i: float(h["rank"][i] <= 10),
        }.items():
            by_seed = [np.mean([of_example(run.test, i) for i in range(30)]) for run in own]
            estimate = found.scores[name]
            assert estimate.seeds == pytest.approx(by_seed)
            assert estimate.value == pytest.approx(np.mean(by_seed))
            assert estimate.low <= estimate.value <= estimate.high
        gaps = [run.seen_cosine - run.test["cosine"].mean() for run in own]
        assert found.gap == pytest.approx(np.mean(gaps))


def test_the_interval_agrees_with_a_plain_paired_bootstrap():
    runs = planted(7.0, 0.03)
    found = row(compare(runs), "mse").against_cosine["cosine"]
    difference = runs[1].test["cosine"] - runs[0].test["cosine"]
    random = np.random.default_rng(5)
    drawn = [difference[random.integers(0, EXAMPLES, EXAMPLES)].mean() for _ in range(4000)]
    width = np.percentile(drawn, 97.5) - np.percentile(drawn, 2.5)
    assert found.value == pytest.approx(difference.mean())
    assert found.low == pytest.approx(np.percentile(drawn, 2.5), abs=0.1 * width)
    assert found.high == pytest.approx(np.percentile(drawn, 97.5), abs=0.1 * width)


def test_the_interval_holds_the_truth_nearly_as_often_as_it_says():
    hits = 0
    for seed in range(40):
        found = row(compare(planted(7.0, 0.05, seed=seed)), "mse").against_cosine["cosine"]
        hits += found.low <= -0.035 <= found.high
    assert hits >= 34


def test_pairing_tells_what_the_spread_of_ligands_would_hide():
    rows = compare(planted(7.0, 0.005))
    scores = [one.scores["cosine"] for one in rows]
    assert scores[0].low < scores[1].high
    assert row(rows, "mse").against_cosine["cosine"].high < 0


def test_pockets_of_one_ligand_are_drawn_together():
    runs = planted(5.0, 0.04)
    fourfold = [
        trained(run.loss, np.repeat(run.test["cosine"], 4),
                ligand=np.repeat(np.arange(EXAMPLES), 4))
        for run in runs
    ]  # fmt: skip
    for one, other in zip(compare(runs), compare(fourfold), strict=True):
        for name in SCORES:
            ours, theirs = one.scores[name], other.scores[name]
            assert (ours.value, ours.low, ours.high) == pytest.approx(
                (theirs.value, theirs.low, theirs.high)
            )


def test_a_score_without_spread_has_no_interval_however_unequal_the_ligands_are():
    ligand = np.array([0, 0, 0, 0, 0, 1, 2, 2, 3])
    found = compare([trained("cosine", np.full(9, 0.4), ligand=ligand)])[0].scores["cosine"]
    assert (found.low, found.value, found.high) == pytest.approx((0.4, 0.4, 0.4), abs=1e-12)


def test_runs_are_paired_by_their_seed():
    random = np.random.default_rng(1)
    cosine = {seed: random.uniform(0, 1, 40) for seed in (0, 1)}
    runs = [
        trained("mse", cosine[1] - 0.2, 1),
        trained("cosine", cosine[0], 0),
        trained("mse", cosine[0] - 0.1, 0),
        trained("cosine", cosine[1], 1),
    ]
    rows = compare(runs)
    assert [one.loss for one in rows] == ["mse", "cosine"]
    found = row(rows, "mse").against_cosine["cosine"]
    assert found.seeds == pytest.approx((-0.2, -0.1))
    assert (found.low, found.high) == pytest.approx((-0.15, -0.15))
    assert row(rows, "cosine").against_cosine == {}


def test_a_seed_without_its_cosine_run_is_compared_with_their_mean():
    base = np.linspace(0, 1, 20)
    runs = [trained("cosine", base, 0), trained("cosine", base + 0.2, 1), trained("mse", base, 5)]
    found = row(compare(runs), "mse").against_cosine["cosine"]
    assert found.value == pytest.approx(-0.1)


def test_without_a_cosine_run_there_is_nothing_to_compare_with():
    rows = compare([trained("mse", [0.1, 0.2, 0.3])])
    assert rows[0].against_cosine == {}
    assert in_words(rows) == "The note compares cosine with MSE; both must have been trained."
    assert in_words(compare([trained("cosine", [0.1, 0.2])])) == in_words(rows)


def test_the_same_runs_give_the_same_numbers():
    assert compare(planted(3.0, 0.1)) == compare(planted(3.0, 0.1))


def test_no_runs_and_runs_on_different_test_sets_are_refused():
    with pytest.raises(InputError, match="at least one finished run"):
        compare([])
    runs = planted(5.0, 0.1)
    other = runs[1].test | {"name": runs[1].test["name"][::-1]}
    for held_out in (other, planted(5.0, 0.1, count=70)[1].test):
        with pytest.raises(InputError, match="scored on the same pockets"):
            compare([runs[0], replace(runs[1], test=held_out)])


@pytest.mark.parametrize(
    ("gain", "spread", "count", "verdict"),
    [
        (7.0, 0.02, 400, "in line with the note's"),
        (-7.0, 0.02, 400, "the data exclude the note's"),
        (0.0, 0.02, 400, "the data exclude the note's"),
        (7.0, 0.3, 12, "too uncertain to settle the note's"),
        (20.0, 0.02, 400, "more than the note's"),
    ],
)
def test_the_words_say_what_came_out_whether_or_not_it_agrees_with_the_note(
    gain, spread, count, verdict
):
    told = in_words(compare(planted(gain, spread, count)))
    assert told.endswith(f", {verdict} +5 to +10 %.")
    assert told.count("the note's") == 1


def test_the_words_give_gain_percent_and_interval_with_proper_signs():
    rows = (
        Row("cosine", {"cosine": Estimate(0.55, 0.5, 0.6, (0.55, 0.55, 0.55))}, 0.1, {}),
        Row("mse", {"cosine": Estimate(0.5, 0.4, 0.6, (0.5,) * 3)}, 0.1,
            {"cosine": Estimate(-0.05, -0.08, 0.01, (-0.05,) * 3)},
            cosine_percent={"cosine": Estimate(10.0, -2.0, 16.0, (10.0,) * 3)}),
    )  # fmt: skip
    assert in_words(rows) == (
        "Test cosine 0.550 trained with the cosine loss, 0.500 with MSE: "
        "+10.0 % (95 % interval −2.0 to +16.0 %; 3 seeds), "
        "too uncertain to settle the note's +5 to +10 %."
    )
    assert "; 1 seed)" in in_words(compare(planted(7.0, 0.02)))


def ranked(loss, rank):
    """A run that finds its ligands at these ranks."""
    return trained(loss, np.full(len(rank), 0.5), rank=np.asarray(rank, dtype=float))


def test_the_words_on_retrieval_give_the_gain_in_mrr_and_settle_what_the_note_says_of_info_nce():
    ranks = np.tile([1.0, 2.0, 4.0, 4.0], 50)  # MRR 0.5
    told = retrieval_in_words(
        compare([ranked("cosine", ranks), ranked("mse", ranks), ranked("info_nce", ranks / 1.15)])
    )
    assert told == (
        "Finding the right ligand (MRR): 0.500 trained with the cosine; "
        "with MSE +0 % (95 % interval +0 to +0 %), not told from 0; "
        "with InfoNCE +15 % (95 % interval +15 to +15 %): in line with the note's +10 to +20 %."
    )
    worse = retrieval_in_words(compare([ranked("cosine", ranks), ranked("info_nce", 2 * ranks)]))
    assert "with InfoNCE −50 %" in worse
    assert "the data exclude the note's +10 to +20 %" in worse
    assert "MSE" not in worse


def test_the_interval_of_a_percentage_is_that_of_the_ratio():
    random = np.random.default_rng(2)
    ranks = [random.integers(1, 40, size=300).astype(float) for _ in range(2)]
    found, base = (1 / rank for rank in ranks)
    rows = compare([ranked("cosine", ranks[1]), ranked("info_nce", ranks[0])])
    told = rows[1].percent_of_cosine["mrr"]
    drawn = []
    for _ in range(3_000):
        some = random.integers(0, 300, size=300)
        drawn.append(100 * (found[some].mean() / base[some].mean() - 1))
    low, high = np.percentile(drawn, [2.5, 97.5])
    assert told.value == pytest.approx(100 * (found.mean() / base.mean() - 1))
    assert (told.low, told.high) == pytest.approx((low, high), abs=0.06 * (high - low))


def test_without_anything_to_compare_retrieval_has_no_words():
    assert retrieval_in_words(compare([ranked("cosine", [1, 2])])) == ""
    assert retrieval_in_words(compare([ranked("mse", [1, 2])])) == ""


def test_a_gain_over_a_cosine_near_0_is_no_percentage():
    random = np.random.default_rng(0)
    mse = -0.2 + 0.01 * random.standard_normal(200)
    told = in_words(compare([trained("cosine", mse + 0.06), trained("mse", mse)]))
    assert f"{mse.mean():.3f} with MSE (1 seed). With MSE it is near 0" in told.replace("−", "-")
    assert "%" not in told


def test_the_ligand_that_is_found_is_said_against_the_cosine():
    random = np.random.default_rng(1)
    cosine = 0.4 + 0.1 * random.standard_normal(300)
    rows = compare([trained(loss, cosine) for loss in ("cosine", "mse", "info_nce")])
    told = retrieval_in_words(rows)
    assert "with MSE +0 %" in told
    assert "not told from 0" in told
    assert "the data exclude the note's +10 to +20 %" in told
    assert retrieval_in_words(rows[1:2]) == ""
