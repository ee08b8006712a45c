"""Puts finished runs into sample_data/runs: small, and without what nobody looks at there."""

import io
import shutil
import sys
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import ipc

from core.runs.files import ARRAYS, CHECKPOINTS, MEASUREMENTS
from core.runs.folder import SAMPLE_RUNS
from core.runs.segments import END_BYTES, HEAD, SCHEMA, read_piece, segment_paths

CODEC: Final = pa.Codec("zstd", compression_level=19)
ORDER: Final = [("metric", "ascending"), ("step", "ascending")]
LEFT_OUT: Final = (CHECKPOINTS, "*.lock", "run_*")


def add_sample(folder: Path, home: Path = SAMPLE_RUNS) -> Path:
    """Copy a run: no checkpoints, measurements in one block, arrays of the first and last time.

    Args:
        folder: Of a finished run that was never resumed.
        home: Where samples lie.
    """
    target = home / folder.name
    if target != folder:
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name in _between(target / ARRAYS):
            name.unlink()
    for path in segment_paths(target / MEASUREMENTS).values():
        path.write_bytes(compacted(path))
    return target


def compacted(path: Path) -> bytes:
    """Give the rows of a segment as one block by metric and step: a fifth of its size."""
    rows = read_piece(path, 0).rows.sort_by(ORDER).combine_chunks()
    stream = io.BytesIO()
    with ipc.new_stream(stream, SCHEMA, options=ipc.IpcWriteOptions(compression=CODEC)) as writer:
        writer.write_table(rows)
    return HEAD + stream.getvalue()[len(HEAD) : -END_BYTES]


def _between(folder: Path) -> list[Path]:
    """List the arrays of all evaluations but the first and the last."""
    names = sorted(path.name for path in folder.iterdir())
    kinds = {name.rpartition("_")[0] for name in names}
    every = {kind: [n for n in names if n.rpartition("_")[0] == kind] for kind in kinds}
    return [folder / name for own in every.values() for name in own[1:-1]]


if __name__ == "__main__":
    for word in sys.argv[1:]:
        sys.stdout.write(f"{add_sample(Path(word).resolve())}\n")
