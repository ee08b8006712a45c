import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.report.draft import Draft, Section, with_moved, with_section, without_section
from core.report.draft_files import (
    delete_draft,
    draft_json,
    draft_path,
    free_name,
    list_drafts,
    load_draft,
    parse_draft,
    read_draft_file,
    rename_draft,
    save_draft,
)
from core.report.kinds import SECTIONS
from core.report.sample import SAMPLE, SAMPLE_NAME

LINES = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Z"]), max_size=40)
VALUES = {
    "prose": st.text(st.characters(blacklist_categories=["Cs"])),
    "run": LINES,
    "version": LINES,
    "runs": st.lists(LINES, max_size=4),
    "metrics": st.lists(LINES, max_size=4),
    "claims": st.lists(LINES, max_size=4),
    "own claims": st.lists(LINES, max_size=4),
    "number": st.floats(0, 1e6),
    "switch": st.booleans(),
}


@st.composite
def sections(draw):
    kind = draw(st.sampled_from(list(SECTIONS.values())))
    options = {
        option.name: draw(VALUES.get(option.asked, st.sampled_from(list(option.choices) or [""])))
        for option in kind.options
        if draw(st.booleans())
    }
    return kind.name, draw(LINES), options


# Plain values: building a section looks at samples of its options, which a strategy must not do.
DRAFTS = st.tuples(LINES, LINES, st.lists(sections(), max_size=5))


def made(plain) -> Draft:
    title, author, told = plain
    return Draft(title, author, tuple(Section(*one) for one in told))


@given(DRAFTS)
def test_a_draft_comes_back_as_it_went_out(plain):
    draft = made(plain)
    assert parse_draft(draft_json(draft).encode()) == draft


@given(DRAFTS, st.data())
def test_moving_there_and_back_changes_nothing(plain, data):
    draft = made(plain)
    if len(draft.sections) < 2:
        return
    at = data.draw(st.integers(1, len(draft.sections) - 1))
    assert with_moved(with_moved(draft, at, -1), at - 1, 1) == draft
    assert with_moved(draft, 0, -1) == draft
    assert with_moved(draft, len(draft.sections) - 1, 1) == draft
    added = with_section(draft, Section("text"))
    assert without_section(added, len(draft.sections)) == draft


def test_drafts_are_saved_renamed_and_deleted():
    save_draft("first", SAMPLE)
    save_draft("second", Draft("other"))
    assert list_drafts() == ("first", "second")
    assert load_draft("first") == SAMPLE
    rename_draft("first", "my report 1.0")
    assert list_drafts() == ("my report 1.0", "second")
    with pytest.raises(InputError, match="one that no draft has"):
        rename_draft("second", "my report 1.0")
    with pytest.raises(InputError, match="a draft that is there"):
        rename_draft("first", "third")
    delete_draft("second")
    delete_draft("second")
    assert list_drafts() == ("my report 1.0",)


@pytest.mark.parametrize(
    "name", ["", "../up", "a/b", ".hidden", "x" * 61, "a\n", "<b>", "end ", "end.", "sample REPORT"]
)
def test_names_that_are_no_files_are_refused(name):
    with pytest.raises(InputError, match="name of the draft"):
        draft_path(name)


@pytest.mark.parametrize("title", ["", "x" * 10_000, "<script>", "../..", "…", SAMPLE_NAME, "a:b?"])
def test_a_free_name_can_be_used(title):
    for _ in range(3):
        name = free_name(title)
        assert name not in list_drafts()
        save_draft(name, Draft(title[:10]))
    assert len(list_drafts()) == 3


def told(**changes: object) -> bytes:
    return json.dumps({"format": 1, "title": "t", "sections": []} | changes).encode()


def section(**changes: object) -> bytes:
    return told(sections=[{"kind": "run", "title": "", "options": {}} | changes])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected JSON"),
        (b"{broken", "expected JSON"),
        (b"\xff\xfe", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"[]", "other content"),
        (told(format=2), "other content"),
        (told(title=3), "title: expected text"),
        (told(sections="no"), "at most 100 sections"),
        (told(sections=[{}] * 101), "at most 100 sections"),
        (told(sections=[3]), "section 1: expected one of the kinds"),
        (section(kind="<b>"), "section 1: expected one of the kinds"),
        (section(kind=["run"]), "section 1: expected one of the kinds"),
        (section(options=[]), "section 1: expected options by name"),
        (section(options={"nope": 1}), "section 1: expected one of the options"),
        (section(options={"run": 5}), "section 1, run: expected the id of a run"),
        (section(options={"smoothing": -1}), "smoothing: expected a finite number"),
        (section(options={"smoothing": float("nan")}), "smoothing: expected a finite number"),
        (section(options={"log": "yes"}), "log: expected true or false"),
        (section(options={"x": "pear"}), "x: expected one of the choices"),
        (section(options={"x": []}), "x: expected one of the choices"),
        (section(kind="text", options={"text": "x" * 50_001}), "at most 50,000 letters"),
        (section(kind="table", options={"runs": ["a"] * 201}), "a list of ids of runs"),
        (b" " * 5_000_001, "at most 5 MB"),
    ],
)
def test_a_damaged_draft_is_refused_whole(content, words):
    with pytest.raises(InputError, match=words):
        parse_draft(content)


def test_long_and_broken_titles_become_one_line():
    read = parse_draft(told(title="a\n\nb " + "x" * 10_000))
    assert read.title.startswith("a b x")
    assert len(read.title) == 200


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.json: expected a draft"):
        read_draft_file(tmp_path / "gone.json")
