"""What every importer owes the run folder, whatever the format."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event as ProtoEvent
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from core.errors import InputError
from core.events import Measured, RunEnded, RunStarted
from core.history import collect_history
from core.importers.importers import IMPORTERS, Importer, find_importer
from core.importers.preview import preview
from core.runs.folder import new_run
from core.runs.reader import read_history
from core.runs.writer import RunWriter


def history_json(path: Path) -> None:
    history = {
        "train_loss": [1.0, 0.5, float("nan")],
        "val_loss": [0.9, 0.8, 0.7],
        "val_cosine_similarity": [0.1, 0.2, 0.3],
        "epoch": [1, 3, 2],
    }
    path.write_text(json.dumps(history))


def json_rows(path: Path) -> None:
    rows = [{"_step": step, "train": {"loss": 1 / (step + 1)}, "note": "x"} for step in (0, 2, 1)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in [*rows, {"_step": 3, "lr": "NaN"}]))


def tensorboard(path: Path) -> None:
    writer = EventFileWriter(str(path.parent / "writing"))
    for step in (0, 2, 1, 3):
        values = [Summary.Value(tag=tag, simple_value=step) for tag in ("loss", "val/loss")]
        writer.add_event(ProtoEvent(wall_time=1e9, step=step, summary=Summary(value=values)))
    writer.close()
    next((path.parent / "writing").iterdir()).rename(path)


def mlflow(path: Path) -> None:
    (path / "metrics" / "train").mkdir(parents=True)
    (path / "params").mkdir()
    (path / "meta.yaml").write_text("run_name: first\nstatus: 3\n")
    (path / "params" / "lr").write_text("0.001")
    (path / "metrics" / "train" / "loss").write_text("1000 1.0 0\n2000 nan 2\n3000 0.5 1\n")
    (path / "metrics" / "acc").write_text("1000 0.1 0\n3000 0.2 1\n")


def wandb_csv(path: Path) -> None:
    head = ["Step", *(f"run - a - loss{end}" for end in ("", "__MIN", "__MAX"))]
    rows = [[0, 1.0, 1.0, 1.0], [2, "NaN", "NaN", "NaN"], [1, 0.5, 0.5, 0.5]]
    lines = [",".join(f'"{cell}"' for cell in row) for row in (head, *rows)]
    path.write_text("\n".join(lines))


def table(path: Path) -> None:
    path.write_text("epoch,step,train_loss,val_loss\n0,0,1.5,\n0,9,NaN,\n0,9,,0.5\n1,19,inf,\n")


SAMPLES: dict[str, Callable[[Path], None]] = {
    "history_json": history_json,
    "json_rows": json_rows,
    "tensorboard": tensorboard,
    "mlflow": mlflow,
    "wandb_csv": wandb_csv,
    "table": table,
}


@pytest.fixture(params=IMPORTERS.values(), ids=list(IMPORTERS))
def importer(request: pytest.FixtureRequest) -> Importer:
    return request.param


@pytest.fixture
def sample(importer: Importer, tmp_path: Path) -> Path:
    path = tmp_path / f"sample{''.join(importer.suffixes[:1])}"
    SAMPLES[importer.name](path)
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


def test_a_preview_counts_the_values_that_the_run_has(importer: Importer, sample: Path):
    found = preview(sample)
    series = collect_history(importer.read(sample)).series
    assert {m.key: m.points for m in found.metrics} == {
        key: len(one) for key, one in series.items()
    }
    assert found.told >= found.points > 0


def test_it_detects_its_own_sample_and_no_other(importer: Importer, sample: Path, tmp_path: Path):
    assert importer.detect(sample)
    assert find_importer(sample) == importer
    assert not importer.detect(tmp_path / "absent")
    for name, make in SAMPLES.items():
        (tmp_path / f"of {name}").mkdir()
        other = tmp_path / f"of {name}" / "other"
        make(other)
        assert importer.detect(other) == (name == importer.name)


@pytest.mark.parametrize(
    "content",
    [
        np.random.default_rng(0).bytes(10_000), b"", b"{", b"{}", b"[1, 2]", b"step,loss\n",
        b"words, and more\nof them, here\n", gzip.compress(b"step,loss\n1,0.5\n", mtime=0),
        b"PK\x03\x04", b"\xff\xfes\0t\0", b'step,loss\n1,"0.5\n2,0.4\n3,0.3\n',
        b'{"loss": [1, 2]}', b'["loss"]\n',
    ],
    ids=lambda content: repr(content[:12]),
)  # fmt: skip
def test_what_is_no_log_is_detected_by_none_and_refused_by_all(
    importer: Importer, content: bytes, tmp_path: Path
):
    path = tmp_path / f"other{''.join(importer.suffixes[:1])}"
    path.write_bytes(content)
    assert not importer.detect(path)
    with pytest.raises(InputError):
        importer.read(path)  # at the call: before a run folder is made for it
    with pytest.raises(InputError):
        preview(path)


def test_where_the_name_tells_the_format_a_damaged_file_is_explained(tmp_path: Path):
    path = tmp_path / "history.json"
    path.write_text('{"train_loss": [1.0,')
    assert find_importer(path).name == "history_json"
    path.unlink()
    with pytest.raises(InputError, match="none of that name"):
        find_importer(path)
    path.write_bytes(gzip.compress(b"step,loss\n1,0.5\n"))
    with pytest.raises(InputError, match=r"a gzip file\. Unpack it"):
        find_importer(path)
    with pytest.raises(InputError, match="a folder without one"):
        find_importer(tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_is_read_up_to_there_or_refused(
    importer: Importer, sample: Path, share: float
):
    if sample.is_dir():
        pytest.skip("a folder")
    whole = {key: dict(zip(s.step.tolist(), s.value.tolist(), strict=True))
             for key, s in collect_history(importer.read(sample)).series.items()}  # fmt: skip
    content = sample.read_bytes()
    sample.write_bytes(content[: int(share * len(content))])
    try:
        events = list(importer.read(sample))
    except InputError as error:
        assert sample.name in error.where  # noqa: PT017 - either is right
        return
    for key, series in collect_history(events).series.items():
        assert set(series.step.tolist()) <= set(whole[key])


def test_names_of_any_kind_come_in_harmless(tmp_path: Path):
    long = "x" * 10_000
    names = [
        "<img src=x onerror=alert(1)>",
        "../../etc/passwd",
        long,
        f"{long}y",
        "a\x00b",
        "\ud800",
    ]
    rows = [{"step": step, **dict.fromkeys(names, 0.5)} for step in range(2)]
    path = tmp_path / "names.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    importer = find_importer(path)
    folder = new_run(importer.name, {}, folder=tmp_path / "run")
    with RunWriter(folder) as writer:
        for event in importer.read(path):
            writer.write(event)
    kept = read_history(folder).series
    assert len(kept) == len(names)
    assert set(names[:2]) <= set(kept)
    assert max(map(len, kept)) == 120
    assert all(key.isprintable() for key in kept)


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
