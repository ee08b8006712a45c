"""Each general rule: where it must open, and the look-alikes where it must not."""

import numpy as np
import pytest

from core.diagnosis.dead import check_dead
from core.diagnosis.domination import check_dominated, check_negligible
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.numbers import check_numbers
from core.diagnosis.solo import check_teaching
from core.history import History
from tests.core.diagnosis.planted import STEPS, healthy, history_of, stage, ten_stages, until

WEIGHTS = {"ce": 1.0, "spectrum": 0.65, "precursor": 0.0017}
STEP = np.arange(STEPS)
EVERY = STEP[::50]


def run(**options) -> History:
    """Tell a healthy run with other series in it: `train__ce__share=(steps, values)`."""
    keyword = ("config", "ended", "targets")
    planted = {k.replace("__", "/"): v for k, v in options.items() if k not in keyword}
    rest = {k: v for k, v in options.items() if k in keyword}
    return history_of(healthy() | planted, stages=ten_stages(WEIGHTS), **rest)


def found(told) -> list[Finding]:
    assert not isinstance(told, CannotTell)
    return list(told)


def missing(told) -> tuple[str, ...]:
    assert isinstance(told, CannotTell)
    return told.missing


def changed(metric: str, where: np.ndarray, value: float) -> tuple[np.ndarray, np.ndarray]:
    """Give a healthy series with other values in some places, by a mask over its points."""
    step, healthy_value = healthy()[metric]
    return step, np.where(where, value, healthy_value)


class TestNumbers:
    def test_one_nan_in_a_loss_is_an_error_at_its_step(self) -> None:
        nan = changed("train/ce/raw", STEP >= 5521, np.nan)
        total = changed("train/total_loss", STEP >= 5521, np.nan)
        (one,) = found(check_numbers(run(train__ce__raw=nan, train__total_loss=total)))
        assert (one.severity, one.first_step, one.is_open) == ("error", 5521, True)
        assert (one.subject, one.regime) == ("train/ce/raw", "stage 10")
        assert one.values["metrics"] == 2

    def test_it_is_told_in_the_warm_up_and_for_inf(self) -> None:
        told = {"train/gradient_norm": (STEP[:3], np.array([1.0, 2.0, np.inf]))}
        (one,) = found(check_numbers(history_of(told, ended="diverged")))
        assert (one.first_step, one.is_open) == (2, True)
        assert "infinite" in one.verdict

    def test_a_nan_that_passed_is_closed_and_each_regime_has_its_own(self) -> None:
        nan = changed("train/ce/raw", (STEP == 700) | (STEP == 702) | (STEP == 1300), np.nan)
        both = found(check_numbers(run(train__ce__raw=nan)))
        assert [(f.regime, f.first_step, f.last_step, f.is_open) for f in both] == [
            ("stage 2", 700, 702, False),
            ("stage 3", 1300, 1300, False),
        ]

    def test_the_cosine_with_a_zero_gradient_is_no_fault(self) -> None:
        undefined = EVERY, np.full(len(EVERY), np.nan)
        assert found(check_numbers(run(**{"train__ce+spectrum__conflict": undefined}))) == []

    def test_a_score_whose_reference_is_nan_too_is_not_defined_and_no_fault(self) -> None:
        never = EVERY, np.full(len(EVERY), np.nan)
        both = {"val/mrr": never, "val/chance_mrr": never}
        assert found(check_numbers(history_of(both))) == []
        (one,) = found(check_numbers(history_of(both | {"val/chance_mrr": (EVERY, EVERY * 1.0)})))
        assert one.subject == "val/mrr"

    def test_large_finite_values_and_gaps_are_no_fault(self) -> None:
        huge = STEP[::7], np.full(len(STEP[::7]), 1e300)
        assert found(check_numbers(run(train__ce__raw=huge))) == []


class TestDominated:
    def test_it_opens_with_the_planted_step_and_names_both_shares(self) -> None:
        step, share = healthy()["train/precursor/share"]
        planted = step, np.where((step >= 2040) & (step < 2300), 93.0, share)
        (one,) = found(check_dominated(run(train__precursor__share=planted)))
        assert one.severity == "info"
        assert abs(one.first_step - 2040) <= 20
        assert abs(one.last_step - 2300) <= 20
        assert (one.regime, one.subject, one.is_open) == ("stage 4", "precursor", False)
        assert one.values["share_percent"] == pytest.approx(93)
        assert one.values["gradient_share_percent"] == pytest.approx(15, abs=4)

    def test_the_suggested_weight_gives_the_target_share(self) -> None:
        step, share = healthy()["train/precursor/share"]
        planted = step, np.where(step >= 5400, 90.0, share)
        targets = {"ce": (60.0, 70.0), "precursor": (10.0, 30.0)}
        (one,) = found(check_dominated(run(train__precursor__share=planted, targets=targets)))
        # 90 : 10 becomes 20 : 80 by a factor of 1 / 36.
        assert f"to {0.0017 / 36:.2g}" in one.suggestion
        assert one.is_open

    @pytest.mark.parametrize("low", [85.0, 100.0])
    def test_a_share_that_its_target_asks_for_is_not_to_be_lowered(self, low: float) -> None:
        share = changed("train/ce/share", STEP >= 1200, 82.0)
        told = check_dominated(run(train__ce__share=share, targets={"ce": (low, 100.0)}))
        advice = found(told)[0].suggestion
        assert "Its own target asks for" in advice
        assert "weight" not in advice

    def test_it_is_an_error_where_the_leading_term_neither_pulls_nor_moves(self) -> None:
        step, share = healthy()["train/precursor/share"]
        rng = np.random.default_rng(0)
        starved = {
            "train__precursor__share": (step, np.where(step >= 1800, 97.0, share)),
            "train__ce__gradient_share": (EVERY, np.where(EVERY >= 1800, 2.0, 60.0)),
            "train__ce__raw": (STEP, 2.0 * (1 + 0.05 * rng.standard_normal(STEPS))),
        }
        every = found(check_dominated(run(**starved)))
        assert [f.regime for f in every] == [f"stage {i}" for i in range(4, 11)]
        assert {f.severity for f in every} == {"error"}
        falling = starved | {"train__ce__raw": (STEP, 3.0 * np.exp(-STEP / 2000))}
        assert {f.severity for f in found(check_dominated(run(**falling)))} == {"info"}

    def test_it_warns_where_another_term_is_held_up_and_tells_where_none_is(self) -> None:
        step, share = healthy()["train/precursor/share"]
        heavy = {"train__precursor__share": (step, np.where(step >= 1800, 93.0, share))}
        assert {f.severity for f in found(check_dominated(run(**heavy)))} == {"info"}
        rising = {"train__spectrum__raw": (STEP, 0.5 + STEP / 6000)}
        every = found(check_dominated(run(**heavy, **rising)))
        assert {f.severity for f in every} == {"warn"}
        assert all("Held up meanwhile: spectrum" in f.evidence for f in every)

    def test_short_spells_noise_and_the_first_steps_of_a_stage_are_let_be(self) -> None:
        step, share = healthy()["train/precursor/share"]
        spell = step, np.where((step >= 2100) & (step < 2180), 95.0, share)
        assert found(check_dominated(run(train__precursor__share=spell))) == []
        rng = np.random.default_rng(1)
        jumpy = step, np.where(rng.random(len(step)) < 0.3, 99.0, share)
        assert found(check_dominated(run(train__precursor__share=jumpy))) == []
        steady = step, np.full(len(step), 78.0)
        assert found(check_dominated(run(train__precursor__share=steady))) == []

    def test_a_run_of_one_term_is_let_be(self) -> None:
        told = {"train/ce/share": (STEP, np.full(STEPS, 100.0))}
        alone = [stage("1", 0, STEPS, {"ce": 1.0, "spectrum": 0.0, "precursor": 0.0})]
        assert found(check_dominated(history_of(told, stages=alone))) == []

    def test_without_shares_it_cannot_tell(self) -> None:
        told = {k: v for k, v in healthy().items() if not k.endswith("/share")}
        history = history_of(told, stages=ten_stages(WEIGHTS))
        assert "train/ce/share" in missing(check_dominated(history))

    def test_it_is_open_live_before_the_stage_has_ended(self) -> None:
        told = healthy()
        step, share = told["train/precursor/share"]
        told["train/precursor/share"] = step, np.where(step >= 1800, 90.0, share)
        early, late = until(told, 1900), until(told, 1960)
        stages = ten_stages(WEIGHTS)[:4]
        assert found(check_dominated(history_of(early, stages=stages))) == []
        assert found(check_dominated(history_of(late, stages=stages)))[0].is_open


class TestNegligible:
    def test_it_opens_in_the_stage_with_too_little_gradient(self) -> None:
        planted = changed("train/spectrum/gradient_share", (EVERY >= 2400) & (EVERY < 3000), 0.2)
        (one,) = found(check_negligible(run(train__spectrum__gradient_share=planted)))
        assert (one.severity, one.regime, one.subject) == ("info", "stage 5", "spectrum")
        # The first five measurements behind a border are left out.
        assert one.first_step == 2650

    def test_weight_zero_half_a_stage_and_a_healthy_jitter_are_let_be(self) -> None:
        key = "train/spectrum/gradient_share"
        half = changed(key, (EVERY >= 2400) & (EVERY < 2800), 0.2)
        assert found(check_negligible(run(train__spectrum__gradient_share=half))) == []
        jitter = changed(key, EVERY % 150 == 0, 0.1)
        assert found(check_negligible(run(train__spectrum__gradient_share=jitter))) == []
        assert found(check_negligible(run())) == []  # the first stage holds two of weight 0

    def test_a_solved_term_is_let_be(self) -> None:
        planted = changed("train/spectrum/gradient_share", EVERY >= 2400, 0.2)
        rng = np.random.default_rng(0)
        step, raw = healthy()["train/spectrum/raw"]
        solved = step, np.where(step >= 2000, 1e-4 * rng.random(len(step)), raw)
        history = run(train__spectrum__gradient_share=planted, train__spectrum__raw=solved)
        assert found(check_negligible(history)) == []

    def test_without_gradients_it_cannot_tell(self) -> None:
        told = {k: v for k, v in healthy().items() if not k.endswith("/gradient_share")}
        history = history_of(told, stages=ten_stages(WEIGHTS))
        assert "train/precursor/gradient_share" in missing(check_negligible(history))


class TestDead:
    def test_a_clamp_that_hits_most_examples_is_an_error(self) -> None:
        planted = changed("train/precursor/dead_share", EVERY >= 2000, 0.99)
        raw = changed("train/precursor/raw", healthy()["train/precursor/raw"][0] >= 2000, 100.0)
        (one,) = found(
            check_dead(run(train__precursor__dead_share=planted, train__precursor__raw=raw))
        )
        assert (one.severity, one.first_step, one.is_open) == ("error", 2000, True)
        assert one.regime == "stage 4"
        assert one.values["dead_share"] == pytest.approx(0.99)

    def test_it_closes_once_the_gradient_is_back(self) -> None:
        planted = changed("train/precursor/dead_share", (EVERY >= 2000) & (EVERY < 4000), 0.9)
        (one,) = found(check_dead(run(train__precursor__dead_share=planted)))
        assert (one.last_step, one.is_open) == (3950, False)

    def test_the_warm_up_excuses_nothing(self) -> None:
        planted = changed("train/ce/dead_share", EVERY >= 0, 1.0)
        assert found(check_dead(run(train__ce__dead_share=planted)))[0].first_step == 0

    def test_too_few_measurements_solved_examples_and_weight_zero_are_let_be(self) -> None:
        key = "train/precursor/dead_share"
        few = changed(key, (EVERY >= 2000) & (EVERY < 2950), 0.99)
        assert found(check_dead(run(train__precursor__dead_share=few))) == []
        step, raw = healthy()["train/precursor/raw"]
        solved = step, np.where(step >= 1900, 0.0, raw)
        dead = changed(key, EVERY >= 2000, 0.99)
        both = run(train__precursor__dead_share=dead, train__precursor__raw=solved)
        assert found(check_dead(both)) == []
        off = {"train/precursor/weight": (STEP, np.zeros(STEPS))}
        told = healthy() | {key: dead} | off
        weightless = ten_stages(WEIGHTS | {"precursor": 0.0})
        assert found(check_dead(history_of(told, stages=weightless))) == []

    def test_without_dead_shares_it_cannot_tell(self) -> None:
        told = {k: v for k, v in healthy().items() if not k.endswith("/dead_share")}
        history = history_of(told, stages=ten_stages(WEIGHTS))
        assert "train/ce/dead_share" in missing(check_dead(history))


def solo_run(accuracy: np.ndarray, ce: np.ndarray, *, solo: str = "spectrum", **options) -> History:
    evaluated = np.arange(0, STEPS + 1, 250)
    n = len(evaluated)
    told = {
        "val_easy/residue_accuracy": (evaluated, accuracy),
        "val_easy/constant_residue_accuracy": (evaluated, np.full(n, 0.12)),
        "val_easy/ce/raw": (evaluated, ce),
        "train/spectrum/raw": (STEP, np.full(STEPS, 0.95)),
    }
    told = until(told, options.pop("until", STEPS + 1))
    return history_of(told, config={"solo": solo}, **options)


EVALUATED = np.arange(0, STEPS + 1, 250)
RNG = np.random.default_rng(7)
CHANCE = 0.10 + 0.015 * RNG.standard_normal(len(EVALUATED))
RISING = 3.0 + EVALUATED / 1000 + 0.05 * RNG.standard_normal(len(EVALUATED))


class TestTeaching:
    def test_chance_after_half_of_the_budget_is_reported_with_what_rose(self) -> None:
        (one,) = found(check_teaching(solo_run(CHANCE, RISING)))
        assert (one.severity, one.is_open, one.subject) == ("warn", True, "spectrum")
        assert abs(one.first_step - STEPS // 2) <= 5 * 250
        assert one.values["reached"] == pytest.approx(0.10, abs=0.02)
        assert one.values["ce_after"] > one.values["ce_before"] + 3
        assert "cross-entropy rose" in one.verdict

    def test_what_did_not_rise_is_not_named(self) -> None:
        level_ce = 3.0 + 0.05 * RNG.standard_normal(len(EVALUATED))
        (one,) = found(check_teaching(solo_run(CHANCE, level_ce)))
        assert "rose" not in one.verdict + one.evidence

    def test_learning_early_or_slowly_is_let_be(self) -> None:
        fast = 0.1 + 0.45 * (1 - np.exp(-EVALUATED / 1500)) + 0.01 * RNG.standard_normal(25)
        assert found(check_teaching(solo_run(fast, RISING))) == []
        slow = 0.1 + 0.15 * EVALUATED / STEPS + 0.005 * RNG.standard_normal(25)
        assert found(check_teaching(solo_run(slow, RISING))) == []

    def test_before_half_of_the_budget_and_with_all_terms_it_says_nothing(self) -> None:
        assert found(check_teaching(solo_run(CHANCE, RISING, until=2900))) == []
        assert found(check_teaching(solo_run(CHANCE, RISING, solo=""))) == []

    def test_without_budget_or_constant_it_cannot_tell(self) -> None:
        assert missing(check_teaching(solo_run(CHANCE, RISING, total=None)))
        told = {"val_easy/residue_accuracy": (EVALUATED, CHANCE)}
        assert missing(check_teaching(history_of(told, config={"solo": "ce"})))
        few = solo_run(CHANCE, RISING, until=4100, ended="stopped")
        assert "7 evaluations" in missing(check_teaching(few))[0]
