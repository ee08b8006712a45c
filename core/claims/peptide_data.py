"""Labelled spectra and peptides that claims about peptides are recomputed on."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from core.claims.inputs import Inputs
from core.errors import InputError
from core.problems.peptide.analysis.certainty import exact_spectrum
from core.problems.peptide.analysis.discrimination import CandidateSet, candidate_set, prepared
from core.problems.peptide.analysis.scoring import Prepared
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.data import HCD, random_peptides, synthetic_spectrum
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.reading.labels import attach_labels, read_labels
from core.problems.peptide.spectra import Spectrum, read_spectra

OPTIONS: Final = SpectrumOptions()
MOST_SPECTRA: Final = 200
SPECTRA_ENDS: Final = (".mgf", ".mzml", ".mgf.gz", ".mzml.gz")
LABEL_ENDS: Final = (".peprec", ".csv", ".tsv")
LENGTHS: Final = (7, 20)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Spectra with the peptide that each is known to be of.

    Args:
        peptides: One a spectrum.
        spectra: As they were read.
        observed: Prepared: the 100 strongest peaks from 0 to 2000 m/z.
        source: Where they come from, in words.
    """

    peptides: tuple[Peptide, ...]
    spectra: tuple[Spectrum, ...]
    observed: tuple[Prepared, ...]
    source: str

    def __len__(self) -> int:
        """Give the number of spectra."""
        return len(self.peptides)


def labelled_spectra(inputs: Inputs, most: int = MOST_SPECTRA) -> Labelled:
    """Give unmodified labelled spectra: the user's, else synthetic ones with HCD-like noise.

    Args:
        inputs: Their folder, if there is one, and the seed of synthetic ones.
        most: How many at most, in their order.

    Raises:
        InputError: The folder has no labelled spectra.
    """
    spectra = _synthetic(most, inputs.seed) if inputs.spectra is None else _real(inputs.spectra)
    chosen = [s for s in spectra if s.peptide and len(s.peptide) > 1 and len(s.mz)]
    chosen = [s for s in chosen if not (s.peptide and s.peptide.modifications)][:most]
    if not chosen:
        raise InputError(f"spectra in {inputs.spectra}",
                         expected="spectra with unmodified peptides as labels", came="none",
                         do="Give MGF or mzML with PEPREC, CSV or TSV labels")  # fmt: skip
    where = inputs.spectra
    name = "synthetic spectra" if where is None else f"spectra of {where.name}"
    return Labelled(
        tuple(s.peptide for s in chosen if s.peptide),
        tuple(chosen),
        tuple(prepared(s, OPTIONS) for s in chosen),
        f"{len(chosen)} {name}",
    )


def candidates(inputs: Inputs, most: int = MOST_SPECTRA) -> CandidateSet:
    """Give the same spectra with the right peptide and its decoys."""
    return candidate_set(labelled_spectra(inputs, most).spectra, OPTIONS)


def exact(peptides: tuple[Peptide, ...]) -> tuple[Prepared, ...]:
    """Give the noise-free spectrum of each peptide."""
    return tuple(exact_spectrum(peptide, OPTIONS) for peptide in peptides)


def drawn_peptides(count: int, seed: int, lengths: tuple[int, int] = LENGTHS) -> list[Peptide]:
    """Draw tryptic-like peptides, composed as the digest of the sample proteins."""
    generator = np.random.default_rng(seed)
    drawn = random_peptides(count, generator, min_length=lengths[0], max_length=lengths[1])
    return [parse_peptide(sequence) for sequence in drawn]


@cache
def _synthetic(count: int, seed: int) -> tuple[Spectrum, ...]:
    generator = np.random.default_rng([seed, 1])
    return tuple(synthetic_spectrum(p, HCD, generator) for p in drawn_peptides(count, seed))


def _real(place: Path) -> tuple[Spectrum, ...]:
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    spectra = [p for p in files if p.name.lower().endswith(SPECTRA_ENDS)]
    found: list[Spectrum] = []
    for path in spectra:
        result = read_spectra(path, name=path.name)
        for labels in (p for p in path.parent.iterdir() if p.suffix.lower() in LABEL_ENDS):
            result = attach_labels(result, read_labels(labels, name=labels.name))
        found.extend(result.spectra)
    return tuple(found)
