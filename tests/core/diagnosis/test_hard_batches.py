"""Stagnation, filling, nearness, the time of the switch, false negatives: signs and look-alikes."""

from math import log

import numpy as np
import pytest

from core.diagnosis.contrastive_runs import read_similarity, similarity_text
from core.diagnosis.engine import diagnose
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.hard_negatives import HARD_NEGATIVE_RULES
from core.diagnosis.hard_slots import check_filling
from core.diagnosis.hardness import check_alike, check_nearness
from core.diagnosis.rules import GENERAL_RULES
from core.diagnosis.stagnation import check_stagnation
from core.diagnosis.switch_time import check_switch_time
from core.problems.molecule.rules import MOLECULE_RULES
from tests.core.diagnosis.contrastive import EPOCHS, LENGTH, Run, healthy

MRR, PROBE, LOSS = "val/mrr", "val_probe/info_nce/raw", "train/info_nce/raw"
FILLED, SIMILARITY, ALIKE = "train/hard_filled", "train/hard_similarity", "train/alike_pairs"
RNG = np.random.default_rng(5)


def found(told) -> list[Finding]:
    assert not isinstance(told, CannotTell), told
    return list(told)


def stuck(*, probe: float = 0.9, mrr: float = 0.2, loss: float = 1.5, switch: int = 5) -> Run:
    run, n = healthy(switch=switch), EPOCHS + 1
    run.val[PROBE] = probe * (1 + 0.01 * RNG.standard_normal(n))
    run.val[MRR] = mrr * (1 + 0.01 * RNG.standard_normal(n))
    run.train[LOSS] = loss * (1 + 0.2 * RNG.standard_normal(len(run.step)))
    return run


class TestStagnation:
    @pytest.mark.parametrize("switch", [0, 5])
    def test_flat_signs_under_a_high_loss_are_reported(self, switch) -> None:
        (one,) = found(check_stagnation(stuck(switch=switch).history()))
        assert (one.rule, one.severity, one.is_open) == ("R-34", "info", True)
        assert one.regime == "stage hard"
        # Of a stage behind a border the first five evaluations are left out.
        assert one.first_step == (11 if switch else 2) * LENGTH
        assert one.values["loss"] == pytest.approx(1.5, rel=0.05)
        assert "0.33" in one.suggestion

    def test_it_opens_with_the_eighth_evaluation_that_counts(self) -> None:
        run = stuck()
        assert found(check_stagnation(run.history(17 * LENGTH + 1))) == []
        assert found(check_stagnation(run.history(18 * LENGTH + 1)))

    def test_flat_by_success_is_let_be(self) -> None:
        solved = stuck(loss=0.19 * log(32), probe=0.03, mrr=0.42)
        assert found(check_stagnation(solved.history())) == []

    @pytest.mark.parametrize("metric", [MRR, PROBE])
    def test_one_sign_that_moves_is_learning(self, metric) -> None:
        run = stuck()
        slope = np.linspace(0, 0.5, EPOCHS + 1)
        run.val[metric] *= 1 + slope if metric == MRR else 1 - slope
        assert found(check_stagnation(run.history())) == []

    def test_noise_leaves_it_undecided(self) -> None:
        run = stuck()
        run.val[MRR] *= 1 + 0.3 * RNG.standard_normal(EPOCHS + 1)
        assert found(check_stagnation(run.history())) == []

    def test_random_batches_have_no_ratio_to_reduce(self) -> None:
        run = stuck()
        run.switch = None
        del run.train[FILLED]
        assert found(check_stagnation(run.history())) == []

    def test_fading_within_the_epoch_is_shown(self) -> None:
        run = stuck()
        run.train[LOSS] = np.where(run.step % LENGTH < LENGTH // 2, 2.4, 0.8)
        (one,) = found(check_stagnation(run.history()))
        assert (one.values["first_tenth"], one.values["last_tenth"]) == (2.4, 0.8)

    def test_it_needs_both_signs(self) -> None:
        run = stuck()
        del run.val[PROBE]
        assert check_stagnation(run.history()) == CannotTell("R-34", (PROBE,))


def fading(last: float = 0.41, **config: object) -> Run:
    """Neighbours run out: 15 of 15 at first, 6.2 in the last tenth, 13.7 on average."""
    run = healthy(method="sequential", **config)
    place = (run.step % LENGTH) / (LENGTH - 1)
    share = np.interp(place, [0, 0.6, 0.9, 1], [1, 1, last + 0.1, last - 0.1])
    run.train[FILLED] = np.where(np.isnan(run.train[FILLED]), np.nan, share)
    return run


class TestFilling:
    def test_a_last_tenth_that_is_empty_is_found_in_its_first_epoch(self) -> None:
        run = fading()
        assert np.nanmean(run.train[FILLED]) > 0.8  # the mean of the epoch hides it
        (one,) = found(check_filling(run.history()))
        assert (one.rule, one.severity, one.regime) == ("R-35", "warn", "stage hard")
        assert 5 * LENGTH <= one.first_step < 6 * LENGTH
        assert one.values["filled_late"] == pytest.approx(0.41, abs=0.06)
        assert one.values["asked"] == 15
        assert one.suggestion.startswith("Set the order of work to planned")
        assert found(check_filling(run.history(6 * LENGTH)))[0].is_open

    def test_an_epoch_that_is_half_empty_throughout_is_found_at_once(self) -> None:
        run = healthy()
        run.train[FILLED] *= 0.5
        assert found(check_filling(run.history(5 * LENGTH + 4))) == []
        (one,) = found(check_filling(run.history(5 * LENGTH + 5)))
        assert one.first_step == 5 * LENGTH
        assert one.values["filled"] == 0.5
        assert "planned" not in one.suggestion

    def test_it_closes_when_the_slots_are_filled_again(self) -> None:
        run = fading()
        run.train[FILLED][12 * LENGTH :] = 1.0
        (one,) = found(check_filling(run.history()))
        assert (one.is_open, one.last_step) == (False, 12 * LENGTH - 1)

    def test_a_few_missing_slots_are_let_be(self) -> None:
        run = fading(last=0.9)
        assert found(check_filling(run.history())) == []
        jumpy = healthy()
        jumpy.train[FILLED] *= np.where(RNG.random(len(jumpy.step)) < 0.2, 0.3, 1.0)
        jumpy.train[FILLED][LENGTH - 5 :: LENGTH] = jumpy.train[FILLED][-1]
        even = healthy()
        even.train[FILLED] *= 0.81
        assert found(check_filling(even.history())) == []

    @pytest.mark.parametrize("ratio", [0.3, 0.5, 0.8, 1.0])
    def test_no_ratio_is_reported_for_its_own_sake(self, ratio) -> None:
        told = diagnose(healthy(hard_ratio=ratio).history(), HARD_NEGATIVE_RULES)
        assert told.open == ()

    def test_a_ratio_that_asks_for_nobody_is_reported(self) -> None:
        run = healthy(switch=None, hard_ratio=0.03, hard_negatives=True)
        del run.train[FILLED]
        (one,) = found(check_filling(run.history()))
        assert "0.03" in one.verdict
        assert found(check_filling(healthy(switch=None).history())) == []
        zero = healthy(switch=None, hard_ratio=0.0, hard_negatives=True)
        assert found(check_filling(zero.history())) == []

    def test_before_the_switch_nothing_is_asked(self) -> None:
        assert found(check_filling(healthy().history(5 * LENGTH))) == []

    def test_what_is_missing_is_named(self) -> None:
        run = healthy()
        run.train.pop(FILLED)
        run.facts.clear()
        assert check_filling(run.history()) == CannotTell("R-35", (FILLED, "steps an epoch"))


class TestNearness:
    def test_neighbours_like_random_pairs_are_reported(self) -> None:
        run = healthy(hardness_k=1500)
        run.train[SIMILARITY] -= 0.25  # 0.14: two thirds of a standard deviation
        (one,) = found(check_nearness(run.history()))
        assert (one.rule, one.severity, one.first_step) == ("R-36", "info", 5 * LENGTH)
        assert one.values["sds"] == pytest.approx(2 / 3, abs=0.1)
        assert one.values["k_percent"] == 50

    @pytest.mark.parametrize("k", [2999, 5000])
    def test_a_list_of_everybody_is_reported_whatever_it_holds(self, k) -> None:
        (one,) = found(check_nearness(healthy(hardness_k=k).history()))
        assert "everybody" in one.verdict
        assert one.first_step == 5 * LENGTH

    def test_a_large_k_of_near_ones_and_a_flat_sentence_model_are_let_be(self) -> None:
        assert found(check_nearness(healthy(hardness_k=2997).history())) == []
        flat = healthy(hardness_k=200)
        flat.facts["similarity of random pairs"] = similarity_text(0.48, 0.12)
        flat.train[SIMILARITY] += 0.25
        assert found(check_nearness(flat.history())) == []

    def test_a_control_is_meant_to_be_random(self) -> None:
        run = healthy(shuffle_neighbours=True)
        run.train[SIMILARITY] -= 0.29
        assert found(check_nearness(run.history())) == []

    def test_what_is_missing_is_named(self) -> None:
        run = healthy()
        run.facts = {"steps an epoch": str(LENGTH)}
        del run.train[SIMILARITY]
        names = ("training pairs", "similarity of random pairs", SIMILARITY)
        assert check_nearness(run.history()) == CannotTell("R-36", names)
        run.facts["similarity of random pairs"] = "about a tenth"
        assert isinstance(check_nearness(run.history()), CannotTell)

    def test_the_fact_is_read_as_it_was_written(self) -> None:
        assert read_similarity(similarity_text(-0.0123, 0.2)) == (-0.0123, 0.2)
        assert read_similarity("") is None


class TestSwitchTime:
    def test_a_resumed_run_whose_sampler_never_switches_is_an_error(self) -> None:
        run = healthy(switch=None, hard_negatives=True, curriculum_epoch=5, start_epoch=10)
        (one,) = found(check_switch_time(run.history()))
        assert (one.rule, one.severity, one.first_step) == ("R-37", "error", 0)
        assert found(check_switch_time(run.history(5)))
        assert found(check_switch_time(run.history(4))) == []

    def test_one_that_misses_its_own_switch_is_an_error_from_there(self) -> None:
        run = healthy(switch=None, hard_negatives=True, curriculum_epoch=5)
        (one,) = found(check_switch_time(run.history()))
        assert one.first_step == 5 * LENGTH
        assert found(check_switch_time(run.history(5 * LENGTH))) == []

    def test_runs_that_switch_or_never_should_are_let_be(self) -> None:
        for switch in (None, 0, 5):
            assert found(check_switch_time(healthy(switch=switch).history())) == []
        resumed = healthy(switch=0, curriculum_epoch=5, start_epoch=10)
        assert found(check_switch_time(resumed.history())) == []
        # A stage that is told to be hard is believed, where slots are not recorded.
        told = healthy()
        del told.train[FILLED]
        assert found(check_switch_time(told.history())) == []

    def test_a_switch_behind_the_end_is_told_before_the_first_epoch_is_over(self) -> None:
        run = healthy(switch=None, hard_negatives=True, curriculum_epoch=EPOCHS)
        (one,) = found(check_switch_time(run.history(10)))
        assert one.severity == "warn"
        assert "behind the end" in one.verdict

    def test_a_switch_after_the_probe_went_flat_is_late(self) -> None:
        run = healthy(switch=14)
        run.val[PROBE][5:15] = 0.03 * (1 + 0.02 * RNG.standard_normal(10))
        (one,) = found(check_switch_time(run.history()))
        assert (one.severity, one.last_step, one.regime) == ("info", 14 * LENGTH, "stage random")
        assert one.values["part_of_run_percent"] == 70

    def test_late_by_number_alone_is_no_finding(self) -> None:
        """Ten and later, while the probe loss still falls; five, of which little is known."""
        run = healthy(switch=12)
        run.val[PROBE] = 0.5 * 0.85 ** np.arange(EPOCHS + 1)
        assert found(check_switch_time(run.history())) == []
        run.val[PROBE] = 0.5 * 0.96 ** np.arange(EPOCHS + 1)
        assert found(check_switch_time(run.history())) == []
        early = healthy(switch=5)
        early.val[PROBE][:] = 0.03
        assert found(check_switch_time(early.history())) == []

    def test_what_is_missing_is_named(self) -> None:
        run = healthy()
        del run.config["hard_ratio"]
        assert isinstance(check_switch_time(run.history()), CannotTell)
        run = healthy()
        run.facts.clear()
        assert check_switch_time(run.history()) == CannotTell("R-37", ("steps an epoch",))
        run = healthy()
        run.has_stages = False
        del run.train[FILLED]
        assert check_switch_time(run.history()) == CannotTell("R-37", (FILLED,))
        run = healthy()
        del run.val[PROBE]
        assert check_switch_time(run.history()) == CannotTell("R-37", (PROBE,))


class TestAlike:
    def test_near_duplicates_in_hard_batches_are_found_in_their_first_epoch(self) -> None:
        run = healthy()
        run.train[ALIKE][5 * LENGTH :] = RNG.poisson(8, 15 * LENGTH) * 2 / 992
        (one,) = found(check_alike(run.history()))
        assert (one.rule, one.severity, one.is_open) == ("R-39", "warn", True)
        assert (one.first_step, one.regime) == (5 * LENGTH, "stage hard")
        assert found(check_alike(run.history(5 * LENGTH + 20)))
        assert found(check_alike(run.history(5 * LENGTH + 19))) == []

    def test_rare_ones_and_a_single_full_batch_are_let_be(self) -> None:
        run = healthy()
        run.train[ALIKE][:] = 0.0
        run.train[ALIKE][::LENGTH] = 0.3  # 0.75 % of an epoch
        assert found(check_alike(run.history())) == []
        run.train[ALIKE][:] = 0.0099
        assert found(check_alike(run.history())) == []
        run.train[ALIKE][:] = 0.0101
        assert len(found(check_alike(run.history()))) == 1

    def test_the_median_would_miss_them(self) -> None:
        run = healthy()
        run.train[ALIKE][:] = 0.0
        run.train[ALIKE][::4] = 0.06
        assert np.median(run.train[ALIKE]) == 0
        assert len(found(check_alike(run.history()))) == 1

    def test_what_is_missing_is_named(self) -> None:
        run = healthy()
        del run.train[ALIKE]
        assert check_alike(run.history()) == CannotTell("R-39", (ALIKE,))


def test_the_rules_are_handed_down_by_the_problem_and_not_for_everybody() -> None:
    ids = [rule.id for rule in HARD_NEGATIVE_RULES]
    assert ids == ["R-30", *(f"R-{n}" for n in range(32, 40))]
    assert set(HARD_NEGATIVE_RULES) <= set(MOLECULE_RULES)
    assert not set(ids) & {rule.id for rule in GENERAL_RULES}


@pytest.mark.parametrize("rule", HARD_NEGATIVE_RULES, ids=lambda rule: rule.id)
def test_a_log_without_anything_contrastive_is_never_fine_nor_faulty(rule) -> None:
    run = healthy()
    run.train = {"train/ce/raw": run.train[LOSS]}
    run.val.clear()
    run.config.clear()
    told = rule.check(run.history())
    assert isinstance(told, CannotTell) or list(told) == []
