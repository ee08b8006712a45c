"""Answers of other de novo tools: the PSM section of mzTab, or a CSV or TSV with a header."""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.errors import InputError
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.reading.formats import Problem, ProblemList, problem
from core.problems.peptide.reading.streams import (
    GZIP_ERRORS,
    Source,
    describe,
    numbered_lines,
    opened,
    read_head,
)

MAX_ANSWERS: Final = 1_000_000
# Names of columns, compared in lower case with "_" for spaces; predictions before "sequence",
# which some tools keep for the right peptide.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "spectrum": (
        "spectra_ref", "spec_id", "title", "spectrum_id", "spectrum", "scan", "scan_number",
    ),
    "peptide": (
        "opt_global_cv_ms:1003169_proforma_peptidoform_sequence", "predictions", "prediction",
        "preds", "predicted_sequence", "denovo_peptide", "proforma", "peptide", "sequence",
    ),
    "score": (
        "search_engine_score[1]", "score", "log_probs", "log_probabilities", "predicted_score",
        "peptide_score", "confidence", "probability", "alc_(%)", "alc",
    ),
}  # fmt: skip
# What a tool calls the right peptide, where it writes it beside its own answer.
LABELS: Final = (
    "targets", "target", "ground_truth", "true_sequence", "true_peptide", "label", "sequence",
    "peptide",
)  # fmt: skip
PREDICTED: Final = (
    "predictions", "prediction", "preds", "predicted_sequence", "denovo_peptide",
)  # fmt: skip
NULL: Final = ("", "null", "nan", "none")
_LEADING: Final = re.compile(r"((?:\[[^\[\]]*\]|[+-]\d+(?:\.\d*)?)+)(?=[A-Z])")
_MASS: Final = re.compile(r"(?<!\[)([+-]\d+(?:\.\d*)?)")


@dataclass(frozen=True)
class Answer:
    """What a tool believes of a spectrum.

    Args:
        spectrum: How the file names the spectrum: a title, "scan=17", "index=0".
        peptide: The answer.
        score: Higher is surer; -inf where the file has none.
        line: Line number from 1.
    """

    spectrum: str
    peptide: Peptide
    score: float
    line: int


@dataclass(frozen=True)
class Answers:
    """What came out of a file of answers.

    Args:
        answers: The good rows in file order; several of one spectrum are all there.
        problems: What was left out.
        read: Rows met, good and bad.
        source: File name.
        labels: The right peptide of each spectrum, where the file has it; also of rows without
            an answer.
    """

    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...]
    read: int
    source: str
    labels: Mapping[str, Peptide] = field(default_factory=dict)


def read_answers(source: Source, *, name: str) -> Answers:
    """Read the answers of a tool: mzTab, CSV or TSV, told apart by content.

    Args:
        source: Path, or a binary seekable file object such as an upload; plain or gzip'd.
        name: File name for the messages.

    Raises:
        InputError: The file cannot be read or its header lacks a column.
    """
    problems, answers, read = ProblemList(name), list[Answer](), 0
    labels: dict[str, Peptide] = {}
    with opened(source, name, None) as stream:
        try:
            for line, (*cells, label) in _rows(stream, name):
                read += 1
                try:
                    if label.lower() not in NULL:
                        labels.setdefault(cells[0], parse_answer(label))
                    answers += [_answer(line, *cells)] if len(answers) < MAX_ANSWERS else []
                except InputError as error:
                    problems.add(problem(name, cells[0] or None, line, expected=error.expected,
                                         came=error.came, do="The answer is left out"))  # fmt: skip
        except GZIP_ERRORS as error:
            came, do = f"a break after {read:,} rows ({error})", "Copy the file again"
            problems.add(problem(name, expected="a whole gzip file", came=came, do=do))
    if not read:
        raise InputError(name, expected="at least one answer", came="none", do="Choose another")
    return Answers(tuple(answers), tuple(problems.closed()), read, name, labels)


def _rows(stream: io.BufferedIOBase, name: str) -> Iterator[tuple[int, list[str]]]:
    """Give spectrum, peptide, score and label of each row, with the number of its line."""
    head = read_head(stream)
    is_mztab = bool(re.search(rb"^(PSH|MTD)\t", head, re.MULTILINE))
    places: dict[str, int] = {}
    separator = "\t"
    for line, text in numbered_lines(stream):
        if is_mztab and not text.startswith(("PSH\t", "PSM\t")):
            continue
        if not places:
            separator = next((mark for mark in "\t,;" if mark in text), ",")
            places = _places(_cells(text, separator), head, name)
            continue
        cells = _cells(text, separator)
        yield (
            line,
            [
                cells[places[column]].strip() if places.get(column, len(cells)) < len(cells) else ""
                for column in (*COLUMNS, "label")
            ],
        )


def _cells(line: str, separator: str) -> list[str]:
    """Take a line apart; csv refuses a bare carriage return as a whole."""
    return next(csv.reader([line.replace("\r", " ")], delimiter=separator))


def _places(header: Sequence[str], head: bytes, name: str) -> dict[str, int]:
    names = [cell.strip().lower().replace(" ", "_") for cell in header]
    places = {
        column: names.index(known)
        for column, aliases in COLUMNS.items()
        if (known := next((alias for alias in aliases if alias in names), None)) is not None
    }
    if not {"spectrum", "peptide"} <= places.keys():
        expected = "mzTab with a PSM section, or a header with a column for the spectrum "
        expected += f"({', '.join(COLUMNS['spectrum'])}) and one for the peptide "
        expected += f"({', '.join(COLUMNS['peptide'][1:])})"
        raise InputError(name, expected=expected, came=describe(head),
                         do="Name the columns in the first line")  # fmt: skip
    label = next((names.index(known) for known in LABELS if known in names), None)
    if label is not None and names[places["peptide"]] in PREDICTED:
        places["label"] = label
    return places


def _answer(line: int, spectrum: str, peptide: str, score: str) -> Answer:
    if spectrum.lower() in NULL or peptide.lower() in NULL:
        raise InputError("row", expected="a spectrum and a peptide", came="none", do="")
    try:
        value = float(score) if score.lower() not in NULL else -math.inf
    except ValueError:
        raise InputError("score", expected="a number", came=f"'{score[:40]}'", do="") from None
    return Answer(spectrum, parse_answer(peptide), value, line)


def parse_answer(text: str) -> Peptide:
    """Read a peptide as other tools write it.

    Besides what `parse_peptide` takes: modifications in round brackets, residues parted by
    commas, an N-terminal mass or name without a dash, a charge behind a slash.

    Raises:
        InputError: A letter is no residue or a modification is not known.

    Example:
        >>> [str(parse_answer(text)) for text in ("+42.011PEM(+15.99)K", "P,E,K", "PEK/2")]
        ['[+42.01]-PEM[+15.99]K', 'PEK', 'PEK']
    """
    text = re.sub(r"/\d+$", "", text.strip()).replace(",", "").replace("(", "[").replace(")", "]")
    leading = _LEADING.match(text)
    if leading:
        text = _MASS.sub(r"[\1]", leading[1]) + "-" + text[leading.end() :]
    return parse_peptide(text)
