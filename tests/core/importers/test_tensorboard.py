"""Files are written by TensorBoard's own writer and by torch's; every point must come back."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard import SummaryWriter

from core.errors import InputError
from core.events import Noted
from core.history import History, collect_history
from core.importers import tensorboard
from core.importers.telling import tell
from core.importers.tensorboard import detect, files, open_log, read, runs

Point = tuple[int, float, str, float]


def write(folder: Path, points: Iterable[Point], suffix: str = "") -> Path:
    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    for step, time_s, tag, value in points:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(Event(wall_time=time_s, step=step, summary=summary))
    writer.close()
    return max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def history(path: Path, run: str = "") -> History:
    return collect_history(read(path, run))


def notes(path: Path) -> list[str]:
    return [event.text for event in read(path) if isinstance(event, Noted)]


def curve(count: int, tag: str = "loss") -> list[Point]:
    return [(step, 1e9 + step, tag, 1 / (step + 1)) for step in range(count)]


def test_all_of_30000_points_come_out_equal_with_nan_and_infinity(tmp_path):
    values = np.random.default_rng(0).normal(size=30_000).astype(np.float32)
    values[[7, 29_999]] = np.nan
    values[100], values[101] = np.inf, -np.inf
    write(tmp_path, ((step, 1e9 + 0.5 * step, "a/b", v) for step, v in enumerate(values.tolist())))
    log = open_log(tmp_path)
    told = collect_history(tell(log))
    series = told.series["a/b"]
    assert series.step.tolist() == list(range(30_000))
    np.testing.assert_array_equal(series.value, values.astype(float))
    np.testing.assert_array_equal(series.time_s, 1e9 + 0.5 * np.arange(30_000))
    assert told.notes == ()
    assert log.metrics[0].points == 30_000


@pytest.mark.parametrize("new_style", [False, True])
def test_scalars_of_torch_in_both_forms_come_out_and_the_rest_is_named(tmp_path, new_style):
    writer = SummaryWriter(str(tmp_path))
    for step, value in enumerate((1.5, math.nan, -2.0)):
        writer.add_scalar("Loss/train", value, step, new_style=new_style)
    writer.add_histogram("weights", np.arange(9.0), 2)
    writer.add_text("words", "none", 2)
    writer.close()
    series = history(tmp_path).series["train/total_loss"]
    np.testing.assert_array_equal(series.value, [1.5, math.nan, -2.0])
    log = open_log(tmp_path)
    assert {"weights"} <= set(log.left_out)
    assert any("words" in name for name in log.left_out)


def test_a_folder_holds_a_run_for_each_folder_with_event_files(tmp_path):
    write(tmp_path / "a", curve(3))
    write(tmp_path / "b" / "c", curve(2, "acc"))
    assert detect(tmp_path)
    assert runs(tmp_path) == ("a", "b/c")
    assert list(history(tmp_path, "b/c").series) == ["acc"]
    assert open_log(tmp_path, "b/c").run == "c"
    for run in ("", "../a", "d"):
        with pytest.raises(InputError, match=r"one of its runs \(a, b/c\)"):
            read(tmp_path, run)
    assert runs(tmp_path / "a") == (".",)
    assert len(history(tmp_path / "a").series["train/total_loss"]) == 3


def test_files_of_a_run_that_was_started_again_are_one_run(tmp_path):
    first = write(tmp_path, [(step, 100.0 + step, "loss", 1.0) for step in range(6)])
    first.rename(tmp_path / "events.out.tfevents.0000000100.host")
    write(tmp_path, [(step, 200.0 + step, "loss", 2.0) for step in range(4, 8)])
    told = history(tmp_path)
    assert told.series["train/total_loss"].value.tolist() == [1, 1, 1, 1, 2, 2, 2, 2]
    assert told.series["train/total_loss"].time_s[4] > 1e9 / 2  # since the start: moved to the end
    assert [note.text for note in told.notes] == [
        "Steps go back once, first from 5 to 4: they are sorted.",
        "Of a step told twice the last value counts: 2 gave way.",
    ]
    assert len(files(tmp_path)) == 2


def test_of_one_step_the_value_of_the_later_time_counts_in_whatever_file_it_stands(tmp_path):
    late = write(tmp_path, [(1, 2e9, "loss", 5.0), (0, 2e9, "loss", 5.0)])
    late.rename(tmp_path / "events.out.tfevents.0000000001.host")
    write(tmp_path, [(0, 1e9, "loss", 1.0), (1, 1e9, "loss", 1.0), (2, 1e9, "loss", 1.0)])
    assert history(tmp_path).series["train/total_loss"].value.tolist() == [5, 5, 1]


def test_tags_that_are_written_in_turn_are_no_fall_of_steps(tmp_path):
    write(tmp_path, [*curve(5), *curve(5, "acc")])
    assert notes(tmp_path) == []
    assert history(tmp_path).series["acc"].step.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("cut", [1, 5, 20, 30])
def test_a_file_cut_in_a_record_is_read_up_to_there_and_that_is_said(tmp_path, cut):
    path = write(tmp_path, curve(10))
    path.write_bytes(path.read_bytes()[:-cut])
    assert history(path).series["train/total_loss"].step.tolist() == list(range(9))
    (note,) = notes(path)
    assert "breaks off in record 11" in note


def damaged(path: Path, at: int) -> InputError:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value


def test_a_wrong_checksum_is_refused_with_its_record_and_byte(tmp_path):
    path = write(tmp_path, curve(10))
    content = path.read_bytes()
    size = len(content) // 10  # of a record, but for the first
    error = damaged(path, len(content) - 4 * size)
    assert error.where.startswith(f"{path.name}, record ")
    record, byte = (int(part.split()[-1]) for part in error.where.split(", ")[1:])
    assert 6 <= record <= 9
    assert byte <= len(content) - 4 * size < byte + 2 * size
    assert "checksum" in error.came
    path.write_bytes(content)
    assert "checksum of its length" in damaged(path, 0).came


def test_a_record_larger_than_a_piece_and_pieces_that_cut_records_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(tensorboard, "PIECE", 100)
    writer = SummaryWriter(str(tmp_path))
    writer.add_text("long", "x" * 5_000, 0)
    for step in range(20):
        writer.add_scalar("loss", step, step)
    writer.close()
    assert history(tmp_path).series["train/total_loss"].value.tolist() == list(range(20))


@pytest.mark.parametrize(
    ("points", "expected"),
    [([], "at least one value"), ([(-1, 1.0, "loss", 1.0)], "steps of 0 or more")],
)
def test_files_without_a_scalar_or_with_odd_steps_are_refused(
    tmp_path, points: Sequence[Point], expected
):
    write(tmp_path, points)
    with pytest.raises(InputError, match=expected):
        read(tmp_path)


def test_hyperparameters_beside_the_files_are_the_configuration(tmp_path):
    write(tmp_path, curve(2))
    (tmp_path / "hparams.yaml").write_text("lr: 0.1\nshape: !!python/tuple [1, 2]\n")
    started = next(read(tmp_path))
    assert started.config == {"lr": 0.1, "shape": [1, 2]}  # pyright: ignore[reportAttributeAccessIssue]
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdef", "bcdefg", strict=True)
    )
    (tmp_path / "hparams.yaml").write_text(bomb)
    assert next(read(tmp_path)).config == {}  # pyright: ignore[reportAttributeAccessIssue]


def resumed(folder: Path, *parts: tuple[int, int, int | None]) -> None:
    """Write a file a part by torch's writer: steps from, to, and where it says that it goes on."""
    for place, (first, last, purge_step) in enumerate(parts):
        writer = SummaryWriter(str(folder), purge_step=purge_step, filename_suffix=f".{place}")
        for step in range(first, last):
            writer.add_scalar("loss", 10.0 * place + step, step, walltime=1e9 + 100 * place + step)
            if step % 2 and place == 0:
                writer.add_scalar("acc", float(step), step, walltime=1e9 + step)
        writer.close()
        for path in folder.glob(f"*.{place}"):  # a name holds the second; no test waits
            path.rename(folder / f"events.out.tfevents.{place:010d}.host")


@pytest.mark.parametrize(
    "parts",
    [
        ((0, 8, None), (4, 6, 4)),
        ((0, 8, None), (2, 5, 2), (4, 9, 4)),
        ((0, 8, None), (6, 9, 5)),
        ((3, 6, 3),),
        ((0, 4, None), (0, 2, 0)),
    ],
)  # fmt: skip
def test_what_gives_way_to_a_writer_that_goes_on_is_what_tensorboard_forgets(tmp_path, parts):
    resumed(tmp_path, *parts)
    oracle = EventAccumulator(str(tmp_path), size_guidance={SCALARS: 0})
    oracle.Reload()
    told = history(tmp_path).series
    names = {"loss": "train/total_loss", "acc": "acc"}
    for tag, key in names.items():
        points = oracle.Scalars(tag) if tag in oracle.Tags()["scalars"] else []
        found = told.get(key)
        assert (found.step.tolist() if found else []) == [point.step for point in points]
        assert (found.value.tolist() if found else []) == [point.value for point in points]


def test_a_writer_that_goes_on_is_said_where_something_gave_way(tmp_path):
    resumed(tmp_path, (0, 8, None), (4, 6, 4))
    assert notes(tmp_path) == [
        "A writer went on from step 4: 6 values told before at that step or later gave way, as in "
        "TensorBoard."
    ]
    resumed(tmp_path / "new", (3, 6, 3))
    assert notes(tmp_path / "new") == []
