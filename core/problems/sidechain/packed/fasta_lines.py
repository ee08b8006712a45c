"""The lines of a FASTA: headers with their letters, errors named by line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import InputError
from core.problems.sidechain.atoms import ONE_LETTER

MOST_BYTES: Final = 50_000_000
LETTERS: Final = frozenset(ONE_LETTER.values())


class FastaRecord(NamedTuple):
    """A header and what stands below it.

    Args:
        where: File and line of the header, for errors.
        line: Its number, from 1.
        header: Without the sign before it.
        letters: In upper case, signs between chains among them.
    """

    where: str
    line: int
    header: str
    letters: str


def read_records(path: Path) -> Iterator[FastaRecord]:
    """Read headers and sequences; lines that begin with a semicolon are comments.

    Args:
        path: Text of at most 50 MB.

    Raises:
        InputError: It is no such file, or a line cannot be read: file and line say where.
    """
    header: FastaRecord | None = None
    for number, raw in enumerate(_text(path).splitlines(), start=1):
        line, where = raw.strip(), f"{path.name}, line {number}"
        if not line or line.startswith(";"):
            continue
        if line.startswith(">"):
            if header is not None:
                yield _filled(header)
            header = FastaRecord(where, number, line[1:].strip(), "")
        elif header is None:
            raise InputError(where, expected="a header that begins with >", came=repr(line[:30]),
                             do="Give a FASTA")  # fmt: skip
        else:
            header = header._replace(letters=header.letters + _letters(where, line))
    if header is not None:
        yield _filled(header)


def _filled(record: FastaRecord) -> FastaRecord:
    if not LETTERS & set(record.letters):
        raise InputError(record.where, expected="a sequence below the header",
                         came="none of the twenty letters" if record.letters else "none",
                         do="Delete the header, or add its sequence")  # fmt: skip
    return record


def _letters(where: str, line: str) -> str:
    found = "".join(line.split()).upper()
    for letter in found:
        if not (letter.isascii() and letter.isalpha()) and letter not in "/:|*-.":
            raise InputError(where, expected="letters of amino acids, / between chains",
                             came=repr(letter), do="Correct the sequence")  # fmt: skip
    return found


def _text(path: Path) -> str:
    size = path.stat().st_size if path.is_file() else None
    if not size or size > MOST_BYTES:
        raise InputError(path.name, expected=f"a file of 1 to {MOST_BYTES:,} bytes",
                         came="no such file" if size is None else f"{size:,}",
                         do="Give a FASTA")  # fmt: skip
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path.name, expected="text", came="other bytes",
                         do="Give a FASTA, unpacked") from error  # fmt: skip
