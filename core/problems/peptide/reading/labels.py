"""Peptide labels of spectra: PEPREC files, CSV and TSV tables."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import InputError
from core.problems.peptide.peptides import Modification, Peptide, modification_at, parse_peptide
from core.problems.peptide.reading.checks import MAX_CHARGE
from core.problems.peptide.reading.formats import Problem, ProblemList, problem
from core.problems.peptide.reading.streams import (
    GZIP_ERRORS,
    Source,
    describe,
    numbered_lines,
    opened,
    read_head,
)
from core.problems.peptide.residues import MODIFICATIONS, require_residues
from core.problems.peptide.spectra import ReadResult, Spectrum

MAX_LABELS: Final = 1_000_000
LINE_END: Final = "lines that end in LF or CRLF"
BARE_CR: Final = "a carriage return (CR) alone inside the line"
SAVE_AGAIN: Final = "Save the file again with the line ends of Unix or Windows"
# Column names in use, ours first; compared in lower case with "_" for spaces.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "spectrum": ("spec_id", "title", "spectrum_id", "spectrum", "scan", "scan_number", "id"),
    "peptide": ("peptide", "proforma", "modified_sequence", "sequence", "seq"),
    "charge": ("charge", "precursor_charge", "z"),
    "modifications": ("modifications", "mods"),
}
_SCAN: Final = re.compile(r"\bscan[= ](\d+)")
_ASSIGNED_CHARGE: Final = re.compile(r"(.*)/(\d+)")  # ProForma's PEPTIDE/2


@dataclass(frozen=True)
class Label:
    """One row of a label file.

    Args:
        spectrum_id: Title or scan number of the spectrum it names.
        peptide: The label.
        charge: 1 to 20, None where the file has none.
        line: Line number from 1.
    """

    spectrum_id: str
    peptide: Peptide
    charge: int | None
    line: int


@dataclass(frozen=True)
class Labels:
    """What came out of a label file.

    Args:
        labels: The good rows by the spectrum they name.
        problems: What was left out or is odd, in file order.
        read: Rows met, good and bad.
        source: File name.
    """

    labels: Mapping[str, Label]
    problems: tuple[Problem, ...]
    read: int
    source: str


def read_labels(source: Source, *, name: str) -> Labels:
    """Read a label file: PEPREC, or a CSV or TSV table with a header; told apart by content.

    PEPREC separates by spaces and writes modifications as "pos|Name|pos|Name" with 0 for the
    N-terminus and -1 for the C-terminus, "-" for none. A table needs a column for the spectrum
    (spec_id, title, scan ...) and one for the peptide, plain or as `parse_peptide` reads it.

    Args:
        source: Path, or a binary seekable file object such as an upload; plain or gzip'd.
        name: File name for the messages.

    Raises:
        InputError: The file cannot be read or its header lacks a column.
    """
    problems, labels, read = ProblemList(name), dict[str, Label](), 0
    with opened(source, name, None) as stream:
        try:
            for row in _rows(stream, name):
                read += 1
                for found in _take(row, labels, name):
                    problems.add(found)
        except GZIP_ERRORS as error:
            came, do = f"a break after {read:,} rows ({error})", "Copy the file again"
            problems.add(problem(name, expected="a whole gzip file", came=came, do=do))
    return Labels(labels, tuple(problems.closed()), read, name)


@dataclass(frozen=True)
class _Row:
    """One row below the header: its cells, where each column stands, whether a CR breaks it."""

    line: int
    cells: Sequence[str]
    columns: Mapping[str, int]
    width: int
    broken: bool = False

    def cell(self, column: str, default: str = "") -> str:
        """Give a cell by the column's own name; the default where there is no such column."""
        place = self.columns.get(column, len(self.cells))
        return self.cells[place] if place < len(self.cells) else default


def _take(row: _Row, labels: dict[str, Label], name: str) -> Iterator[Problem]:
    """Read a row into the labels, and give what is wrong or odd about it."""
    try:
        label = _label(row)
    except InputError as error:
        came = f"{error.came} ({error.where})"
        do = "The label is left out; correct the row"
        spectrum_id = row.cell("spectrum") or None
        yield problem(name, spectrum_id, row.line, expected=error.expected, came=came, do=do)
        return
    if label.spectrum_id in labels:
        yield _twice(label, labels[label.spectrum_id], name)
        return
    if len(labels) >= MAX_LABELS:
        expected, do = f"at most {MAX_LABELS:,} labels", "The label is left out; split the file"
        yield problem(name, label.spectrum_id, row.line, expected=expected, came="more", do=do)
        return
    labels[label.spectrum_id] = label
    for modification in label.peptide.modifications:
        if not _fits(label.peptide, modification):
            yield _misplaced(label, modification, name)


def _rows(stream: io.BufferedIOBase, name: str) -> Iterator[_Row]:
    head = read_head(stream)
    at, first = next(numbered_lines(io.BytesIO(head)), (1, ""))
    if "\r" in first:
        raise InputError(f"{name}, line {at}", expected=LINE_END, came=BARE_CR, do=SAVE_AGAIN)
    separator = next((mark for mark in "\t,;" if mark in first), None)
    header = _cells(first, separator)
    columns = _columns(header)
    if b"\0" in head or not {"spectrum", "peptide"} <= columns.keys():
        raise InputError(
            name,
            expected="a header with a column for the spectrum "
            f"({', '.join(COLUMNS['spectrum'])}) and one for the peptide "
            f"({', '.join(COLUMNS['peptide'])})",
            came=describe(head),
            do="Name the columns in the first line, as in: spec_id modifications peptide charge",
        )
    lines = numbered_lines(stream)
    next(lines)
    for line, text in lines:
        yield _Row(line, _cells(text, separator), columns, len(header), "\r" in text)


def _cells(line: str, separator: str | None) -> list[str]:
    """Split a line; titles in a table may be quoted, labels never span lines."""
    if separator is None:
        return line.split()
    # csv refuses a bare carriage return as a whole; the row is reported by its `broken`.
    line = line.replace("\r", " ")
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _columns(header: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().lower().replace(" ", "_") for cell in header]
    return {
        column: names.index(known)
        for column, aliases in COLUMNS.items()
        if (known := next((alias for alias in aliases if alias in names), None)) is not None
    }


def _label(row: _Row) -> Label:
    if row.broken:
        raise InputError("row", expected=LINE_END, came=BARE_CR, do="")
    if len(row.cells) != row.width:
        expected = f"{row.width} columns as in the header"
        raise InputError("row", expected=expected, came=f"{len(row.cells)}", do="")
    if not row.cell("spectrum"):
        raise InputError("column spectrum", expected="a title or scan", came="nothing", do="")
    text, given = row.cell("peptide"), ""
    assigned = _ASSIGNED_CHARGE.fullmatch(text)
    if assigned is not None:
        text, given = assigned[1], assigned[2]
    peptide = _peptide(text, row.cell("modifications"))
    return Label(row.cell("spectrum"), peptide, _charge(row.cell("charge") or given), row.line)


def _peptide(text: str, mods: str) -> Peptide:
    if mods in {"-", ""}:
        return parse_peptide(text)
    require_residues(text, f"peptide {text[:60]}")
    parts = mods.split("|")
    if len(parts) % 2 or not all(re.fullmatch(r"-1|\d{1,9}", part) for part in parts[::2]):
        raise InputError(
            "column modifications", expected="pos|Name|pos|Name or -", came=f"'{mods[:60]}'", do=""
        )
    places = [int(part) for part in parts[::2]]
    beyond = [place for place in places if place > len(text)]
    if beyond:
        expected = f"positions of 0 to {len(text)} or -1"
        raise InputError("column modifications", expected=expected, came=f"{beyond[0]}", do="")
    pairs = zip(places, parts[1::2], strict=True)
    return Peptide(text, tuple(modification_at(part, text, place) for place, part in pairs))


def _charge(text: str) -> int | None:
    if not text:
        return None
    # Nine digits at most: Python refuses to read a number of more than 4,300.
    if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= MAX_CHARGE:
        expected = f"a whole number of 1 to {MAX_CHARGE}"
        raise InputError("column charge", expected=expected, came=f"'{text[:60]}'", do="")
    return int(text)


def _fits(peptide: Peptide, modification: Modification) -> bool:
    known = MODIFICATIONS.get(modification.name)
    return known is None or known.fits(peptide.sequence, modification.position)


def _misplaced(label: Label, modification: Modification, name: str) -> Problem:
    known = MODIFICATIONS[modification.name]
    home = ", ".join(
        filter(None, (known.residues, f"N-terminal {known.n_term}" if known.n_term else ""))
    )
    return problem(
        name,
        label.spectrum_id,
        label.line,
        expected=f"{known.name} ({known.mass_da:+.4f}) on {home}",
        came=f"it at position {modification.position} of {label.peptide.sequence}",
        do="The label is kept; see whether the precursor agrees in the data check",
        kept=True,
    )


def _twice(label: Label, first: Label, name: str) -> Problem:
    return problem(
        name,
        label.spectrum_id,
        label.line,
        expected="one label a spectrum",
        came=f"a second one, {label.peptide}, after {first.peptide} in line {first.line:,}",
        do="The second is left out; remove one of them",
    )


def attach_labels(result: ReadResult, labels: Labels) -> ReadResult:
    """Put labels to spectra by title, or by scan number.

    A label wins over a peptide in the spectrum file. Spectra without a label are kept.

    Args:
        result: What was read from the spectrum file.
        labels: What was read from the label file.

    Returns:
        The spectra with their peptides, and the problems of both files and of the matching: a
        label that names a missing spectrum or one that has a label already under another name
        (the first stays), a charge that disagrees (the spectrum's stays), and how many spectra
        have no label.
    """
    spectra, problems = list(result.spectra), ProblemList(labels.source)
    find, taken = _finder(result.spectra), dict[int, Label]()
    for label in labels.labels.values():
        place = find(label.spectrum_id)
        if place is None:
            problems.add(_missing(label, labels.source))
            continue
        # A title, a scan and a scan with leading zeros may all name one spectrum.
        first = taken.setdefault(place, label)
        if first is not label:
            problems.add(_twice(label, first, labels.source))
            continue
        if label.charge not in {None, spectra[place].precursor_charge}:
            problems.add(_other_charge(label, spectra[place], labels.source))
        spectra[place] = replace(spectra[place], peptide=label.peptide)
    bare = sum(spectrum.peptide is None for spectrum in spectra)
    if bare:
        came = f"{bare:,} of {len(spectra):,} spectra without one"
        do = "They are kept; views that need the right peptide leave them out"
        problems.add(
            problem(labels.source, expected="a label for each", came=came, do=do, kept=True)
        )
    found = (*result.problems, *labels.problems, *problems.closed())
    return ReadResult(tuple(spectra), found, result.read)


def _finder(spectra: Sequence[Spectrum]) -> Callable[[str], int | None]:
    by_name = {spectrum.spectrum_id: place for place, spectrum in enumerate(spectra)}
    by_scan: dict[str, int] = {}
    for place, spectrum in enumerate(spectra):
        scan = _SCAN.search(spectrum.spectrum_id)
        if scan:
            by_scan.setdefault(scan[1].lstrip("0"), place)
    return lambda name: by_name.get(name, by_scan.get(name.lstrip("0")))


def _missing(label: Label, name: str) -> Problem:
    return problem(
        name,
        label.spectrum_id,
        label.line,
        expected="the title or scan of a spectrum that was read",
        came="none of that name",
        do="The label is left out; see whether both files belong together",
    )


def _other_charge(label: Label, spectrum: Spectrum, name: str) -> Problem:
    return problem(
        name,
        label.spectrum_id,
        label.line,
        expected=f"the spectrum's precursor charge {spectrum.precursor_charge}",
        came=f"{label.charge}",
        do="The spectrum's charge is used; correct one of the files",
        kept=True,
    )
