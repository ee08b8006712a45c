"""MGF files, one spectrum at a time: blocks with their line numbers, each parsed by pyteomics.

pyteomics stops a file at its first bad spectrum and takes a peak without intensity silently, so
the blocks are cut here and handed to it one by one: a bad one costs itself only.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
from pyteomics import mgf
from pyteomics.auxiliary import PyteomicsError

from core.problems.peptide.reading.formats import Problem, RawSpectrum, problem
from core.problems.peptide.reading.streams import numbered_lines

MAX_BLOCK_LINES: Final = 200_000  # a spectrum has thousands of peaks, a lost END IONS millions
BEGIN, END = "BEGIN IONS", "END IONS"
SEQUENCE_KEYS: Final = ("seq", "sequence", "peptide")
# Whatever else stands in a block (RTINSECONDS, COM ...) cannot spoil the spectrum.
_WANTED_KEYS: Final = frozenset(
    {"TITLE", "PEPMASS", "CHARGE", "SCANS", *(key.upper() for key in SEQUENCE_KEYS)}
)
_PARAMETER: Final = re.compile(r"\s*([A-Za-z_][\w ]*?)\s*=(.*)")
_COMMENT: Final = frozenset("#;!/")


@dataclass
class _Block:
    """The lines between BEGIN IONS and END IONS, with the number of the first."""

    line: int
    number: int
    parameters: dict[str, tuple[int, str]]
    peaks: list[tuple[int, str]] = field(default_factory=list)

    @property
    def spectrum_id(self) -> str:
        title = self.parameters.get("TITLE", (0, ""))[1].strip()
        scans = self.parameters.get("SCANS", (0, ""))[1].strip()
        return title or (f"scan {scans}" if scans else f"spectrum {self.number}")

    def add(self, line: int, text: str) -> None:
        """Sort a line to the parameters or to the peaks."""
        parameter = _PARAMETER.fullmatch(text) if "=" in text else None
        if parameter is None:
            self.peaks.append((line, text))
        elif (key := parameter[1].upper()) in _WANTED_KEYS:
            self.parameters[key] = (line, parameter[2].strip())

    def text(self) -> str:
        """Write the block as pyteomics reads it."""
        parameters = (f"{key}={value}" for key, (_, value) in self.parameters.items() if value)
        return "\n".join([BEGIN, *parameters, *(text for _, text in self.peaks), END, ""])


def read_mgf(stream: io.BufferedIOBase, source: str) -> Iterator[RawSpectrum | Problem]:
    """Read an MGF file spectrum by spectrum; holds one block in memory.

    Args:
        stream: Binary, at its start.
        source: File name for the messages.

    Yields:
        Each spectrum as it stands in the file, and a problem for each block that cannot be parsed.
    """
    for block in _blocks(stream, source):
        if isinstance(block, Problem):
            yield block
            continue
        if "\ufffd" in block.spectrum_id:
            yield problem(
                source,
                block.spectrum_id,
                block.parameters["TITLE"][0],
                expected="UTF-8 text in TITLE",
                came="other bytes, shown as \ufffd",
                do="Save the file as UTF-8 if labels name this spectrum",
                kept=True,
            )
        yield _parse(block, source)


def _lines(stream: io.BufferedIOBase) -> Iterator[tuple[int, str]]:
    for line, text in numbered_lines(stream):
        stripped = text.strip()
        if stripped[0] not in _COMMENT:
            yield line, stripped


def _blocks(stream: io.BufferedIOBase, source: str) -> Iterator[_Block | Problem]:
    block: _Block | None = None
    charge: dict[str, tuple[int, str]] = {}  # the header's CHARGE holds where a spectrum has none
    number = 0
    for line, text in _lines(stream):
        mark = text.upper()
        if mark == BEGIN:
            if block is not None:
                yield _cut(block, source, f"another {BEGIN} in line {line:,}")
            number += 1
            block = _Block(line, number, dict(charge))
        elif mark == END:
            if block is None:
                number += 1
                yield _headless(source, number, line)
            else:
                yield block
            block = None
        elif block is not None:
            block.add(line, text)
            if len(block.peaks) > MAX_BLOCK_LINES:
                yield _cut(block, source, f"{MAX_BLOCK_LINES:,} lines without it")
                block = None
        elif number == 0 and mark.startswith("CHARGE="):
            charge = {"CHARGE": (line, text.split("=", 1)[1].strip())}
    if block is not None:
        yield _cut(block, source, "the end of the file")


def _cut(block: _Block, source: str, came: str) -> Problem:
    return problem(
        source,
        block.spectrum_id,
        block.line,
        expected=END,
        came=came,
        do="The spectrum is left out; the file may be truncated, copy it again",
    )


def _headless(source: str, number: int, line: int) -> Problem:
    return problem(
        source,
        f"spectrum {number}",
        line,
        expected=f"{BEGIN} before {END}",
        came="none",
        do="The spectrum is left out; correct its first line",
    )


def _parse(block: _Block, source: str) -> RawSpectrum | Problem:
    try:
        text = io.StringIO(block.text())
        reader = mgf.MGF(text, use_header=False, convert_arrays=0, read_charges=False)
        found = cast("dict[str, Any]", next(iter(reader)))
    except (PyteomicsError, ValueError, OverflowError) as error:
        return _blame(block, source, str(error))
    mz, intensity, params = found["m/z array"], found["intensity array"], found["params"]
    if len(mz) != len(intensity) or len(mz) != len(block.peaks):
        return _blame(block, source, "a line with one number")
    sequence = next((params[key] for key in SEQUENCE_KEYS if params.get(key)), None)
    return RawSpectrum(
        block.spectrum_id,
        block.line,
        np.array(mz, dtype=np.float64),
        np.array(intensity, dtype=np.float64),
        params.get("pepmass", (None,))[0],
        tuple(int(charge) for charge in params.get("charge", ())),
        sequence,
        tuple(line for line, _ in block.peaks),
    )


def _blame(block: _Block, source: str, error: str) -> Problem:
    """Find the line that pyteomics could not read, and say what it should hold."""
    line, text = block.parameters.get("CHARGE", (block.line, error))
    expected = "CHARGE as in 2+"
    mass_line, mass = block.parameters.get("PEPMASS", (block.line, "1"))
    if not _are_numbers(mass.split()[:2], 1):
        line, text, expected = mass_line, mass, "PEPMASS with the precursor's m/z"
    for peak_line, peak in block.peaks:
        if not _are_numbers(peak.split()[:2], 2):
            line, text = peak_line, peak
            expected = "a peak: m/z and intensity as two numbers with decimal points"
            break
    do = "The spectrum is left out; correct the line"
    return problem(source, block.spectrum_id, line, expected=expected, came=f"'{text[:60]}'", do=do)


def _are_numbers(words: list[str], at_least: int) -> bool:
    try:
        return len([float(word) for word in words]) >= at_least
    except ValueError:
        return False
