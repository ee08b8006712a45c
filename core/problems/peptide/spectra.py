"""Spectra: the record, its preparation for a loss, and the reading of MGF and mzML files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.reading.checks import find_fault
from core.problems.peptide.reading.formats import Problem, ProblemList, RawSpectrum, problem
from core.problems.peptide.reading.mgf import read_mgf
from core.problems.peptide.reading.mzml import read_mzml
from core.problems.peptide.reading.streams import (
    GZIP_ERRORS,
    Progress,
    Source,
    opened,
    spectrum_format,
)

Transform = Literal["none", "sqrt", "log"]
MAX_SPECTRA: Final = 20_000
MAX_PEAKS: Final = 2_000
LOG_RANGE: Final = 1_000.0  # the log transform spans three decades below the base peak


@dataclass(frozen=True, eq=False)
class Spectrum:
    """One tandem mass spectrum.

    Args:
        spectrum_id: Its name within the file.
        precursor_mz: Measured m/z of the precursor, above 0.
        precursor_charge: 1 or more.
        mz: Peak positions in m/z, ascending; read-only.
        intensity: Peak heights in the file's unit, above 0; read-only.
        peptide: Its label, None where there is none.
        source: Where it comes from, for messages and captions.
    """

    spectrum_id: str
    precursor_mz: float
    precursor_charge: int
    mz: Float[np.ndarray, " peaks"]
    intensity: Float[np.ndarray, " peaks"]
    peptide: Peptide | None = None
    source: str = ""


@dataclass(frozen=True)
class ReadResult:
    """What came out of a file.

    Args:
        spectra: The good ones, in file order.
        problems: What was left out or changed, in file order; long lists are counted at the end.
        read: Fragment spectra met in the file, good and bad.
    """

    spectra: tuple[Spectrum, ...]
    problems: tuple[Problem, ...]
    read: int


def prepare(
    spectrum: Spectrum,
    *,
    top_peaks: int = 100,
    transform: Transform = "none",
    mz_min: float = 0.0,
    mz_max: float = 2000.0,
) -> tuple[Float[np.ndarray, " kept"], Float[np.ndarray, " kept"]]:
    """Give the peaks as a loss takes them: window, strongest peaks, transform, base peak 1.

    Args:
        spectrum: Not changed.
        top_peaks: How many of the strongest peaks inside the window to keep, 1 or more.
        transform: "none", "sqrt", or "log", which is log(1 + 1000 i) / log(1001) of the relative
            intensity i.
        mz_min: Lower end of the window in m/z, inclusive.
        mz_max: Upper end of the window in m/z, inclusive.

    Returns:
        m/z ascending and intensity in (0, 1]; both empty where no peak lies in the window.

    Raises:
        InputError: `top_peaks` below 1, an empty window or an unknown transform.
    """
    if top_peaks < 1 or not mz_min < mz_max:
        raise InputError(
            "peak preparation",
            expected="top_peaks of 1 or more and mz_min < mz_max",
            came=f"top_peaks {top_peaks}, window {mz_min} to {mz_max}",
            do="Correct the options",
        )
    if transform not in get_args(Transform):
        raise InputError(
            "intensity transform", expected="none, sqrt or log", came=transform, do="Choose one"
        )
    inside = (spectrum.mz >= mz_min) & (spectrum.mz <= mz_max)
    mz, intensity = spectrum.mz[inside], spectrum.intensity[inside]
    # Stable, so that of two equally strong peaks the one of lower m/z stays, on every machine.
    strongest = np.sort(np.argsort(-intensity, kind="stable")[:top_peaks])
    mz, intensity = mz[strongest], intensity[strongest]
    if not len(mz):
        return mz, intensity
    relative = intensity / intensity.max()
    if transform == "sqrt":
        relative = np.sqrt(relative)
    elif transform == "log":
        relative = np.log1p(LOG_RANGE * relative) / np.log1p(LOG_RANGE)
    return mz, relative


def read_spectra(
    source: Source,
    *,
    name: str,
    progress: Progress | None = None,
    limit: int = MAX_SPECTRA,
) -> ReadResult:
    """Read the fragment spectra of an MGF or mzML file, plain or gzip'd; the format by content.

    The file is streamed. A bad spectrum costs itself only and is reported. Peaks of intensity 0
    are left out without a word, of more than 2,000 peaks the strongest are kept.

    Args:
        source: Path, or a binary seekable file object such as an upload.
        name: File name for the messages.
        progress: Told the share of bytes read in [0, 1]; what it raises ends the reading.
        limit: How many spectra to keep at most; what is beyond is counted in `read`.

    Raises:
        InputError: The file cannot be read, is neither format, or holds no spectrum at all.
    """
    reading = _Reading(name, limit, ProblemList(name))
    with opened(source, name, progress) as stream:
        try:
            read = read_mgf if spectrum_format(stream, name) == "mgf" else read_mzml
            for found in read(stream, name):
                reading.take(found)
        except GZIP_ERRORS as error:
            reading.problems.add(
                problem(
                    name,
                    expected="a whole gzip file",
                    came=f"a break after {reading.read:,} spectra ({error})",
                    do="The rest is left out; copy the file again",
                )
            )
    if not reading.read and not reading.problems.listed:
        raise InputError(
            name, expected="at least one spectrum", came="none", do="Choose another file"
        )
    return reading.result()


@dataclass
class _Reading:
    """What has been read so far."""

    name: str
    limit: int
    problems: ProblemList
    read: int = 0
    beyond_limit: int = 0
    capped: int = 0
    spectra: list[Spectrum] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def take(self, found: RawSpectrum | Problem) -> None:
        """Keep a sound spectrum, report everything else."""
        if isinstance(found, Problem):
            self.read += not found.kept
            self.problems.add(found)
            return
        self.read += 1
        fault = find_fault(found, self.name)
        if fault is not None:
            self.problems.add(fault)
        elif len(self.spectra) >= self.limit:
            self.beyond_limit += 1
        else:
            self.spectra.append(self.sound(found))

    def note(self, raw: RawSpectrum, spectrum_id: str, expected: str, came: str, do: str) -> None:
        """Report something about a spectrum that is kept."""
        self.problems.add(
            problem(
                self.name, spectrum_id, raw.line, expected=expected, came=came, do=do, kept=True
            )
        )

    def sound(self, raw: RawSpectrum) -> Spectrum:
        """Turn a checked raw spectrum into the record: own name, sorted, strongest peaks, label."""
        spectrum_id = self.unique_name(raw)
        if len(raw.charges) > 1:
            came, do = f"{len(raw.charges)} charges", f"The first, {raw.charges[0]}, is taken"
            self.note(raw, spectrum_id, "one precursor charge", came, do)
        positive = np.flatnonzero(raw.intensity > 0)
        if np.any(np.diff(raw.mz[positive]) < 0):
            self.note(raw, spectrum_id, "ascending m/z", "unsorted peaks", "They are sorted")
        if len(positive) > MAX_PEAKS:
            self.capped += 1
            strongest = np.argsort(-raw.intensity[positive], kind="stable")[:MAX_PEAKS]
            positive = np.sort(positive[strongest])
        order = positive[np.argsort(raw.mz[positive], kind="stable")]
        mz, intensity = raw.mz[order], raw.intensity[order]
        for values in (mz, intensity):
            values.setflags(write=False)
        return Spectrum(
            spectrum_id,
            float(raw.precursor_mz or 0.0),
            next(iter(raw.charges)),
            mz,
            intensity,
            self.label(raw, spectrum_id),
            self.name,
        )

    def unique_name(self, raw: RawSpectrum) -> str:
        """Number a name that has been seen before, so that labels and links stay unambiguous."""
        seen = self.names[raw.spectrum_id] = self.names.get(raw.spectrum_id, 0) + 1
        if seen == 1:
            return raw.spectrum_id
        name = f"{raw.spectrum_id} ({seen})"
        do = f"It is called '{name}' here; labels go to the first"
        self.note(raw, name, "a title of its own", f"'{raw.spectrum_id}' again", do)
        return name

    def label(self, raw: RawSpectrum, spectrum_id: str) -> Peptide | None:
        """Read the peptide that the file names; none where it cannot be read."""
        if raw.sequence is None:
            return None
        try:
            return parse_peptide(raw.sequence)
        except InputError as error:
            do = f"The spectrum is kept without a label. {error.do}"
            self.note(raw, spectrum_id, error.expected, f"{error.came} ({error.where})", do)
            return None

    def result(self) -> ReadResult:
        """Close the books: what was only counted is said at the end."""
        return ReadResult(tuple(self.spectra), (*self.problems.closed(), *self.limits()), self.read)

    def limits(self) -> Iterator[Problem]:
        """Say what the limits left out."""
        if self.beyond_limit:
            came = f"{self.beyond_limit:,} more sound ones"
            do = "They are left out; split the file or raise the limit"
            yield problem(self.name, expected=f"at most {self.limit:,} spectra", came=came, do=do)
        if self.capped:
            came, do = f"more in {self.capped:,} spectra", "Their strongest peaks are kept"
            expected = f"at most {MAX_PEAKS:,} peaks"
            yield problem(self.name, expected=expected, came=came, do=do, kept=True)
