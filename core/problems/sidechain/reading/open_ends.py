"""Whether a text file that ends on one of its atoms was cut: chains announced before them."""

from collections.abc import Iterable, Iterator
from itertools import dropwhile, takewhile
from typing import Final

from biotite.structure.io import pdbx

from core.problems.sidechain.reading.text_blocks import ATOM_RECORDS, CIF_ATOMS

OPEN_END: Final = (
    "the file ends on one of its atoms, with nothing behind it that closes a table or a chain: "
    "whether it was cut there cannot be told"
)
_CHAINS: Final = "_struct_asym."
_CHAIN: Final = f"{CIF_ATOMS}label_asym_id"
_NEXT: Final = ("#", "loop_", "data_", "_")


def pdb_chains_without_atoms(text: Iterable[str]) -> tuple[str, ...]:
    """Find the chains that a PDB file announces by their sequences and that have no atom.

    Example:
        >>> pdb_chains_without_atoms(["SEQRES   1 B    3  ALA TRP LYS"])
        ('B',)
    """
    announced: dict[str, None] = {}
    found: set[str] = set()
    for line in text:
        if line.startswith("SEQRES"):
            announced[line[11:12]] = None
        elif line.startswith(ATOM_RECORDS):
            found.add(line[21:22])
    return tuple(chain for chain in announced if chain not in found)


def cif_chains_without_atoms(text: Iterable[str]) -> tuple[str, ...]:
    """Find the chains that an mmCIF file announces ahead of its atoms and that have none.

    The archive announces every chain, the waters as the last one; most programs announce none.

    Args:
        text: Lines; the atoms are the last table.

    Returns:
        Chains by their label; none too where the rows of atoms are spread over lines.

    Example:
        >>> cif_chains_without_atoms(
        ...     ["_struct_asym.id B", "#", "loop_", "_atom_site.label_asym_id", "A"]
        ... )
        ('B',)
    """
    lines = iter(text)
    announced = _announced(lines)
    columns: list[str] = []
    found: set[str] = set()
    for line in dropwhile(lambda line: not line.startswith(CIF_ATOMS), lines):
        if line.startswith(CIF_ATOMS):
            columns.append(line.strip())
            continue
        values = line.split()
        if len(values) != len(columns) or _CHAIN not in columns:
            return ()
        found.add(values[columns.index(_CHAIN)])
    return tuple(chain for chain in announced if chain not in found)


def _announced(lines: Iterator[str]) -> list[str]:
    """Read the table of chains, and leave the lines behind it."""
    own = dropwhile(lambda line: not line.startswith(_CHAINS), lines)
    table = list(takewhile(lambda line: line.startswith(_CHAINS) or _is_row(line), own))
    if not table:
        return []
    loop = [] if len(table[0].split()) > 1 else ["loop_\n"]
    category = pdbx.CIFCategory.deserialize("".join(f"{line.rstrip()}\n" for line in loop + table))
    return category["id"].as_array(str).tolist() if "id" in category else []


def _is_row(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(_NEXT)
