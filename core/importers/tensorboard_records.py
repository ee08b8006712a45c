"""TensorBoard's event files, byte by byte: framed records with checksums, and the scalars in them.

A record is its length (8 bytes), the checksum of these 8 bytes (4), the payload, its checksum (4);
little-endian. A payload is a protocol buffer, `Event`, of which only scalars are decoded here.
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.importers.crc32c import masked_checksum, masked_checksums
from core.importers.protobuf import fields, inner, signed, varint

HEAD: Final = struct.Struct("<QI")
CHECKSUM: Final = struct.Struct("<I")
# Of the tensors of a scalar: its type, by number in TensorFlow's types.proto.
CONTENT_KINDS: Final = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
VALUE_FIELDS: Final = {5: "<f4", 6: "<f8"}  # float_val, double_val
WHOLE_FIELDS: Final = (7, 10)  # int_val, int64_val
SCALARS: Final = b"scalars"
SESSION_LOG: Final = 7
SESSION_KEY: Final = b"\x3a"  # how that field begins
STARTED: Final = 1


@dataclass(frozen=True)
class Records:
    """The whole records of a piece of a file.

    Args:
        payloads: In order.
        consumed: Offset behind the last good record: where to go on once more has been written.
        fault: What is wrong with the record at `consumed`, in words; empty where there is nothing
            or only a beginning that waits for its rest.
        next_at: Offset of the record behind the faulty one; None where that cannot be known.
    """

    payloads: tuple[bytes, ...]
    consumed: int
    fault: str = ""
    next_at: int | None = None


@dataclass(frozen=True)
class Scalar:
    """A scalar of an event.

    Args:
        step: As the writer counted it.
        time_s: Wall time, seconds since 1970.
        tag: Its name.
        value: May be NaN or infinite.
    """

    step: int
    time_s: float
    tag: str
    value: float


def records(buffer: bytes, offset: int = 0) -> Records:
    """Read the whole records from an offset on, up to the first fault or unfinished record.

    Args:
        buffer: Content of an event file.
        offset: Where a record begins, in bytes.
    """
    starts, ends = list[int](), list[int]()
    at, fault = offset, ""
    while at + HEAD.size <= len(buffer):
        length, mark = HEAD.unpack_from(buffer, at)
        if mark != masked_checksum(buffer[at : at + 8]):
            fault = "the checksum of its length is wrong"
            break
        start = at + HEAD.size
        if start + length + CHECKSUM.size > len(buffer):
            break
        starts.append(start)
        ends.append(start + length)
        at = start + length + CHECKSUM.size
    payloads = [buffer[start:end] for start, end in zip(starts, ends, strict=True)]
    told = [CHECKSUM.unpack_from(buffer, end)[0] for end in ends]
    bad = np.flatnonzero(masked_checksums(payloads) != np.array(told, np.uint32))
    if len(bad):
        first = int(bad[0])
        begin = starts[first] - HEAD.size
        end = ends[first] + CHECKSUM.size
        return Records(tuple(payloads[:first]), begin, "its checksum is wrong", end)
    return Records(tuple(payloads), at, fault)


def frame(payload: bytes) -> bytes:
    """Frame a payload as a record.

    Example:
        >>> records(frame(b"first") + frame(b"second")[:-1])
        Records(payloads=(b'first',), consumed=21, fault='', next_at=None)
    """
    length = struct.pack("<Q", len(payload))
    marks = [CHECKSUM.pack(masked_checksum(part)) for part in (length, payload)]
    return length + marks[0] + payload + marks[1]


def scalars(payload: bytes) -> list[Scalar]:
    """Decode the scalars of an event: simple values, and tensors that hold one number.

    Of an event without a scalar (a picture, a text, the first line of a file) the list is empty.

    Raises:
        ValueError: It is no protocol buffer.
    """
    try:
        step, time_s, summaries = 0, 0.0, list[bytes]()
        for field, value in fields(payload):
            if field == 1 and isinstance(value, bytes):
                time_s = struct.unpack("<d", value)[0]
            elif field == 2 and isinstance(value, int):
                step = signed(value)
            elif field == 5 and isinstance(value, bytes):
                summaries.append(value)
        return [
            Scalar(step, time_s, *told)
            for summary in summaries
            for field, value in fields(summary)
            if field == 1 and isinstance(value, bytes) and (told := _tagged(value))
        ]
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError("no event of TensorBoard") from error


def restart_step(payload: bytes) -> int | None:
    """Give the step from which a writer goes on, where the event tells of its start.

    TensorBoard forgets what was told before at this step or a later one.

    Raises:
        ValueError: It is no protocol buffer.
    """
    if SESSION_KEY not in payload:  # nearly always: nothing needs to be taken apart
        return None
    try:
        step, is_start = 0, False
        for field, value in fields(payload):
            if field == 2 and isinstance(value, int):
                step = signed(value)
            elif field == SESSION_LOG and isinstance(value, bytes):
                is_start = (1, STARTED) in fields(value)
    except IndexError as error:
        raise ValueError("no event of TensorBoard") from error
    return step if is_start else None


def tags(payload: bytes) -> list[str]:
    """Name every value of an event that `scalars` has decoded, pictures and texts too."""
    return [
        inner(value, 1).decode(errors="replace")
        for key, summary in fields(payload)
        if key == 5 and isinstance(summary, bytes)
        for field, value in fields(summary)
        if field == 1 and isinstance(value, bytes)
    ]


def _tagged(message: bytes) -> tuple[str, float] | None:
    """Read a Summary.Value; None where it is no scalar."""
    tag, found, plugin = "", None, SCALARS
    for field, value in fields(message):
        if not isinstance(value, bytes):
            continue
        if field == 1:
            tag = value.decode()
        elif field == 2:
            found = struct.unpack("<f", value)[0]
        elif field == 8:
            found = _tensor_number(value)
        elif field == 9:
            plugin = inner(inner(value, 1), 1)
    return None if found is None or plugin not in (SCALARS, b"") else (tag, found)


def _tensor_number(message: bytes) -> float | None:
    """Read a TensorProto that holds one number; None where it holds none, or more."""
    kind, numbers = 0, list[float]()
    for field, value in fields(message):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 2 and isinstance(value, bytes) and value:
            return None  # it has dimensions
        elif field == 4 and isinstance(value, bytes) and kind in CONTENT_KINDS:
            numbers += np.frombuffer(value, CONTENT_KINDS[kind]).tolist()
        elif field in VALUE_FIELDS and isinstance(value, bytes):
            numbers += np.frombuffer(value, VALUE_FIELDS[field]).tolist()
        elif field in WHOLE_FIELDS:
            number = value if isinstance(value, int) else varint(value, 0)[0]
            numbers.append(float(signed(number)))
    return numbers[0] if len(numbers) == 1 else None
