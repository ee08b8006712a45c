"""Where tables lie: added twice is once, removed is gone, a damaged file hides no other."""

import pytest

from core.claims.reported.kept import add_table, added_tables, remove_table, sample_tables
from core.claims.reported.reading import read_reported
from core.errors import InputError
from core.home import home_folder

TEXT = "title,Mine\nsource,a talk\ncolumn,share\nunit,%\nrole,share\na,40\nb,60\n"


def test_a_table_added_twice_is_there_once():
    name = add_table(TEXT.encode(), "mine.csv")
    assert add_table(TEXT.replace(",", ";").replace("\n", "\r\n").encode(), "copy.csv") == name
    assert added_tables() == ({name: read_reported(TEXT.encode(), "mine.csv")}, ())
    other = add_table(TEXT.replace("60", "61").encode(), "mine.csv")
    assert set(added_tables()[0]) == {name, other}
    remove_table(name)
    remove_table(name)
    assert set(added_tables()[0]) == {other}


def test_what_is_no_table_is_not_kept():
    with pytest.raises(InputError):
        add_table(b"nothing", "mine.csv")
    assert added_tables() == ({}, ())


@pytest.mark.parametrize("name", ["training_stage_2", "../own", "", "0" * 15 + "/"])
def test_only_what_was_added_can_be_removed(name):
    with pytest.raises(InputError, match="one that was added"):
        remove_table(name)
    assert len(sample_tables()) == 10


def test_a_damaged_file_is_named_and_the_others_stay():
    name = add_table(TEXT.encode(), "mine.csv")
    (home_folder("claims", "tables") / "damaged.csv").write_text("title")
    found, errors = added_tables()
    assert set(found) == {name}
    assert "damaged.csv" in str(errors[0])
