"""Tables as other tools write them, and what can be wrong with one, with its place."""

import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.events import Measured, Noted
from core.history import History, collect_history
from core.importers import log, scan, table
from core.importers.column_mapping import ColumnMapping, guess_mapping
from core.importers.table import read


@pytest.fixture
def write(tmp_path: Path):
    def written(content: str | bytes) -> Path:
        path = tmp_path / "metrics.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def history(path: Path, mapping: ColumnMapping | None = None) -> History:
    return collect_history(read(path, mapping))


def notes(path: Path) -> list[str]:
    return [event.text for event in read(path) if isinstance(event, Noted)]


def points(path: Path, key: str) -> dict[int, float]:
    series = history(path).series[key]
    return dict(zip(series.step.tolist(), series.value.tolist(), strict=True))


# What Lightning's CSVLogger wrote of such a run.
LIGHTNING = """epoch,lr-AdamW,step,train_loss,val_loss
0,0.1,0,1.0,
0,0.1,10,0.09090909090909091,
0,,10,,nan
1,0.1,20,0.047619047619047616,
1,0.1,30,0.03225806451612903,
1,,30,,inf
2,0.1,40,0.024390243902439025,
"""


def test_sparse_rows_of_lightning_come_out_equal_nan_and_infinity_too(write):
    path = write(LIGHTNING)
    losses = {0: 1.0, 10: 0.09090909090909091, 20: 0.047619047619047616,
              30: 0.03225806451612903, 40: 0.024390243902439025}  # fmt: skip
    assert points(path, "train/total_loss") == losses
    assert points(path, "val/total_loss") == pytest.approx(
        {10: math.nan, 30: math.inf}, nan_ok=True
    )
    assert points(path, "epoch") == {0: 0, 10: 0, 20: 1, 30: 1, 40: 2}
    assert points(path, "train/learning_rate") == dict.fromkeys(losses, 0.1)
    assert notes(path) == []
    measured = [event for event in read(path) if isinstance(event, Measured)]
    assert measured[1].values.keys() == {
        "epoch",
        "train/learning_rate",
        "train/total_loss",
        "val/total_loss",
    }


@pytest.mark.parametrize(
    ("content", "separator", "decimal", "step", "time", "unit"),
    [
        ("step,loss\n1,0.5\n", ",", ".", "step", "", "s"),
        ("Wall time,Step,Value\n1.7e9,1,0.5\n", ",", ".", "Step", "Wall time", "s"),
        ("global_step\tloss\n1\t0.5\n", "\t", ".", "global_step", "", "s"),
        ("iteration;loss\n1;0,5\n2;1,5\n", ";", ",", "iteration", "", "s"),
        ("epoch;loss\n1;0.5\n", ";", ".", "epoch", "", "s"),
        ("timestamp|loss\n1700000000123|0.5\n", "|", ".", "", "timestamp", "ms"),
        ("date,loss\n2025-01-02 03:04:05,0.5\n", ",", ".", "", "date", "text"),
        ("epoch,batch,loss\n0,0,1\n0,1,1\n1,0,1\n", ",", ".", "", "", "s"),
        ("epoch,batch,loss\n0,0,1\n0,1,1\n1,2,1\n", ",", ".", "batch", "", "s"),
        ("epoch,loss\n0.5,1\n0.7,1\n", ",", ".", "", "", "s"),
        (",loss\n0,1\n1,1\n", ",", ".", "column 1", "", "s"),
        ("1,0.5\n2,0.4\n", ",", ".", "column 1", "", "s"),
        ("loss\n0.5\n", ",", ".", "", "", "s"),
        ('"step","a, b"\n"1","0.5"\n', ",", ".", "step", "", "s"),
    ],
)  # fmt: skip
def test_a_mapping_is_guessed(write, content, separator, decimal, step, time, unit):
    mapping = guess_mapping(write(content))
    assert (mapping.separator, mapping.decimal) == (separator, decimal)
    assert (mapping.step, mapping.time, mapping.time_unit) == (step, time, unit)
    read_columns = {step, time, *mapping.metrics} - {""}
    assert read_columns | set(mapping.left_out) == set(mapping.columns)
    assert history(write(content), mapping).last_step > 0


def test_a_mapping_can_be_corrected(write):
    path = write("n,it,a,b\n7,1,0.5,x\n8,2,0.25,y\n")
    guessed = guess_mapping(path)
    assert (guessed.step, guessed.left_out) == ("it", ("b",))
    mapping = ColumnMapping(",", ".", 1, guessed.columns, "n", "", "s", {"a": "val/mrr"})
    told = history(path, mapping)
    assert told.series["val/mrr"].step.tolist() == [7, 8]
    assert [note.text for note in told.notes] == ["Not read: it, b."]
    for metrics, what in (({}, "none"), ({"a": "x", "it": "x"}, "two called x"), ({"q": "x"}, "q")):
        wrong = ColumnMapping(",", ".", 1, guessed.columns, "n", "", "s", metrics)
        with pytest.raises(InputError, match=what):
            read(path, wrong)


def test_missing_words_spaces_and_blank_lines_are_not_measured(write):
    rows = ["", "null", "None", " N/A ", "-", " 0.5 ", "nan", "-inf", "1e400"]
    path = write(
        "\ufeff\n\nstep,loss\n"
        + "\n\n".join(f"{at},{cell}" for at, cell in enumerate(rows))
        + "\r\n"
    )
    expected = {5: 0.5, 6: math.nan, 7: -math.inf, 8: math.inf}
    assert points(path, "train/total_loss") == pytest.approx(expected, nan_ok=True)


def test_columns_of_one_name_are_both_read_and_that_is_said(write):
    path = write("step,loss,loss,note\n1,0.5,0.7,x\n")
    assert set(history(path).series) == {"train/total_loss", "loss (2)"}
    assert notes(path) == ["Not read: note.", "Columns of one name are numbered: loss (2)."]


def test_steps_that_fall_are_sorted_and_of_two_values_the_later_counts(write):
    path = write("step,loss\n1,1\n2,2\n3,3\n2,20\n3,3\n4,4\n")
    assert points(path, "train/total_loss") == {1: 1, 2: 20, 3: 3, 4: 4}
    assert notes(path) == [
        "Steps go back once, first from 3 to 2: they are sorted.",
        "Of a step told twice the last value counts: 1 gave way.",
    ]


def test_rows_without_a_step_are_left_out_and_counted(write):
    path = write("step,loss\n1,0.5\n,0.4\n2,0.3\n")
    assert points(path, "train/total_loss") == {1: 0.5, 2: 0.3}
    assert notes(path) == ["1 of 3 rows have no step: left out."]


@pytest.mark.parametrize(
    ("content", "place", "expected", "came"),
    [
        ("step,loss\n1,0.5\n2,oops\n", "line 3, loss", "a number, NaN", "'oops'"),
        ("step,loss\n\n1,0.5\n\n2,1_0\n", "line 5, loss", "a number, NaN", "'1_0'"),
        ("step,loss\n1,0.5\n2,0.4\n2.5,1\n", "line 4, step", "a whole number", "'2.5'"),
        ("step,loss\n1,0.5\n2,0.4\n-1,1\n", "line 4, step", "a whole number", "'-1'"),
        ("step,loss\n1,0.5\n2;0.3\n3,0.4\n", "line 3", "2 cells as in the header", "1"),
        ("step,loss\n1,0.5\n2,0,3\n", "line 3", "2 cells as in the header", "3"),
        ("step,loss\n1,0.5\n2,0.5\n3\n", "line 4", "2 cells as in the header", "1"),
        ("step,loss\n", "", "a column of numbers", "step, loss"),
        ("a,b\nx,y\n", "", "a column of numbers", "a, b"),
        ("", "", "a table as text", "an empty"),
        (b"\x1f\x8b\x08\x00\x00", "", "a table as text", "binary"),
        (b"step,loss\n1,0.5\n2,0.5\xff\n", "", "UTF-8 text", "0xff"),
        ("step,loss\n1,0.5\n".encode("utf-16"), "", "a table as text", "binary"),
    ],
    ids=lambda value: repr(value[-16:]),
)
def test_what_cannot_be_read_is_refused_with_its_line(write, content, place, expected, came):
    path = write(content)
    with pytest.raises(InputError) as caught:
        read(path)  # at the call: nothing is half read
    assert caught.value.where == ", ".join(filter(None, (path.name, place)))
    assert caught.value.expected.startswith(expected)
    assert came in caught.value.came
    assert caught.value.do[-1].isalpha()  # the message ends it with a full stop


def test_a_last_line_that_breaks_off_is_left_out_and_that_is_said(write):
    path = write("step,loss,acc\n1,0.5,1\n2,0.")
    assert points(path, "train/total_loss") == {1: 0.5}
    assert notes(path) == ["Line 3, the last, breaks off and is left out."]


def test_text_in_times_is_no_fault_and_times_since_the_start_end_at_the_last_change(write):
    path = write("time,step,loss\n0.5,1,1\n,2,1\n10.5,3,1\n")
    changed_s = path.stat().st_mtime
    series = history(path).series["train/total_loss"]
    assert series.time_s.tolist() == pytest.approx([changed_s - 10, changed_s, changed_s])
    path = write("date,step,loss\n2025-01-01T00:00:00,1,1\n2025-01-01T01:00:00+01:00,2,1\n")
    assert history(path).series["train/total_loss"].time_s.tolist() == [1735689600.0] * 2


def test_a_table_in_many_blocks_is_the_same_as_in_one(write, monkeypatch):
    generator = np.random.default_rng(0)
    loss = generator.normal(size=5_000).tolist()
    rows = [f"{step // 2},{step % 7},{loss[step]!r}," for step in range(5_000)]
    path = write("step,other,loss,none\n" + "\n".join(rows))
    whole = history(path)
    monkeypatch.setattr(table, "BLOCK_BYTES", 4_096)
    monkeypatch.setattr(log, "MOST_KEPT", 100)
    in_blocks = history(path)
    for key, series in whole.series.items():
        np.testing.assert_array_equal(series.value, in_blocks.series[key].value)
        np.testing.assert_array_equal(series.step, in_blocks.series[key].step)
    assert whole.series["train/total_loss"].value.tolist() == loss[1::2]
    for told in (whole, in_blocks):  # half of two columns
        assert told.notes[0].text.endswith("counts: 5,000 gave way.")
    counted = {metric.key: metric.points for metric in table.open_log(path).metrics}
    assert counted == {key: len(series) for key, series in whole.series.items()}


def test_many_values_with_falling_steps_are_refused_rather_than_held(write, monkeypatch):
    monkeypatch.setattr(scan, "MOST_UNSORTED", 3)
    path = write("step,loss\n3,1\n2,1\n1,1\n0,1\n")
    with pytest.raises(InputError, match="Sort the file"):
        read(path)


def test_a_file_that_changes_while_it_is_read_is_told(write, monkeypatch):
    monkeypatch.setattr(log, "MOST_KEPT", 0)
    events = read(write("step,loss\n1,1\n2,1\n3,1\n"))
    write("step,loss\n3,1\n2,1\n1,1\n")
    with pytest.raises(InputError, match="checked a moment ago"):
        list(events)
