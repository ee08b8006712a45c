"""What cosine and MSE say together, and where it must stay silent or mild."""

import numpy as np
import pytest

from core.diagnosis.engine import diagnose
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.norms import NORM_RULES, check_norms, check_track
from core.diagnosis.rules import GENERAL_RULES
from core.events import Event, Measured, RunStarted
from core.history import History, collect_history
from core.importers.history_json import read

EPOCH = np.arange(1, 101)
COSINE = 0.05 + 0.6 * (1 - np.exp(-EPOCH / 20))


def run(
    mse: np.ndarray | None = None,
    cosine: np.ndarray | None = COSINE,
    *,
    axis: str = "epoch",
    ratio: float | None = None,
    epoch_steps: int = 1,
    **config,
) -> History:
    facts = {"x axis": axis} if axis else {}
    if epoch_steps > 1:
        facts = {"steps an epoch": str(epoch_steps)}
    events: list[Event] = [RunStarted(0, 0.0, "x", config, facts=facts)]
    for at, epoch in enumerate(EPOCH):
        values = {}
        if cosine is not None:
            values["val/avg_cosine_similarity"] = float(cosine[at])
        if mse is not None:
            values["val/mse_loss"] = float(mse[at])
        if ratio is not None:
            values["val/norm_ratio"] = ratio
        events.append(Measured(int(epoch) * epoch_steps, 0.0, values))
    return collect_history(events)


def with_ratio(ratio: float | np.ndarray, cosine: np.ndarray = COSINE) -> np.ndarray:
    """Give the MSE of predictions of one norm ratio to targets of norm sqrt(D)."""
    return 1 + ratio**2 - 2 * ratio * cosine


def only(told) -> Finding:
    assert not isinstance(told, CannotTell)
    (one,) = told
    return one


class TestNorms:
    @pytest.mark.parametrize("ratio", [0.3, 0.6, 1.0, 2.0])
    def test_one_of_the_two_roots_is_the_planted_ratio(self, ratio):
        one = only(check_norms(run(with_ratio(ratio), output_dim=256)))
        assert (one.rule, one.severity, one.is_open) == ("R-27", "info", True)
        assert (one.first_step, one.last_step) == (1, 100)
        roots = (one.values["lower_ratio"], one.values["upper_ratio"])
        assert min(abs(root - ratio) for root in roots) < 0.01
        middle = float(np.median(COSINE[-5:]))
        assert sum(roots) / 2 == pytest.approx(middle)
        assert f"{ratio:.2f}" in one.verdict

    def test_the_share_between_the_curves_equals_a_plain_loop(self):
        mse = with_ratio(np.linspace(0.2, 1.4, len(EPOCH)))
        inside = [1 - c * c <= m <= 2 * (1 - c) for c, m in zip(COSINE, mse, strict=True)]
        one = only(check_norms(run(mse)))
        assert one.values["between_percent"] == pytest.approx(100 * sum(inside) / len(inside))

    def test_the_note_s_relation_fails_on_a_sound_run_without_an_error(self):
        shrunk = with_ratio(COSINE)
        assert np.max(shrunk / (2 * (1 - COSINE))) < 0.9
        assert only(check_norms(run(shrunk, output_dim=1536))).severity == "info"

    @pytest.mark.parametrize("dimension", [64, 256, 1536])
    @pytest.mark.parametrize("ratio", [0.5, 1.0])
    def test_a_sum_in_place_of_the_mean_is_an_error(self, dimension, ratio):
        one = only(check_norms(run(dimension * with_ratio(ratio), output_dim=dimension)))
        assert one.severity == "error"
        assert one.values["dimension"] == dimension
        assert dimension / 3 < one.values["times_note"] < 3 * dimension
        assert "sum" in one.verdict

    @pytest.mark.parametrize("config", [{}, {"output_dim": True}, {"output_dim": "256"}])
    def test_without_the_dimension_a_large_mse_is_no_error(self, config):
        assert only(check_norms(run(256 * with_ratio(1.0), **config))).severity == "info"

    def test_a_prediction_that_grows_is_no_sum(self):
        growing = with_ratio(np.exp(EPOCH / 25))
        assert growing[-1] > 256
        assert only(check_norms(run(growing, output_dim=256))).severity == "info"

    def test_few_components_or_evaluations_accuse_nobody(self):
        long = with_ratio(3.0)
        assert only(check_norms(run(long, output_dim=4))).severity == "info"
        nearly = np.where(EPOCH < 5, 256 * with_ratio(1.0), np.nan)
        assert only(check_norms(run(nearly, output_dim=256))).severity == "info"

    def test_near_a_cosine_of_1_the_factor_says_nothing(self):
        cosine = np.full(len(EPOCH), 0.9999)
        # The relation is off by a factor of 50 here, only because the norms differ by a tenth.
        mse = with_ratio(1.1, cosine)
        assert mse[0] / (2 * (1 - cosine[0])) > 50
        assert only(check_norms(run(mse, cosine, output_dim=64))).severity == "info"

    def test_unit_vectors_and_a_mean_below_the_optimum_have_no_ratio_and_no_fault(self):
        for mse in (with_ratio(1.0) / 256, 0.99 * (1 - COSINE**2)):
            one = only(check_norms(run(mse, output_dim=256)))
            assert one.severity == "info"
            assert "below 1 − cos²" in one.verdict
            assert np.isnan(one.values["upper_ratio"])

    def test_a_measured_ratio_is_believed(self):
        one = only(check_norms(run(with_ratio(0.6), ratio=0.61)))
        assert one.verdict.endswith("0.61, as measured")
        assert one.evidence.startswith("Norm ratio 0.610, MSE ")
        assert "The curves assume mean |t|²/D = 1" in one.evidence
        assert "log the norms" not in one.suggestion

    def test_a_ratio_that_was_not_measured_is_assumed_and_the_norms_are_asked_for(self):
        for ratio in (None, float("nan")):
            one = only(check_norms(run(with_ratio(0.6), ratio=ratio)))
            assert one.evidence.startswith("MSE ")
            assert "Curves and ratio assume mean |t|²/D = 1" in one.evidence
            assert one.suggestion.endswith("and log the norms of prediction and target.")

    def test_a_negative_root_is_not_offered(self):
        one = only(check_norms(run(with_ratio(1.5), COSINE)))
        assert one.verdict.endswith("|p| / |t| is 1.50")

    def test_it_cannot_tell_without_both(self):
        assert check_norms(run(None)) == CannotTell("R-27", ("val/mse_loss",))
        none = np.full(len(EPOCH), np.nan)
        assert isinstance(check_norms(run(none)), CannotTell)
        told = check_norms(History())
        assert told == CannotTell("R-27", ("val/avg_cosine_similarity", "val/mse_loss"))


class TestTrack:
    def test_it_tells_what_was_measured_at_the_note_s_epochs(self):
        one = only(check_track(run()))
        assert (one.rule, one.severity) == ("R-28", "info")
        assert (one.first_step, one.last_step) == (1, 50)
        assert one.values == {
            "cosine_1": COSINE[0], "note_1": 0.05, "cosine_50": COSINE[49], "note_50": 0.55,
        }  # fmt: skip
        assert "at epoch 50 (note 0.55)" in one.evidence

    def test_a_run_that_counts_updates_is_told_by_its_epochs(self):
        one = only(check_track(run(axis="", epoch_steps=141)))
        assert (one.first_step, one.last_step) == (141, 50 * 141)
        assert one.values == only(check_track(run())).values
        assert one.verdict == only(check_track(run())).verdict
        assert one.evidence == only(check_track(run())).evidence

    def test_an_evaluation_between_two_epochs_is_told_as_one(self):
        events = [Measured(507, 0.0, {"val/avg_cosine_similarity": 0.5})]
        start = RunStarted(0, 0.0, "x", facts={"steps an epoch": "10"})
        one = only(check_track(collect_history([start, *events])))
        assert "0.500 at epoch 50.7 (note 0.55)" in one.evidence
        assert one.last_step == 507

    def test_an_epoch_nearby_stands_for_that_of_the_note(self):
        gone = np.where((EPOCH == 50) | (EPOCH == 1), np.nan, COSINE)
        one = only(check_track(run(cosine=gone)))
        assert set(one.values) == {"cosine_50", "note_50"}
        assert one.values["cosine_50"] in (COSINE[48], COSINE[50])
        gap = np.where((EPOCH < 47) | (EPOCH > 53), COSINE, np.nan)
        assert set(only(check_track(run(cosine=gap))).values) == {"cosine_1", "note_1"}

    def test_it_is_silent_before_and_cannot_tell_on_another_axis(self):
        assert list(check_track(run(cosine=np.full(len(EPOCH), np.nan)))) == []  # pyright: ignore
        for axis in ("step", ""):
            missing = ("the epoch of each evaluation",)
            assert check_track(run(axis=axis)) == CannotTell("R-28", missing)
        assert isinstance(check_track(run(with_ratio(1.0), None)), CannotTell)


def test_the_rules_are_handed_down_and_not_for_everybody():
    assert [rule.id for rule in NORM_RULES] == ["R-27", "R-28"]
    assert not {rule.id for rule in GENERAL_RULES} & {rule.id for rule in NORM_RULES}
    told = diagnose(run(with_ratio(0.6)), NORM_RULES)
    assert [finding.rule for finding in told.findings] == ["R-27", "R-28"]
    assert told.worst == "info"


def test_no_real_run_is_accused_of_anything(shared_data):
    files = sorted((shared_data / "histories").glob("*.json"))
    if not files:
        pytest.skip("shared/data/histories is absent: the real files stand beside the project")
    for path in files:
        told = diagnose(collect_history(read(path)), NORM_RULES)
        assert [finding.severity for finding in told.findings] == ["info", "info"]
        assert told.cannot_tell == ()
        assert 72 < told.findings[0].values["between_percent"] < 97
