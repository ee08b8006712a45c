import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputError, UnavailableError
from core.events import Event, Measured
from core.history import History
from core.problems import experiments, running
from core.problems.running import queue_device, run_folder
from core.runs.folder import CHECKPOINTS, new_run
from core.runs.launching import request_stop
from core.runs.queue import turn
from core.runs.reader import read_history, tail_log
from core.runs.status import read_status
from core.training import device as devices
from core.training.checkpoints import Checkpoint, list_checkpoints, save_checkpoint
from tests.core.problems.toy_experiment import SMALL, TOY
from tests.core.training.toy import ToyTask

CLOCKS = ("train/steps_per_s", "train/memory_mb")


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", TOY)


def made(**changes: object) -> Path:
    return new_run("toy", SMALL | changes)


def values(history: History) -> dict[str, tuple[list[int], list[float]]]:
    return {
        name: (series.step.tolist(), series.value.tolist())
        for name, series in history.series.items()
        if name not in CLOCKS
    }


def at_step(step: int, act) -> object:
    """Act once, when the measurement of a step was written."""

    def tell(event: Event) -> None:
        if (
            isinstance(event, Measured)
            and event.step == step
            and "train/total_loss" in event.values
        ):
            act()

    return tell


def test_a_run_is_written_and_finishes() -> None:
    folder = made()
    told: list[Event] = []
    assert run_folder(folder, tell=told.append) == "finished"
    status = read_status(folder)
    assert (status.state, status.step, status.total_steps) == ("finished", 60, 60)
    history = read_history(folder)
    assert len(history.series["train/near/share"]) == 60
    assert [stage.stage for stage in history.stages] == ["1", "2", "3"]
    assert history.recorded["by_output"] == (0, 20, 40, 60)
    assert history.started is not None
    assert history.started.experiment == "toy"
    assert len(list_checkpoints(folder / CHECKPOINTS)) == 2
    assert len(told) > 60


@pytest.mark.parametrize("stop_at", [13, 39, 40])
def test_stopped_and_resumed_is_the_unbroken_run(stop_at: int) -> None:
    whole, broken = made(), made()
    run_folder(whole)
    ended = run_folder(broken, tell=at_step(stop_at - 1, lambda: request_stop(broken)))
    assert (ended, read_status(broken).state) == ("stopped", "stopped")
    assert read_status(broken).step == stop_at
    assert run_folder(broken) == "finished"
    assert values(read_history(broken)) == values(read_history(whole))
    assert read_history(broken).starts == (0, stop_at)


def test_the_first_signal_stops_at_the_next_step() -> None:
    folder = made()
    before = signal.getsignal(signal.SIGTERM)
    ended = run_folder(folder, tell=at_step(30, lambda: os.kill(os.getpid(), signal.SIGTERM)))
    assert (ended, read_status(folder).step) == ("stopped", 31)
    assert signal.getsignal(signal.SIGTERM) is before
    assert run_folder(folder) == "finished"


def test_a_request_before_its_turn_ends_the_wait() -> None:
    folder = made()
    request_stop(folder)
    assert run_folder(folder) == "stopped"
    assert read_history(folder).started is None
    assert run_folder(folder) == "finished"


def test_two_trainers_cannot_have_one_folder() -> None:
    folder = made()
    with turn("other", folder), pytest.raises(UnavailableError):
        run_folder(folder)


@pytest.mark.parametrize(
    ("experiment", "changes", "words"),
    [
        (
            "tooy",
            {},
            "one of peptide, pocket, molecule, sidechain, sidechain_diffusion, toy, came tooy",
        ),
        ("toy", {"stepz": 3}, "stepz: expected one of the options"),
        ("toy", {"batch_size": 0}, "batch_size: expected 1 to 1,024, came 0"),
        ("toy", {"targets": {"ce": [1, 2]}}, "targets: expected the terms near, far, third"),
        ("toy", {"device": "cuda"}, "The device cuda is not there; this machine has cpu."),
    ],
)
def test_what_cannot_be_trained_fails_in_words(
    experiment: str, changes: dict, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(devices.torch.backends.mps, "is_available", lambda: False)
    folder = new_run(experiment, SMALL | changes)
    assert run_folder(folder) == "failed"
    status = read_status(folder)
    assert status.state == "failed"
    assert words in status.message
    assert "Traceback" not in status.message
    ended = read_history(folder).ended
    assert ended is not None
    assert words in ended.text


def test_an_error_of_the_program_fails_with_its_traceback_in_the_log_only(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    plain_batch = ToyTask.batch

    def batch(self, step, stage):
        return plain_batch(self, step, stage) if step != 33 else {}["nothing"]

    monkeypatch.setattr(ToyTask, "batch", batch)
    folder = made()
    assert run_folder(folder) == "failed"
    status = read_status(folder)
    assert (status.state, status.step, status.message) == ("failed", 32, "KeyError: 'nothing'")
    assert "Traceback" in tail_log(folder, 100)
    assert capfd.readouterr().err == ""
    # Nothing is lost: what was measured is there, and the run goes on once the fault is mended.
    assert len(read_history(folder).series["train/total_loss"]) == 33
    monkeypatch.setattr(ToyTask, "batch", plain_batch)
    whole = made()
    assert (run_folder(folder), run_folder(whole)) == ("finished", "finished")
    assert values(read_history(folder)) == values(read_history(whole))


def test_nan_diverges_and_keeps_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(TOY, build=lambda config, device: ToyTask(config, break_at=45))
    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", broken)
    folder = made()
    assert run_folder(folder) == "diverged"
    assert (read_status(folder).state, read_status(folder).step) == ("diverged", 45)
    assert "Third is NaN" in read_status(folder).message
    assert np.isnan(read_history(folder).series["train/third/raw"].value[-1])


def test_a_checkpoint_that_breaks_off_gives_way_with_a_note() -> None:
    folder = made()
    run_folder(folder, tell=at_step(37, lambda: request_stop(folder)))
    newest = list_checkpoints(folder / CHECKPOINTS)[0]
    newest.write_bytes(newest.read_bytes()[:-7])
    assert run_folder(folder) == "finished"
    history = read_history(folder)
    assert history.starts == (0, 30)
    assert "breaks off" in history.notes[0].text
    whole = made()
    run_folder(whole)
    assert values(history) == values(read_history(whole))


def test_a_checkpoint_of_another_configuration_is_refused() -> None:
    first, second = made(), made(seed=1)
    run_folder(first)
    newest = list_checkpoints(first / CHECKPOINTS)[0]
    (second / CHECKPOINTS / newest.name).write_bytes(newest.read_bytes())
    assert run_folder(second) == "failed"
    assert "expected the configuration" in read_status(second).message


def test_a_checkpoint_that_cannot_be_written_fails_in_words() -> None:
    folder = made()
    (folder / CHECKPOINTS).rmdir()
    (folder / CHECKPOINTS).write_text("in the way")
    assert run_folder(folder) == "failed"
    assert "checkpoint of step 0 cannot be written" in read_status(folder).message


def test_a_folder_without_its_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        run_folder(tmp_path)


def test_threads_of_the_configuration_are_used() -> None:
    before = torch.get_num_threads()
    try:
        folder = made(threads=2)
        run_folder(folder)
        started = read_history(folder).started
        assert started is not None
        assert started.facts["threads"] == "2"
    finally:
        torch.set_num_threads(before)


def test_the_queue_of_auto_is_guessed_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.shutil, "which", lambda _: "/usr/bin/nvidia-smi")
    assert queue_device("auto") == "cuda"
    monkeypatch.setattr(running.shutil, "which", lambda _: None)
    monkeypatch.setattr(running.Path, "exists", lambda _: False)
    monkeypatch.setattr(running.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(running.platform, "machine", lambda: "arm64")
    assert queue_device("auto") == "mps"
    monkeypatch.setattr(running.platform, "system", lambda: "Linux")
    assert (queue_device("auto"), queue_device("cuda")) == ("cpu", "cuda")


def test_waiting_and_the_command_line_do_without_torch(root: Path) -> None:
    program = "import sys, core.__main__, core.problems.running; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_what_was_measured_is_on_disk_before_a_checkpoint_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = made(eval_every=60)
    seen: list[tuple[int, int]] = []

    def save(place: Path, point: Checkpoint, *, keep: int) -> Path:
        seen.append((point.step, len(read_history(folder).series["train/total_loss"])))
        return save_checkpoint(place, point, keep=keep)

    monkeypatch.setattr("core.training.loop.save_checkpoint", save)
    assert run_folder(folder) == "finished"
    assert seen == [(step, step) for step in (10, 20, 30, 40, 50, 60)]


def test_a_run_whose_checkpoints_are_gone_begins_again_and_says_so() -> None:
    folder = made()
    run_folder(folder, tell=at_step(37, lambda: request_stop(folder)))
    for path in list_checkpoints(folder / CHECKPOINTS):
        path.unlink()
    assert run_folder(folder) == "finished"
    history = read_history(folder)
    assert history.starts == (0, 0)
    assert [note.text for note in history.notes] == [
        "There is no checkpoint to go on from: training begins again at step 0. "
        "What was measured up to step 38 is told anew."
    ]


def test_a_resume_that_fails_at_once_keeps_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made()
    run_folder(folder, tell=at_step(37, lambda: request_stop(folder)))
    monkeypatch.delitem(experiments.EXPERIMENTS, "toy")
    assert run_folder(folder) == "failed"
    assert read_status(folder).step == 38
    ended = read_history(folder).ended
    assert ended is not None
    assert ended.step == 38
