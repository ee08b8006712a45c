"""One's own claims against numbers worked out by hand or by scipy, and the file they live in."""

from dataclasses import replace
from math import isnan, nan, sqrt

import numpy as np
import pytest
from scipy import stats

from core.claims.own import OwnClaim, evaluate
from core.claims.own_files import FILE, add_own, own_claims, remove_own
from core.errors import InputError
from core.events import RunStarted
from core.history import History, Series
from core.home import home_folder

MRR, LOSS = "val/mrr", "val/cosine_loss"
CLAIM = OwnClaim("good", MRR, "at least", 0.8, "last", 0, ("a",))


def history(*values: float, metric: str = MRR, seed: int | None = None, every: int = 10) -> History:
    step = every * np.arange(1, len(values) + 1)
    series = Series(metric, step, np.zeros(len(values)), np.array(values, dtype=float))
    config = {} if seed is None else {"seed": seed}
    return History(RunStarted(0, 0.0, "x", config=config), series={metric: series})


def group(prefix: str, values: list[float], seeds: list[int], metric: str = MRR):
    return {
        f"{prefix}{i}": history(value, value, metric=metric, seed=seed)
        for i, (value, seed) in enumerate(zip(values, seeds, strict=True))
    }


@pytest.mark.parametrize(
    ("values", "comparison", "verdict"),
    [
        ((0.1, 0.81, 0.82, 0.83, 0.82, 0.85), "at least", "pass"),
        ((0.1, 0.81, 0.79, 0.83, 0.82, 0.85), "at least", "undecided"),
        ((0.9, 0.71, 0.72, 0.73, 0.72, 0.75), "at least", "fail"),
        ((0.9, 0.71, 0.72, 0.73, 0.72, 0.75), "at most", "pass"),
        ((0.1, 0.81, 0.82, 0.83, 0.82, 0.85), "at most", "fail"),
    ],
)
def test_one_run_is_judged_by_the_spread_of_its_last_five(values, comparison, verdict):
    found = evaluate(replace(CLAIM, comparison=comparison), {"a": history(*values)})
    assert found.verdict == verdict
    assert (found.value, found.low, found.high, found.n) == (
        values[-1], min(values[-5:]), max(values[-5:]), 5,
    )  # fmt: skip


def test_which_evaluation_is_read():
    runs = {"a": history(0.1, 0.2, 0.9, 0.4, 0.3, 0.8, 0.7)}

    def read(where: str, at: int = 0) -> float:
        return evaluate(replace(CLAIM, where=where, at=at), runs).value

    assert (read("last"), read("best"), read("at step", 45)) == (0.7, 0.9, 0.4)
    assert read("median of last", 3) == 0.7
    worst = replace(CLAIM, metric=LOSS, comparison="at most", where="best")
    assert evaluate(worst, {"a": history(3, 1, 2, metric=LOSS)}).value == 1.0


def test_a_claim_set_before_a_run_turns_to_pass_as_it_grows():
    course = (0.1, 0.5, 0.7, 0.79, 0.81, 0.82, 0.83, 0.84, 0.85)
    seen = [evaluate(CLAIM, {}).verdict]
    seen += [evaluate(CLAIM, {"a": history(*course[:n])}).verdict for n in (1, 4, 6, 9)]
    assert seen == ["undecided", "undecided", "fail", "undecided", "pass"]


def test_a_group_has_students_interval():
    values = [0.81, 0.84, 0.86]
    claim = replace(CLAIM, runs=("r0", "r1", "r2"))
    found = evaluate(claim, group("r", values, [0, 1, 2]))
    expected = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.verdict, found.n) == ("undecided", 3)
    assert evaluate(replace(claim, value=0.7), group("r", values, [0, 1, 2])).verdict == "pass"


def test_gains_are_paired_by_seed_where_the_seeds_are_the_same():
    runs = group("r", [0.55, 0.80, 0.66], [1, 2, 3]) | group("o", [0.6, 0.5, 0.7], [3, 1, 2])
    claim = OwnClaim("gain", MRR, "beats by %", 5.0, "last", 0, ("r0", "r1", "r2"),
                     ("o0", "o1", "o2"))  # fmt: skip
    found = evaluate(claim, runs)
    gains = [100 * (0.55 / 0.5 - 1), 100 * (0.80 / 0.7 - 1), 100 * (0.66 / 0.6 - 1)]
    expected = stats.t.interval(0.95, 2, np.mean(gains), stats.sem(gains))
    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.verdict, found.n, "pairs" in found.why) == ("pass", 3, True)


def test_a_gain_over_another_problem_means_nothing():
    runs = group("r", [0.8, 0.9], [1, 2]) | group("o", [0.1, 0.2], [1, 2])
    for name in ("o0", "o1"):
        runs[name] = replace(runs[name], started=RunStarted(0, 0.0, "y"))
    claim = OwnClaim("gain", MRR, "beats by %", 5.0, "last", 0, ("r0", "r1"), ("o0", "o1"))
    found = evaluate(claim, runs)
    assert (found.verdict, found.why) == ("undecided", "runs of different problems: x, y")


def test_without_the_same_seeds_the_groups_are_compared_by_welch():
    ours, others = [0.4, 0.5, 0.45], [0.9, 1.0]
    runs = group("r", ours, [1, 2, 3], LOSS) | group("o", others, [7, 8], LOSS)
    claim = OwnClaim("gain", LOSS, "beats by %", 5.0, "last", 0, ("r0", "r1", "r2"), ("o0", "o1"))
    found = evaluate(claim, runs)
    limits = stats.ttest_ind(np.log(ours), np.log(others), equal_var=False).confidence_interval()
    assert found.low == pytest.approx(100 * (1 - np.exp(limits.high)))
    assert found.high == pytest.approx(100 * (1 - np.exp(limits.low)))
    ratio = np.prod(ours) ** (1 / 3) / sqrt(np.prod(others))  # a lower loss is a gain
    assert found.value == pytest.approx(100 * (1 - ratio))
    assert "not paired" in found.why


@pytest.mark.parametrize(
    ("changes", "values", "reason"),
    [
        ({"runs": ("a", "gone")}, (0.9, 0.9), "no such run here: gone"),
        ({"runs": ()}, (0.9, 0.9), "no run is named"),
        ({"metric": "val/wonder"}, (0.9, 0.9), "has not measured val/wonder"),
        ({"metric": "val/wonder", "where": "best"}, (0.9,), "whether higher is better"),
        ({"value": 80.0}, (0.9, 0.9), "80 lies outside 0 to 1"),
        ({"value": nan}, (0.9, 0.9), "no finite number"),
        ({"where": "at step", "at": 99}, (0.9, 0.9), "up to step 20"),
        ({"where": "at step", "at": 3}, (0.9, 0.9), "from step 10"),
        ({}, (0.9, nan), "is nan at step 20"),
        ({"where": "median of last", "at": 3}, (0.9, nan, 0.9), "is nan"),
        ({"where": "median of last", "at": 50}, (0.9, 0.9), "has 2 of the 50 evaluations"),
        ({"where": "best"}, (nan, nan), "no value of val/mrr is finite"),
        ({}, (0.9,), "no spread"),
        ({}, (), "has not measured"),
        ({"against": ("a",)}, (0.9, 0.9), "belong to"),
        ({"comparison": "beats by %"}, (0.9, 0.9), "belong to"),
        ({"comparison": "beats by %", "against": ("a",)}, (0.9, 0.9), "on both sides"),
        ({"comparison": "beats by %", "against": ("b",)}, (0.9, 0.9), "one run a side"),
        ({"comparison": "beats by %", "against": ("b",)}, (0.0, 0.0), "at or below 0"),
    ],
)
def test_what_cannot_be_told_is_undecided_and_says_why(changes, values, reason):
    runs = {"a": history(*values), "b": history(0.5, 0.5)}
    found = evaluate(replace(CLAIM, **changes), runs)
    assert found.verdict == "undecided"
    assert reason in found.why
    assert isnan(found.value)


def test_claims_are_kept_listed_and_forgotten():
    other = replace(CLAIM, name="µ", comparison="beats by %", against=("b", "c"), at=7)
    assert own_claims() == ()
    add_own(CLAIM)
    add_own(other)
    assert own_claims() == (CLAIM, other)
    with pytest.raises(InputError, match="a name of its own"):
        add_own(CLAIM)
    with pytest.raises(InputError, match="an empty field"):
        add_own(replace(CLAIM, name="new", runs=()))
    remove_own("good")
    remove_own("never there")
    assert own_claims() == (other,)


@pytest.mark.parametrize("line", ["{", "3", '{"name": "x"}'])
def test_a_line_that_is_no_claim_is_named_and_nothing_is_lost(line):
    add_own(CLAIM)
    path = home_folder("claims") / FILE
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match="line 2"):
        own_claims()
    with pytest.raises(InputError):
        remove_own("good")
    assert len(path.read_text().splitlines()) == 2
