"""What a reader hands on: a raw spectrum as the file has it, or a problem with its place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float

MAX_PROBLEMS: Final = 200  # of what was left out, and again of notes


@dataclass(frozen=True)
class Problem:
    """Something wrong in an input, worded for the person who can correct it.

    Args:
        source: File name.
        spectrum_id: Spectrum (or label) it is about, None where there is none.
        line: Line number from 1, None where the format has no lines.
        message: What was expected, what came, what to do.
        kept: True for a note about a spectrum that was kept, False where something was left out.
    """

    source: str
    spectrum_id: str | None
    line: int | None
    message: str
    kept: bool = False

    def __str__(self) -> str:
        """Write the place, then the message."""
        place = [self.source]
        if self.line is not None:
            place.append(f"line {self.line:,}")
        if self.spectrum_id is not None:
            place.append(f"spectrum {self.spectrum_id}")
        return f"{', '.join(place)}: {self.message}"


def problem(
    source: str,
    spectrum_id: str | None = None,
    line: int | None = None,
    *,
    expected: str,
    came: str,
    do: str,
    kept: bool = False,
) -> Problem:
    """Word a problem like every other message: what was expected, what came, what to do.

    Example:
        >>> print(problem("a.mgf", "s1", 7, expected="END IONS", came="the end", do="Copy it"))
        a.mgf, line 7, spectrum s1: expected END IONS, came the end. Copy it.
    """
    return Problem(source, spectrum_id, line, f"expected {expected}, came {came}. {do}.", kept)


@dataclass
class ProblemList:
    """Problems in order; a long list is cut and the rest counted, whatever the file holds.

    Args:
        source: File name.
    """

    source: str
    listed: list[Problem] = field(default_factory=list)
    counts: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})

    def add(self, found: Problem) -> None:
        """List a problem, or count it where 200 of its kind (left out, notes) are listed."""
        self.counts[found.kept] += 1
        if self.counts[found.kept] <= MAX_PROBLEMS:
            self.listed.append(found)

    def closed(self) -> Iterator[Problem]:
        """Give the list, and at its end what was only counted."""
        yield from self.listed
        for kept, word in ((False, "problems"), (True, "notes")):
            more = self.counts[kept] - MAX_PROBLEMS
            if more > 0:
                expected, came = f"at most {MAX_PROBLEMS} {word}", f"{more:,} more"
                do = "They are counted, not listed; correct the first ones and read again"
                yield problem(self.source, expected=expected, came=came, do=do, kept=kept)


@dataclass(frozen=True, eq=False)
class RawSpectrum:
    """One fragment spectrum as a file has it, nothing checked but that the numbers are numbers.

    Args:
        spectrum_id: TITLE, scan name or "spectrum <n>".
        line: First line of the spectrum from 1, None where the format has no lines.
        mz: m/z values in file order.
        intensity: Intensities in file order.
        precursor_mz: None where it is missing.
        charges: All charges that the file allows for the precursor; empty where missing.
        sequence: The peptide that the file names, None where it names none.
        peak_lines: Line number of each peak, empty where the format has no lines.
    """

    spectrum_id: str
    line: int | None
    mz: Float[np.ndarray, " peaks"]
    intensity: Float[np.ndarray, " peaks"]
    precursor_mz: float | None
    charges: tuple[int, ...] = ()
    sequence: str | None = None
    peak_lines: tuple[int, ...] = field(default=(), repr=False)
