import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.follow.lines import MOST_LINE, JsonObjects, Lines, Table
from core.follow.rows import Row


def steps(rows: list[Row]) -> list[tuple[int, dict]]:
    return [(row.step, dict(row.values)) for row in rows]


def as_json(rows: list[dict]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


ROWS = [{"step": n, "loss": 1.0 / (n + 1), "val": {"acc": n / 10}} for n in range(7)]


@given(st.integers(0, len(as_json(ROWS))), st.integers(0, len(as_json(ROWS))))
@settings(max_examples=60, deadline=None)
def test_wherever_a_file_is_cut_every_line_is_read_once_and_whole(first: int, second: int):
    content, decoder = as_json(ROWS), Lines(JsonObjects())
    first, second = sorted((first, second))
    rows = [
        row
        for part in (content[:first], content[first:second], content[second:])
        for row in decoder.feed(part)
    ]
    assert steps(rows) == [
        (row["step"], {"loss": row["loss"], "val/acc": row["val"]["acc"]}) for row in ROWS
    ]
    assert decoder.notes == []


def test_objects_with_epochs_times_and_what_is_no_number():
    decoder = Lines(JsonObjects())
    told = b'{"epoch": 1, "loss": NaN, "time": 1700000000.5, "text": "a", "none": null}\n'
    (row,) = decoder.feed(told + b'{"epoch": 2, "time": 3.5}\n')
    assert (row.step, row.time_s, decoder.axis) == (1, 1_700_000_000.5, "epoch")
    assert list(row.values) == ["loss"]
    assert math.isnan(row.values["loss"])


def test_a_step_settles_what_is_counted():
    decoder = Lines(JsonObjects())
    assert steps(decoder.feed(b'{"lr": 0.1}\n')) == [(1, {"lr": 0.1})]
    assert decoder.axis == "row"
    rows = decoder.feed(b'{"global_step": 10, "epoch": 0, "lr": 0.2}\n{"lr": 0.3}\n')
    assert steps(rows) == [(10, {"epoch": 0.0, "lr": 0.2})]
    assert decoder.axis == "step"
    assert decoder.notes == ["Line 3 has no step that counts: such lines are left out."]


@pytest.mark.parametrize("line", [b"no json", b"[1]", b'{"step": 1, "lo', b"\xff\xfe", b"[" * 9999])
def test_a_line_that_cannot_be_read_is_left_out_and_said_once(line: bytes):
    decoder = Lines(JsonObjects())
    rows = decoder.feed(line + b"\n" + line + b'\n{"step": 3, "loss": 1}\n')
    assert steps(rows) == [(3, {"loss": 1.0})]
    assert decoder.notes == ["Line 1 cannot be read: such lines are left out."]


def test_where_a_writer_died_in_a_line_the_next_one_is_read_and_no_half():
    decoder = Lines(JsonObjects())
    torn = b'{"step": 1, "val": {"acc": 0.' + b'{"step": 2, "val": {"acc": 0.5}}\n'
    assert steps(decoder.feed(torn)) == [(2, {"val/acc": 0.5})]


@pytest.mark.parametrize("step", ["-1", "1.5", "NaN", "Infinity", "1e300"])
def test_a_step_that_does_not_count_is_left_out(step: str):
    decoder = Lines(JsonObjects())
    told = f'{{"step": {step}, "loss": 1}}\n{{"step": 2, "loss": 1}}\n'
    assert steps(decoder.feed(told.encode())) == [(2, {"loss": 1.0})]


def test_a_file_that_was_cut_under_its_writer_begins_with_zeros():
    decoder = Lines(JsonObjects())
    assert steps(decoder.feed(b"\0" * 500 + b'{"step": 1, "a": 2}\n')) == [(1, {"a": 2.0})]


def test_a_line_without_end_is_refused():
    decoder = Lines(JsonObjects())
    with pytest.raises(InputError, match="lines of at most 10 MB"):
        decoder.feed(b"x" * (MOST_LINE + 1))


def test_a_table_of_lightning_with_sparse_rows():
    decoder = Lines(Table())
    told = b"epoch,step,train_loss,val_loss\r\n0,9,0.5,\r\n0,9,,0.75\r\n1,19,nan,\r\n1,29,0.2"
    rows = decoder.feed(told)
    assert steps(rows)[:2] == [(9, {"epoch": 0.0, "train_loss": 0.5}),
                               (9, {"epoch": 0.0, "val_loss": 0.75})]  # fmt: skip
    assert np.isnan(rows[2].values["train_loss"])
    assert len(rows) == 3
    assert steps(decoder.feed(b"5,\r\n")) == [(29, {"epoch": 1.0, "train_loss": 0.25})]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"step;loss\n1;0,5\n", {"loss": 0.5}),
        (b"step\tloss\tnote\n1\t-inf\tgood\n", {"loss": -math.inf}),
        (b'step,"a, b",loss,loss\n1,2,3,4\n', {"a, b": 2.0, "loss": 3.0, "loss (4)": 4.0}),
        (b"\xef\xbb\xbfstep,loss\n1,7\n", {"loss": 7.0}),
        (b"0.5,2.5\n", {"column 1": 0.5, "column 2": 2.5}),
        (b",loss\n1,3\n", {"column 1": 1.0, "loss": 3.0}),
    ],
)
def test_tables_of_every_kind(content: bytes, expected: dict):
    ((step, values),) = steps(Lines(Table()).feed(content))
    assert (step, values) == (1, expected)


def test_rows_of_other_length_are_left_out_and_another_header_counts():
    decoder = Lines(Table())
    rows = decoder.feed(b"step,a\n1,2\n2,3,4\nstep,b,a\n3,5,6\ntrain,,\n")
    assert steps(rows) == [(1, {"a": 2.0}), (3, {"b": 5.0, "a": 6.0})]
    assert decoder.notes == ["Line 3 cannot be read: such lines are left out."]


def test_a_text_where_numbers_stood_is_said_once_and_costs_its_cell_alone():
    decoder = Lines(Table())
    rows = decoder.feed(b"step,loss,acc,note\n1,2,3,a\n2,oops,0.5,b\n3,oops,0.6,c\n4,,0.7,d\n")
    assert steps(rows)[1:] == [(2, {"acc": 0.5}), (3, {"acc": 0.6}), (4, {"acc": 0.7})]
    assert decoder.notes == ["Line 3 has no number for loss: such cells are left out."]
    decoder = Lines(JsonObjects())
    decoder.feed(b'{"step": 1, "loss": 1, "note": "a"}\n{"step": 2, "loss": "oops", "acc": 1}\n')
    assert decoder.notes == ["Line 2 has no number for loss: such cells are left out."]


def test_a_step_that_comes_back_is_said_once():
    decoder = Lines(Table())
    decoder.feed(b"step,loss\n5,1\n9,2\n5,99\n6,3\n")
    assert decoder.notes == [
        "Line 4 goes back to a step that was told before: of two values the later counts."
    ]


def test_a_rotated_table_without_a_header_keeps_its_columns():
    decoder = Lines(Table())
    decoder.feed(b"step,loss\n1,2\n")
    assert steps(decoder.again().feed(b"2,3\n")) == [(2, {"loss": 3.0})]
    assert steps(decoder.again().feed(b"step,acc\n2,3\n")) == [(2, {"acc": 3.0})]
