import struct
from pathlib import Path

import pytest

from core.errors import InputError
from core.follow import event_files
from core.follow.event_files import EventFile
from core.importers.tensorboard_records import frame


def event(step: int, tag: str, value: float) -> bytes:
    """Encode an event by hand: step, and a summary of one value."""
    told = b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(told)]) + told
    return (b"\x09" + struct.pack("<d", 100.0 + step) + b"\x10" + bytes([step])
            + b"\x2a" + bytes([len(summary)]) + summary)  # fmt: skip


EVENTS = [event(step, "loss", step / 2) for step in range(5)]


def values(rows) -> list[tuple[int, float]]:
    return [(row.step, row.values["loss"]) for row in rows]


WHOLE = [(step, step / 2) for step in range(5)]


def test_a_record_that_breaks_off_waits_for_its_rest():
    content = b"".join(map(frame, EVENTS))
    for cut in range(len(content)):
        decoder = EventFile()
        assert values([*decoder.feed(content[:cut]), *decoder.feed(content[cut:])]) == WHOLE


def test_a_damaged_record_is_left_out_only_when_it_stays_so(monkeypatch: pytest.MonkeyPatch):
    parts = [bytearray(frame(payload)) for payload in EVENTS]
    parts[2][20] ^= 1
    decoder = EventFile()
    assert values(decoder.feed(b"".join(parts))) == WHOLE[:2]
    assert decoder.notes == []
    monkeypatch.setattr(event_files, "PATIENCE_S", 0.0)
    assert values(decoder.feed(b"")) == WHOLE[3:]
    (note,) = decoder.notes
    assert f"byte {2 * len(parts[0]):,} is damaged (its checksum is wrong) and is left out" in note
    assert values(decoder.feed(frame(event(5, "loss", 2.5)))) == [(5, 2.5)]


def test_behind_a_wrong_length_nothing_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(event_files, "PATIENCE_S", 0.0)
    parts = [bytearray(frame(payload)) for payload in EVENTS]
    parts[2][0] ^= 1
    decoder = EventFile()
    assert values(decoder.feed(b"".join(parts))) == WHOLE[:2]
    assert "nothing behind it can be read" in decoder.notes[0]
    assert decoder.feed(b"more") == []
    assert values(decoder.again().feed(frame(EVENTS[0]))) == WHOLE[:1]


def test_what_is_no_event_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(event_files, "PATIENCE_S", 0.0)
    with pytest.raises(InputError, match="an event file of TensorBoard"):
        EventFile().feed(b"step,loss\n1,2\n3,4\n")
    decoder = EventFile()
    assert decoder.feed(frame(b"\xff") + frame(EVENTS[0]))
    assert decoder.notes == ["A record is no event of TensorBoard: it is left out."]
