"""Reading a run: the same history as from its events, whatever lies at the end of its files."""

import math
import shutil
from types import MappingProxyType

import numpy as np
import pytest
from pyarrow import ipc

from core.errors import UnavailableError
from core.events import Measured, Noted, Recorded, RunEnded, RunStarted, StageChanged
from core.history import History, collect_history
from core.runs.event_lines import decode_event, encode_event
from core.runs.reader import RunReader, read_history, tail_log
from core.runs.segments import HEAD, encode_rows, read_piece
from core.runs.status import Status, write_status
from core.runs.writer import RunWriter
from tests.core.runs.stories import record, story


def as_plain(history: History) -> dict:
    series = {
        key: (one.step.tolist(), one.time_s.tolist(), one.value.tolist(), one.repeated)
        for key, one in history.series.items()
    }
    return {**history.__dict__, "series": series}


def test_a_folder_gives_the_history_of_its_events(run):
    events = story(500)
    assert as_plain(read_history(record(run, events))) == as_plain(collect_history(events))


def test_not_a_number_and_infinity_stay_what_they_are(run):
    values = {"train/a": math.nan, "train/b": math.inf, "train/c": -math.inf}
    series = read_history(record(run, [Measured(0, 0.0, values)])).series
    assert math.isnan(series["train/a"].value[0])
    assert [series[f"train/{key}"].value[0] for key in "bc"] == [math.inf, -math.inf]


def test_rare_events_round_trip():
    events = [
        RunStarted(3, 1.5, "toy", {"a": [1, {"b": None}], "i": math.inf}, ("ce",), None,
                   {"ce": (60.0, 70.0)}, {"host": "h"}),
        StageChanged(4, 2.0, "σ", 9, {"ce": 0.0}, {"sigma_da": 0.5}),
        Noted(5, 2.0, 'quotes " and\nlines'),
        RunEnded(6, 3.0, "diverged", "ce is NaN"),
    ]  # fmt: skip
    for event in events:
        line = encode_event(event, 2)
        assert line.count(b"\n") == 1
        assert decode_event(line) == (2, event)
    nan = decode_event(encode_event(RunStarted(0, 0.0, "toy", {"x": math.nan}), 0))[1]
    assert isinstance(nan, RunStarted)
    assert math.isnan(nan.config["x"])


def test_a_mapping_that_is_no_dict_becomes_one():
    event = StageChanged(1, 0.0, "s", 2, MappingProxyType({"ce": 0.5}), {"n": np.float64(2.0)})
    assert decode_event(encode_event(event, 0))[1] == StageChanged(1, 0.0, "s", 2, {"ce": 0.5},
                                                                   {"n": 2.0})  # fmt: skip


@pytest.mark.parametrize("line", [b"{", b"[]", b"3", b'{"kind": "Odd", "segment": 0}',
                                  b'{"kind": "Noted", "segment": 0}', b"\xff"])  # fmt: skip
def test_a_line_that_tells_no_event_is_refused(line):
    with pytest.raises(ValueError, match="no event"):
        decode_event(line)


def test_nothing_new_gives_the_same_object(finished):
    reader = RunReader(finished)
    assert reader.refresh() is reader.refresh()


def test_a_snapshot_does_not_change_when_the_run_goes_on(run):
    reader = RunReader(run)
    with RunWriter(run) as writer:
        for event in story()[:8]:
            writer.write(event)
        writer.flush()
        before = reader.refresh()
        kept = as_plain(before)
        for event in story()[8:]:
            writer.write(event)
    assert len(reader.refresh().series["train/ce/raw"]) == 20
    assert as_plain(before) == kept


def test_following_event_by_event_ends_where_reading_once_does(run):
    reader = RunReader(run)
    for events in (story(20), story(30, first=12, slope=3.0), story(25, first=18)):
        with RunWriter(run) as writer:
            for event in events:
                writer.write(event)
                writer.flush()
                reader.refresh()
    assert as_plain(reader.refresh()) == as_plain(read_history(run))


def test_a_resumed_segment_replaces_what_was_measured_from_its_start_on(run):
    arrays = {"x": np.zeros(2)}
    record(run, [*story(20), *(Recorded(step, 0.0, "a", arrays) for step in (5, 15))])
    record(run, [RunStarted(12, 0.0, "toy"), Measured(12, 0.0, {"train/ce/raw": -1.0})])
    history = read_history(run)
    assert history.starts == (0, 12)
    assert history.series["train/ce/raw"].value.tolist() == [*map(float, range(12)), -1.0]
    assert history.series["train/b/raw"].step.tolist() == list(range(12))
    assert history.recorded == {"a": (5,)}
    assert history.ended is None


def test_a_metric_that_only_a_replaced_part_had_is_gone(run):
    record(run, [RunStarted(0, 0.0, "toy"), Measured(8, 0.0, {"train/late": 1.0})])
    record(run, [RunStarted(5, 0.0, "toy"), Measured(5, 0.0, {"train/a": 1.0})])
    assert set(read_history(run).series) == {"train/a"}


def test_a_segment_whose_start_was_lost_begins_at_its_first_row(finished):
    record(finished, [Measured(15, 0.0, {"train/ce/raw": 7.0})])
    assert read_history(finished).series["train/ce/raw"].step.tolist() == list(range(16))


@pytest.mark.parametrize("lost", [1, 7, 40, 300])
def test_a_torn_block_is_skipped_and_counted(run, lost):
    with RunWriter(run) as writer:
        for event in story()[:12]:
            writer.write(event)
        writer.flush()
        whole = read_history(run)
        for event in story()[12:]:
            writer.write(event)
    path = run / "measurements" / "000.arrows"
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.truncate(size - lost)
    reader = RunReader(run)
    assert len(reader.refresh().series["train/ce/raw"]) == len(whole.series["train/ce/raw"])
    assert reader.torn == 1
    assert reader.refresh() is reader.refresh()
    record(run, story(30, first=10))  # the next segment goes on, the count stays
    assert reader.refresh().series["train/ce/raw"].step.tolist() == list(range(30))
    assert reader.torn == 1


def test_every_cut_of_a_segment_gives_whole_blocks_or_fewer(tmp_path):
    blocks = [encode_rows([n], [0.0], ["m"], [float(n)]) for n in range(3)]
    content = HEAD + b"".join(blocks)
    ends = [len(HEAD) + sum(map(len, blocks[:n])) for n in range(4)]
    path = tmp_path / "000.arrows"
    for size in range(0, len(content) + 1, 5):
        path.write_bytes(content[:size])
        piece = read_piece(path, 0)
        whole = sum(end <= size for end in ends[1:])
        assert piece.rows["value"].to_pylist() == list(map(float, range(whole)))
        assert piece.end + piece.torn_bytes == size


def test_noise_in_a_segment_stops_reading_there(tmp_path):
    block = encode_rows([1], [0.0], ["m"], [2.0])
    chance = np.random.default_rng(0)
    path = tmp_path / "000.arrows"
    for _ in range(200):
        path.write_bytes(HEAD + block + chance.bytes(int(chance.integers(1, 400))))
        assert read_piece(path, 0).rows["value"].to_pylist() == [2.0]


def test_a_segment_is_an_arrow_stream_to_everybody(finished):
    with ipc.open_stream((finished / "measurements" / "000.arrows").read_bytes()) as stream:
        table = stream.read_all()
    assert table.column_names == ["step", "time", "metric", "value"]
    assert table.num_rows == 40


def test_a_torn_line_is_skipped_counted_and_closed_by_the_next_writer(finished):
    lines = finished / "events.jsonl"
    content = lines.read_bytes()
    lines.write_bytes(content[:-9])
    reader = RunReader(finished)
    assert reader.refresh().ended is None
    assert reader.torn == 1
    record(finished, [RunStarted(20, 0.0, "toy"), RunEnded(21, 0.0, "stopped")])
    assert reader.refresh().ended == RunEnded(21, 0.0, "stopped")
    assert reader.torn == 1


def test_what_a_living_writer_has_not_finished_is_not_torn(run):
    with RunWriter(run) as writer:
        writer.write(RunStarted(0, 0.0, "toy"))
        with (run / "events.jsonl").open("ab") as lines:
            lines.write(b'{"kind": "No')
        reader = RunReader(run)
        assert reader.refresh().started is not None
        assert reader.torn == 0
    assert reader.refresh().started is not None
    assert reader.torn == 1


def test_a_replaced_folder_is_read_anew(finished, tmp_path):
    reader = RunReader(finished)
    reader.refresh()
    shutil.rmtree(finished / "measurements")
    (finished / "measurements").mkdir()
    (finished / "events.jsonl").write_bytes(b"")
    record(finished, story(3))
    assert as_plain(reader.refresh()) == as_plain(collect_history(story(3)))


def test_a_folder_without_its_files_has_an_empty_history(tmp_path):
    assert read_history(tmp_path / "none").series == {}
    (tmp_path / "measurements").touch()
    assert read_history(tmp_path).started is None


def test_a_file_that_cannot_be_read_is_said_in_words(run):
    (run / "events.jsonl").mkdir()
    with pytest.raises(UnavailableError, match="cannot be read"):
        read_history(run)


def test_the_tail_of_the_log(run):
    assert tail_log(run) == ""
    (run / "log.txt").write_bytes(b"\n".join(b"line %d \xff" % n for n in range(50_000)))
    assert tail_log(run, 2).split() == ["line", "49998", "�", "line", "49999", "�"]
    assert len(tail_log(run, 100).splitlines()) == 100


def test_a_state_that_ended_lets_no_tail_count_as_unfinished(run):
    write_status(run, Status("failed"))
    (run / "measurements" / "000.arrows").write_bytes(HEAD[:50])
    reader = RunReader(run)
    reader.refresh()
    assert reader.torn == 1
