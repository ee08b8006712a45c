import json
from pathlib import Path

import pytest

from core.errors import InputError
from core.importers.column_mapping import guess_mapping
from core.importers.importers import find_importer
from core.importers.log import FoundMetric
from core.importers.preview import identity, preview
from core.importing import import_run
from core.runs.reader import read_history

TABLE = "step,train_loss,acc,note\n0,1.5,,a\n5,,0.5,b\n10,0.5,0.75,c\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "first run.csv"
    path.write_text(TABLE)
    return path


def test_a_preview_says_what_would_come_in_under_which_name_and_what_not(path):
    found = preview(path)
    assert (found.format, found.name, found.axis) == ("table", "first run", "step")
    assert found.runs == ("",)
    assert found.metrics == (
        FoundMetric("train_loss", "train/total_loss", 2, 0, 10),
        FoundMetric("acc", "acc", 2, 5, 10),
    )
    assert found.points == 4
    assert found.left_out == ("note",)
    assert found.mapping == guess_mapping(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_preview_draws_the_losses_first_with_all_their_points_unless_there_are_too_many(
    path, monkeypatch
):
    path.write_text("step,acc,lr,loss,val_acc\n0,1,5,9,\n1,2,5,nan,4\n1,3,5,7,4\n")
    drawn = preview(path).drawn
    assert list(drawn) == ["train/total_loss", "val_acc"]
    assert drawn["train/total_loss"].step.tolist() == [0, 1]
    assert drawn["train/total_loss"].value.tolist() == [9.0, 7.0]
    assert drawn["val_acc"].value.tolist() == [4.0]
    monkeypatch.setattr("core.importers.preview.MOST_KEPT", 10)
    assert preview(path).drawn == {}


@pytest.mark.parametrize(
    ("rows", "imported", "told"),
    [
        ("1,.5 2,.4 3,.3 2,.25 5,.2 4,.1", 5, 6),  # falls, another value
        ("1,.5 2,.4 2,.3 3,.1", 3, 4),
        ("1,.5 1,.5 1,.5 2,.1", 2, 4),  # the same value gives way to itself
        ("1,.5 ,.4 2,.3 ,.2 3,.1", 3, 3),
    ],
)
def test_the_values_counted_are_those_that_an_import_brings(path, rows, imported, told):
    path.write_text("step,loss\n" + rows.replace(" ", "\n") + "\n")
    found = preview(path)
    assert (found.points, found.told) == (imported, told)
    assert len(read_history(import_run(path)).series["train/total_loss"]) == imported


def test_of_epochs_told_twice_one_is_counted(path):
    told = {"train_loss": [2.0, 1.0, 0.5], "epoch": [1, 2, 2], "val_loss": [1.0, None, 1.0]}
    path.write_text(json.dumps(told))
    assert (preview(path).points, preview(path).told) == (4, 5)


@pytest.mark.parametrize("told", ["a" * 5_000, "~nobody-of-that-name/x", "~/nothing here"])
def test_a_path_that_nothing_has_is_refused_in_words(told):
    for read in (preview, import_run):
        with pytest.raises(InputError, match="none of that name") as caught:
            read(Path(told))
        assert len(str(caught.value)) < 300


def test_a_path_may_begin_at_home(path, monkeypatch):
    monkeypatch.setenv("HOME", str(path.parent))
    assert preview(Path("~") / path.name).points == 4


def test_a_preview_follows_a_corrected_mapping(path):
    mapping = guess_mapping(path)
    changed = type(mapping)(**{**vars(mapping), "metrics": {"acc": "val/mrr"}})
    found = preview(path, mapping=changed)
    assert [metric.key for metric in found.metrics] == ["val/mrr"]
    assert found.left_out == ("train_loss", "note")
    assert found.identity != preview(path).identity
    history = path.with_name("history.json")
    history.write_text(json.dumps({"train_loss": [1.0]}))
    assert preview(history).mapping is None
    with pytest.raises(InputError, match="no mapping of columns"):
        preview(history, mapping=mapping)


def test_the_preview_of_a_history_is_of_epochs_with_its_configuration(tmp_path):
    path = tmp_path / "training_history.json"
    told = {"train_loss": [2.0, 1.0], "val_loss": [1.0], "config": {"loss_fn": "mse"}, "lr": [1]}
    path.write_text(json.dumps(told))
    found = preview(path)
    assert [(m.name, m.key, m.points) for m in found.metrics] == [
        ("train_loss", "train/total_loss", 2), ("val_loss", "val/mse_loss", 1),
    ]  # fmt: skip
    assert (found.axis, found.left_out) == ("epoch", ("lr",))
    assert found.config == {"loss_fn": "mse"}


def test_the_same_content_has_one_identity_wherever_it_lies(path, tmp_path):
    importer = find_importer(path)
    copy = tmp_path / "elsewhere.csv"
    copy.write_text(TABLE)
    assert identity(importer, path) == identity(importer, copy)
    copy.write_text(TABLE + "11,1,1,d\n")
    assert identity(importer, path) != identity(importer, copy)


def test_the_runs_of_one_file_and_the_files_of_one_run_count(tmp_path):
    path = tmp_path / "export.csv"
    names = [f"{run} - loss{end}" for run in "ab" for end in ("", "__MIN", "__MAX")]
    path.write_text("\n".join([",".join(["Step", *names]), "1,1,1,1,1,1,1"]))
    importer = find_importer(path)
    assert preview(path).runs == ("a", "b")
    assert identity(importer, path, "a") != identity(importer, path, "b")
    runs = [tmp_path / place for place in ("x/run", "y/other")]
    for run in runs:
        (run / "metrics").mkdir(parents=True)
        (run / "meta.yaml").write_text("status: 3\n")
        (run / "metrics" / "acc").write_text("1000 0.5 1\n")
    mlflow = find_importer(runs[0])
    assert identity(mlflow, runs[0], ".") == identity(mlflow, tmp_path / "y", "other")
    (runs[1] / "metrics" / "acc").rename(runs[1] / "metrics" / "loss")
    assert identity(mlflow, runs[0], ".") != identity(mlflow, runs[1], ".")
