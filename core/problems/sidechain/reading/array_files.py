"""Named arrays of an NPZ or HDF5 file: plain numbers and text, never objects."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from core.errors import InputError

SUFFIXES: Final = (".npz", ".npy", ".h5", ".hdf5")
MAX_BYTES: Final = 1 << 30  # of one array, unpacked
ZIP_MARK: Final = b"PK\x03\x04"
HDF5_MARK: Final = b"\x89HDF\r\n\x1a\n"

Named = tuple[dict[str, np.ndarray], tuple[str, ...]]


def has_array_suffix(path: Path) -> bool:
    """Tell by its ending whether a file should hold arrays."""
    return path.suffix.lower() in SUFFIXES


def read_named(path: Path, is_wanted: Callable[[str], bool]) -> Named:
    """Read the arrays of some names; the format by content.

    Args:
        path: NPZ as numpy writes it, or HDF5, of which the data sets at the top count.
        is_wanted: Asked for each name.

    Returns:
        The wanted arrays by name, and the other names, which are not read.

    Raises:
        InputError: There is no such file, it is neither format, breaks off, or a wanted array
            holds pickled objects or is too large.
    """
    head = _head(path)
    reader = {ZIP_MARK: _read_npz, HDF5_MARK: _read_hdf5}.get(
        HDF5_MARK if head == HDF5_MARK else head[:4]
    )
    if reader is None:
        raise InputError(
            path.name,
            expected="NPZ or HDF5 with named arrays",
            came="an empty file" if not head else "another format",
            do="Write it with numpy.savez or h5py; a single .npy has no names",
        )
    with _whole(path):
        return reader(path, is_wanted)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(len(HDF5_MARK))
    except OSError as error:
        came = error.strerror or str(error)
        raise InputError(
            str(path), expected="a readable file", came=came, do="Check the path"
        ) from error


def _read_npz(path: Path, is_wanted: Callable[[str], bool]) -> Named:
    found = {}
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        for name in filter(is_wanted, entries):
            _require_size(path, name, entries[name].file_size)
            with archive.open(entries[name]) as stream:
                try:
                    found[name] = np.lib.format.read_array(stream, allow_pickle=False)
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
                    raise _objects(path, name) from error
    return found, tuple(name for name in entries if name not in found)


def _read_hdf5(path: Path, is_wanted: Callable[[str], bool]) -> Named:
    found = {}
    with h5py.File(path, "r") as file:
        entries = {str(name): entry for name, entry in file.items()}
        names = [name for name, entry in entries.items() if isinstance(entry, h5py.Dataset)]
        for name in filter(is_wanted, names):
            entry: Any = entries[name]
            _require_size(path, name, entry.size * entry.dtype.itemsize)
            if h5py.check_string_dtype(entry.dtype) is not None:
                found[name] = np.asarray(entry.asstr()[()]).astype(str)
            elif entry.dtype.hasobject:
                raise _objects(path, name)
            else:
                found[name] = np.asarray(entry[()])
        return found, tuple(name for name in entries if name not in found)


def _require_size(path: Path, name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise InputError(
            f"{path.name}, array {name}",
            expected=f"at most {MAX_BYTES >> 20} MB",
            came=f"{size >> 20} MB",
            do="Give a part of the residues",
        )


def _objects(path: Path, name: str) -> InputError:
    return InputError(
        f"{path.name}, array {name}",
        expected="numbers or text",
        came="pickled objects, which may run any program when they are read",
        do="Convert it to a plain array before it is saved",
    )


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, EOFError, KeyError, RuntimeError,
            zipfile.BadZipFile, zlib.error) as error:  # fmt: skip
        reason = (str(error).strip() or type(error).__name__).split("\n", 1)[0][:120]
        raise InputError(
            path.name,
            expected="a whole NPZ or HDF5 file",
            came=f"one that breaks off or is damaged ({reason})",
            do="Copy it again, or write it again",
        ) from error
