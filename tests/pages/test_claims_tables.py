"""The view of reported tables: what is marked, what is said, and a table of one's own."""

import pytest

from core.claims.reported.checks import check_table, count_verdicts
from core.claims.reported.kept import added_tables, sample_tables
from core.claims.reported.table import ROLES
from pages.ui.claims.add_table import EXAMPLE
from pages.ui.page import escaped
from tests.pages.reading import errors, table, text_of

MINE = "title,Mine\nsource,a talk\ncolumn,share\nunit,%\nrole,share\na,40\nb,61\n"


def upload(app, content: bytes, name: str = "mine.csv"):
    return app.file_uploader(key="table-upload").set_value((name, content, "text/csv")).run()


def test_a_table_of_the_notes_is_shown_with_marks_and_verdicts(open_page):
    app = open_page("claims", view="Tables")
    assert not app.exception
    assert not app.error
    printed = table(app, "share, %")
    assert printed["share, %"].tolist() == ["64 ≠", "2 ≠", "14 ≠", "-"]
    assert printed["contribution"].tolist() == ["3.26", "0.09", "7.33", "~5.1 ≠"]
    found = check_table(sample_tables()["training_stage_2"])
    rows = table(app, "The others give")
    assert rows["Verdict"].tolist() == [one.verdict for one in found]
    assert rows["Printed"].tolist()[:2] == ["must be 100", "~5.1"]
    assert [m.value for m in app.metric] == ["3", "5", "0"]
    assert "training\\_fix L86-90" in text_of(app)
    every = table(app, "Cannot tell").set_index("Table")
    for one in sample_tables().values():
        assert (
            every["Does not hold"][one.title] == count_verdicts(check_table(one))["does not hold"]
        )


def test_every_table_of_the_notes_opens(open_page):
    app = open_page("claims", view="Tables")
    for name, one in sample_tables().items():
        app.selectbox(key="table").set_value(name).run()
        assert not app.exception
        assert one.columns[0].heading in app.dataframe[0].value.columns
        assert len(table(app, "The others give")) == len(check_table(one))
        assert escaped(one.note) in text_of(app)


def test_a_table_is_added_once_shown_and_removed(open_page):
    app = open_page("claims", view="Tables")
    app = upload(app, MINE.encode())
    assert not app.exception
    ((name, kept),) = added_tables()[0].items()
    assert (app.selectbox(key="table").value, kept.title) == (name, "Mine")
    assert app.dataframe[0].value["share, %"].tolist() == ["40", "61"]
    assert [m.value for m in app.metric] == ["1", "0", "0"]
    assert "1 added" in text_of(app)
    app = upload(app, MINE.replace(",", ";").encode())
    assert len(added_tables()[0]) == 1
    app.button(key="table-remove").click().run()
    assert not app.exception
    assert added_tables()[0] == {}
    assert app.selectbox(key="table").value == "training_stage_2"
    assert not any(button.key == "table-remove" for button in app.button)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (MINE.replace("61", "6,1").encode(), "mine.csv, line 7: expected 1 cell behind"),
        (MINE.replace("source,a talk\n", "").encode(), "a line that begins with source"),
        (b"\x89PNG\r\n", "UTF-8"),
    ],
)
def test_a_file_that_is_no_such_table_is_explained(open_page, content, message):
    app = upload(open_page("claims", view="Tables"), content)
    assert message in errors(app)[0]
    assert added_tables()[0] == {}
    assert len(table(app, "The others give")) == 8


def test_the_example_on_the_page_can_be_added(open_page):
    app = open_page("claims", view="Tables")
    assert app.code[0].value == EXAMPLE.strip()
    assert table(app, "Role")["Role"].tolist() == list(ROLES)
    app = upload(app, EXAMPLE.encode())
    assert not app.error
    assert len(added_tables()[0]) == 1


def test_a_table_without_roles_says_that_nothing_is_checked(open_page):
    app = upload(open_page("claims", view="Tables"), MINE.replace("role,share\n", "").encode())
    assert "No check applies" in app.info[0].value
