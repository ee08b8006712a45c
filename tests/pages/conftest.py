"""Opening a page as a reader does, without a browser."""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.runs import folder as folders
from tests.pages import opening
from tests.pages.opening import index_of_samples
from tests.pages.planted import Planted, plant

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def samples_are_known(state_folder: Path) -> None:
    """Let every test begin with an index that holds the samples, as on a second start."""
    state_folder.mkdir()
    (state_folder / "index.sqlite").write_bytes(index_of_samples())


@pytest.fixture
def open_page():
    """Give a function that opens a page with values in its address."""

    def opened(name: str, **query: str | list[str]) -> AppTest:
        return opening.open_page(f"pages/{name}.py", **query)

    return opened


@pytest.fixture
def metric():
    """Give a function that reads the value of a metric by its label."""

    def value(app: AppTest, label: str) -> str:
        return next(m.value for m in app.metric if m.label == label)

    return value


@pytest.fixture
def trace():
    """Give a function that reads a named trace of the chart with an alt text that begins so."""

    def found(app: AppTest, alt: str, name: str) -> dict:
        chart = next(c for c in app.get("plotly_chart") if c.proto.alt.startswith(alt))
        return next(t for t in json.loads(chart.proto.spec)["data"] if t.get("name") == name)

    return found


@pytest.fixture
def decode():
    """Give a function that reads an axis of a trace: plotly packs arrays as base64."""

    def numbers(values: object) -> np.ndarray:
        if isinstance(values, dict):
            return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        return np.array(values, dtype=float)

    return numbers


@pytest.fixture
def no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the runs of the repository out: what is seen is what a test has planted."""
    monkeypatch.setattr(folders, "SAMPLE_RUNS", tmp_path / "samples")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Train pocket runs once for all pages."""
    home = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(home))
        return plant(home)


@pytest.fixture
def planted(trained: Planted, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Open the pages on the runs that were trained; nothing may be written there."""
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(trained.home))
    return trained


@pytest.fixture
def copied(trained: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Give a copy of the runs that may be damaged."""
    home = tmp_path / "copy"
    shutil.copytree(trained.home, home)
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(home))
    moved = [home / path.relative_to(trained.home) for path in trained.every]
    return Planted(home, tuple(moved[:-1]), moved[-1])
