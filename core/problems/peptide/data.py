"""The problem's data: what a page or a run asks for, from the modules that make it."""

import numpy as np
from jaxtyping import Bool

from core.errors import InputError
from core.problems.peptide.digest import (
    digest,
    random_peptides,
    read_proteins,
    residue_composition,
    sample_composition,
    sample_file,
)
from core.problems.peptide.reading.labels import attach_labels, read_labels
from core.problems.peptide.spectra import ReadResult, read_spectra
from core.problems.peptide.synthetic import (
    CLEAN,
    HCD,
    NOISE_MODELS,
    NOISY,
    NoiseModel,
    synthetic_spectrum,
)

__all__ = [
    "CLEAN",
    "HCD",
    "NOISE_MODELS",
    "NOISY",
    "NoiseModel",
    "digest",
    "held_out_peptides",
    "load_sample",
    "mix_clean_noisy",
    "random_peptides",
    "read_proteins",
    "residue_composition",
    "sample_composition",
    "synthetic_spectrum",
]


def load_sample() -> ReadResult:
    """Read the synthetic spectra of `sample_data`, with their labels and their planted faults.

    Raises:
        UnavailableError: `core` was installed without the repository around it.
    """
    spectra, labels = (
        sample_file("spectra", "synthetic.mgf"),
        sample_file("spectra", "synthetic.peprec"),
    )
    result = read_spectra(spectra, name=spectra.name)
    return attach_labels(result, read_labels(labels, name=labels.name))


def held_out_peptides() -> tuple[str, ...]:
    """Give the digest of the sample proteins, with up to two missed cleavages: never trained on."""
    return digest(read_proteins(), missed_cleavages=2)


def mix_clean_noisy(
    n: int, clean_share: float, generator: np.random.Generator
) -> Bool[np.ndarray, " n"]:
    """Choose which of n examples are clean: exactly round(n x share) of them, at random places.

    Args:
        n: Number of examples, 0 or more.
        clean_share: Share of clean examples, 0 to 1.
        generator: Source of all randomness.

    Returns:
        True where an example is clean.

    Raises:
        InputError: A value is outside its range.
    """
    if n < 0 or not 0 <= clean_share <= 1:
        raise InputError(
            "clean and noisy examples",
            expected="n of 0 or more and a clean share of 0 to 1",
            came=f"n {n}, share {clean_share}",
            do="Correct the values",
        )
    return generator.permutation(np.arange(n) < round(n * clean_share))
