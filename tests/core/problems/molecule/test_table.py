"""The note's table from runs made by hand: plain means, Student's t, gains paired by seed."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from core.diagnosis.gain import Interval
from core.events import Measured, RunStarted
from core.history import History, collect_history
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.experiment import run_name
from core.problems.molecule.presets import PRESETS
from core.problems.molecule.table import (
    NOTE,
    SCORES,
    TableRow,
    batches_in_words,
    make_table,
    table_in_words,
)

MRR, NEAR = "val/mrr", "val_near/mrr"
OPTIONS = ("hard_negatives", "hard_ratio", "curriculum_epoch", "shuffle_neighbours", "seed",
           "batch_size", "learning_rate", "epochs", "hardness_k")  # fmt: skip
KINDS = {
    "random batches": {},
    "control 0.5": {"hard_negatives": True, "shuffle_neighbours": True},
    "hard 0.5": {"hard_negatives": True},
    "hard 0.5 from epoch 6": {"hard_negatives": True, "curriculum_epoch": 5},
    "hard 0.7": {"hard_negatives": True, "hard_ratio": 0.7},
}
SHIFTS = {
    MRR: lambda v: v, NEAR: lambda v: v / 2,
    "val/recall_at_1": lambda v: v - 0.01, "val/recall_at_5": lambda v: v + 0.1,
}  # fmt: skip
BY_SEED = {  # MRR of seeds 0, 1, 2
    "random batches": (0.400, 0.410, 0.405),
    "control 0.5": (0.402, 0.409, 0.408),
    "hard 0.5": (0.440, 0.447, 0.450),
    "hard 0.5 from epoch 6": (0.441, 0.450, 0.447),
    "hard 0.7": (0.380, 0.385, 0.384),
}


def run(kind: str, seed: int, mrr: float, *, end: int = 300, **config: object) -> History:
    """Make a run of three evaluations, of which the last counts and the middle one is best."""
    plain = vars(MoleculeConfig(**(dict(KINDS[kind]) | {"seed": seed}))) | config  # pyright: ignore
    plain = {name: plain[name] for name in OPTIONS}
    scores = (0.05, 0.9, mrr)
    return collect_history([
        RunStarted(0, 0.0, "molecule", plain, ("info_nce",), 300),
        *(Measured(step, 0.0, {metric: shift(value) for metric, shift in SHIFTS.items()})
          for step, value in zip((0, 100, end), scores, strict=True)),
    ])  # fmt: skip


def of_kind(kind: str, **config) -> list[History]:
    return [run(kind, seed, mrr, **config) for seed, mrr in enumerate(BY_SEED[kind])]


def every() -> list[History]:
    """Give the runs in an order that is not that of the table."""
    return [one for kind in reversed(KINDS) for one in of_kind(kind)]


def by_name(runs: list[History]) -> dict[str, TableRow]:
    return {row.name: row for row in make_table(runs)}


def student(values: list[float]) -> tuple[float, float]:
    mean, count = sum(values) / len(values), len(values)
    sd = sqrt(sum((v - mean) ** 2 for v in values) / (count - 1))
    low, high = stats.t.interval(0.95, count - 1, loc=mean, scale=sd / sqrt(count))
    return float(low), float(high)


# Names


@pytest.mark.parametrize("name", KINDS)
def test_the_five_kinds_are_named_and_a_run_is_named_alike(name):
    assert batches_in_words(KINDS[name]) == name
    assert run_name(MoleculeConfig(**KINDS[name])) == name  # pyright: ignore


def test_the_preset_that_measures_the_table_has_just_these_five():
    names = [batches_in_words(options) for options in PRESETS["control"].runs.values()]
    assert sorted(names) == sorted(KINDS)
    assert set(NOTE) < set(names)


def test_what_does_not_matter_to_the_batches_is_not_said():
    switched_off = {"hard_negatives": False, "hard_ratio": 0.7, "shuffle_neighbours": True}
    assert batches_in_words(switched_off) == "random batches"
    hard = {"hard_negatives": True, "hard_ratio": 0.35, "curriculum_epoch": None}
    assert batches_in_words(hard) == "hard 0.35"
    control = hard | {"hard_ratio": 1.0, "shuffle_neighbours": True, "curriculum_epoch": 1}
    assert batches_in_words(control) == "control 1 from epoch 2"


# Scores


def test_scores_are_plain_means_over_seeds_at_the_last_evaluation_with_students_interval():
    rows = by_name(every())
    for name, told in BY_SEED.items():
        assert set(rows[name].scores) == set(SCORES) == set(SHIFTS)
        for metric, shift in SHIFTS.items():
            values, score = [shift(value) for value in told], rows[name].scores[metric]
            assert score.mean == pytest.approx(sum(values) / 3)
            assert (score.low, score.high) == pytest.approx(student(values))
            assert dict(score.by_seed) == pytest.approx(dict(enumerate(values)))


def test_what_was_not_measured_is_absent():
    bare = collect_history([RunStarted(0, 0.0, "molecule", {"seed": 0}),
                            Measured(9, 0.0, {MRR: 0.3, NEAR: np.nan})])  # fmt: skip
    (row,) = make_table([bare])
    assert set(row.scores) == {MRR}
    (row,) = make_table([History()])
    assert (row.name, dict(row.scores)) == ("random batches", {})
    assert make_table([]) == ()


def test_random_ones_come_first_then_controls_then_hard_ones():
    rows = make_table([*every(), run("control 0.5", 0, 0.4, hard_ratio=0.7)])
    assert [row.name for row in rows] == [*list(KINDS)[:2], "control 0.7", *list(KINDS)[2:]]


# Gains


def test_gains_are_paired_by_seed_in_percent():
    rows = by_name(every())
    for name, base, column in (
        ("control 0.5", "random batches", "over_random"),
        ("hard 0.5", "random batches", "over_random"),
        ("hard 0.7", "random batches", "over_random"),
        ("hard 0.5", "control 0.5", "over_control"),
        ("hard 0.5 from epoch 6", "control 0.5", "over_control"),
    ):
        pairs = list(zip(BY_SEED[name], BY_SEED[base], strict=True))
        for metric in (MRR, NEAR):  # of which one is half of the other
            gain, plain = getattr(rows[name], column)[metric], [100 * (a / b - 1) for a, b in pairs]
            assert gain.mean == pytest.approx(sum(plain) / 3)
            assert (gain.low, gain.high) == pytest.approx(student(plain))
            assert dict(gain.by_seed) == pytest.approx(dict(enumerate(plain)))


def test_nobody_gains_over_itself_and_the_random_ones_over_nobody():
    rows = by_name(every())
    assert rows["random batches"].over_random == rows["random batches"].over_control == {}
    assert rows["control 0.5"].over_control == {}
    assert by_name(of_kind("hard 0.5"))["hard 0.5"].over_random == {}
    others = [*of_kind("hard 0.5"), *of_kind("control 0.5", hard_ratio=0.7)]
    assert by_name(others)["hard 0.5"].over_control == {}, "another ratio is no control"


def test_runs_are_paired_whatever_their_order_and_only_common_seeds_count():
    turned = by_name([*of_kind("hard 0.5")[::-1], *of_kind("random batches")])["hard 0.5"]
    told = dict(by_name(every())["hard 0.5"].over_random[MRR].by_seed)
    assert dict(turned.over_random[MRR].by_seed) == pytest.approx(told)
    fewer = by_name([*of_kind("hard 0.5"), *of_kind("random batches")[1:]])["hard 0.5"]
    plain = [100 * (BY_SEED["hard 0.5"][n] / BY_SEED["random batches"][n] - 1) for n in (1, 2)]
    assert fewer.over_random[MRR].mean == pytest.approx(sum(plain) / 2)
    assert set(fewer.over_random[MRR].by_seed) == {1, 2}
    assert len(fewer.scores[MRR].by_seed) == 3


@pytest.mark.parametrize("strange", [{"batch_size": 64}, {"learning_rate": 1e-3}, {"epochs": 16}])
def test_a_run_that_differs_in_more_than_its_batches_leaves_no_gain(strange):
    hard = of_kind("hard 0.5")
    hard[1] = run("hard 0.5", 1, 0.447, **strange)
    rows = by_name([*hard, *of_kind("random batches"), *of_kind("hard 0.7")])
    assert rows["hard 0.5"].over_random == {}
    assert rows["hard 0.5"].scores[MRR].mean == pytest.approx(sum(BY_SEED["hard 0.5"]) / 3)
    assert rows["hard 0.7"].over_random, "the others are compared all the same"


def test_runs_that_end_at_different_steps_leave_no_gain():
    hard = of_kind("hard 0.5")
    hard[2] = run("hard 0.5", 2, 0.450, end=290)
    assert by_name([*hard, *of_kind("random batches")])["hard 0.5"].over_random == {}
    alike = [run("hard 0.5", seed, 0.44, end=290) for seed in range(3)]
    assert by_name([*alike, *of_kind("random batches")])["hard 0.5"].over_random == {}


def test_a_single_seed_has_a_score_without_an_interval_and_no_gain():
    row = by_name([of_kind("hard 0.5")[0], *of_kind("random batches")])["hard 0.5"]
    assert (row.scores[MRR].mean, row.scores[MRR].low, row.scores[MRR].high) == (0.44, -inf, inf)
    assert row.over_random == {}
    assert not row.has_gain
    assert table_in_words([row]) == ""


# What the note says


def test_the_gains_of_the_note_are_those_of_its_mrr():
    told = {row.name: row.note_gain for row in make_table(every())}
    assert told["hard 0.5"] == pytest.approx(10.9, abs=0.05)
    assert told["hard 0.5 from epoch 6"] == pytest.approx(14.5, abs=0.05)
    assert told["hard 0.7"] == pytest.approx(17.7, abs=0.05)
    assert told["random batches"] == 0
    assert told["control 0.5"] is None


def row_of(name: str, low: float, high: float) -> TableRow:
    gain = Interval((low + high) / 2, low, high, {0: low, 1: high})
    return TableRow(name, {}, {MRR: gain}, {}, NOTE.get(name))


@pytest.mark.parametrize(
    ("low", "high", "allowed"),
    [(8.0, 12.0, True), (-3.0, 30.0, True), (11.0, 12.0, False), (-1.0, 10.8, False)],
)
def test_a_gain_of_the_note_is_excluded_just_where_it_lies_outside_the_interval(low, high, allowed):
    excluded = f"the note's gain is excluded for {int(not allowed)} of 1."
    assert table_in_words([row_of("hard 0.5", low, high)]).endswith(excluded)


def test_the_table_counts_verdicts_and_what_is_excluded():
    rows = [
        row_of("random batches", 1, 2), row_of("control 0.5", 1, 2), row_of("hard 0.5", 2, 20),
        row_of("hard 0.5 from epoch 6", 1, 3), row_of("hard 0.7", -5, -1),
        row_of("hard 0.3", -1, 1),
    ]  # fmt: skip
    assert table_in_words(rows) == (
        "Of 4 ways to draw hard batches, by MRR against random ones 2 gain, 1 lose, 1 cannot be "
        "told apart; the note's gain is excluded for 2 of 3."
    )
    assert table_in_words(rows[-1:]) == (
        "Of 1 way to draw hard batches, by MRR against random ones 0 gain, 0 lose, 1 cannot be "
        "told apart."
    )
    assert table_in_words(rows[:2]) == ""


def test_runs_that_differ_in_a_further_option_get_rows_and_controls_of_their_own():
    runs = [
        run(kind, seed, mrr + (0.02 if k == 50 else 0.0), hardness_k=k)
        for kind in ("hard 0.5", "control 0.5")
        for k in (50, 100)
        for seed, mrr in enumerate((0.40, 0.41))
    ]
    rows = by_name(runs)
    assert set(rows) == {
        f"{kind}, k {k}" for kind in ("hard 0.5", "control 0.5") for k in (50, 100)
    }
    assert rows["hard 0.5, k 50"].over_control[MRR].mean == pytest.approx(0.0)
    assert rows["hard 0.5, k 50"].scores[MRR].mean == pytest.approx(0.425)
    assert rows["hard 0.5, k 50"].note == rows["hard 0.5, k 100"].note is not None
