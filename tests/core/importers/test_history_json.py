"""A twin of the real histories with every fault that they, or their trainers, are known for."""

import json
import math
import os
from pathlib import Path

import pytest

from core.errors import InputError
from core.events import Event, Measured, Noted, RunEnded, RunStarted
from core.history import History, collect_history
from core.importers import json_file
from core.importers.history_json import detect, read

COSINE = [0.05, 0.2, 0.35, 0.5, 0.55, 0.6]
MSE = [1.98, 1.6, 1.2, 0.95, 0.8, 0.72]
TRAIN = [1.7, 1.5, 1.1, 0.9, 0.7, 0.6]


@pytest.fixture
def write(tmp_path: Path):
    def written(**content) -> Path:
        path = tmp_path / "training_history.json"
        path.write_text(json.dumps(content))
        return path

    return written


def twin(**changes) -> dict:
    """Give a sound history of an MSE run; None takes a key away."""
    whole = {
        "train_loss": TRAIN,
        "val_loss": MSE,
        "val_cosine_similarity": COSINE,
        "learnable_weights": {"angle_weight": [0.2] * 6},
        "config": {"loss_fn": "mse", "output_dim": 256, "lr": 0.001, "resume": False},
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


def notes(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Noted)]


def history_of(path: Path) -> History:
    return collect_history(read(path))


def values(history: History, key: str) -> list[float]:
    return history.series[key].value.tolist()


def test_a_sound_history_is_told_epoch_by_epoch_without_a_word(write):
    path = write(**twin())
    os.utime(path, (1_000.5, 1_000.5))
    started, *measured, ended = read(path)
    assert isinstance(started, RunStarted)
    assert (started.step, started.experiment) == (0, "history_json")
    assert started.config == twin()["config"]
    assert started.facts["x axis"] == "epoch"
    assert [event.step for event in measured] == [1, 2, 3, 4, 5, 6]
    assert {event.time_s for event in (started, *measured, ended)} == {1_000.5}
    assert ended == RunEnded(6, 1_000.5, "finished")
    for at, event in enumerate(measured):
        assert isinstance(event, Measured)
        assert event.values == {
            "train/total_loss": TRAIN[at],
            "val/mse_loss": MSE[at],
            "val/avg_cosine_similarity": COSINE[at],
            "model/angle_weight": 0.2,
        }


@pytest.mark.parametrize("option", ["loss_fn", "loss", "loss_kind"])
@pytest.mark.parametrize("kind", ["cosine", "Cosine_Loss"])
def test_val_loss_is_the_cosine_loss_where_the_configuration_says_so(write, option, kind):
    losses = [1 - cosine for cosine in COSINE]
    events = list(read(write(**twin(val_loss=losses, val_mse_loss=MSE, config={option: kind}))))
    history = collect_history(events)
    assert values(history, "val/cosine_loss") == losses
    assert values(history, "val/mse_loss") == MSE
    assert notes(events) == []


@pytest.mark.parametrize("config", [None, {}, {"loss_fn": "mix"}, {"loss_fn": 3}])
def test_without_a_known_kind_the_data_decide(write, config):
    losses = [1 - cosine + 5e-5 for cosine in COSINE]
    events = list(read(write(**twin(val_loss=losses, config=config))))
    assert values(collect_history(events), "val/cosine_loss") == losses
    assert "is 1 in 6 of 6 epochs: val_loss is the cosine loss" in notes(events)[0]


@pytest.mark.parametrize("similarity", [COSINE, None])
def test_a_val_loss_of_unknown_meaning_keeps_its_name(write, similarity):
    events = list(read(write(**twin(config=None, val_cosine_similarity=similarity))))
    history = collect_history(events)
    assert values(history, "val/val_loss") == MSE
    assert not {"val/mse_loss", "val/cosine_loss"} & set(history.series)
    assert "it keeps its name" in notes(events)[0]


def test_data_that_say_cosine_loss_at_every_epoch_outweigh_the_name_of_the_loss(write):
    # A trainer that always writes the cosine loss, here of a run that was trained on the MSE.
    losses = [1 - cosine for cosine in COSINE]
    events = list(read(write(**twin(val_loss=losses, val_mse_loss=MSE))))
    history = collect_history(events)
    assert values(history, "val/cosine_loss") == losses
    assert values(history, "val/mse_loss") == MSE
    assert "config loss_fn is mse, but" in notes(events)[0]


def test_a_loss_that_changed_its_meaning_on_the_way_is_said(write):
    losses = [1 - cosine for cosine in COSINE[:4]] + MSE[4:]
    for kind, key in (("cosine", "val/cosine_loss"), ("mse", "val/mse_loss")):
        events = list(read(write(**twin(val_loss=losses, config={"loss": kind}))))
        assert values(collect_history(events), key) == losses
        assert "is 1 in 4 of 6 epochs" in notes(events)[0]


def test_two_different_mses_are_not_one(write):
    events = list(read(write(**twin(val_mse_loss=[2 * one for one in MSE]))))
    history = collect_history(events)
    assert values(history, "val/mse_loss") == [2 * one for one in MSE]
    assert values(history, "val/val_loss") == MSE
    assert "differs from val_mse_loss" in notes(events)[0]
    assert notes(list(read(write(**twin(val_mse_loss=MSE))))) == []


def test_the_cosine_loss_is_not_made_up(write):
    assert "val/cosine_loss" not in history_of(write(**twin())).series


def test_nan_and_infinity_are_kept_and_null_was_not_measured(write):
    train = [1.7, math.nan, math.inf, None, -math.inf, 0.6]
    path = write(**twin(train_loss=train))
    assert "NaN" in path.read_text()
    series = history_of(path).series["train/total_loss"]
    assert series.step.tolist() == [1, 2, 3, 5, 6]
    assert series.value.tolist() == pytest.approx(
        [1.7, math.nan, math.inf, -math.inf, 0.6], nan_ok=True
    )


@pytest.mark.parametrize("words", [("NaN", "Infinity", "-Infinity"), ("nan", " inf ", "-inf")])
def test_nan_and_infinity_may_stand_as_text_where_a_number_is_expected(write, words):
    path = write(**twin(train_loss=[1.7, *words, None, 0.6]))
    assert values(history_of(path), "train/total_loss") == pytest.approx(
        [1.7, math.nan, math.inf, -math.inf, 0.6], nan_ok=True
    )


def test_values_that_cannot_be_are_kept_and_named(write):
    cosine = [0.1, 1.7, math.nan, -1.2, 1.0, 1.0 + 1e-9]
    events = list(read(write(**twin(val_cosine_similarity=cosine))))
    (note,) = notes(events)
    assert note.startswith("val_cosine_similarity: 2 of 6 values lie outside -1 to 1")
    told = [e.values.get("val/avg_cosine_similarity") for e in events if isinstance(e, Measured)]
    assert told == pytest.approx(cosine, nan_ok=True)


def test_shorter_lists_are_read_from_the_start_and_named(write):
    short = twin(val_loss=MSE[:5], learnable_weights={"angle_weight": []})
    events = list(read(write(**short)))
    assert notes(events) == [
        "val_loss has 5 epochs, train_loss 6: "  # an empty list was never filled
        "a shorter list is read from the first epoch on."
    ]
    history = collect_history(events)
    assert history.series["val/mse_loss"].step.tolist() == [1, 2, 3, 4, 5]
    assert "model/angle_weight" not in history.series


def test_extra_keys_are_named_once(write):
    events = list(read(write(**twin(lr_history=[1, 2], best_epoch=4, epochs=300))))
    assert notes(events) == ["Not read: lr_history, best_epoch."]


def test_of_an_epoch_told_twice_the_last_value_counts(write):
    epochs = [1, 2, 3, 2, 3, 4]
    similarity = [0.1, 0.2, 0.3, 0.25, None, 0.4]
    events = list(read(write(**twin(epoch=epochs, val_cosine_similarity=similarity))))
    pairs = zip(epochs, similarity, strict=True)
    expected = {epoch: value for epoch, value in pairs if value is not None}
    series = collect_history(events).series["val/avg_cosine_similarity"]
    assert dict(zip(series.step.tolist(), series.value.tolist(), strict=True)) == expected
    (note,) = notes(events)
    assert "repeat or go back once, first from 3 to 2" in note


def test_epochs_may_begin_anywhere_leave_gaps_and_end_early(write):
    events = list(read(write(**twin(epoch=[0, 5, 10, 15.0]))))
    history = collect_history(events)
    assert history.series["train/total_loss"].step.tolist() == [0, 5, 10, 15, 16, 17]
    assert notes(events) == ["4 epoch numbers for 6 values: the rest is counted on."]


def test_doubled_epochs_are_told_by_their_values_and_kept(write):
    place = [0, 1, 2, 3, 2, 3, 4, 5]
    doubled = {
        key: [column[at] for at in place]
        for key, column in (("train_loss", TRAIN), ("val_loss", MSE),
                            ("val_cosine_similarity", COSINE))
    }  # fmt: skip
    events = list(read(write(**twin(**doubled, learnable_weights=None))))
    (note,) = notes(events)
    assert "5 to 6 repeat 3 to 4 exactly" in note
    assert len(collect_history(events).series["train/total_loss"]) == 8


@pytest.mark.parametrize(
    ("train", "val", "similarity"),
    [
        ([1.0] * 8, [1.0] * 8, [0.5] * 8),  # it stands still
        ([math.nan] * 8, [math.nan] * 8, [math.nan] * 8),
        ([1, 2, 3, 1, 4, 2, 5, 6], [1] * 8, [0.5] * 8),  # single epochs alike
        ([1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8], [0.5] * 8),  # not all three
    ],
)
def test_what_only_looks_doubled_is_let_be(write, train, val, similarity):
    changed = twin(train_loss=train, val_loss=val, val_cosine_similarity=similarity)
    path = write(**changed | {"learnable_weights": {}})
    assert not any("doubled" in note for note in notes(list(read(path))))


def test_a_byte_order_mark_is_no_fault(write):
    path = write(**twin())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert detect(path)
    assert len(history_of(path).series) == 4


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path)  # at the call: before a run folder is made for it
    assert caught.value.where.startswith(path.name)
    return caught.value


WHOLE = json.dumps(twin())


@pytest.mark.parametrize(
    ("text", "place", "expected", "came"),
    [
        ('{"train_loss": [1.0],\n "val_loss": [oops]}', "line 2, column 15", "JSON", "Expecting"),
        ('{"train_loss": [...]}', "line 1, column 17", "JSON", "Expecting value"),
        (WHOLE[:60], "line 1, column", "the rest", "breaks off after 60 characters"),
        (WHOLE[:1], "line 1, column", "the rest", "breaks off"),
        (WHOLE[: WHOLE.index("angle_w") + 3], "line 1", "the rest", "breaks off"),
        (WHOLE[:-1], "line 1", "the rest", "breaks off"),
        (WHOLE + WHOLE, "line 1", "JSON", "Extra data"),
        ("  \n", "", "JSON", "an empty file"),
        ("[1, 2]", "", "a JSON object", "a list"),
        ('"text"', "", "a JSON object", '"text"'),
        ("1" * 5_000, "", "JSON that can be read", "Exceeds the limit"),
        ('{"a":' * 100_000, "", "JSON", ""),
        ('{"loss": [1], "step": [1]}', "", "one of train_loss", "loss, step"),
        ("{}", "", "one of train_loss", "an empty object"),
        ('{"train_loss": [1, "0.5"]}', "train_loss[1]", "a number or null", '"0.5"'),
        ('{"val_loss": ["nano"]}', "val_loss[0]", "a number or null", '"nano"'),
        ('{"val_loss": [1], "epoch": ["NaN"]}', "epoch[0]", "a whole number", '"NaN"'),
        ('{"val_loss": [[1]]}', "val_loss[0]", "a number or null", "a list"),
        ('{"val_loss": [true]}', "val_loss[0]", "a number or null", "true"),
        ('{"val_loss": [1' + "0" * 400 + "]}", "val_loss[0]", "a number", "beyond 1e308"),
        ('{"val_loss": 0.5}', "val_loss", "a list of numbers", "0.5"),
        ('{"val_loss": [], "train_loss": []}', "", "one value an epoch", "without a value"),
        ('{"val_loss": [null, null]}', "", "one value an epoch", "without a value"),
        ('{"val_loss": null}', "", "one value an epoch", "without a value"),
        ('{"val_loss": [1], "config": [1]}', "config", "an object", "a list"),
        (
            '{"val_loss": [1], "learnable_weights": {"a": "b"}}',
            "learnable_weights.a",
            "a list",
            "b",
        ),
        ('{"val_loss": [1], "epoch": [1.5]}', "epoch[0]", "a whole number", "1.5"),
        ('{"val_loss": [1], "epoch": [-1]}', "epoch[0]", "a whole number", "-1"),
        ('{"val_loss": [1], "epoch": [NaN]}', "epoch[0]", "a whole number", "NaN"),
        ('{"val_loss": [1], "epoch": [null]}', "epoch[0]", "a whole number", "null"),
        ('{"val_loss": [1], "epoch": [1e30]}', "epoch[0]", "a whole number", "1e+30"),
    ],
    ids=lambda value: value[:24],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, text, place, expected, came):
    path = tmp_path / "history.json"
    path.write_text(text)
    error = refused(path)
    assert place in error.where
    assert error.expected.startswith(expected)
    assert came in error.came
    assert error.do


def test_files_that_are_no_text_too_large_or_not_there_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "history.json"
    assert "readable" in refused(path).expected
    assert "readable" in refused(tmp_path).expected
    path.write_bytes(WHOLE.encode("utf-16"))
    assert refused(path).came == "the byte 0xff at 0"
    path.write_bytes(b"{" + b" " * 2_000 + b"}")
    monkeypatch.setattr(json_file, "MOST_BYTES", 1_000)
    assert "at most" in refused(path).expected


def test_fifty_megabytes_is_the_limit():
    assert json_file.MOST_BYTES == 50_000_000


REAL = {
    "bonded-Enhanved_invariants-multi_hop-non_bonded-multihead": 160,
    "physics_v3_6_0.1": 130,
    "physics_v3_6_0.1_0.5_new": 137,
    "physics_v3_6_0.1_new": 93,
    "physics_v3_6_0.1_new_improve_pool": 110,
    "retry_physics_v3_6_0.1_new_improve_multihead_improved_layers_no_scheduler": 177,
}


@pytest.mark.parametrize("name", list(REAL))
def test_the_real_histories_are_read_value_by_value(shared_data, name):
    path = shared_data / "histories" / f"{name}.json"
    if not path.is_file():
        pytest.skip("shared/data/histories is absent: the real files stand beside the project")
    plain = json.loads(path.read_text())
    history = history_of(path)
    assert detect(path)
    assert history.last_step == REAL[name]
    assert values(history, "val/mse_loss") == plain["val_loss"]
    assert values(history, "val/avg_cosine_similarity") == plain["val_cosine_similarity"]
    assert values(history, "train/total_loss") == plain["train_loss"]
    known = {f"model/{key}" for key, told in plain["learnable_weights"].items() if told}
    assert {key for key in history.series if key.startswith("model/")} == known
    assert [note.text for note in history.notes if "epochs" not in note.text] == []
