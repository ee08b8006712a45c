"""What a metric is, by its key."""

import re

import pytest

from core.metric_table import ALIASES, METRICS, PARTS
from core.metrics import canonical_key, read_key


@pytest.mark.parametrize("spec", [*METRICS.values(), *PARTS.values()], ids=lambda spec: spec.name)
def test_every_metric_is_whole(spec):
    assert re.fullmatch(r"[a-z_0-9]+", spec.name)
    assert spec.label
    assert spec.low < spec.high
    if spec.unit == "fraction" and spec.name != "signed_mass_error":
        assert (spec.low, spec.high) == (0.0, 1.0)
    if spec.unit == "%":
        assert (spec.low, spec.high) == (0.0, 100.0)
    assert spec.baseline is None or spec.baseline in METRICS


def test_metrics_and_parts_do_not_share_a_name_but_the_gradient_norm():
    assert METRICS.keys() & PARTS.keys() == {"gradient_norm"}


def test_a_key_is_taken_apart():
    key = read_key("val_hard/residue_accuracy")
    assert (key.split, key.term, key.spec) == ("val_hard", None, METRICS["residue_accuracy"])
    key = read_key("train/spectrum/share")
    assert (key.split, key.term, key.spec) == ("train", "spectrum", PARTS["share"])
    assert key.label == "spectrum share"
    key = read_key("train/ce+spectrum/conflict")
    assert (key.term, key.spec) == ("ce+spectrum", PARTS["conflict"])
    assert read_key("train/gradient_norm").term is None
    assert read_key("train/ce/gradient_norm").term == "ce"


@pytest.mark.parametrize(
    ("key", "split", "name", "label"),
    [("loss", "", "loss", "loss"), ("train/a/b", "train", "a/b", "a/b"),
     ("eval/f1_score", "eval", "f1_score", "f1 score"), ("", "", "", "")],
)  # fmt: skip
def test_an_unknown_metric_has_neither_direction_nor_bounds(key, split, name, label):
    found = read_key(key)
    assert (found.split, found.term, found.spec.name, found.label) == (split, None, name, label)
    assert found.spec.higher_is_better is None
    assert found.spec.unit == ""
    assert (found.spec.low, found.spec.high) == (float("-inf"), float("inf"))


def test_names_that_others_use_become_ours():
    for alias, key in ALIASES.items():
        assert canonical_key(alias) == key
        assert canonical_key(key) == key
        assert read_key(alias).spec.label != alias
    assert read_key("train/token_accuracy").spec is METRICS["residue_accuracy"]
    assert read_key("curriculum/spectrum_loss_weight").spec is PARTS["weight"]
