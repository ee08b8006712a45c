"""The atoms of a text file, PDB or mmCIF, in blocks of lines, so that a giant needs little room."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

BLOCK_LINES: Final = 20_000  # biotite's mmCIF reader takes 1.7 kB a line
ATOM_RECORDS: Final = ("ATOM  ", "HETATM")
CIF_ATOMS: Final = "_atom_site."
_CIF_ENDS: Final = ("#", "loop_", "_", "data_")


class TextBlock(NamedTuple):
    """Lines that describe atoms.

    Args:
        lines: Records of a PDB file; of an mmCIF file the names of the columns, then rows.
        model: Of a PDB file, in the order of the file, from 1; 0 where the rows tell their model.
        is_open: Whether the file ends on these lines: nothing behind them closes the table of an
            mmCIF file, or the chain of a PDB file.
    """

    lines: list[str]
    model: int
    is_open: bool = False


def pdb_blocks(text: Iterable[str], *, all_models: bool) -> Iterator[TextBlock]:
    """Split the atoms of a PDB file.

    Args:
        text: Lines.
        all_models: Or the first one whole and of each other one atom, to tell that it is there.
    """
    model, lines, is_open = 0, [], False
    for line in text:
        is_open = line.startswith(ATOM_RECORDS) or (is_open and _tells_nothing(line))
        if line.startswith("MODEL "):
            if lines:
                yield TextBlock(lines, max(model, 1))
            model, lines = model + 1, []
        elif line.startswith(ATOM_RECORDS) and (all_models or model <= 1 or not lines):
            if len(lines) == BLOCK_LINES:
                yield TextBlock(lines, max(model, 1))
                lines = []
            lines.append(line.rstrip("\r\n"))
    if lines:
        yield TextBlock(lines, max(model, 1), is_open)


def _tells_nothing(line: str) -> bool:
    """Say whether a line of a PDB file belongs to the atom before it, or is empty."""
    return line.startswith("ANISOU") or not line.strip()


def cif_blocks(text: Iterable[str]) -> Iterator[TextBlock]:
    """Split the atoms of the first data block of an mmCIF file that has any."""
    header, rows = [], []
    is_open = True
    for line in _atom_loop(text):
        if line.startswith(CIF_ATOMS):
            header.append(line)
            continue
        if not line:
            is_open = False
            continue
        # CIF may spread a row over lines; then nothing tells where one ends, and nothing is cut.
        if len(rows) >= BLOCK_LINES and len(rows[0].split()) >= len(header):
            yield TextBlock(header + rows, 0)
            rows = []
        rows.append(line)
        is_open = True
    if rows:
        yield TextBlock(header + rows, 0, is_open)


def _atom_loop(text: Iterable[str]) -> Iterator[str]:
    """Give the lines of the loop over atoms, and an empty one where something closes it.

    A text between semicolons may hold anything.
    """
    quoted = inside = False
    for line in text:
        if line.startswith(";"):
            quoted = not quoted
        elif quoted:
            continue
        elif not line.strip():
            yield ""
        elif line.startswith(CIF_ATOMS):
            inside = True
            yield line.strip()
        elif inside and line.startswith(_CIF_ENDS):
            yield ""
            return
        elif inside:
            yield line.rstrip("\r\n")
