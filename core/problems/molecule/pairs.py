"""Pairs of a molecule and a text: names of the component dictionary, or a table of one's own."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
from rdkit import Chem, rdBase

from core.chemistry.components import choose_components
from core.errors import InputError

SEPARATORS: Final = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SMILES: Final = ("smiles", "canonical_smiles", "isomeric_smiles")
TEXT: Final = ("description", "text", "caption", "name")
NAME: Final = ("id", "cid", "chebi_id", "identifier")
ESCAPED: Final = re.compile(r"\\{2,}")  # an escape of one: no SMILES has two bonds in a row
SHOWN: Final = 40  # letters of a SMILES in a message
TICK: Final = 500  # rows between two calls of the progress
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Molecules, each with a text.

    Args:
        names: What each pair is called.
        molecules: Sanitised.
        texts: None of them empty; several pairs may share one.
        left_out: What was not used, a sentence each.
        origin: Where all this comes from, for readers.
        are_names: Whether the texts are chemical names, which letters tell apart, not words.
    """

    names: tuple[str, ...]
    molecules: tuple[Chem.Mol, ...]
    texts: tuple[str, ...]
    left_out: tuple[str, ...]
    origin: str
    are_names: bool


def dictionary_pairs(count: int, seed: int) -> Pairs:
    """Pair molecules of the component dictionary with their chemical names.

    Args:
        count: How many, of 8 to 50 heavy atoms; fewer where the dictionary has not as many.
        seed: Of the choice.
    """
    chosen = choose_components(count, seed)
    origin = f"{len(chosen):,} molecules of the component dictionary with their names"
    molecules = tuple(component.mol for component in chosen.values())
    titles = tuple(component.title for component in chosen.values())
    return Pairs(tuple(chosen), molecules, titles, (), origin, are_names=True)


def read_table(path: Path, *, progress: Progress = lambda _done, _total: None) -> Pairs:
    """Read pairs from a table with a column of SMILES and one of descriptions.

    A row that cannot be used costs itself only. Backslashes of a SMILES (E or Z of a double bond)
    that are doubled, as ChEBI-20 has them, count once. Rows are counted as a spreadsheet does: the
    first one under the heading is row 2.

    Args:
        path: CSV (comma), TSV or TXT (tab), UTF-8, with a heading in any case; further columns are
            ignored.
        progress: Called with rows done and rows in all.

    Raises:
        InputError: Not such a table, or no row of it can be used.
    """
    table = _read(path)
    smiles, text = (_column(table, path.name, names) for names in (SMILES, TEXT))
    named = next((name for name in NAME if name in table.columns), None)
    names: list[str] = []
    molecules: list[Chem.Mol] = []
    texts: list[str] = []
    left_out: list[str] = []
    for place, row in enumerate(table.to_dict("records")):
        if place % TICK == 0:
            progress(place, len(table))
        name = str(row[named]) if named else f"row {place + 2}"
        where = f"row {place + 2}" + (f" ({name})" if named else "")
        said = plain_text(row[text])
        molecule = _molecule(row[smiles])
        if molecule is None:
            left_out.append(f"{where}: RDKit refuses the SMILES {row[smiles][:SHOWN]!r}")
        elif not said:
            left_out.append(f"{where}: an empty description")
        else:
            names.append(name)
            molecules.append(molecule)
            texts.append(said)
    if not names:
        why = left_out[0] if left_out else "no row at all"
        raise InputError(path.name, expected="at least one usable row", came=why,
                         do="Correct the table, or choose another")  # fmt: skip
    origin = f"{len(names):,} molecules of {path.name} with their descriptions"
    return Pairs(
        tuple(names), tuple(molecules), tuple(texts), tuple(left_out), origin, are_names=False
    )


def plain_text(text: str) -> str:
    r"""Bring a text into one form, so that equal ones are equal: Unicode, white space.

    Example:
        >>> plain_text("  an\n acid ")
        'an acid'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _molecule(smiles: str) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(ESCAPED.sub(r"\\", smiles.strip()))
    return molecule if molecule is not None and molecule.GetNumAtoms() else None


def _read(path: Path) -> pd.DataFrame:
    separator = SEPARATORS.get(path.suffix.lower())
    if separator is None:
        raise InputError(path.name, expected="a table, .csv, .tsv or .txt",
                         came=path.suffix or "no suffix", do="Save it as one of these")  # fmt: skip
    try:
        table = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig",
            encoding_errors="strict", quoting=3 if separator == "\t" else 0,
        )  # fmt: skip
    except (OSError, ValueError, pd.errors.ParserError) as error:
        came = "an empty file" if isinstance(error, pd.errors.EmptyDataError) else str(error)[:80]
        raise InputError(path.name, expected="a table in UTF-8 with a heading", came=came,
                         do="Correct the file, or choose another") from error  # fmt: skip
    table.columns = [str(name).strip().lower() for name in table.columns]
    return table.fillna("")


def _column(table: pd.DataFrame, name: str, known: Sequence[str]) -> str:
    found = next((column for column in known if column in table.columns), None)
    if found is None:
        raise InputError(name, expected=f"a column {known[0]} (or {', '.join(known[1:])})",
                         came=", ".join(map(str, table.columns))[:80] or "none",
                         do="Name the column in the heading")  # fmt: skip
    return found
