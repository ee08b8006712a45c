"""A file that somebody else writes: each look reads only what it has gained."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

PIECE_BYTES: Final = 1 << 24
MARK_BYTES: Final = 64


@dataclass(frozen=True)
class Piece:
    """What a file has gained.

    Args:
        content: In the order of the file.
        restart: Why it begins at the start of the file again, in words; empty where it follows
            the piece before.
    """

    content: bytes
    restart: str = ""


class Tail:
    """Reads a file as it grows, and notices where it is not the same any more.

    A file that is written anew with the same beginning goes on where it was. Of a file whose name
    another one takes (rotation), what it gained last is read first. One that became shorter is
    given a second look before it counts as cut: it may be written anew at this moment.

    Args:
        path: Need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._forget()

    def _forget(self) -> None:
        self.offset = 0
        self._head = self._mark = b""
        self._digest = hashlib.blake2b(digest_size=16)
        self._is_short = False

    @property
    def is_there(self) -> bool:
        """Whether the file has been seen."""
        return self._file is not None

    def read(self) -> list[Piece]:
        """Give what is new, at most 16 MB of each file: nothing, a piece, or two at a rotation."""
        try:
            # Opened each time: a network disk then asks its server for the newest size.
            newest = self.path.open("rb")
        except OSError:
            return self._rest()  # it may be renamed at this moment
        if self._file is None or _is_same(self._file, newest):
            if self._file is not None:
                self._file.close()
            self._file = newest
            return self._more()
        return self._replaced(newest)

    def _replaced(self, newest: BinaryIO) -> list[Piece]:
        """Go on with the file that has taken the name."""
        rest = self._rest()
        if rest:
            newest.close()
            return rest  # and perhaps more of it, at the next look
        before, self._file = self._file, newest
        if before is not None:
            before.close()
        if self._has_digest():
            return self._more()
        return self._again("another file has taken its name")

    def _rest(self) -> list[Piece]:
        """Read what a file gained that no longer has its name."""
        try:
            return self._more() if self._file is not None else []
        except OSError:
            return []  # a network disk forgets a file that is deleted

    def _more(self) -> list[Piece]:
        assert self._file is not None
        size = os.fstat(self._file.fileno()).st_size
        if size < self.offset:
            if not self._is_short:
                self._is_short = True
                return []
            return self._again(f"it was cut from {self.offset:,} bytes to {size:,}")
        self._is_short = False
        if size == self.offset and not self.offset:
            return []
        if not self._has_marks():
            return self._again("it was written anew")
        content = self._take()
        return [Piece(content)] if content else []

    def _again(self, why: str) -> list[Piece]:
        self._forget()
        return [Piece(self._take(), why)]

    def _take(self) -> bytes:
        assert self._file is not None
        content = os.pread(self._file.fileno(), PIECE_BYTES, self.offset)
        self.offset += len(content)
        self._digest.update(content)
        self._head = (self._head + content[:MARK_BYTES])[:MARK_BYTES]
        self._mark = (self._mark + content[-MARK_BYTES:])[-MARK_BYTES:]
        return content

    def _has_marks(self) -> bool:
        """Say whether the file still begins, and goes on to the offset, as it did."""
        assert self._file is not None
        number, at = self._file.fileno(), self.offset - len(self._mark)
        return (
            os.pread(number, len(self._head), 0) == self._head
            and os.pread(number, len(self._mark), at) == self._mark
        )

    def _has_digest(self) -> bool:
        """Say whether the whole file up to the offset is what was read."""
        assert self._file is not None
        digest, left = hashlib.blake2b(digest_size=16), self.offset
        self._file.seek(0)
        while left and (content := self._file.read(min(left, PIECE_BYTES))):
            digest.update(content)
            left -= len(content)
        return not left and digest.digest() == self._digest.digest()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _is_same(one: BinaryIO, other: BinaryIO) -> bool:
    return os.path.sameopenfile(one.fileno(), other.fileno())
