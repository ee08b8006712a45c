"""Measurements on disk: Arrow IPC streams that grow, one a start of the run (a segment)."""

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import ipc

SCHEMA: Final = pa.schema(
    [
        pa.field("step", pa.int64(), nullable=False),
        pa.field("time", pa.float64(), nullable=False),
        pa.field("metric", pa.utf8(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)
HEAD: Final = SCHEMA.serialize().to_pybytes()
END_BYTES: Final = 8  # the mark with which an Arrow stream ends; a segment stays open instead
OPTIONS: Final = ipc.IpcWriteOptions(compression="lz4")
NAME: Final = re.compile(r"(\d{3,})\.arrows")


class Appender:
    """A file that grows by whole blocks; a block that does not fit is taken back.

    Args:
        path: Made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.size_bytes = os.fstat(self._descriptor).st_size

    def ends_with(self, mark: bytes) -> bool:
        """Say whether the file is empty or its last bytes are these."""
        start = max(0, self.size_bytes - len(mark))
        return not self.size_bytes or os.pread(self._descriptor, len(mark), start) == mark

    def append(self, block: bytes) -> None:
        """Add a block; after that it survives the end of the process.

        Raises:
            OSError: It cannot be written; the file is as it was.
        """
        left = memoryview(block)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            os.ftruncate(self._descriptor, self.size_bytes)
            raise
        self.size_bytes += len(block)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def segment_paths(folder: Path) -> dict[int, Path]:
    """List the segments in a folder by number, in order; none where the folder is not there."""
    try:
        names = [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    found = {int(match[1]): folder / match[0] for match in map(NAME.fullmatch, names) if match}
    return dict(sorted(found.items()))


def encode_rows(
    step: Sequence[int], time_s: Sequence[float], metric: Sequence[str], value: Sequence[float]
) -> bytes:
    """Encode rows as a block that can follow HEAD or another block."""
    columns = [
        _numbers(step, pa.int64()),
        _numbers(time_s, pa.float64()),
        _texts(metric),
        _numbers(value, pa.float64()),
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
    stream = io.BytesIO()
    with ipc.new_stream(stream, SCHEMA, options=OPTIONS) as writer:
        writer.write_batch(batch)
    return stream.getvalue()[len(HEAD) : -END_BYTES]


def _numbers(values: Sequence[float], kind: pa.DataType) -> pa.Array:
    # Not pa.array, which brings pandas: half a second in the middle of a training.
    content = np.array(values, kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(content), [None, pa.py_buffer(content)])


def _texts(values: Sequence[str]) -> pa.Array:
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.utf8(), len(values), buffers)


@dataclass(frozen=True, eq=False)
class Piece:
    """What a segment holds beyond an offset.

    Args:
        rows: Whole batches only.
        end: Offset behind the last whole batch, in bytes.
        torn_bytes: What follows it: a batch that broke off, or one that is being written.
    """

    rows: pa.Table
    end: int
    torn_bytes: int


def read_piece(path: Path, start: int) -> Piece:
    """Read the whole batches of a segment from an offset on (0, or the end of a piece).

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(start)
        content = file.read()
    batches: list[pa.RecordBatch] = []
    source = pa.BufferReader(content)
    end = 0
    try:
        if not start:
            ipc.read_schema(source)
            end = source.tell()
        while end < len(content):
            batches.append(ipc.read_record_batch(ipc.read_message(source), SCHEMA))
            end = source.tell()
    except (pa.ArrowException, OSError, EOFError):
        pass  # a torn tail: what came before it is whole
    return Piece(pa.Table.from_batches(batches, SCHEMA), start + end, len(content) - end)
