"""Embeddings by id in HDF5: one data set an id, as the cosine note's files have it."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError, UnavailableError

FILE_NAME: Final = "ligand_embeddings_256d.h5"
IDS, VECTORS = "ids", "embeddings"
MEAN_BOUND, SPREAD_BOUND, LEAST_SPREAD = 0.15, 0.3, 1e-6
MOST_NAMED = 5
CHANCE: Final = 4.5  # standard errors


@dataclass(frozen=True, eq=False)
class Targets:
    """Vectors by id.

    Args:
        ids: Each once, in the order of the file.
        vectors: One row an id, finite, none of them zero.
        notes: What is unusual about them, a sentence each: not z-scored, doubled vectors ...
    """

    ids: tuple[str, ...]
    vectors: Float[np.ndarray, "ids dim"]
    notes: tuple[str, ...] = ()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.vectors.shape[1]


def write_targets(path: Path, ids: Sequence[str], vectors: Float[np.ndarray, "ids dim"]) -> None:
    """Write vectors in the note's layout, under a name that appears only when the file is whole.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(part, "w") as file:
            for name, vector in zip(ids, vectors, strict=True):
                file.create_dataset(name, data=vector.astype(np.float32))
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            part.unlink(missing_ok=True)
        raise UnavailableError(f"{path} cannot be written ({error}). Make room there.") from error


def read_targets(path: Path, *, dimension: int | None = None) -> Targets:
    """Read target vectors.

    Two layouts are known: a data set for each id, as in the note's files, or two data sets, `ids`
    and `embeddings`.

    Args:
        path: HDF5 file.
        dimension: Wanted length of a vector; None takes what the file has.

    Raises:
        InputError: Not a whole HDF5 file, no vectors in it, pickled objects, another length, NaN
            or inf, an id that occurs twice, or a vector of zeros, whose cosine is undefined.
    """
    try:
        with h5py.File(path, "r") as file:
            has_pair = VECTORS in file or IDS in file
            ids, vectors = _two_sets(file) if has_pair else _set_by_id(file)
    except (OSError, RuntimeError, KeyError, ValueError) as error:  # h5py, of a damaged file
        raise InputError(
            path.name, expected="a whole HDF5 file", came=_came(path, error),
            do="Choose another file, or write this one again",
        ) from error  # fmt: skip
    _check(path.name, ids, vectors, dimension)
    return Targets(ids, vectors, (*check_scaling(vectors), *check_doubled(vectors)))


def centred(
    vectors: Float[np.ndarray, "ids dim"], reference: Int[np.ndarray, " some"]
) -> Float[np.ndarray, "ids dim"]:
    """Move the mean of some rows to 0, and scale by one factor, so that their mean |t|²/D is 1.

    Not z-scored: of a few rows some dimension has next to no spread, and would drown the others.

    Example:
        >>> centred(np.array([[1.0, 5.0], [3.0, 5.0], [5.0, 5.0]]), np.array([0, 1])).round(2)
        array([[-1.41,  0.  ],
               [ 1.41,  0.  ],
               [ 4.24,  0.  ]])
    """
    moved = vectors - vectors[reference].mean(axis=0)
    scale = sqrt(float((moved[reference] ** 2).mean()))
    return moved / (scale if scale > LEAST_SPREAD else 1.0)


def check_scaling(vectors: Float[np.ndarray, "ids dim"]) -> list[str]:
    """Say what keeps vectors from being z-scored by dimension; nothing where they are.

    Example:
        >>> check_scaling(np.array([[1.0, -1.0], [-1.0, 1.0]]))
        []
    """
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0)
    notes = []
    if constant := int((spread < LEAST_SPREAD).sum()):
        notes.append(f"{constant} of {len(spread)} dimensions are constant: a z-score of them is "
                     "NaN, and they add one direction to every cosine.")  # fmt: skip
    off_mean = float(np.abs(mean).max())
    off_spread = float(np.abs(spread[spread >= LEAST_SPREAD] - 1).max(initial=0.0))
    # The largest of many dimensions strays from its expectation by chance, the more the fewer ids.
    chance = CHANCE / sqrt(len(vectors))
    if off_mean > max(MEAN_BOUND, chance) or off_spread > max(SPREAD_BOUND, chance / sqrt(2)):
        notes.append(
            f"The targets are not z-scored: means reach ±{off_mean:.2f} and standard deviations "
            f"differ from 1 by up to {off_spread:.2f}. A common offset raises every cosine, that "
            "of a wrong answer too."
        )
    return notes


def check_doubled(vectors: Float[np.ndarray, "ids dim"]) -> list[str]:
    """Say how many ids share a vector with another one; nothing where none does."""
    doubled = len(vectors) - len(np.unique(vectors, axis=0))
    return [f"{doubled} of {len(vectors)} ids share a vector with another id."] if doubled else []


def _set_by_id(file: Any) -> tuple[tuple[str, ...], Float[np.ndarray, "ids dim"]]:
    ids = tuple(name for name, entry in file.items() if isinstance(entry, h5py.Dataset))
    if not ids:
        _refuse(_name(file), "a data set for each id, or ids and embeddings", _inside(file))
    rows = [_vector(file[name]) for name in ids]
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        came = "lengths " + ", ".join(str(n) for n in sorted(lengths)[:MOST_NAMED])
        _refuse(_name(file), "vectors of one length", came)
    return ids, np.stack(rows)


def _two_sets(file: Any) -> tuple[tuple[str, ...], Float[np.ndarray, "ids dim"]]:
    if not {IDS, VECTORS} <= set(file):
        _refuse(_name(file), f"the data sets {IDS} and {VECTORS}", _inside(file))
    named, vectors = file[IDS], file[VECTORS]
    if not all(isinstance(entry, h5py.Dataset) for entry in (named, vectors)):
        _refuse(_name(file), f"{IDS} and {VECTORS} as data sets", "another kind of entry")
    _require_numbers(vectors)
    if not _is_text(named):
        _refuse(_place(named), "names", f"type {named.dtype}")
    if vectors.ndim != 2 or named.shape != vectors.shape[:1]:
        came = f"{named.shape} and {vectors.shape}"
        _refuse(_name(file), f"as many {IDS} as rows of {VECTORS}", came)
    ids = tuple(str(name) for name in named.asstr()[:])
    return ids, vectors[:].astype(float)


def _vector(entry: h5py.Dataset) -> Float[np.ndarray, " dim"]:
    _require_numbers(entry)
    if (entry.size or 0) < 2:  # a null data set has no size
        _refuse(_place(entry), "a vector", f"shape {entry.shape}")
    return entry[()].astype(float).reshape(-1)


def _require_numbers(entry: Any) -> None:
    if entry.dtype.kind not in "fiu":
        is_object = entry.dtype.kind in "OV" and not _is_text(entry)
        kind = "objects (pickled)" if is_object else "text or others"
        _refuse(_place(entry), "numbers", f"{kind}, type {entry.dtype}")


def _place(entry: Any) -> str:
    return f"{_name(entry.file)}{entry.name}"


def _is_text(entry: Any) -> bool:
    return h5py.check_string_dtype(entry.dtype) is not None


def _check(
    name: str, ids: Sequence[str], vectors: Float[np.ndarray, "ids dim"], dimension: int | None
) -> None:
    if not ids:
        _refuse(name, "at least one vector", "none")
    if dimension is not None and vectors.shape[1] != dimension:
        _refuse(name, f"vectors of {dimension} numbers (output_dim)", f"{vectors.shape[1]}")
    doubled = [name for name, count in _counted(ids).items() if count > 1]
    if doubled:
        _refuse(name, "each id once", f"{_named(doubled)} twice or more")
    broken = [ids[row] for row in np.flatnonzero(~np.isfinite(vectors).all(axis=1)).tolist()]
    if broken:
        _refuse(name, "finite numbers", f"NaN or inf in {_named(broken)}")
    zero = [ids[row] for row in np.flatnonzero(~vectors.any(axis=1)).tolist()]
    if zero:
        _refuse(name, "vectors with a direction: the cosine of a zero vector is undefined",
                f"only zeros in {_named(zero)}")  # fmt: skip


def _counted(ids: Sequence[str]) -> Mapping[str, int]:
    names, counts = np.unique(np.array(ids, dtype=str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _inside(file: Any) -> str:
    return _named(list(file)) or "nothing"


def _name(file: Any) -> str:
    return Path(str(file.filename)).name


def _came(path: Path, error: Exception) -> str:
    if not path.is_file():
        return "no such file"
    if not isinstance(error, OSError):
        return f"one that is damaged ({error})"
    return "one that breaks off" if "truncated" in str(error) else "another kind of file"


def _refuse(where: str, expected: str, came: str) -> None:
    raise InputError(where, expected=expected, came=came, do="Correct the file, or choose another")
