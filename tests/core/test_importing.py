"""An import is in or out; what is imported twice is there once."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from core import importing
from core.errors import InputError, UnavailableError
from core.importers.column_mapping import guess_mapping
from core.importing import IDENTITY, import_run
from core.runs.folder import read_config, read_meta, run_folders, runs_home
from core.runs.index import list_runs
from core.runs.reader import read_history
from core.runs.status import read_status

TABLE = "step,train_loss\n0,1.5\n5,nan\n10,0.5\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "first run.csv"
    path.write_text(TABLE)
    return path


def own_runs() -> list[Path]:
    return [folder for folder, is_sample in run_folders() if not is_sample]


def left_over() -> list[str]:
    return [path.name for path in runs_home().iterdir() if path.name.startswith(".")]


def test_an_import_is_a_run_like_any_other(path):
    folder = import_run(path, group="imported")
    assert own_runs() == [folder]
    history = read_history(folder)
    series = history.series["train/total_loss"]
    assert series.step.tolist() == [0, 5, 10]
    np.testing.assert_array_equal(series.value, [1.5, np.nan, 0.5])
    assert history.started is not None
    assert len(history.started.facts[IDENTITY]) == 64
    assert (read_meta(folder).name, read_meta(folder).group) == ("first run", "imported")
    assert read_status(folder).state == "finished"
    assert read_config(folder).experiment == "table"
    (row,) = [row for row in list_runs() if not row.is_sample]
    assert row.metrics["train/total_loss"].last == 0.5
    assert left_over() == []


def test_the_same_twice_is_there_once_and_another_mapping_is_another_run(path):
    first = import_run(path)
    again = path.with_name("copy.csv")
    again.write_text(TABLE)
    assert import_run(again, name="another name") == first
    assert len(own_runs()) == 1
    mapping = guess_mapping(path)
    changed = type(mapping)(**{**vars(mapping), "metrics": {"train_loss": "val/mrr"}})
    assert import_run(path, mapping=changed) != first
    assert len(own_runs()) == 2


@pytest.mark.parametrize("content", [TABLE + "11,oops\n", "step,loss\n", ""])
def test_what_cannot_be_read_leaves_nothing(path, content):
    path.write_text(content)
    with pytest.raises(InputError):
        import_run(path)
    assert own_runs() == left_over() == []


def test_an_import_that_is_called_off_or_fails_in_its_middle_leaves_nothing(path, monkeypatch):
    def stop(share: float) -> None:
        assert 0 < share <= 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_run(path, progress=stop)
    assert own_runs() == left_over() == []

    def full(*_: object) -> None:
        raise UnavailableError("The disk is full.")

    monkeypatch.setattr(importing.RunWriter, "flush", full)
    with pytest.raises(UnavailableError):
        import_run(path)
    assert own_runs() == left_over() == []


def test_progress_rises_to_one(path):
    path.write_text("step,loss\n" + "".join(f"{step // 2},1\n" for step in range(2_000)))
    shares: list[float] = []
    import_run(path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) <= 201


def test_who_comes_second_finds_the_run_of_the_first(path, monkeypatch):
    first = import_run(path)
    # Two at once: the second did not see the run when it began.
    real = importing.run_of
    hidden = iter([True])

    class Unseen(type(first)):
        def is_dir(self) -> bool:
            return not next(hidden, False) and super().is_dir()

    monkeypatch.setattr(importing, "run_of", lambda *given: Unseen(real(*given)))
    assert import_run(path) == first
    assert len(own_runs()) == 1
    assert left_over() == []


def test_what_a_killed_import_left_is_removed_after_an_hour(path):
    for name, age_s in ((".old.importing", 4_000), (".new.importing", 10)):
        (runs_home() / name).mkdir()
        status = runs_home() / name / "status.json"
        status.write_text("{}")
        now = status.stat().st_mtime
        os.utime(status, (now - age_s, now - age_s))
    import_run(path)
    assert left_over() == [".new.importing"]


def test_a_name_of_any_kind_is_data_and_never_a_path(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(json.dumps({"step": 1, "a": 1}) + "\n")
    folder = import_run(path, name="../../<b>x</b>" + "y" * 10_000)
    assert folder.parent == runs_home()
    assert read_meta(folder).name.startswith("../../<b>x</b>yyy")
    assert len(read_meta(folder).name) == 80


def test_the_real_histories_come_out_of_their_runs_value_by_value(shared_data):
    paths = sorted((shared_data / "histories").glob("*.json"))
    if not paths:
        pytest.skip("shared/data/histories is absent: the real files stand beside the project")
    for path in paths:
        plain = json.loads(path.read_text())
        series = read_history(import_run(path)).series
        assert series["val/mse_loss"].value.tolist() == plain["val_loss"]
        assert series["train/total_loss"].value.tolist() == plain["train_loss"]
        assert series["val/avg_cosine_similarity"].value.tolist() == plain["val_cosine_similarity"]
    assert len(own_runs()) == len(paths) == 6


def test_the_json_of_the_cosine_note_comes_out_equal(tmp_path):
    # Its keys, with the values of its table of expected epochs.
    cosine = [0.05, 0.55, 0.75, 0.85]
    told = {"train_loss": [0.96, 0.46, 0.26, 0.16], "val_loss": [1 - one for one in cosine],
            "val_cosine_similarity": cosine, "learnable_weights": {},
            "config": {"lr": 1e-3}}  # fmt: skip
    path = tmp_path / "training_history.json"
    path.write_text(json.dumps(told))
    history = read_history(import_run(path))
    assert history.series["val/cosine_loss"].value.tolist() == told["val_loss"]
    assert history.series["val/avg_cosine_similarity"].value.tolist() == cosine
    assert history.series["train/total_loss"].step.tolist() == [1, 2, 3, 4]
