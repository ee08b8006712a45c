"""The files are as MLflow 3 wrote them with its file store, times and names changed."""

import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.events import RunEnded, RunStarted
from core.history import collect_history
from core.importers.mlflow import detect, files, open_log, read, runs

META = """artifact_uri: file:///somewhere/artifacts
end_time: 1700000009000
experiment_id: '0'
lifecycle_stage: active
run_id: {run_id}
run_name: {name}
start_time: 1700000000000
status: {status}
tags: []
"""


def make(folder: Path, name: str = "first", status: object = 3, **metrics: str) -> Path:
    (folder / "metrics").mkdir(parents=True)
    (folder / "meta.yaml").write_text(META.format(run_id=folder.name, name=name, status=status))
    for metric, text in metrics.items():
        path = folder / "metrics" / metric.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


ACC = "1700000000525 0.0 0\n1700000000526 1.0 10\n1700000000527 nan 20\n1700000000528 inf 30\n"
LOSS = "1700000000524 1.0 0\n1700000000525 0.3333333333333333 20\n"


def test_all_points_come_out_equal_with_names_parameters_and_times(tmp_path):
    folder = make(tmp_path / "run", "a/b <b>x</b>", acc=ACC, train__loss=LOSS)
    params = folder / "params"
    (params / "opt").mkdir(parents=True)
    for name, text in {"lr": "0.0001", "flag": "True", "n": "3", "opt/kind": "adam"}.items():
        (params / name).write_text(text)
    history = collect_history(read(folder))
    acc, loss = history.series["acc"], history.series["train/total_loss"]
    assert acc.step.tolist() == [0, 10, 20, 30]
    np.testing.assert_array_equal(acc.value, [0.0, 1.0, math.nan, math.inf])
    assert loss.value.tolist() == [1.0, 0.3333333333333333]
    assert loss.time_s[0] == pytest.approx(1700000000.524)
    assert history.started is not None
    assert history.started.config == {"lr": 0.0001, "flag": True, "n": 3, "opt/kind": "adam"}
    assert history.started.facts["run"] == "a/b <b>x</b>"
    assert history.notes == ()
    assert set(files(folder)) == {path for path in folder.rglob("*") if path.is_file()}


def test_runs_are_found_at_every_depth(tmp_path):
    make(tmp_path / "mlruns" / "0" / "aa", "one", acc=ACC)
    make(tmp_path / "mlruns" / "0" / "bb", "two", acc=ACC)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("name: Default\n")
    assert runs(tmp_path / "mlruns") == ("0/aa", "0/bb")
    assert open_log(tmp_path / "mlruns", "0/bb").run == "two"
    assert runs(tmp_path / "mlruns" / "0" / "aa") == (".",)
    with pytest.raises(InputError, match="one of its runs"):
        read(tmp_path / "mlruns")
    assert detect(tmp_path)
    assert not detect(tmp_path / "mlruns" / "0" / "aa" / "metrics")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(3, "finished"), ("FINISHED", "finished"), (4, "failed"), ("KILLED", "stopped"),
     (1, "stopped"), ("?", "finished")],
)  # fmt: skip
def test_how_a_run_ended_is_told(tmp_path, status, outcome):
    *_, ended = read(make(tmp_path / "run", status=status, acc=ACC))
    assert isinstance(ended, RunEnded)
    assert ended.outcome == outcome


def test_lines_of_old_and_new_versions_are_read(tmp_path):
    folder = make(tmp_path / "run", old="1000 0.5\n", new="1000 0.25 7 data abc\n")
    history = collect_history(read(folder))
    assert history.series["old"].step.tolist() == [0]
    assert history.series["new"].step.tolist() == [7]


def test_a_line_that_breaks_off_is_said_and_another_kind_is_refused(tmp_path):
    folder = make(tmp_path / "a", acc=ACC + "17000000005")
    assert [note.text for note in collect_history(read(folder)).notes] == [
        "acc: line 5, the last, breaks off and is left out."
    ]
    with pytest.raises(InputError, match="metrics/acc, line 5"):
        read(make(tmp_path / "b", acc=ACC + "oops\n"))
    with pytest.raises(InputError, match="steps of 0 or more"):
        read(make(tmp_path / "c", acc="1000 0.5 -1\n"))
    with pytest.raises(InputError, match="at least one value"):
        read(make(tmp_path / "d"))


def test_a_name_is_taken_from_the_tag_or_the_folder_where_there_is_no_other(tmp_path):
    folder = make(tmp_path / "run", name="", acc=ACC)
    started = next(read(folder))
    assert isinstance(started, RunStarted)
    assert started.facts["run"] == "run"
    (folder / "tags").mkdir()
    (folder / "tags" / "mlflow.runName").write_text("by tag\n")
    assert open_log(folder).run == "by tag"
