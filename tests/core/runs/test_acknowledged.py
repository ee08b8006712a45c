"""Findings that a person has seen: kept in meta.json, beside name and tags."""

import json
import time

import pytest

from core.errors import InputError
from core.runs.acknowledged import NOTE_LETTERS, acknowledge, withdraw
from core.runs.folder import SAMPLE_RUNS, edit_meta, new_run, read_meta

KEY = "R-05 ce stage 2"


@pytest.fixture
def folder(state_folder):
    return new_run("toy", {}, name="one")


def notes(meta) -> dict[str, str]:
    return {key: seen.note for key, seen in meta.acknowledged.items()}


def test_a_note_is_kept_with_the_run_and_taken_back(folder) -> None:
    before = time.time()
    acknowledge(folder, (KEY,), " as planned ", by=" Ada ")
    (seen,) = read_meta(folder).acknowledged.values()
    assert (seen.note, seen.by) == ("as planned", "Ada")
    assert before <= seen.time_s <= time.time()
    assert seen.text == f"by Ada {time.strftime('%Y-%m-%d %H:%M', time.localtime(seen.time_s))}: " \
        "as planned"  # fmt: skip
    acknowledge(folder, ("R-52", "R-53"), "")
    edit_meta(folder, name="two", tags=["a"])
    assert notes(read_meta(folder)) == {KEY: "as planned", "R-52": "", "R-53": ""}
    assert notes(withdraw(folder, (KEY, "R-53"))) == {"R-52": ""}
    assert notes(withdraw(folder, (KEY,))) == {"R-52": ""}


def test_a_folder_of_before_has_none_and_a_strange_value_counts_as_none(folder) -> None:
    told = json.loads((folder / "meta.json").read_text())
    for value in (None, [], "text", {KEY: 1}, {KEY: {"note": 1}}, {KEY: {"time_s": "noon"}}):
        (folder / "meta.json").write_text(json.dumps(told | {"acknowledged": value}))
        assert read_meta(folder).acknowledged == {}
    told.pop("acknowledged")
    (folder / "meta.json").write_text(json.dumps(told))
    assert read_meta(folder).acknowledged == {}


def test_a_long_note_is_cut_and_an_empty_key_and_a_sample_are_refused(folder) -> None:
    told = acknowledge(folder, (KEY,), "x" * 9_999)
    assert len(told.acknowledged[KEY].note) == NOTE_LETTERS
    for keys in ((), (" ",)):
        with pytest.raises(InputError, match="finding"):
            acknowledge(folder, keys, "why")
    sample = next(path for path in sorted(SAMPLE_RUNS.iterdir()) if path.is_dir())
    with pytest.raises(InputError, match="sample"):
        acknowledge(sample, (KEY,), "why")
