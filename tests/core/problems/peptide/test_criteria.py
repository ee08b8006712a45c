"""The note's criteria: pass, fail, undecided, and why."""

import numpy as np
import pytest
from scipy.stats import binomtest

from core.history import History
from core.problems.peptide.criteria import CRITERIA, GRADES, Judged, judge
from tests.core.diagnosis.planted import healthy, history_of, until

AT = np.arange(0, 6001, 250)
BOTH = ("val_easy", "val_hard")


def run(
    token: float, peptide: float, ppm: float, *, count: float = 2000.0, step: int = 6000, **planted
) -> History:
    """Tell a run that stands where it is, up to a step."""
    told = {}
    for split in BOTH:
        values = {
            "residue_accuracy": token, "peptide_accuracy": peptide, "ppm_error": ppm,
            "residues": 7 * count, "peptides": count,
        }  # fmt: skip
        told |= {f"{split}/{k}": (AT, np.full(len(AT), v)) for k, v in values.items()}
    return history_of(until(told | planted, step + 1))


def results(history: History, grade: str) -> list[str]:
    return [j.result for j in judge(history) if j.criterion.grade == grade]


def one(history: History, metric: str, grade: str = "minimum") -> Judged:
    return next(
        j for j in judge(history) if j.criterion.metric == metric and j.criterion.grade == grade
    )


def test_the_thresholds_are_the_notes() -> None:
    table = {grade: [c.threshold for c in CRITERIA if c.grade == grade] for grade in GRADES}
    assert table == {
        "minimum": [0.90, 0.60, 5_000.0],
        "good": [0.93, 0.75, 1_000.0],
        "excellent": [0.95, 0.85, 50.0, 0.90, 0.70],
    }
    assert [c.due_part for c in CRITERIA][::3] == [0.2, 0.5, 1.0, 1.0]


def test_a_model_between_two_grades_passes_the_lower_and_fails_the_higher() -> None:
    history = run(0.948, 0.80, 400.0)
    assert set(results(history, "minimum")) == {"pass"}
    assert set(results(history, "good")) == {"pass"}
    assert results(history, "excellent") == ["undecided", "fail", "fail", "fail", "pass"]


def test_the_interval_is_wilsons_with_the_number_of_residues() -> None:
    judged = one(run(0.905, 0.7, 100.0, count=100), "val_easy/residue_accuracy")
    theirs = binomtest(round(0.905 * 700), 700).proportion_ci(method="wilson")
    assert (judged.low, judged.high) == pytest.approx((theirs.low, theirs.high), abs=1e-3)
    assert (judged.result, judged.reason) == ("undecided", "the interval holds the threshold")


def test_exactly_the_threshold_does_not_pass() -> None:
    assert one(run(0.95, 0.7, 5_000.0), "val_easy/ppm_error").result == "fail"
    assert one(run(0.95, 0.7, 4_999.0), "val_easy/ppm_error").result == "pass"


def test_what_is_not_due_yet_does_not_fail() -> None:
    early = one(run(0.5, 0.1, 9_000.0, step=1249), "val_easy/residue_accuracy")
    assert (early.result, early.due_step) == ("undecided", 1200)
    assert early.reason == "due at 1,200"
    assert one(run(0.5, 0.1, 9_000.0, step=1250), "val_easy/residue_accuracy").result == "fail"
    assert one(run(0.99, 0.9, 1.0, step=1000), "val_easy/residue_accuracy").result == "pass"


def test_the_best_so_far_and_one_lucky_evaluation_do_not_count() -> None:
    fallen = np.where(AT < 4000, 0.99, 0.5)
    history = run(0.5, 0.1, 1.0, **{"val_easy/residue_accuracy": (AT, fallen)})
    assert one(history, "val_easy/residue_accuracy").result == "fail"
    lucky = np.where(AT == 6000, 0.99, 0.5)
    history = run(0.5, 0.1, 1.0, **{"val_easy/residue_accuracy": (AT, lucky)})
    assert one(history, "val_easy/residue_accuracy").level == 0.5


def test_too_few_evaluations_or_no_counts_are_undecided_with_the_reason() -> None:
    few = one(run(0.99, 0.9, 1.0, step=750), "val_easy/residue_accuracy")
    assert (few.result, few.reason) == ("undecided", "4 of 5 evaluations")
    told = {k: v for k, v in healthy().items() if k != "val_easy/residues"}
    uncounted = one(history_of(told), "val_easy/residue_accuracy")
    assert (uncounted.result, uncounted.reason) == ("undecided", "val_easy/residues is not logged")
    assert {j.result for j in judge(History())} == {"undecided"}


def test_noise_of_the_precursor_error_widens_its_interval() -> None:
    wild = 900 * np.exp(0.5 * np.random.default_rng(0).standard_normal(len(AT)))
    history = run(0.9, 0.7, 1.0, **{"val_easy/ppm_error": (AT, wild)})
    assert one(history, "val_easy/ppm_error", "good").result == "undecided"
    assert one(history, "val_easy/ppm_error", "minimum").result == "pass"
