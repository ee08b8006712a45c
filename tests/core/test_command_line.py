import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import InputError, UnavailableError
from core.problems import experiments
from core.problems.command_words import runs_of_words
from core.problems.peptide.balance import note_schedule
from core.runs.folder import edit_meta, find_run, new_run, read_config, read_meta, runs_home
from core.runs.index import list_runs
from core.runs.launching import delete_run, launch, signal_stop, stop_requested
from core.runs.reader import read_history
from core.runs.status import read_status
from core.training import schedule_text
from tests.core.problems.toy_experiment import SMALL, TOY
from tests.core.training.toy import toy_schedule

WORDS = [
    word for key, value in SMALL.items() for word in (f"--{key.replace('_', '-')}", str(value))
]
TINY = {"steps": 40, "batch_size": 4, "width": 8, "recursions": 1, "checkpoint_every": 5,
        "eval_every": 40, "device": "cpu", "threads": 1}  # fmt: skip


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", TOY)


def own_runs() -> list[Path]:
    return sorted(runs_home().iterdir())


def test_training_makes_a_run_and_tells_a_line_an_evaluation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "toy", *WORDS, "--name", "first", "--learning_rate", "2e-3"]) == 0
    (folder,) = own_runs()
    assert read_status(folder).state == "finished"
    assert read_meta(folder).name == "first"
    assert read_config(folder).config["learning_rate"] == 2e-3
    lines = capsys.readouterr().out.splitlines()
    assert folder.name in lines[0]
    assert [line.split(":")[0] for line in lines if "val_easy" in line] == [
        "step 0", "step 20", "step 40", "step 60",
    ]  # fmt: skip
    assert lines[-1] == "step 60: finished."


NOTE = ["--num_epochs", "1", "--batch_size", "4", "--lr", "1e-3", "--output_dim", "32"]
TWIN = ["--ligands", "40", "--width", "16", "--layers", "1", "--device", "cpu"]


def test_the_quick_test_of_the_cosine_note_prints_what_the_note_expects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "test_cosine_loss"
    assert main(["train", "pocket", *NOTE, *TWIN, "--output_dir", str(out)]) == 0
    (folder,) = own_runs()
    lines = capsys.readouterr().out.splitlines()
    numbers = r"Val Cosine Loss: \d\.\d{4}, Val Cosine Sim: -?\d\.\d{4}, Val MSE: \d\.\d{4}"
    expected = ("Epoch 1/1", r"Train Loss: \d\.\d{4}", numbers, r"Learning Rate: \d\.\d{2}e-\d{2}")
    at = lines.index("Epoch 1/1")
    for pattern, line in zip(expected, lines[at:], strict=False):
        assert re.fullmatch(pattern, line), line
    assert re.fullmatch(numbers, lines[lines.index("Epoch 0/1") + 1])
    assert lines[-1] == "step 7: finished."
    history = read_history(folder)
    losses = history.series["train/total_loss"].value
    assert lines[at + 1] == f"Train Loss: {sum(losses) / len(losses):.4f}"
    assert lines[at + 3] == f"Learning Rate: {history.series['train/learning_rate'].value[-1]:.2e}"
    told = json.loads((out / "training_history.json").read_text())
    assert lines[at + 2] == (
        f"Val Cosine Loss: {told['val_loss'][0]:.4f}, "
        f"Val Cosine Sim: {told['val_cosine_similarity'][0]:.4f}, "
        f"Val MSE: {told['val_mse_loss'][0]:.4f}"
    )
    assert told["config"]["output_dim"] == 32
    assert {path.name for path in out.iterdir()} == {
        "training_history.json", "best_model.safetensors",
    }  # fmt: skip


def test_both_spellings_of_an_option_of_the_cosine_note_are_taken() -> None:
    told = []
    for words in (NOTE, [word.replace("_", "-") for word in NOTE]):
        (folder,) = runs_of_words(["pocket", *words], ArgumentParser())
        told.append(read_config(folder).config)
    assert told[0] == told[1]
    assert (told[0]["num_epochs"], told[0]["learning_rate"]) == (1, 1e-3)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--embeddings_path", "nowhere.h5"], "embeddings_path: expected a file that is there"),
        (["--batch_size", "1"], "batch_size: expected 2 to 1,024, came 1"),
        (["--loss_fn", "mae"], "loss_fn: expected one of cosine, mse, mix, info_nce"),
        (["--structures", "nowhere"], "structures: expected a folder that is there"),
        (["--num_epochs", "0"], "num_epochs: expected 1 to"),
    ],
)
def test_what_is_wrong_with_a_pocket_run_is_one_line_and_makes_nothing(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "pocket", *words]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.err.count("\n") == 1
    assert own_runs() == []


def test_files_that_cannot_be_used_are_refused_before_a_run_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, empty, file = tmp_path / "vectors.h5", tmp_path / "empty", tmp_path / "file"
    broken.write_bytes(b"no HDF5")
    empty.mkdir()
    file.write_text("")
    for option, path, says in (
        ("embeddings_path", broken, "vectors.h5: expected a whole HDF5 file"),
        ("structures", empty, "expected structure files (.pdb"),
        ("output_dir", file / "inside", f"The output folder {file / 'inside'} cannot be written"),
    ):
        assert main(["train", "pocket", *NOTE, *TWIN, f"--{option}", str(path)]) == 2
        told = capsys.readouterr().err
        assert says in told
        assert told.count("\n") == 1
    assert own_runs() == []


def test_a_file_that_breaks_later_fails_the_run_and_the_list_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ligand_embeddings_256d.h5"
    path.write_bytes(b"no HDF5")
    folder = new_run("pocket", {"embeddings_path": str(path), "device": "cpu", "threads": 1})
    assert main(["run", str(folder)]) == 2
    told = capsys.readouterr()
    says = "ligand_embeddings_256d.h5: expected a whole HDF5 file"
    assert says in told.err
    assert told.err.count("\n") == 1
    assert says not in told.out  # told once
    assert main(["list"]) == 0
    assert f"failed          0  : {says}" in capsys.readouterr().out


def test_a_listener_that_goes_away_does_not_end_the_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_text: str) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("sys.stdout.write", broken)
    assert main(["train", "toy", *WORDS, "--steps", "6"]) == 0
    assert read_status(own_runs()[0]).state == "finished"


def test_a_schedule_file_and_targets_are_read(tmp_path: Path) -> None:
    schedule = toy_schedule(30).without_stage("2")
    path = tmp_path / "mine.yaml"
    path.write_text(schedule_text.to_yaml(schedule))
    targets = '{"near": [60, 70], "far": [10, 30], "third": [10, 20]}'
    words = ["--schedule", str(path), "--targets", targets, "--balancing", "targets"]
    assert main(["train", "toy", *WORDS, *words]) == 0
    history = read_history(own_runs()[0])
    assert [stage.stage for stage in history.stages] == ["1", "3"]
    assert history.started is not None
    assert history.started.targets["far"] == (10.0, 30.0)


def test_who_brings_a_schedule_means_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(schedule_text.to_yaml(note_schedule()))
    words = ["peptide", "--schedule", str(path)]
    for more, expected in ([], "schedule"), (["--balancing", "targets"], "targets"):
        (folder,) = runs_of_words([*words, *more], ArgumentParser())
        assert read_config(folder).config["balancing"] == expected
    (folder,) = runs_of_words(["peptide"], ArgumentParser())
    assert read_config(folder).config["balancing"] == "targets"


def test_solo_all_trains_every_term_alone_in_one_group() -> None:
    assert main(["train", "toy", *WORDS, "--steps", "6", "--solo", "all", "--name", "who"]) == 0
    metas = [read_meta(folder) for folder in own_runs()]
    assert {meta.name for meta in metas} == {
        "who near alone", "who far alone", "who third alone",
    }  # fmt: skip
    assert len({meta.group for meta in metas}) == 1
    assert metas[0].group
    assert {read_config(folder).config["solo"] for folder in own_runs()} == {
        "near", "far", "third",
    }  # fmt: skip
    assert [read_status(folder).state for folder in own_runs()] == ["finished"] * 3


def test_a_sweep_and_a_preset_make_their_runs_in_one_group() -> None:
    swept = runs_of_words(["toy", *WORDS, "--sweep", "seed=0..2"], ArgumentParser())
    assert [read_config(folder).config["seed"] for folder in swept] == [0, 1, 2]
    assert {read_meta(folder).group for folder in swept} != {""}
    assert [read_meta(folder).name for folder in swept] == ["seed 0", "seed 1", "seed 2"]
    chain = runs_of_words(["molecule", "--preset", "progressive", "--seed", "4"], ArgumentParser())
    assert len({read_meta(folder).group for folder in chain}) == 1
    assert {read_config(folder).config["seed"] for folder in chain} == {4}
    assert read_config(chain[2]).config["resume_from"] == chain[1].name
    with pytest.raises(InputError, match="preset: expected one of cold-start"):
        runs_of_words(["molecule", "--preset", "hot"], ArgumentParser())


def test_who_stops_one_solo_run_stops_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.problems.running.stop_requested", lambda _: True)
    assert main(["train", "toy", *WORDS, "--solo", "all"]) == 0
    told = sorted((read_status(folder).state, read_status(folder).message) for folder in own_runs())
    assert [state for state, _ in told] == ["stopped"] * 3
    assert [text.startswith("Not begun") for _, text in told].count(True) == 2


def test_solo_runs_that_come_later_are_in_hand_and_not_taken_up_by_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[list[str]] = []

    def look(folder: Path, tell: object) -> str:
        seen.append(sorted(read_status(other).message for other in own_runs() if other != folder))
        with pytest.raises(UnavailableError, match="has it in hand"):
            delete_run(next(other for other in own_runs() if other != folder))
        # The process is this one: a signal meant for a later run must not end the first.
        assert not any(signal_stop(other) for other in own_runs() if other != folder)
        raise UnavailableError("no disk")

    monkeypatch.setattr("core.problems.running.run_folder", look)
    assert main(["train", "toy", *WORDS, "--solo", "all"]) == 2
    assert seen == [["Waits for the runs that were started with it."] * 2]
    assert sorted(read_status(folder).state for folder in own_runs()) == [
        "queued", "stopped", "stopped",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["train"],
            "experiment: expected one of peptide, pocket, molecule, sidechain, "
            "sidechain_diffusion, toy",
        ),
        (["train", "toy", "--steps", "many"], "--steps: expected a whole number, came many"),
        (["train", "toy", "--steps", "0"], "steps: expected 1 to"),
        (["train", "toy", "--steps", "2"], "steps: expected at least one for each of 3"),
        (["train", "toy", "--stepz", "3"], "unrecognized arguments"),
        (["train", "toy", "--schedule", "nowhere.yaml"], "--schedule: expected a text file"),
        (["train", "toy", "--targets", "{"], "--targets: expected JSON"),
        (["run", "nowhere"], "config.json"),
        (["resume", "nowhere"], "run: expected the id of one run"),
        (["stop", "nowhere"], "run: expected the id of one run"),
        (["delete", "nowhere"], "run: expected the id of one run"),
        (["jump"], "invalid choice"),
        (["train", "toy", "--targets", '{"far": [1, 2], "foo": [1, 2]}'], "targets: expected"),
        ([], "command"),
    ],
)
def test_what_is_wrong_is_one_line_and_makes_nothing(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.err.count("\n") == 1
    assert own_runs() == []


def test_what_one_can_mend_stands_in_the_log_without_a_traceback() -> None:
    folder = new_run("peptide", TINY | {"width": -1})
    launch(folder)
    wait_for(folder, lambda status: status.state == "failed")
    told = (folder / "log.txt").read_text()
    assert "width" in told
    assert "Traceback" not in told


def test_a_failed_run_says_why_and_a_diverged_one_is_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main(["train", "toy", *WORDS, "--device", "cuda"]) == 2
    assert capsys.readouterr().err.startswith("The device cuda is not there")
    assert main(["train", "toy", *WORDS, "--learning-rate", "1", "--clip-norm", "1e9"]) in (0, 1)


def test_a_run_in_the_archive_is_listed_only_where_it_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = new_run("toy", SMALL, name="away")
    edit_meta(folder, archived=True)
    assert main(["list"]) == 0
    told = capsys.readouterr().out
    assert folder.name not in told
    assert "1 more in the archive: add --archived" in told
    assert main(["list", "--archived"]) == 0
    assert folder.name in capsys.readouterr().out


def test_runs_are_listed_stopped_deleted_and_their_index_rebuilt(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = new_run("toy", SMALL, name="waits")
    assert main(["list"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if folder.name in line]
    assert "queued" in line
    assert "waits" in line
    assert main(["stop", folder.name]) == 0
    assert stop_requested(folder)
    assert main(["run", str(folder)]) == 0
    assert read_status(folder).state == "stopped"
    assert main(["stop", folder.name]) == 2
    assert main(["resume", folder.name[:-2]]) == 0
    assert read_status(folder).state == "finished"
    assert main(["rebuild"]) == 0
    assert [row.state for row in list_runs() if row.id == folder.name] == ["finished"]
    before = (folder / "events.jsonl").read_bytes()
    assert main(["resume", folder.name]) == 2
    assert (folder / "events.jsonl").read_bytes() == before
    capsys.readouterr()
    assert main(["delete", folder.name]) == 2
    assert main(["delete", folder.name[:-2], "--yes"]) == 2
    assert folder.is_dir()
    assert "Add --yes" in capsys.readouterr().err
    assert folder.exists()
    assert main(["delete", folder.name, "--yes"]) == 0
    assert not folder.exists()


def wait_for(folder: Path, reached, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not reached(read_status(folder)):
        assert time.monotonic() < end, (read_status(folder), (folder / "log.txt").read_text())
        time.sleep(0.05)


def test_a_killed_process_resumes_and_a_signalled_one_stops(root: Path) -> None:
    """The real thing, in processes of its own: kill -9, resume by launch, SIGTERM, resume."""
    folder = new_run("peptide", TINY | {"steps": 2000})
    pid = launch(folder)
    wait_for(folder, lambda status: status.step >= 12)
    os.kill(pid, signal.SIGKILL)
    wait_for(folder, lambda status: status.state == "killed")
    launch(folder, resume=True)
    wait_for(folder, lambda _: len(read_history(folder).starts) == 2)
    again = read_history(folder).starts[1]
    assert again % 5 == 0
    assert again > 0
    wait_for(folder, lambda status: status.state == "running" and status.step > again)
    os.kill(read_status(folder).pid, signal.SIGTERM)
    wait_for(folder, lambda status: status.state == "stopped")
    done = subprocess.run(
        [sys.executable, "-m", "core", "list"], cwd=root, capture_output=True, text=True, check=True
    )
    assert f"{folder.name}  stopped" in done.stdout
    assert find_run(folder.name) == folder
