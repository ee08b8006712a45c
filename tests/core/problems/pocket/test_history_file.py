import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import UnavailableError
from core.events import Event, Measured
from core.history import History, collect_history
from core.importers.history_json import detect, read
from core.problems.pocket.config import LOSS_KINDS
from core.problems.pocket.history_file import (
    BEST_MODEL,
    HISTORY_FILE,
    history_columns,
    write_files,
)
from core.problems.pocket.model import FEATURES
from core.problems.running import run_folder
from core.runs.folder import CHECKPOINTS, new_run
from core.runs.launching import request_stop
from core.runs.reader import read_history, tail_log
from core.runs.status import read_status
from core.training.checkpoints import list_checkpoints, load_checkpoint
from core.training.settings import to_plain
from tests.core.problems.pocket.small import small

KEYS = ["train_loss", "val_loss", "val_cosine_similarity", "val_mse_loss", "learnable_weights",
        "config"]  # fmt: skip
LISTS = KEYS[:4]
EPOCHS, EPOCH_STEPS = 3, 6  # 28 training pockets in batches of at most 5


def made(**options: object) -> Path:
    return new_run("pocket", to_plain(small(**options)))


def trained(**options: object) -> Path:
    folder = made(**options)
    assert run_folder(folder) == "finished", tail_log(folder)
    return folder


def plain(folder: Path) -> dict:
    return json.loads((folder / HISTORY_FILE).read_text())


def after_step(step: int, act):
    """Act once, when the update behind a step was told."""

    def tell(event: Event) -> None:
        is_update = isinstance(event, Measured) and "train/total_loss" in event.values
        if is_update and event.step == step:
            act()

    return tell


@pytest.mark.parametrize("loss", LOSS_KINDS)
def test_the_file_has_the_keys_of_the_note_one_value_an_epoch_and_the_kind_of_loss(loss):
    told = plain(trained(loss_fn=loss))
    assert list(told) == KEYS
    assert {len(told[key]) for key in LISTS} == {EPOCHS}
    assert list(told["learnable_weights"]) == [f"{name}_weight" for name in FEATURES]
    assert {len(values) for values in told["learnable_weights"].values()} == {EPOCHS}
    assert told["config"]["loss_fn"] == loss
    assert told["config"]["output_dim"] == 16
    for one, other in zip(told["val_loss"], told["val_cosine_similarity"], strict=True):
        assert one + other == pytest.approx(1.0, abs=1e-12)


def test_one_term_alone_is_the_loss_that_the_file_names():
    assert plain(trained(loss_fn="mix", solo="mse", num_epochs=1))["config"]["loss_fn"] == "mse"


def test_every_value_is_that_of_its_epoch():
    folder = trained()
    told, history = plain(folder), read_history(folder)
    losses = dict(zip(*(getattr(history.series["train/total_loss"], part).tolist()
                        for part in ("step", "value")), strict=True))  # fmt: skip
    assert sorted(losses) == list(range(EPOCHS * EPOCH_STEPS))
    for epoch in range(EPOCHS):
        total = 0.0
        for step in range(epoch * EPOCH_STEPS, (epoch + 1) * EPOCH_STEPS):
            total += losses[step]
        assert told["train_loss"][epoch] == pytest.approx(total / EPOCH_STEPS, rel=1e-12)
    ends = [EPOCH_STEPS, 2 * EPOCH_STEPS, 3 * EPOCH_STEPS]
    for key, metric in (
        ("val_loss", "val/cosine_loss"),
        ("val_cosine_similarity", "val/avg_cosine_similarity"),
        ("val_mse_loss", "val/mse_loss"),
    ):
        series = history.series[metric]
        assert series.step.tolist() == [0, *ends]
        assert told[key] == series.value[1:].tolist()
    told_weights = told["learnable_weights"]["distance_weight"]
    assert told_weights == history.series["model/distance_weight"].value[1:].tolist()
    assert len({*told_weights, 1.0}) == EPOCHS + 1  # they are learnt


# In the middle of an epoch, at its end, and right behind it; once more, and twice.
@pytest.mark.parametrize("stops", [[3], [6], [7], [4, 13]])
def test_the_file_of_a_stopped_and_resumed_run_is_that_of_the_unbroken_one(stops: list[int]):
    options = {"patience": 4, "plateau_patience": 1, "learning_rate": 0.02}
    folder = made(**options)
    for stop in stops:
        ended = run_folder(folder, tell=after_step(stop - 1, lambda: request_stop(folder)))
        assert ended == "stopped"
        # Who stops at the end of an epoch has not evaluated it yet.
        assert {len(plain(folder)[key]) for key in LISTS} == {(stop - 1) // EPOCH_STEPS}
    assert run_folder(folder) == "finished"
    whole = trained(**options)
    assert (folder / HISTORY_FILE).read_text() == (whole / HISTORY_FILE).read_text()
    paths = [run / CHECKPOINTS / "best.safetensors" for run in (folder, whole)]
    ours, theirs = (load_checkpoint(path) for path in paths)
    assert ours.step == theirs.step
    for name in theirs.tensors:
        assert np.array_equal(ours.tensors[name].numpy(), theirs.tensors[name].numpy()), name


def test_a_stop_before_the_first_epoch_leaves_empty_lists():
    folder = made()
    run_folder(folder, tell=after_step(1, lambda: request_stop(folder)))
    told = plain(folder)
    assert [told[key] for key in LISTS] == [[], [], [], []]


def test_the_importer_reads_the_file_back_value_by_value():
    for loss in LOSS_KINDS:
        folder = trained(loss_fn=loss)
        path, history = folder / HISTORY_FILE, read_history(folder)
        assert detect(path)
        back = collect_history(read(path))
        assert back.last_step == EPOCHS
        for metric in ("val/cosine_loss", "val/avg_cosine_similarity", "val/mse_loss",
                       "model/element_weight"):  # fmt: skip
            assert back.series[metric].step.tolist() == [1, 2, 3]
            assert back.series[metric].value.tolist() == history.series[metric].value[1:].tolist()
        assert back.series["train/total_loss"].value.tolist() == plain(folder)["train_loss"]


def test_the_output_folder_gets_the_history_and_the_best_model(tmp_path: Path):
    out = tmp_path / "models" / "test_cosine_loss"
    folder = trained(output_dir=str(out))
    assert {path.name for path in out.iterdir()} == {HISTORY_FILE, BEST_MODEL}
    assert (out / HISTORY_FILE).read_bytes() == (folder / HISTORY_FILE).read_bytes()
    losses = plain(folder)["val_loss"]
    best = load_checkpoint(out / BEST_MODEL)
    first = float(read_history(folder).series["val/cosine_loss"].value[0])
    assert best.step == EPOCH_STEPS * int(np.argmin([first, *losses]))


def test_without_an_output_folder_the_run_folder_alone_has_them(tmp_path: Path):
    folder = trained()
    assert (folder / HISTORY_FILE).is_file()
    assert not list(tmp_path.glob("*.json"))


def test_an_output_folder_that_cannot_be_written_fails_in_words_and_the_history_stays(
    tmp_path: Path,
):
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "models"
    folder = made(output_dir=str(out))
    assert run_folder(folder) == "failed"
    status = read_status(folder)
    assert f"The output folder {out} cannot be written" in status.message
    assert str(folder) in status.message
    assert len(plain(folder)["val_loss"]) == EPOCHS
    assert list_checkpoints(folder / CHECKPOINTS)
    with pytest.raises(UnavailableError):
        write_files(folder, small(output_dir=str(out)))


def test_a_run_folder_that_cannot_be_written_is_said(tmp_path: Path):
    folder = trained()
    (folder / HISTORY_FILE).unlink()
    (folder / HISTORY_FILE).mkdir()
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_files(folder, small())


def test_a_history_without_measurements_is_written_with_its_keys():
    told = history_columns(History())
    assert list(told) == KEYS
    assert [told[key] for key in KEYS[:5]] == [[], [], [], [], {}]
