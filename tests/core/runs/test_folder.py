"""Beginning a run, naming it, and finding it again."""

import json
import math
import re

import pytest

from core.errors import InputError, UnavailableError
from core.runs import folder as folders
from core.runs.folder import (
    Meta,
    edit_meta,
    find_run,
    folder_bytes,
    list_checkpoints,
    new_run,
    read_config,
    read_meta,
    run_folders,
    runs_home,
)
from core.runs.status import read_status


def test_a_new_run_has_a_readable_id_that_sorts_by_time_and_is_queued():
    runs = [new_run("Peptide & more", {}, name="mine", group="g") for _ in range(20)]
    assert len({run.name for run in runs}) == 20
    assert re.fullmatch(r"peptide-more-\d{8}-\d{6}-[0-9a-f]{4}", runs[0].name)
    assert runs[0].parent == runs_home()
    assert read_status(runs[0]).state == "queued"
    assert read_meta(runs[0]) == Meta(name="mine", group="g")


def test_a_configuration_round_trips_with_nan_and_nesting():
    config = {"a": [1, 2.5, None, {"b": "σ"}], "nan": math.nan, "flag": True}
    told = read_config(new_run("toy", config))
    assert told.experiment == "toy"
    assert told.created_s > 1.7e9
    assert math.isnan(told.config["nan"])
    assert {**told.config, "nan": 0} == {**config, "nan": 0}


def test_a_configuration_that_is_not_plain_leaves_no_folder(start):
    """In a process whose calls are not checked for their types."""
    script = "from core.runs.folder import new_run; new_run('toy', {'a': {1, 2}})"
    _, error = start(script).communicate()
    assert "InputError: configuration: expected plain values" in error
    assert all(is_sample for _, is_sample in run_folders())


def test_a_folder_that_is_there_is_not_taken(tmp_path):
    with pytest.raises(InputError, match="not there yet"):
        new_run("toy", {}, folder=tmp_path)


def test_a_disk_that_cannot_be_written_is_said_in_words(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match="cannot be written"):
        new_run("toy", {}, folder=tmp_path / "file" / "run")


def test_a_run_is_found_by_its_id_or_its_beginning(run):
    other = new_run("other", {})
    assert find_run(run.name) == run
    assert find_run("oth") == other
    for wrong in ("nothing", "", "../runs"):
        with pytest.raises(InputError, match="id of one run"):
            find_run(wrong)


def test_an_id_that_begins_another_is_still_found():
    longer = new_run("toy", {}, folder=runs_home() / "toy-1-more")
    short = new_run("toy", {}, folder=runs_home() / "toy-1")
    assert find_run("toy-1") == short
    assert find_run("toy-1-") == longer
    with pytest.raises(InputError, match="toy-1, toy-1-more"):
        find_run("toy")


def test_edits_change_what_is_given_and_nothing_else(run):
    edit_meta(run, name="  first  ", tags=["a", " b", "a", ""])
    assert edit_meta(run, note="long\ntext") == Meta("first", ("a", "b"), "long\ntext")
    assert read_meta(run) == Meta("first", ("a", "b"), "long\ntext")
    assert edit_meta(run, name="", tags=()) == Meta("", (), "long\ntext")
    assert edit_meta(run, archived=True) == Meta("", (), "long\ntext", archived=True)
    assert not edit_meta(run, archived=False).archived


def test_a_sample_is_listed_as_one_and_is_not_edited(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "SAMPLE_RUNS", tmp_path / "samples")
    sample = new_run("toy", {}, folder=tmp_path / "samples" / "one")
    mine = new_run("toy", {})
    (runs_home() / ".hidden").mkdir()
    assert run_folders() == ((mine, False), (sample, True))
    with pytest.raises(InputError, match="sample"):
        edit_meta(sample, name="x")


def test_sizes_and_checkpoints_are_listed(run):
    before = folder_bytes(run)
    (run / "checkpoints" / "000010.safetensors").write_bytes(b"x" * 1000)
    (checkpoint,) = list_checkpoints(run)
    assert (checkpoint.path.name, checkpoint.size_bytes) == ("000010.safetensors", 1000)
    assert folder_bytes(run) - before == 1000


@pytest.mark.parametrize("content", [b"", b'{"tags": 5}', b'{"tags": "ab"}', b'{"name": null}'])
def test_a_damaged_meta_is_named(run, content):
    (run / "meta.json").write_bytes(content)
    with pytest.raises(InputError, match=r"meta\.json"):
        read_meta(run)


def test_listing_creates_nothing_and_needs_no_state_folder(monkeypatch):
    monkeypatch.setenv("LOSSOSCOPE_HOME", "/dev/null/nowhere")
    assert all(is_sample for _, is_sample in run_folders())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"experiment": "toy"', b'{"config": {}}'])
def test_a_damaged_configuration_is_named(run, content):
    (run / "config.json").write_bytes(content)
    with pytest.raises(InputError, match=r"config\.json"):
        read_config(run)


def test_the_files_are_json_that_anybody_can_read(run):
    for name in ("config.json", "meta.json", "status.json"):
        assert isinstance(json.loads((run / name).read_text()), dict)
