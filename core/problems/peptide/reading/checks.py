"""Why a spectrum cannot be used: the checks that every file format shares."""

import math
from typing import Final

import numpy as np

from core.problems.peptide.reading.formats import Problem, RawSpectrum, problem

MAX_CHARGE: Final = 20


def find_fault(raw: RawSpectrum, source: str) -> Problem | None:
    """Find the first reason to leave a spectrum out; None where it is sound.

    Peaks of intensity 0 are no fault: they are left out by the reader.

    Args:
        raw: As its file has it.
        source: File name for the message.
    """
    return _peak_fault(raw, source) or _precursor_fault(raw, source)


def _peak_fault(raw: RawSpectrum, source: str) -> Problem | None:
    if not len(raw.mz) or not np.any(raw.intensity != 0):
        came = f"{len(raw.mz):,}, all of intensity 0" if len(raw.mz) else "none"
        return problem(
            source,
            raw.spectrum_id,
            raw.line,
            expected="peaks",
            came=came,
            do="The spectrum is left out; remove it from the file",
        )
    for values, name in ((raw.mz, "m/z"), (raw.intensity, "intensity")):
        sound = np.isfinite(values) & (values >= 0)
        if not sound.all():
            first = int(np.argmin(sound))
            return problem(
                source,
                raw.spectrum_id,
                raw.peak_lines[first] if raw.peak_lines else raw.line,
                expected=f"a finite {name} of 0 or more in peak {first + 1:,}",
                came=f"{values[first]:g}",
                do="The spectrum is left out; correct or remove the peak",
            )
    return None


def _precursor_fault(raw: RawSpectrum, source: str) -> Problem | None:
    mz, key = raw.precursor_mz, ("PEPMASS" if raw.peak_lines else "selected ion m/z")
    if mz is None or not math.isfinite(mz) or mz <= 0:
        return problem(
            source,
            raw.spectrum_id,
            raw.line,
            expected=f"a precursor m/z above 0 ({key})",
            came="none" if mz is None else f"{mz:g}",
            do="The spectrum is left out; add its precursor",
        )
    bad = [charge for charge in raw.charges if not 1 <= charge <= MAX_CHARGE]
    if bad or not raw.charges:
        key = "CHARGE" if raw.peak_lines else "charge state"
        return problem(
            source,
            raw.spectrum_id,
            raw.line,
            expected=f"a precursor charge of 1 to {MAX_CHARGE} ({key})",
            came=f"{bad[0]}" if bad else "none",
            do="The spectrum is left out; add or correct its charge",
        )
    return None
