"""What is not a scalar, on disk: one .npz a name and step, within a limit of size."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np

from core.errors import InputError
from core.runs.files import ARRAYS, replace_file

RECORD_BYTES: Final = 16_000_000
RUN_BYTES: Final = 256_000_000


def arrays_path(folder: Path, name: str, step: int) -> Path:
    """Give the file of the arrays of a name and step; the name may hold any character."""
    return folder / ARRAYS / f"{quote(name, safe='')}_{step:08d}.npz"


def arrays_bytes(folder: Path) -> int:
    """Sum the sizes of the arrays of a run on disk."""
    place = folder / ARRAYS
    return sum(path.stat().st_size for path in place.glob("*.npz")) if place.is_dir() else 0


def encode_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Encode arrays as numpy's .npz, compressed.

    Raises:
        InputError: An array holds objects.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            if array.dtype.hasobject:
                raise InputError(f"array {key}", expected="numbers or text", came="objects",
                                 do="Convert it before it is recorded")  # fmt: skip
            with archive.open(f"{key}.npy", "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return stream.getvalue()


def save_arrays(folder: Path, name: str, step: int, content: bytes) -> None:
    """Save encoded arrays so that a reader sees all of them or none.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    path = arrays_path(folder, name, step)
    path.parent.mkdir(exist_ok=True)
    replace_file(path, content)


def read_arrays(folder: Path, name: str, step: int) -> dict[str, np.ndarray]:
    """Read the arrays that a run recorded under a name at a step.

    Raises:
        InputError: There are none, or the file cannot be read.
    """
    path = arrays_path(folder, name, step)
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError as error:
        came = "none"
        cause = error
    except (
        OSError, ValueError, EOFError, KeyError, RuntimeError,
        zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        came = "a file that breaks off or cannot be read"
        cause = error
    raise InputError(f"run {folder.name}", expected=f"arrays {name} of step {step}", came=came,
                     do="Choose a step at which they were recorded") from cause  # fmt: skip
