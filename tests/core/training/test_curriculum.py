"""The schedule in stages: lookup, scaling, editing, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.training.curriculum import Schedule, Stage


def stage(name: str, start: int, end: int, ce: float = 1.0, other: float = 0.5) -> Stage:
    return Stage(name, start, end, {"ce": ce, "other": other})


THREE = Schedule(
    ("ce", "other"),
    (stage("1", 0, 10, other=0.0), stage("2", 10, 40), stage("3", 40, 100, other=0.7)),
)


def test_each_step_belongs_to_the_stage_that_a_plain_loop_finds() -> None:
    for step in range(100):
        expected = next(s for s in THREE.stages if s.start_step <= step < s.end_step)
        assert THREE.stage_at(step) is expected
        assert THREE.weights_at(step) == expected.weights
    assert THREE.stage_at(100).name == "3"
    assert THREE.stage_at(10**9).name == "3"
    with pytest.raises(InputError, match="step"):
        THREE.stage_at(-1)


def test_weights_as_a_table_and_back() -> None:
    assert THREE.weights.tolist() == [[1.0, 0.0], [1.0, 0.5], [1.0, 0.7]]
    table = np.array([[1.0, 0.1], [2.0, 0.2], [3.0, 0.3]])
    changed = THREE.with_weights(table)
    assert (changed.weights == table).all()
    assert changed.with_weights(THREE.weights) == THREE
    with pytest.raises(InputError, match="3 stages × 2 terms, came 2 × 2"):
        THREE.with_weights(table[:2])
    table[1, 0] = -0.03
    with pytest.raises(InputError, match=r"stage 2, weight of ce: .* came −0.03"):
        THREE.with_weights(table)


def test_order_of_the_terms_is_the_schedules_not_the_stages() -> None:
    turned = Schedule(("other", "ce"), THREE.stages)
    assert turned.weights[2].tolist() == [0.7, 1.0]
    assert list(turned.weights_at(0)) == ["other", "ce"]


def test_short_runs_scale_the_steps() -> None:
    assert [s.end_step for s in THREE.scaled(10).stages] == [1, 4, 10]
    assert [s.end_step for s in THREE.scaled(3).stages] == [1, 2, 3]
    assert [s.end_step for s in THREE.scaled(1000).stages] == [100, 400, 1000]
    assert THREE.scaled(100) == THREE
    with pytest.raises(InputError, match="at least one for each of 3 stages, came 2"):
        THREE.scaled(2)


@given(
    steps=st.lists(st.integers(1, 10**6), min_size=1, max_size=12),
    extra=st.integers(0, 10**7),
)
def test_a_scaled_schedule_keeps_every_stage_and_its_proportion(
    steps: list[int], extra: int
) -> None:
    ends = np.cumsum(steps).tolist()
    stages = tuple(
        stage(str(i), end - n, end) for i, (n, end) in enumerate(zip(steps, ends, strict=True))
    )
    total = len(steps) + extra
    scaled = Schedule(("ce", "other"), stages).scaled(total)
    assert scaled.total_steps == total
    assert all(s.steps >= 1 for s in scaled.stages)
    assert scaled.names == tuple(str(i) for i in range(len(steps)))
    for new, end in zip(scaled.stages, ends, strict=True):
        # At least one step each may push a border by at most the number of stages.
        assert abs(new.end_step - total * end / ends[-1]) <= len(steps) + 0.5


def test_stages_can_be_added_and_removed_without_gaps() -> None:
    longer = THREE.with_stage(stage("new", 0, 5), 1)
    assert [(s.name, s.start_step, s.end_step) for s in longer.stages] == [
        ("1", 0, 10),
        ("new", 10, 15),
        ("2", 15, 45),
        ("3", 45, 105),
    ]
    assert longer.without_stage("new") == THREE
    assert THREE.with_stage(stage("4", 7, 9)).stages[-1].end_step == 102
    with pytest.raises(InputError, match="stage to remove"):
        THREE.without_stage("9")
    with pytest.raises(InputError, match="stages: expected at least one"):
        Schedule(("ce", "other"), (stage("1", 0, 1),)).without_stage("1")
    with pytest.raises(InputError, match="twice 2"):
        THREE.with_stage(stage("2", 0, 5))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start_step": 5, "end_step": 5}, "stage 4, steps: .* came 5 to 5"),
        ({"start_step": -1}, "stage 4, steps"),
        ({"end_step": 10**13}, "stage 4, steps"),
        ({"weights": {"ce": -0.03}}, "stage 4, weight of ce: expected 0 or more, came −0.03"),
        ({"weights": {"ce": math.nan}}, "stage 4, weight of ce: .* came nan"),
        ({"weights": {"ce": math.inf}}, "stage 4, weight of ce: .* came inf"),
        ({"clean_share": 1.2}, "stage 4, clean_share: .* came 1.2"),
        ({"clean_share": math.nan}, "stage 4, clean_share"),
        ({"sigma_da": 0.0}, "stage 4, sigma_da: .* came 0"),
        ({"name": " "}, "name: expected one line of text"),
        ({"name": "a\nb"}, "name: expected one line of text"),
        ({"expected": "a\nb"}, "stage '4', expected: expected one line of text"),
    ],
)
def test_a_bad_field_is_named_with_its_stage(changed: dict, message: str) -> None:
    fields = {"name": "4", "start_step": 0, "end_step": 10, "weights": {"ce": 1.0}}
    with pytest.raises(InputError, match=message):
        Stage(**(fields | changed))


@pytest.mark.parametrize(
    ("terms", "stages", "message"),
    [
        ((), (stage("1", 0, 1),), "terms: expected at least one"),
        (("ce", "ce"), (stage("1", 0, 1),), "terms: expected each name once, came twice ce"),
        (
            ("ce",),
            tuple(stage(str(i), i, i + 1) for i in range(1_001)),
            "stages: expected at most 1,000, came 1,001",
        ),
        (("ce", "other"), (), "stages: expected at least one"),
        (("ce", "a\nb"), (stage("1", 0, 1),), "terms: expected names of one line"),
        (("ce", "other"), (stage("1", 1, 2),), "stage 1, start_step: expected 0, .* a gap"),
        (
            ("ce", "other"),
            (stage("1", 0, 5), stage("2", 6, 9)),
            "stage 2, start_step: expected 5, .* came 6, which leaves a gap",
        ),
        (("ce", "other"), (stage("1", 0, 5), stage("2", 4, 9)), "came 4, which leaves an overlap"),
        (
            ("ce",),
            (stage("1", 0, 5),),
            "stage 1, weights: expected one for each of ce, came ce, other",
        ),
        (("ce", "other", "x"), (stage("1", 0, 5),), "stage 1, weights: .* came ce, other"),
    ],
)
def test_a_schedule_with_gaps_or_missing_terms_is_refused(
    terms: tuple[str, ...], stages: tuple[Stage, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Schedule(terms, stages)
