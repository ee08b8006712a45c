"""Findings that a person has seen: kept in meta.json, beside name and tags."""

import json

import pytest

from core.errors import InputError
from core.runs.acknowledged import NOTE_LETTERS, acknowledge, withdraw
from core.runs.folder import SAMPLE_RUNS, edit_meta, new_run, read_meta

KEY = "R-05 ce stage 2"


@pytest.fixture
def folder(state_folder):
    return new_run("toy", {}, name="one")


def test_a_note_is_kept_with_the_run_and_taken_back(folder) -> None:
    acknowledge(folder, KEY, " as planned ")
    assert read_meta(folder).acknowledged == {KEY: "as planned"}
    acknowledge(folder, "R-52", "")
    edit_meta(folder, name="two", tags=["a"])
    assert read_meta(folder).acknowledged == {KEY: "as planned", "R-52": ""}
    assert withdraw(folder, KEY).acknowledged == {"R-52": ""}
    assert withdraw(folder, KEY).acknowledged == {"R-52": ""}


def test_a_folder_of_before_has_none_and_a_strange_value_counts_as_none(folder) -> None:
    told = json.loads((folder / "meta.json").read_text())
    for value in (None, [], "text"):
        (folder / "meta.json").write_text(json.dumps(told | {"acknowledged": value}))
        assert read_meta(folder).acknowledged == {}
    told.pop("acknowledged")
    (folder / "meta.json").write_text(json.dumps(told))
    assert read_meta(folder).acknowledged == {}


def test_a_long_note_is_cut_and_an_empty_key_and_a_sample_are_refused(folder) -> None:
    assert len(acknowledge(folder, KEY, "x" * 9_999).acknowledged[KEY]) == NOTE_LETTERS
    with pytest.raises(InputError, match="finding"):
        acknowledge(folder, " ", "why")
    sample = next(path for path in sorted(SAMPLE_RUNS.iterdir()) if path.is_dir())
    with pytest.raises(InputError, match="sample"):
        acknowledge(sample, KEY, "why")
