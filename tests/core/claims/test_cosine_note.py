"""The numbers of the cosine note, against closed forms and small twins."""

import json
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from core.claims.cosine_compared import best_of_history
from core.claims.cosine_runs import trajectory
from core.claims.inputs import DEFAULT, Inputs
from core.claims.judge import judge
from core.claims.learning_rates import two_rates
from core.claims.ledger import find_claim


def test_random_means_have_the_spread_of_their_closed_form(recomputed):
    found = recomputed("S0-09").values
    assert found["sd_of_mean"].value == pytest.approx(1 / sqrt(121 * 256), rel=0.05)
    assert found["random_below_0_percent"].value == pytest.approx(50, abs=3)


def test_an_offset_of_half_a_deviation_makes_a_fifth_of_similarity(recomputed):
    # cos = offset^2 / (1 + offset^2) for independent vectors with a common mean
    found = recomputed("S0-08").values["similarity_offset"].value
    assert found == pytest.approx(0.25 / 1.25, abs=0.01)


def test_the_ratio_of_formulas_is_that_of_the_law_of_cosines(recomputed):
    found = recomputed("S0-06").values
    assert found["ratio_norm_8"].value == pytest.approx((8**2 + 16**2) / 256 / 2)
    assert found["ratio_norm_32"].value == pytest.approx((32**2 + 16**2) / 256 / 2)
    assert found["ratio_unit_norms"].value == pytest.approx(1 / 256)


def test_mse_of_one_direction_at_four_lengths(recomputed):
    rows = recomputed("S0-22").rows
    expected = [(n**2 + 256 - 2 * n * 16 * 0.85) / 256 for n in (1, 8, 16, 32)]
    assert [row["MSE"] for row in rows] == pytest.approx(expected)


def test_a_row_of_zeros_has_the_gradient_of_its_epsilon(recomputed):
    # The printed form divides by max(|p| |t|, 1e-8), so the slope is |t| / 1e-8 / |t|.
    assert recomputed("S0-20").values["gradient_norm_zero"].value == pytest.approx(1e8, rel=1e-3)


def test_gains_are_those_of_the_recorded_comparison(recomputed, root: Path):
    text = (root / "sample_data" / "runs" / "README.md").read_text(encoding="utf-8")
    assert "1.2 % of similarity over MSE (interval 0.8 to 1.6 %)" in text
    gain = recomputed("S0-14").values["gain_percent"]
    assert (round(gain.value, 1), round(gain.low, 1), round(gain.high, 1)) == (1.2, 0.8, 1.6)


def _write_history(folder: Path, similarity: list[float]) -> None:
    told = {
        "epoch": list(range(1, len(similarity) + 1)),
        "train_loss": [1.0] * len(similarity),
        "val_loss": [2 * (1 - c) for c in similarity],
        "val_cosine_similarity": similarity,
    }
    (folder / "own.json").write_text(json.dumps(told))


def test_a_history_is_read_at_the_epochs_of_the_note(tmp_path: Path, assert_follows):
    similarity = np.linspace(0.05, 0.56, 60).tolist()
    _write_history(tmp_path, similarity)
    found = trajectory(Inputs(histories=tmp_path))
    assert found.values["epoch_1"].value == pytest.approx(0.05)
    assert found.values["epoch_50"].value == pytest.approx(similarity[49])
    assert found.values["epoch_300"].value == pytest.approx(0.56)
    claim = find_claim("S0-12")
    assert judge(claim, found).verdict == "holds if"
    assert_follows(claim, found)


def test_without_histories_the_trajectory_says_what_it_needs():
    judged = judge(find_claim("S0-12"), trajectory(DEFAULT))
    assert judged.verdict == "not checkable here"
    assert "histories" in judged.why


def test_the_six_real_histories_reach_the_first_milestone_only(shared_data: Path):
    found = trajectory(Inputs(histories=shared_data / "histories"))
    assert found.values["epoch_1"].low == pytest.approx(0.046, abs=1e-3)
    assert found.values["epoch_300"].high == pytest.approx(0.663, abs=1e-3)
    assert judge(find_claim("S0-12"), found).holds_if == ("epoch 1",)


def test_best_of_history_needs_two_runs(tmp_path: Path):
    assert best_of_history(Inputs(runs=tmp_path)).needs


def test_two_rates_on_a_table_of_ones_own(tmp_path: Path, assert_follows):
    ring = ["c1ccccc1", "C1CCCCC1", "c1ccncc1", "C1CCOCC1", "c1ccsc1", "N1CCCC1"]
    rows = ["smiles\tdescription"]
    for number, one in enumerate(ring * 6):
        chain = "C" * (number // len(ring) + 1)
        rows.append(f"{chain}{one}\tring {one} with a chain of {len(chain)} atoms")
    table = tmp_path / "own.tsv"
    table.write_text("\n".join(rows))
    shares: list[float] = []
    found = two_rates(Inputs(molecules=table, progress=shares.append))
    assert shares[-1] == 1.0
    assert all(one < other for one, other in pairwise(shares))
    assert found.values["gain_percent"].n == 3
    assert len(found.curves) == 2
    assert_follows(find_claim("S0-24"), found)
