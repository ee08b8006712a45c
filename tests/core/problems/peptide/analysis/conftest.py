"""Labelled spectra: measured ones where they are, and synthetic ones everywhere."""

from pathlib import Path

import numpy as np
import pytest

from core.problems.peptide.data import HCD, random_peptides, synthetic_spectrum
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.reading.labels import attach_labels, read_labels
from core.problems.peptide.spectra import Spectrum, read_spectra


@pytest.fixture(scope="session")
def measured(shared_data: Path) -> list[Spectrum]:
    """The unmodified spectra of the 500."""
    folder = shared_data / "spectra" / "massivekb_500"
    spectra = read_spectra(folder / "massivekb_selected_500.mgf", name="spectra")
    labels = read_labels(folder / "massivekb_selected_500.peprec", name="labels")
    labelled = attach_labels(spectra, labels).spectra
    return [s for s in labelled if s.peptide is not None and not s.peptide.modifications]


@pytest.fixture(scope="session")
def synthetic() -> list[Spectrum]:
    """Spectra that look measured, of tryptic peptides."""
    generator = np.random.default_rng(7)
    peptides = [Peptide(text) for text in random_peptides(120, generator, min_length=8)]
    return [synthetic_spectrum(peptide, HCD, generator) for peptide in peptides]
