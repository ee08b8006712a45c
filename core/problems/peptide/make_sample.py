"""Make the synthetic sample spectra: `python -m core.problems.peptide.make_sample`.

The labels carry the faults of a real set on purpose, so that the data check has something to find.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from core.problems.peptide.digest import SAMPLE_FOLDER, digest, read_proteins
from core.problems.peptide.peptides import Modification, Peptide
from core.problems.peptide.residues import ISOTOPE_DA, MODIFICATIONS
from core.problems.peptide.spectra import Spectrum
from core.problems.peptide.synthetic import HCD, synthetic_spectrum

SEED: Final = 292  # chosen among many for a first spectrum that shows most of its fragments
COUNT: Final = 60
FIRST: Final = "LFTGHPETLEK"  # the view that opens first: horse myoglobin, 11 residues
# N-terminal Q lost ammonia (-17.0265); the label says Pyro_glu, water lost from E (-18.0106).
MISLABELLED: Final = {8: "QTALVELLK", 21: "QNCDQFEK", 37: "QEPERNECFLSHK", 50: "QLEDGRTLSDYNIQK"}
ISOTOPE_PICKED: Final = (13, 44)  # the precursor is the first 13C peak
PRECURSOR_JITTER_PPM: Final = 2.0
BASE_PEAK: Final = 100_000  # the files' intensities are whole numbers
PEPREC_NAMES: Final = {"Glu->pyro-Glu": "Pyro_glu", "Deamidated": "Deamidation"}


@dataclass(frozen=True)
class SampleFiles:
    """The text of both files."""

    mgf: str
    peprec: str


def make_sample(seed: int = SEED) -> SampleFiles:
    """Make 60 spectra of tryptic peptides of the sample proteins, with planted faults.

    Four spectra whose peptide begins with Q are labelled Pyro_glu, and in two the precursor is one
    13C isotope too high: the data check flags these six, and no other.

    Args:
        seed: Of all randomness.
    """
    generator = np.random.default_rng(seed)
    spectra = [
        _spectrum(number, sequence, generator)
        for number, sequence in enumerate(_sequences(generator), start=1)
    ]
    return SampleFiles(write_mgf(spectra), write_peprec(spectra))


def _sequences(generator: np.random.Generator) -> list[str]:
    planned = {1: FIRST, **MISLABELLED}
    cut = digest(read_proteins(), min_length=7, max_length=20)
    others = [sequence for sequence in cut if sequence not in planned.values()]
    picked = iter(generator.permutation(others).tolist())
    return [planned.get(number) or next(picked) for number in range(1, COUNT + 1)]


def _spectrum(number: int, sequence: str, generator: np.random.Generator) -> Spectrum:
    """Make one spectrum of the true peptide, then give it its label and its precursor."""
    modifications = [
        _known("Carbamidomethyl", place) for place, r in enumerate(sequence, start=1) if r == "C"
    ]
    if "M" in sequence and generator.random() < 0.5:
        modifications.append(_known("Oxidation", sequence.index("M") + 1))
    start = [_known("Gln->pyro-Glu", 1)] if number in MISLABELLED else []
    true = Peptide(sequence, (*start, *modifications))
    charge = 3 if len(sequence) >= 12 and generator.random() < 0.5 else 2
    ions = ("b", "y", "y2+") if charge == 3 else ("b", "y")
    name = f"synthetic_{number:02d}"
    made = synthetic_spectrum(true, HCD, generator, ions=ions, charge=charge, spectrum_id=name)
    jitter = 1 + 1e-6 * PRECURSOR_JITTER_PPM * generator.standard_normal()
    shift = ISOTOPE_DA / charge if number in ISOTOPE_PICKED else 0.0
    wrong = [_known("Glu->pyro-Glu", 1)] if number in MISLABELLED else []
    label = Peptide(sequence, (*wrong, *modifications))
    return replace(made, precursor_mz=made.precursor_mz * jitter + shift, peptide=label)


def _known(name: str, position: int) -> Modification:
    return Modification(name, MODIFICATIONS[name].mass_da, position)


def write_mgf(spectra: Sequence[Spectrum]) -> str:
    """Write spectra of base peak 1 as MGF: m/z to 4 decimals, intensities as whole numbers."""
    lines = ["# Synthetic spectra, made by core.problems.peptide.make_sample: a model, not data."]
    for spectrum in spectra:
        lines += ["BEGIN IONS", f"TITLE={spectrum.spectrum_id}"]
        lines += [f"PEPMASS={spectrum.precursor_mz:.5f}", f"CHARGE={spectrum.precursor_charge}+"]
        peaks = zip(spectrum.mz, spectrum.intensity * BASE_PEAK, strict=True)
        lines += [f"{mz:.4f} {intensity:.0f}" for mz, intensity in peaks]
        lines += ["END IONS", ""]
    return "\n".join(lines)


def write_peprec(spectra: Sequence[Spectrum]) -> str:
    """Write the labels of spectra as PEPREC."""
    lines = ["spec_id modifications peptide charge"]
    for spectrum in spectra:
        if spectrum.peptide is not None:
            mods = "|".join(
                f"{m.position}|{PEPREC_NAMES.get(m.name, m.name)}"
                for m in spectrum.peptide.modifications
            )
            label = f"{mods or '-'} {spectrum.peptide.sequence} {spectrum.precursor_charge}"
            lines.append(f"{spectrum.spectrum_id} {label}")
    return "\n".join([*lines, ""])


def main(folder: Path = SAMPLE_FOLDER / "spectra") -> None:
    """Write both files into a folder."""
    made = make_sample()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "synthetic.mgf").write_text(made.mgf, encoding="utf-8", newline="\n")
    (folder / "synthetic.peprec").write_text(made.peprec, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
