"""Opening what a person gives: a path or an upload, plain or gzip'd, and telling its format."""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Literal

from core.errors import InputError

Progress = Callable[[float], None]
Source = Path | io.BufferedIOBase  # an upload is one of these: BytesIO and its children
HEAD_BYTES: Final = 1 << 16
MAX_LINE_BYTES: Final = 1 << 16
GZIP_MARK: Final = b"\x1f\x8b"
PROGRESS_STEPS: Final = 200
# What a cut or damaged gzip file raises while it is read.
GZIP_ERRORS: Final = (EOFError, gzip.BadGzipFile, zlib.error)


class ProgressStream(io.RawIOBase):
    """A readable stream that reports the share of bytes read, at most 200 times.

    Args:
        inner: Binary and seekable.
        progress: Called with a value in [0, 1] that never falls; what it raises ends the reading.
    """

    def __init__(self, inner: io.BufferedIOBase, progress: Progress) -> None:
        super().__init__()
        self._inner, self._progress = inner, progress
        self._total = inner.seek(0, io.SEEK_END) or 1
        self._reported = 0.0
        inner.seek(0)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the inner stream; the reported share does not fall back."""
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        """Give the place in the inner stream."""
        return self._inner.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer and report."""
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        share = min(self._inner.tell() / self._total, 1.0)
        if share >= self._reported + 1 / PROGRESS_STEPS or (share == 1.0 > self._reported):
            self._reported = share
            self._progress(share)
        return len(data)


@contextmanager
def opened(source: Source, name: str, progress: Progress | None) -> Iterator[io.BufferedIOBase]:
    """Open a path or an upload at its start, unpack gzip, count the bytes; closes only a path.

    Args:
        source: Path, or a buffered binary seekable file object.
        name: For the messages.
        progress: Told the share of bytes read, of the packed bytes where the file is packed.

    Raises:
        InputError: The file cannot be opened, or is empty.
    """
    try:
        inner = source.open("rb") if isinstance(source, Path) else source
    except OSError as error:
        came = error.strerror or str(error)
        raise InputError(
            name, expected="a readable file", came=came, do="Check the path and its permissions"
        ) from error
    try:
        if inner.seek(0, io.SEEK_END) == 0:
            raise InputError(
                name, expected="a file with spectra or labels", came="0 bytes", do="Choose another"
            )
        inner.seek(0)
        packed = inner.read(2) == GZIP_MARK
        inner.seek(0)
        counted = io.BufferedReader(
            ProgressStream(inner, progress or (lambda _: None)), buffer_size=1 << 17
        )
        yield gzip.GzipFile(fileobj=counted) if packed else counted
    finally:
        if isinstance(source, Path):
            inner.close()


def read_head(stream: io.BufferedIOBase) -> bytes:
    """Read the first 64 kB, or what a cut gzip file still gives; leaves the stream at its start."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (piece := stream.read1(HEAD_BYTES)):
            head += piece
    except GZIP_ERRORS:
        pass  # the reading that follows reports it, behind what is whole
    stream.seek(0)
    return head


def spectrum_format(stream: io.BufferedIOBase, name: str) -> Literal["mgf", "mzml"]:
    """Tell MGF from mzML by content; leaves the stream at its start.

    Raises:
        InputError: It is neither.
    """
    head = read_head(stream)
    # XML begins with "<"; the words alone may stand in an MGF title.
    is_xml = head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
    if is_xml and (b"<mzML" in head or b"<indexedmzML" in head):
        return "mzml"
    if b"BEGIN IONS" in head.upper():
        return "mgf"
    raise InputError(
        name,
        expected="MGF (BEGIN IONS) or mzML, plain or gzip'd",
        came=describe(head),
        do="Convert the file, for example with ProteoWizard's msconvert",
    )


def numbered_lines(stream: io.BufferedIOBase) -> Iterator[tuple[int, str]]:
    """Give the lines that are not blank, with their number from 1, as UTF-8 text.

    Other bytes become the replacement character; a line of more than 64 kB comes in pieces.
    """
    for line, raw in enumerate(iter(partial(stream.readline, MAX_LINE_BYTES), b""), start=1):
        text = raw.decode("utf-8-sig" if line == 1 else "utf-8", errors="replace")
        if not text.isspace() and text:
            yield line, text.rstrip("\r\n")


def describe(head: bytes) -> str:
    """Say in a few words what a file that was not recognised looks like."""
    if b"\0" in head:
        return "binary data"
    first = head.decode("utf-8", errors="replace").strip().split("\n", 1)[0][:60]
    return f"text that begins '{first}'" if first else "blank lines only"
