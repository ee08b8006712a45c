"""The examples, run as they stand."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.follow.running import begin_following
from core.runs.folder import run_folders
from core.runs.launching import launch, request_stop, signal_stop
from core.runs.reader import read_history
from core.runs.status import read_status
from tests.core.runs.stories import eventually

ROOT = Path(__file__).resolve().parents[3]


def test_a_plain_script_logs_terms_and_their_gradient_shares():
    script = ROOT / "examples" / "plain_torch.py"
    subprocess.run([sys.executable, str(script), "60"], cwd=ROOT, check=True, timeout=120)
    (folder,) = [path for path, is_sample in run_folders() if not is_sample]
    assert (read_status(folder).state, read_status(folder).step) == ("finished", 59)
    history = read_history(folder)
    assert history.terms == ("fit", "smooth")
    assert [stage.step for stage in history.stages] == [0, 30]
    series = history.series
    total = series["train/fit/weighted"].value + series["train/smooth/weighted"].value
    np.testing.assert_allclose(series["train/total_loss"].value, total)
    assert series["train/total_loss"].value[-1] < series["train/total_loss"].value[0]
    assert series["train/fit/gradient_share"].step.tolist() == [0, 20, 40]
    sums = [series[f"train/{term}/gradient_share"].value for term in history.terms]
    np.testing.assert_allclose(sum(sums), 100.0)


def test_a_script_that_writes_for_tensorboard_is_followed_while_it_runs(tmp_path: Path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    logs = tmp_path / "logs"
    script = ROOT / "examples" / "tensorboard_script.py"
    words = [sys.executable, str(script), str(logs), "700"]
    with subprocess.Popen(words, cwd=ROOT) as trainer:
        eventually(lambda: logs.is_dir() and any(logs.iterdir()), 60.0)
        folder = begin_following(logs)
        launch(folder)
        try:
            eventually(lambda: "train/total_loss" in read_history(folder).series)
            assert trainer.poll() is None, "it was over before anything was seen"
            assert trainer.wait(120) == 0
            eventually(lambda: len(read_history(folder).series["train/total_loss"]) == 700)
        finally:
            request_stop(folder)
            eventually(lambda: not read_status(folder).is_active)
            signal_stop(folder, force=read_status(folder).is_active)
    series = read_history(folder).series
    assert series["train/total_loss"].step.tolist() == list(range(700))
    assert set(series["train/learning_rate"].value) == {float(np.float32(0.05))}
    assert series["train/total_loss"].value[-1] < 0.01 * series["train/total_loss"].value[0]
