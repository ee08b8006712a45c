"""Neighbours kept on disk under the content they were computed from.

A file's name holds a hash of the embeddings, k and the version of the format; a file that breaks
off, was changed or does not fit is computed again and replaced.
"""

import hashlib
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
from jaxtyping import Shaped

from core.errors import UnavailableError
from core.samplers.embeddings import check_embeddings
from core.samplers.neighbours import DEFAULT_MEMORY_MB, Neighbours, Progress, nearest_neighbours

# Raised where the same embeddings would no longer give the same lists.
VERSION: Final = 1
_CELLS: Final = 2**21


def cached_neighbours(
    embeddings: Shaped[np.ndarray, "*shape"],
    k: int,
    folder: Path,
    *,
    memory_mb: float = DEFAULT_MEMORY_MB,
    progress: Progress | None = None,
) -> Neighbours:
    """Read the k nearest neighbours from a folder, or compute them and keep them there.

    Does not fail where the folder turns out full at the end: the result is given all the same,
    and computed again next time.

    Args:
        embeddings: A row for each item, shape (items, dim).
        k: Neighbours of each.
        folder: Where the files lie; created where it is absent.
        memory_mb: See `nearest_neighbours`.
        progress: The same; not called where the file is there.

    Raises:
        InputError: See `nearest_neighbours`.
        UnavailableError: The folder cannot be created.
    """
    check_embeddings(embeddings)
    path = cache_path(embeddings, k, folder)
    found = _read(path, len(embeddings), k)
    if found is not None:
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"The folder {folder} for neighbours cannot be created ({error.strerror or error}). "
            "Choose one that can be written."
        ) from error
    found = nearest_neighbours(embeddings, k, memory_mb=memory_mb, progress=progress)
    _write(path, found)
    return found


def cache_path(embeddings: Shaped[np.ndarray, "items dim"], k: int, folder: Path) -> Path:
    """Give the file of these embeddings' neighbours, whether it is there or not."""
    digest = hashlib.sha256(f"{embeddings.dtype.str} {embeddings.shape}".encode())
    step = max(1, _CELLS // max(1, embeddings.shape[1]))
    for start in range(0, len(embeddings), step):
        digest.update(np.ascontiguousarray(embeddings[start : start + step]).data)
    return folder / f"neighbours_{digest.hexdigest()[:32]}_k{k}_v{VERSION}.npz"


def _read(path: Path, items: int, k: int) -> Neighbours | None:
    """Read a file; None where there is none that holds these neighbours whole.

    The archive's own checksums tell bytes that were changed.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            indices, similarity = archive["indices"], archive["similarity"]
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile):
        return None
    shape = (items, k)
    if (indices.shape, similarity.shape) != (shape, shape):
        return None
    if (indices.dtype, similarity.dtype) != (np.dtype(np.int32), np.dtype(np.float32)):
        return None
    return Neighbours(indices, similarity)


def _write(path: Path, found: Neighbours) -> None:
    """Write beside the file and put it in its place at once."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{uuid4().hex}.npz")
    try:
        np.savez(temporary, indices=found.indices, similarity=found.similarity)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
