"""A person's own table: what is read, and which cell a message names."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.balance.shares import Band
from core.balance.solver import solve_weights
from core.balance.stages import tabulate_shares
from core.balance.table import read_balance_table, write_balance_table
from core.errors import InputError

HEAD = "stage,term,raw,weight,target_low,target_high\n"


def test_the_sample_of_another_problem_is_read_and_solved(root: Path) -> None:
    table = read_balance_table(root / "sample_data" / "balance" / "example_terms.csv")
    assert table.stages == ("1", "2", "3")
    assert table.terms == ("atom", "type", "pairwise")
    assert table.raw[1].tolist() == [1.2, 0.8, 0.42]
    assert table.weights[0].tolist() == [1.0, 0.2, 0.0]
    assert table.bands[2] == (Band(50.0, 70.0), Band(20.0, 40.0), Band(5.0, 20.0))
    names = {"stages": table.stages, "terms": table.terms}
    shares = tabulate_shares(table.raw, table.weights, table.bands, **names)
    assert shares.shares[0].tolist() == pytest.approx([100 * 2.1 / 2.42, 100 * 0.32 / 2.42, 0])
    assert solve_weights(table.raw, table.weights, table.bands, **names).feasible


def test_columns_in_any_order_other_columns_and_empty_lines_are_fine() -> None:
    text = "note,weight,term,raw,stage\n\nx,1,a,2,warm\n,,,,\ny,0,b,,warm\n"
    table = read_balance_table(text)
    assert table.stages == ("warm",)
    assert table.raw[0, 0] == 2.0
    assert np.isnan(table.raw[0, 1])
    assert table.bands == ((None, None),)


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_separators_line_ends_and_a_byte_order_mark(separator: str, newline: str) -> None:
    text = (HEAD + "1,a,2.5,1,10,20\n1,b,1e-3,0.5,,\n").replace(",", separator)
    table = read_balance_table(b"\xef\xbb\xbf" + text.replace("\n", newline).encode())
    assert table.raw.tolist() == [[2.5, 0.001]]
    assert table.bands == ((Band(10.0, 20.0), None),)


def test_a_frame_typed_in_with_empty_cells_and_whole_stages_as_floats() -> None:
    frame = pd.DataFrame(
        {
            "stage": [2.0, 2.0, 1.0, 1.0, None],
            "term": ["a", "b", "a", "b", None],
            "raw": [1.0, None, 3.0, 4.0, None],
            "weight": [1.0, 0.0, 1.0, 2.5, None],
            "target_low": [60, None, 60, 10, None],
            "target_high": [70, None, 70, 40, None],
        }
    )
    table = read_balance_table(frame)
    assert table.stages == ("1", "2")
    assert table.weights.tolist() == [[1.0, 2.5], [1.0, 0.0]]
    assert table.bands[1] == (Band(60.0, 70.0), None)


def test_stages_of_whole_numbers_are_ordered_and_others_stay_as_they_came() -> None:
    rows = "".join(f"{stage},a,1,1\n" for stage in (10, 9, 11))
    assert read_balance_table("stage,term,raw,weight\n" + rows).stages == ("9", "10", "11")
    rows = "".join(f"{stage},a,1,1\n" for stage in ("warm", "late", "2"))
    assert read_balance_table("stage,term,raw,weight\n" + rows).stages == ("warm", "late", "2")


def test_writing_and_reading_gives_the_same_table(root: Path) -> None:
    table = read_balance_table(root / "sample_data" / "balance" / "example_terms.csv")
    again = read_balance_table(write_balance_table(table))
    assert (again.raw == table.raw).all()
    assert (again.weights == table.weights).all()
    assert (again.stages, again.terms, again.bands) == (table.stages, table.terms, table.bands)
    odd = read_balance_table(HEAD + '1,"a, b",,0,,\n1,c,0.1,0.30000000000000004,0,33.3\n')
    back = read_balance_table(write_balance_table(odd))
    assert back.terms == ("a, b", "c")
    assert back.weights.tolist() == odd.weights.tolist()
    assert np.isnan(back.raw[0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"mine: expected the columns stage, term, raw, weight, came no stage"),
        ("stage,term,raw\n1,a,1\n", "came no weight"),
        ("stage,stage,term,raw,weight\n", "stage twice"),
        (HEAD, "mine: expected 1 to 10,000 rows, came 0"),
        (
            HEAD + "1,a,1,1,,\n2,a,1,1,,\n2,b,1,1,,\n",
            r"stage 1: expected a row for each of a, b, came none for b",
        ),
        (HEAD + "1,a,1,1,,\n3,a,1,1,,\n", "mine: expected stage 2 after stage 1, came stage 3"),
        (
            HEAD + "1,a,1,1,,\n1,b,1,-0.03,,\n",
            r"mine, line 3 \(stage 1, b\), weight: .* came -0.03",
        ),
        (
            HEAD + "1,a,one,1,,\n",
            r"line 2 \(stage 1, a\), raw: expected a number, 0 or more, came one",
        ),
        (HEAD + "1,a,nan,1,,\n", "raw: .* came nan"),
        (HEAD + "1,a,inf,1,,\n", "raw: .* came inf"),
        (HEAD + "1,a,,1,,\n", "raw: .* came nothing"),
        (HEAD + "1,a,1,,,\n", "weight: .* came nothing"),
        (HEAD + '1,a,"0,5",1,,\n', "with a decimal point, came 0,5"),
        (HEAD + "1,a,0,5,1,,,\n", "line 2: expected 6 cells, came 8"),
        (HEAD + "1,a,1,1,70,60\n", "target: .* came low 70, high 60"),
        (HEAD + "1,a,1,1,10,110\n", "came low 10, high 110"),
        (HEAD + "1,a,1,1,10,\n", "both ends or none, came only one"),
        (HEAD + "1,a,1,1,,\n1,a,2,1,,\n", r"line 3 \(stage 1, a\): .* after mine, line 2"),
        (HEAD + ",a,1,1,,\n", "line 2, stage: expected a name, came nothing"),
        (HEAD + '1,a,1,1,,\n1,"b,1,1,,\n', "line 3: expected CSV"),
    ],
)
def test_what_cannot_be_read_is_named_by_line_and_column(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_balance_table(text, name="mine")


def test_bytes_that_are_no_text_and_frames_without_a_column_are_refused() -> None:
    with pytest.raises(InputError, match="byte 3"):
        read_balance_table(b"sta\xff\xfe", name="mine")
    with pytest.raises(InputError, match="came no raw, weight"):
        read_balance_table(pd.DataFrame({"stage": ["1"], "term": ["a"]}))
    bad = pd.DataFrame({"stage": ["1"], "term": ["a"], "raw": [1.0], "weight": [-1.0]})
    with pytest.raises(InputError, match=r"table, row 1 \(stage 1, a\), weight"):
        read_balance_table(bad)
