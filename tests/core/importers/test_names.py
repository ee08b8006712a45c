import pytest

from core.importers.names import NAMES, harmonised, known_key, limited, normal_form
from core.metric_table import METRICS
from core.metrics import canonical_key, read_key


def test_every_key_that_names_lead_to_is_known_but_for_the_epoch():
    for key in NAMES:
        assert canonical_key(key) == key
        assert key == "epoch" or read_key(key).spec.name in METRICS


def test_a_usual_name_leads_to_one_key_and_stands_in_its_normal_form():
    others = [other for usual in NAMES.values() for other in usual]
    assert len(set(others)) == len(others)
    assert [normal_form(other) for other in others] == others


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("train_loss", "train/total_loss"), ("Loss/train", "train/total_loss"),
        ("loss", "train/total_loss"), ("val/loss", "val/total_loss"),
        ("loss_val", "val/total_loss"), ("eval_loss", "val/total_loss"),
        ("lr", "train/learning_rate"), ("lr-AdamW", "train/learning_rate"),
        ("learning_rate-AdamW", "train/learning_rate"), ("Epoch", "epoch"),
        ("trainer/epoch", "epoch"), ("R@5", "val/recall_at_5"), ("val_MRR", "val/mrr"),
        ("train/token_accuracy", "train/residue_accuracy"), ("train/ce_final", "train/ce/raw"),
        ("val/mse_loss", "val/mse_loss"), ("my/loss", "my/loss"), ("test_loss", "test_loss"),
    ],
)  # fmt: skip
def test_usual_names_become_ours_and_others_stay(name, key):
    assert known_key(name) == key


def test_of_two_names_for_one_key_the_second_keeps_its_own():
    names = ["loss", "train_loss", "Loss", " loss", "loss\t"]
    keys = harmonised(names)
    assert list(keys) == names
    assert keys["loss"] == "train/total_loss"
    assert keys["train_loss"] == "train_loss"
    assert len(set(keys.values())) == len(names)


def test_long_names_that_begin_alike_stay_two():
    one, two = limited("a" * 10_000), limited("a" * 9_999)
    assert one != two
    assert len(one) == len(two) == 120
    assert limited("\ud800\x1b[31m\u202e") == "? [31m"
