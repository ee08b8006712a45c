"""Structure files as tables of atoms, a block at a time: PDB, mmCIF, BinaryCIF, plain or gzip'd."""

import gzip
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.problems.sidechain.reading.atom_columns import (
    table_of_binary_cif,
    table_of_cif,
    table_of_pdb,
)
from core.problems.sidechain.reading.atom_table import AtomTable
from core.problems.sidechain.reading.open_ends import (
    OPEN_END,
    cif_chains_without_atoms,
    pdb_chains_without_atoms,
)
from core.problems.sidechain.reading.text_blocks import TextBlock, cif_blocks, pdb_blocks

# pdb1 and its like are the archive's biological assemblies.
SUFFIX: Final = re.compile(r"\.(pdb\d*|ent|cif|mmcif|bcif)(\.gz)?$", re.IGNORECASE)
SUFFIXES: Final = ".pdb, .ent, .cif, .mmcif or .bcif, each also with .gz"
GZIP_MARK: Final = b"\x1f\x8b"
HEAD_BYTES: Final = 1 << 12
BINARY_BYTES: Final = 256 << 20  # of BinaryCIF, unpacked: ten million atoms
_COMMENT: Final = re.compile(r"(\s*#[^\n]*\n|\s)*")

Progress = Callable[[int, int], None]


def has_structure_suffix(path: Path) -> bool:
    """Say whether a file is called like a structure.

    Example:
        >>> has_structure_suffix(Path("1aki.cif.gz")), has_structure_suffix(Path("1aki.pqr"))
        (True, False)
    """
    return SUFFIX.search(path.name) is not None


def read_tables(
    path: Path,
    *,
    all_models: bool = False,
    progress: Progress | None = None,
    notes: list[str] | None = None,
) -> Iterator[AtomTable]:
    """Read the atoms of a structure file; the format by content.

    Text is read in blocks of 20,000 lines, so that memory does not grow with the file. A file that
    ends on one of its atoms was cut if a chain that it announces has none; else that is noted.

    Args:
        path: With the suffix of a structure: a file that only looks like PDB, as .pqr and .pdbqt
            do, holds other things in its columns.
        all_models: Where not, a PDB file gives one atom of each further model.
        progress: Told the bytes of the file read and in all; what it raises cancels the reading.
        notes: Takes what is doubtful about the file, in words.

    Yields:
        Tables of at least one atom, which may end inside a residue.

    Raises:
        InputError: The suffix is unknown, there is no such file, it is no structure, or it breaks
            off.
    """
    _require_suffix(path)
    found = False
    with _opened(path) as (stream, raw):
        with _whole(path):
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
        total = path.stat().st_size
        for table in _tables(stream, head, path, all_models, notes):
            found = True
            yield table
            if progress is not None:
                progress(raw.tell(), total)
    if not found:
        raise _no_structure(path, head)
    if progress is not None:
        progress(total, total)


def _require_suffix(path: Path) -> None:
    if not has_structure_suffix(path):
        raise InputError(
            path.name,
            expected=f"a structure file ({SUFFIXES})",
            came=f"the suffix '{path.suffix}'" if path.suffix else "a name without a suffix",
            do="Convert it, or call it what it is",
        )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[io.BufferedIOBase, io.BufferedReader]]:
    """Open a file: the unpacked content, and the file itself."""
    try:
        raw = path.open("rb")
    except OSError as error:
        came = error.strerror or str(error)
        raise InputError(
            str(path), expected="a readable file", came=came, do="Check the path"
        ) from error
    with raw:
        packed = raw.read(2) == GZIP_MARK
        raw.seek(0)
        yield (gzip.GzipFile(fileobj=raw) if packed else raw), raw


def _tables(
    stream: io.BufferedIOBase, head: bytes, path: Path, all_models: bool, notes: list[str] | None
) -> Iterator[AtomTable]:
    if b"dataBlocks" in head:
        with _whole(path):
            yield table_of_binary_cif(_limited(stream, path))
        return
    is_cif = _is_cif(head)
    with io.TextIOWrapper(stream, encoding="utf-8", errors="replace") as text:  # pyright: ignore[reportArgumentType] - a GzipFile will do
        blocks = cif_blocks(text) if is_cif else pdb_blocks(text, all_models=all_models)
        for block in _guarded(blocks, path):
            with _whole(path):
                table = table_of_cif(block) if is_cif else table_of_pdb(block)
            yield table
            if block.is_open:
                _require_chains(path, is_cif=is_cif)
                if notes is not None:
                    notes.append(OPEN_END)


def _require_chains(path: Path, *, is_cif: bool) -> None:
    """Look through a file once more that ends on one of its atoms."""
    with (
        _whole(path),
        _opened(path) as (stream, _),
        io.TextIOWrapper(stream, errors="replace") as text,  # pyright: ignore[reportArgumentType]
    ):
        missing = cif_chains_without_atoms(text) if is_cif else pdb_chains_without_atoms(text)
    if missing:
        raise InputError(
            path.name,
            expected="a whole structure file",
            came="one that breaks off on one of its atoms: "
            f"chain {', '.join(missing)} is announced and has none",
            do="Copy or convert the file again",
        )


def _is_cif(head: bytes) -> bool:
    """Say whether a text begins as CIF does, behind its comments; PDB has no such record."""
    text = head.decode("utf-8", errors="replace")
    return text[_COMMENT.match(text).end() :].startswith(("data_", "loop_", "_", "global_"))  # pyright: ignore[reportOptionalMemberAccess]


def _limited(stream: io.BufferedIOBase, path: Path) -> bytes:
    data = stream.read(BINARY_BYTES + 1)
    if len(data) > BINARY_BYTES:
        raise InputError(
            path.name,
            expected=f"at most {BINARY_BYTES >> 20} MB of BinaryCIF, unpacked",
            came="more",
            do="Give it as mmCIF, which is read in parts",
        )
    return data


def _guarded(blocks: Iterable[TextBlock], path: Path) -> Iterator[TextBlock]:
    iterator = iter(blocks)
    while True:
        with _whole(path):
            block = next(iterator, None)
        if block is None:
            return
        yield block


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Whatever a reader stumbles over, it is the file that is broken."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).split("\n", 1)[0][:120]
        raise InputError(
            path.name,
            expected="a whole structure file",
            came=f"one that breaks off or is malformed ({reason})",
            do="Copy or convert the file again",
        ) from error


def _no_structure(path: Path, head: bytes) -> InputError:
    first = head.decode("utf-8", errors="replace").strip().split("\n", 1)[0][:60]
    came = "binary data" if b"\0" in head else f"text that begins '{first}'"
    return InputError(
        path.name,
        expected="PDB, mmCIF or BinaryCIF with atoms, plain or gzip'd",
        came=came if first else "an empty file",
        do="Give a structure file",
    )
