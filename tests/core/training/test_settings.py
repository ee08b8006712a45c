import json
from dataclasses import dataclass, replace

import pytest

from core.balance.shares import Band
from core.errors import InputError
from core.training.config import TrainingConfig
from core.training.settings import (
    check_settings,
    digest,
    from_plain,
    setting,
    settings_of,
    to_plain,
)
from tests.core.training.toy import TARGETS, toy_schedule


@dataclass(frozen=True, kw_only=True)
class Wider(TrainingConfig):
    steps: int = setting(300, label="steps", help="Fewer.", low=1, high=500)
    is_noisy: bool = setting(True, label="noisy", help="Adds noise.")
    width_da: float = setting(0.5, label="width", help="Of peaks.", unit="Da", low=0.1)


def test_a_problem_adds_options_and_changes_defaults():
    names = [option.name for option in settings_of(Wider)]
    assert names[0] == "steps"
    assert names[-2:] == ["is_noisy", "width_da"]
    steps = settings_of(Wider)[0]
    assert (steps.default, steps.high, steps.kind) == (300, 500, "int")
    assert {option.name for option in settings_of(Wider) if option.kind == "other"} == {
        "targets", "schedule",
    }  # fmt: skip
    assert all(option.label and option.help for option in settings_of(Wider))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("steps", 501, "1 to 500, came 501"),
        ("steps", 0, "came 0"),
        ("steps", True, "a whole number, came True"),
        ("batch_size", 1025, "1 to 1,024"),
        ("learning_rate", float("nan"), "a finite number, came nan"),
        ("width_da", -2.0, "at least 0.1 Da, came −2"),
        ("device", "tpu", "one of auto, cpu, cuda, mps"),
        ("is_noisy", 1, "true or false, came 1"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(field, value, words):
    with pytest.raises(InputError) as refused:
        Wider(**{field: value})
    assert refused.value.where == field
    assert words in str(refused.value)


def test_plain_values_survive_a_file():
    config = Wider(steps=7, targets=dict(TARGETS), schedule=toy_schedule(), width_da=1)
    plain = json.loads(json.dumps(to_plain(config), allow_nan=False))
    assert from_plain(Wider, plain) == config
    assert from_plain(Wider, {}) == Wider()


@pytest.mark.parametrize(
    ("plain", "where"),
    [
        ({"stepz": 3}, "stepz"),
        ({"steps": "3"}, "steps"),
        ({"steps": 3.5}, "steps"),
        ({"steps": None}, "steps"),
        ({"targets": {"ce": 3}}, "targets"),
        ({"targets": ["ce"]}, "targets"),
        ({"targets": {"ce": [80, 70]}}, "target band"),
        ({"schedule": {"terms": ["a"]}}, "schedule"),
    ],
)
def test_plain_values_of_the_wrong_kind_are_refused(plain, where):
    with pytest.raises(InputError) as refused:
        from_plain(Wider, plain)
    assert refused.value.where.startswith(where)


def test_a_whole_number_may_stand_for_a_decimal_one():
    assert from_plain(Wider, {"width_da": 2, "steps": 5.0}) == Wider(width_da=2.0, steps=5)


def test_the_digest_names_what_shapes_the_training_and_nothing_else():
    base = Wider()
    same = replace(base, device="cpu", threads=3, eval_every=7, checkpoint_every=9,
                   keep_checkpoints=5)  # fmt: skip
    assert digest(same) == digest(base)
    assert digest(replace(base, width_da=1)) == digest(replace(base, width_da=1.0))
    others = [
        replace(base, seed=1),
        replace(base, width_da=0.6),
        replace(base, gradient_every=51),
        replace(base, targets={"ce": Band(0.0, 50.0)}),
        replace(base, schedule=toy_schedule()),
        TrainingConfig(steps=300),
    ]
    assert len({digest(other) for other in (base, *others)}) == 1 + len(others)


def test_defaults_of_mappings_are_not_shared():
    first, second = TrainingConfig(), TrainingConfig()
    assert first.targets == {}
    assert first.targets is not second.targets
    check_settings(first)
