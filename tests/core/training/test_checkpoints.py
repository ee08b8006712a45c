from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.errors import InputError, UnavailableError
from core.training.checkpoints import (
    Checkpoint,
    list_checkpoints,
    load_checkpoint,
    newest_checkpoint,
    restore,
    save_checkpoint,
)
from core.training.config import TrainingConfig
from core.training.loop import train
from core.training.optimiser import make_optimiser
from core.training.settings import digest
from tests.core.training.toy import ToyTask, toy_schedule

CONFIG = TrainingConfig(steps=60, batch_size=8, checkpoint_every=10, keep_checkpoints=3)


def points(folder: Path) -> list[Path]:
    list(train(CONFIG, ToyTask(CONFIG), toy_schedule(), checkpoints=folder))
    return list_checkpoints(folder)


def test_only_the_newest_are_kept(tmp_path: Path):
    assert [load_checkpoint(path).step for path in points(tmp_path)] == [60, 50, 40]
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("left", [0, 5, 100, -1])
def test_a_file_that_breaks_off_gives_way_to_the_one_before(left: int, tmp_path: Path):
    newest = points(tmp_path)[0]
    newest.write_bytes(newest.read_bytes()[:left])
    with pytest.raises(InputError, match="breaks off"):
        load_checkpoint(newest)
    found, skipped = newest_checkpoint(tmp_path)
    assert found is not None
    assert found.step == 50
    assert len(skipped) == 1
    assert newest.name in skipped[0]


def test_where_there_is_none_there_is_none(tmp_path: Path):
    assert newest_checkpoint(tmp_path / "nowhere") == (None, ())


def test_another_configuration_or_model_is_refused(tmp_path: Path):
    point = load_checkpoint(points(tmp_path)[0])
    other = replace(CONFIG, seed=1)
    task = ToyTask(other)
    with pytest.raises(InputError, match="configuration"):
        restore(point, digest(other), task.model, make_optimiser(task.model, other))
    with pytest.raises(InputError, match="configuration"):
        list(train(other, task, toy_schedule(), resume=point))
    wider = torch.nn.Linear(2, 2)
    with pytest.raises(InputError, match="parameters of this model"):
        restore(point, digest(CONFIG), wider, make_optimiser(wider, CONFIG))


def test_a_foreign_file_is_refused(tmp_path: Path):
    path = tmp_path / "step_000000001.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"format": "99"})
    with pytest.raises(InputError, match="format 99"):
        load_checkpoint(path)


def test_tied_parameters_and_every_number_survive(tmp_path: Path):
    one = torch.randn(3, dtype=torch.float64)
    tensors = {"model.a": one.clone(), "model.b": one.clone(), "random.cpu": torch.get_rng_state()}
    state = {"balance": {"weights": {"ce": 0.1 + 0.2}}}
    path = save_checkpoint(tmp_path, Checkpoint(7, "abc", tensors, state), keep=1)
    back = load_checkpoint(path)
    assert (back.step, back.digest, back.state) == (7, "abc", state)
    assert torch.equal(back.tensors["model.b"], one)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_lost(tmp_path: Path):
    points(tmp_path)
    before = [path.read_bytes() for path in list_checkpoints(tmp_path)]
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    point = load_checkpoint(list_checkpoints(tmp_path)[0])
    with pytest.raises(UnavailableError, match="cannot be written"):
        save_checkpoint(blocked, point, keep=1)
    (tmp_path / "step_000000099.part").mkdir()
    with pytest.raises(UnavailableError, match="cannot be written"):
        save_checkpoint(tmp_path, replace(point, step=99), keep=1)
    assert [path.read_bytes() for path in list_checkpoints(tmp_path)] == before


def test_a_damaged_checkpoint_of_a_later_step_does_not_outlive_a_good_one(tmp_path: Path):
    newest, before, _ = points(tmp_path)
    newest.write_bytes(b"")
    point = replace(load_checkpoint(before), step=55)
    save_checkpoint(tmp_path, point, keep=1)
    assert [load_checkpoint(path).step for path in list_checkpoints(tmp_path)] == [55]
