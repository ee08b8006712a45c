"""mzML files, one spectrum at a time, through pyteomics."""

import io
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
from jaxtyping import Float
from lxml.etree import XMLSyntaxError
from pyteomics import mzml, xml
from pyteomics.auxiliary import PyteomicsError

from core.problems.peptide.reading.formats import Problem, RawSpectrum, problem


class _WithoutVocabulary(xml.CVParamParser):
    """Stands before `CVParamParser` and skips its constructor.

    That constructor asks for the package psims and loads its vocabulary from the network, only to
    tell integers from floats. Without it every number is a float, which is enough here.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super(xml.CVParamParser, self).__init__(*args, **kwargs)


class _MzML(mzml.MzML, _WithoutVocabulary):
    """pyteomics' mzML reader, working offline."""


def read_mzml(stream: io.BufferedIOBase, source: str) -> Iterator[RawSpectrum | Problem]:
    """Read the MS2 spectra of an mzML file one by one; holds one spectrum in memory.

    Args:
        stream: Binary, at its start, seekable.
        source: File name for the messages.

    Yields:
        Each MS2 spectrum, a problem for each that cannot be decoded, one where the file breaks
        off, and at the end a note that counts the spectra of other levels.
    """
    met = others = 0
    try:
        # Binary arrays are decoded one by one, so that a bad one costs its own spectrum only.
        reader = _MzML(stream, use_index=False, decode_binary=False)
        for found in cast("Iterator[dict[str, Any]]", iter(reader)):
            met += 1
            if _level(found) == 2:
                yield _parse(found, source, met)
            else:
                others += 1
    except (XMLSyntaxError, PyteomicsError, KeyError, ValueError, AttributeError) as error:
        yield problem(
            source,
            f"spectrum {met + 1}",
            getattr(error, "lineno", None),
            expected="a whole mzML file",
            came=f"a break after {met:,} spectra ({str(error)[:120]})",
            do="The rest is left out; the file may be truncated, copy or convert it again",
        )
    if others:
        yield problem(
            source,
            expected="fragment spectra (MS2)",
            came=f"{others:,} of other levels",
            do="They are left out",
            kept=True,
        )


def _level(found: Mapping[str, Any]) -> int:
    return int(found.get("ms level", 2 if "precursorList" in found else 1))


def _parse(found: Mapping[str, Any], source: str, number: int) -> RawSpectrum | Problem:
    spectrum_id = str(found.get("id", f"spectrum {number}"))
    do = "The spectrum is left out; convert the file again"
    try:
        mz, intensity = _array(found, "m/z array"), _array(found, "intensity array")
        ion = _selected_ion(found)
        charge = ion.get("charge state", ion.get("possible charge state"))
        # pyteomics gives a list where a name occurs twice, and None for a value of 0.
        given = charge if isinstance(charge, list) else [charge]
        charges = tuple(int(z) for z in given if z is not None)
        precursor = ion.get("selected ion m/z")
        precursor_mz = None if precursor is None else float(precursor)
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        expected = "peak lists and a precursor that can be decoded"
        return problem(
            source, spectrum_id, expected=expected, came=f"an error ({str(error)[:120]})", do=do
        )
    if len(mz) != len(intensity):
        came = f"{len(mz):,} m/z values and {len(intensity):,} intensities"
        return problem(
            source, spectrum_id, expected="as many intensities as m/z values", came=came, do=do
        )
    return RawSpectrum(spectrum_id, None, mz, intensity, precursor_mz, charges)


def _selected_ion(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the first precursor's first selected ion; empty where the file names none."""
    precursors = found.get("precursorList", {}).get("precursor", [])
    ions = precursors[0].get("selectedIonList", {}).get("selectedIon", []) if precursors else []
    return ions[0] if ions else {}


def _array(found: Mapping[str, Any], name: str) -> Float[np.ndarray, " peaks"]:
    record = found.get(name)
    if record is None:
        return np.empty(0)
    return np.asarray(record.decode(), dtype=np.float64)
