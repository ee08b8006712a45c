"""What every importer owes the run folder, whatever the format."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.events import Measured, RunEnded, RunStarted
from core.history import collect_history
from core.importers.importers import IMPORTERS, Importer
from core.runs.folder import new_run
from core.runs.reader import read_history
from core.runs.writer import RunWriter


def history_json() -> bytes:
    history = {
        "train_loss": [1.0, 0.5, float("nan")],
        "val_loss": [0.9, 0.8, 0.7],
        "val_cosine_similarity": [0.1, 0.2, 0.3],
        "epoch": [1, 3, 2],
    }
    return json.dumps(history).encode()


SAMPLES: dict[str, Callable[[], bytes]] = {"history_json": history_json}


@pytest.fixture(params=IMPORTERS.values(), ids=list(IMPORTERS))
def importer(request: pytest.FixtureRequest) -> Importer:
    return request.param


@pytest.fixture
def sample(importer: Importer, tmp_path: Path) -> Path:
    path = tmp_path / f"sample{importer.suffixes[0]}"
    path.write_bytes(SAMPLES[importer.name]())
    return path


def test_every_importer_has_a_sample_a_title_and_its_name():
    assert set(SAMPLES) == set(IMPORTERS)
    for name, importer in IMPORTERS.items():
        assert importer.name == name
        assert importer.title
        assert all(suffix.startswith(".") for suffix in importer.suffixes)


def test_a_run_starts_ascends_and_ends(importer: Importer, sample: Path):
    events = list(importer.read(sample))
    assert isinstance(events[0], RunStarted)
    assert events[0].experiment == importer.name
    assert isinstance(events[-1], RunEnded)
    assert sum(isinstance(event, RunStarted | RunEnded) for event in events) == 2
    steps = [event.step for event in events]
    assert steps == sorted(steps)
    measured = [event.step for event in events if isinstance(event, Measured)]
    assert measured
    assert len(set(measured)) == len(measured)


def test_it_detects_its_own_sample_and_no_other(importer: Importer, sample: Path, tmp_path: Path):
    assert importer.detect(sample)
    other = tmp_path / f"other{importer.suffixes[0]}"
    generator = np.random.default_rng(0)
    for content in (generator.bytes(10_000), b"", b"{", b"{}", b"step,loss\n1,0.5\n", b"[1, 2]"):
        other.write_bytes(content)
        assert not importer.detect(other)
    assert not importer.detect(tmp_path / "absent")
    for name, make in SAMPLES.items():
        other.write_bytes(make())
        assert importer.detect(other) == (name == importer.name)


def test_what_it_tells_survives_the_run_folder(importer: Importer, sample: Path, tmp_path: Path):
    told = collect_history(importer.read(sample))
    assert told.started is not None
    folder = new_run(importer.name, told.started.config, folder=tmp_path / "run")
    with RunWriter(folder) as writer:
        for event in importer.read(sample):
            writer.write(event)
    kept = read_history(folder)
    assert kept.started == told.started
    assert kept.ended == told.ended
    assert set(kept.series) == set(told.series)
    for key, series in told.series.items():
        assert kept.series[key].step.tolist() == series.step.tolist()
        assert np.array_equal(kept.series[key].value, series.value, equal_nan=True)
