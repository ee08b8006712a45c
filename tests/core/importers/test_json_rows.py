"""Rows of JSON as W&B, Hugging Face and plain scripts write them."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from core.errors import InputError
from core.events import Noted, RunStarted
from core.history import History, collect_history
from core.importers import json_lines
from core.importers.importers import JSON_ROWS, find_importer
from core.importers.json_rows import detect, read


@pytest.fixture
def write(tmp_path: Path):
    def written(content: str | bytes) -> Path:
        path = tmp_path / "log.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def lines(*rows: object) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def history(path: Path) -> History:
    return collect_history(read(path))


def notes(path: Path) -> list[str]:
    return [event.text for event in read(path) if isinstance(event, Noted)]


def told(path: Path) -> dict[str, dict[int, float]]:
    return {
        key: dict(zip(series.step.tolist(), series.value.tolist(), strict=True))
        for key, series in history(path).series.items()
    }


# The names that the training note tells to watch on W&B.
NOTE = [
    {"_step": step, "_timestamp": 1.7e9 + step, "_runtime": step, "train/ce_final": 3.26 - step,
     "train/spectrum_loss": 1.79, "train/precursor_loss": 733.0 / (step + 1),
     "curriculum/precursor_loss_weight": 0.01, "train/ppm_error": 25_000.0,
     "train/token_accuracy": 0.05, "train/total_loss": 5.1}
    for step in range(3)
]  # fmt: skip


@pytest.mark.parametrize("content", [lines(*NOTE), json.dumps(NOTE), json.dumps(NOTE, indent=1)])
def test_the_names_of_the_training_note_come_in_as_terms_of_a_loss(write, content):
    path = write(content)
    assert detect(path)
    started = next(read(path))
    assert isinstance(started, RunStarted)
    assert started.terms == ("ce", "spectrum", "precursor")
    found = told(path)
    assert found["train/ce/raw"] == {step: 3.26 - step for step in range(3)}
    assert found["train/precursor/raw"] == {0: 733.0, 1: 366.5, 2: 733.0 / 3}
    assert found["train/precursor/weight"] == {0: 0.01, 1: 0.01, 2: 0.01}
    assert found["train/residue_accuracy"] == dict.fromkeys(range(3), 0.05)
    assert found["train/ppm_error"] == dict.fromkeys(range(3), 25_000.0)
    assert history(path).series["train/ce/raw"].time_s.tolist() == [1.7e9, 1.7e9 + 1, 1.7e9 + 2]
    assert notes(path) == ["Not read: _runtime."]


def test_nan_and_infinity_come_bare_and_as_text_and_inner_objects_are_joined(write):
    path = write(
        '{"step": 1, "val": {"a": {"b": NaN}}, "x": "Infinity", "y": null}\n'
        '{"step": 2, "val": {"a": {"b": "nan"}}, "x": -Infinity, "y": 3, "flag": true, "t": "no"}\n'
        '{"step": 3, "x": 1, "h": {"_type": "histogram", "bins": [1], "n": 3}}\n'
    )
    expected = {"val/a/b": {1: math.nan, 2: math.nan}, "x": {1: math.inf, 2: -math.inf, 3: 1.0},
                "y": {2: 3.0}}  # fmt: skip
    found = told(path)
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == pytest.approx(values, nan_ok=True)
    assert notes(path) == ["Not read: flag, t, h."]


def test_the_state_of_a_trainer_of_hugging_face_is_read(write):
    state = {"best_metric": 0.5, "log_history": [
        {"loss": 2.0, "grad_norm": 1.5, "learning_rate": 1e-4, "epoch": 0.5, "step": 10},
        {"eval_loss": 1.0, "epoch": 1.0, "step": 20},
    ]}  # fmt: skip
    for content in (json.dumps(state), json.dumps(state, indent=2)):
        assert told(write(content)) == {
            "train/total_loss": {10: 2.0}, "train/gradient_norm": {10: 1.5},
            "train/learning_rate": {10: 1e-4}, "epoch": {10: 0.5, 20: 1.0},
            "val/total_loss": {20: 1.0},
        }  # fmt: skip


def test_a_table_with_columns_and_data_is_rows_too(write):
    table = {"columns": ["Step", "loss"], "data": [[1, 0.5], [2, 0.25]]}
    assert told(write(json.dumps(table))) == {"train/total_loss": {1: 0.5, 2: 0.25}}


@pytest.mark.parametrize("orient", ["columns", "index", "split", "records"])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_history_of_wandb_as_pandas_writes_it_is_rows_too(write, indent, orient):
    rows = told(write(lines(*NOTE)))
    table = pd.DataFrame(NOTE)
    path = write(table.to_json(indent=indent, orient=orient, double_precision=15))
    assert find_importer(path) is JSON_ROWS
    found = told(path)
    assert found.keys() == rows.keys()
    for metric, points in rows.items():
        assert found[metric] == pytest.approx(points)
    assert notes(path) == ["Not read: _runtime."]


def test_numbered_rows_come_in_the_order_of_their_numbers(write):
    rows = {str(i): {"loss": float(i)} for i in (10, 9, 0)}
    assert told(write(json.dumps(rows))) == {"train/total_loss": {1: 0.0, 2: 9.0, 3: 10.0}}


def test_inner_objects_with_numbers_for_names_are_a_row_where_more_rows_follow(write):
    row = {"train": {"0": 1.0, "1": 2.0}}
    assert told(write(lines(row, row))) == {"train/0": {1: 1.0, 2: 1.0},
                                            "train/1": {1: 2.0, 2: 2.0}}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "steps", "axis"),
    [
        ([{"epoch": 1, "a": 1}, {"epoch": 2, "a": 1}], [1, 2], "epoch"),
        ([{"epoch": 1, "iter": 5, "a": 1}, {"epoch": 2, "iter": 9, "a": 1}], [5, 9], "step"),
        ([{"epoch": 1, "iter": 5, "a": 1}, {"epoch": 2, "iter": 0, "a": 1}], [1, 2], "row"),
        ([{"a": 1}, {"a": 2}], [1, 2], "row"),
        ([{"step": 3, "a": 1}, {"a": 9}, {"step": 1, "a": 2}], [1, 3], "step"),
    ],
)
def test_what_counts_the_steps_is_guessed(write, rows, steps, axis):
    path = write(lines(*rows))
    assert list(told(path)["a"]) == steps
    started = next(read(path))
    assert isinstance(started, RunStarted)
    assert started.facts["x axis"] == axis


def test_rows_without_a_step_and_a_last_line_that_breaks_off_are_said(write):
    path = write(lines({"step": 1, "a": 1}, {"a": 9}, {"step": 2, "a": 2}) + '{"step": 3, "a"')
    assert told(path) == {"a": {1: 1, 2: 2}}
    assert notes(path) == [
        "Line 4, the last, breaks off and is left out.",
        "1 of 3 rows have no step: left out.",
    ]


@pytest.mark.parametrize(
    ("content", "place", "expected"),
    [
        ('{"step": 1, "a": 1}\noops\n{"step": 2, "a": 1}\n', "line 2", "an object of JSON"),
        ('{"step": 1, "a": 1}\n[1]\n', "line 2", "an object, {...}"),
        ('[{"step": 1, "a": 1}, 3]', "row 2", "an object, {...}"),
        ('{"step": 1, "a": 1}\n' * 2 + '{"step": 1.5, "a": 1}\n', "line 3, step", "a whole number"),
        ('{"step": 1, "a": 1}\n' * 2 + '{"step": NaN, "a": 1}\n', "line 3, step", "a whole number"),
        ('{"step": 1, "a": 1' + "0" * 400 + "}\n", "line 1, a", "a number"),
        (b'{"step": 1, "a": 1}\n{"b\xff": 1}\n', "line 2", "UTF-8"),
        ('{"a": "text"}\n', "", "at least one value"),
        ('{"a":' * 10_000, "", "JSON"),
        ("[]", "", "objects of JSON"),
        ("", "", "objects of JSON"),
        ("step,loss\n1,2\n", "", "objects of JSON"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_what_cannot_be_read_is_refused_with_its_line(write, content, place, expected):
    path = write(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.where.startswith(", ".join(filter(None, (path.name, place))))
    assert caught.value.expected.startswith(expected)


def test_a_line_without_an_end_is_not_read_into_the_memory(write, monkeypatch):
    monkeypatch.setattr(json_lines, "MOST_LINE", 100)
    with pytest.raises(InputError, match="line 2"):
        read(write(lines({"a": 1}) + '{"a": "' + "x" * 1_000 + '"}\n'))


def test_objects_nested_without_an_end_are_left_out(write):
    deep = '{"a": 1, "b": ' + '{"c":' * 50 + "1" + "}" * 50 + "}\n"
    assert list(told(write(deep))) == ["a"]
