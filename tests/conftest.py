"""What every test may use: the repository's root and the real data beside it."""

import os
from collections.abc import Callable
from pathlib import Path

# Before torch is imported: threads that spin while they wait take the cores from one another.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch
from filelock import FileLock

# Tests run side by side, one a core: a second thread each would only make them wait.
torch.set_num_threads(1)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("shared/data is absent: the real files stand beside the project")
    return folder


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test writes its run-time state into a folder of its own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(folder))
    return folder


@pytest.fixture
def made_data(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], FileLock]:
    """Give all tests that ask for it, of all workers, one state folder: data are made once there.

    Returns:
        The lock that is held while the data of an experiment are made.
    """
    folder = tmp_path_factory.getbasetemp().parent / "made_data"
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(folder))
    return lambda experiment: FileLock(f"{folder}-{experiment}.lock")
