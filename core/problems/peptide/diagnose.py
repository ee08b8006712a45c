"""What a precursor mass says: wrong labels, isotope offsets, and a permuted vocabulary."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.problems.peptide.peptides import Modification, Peptide
from core.problems.peptide.residues import (
    ISOTOPE_DA,
    MODIFICATIONS,
    PROTON_DA,
    RESIDUES,
    KnownModification,
)
from core.problems.peptide.spectra import Spectrum

ISOTOPE_OFFSETS: Final = (-1, 0, 1, 2, 3)
ALPHABETICAL: Final = "".join(sorted(RESIDUES))
PPM: Final = 1e6


@dataclass(frozen=True)
class Explanation:
    """A change of the label, or of the isotope that was picked, under which the mass fits.

    Args:
        text: The change in words.
        residual_ppm: Precursor error that is left, ppm.
    """

    text: str
    residual_ppm: float


@dataclass(frozen=True)
class LabelRow:
    """The precursor of one labelled spectrum against its label.

    Args:
        spectrum_id: Its name.
        peptide: Its label.
        charge: Precursor charge.
        error_ppm: (measured - label) / label in m/z, ppm.
        error_da: The same difference of neutral masses in Da.
        isotope_offset: Offset of -1 to +3 neutrons under which the error is smallest.
        corrected_ppm: The error under that offset, ppm.
        flagged: |error_ppm| is above the tolerance.
        explanations: For a flagged spectrum what brings it within the tolerance, best first.
    """

    spectrum_id: str
    peptide: Peptide
    charge: int
    error_ppm: float
    error_da: float
    isotope_offset: int
    corrected_ppm: float
    flagged: bool
    explanations: tuple[Explanation, ...] = ()

    @property
    def suggestion(self) -> str:
        """The best explanation in words; empty where nothing is wrong or nothing fits."""
        return self.explanations[0].text if self.explanations else ""


@dataclass(frozen=True)
class LabelCheck:
    """The check of a set of spectra.

    Args:
        rows: One for each labelled spectrum, in order.
        unlabelled: How many spectra have no label.
        tolerance_ppm: Above it a spectrum is flagged.
    """

    rows: tuple[LabelRow, ...]
    unlabelled: int
    tolerance_ppm: float

    @property
    def flagged(self) -> tuple[LabelRow, ...]:
        """The rows whose precursor does not fit."""
        return tuple(row for row in self.rows if row.flagged)


def check_labels(spectra: Sequence[Spectrum], *, tolerance_ppm: float = 50.0) -> LabelCheck:
    """Compare each measured precursor with its label.

    Args:
        spectra: With or without labels.
        tolerance_ppm: Largest precursor error of a sound label, ppm, above 0.

    Raises:
        InputError: The tolerance is not above 0.
    """
    if not 0 < tolerance_ppm < np.inf:
        raise InputError(
            "tolerance", expected="ppm above 0", came=f"{tolerance_ppm}", do="Correct the tolerance"
        )
    rows = tuple(
        _check(spectrum, spectrum.peptide, tolerance_ppm)
        for spectrum in spectra
        if spectrum.peptide is not None
    )
    return LabelCheck(rows, len(spectra) - len(rows), tolerance_ppm)


def _error_ppm(spectrum: Spectrum, peptide: Peptide, neutrons: int = 0) -> float:
    expected = peptide.precursor_mz(spectrum.precursor_charge)
    shift = neutrons * ISOTOPE_DA / spectrum.precursor_charge
    return (spectrum.precursor_mz - shift - expected) / expected * PPM


def _check(spectrum: Spectrum, peptide: Peptide, tolerance_ppm: float) -> LabelRow:
    error = _error_ppm(spectrum, peptide)
    offset = min(ISOTOPE_OFFSETS, key=lambda k: abs(_error_ppm(spectrum, peptide, k)))
    row = LabelRow(
        spectrum.spectrum_id,
        peptide,
        spectrum.precursor_charge,
        error,
        (spectrum.precursor_mz - PROTON_DA) * spectrum.precursor_charge - peptide.mass_da,
        offset,
        _error_ppm(spectrum, peptide, offset),
        abs(error) > tolerance_ppm,
    )
    if not row.flagged:
        return row
    found = itertools.chain(_isotopes(spectrum, peptide), _changes(spectrum, peptide))
    fitting = [one for one in found if abs(one.residual_ppm) <= tolerance_ppm]
    return replace(row, explanations=tuple(sorted(fitting, key=lambda e: abs(e.residual_ppm))))


def _isotopes(spectrum: Spectrum, peptide: Peptide) -> Iterator[Explanation]:
    for neutrons in ISOTOPE_OFFSETS:
        if neutrons:
            text = f"precursor picked {neutrons:+d} ¹³C isotope"
            yield Explanation(text, _error_ppm(spectrum, peptide, neutrons))


def _changes(spectrum: Spectrum, peptide: Peptide) -> Iterator[Explanation]:
    """Try each label that differs by one known modification: another, one more, one less."""
    labelled = peptide.modifications
    for place, old in enumerate(labelled):
        others = labelled[:place] + labelled[place + 1 :]
        yield _changed(spectrum, peptide, others, f"fits without {old.name}")
        for new in MODIFICATIONS.values():
            if new.name != old.name and new.fits(peptide.sequence, old.position):
                swapped = (*others, Modification(new.name, new.mass_da, old.position))
                text = f"fits {new.name} in place of {old.name}"
                yield _changed(spectrum, peptide, swapped, text)
    for new in MODIFICATIONS.values():
        position = _free_position(peptide, new)
        if position is not None:
            added = (*labelled, Modification(new.name, new.mass_da, position))
            yield _changed(spectrum, peptide, added, f"fits one more {new.name}")


def _changed(
    spectrum: Spectrum, peptide: Peptide, modifications: tuple[Modification, ...], text: str
) -> Explanation:
    other = Peptide(peptide.sequence, modifications)
    return Explanation(text, _error_ppm(spectrum, other))


def _free_position(peptide: Peptide, known: KnownModification) -> int | None:
    """Give the first place without a modification where this one belongs; None where none is."""
    taken = {modification.position for modification in peptide.modifications}
    places = (place for place in range(len(peptide) + 1) if place not in taken)
    return next((place for place in places if known.fits(peptide.sequence, place)), None)


@dataclass(frozen=True)
class VocabularyCheck:
    """A peptide written with one index table and read with another.

    Args:
        read: The sequence that comes out.
        error_ppm: (read - written) / written in neutral mass, ppm.
        error_da: The same difference in Da.
    """

    read: str
    error_ppm: float
    error_da: float


def vocabulary_check(peptide: Peptide, order: str = ALPHABETICAL) -> VocabularyCheck:
    """Write a peptide with the indices of another residue order, and read it with ours.

    Args:
        peptide: A known peptide; its modifications stay where they are.
        order: All 20 residues in the other table's index order.

    Raises:
        InputError: `order` is no permutation of the 20 residues.

    Example:
        >>> vocabulary_check(Peptide("CAT")).read
        'RAT'
    """
    if sorted(order) != sorted(RESIDUES):
        raise InputError(
            "residue order", expected=f"a permutation of {RESIDUES}", came=order, do="Correct it"
        )
    read = "".join(RESIDUES[order.index(residue)] for residue in peptide.sequence)
    error_da = Peptide(read, peptide.modifications).mass_da - peptide.mass_da
    return VocabularyCheck(read, error_da / peptide.mass_da * PPM, error_da)


def vocabulary_errors_ppm(
    peptides: Sequence[Peptide], order: str = ALPHABETICAL
) -> Float[np.ndarray, " peptides"]:
    """Give the precursor error of each peptide read with the wrong table, in ppm, with its sign."""
    return np.array([vocabulary_check(peptide, order).error_ppm for peptide in peptides])
