"""The file of a reported table: its forms, what is refused and where, and the round trip."""

from textwrap import dedent

import pytest

from core.claims.reported import reading
from core.claims.reported.checks import check_table
from core.claims.reported.kept import sample_tables
from core.claims.reported.reading import (
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ROWS,
    read_reported,
    write_reported,
)
from core.claims.reported.table import ROLES
from core.errors import InputError

TABLE = """title,Stage 2
source,note L86
column,loss,share
unit,,%
role,part,share
ce,3.26,64
total,5.1,-
"""


def read(text: str | bytes):
    return read_reported(text.encode() if isinstance(text, str) else text, "t.csv")


def test_a_table_is_what_its_lines_say():
    table = read(TABLE)
    assert (table.title, table.source, table.note, table.adds_up) == ("Stage 2", "note L86", "",
                                                                    "down")  # fmt: skip
    assert [(c.name, c.unit, c.roles) for c in table.columns] == [
        ("loss", "", ("part",)), ("share", "%", ("share",)),
    ]  # fmt: skip
    assert table.names == ("ce", "total")
    assert table.total_row == 1
    assert [[cell.text for cell in row] for row in table.cells] == [["3.26", "64"], ["5.1", "-"]]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode("utf-16"),
        TABLE.encode("utf-8-sig"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", ",,,\n").encode(),  # as spreadsheets fill up rows
        TABLE.replace("\n", "\n\n").encode(),
        TABLE.replace("title", "Title").replace("part", "PART").encode(),
        TABLE.replace("total,", "Total,").replace("column", "total row,Total\ncolumn").encode(),
    ],
)
def test_the_same_table_in_other_forms(content):
    found = read(content)
    assert [c.roles for c in found.columns] == [c.roles for c in read(TABLE).columns]
    assert (found.cells, found.total_row) == (read(TABLE).cells, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title,Stage 2\n", "", "a line that begins with title"),
        ("title,", "titel,", "line 1"),
        ("source,note L86\n", "", "a line that begins with source"),
        ("source,note L86", "source,", "a line that begins with source"),
        ("column,loss,share\n", "", "a line that begins with column"),
        ("source,", "title,again\nsource,", "the line title once"),
        ("title,Stage 2", "title,Stage 2, new", "quotes around"),
        ("loss,share", "loss,loss", "each once"),
        ("loss,share", ",share", "the name of a column"),
        ("part,share", "prat,share", "column loss: expected roles among"),
        ("part,share", "part,better share", "better alone"),
        (",,%", ",,ppm", "% or fraction"),
        (",,%", ",,%,kg", "2 cells behind"),
        ("3.26,64", "3,26,64", "line 6: expected 2 cells"),
        ("3.26,64", '"3,26",64', "line 6, column loss: expected a number"),
        ("3.26,64", "3.26,64 %", "column share: expected a number"),
        ("ce,3.26", ",3.26", "a name"),
        ("ce,3.26", "total,3.26", "one row named total"),
        ("column,", "total row,sum\ncolumn,", "one row named sum"),
        ("column,", "adds up,sideways\ncolumn,", "down or across"),
        ("ce,3.26,64\ntotal,5.1,-\n", "", "rows below the head"),
        ("Stage 2", '"Stage 2', "cells of a table|letters in a cell"),
        ("Stage 2", "x" * 1_001, "1,000 letters"),
    ],
)
def test_what_is_wrong_is_named(old, new, message):
    assert old in TABLE
    with pytest.raises(InputError, match=message):
        read(TABLE.replace(old, new))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1"),
        (b"a,b\n1,2\n", "title"),
        (TABLE.encode().replace(b"ce", b"\xe9"), "UTF-8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"title," + b"x" * MOST_BYTES, "bytes"),
        (TABLE.encode() + b"row,1,1\n" * MOST_ROWS, "rows"),
        (b"title,t\nsource,s\ncolumn," + b",".join(b"%d" % i for i in range(MOST_COLUMNS + 1))
         + b"\nr,1\n", "names"),
    ],
)  # fmt: skip
def test_other_files_are_refused(content, message):
    with pytest.raises(InputError, match=message):
        read(content)


@pytest.mark.parametrize("name", list(sample_tables()))
def test_a_table_that_is_written_is_read_again(name):
    table = sample_tables()[name]
    assert read(write_reported(table)) == table
    assert table.source.split(" ")[0] in {"training_fix", "hard_negatives", "cosine_loss",
                                          "sh_decoder"}  # fmt: skip


def test_the_examples_of_the_documents_are_tables(root):
    document = (root / "docs" / "claims.md").read_text(encoding="utf-8")
    example = "title," + document.split("```text\ntitle,")[1].split("```")[0]
    assert check_table(read(example))[0].about == "share"
    assert all(f"`{role}`" in document for role in ROLES)
    docstring = dedent(reading.__doc__.split("\n\n")[1])
    assert len(check_table(read(docstring))) == len(check_table(read(example)))
