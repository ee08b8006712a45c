"""A model of a fragment spectrum: which peaks a known peptide would leave, and what noise adds.

Everything made here is called synthetic. The model is simple on purpose: it looks like a real HCD
spectrum on a mirror plot, it does not predict one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.problems.peptide.ions import Fragments, fragment_mz
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.residues import ISOTOPE_DA, PROTON_DA
from core.problems.peptide.spectra import Spectrum

PPM: Final = 1e-6
LOWEST_MZ: Final = 100.0  # where an HCD scan begins
# Second peak of the isotope pattern over the first, by fragment mass: an averagine residue
# (111.05 Da) holds 4.94 C at 1.08 % 13C and 1.36 N at 0.37 % 15N, so 5.2e-4 per Da.
ISOTOPE_RATIO_PER_DA: Final = 5.2e-4

# Height (median, relative) and share of spectra in which it is seen, of a singly charged fragment
# at 0.1, 0.2 ... 0.9 of the peptide's length; rounded medians of doubly charged unmodified human
# peptides of 8 to 16 residues (MassIVE-KB, HCD).
HCD_Y: Final = (
    (0.20, 0.16, 0.19, 0.22, 0.29, 0.42, 0.40, 0.45, 0.21),
    (0.90, 0.81, 0.80, 0.77, 0.70, 0.78, 0.82, 0.81, 0.44),
)
HCD_B: Final = (
    (0.15, 0.39, 0.20, 0.11, 0.10, 0.10, 0.07, 0.10, 0.07),
    (0.21, 0.86, 0.68, 0.43, 0.20, 0.18, 0.18, 0.12, 0.07),
)
HCD_DOUBLY: Final = (0.12, 0.25)  # a doubly charged fragment, wherever it lies
HCD_SPREAD: Final = 0.6  # standard deviation of ln height about the median
BEFORE_PROLINE, BEHIND_PROLINE = 2.5, 0.3  # the bond before P breaks easily, the one behind hardly


@dataclass(frozen=True)
class NoiseModel:
    """How a synthetic spectrum departs from the list of its fragments.

    Args:
        heights: "equal" gives every fragment height 1; "hcd" gives y above b, a profile along the
            peptide, missing fragments, and the proline effect.
        dropout_share: Share of fragment peaks left out at random, 0 to 1 (1 leaves noise only).
        noise_peaks: Number of peaks that belong to no fragment.
        noise_level: Their median height relative to the highest fragment, above 0.
        noise_spread: Standard deviation of the ln of their height.
        mz_jitter_ppm: Standard deviation of the m/z error of every fragment peak, ppm.
        intensity_jitter: Standard deviation of the ln of every fragment's height.
        isotopes: Add the first two 13C peaks behind each fragment, by averagine.
        floor: Peaks below this share of the highest are not recorded, 0 to 1.

    Raises:
        InputError: A value is outside its range.
    """

    heights: Literal["equal", "hcd"] = "equal"
    dropout_share: float = 0.0
    noise_peaks: int = 0
    noise_level: float = 0.1
    noise_spread: float = 0.8
    mz_jitter_ppm: float = 0.0
    intensity_jitter: float = 0.0
    isotopes: bool = False
    floor: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {
            "dropout_share": (0, 1),
            "noise_peaks": (0, 10_000),
            "noise_level": (1e-9, 1e3),
            "noise_spread": (0, 5),
            "mz_jitter_ppm": (0, 1e5),
            "intensity_jitter": (0, 5),
            "floor": (0, 1),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(
                    f"noise model, {name}",
                    expected=f"{low:g} to {high:g}",
                    came=f"{getattr(self, name)}",
                    do="Correct the value",
                )


CLEAN: Final = NoiseModel()
# The tenth stage of the losses note, as the project's ledger of claims recomputes it.
NOISY: Final = NoiseModel(
    dropout_share=0.1, noise_peaks=10, mz_jitter_ppm=15.0, intensity_jitter=0.2
)
# Looks like a measured HCD spectrum: about a hundred peaks, half of the intensity explained.
HCD: Final = NoiseModel(
    heights="hcd",
    noise_peaks=80,
    noise_level=0.025,
    noise_spread=0.9,
    mz_jitter_ppm=4.0,
    isotopes=True,
    floor=0.004,
)
NOISE_MODELS: Final[dict[str, NoiseModel]] = {"clean": CLEAN, "noisy": NOISY, "hcd": HCD}


def synthetic_spectrum(
    peptide: Peptide,
    noise: NoiseModel,
    generator: np.random.Generator,
    *,
    ions: Sequence[str] = ("b", "y"),
    charge: int = 2,
    spectrum_id: str | None = None,
) -> Spectrum:
    """Make the spectrum that a peptide would leave under a noise model.

    Without noise (`CLEAN`) it holds every fragment at height 1 and nothing else. A peptide of one
    residue has no fragment; its spectrum is noise only, or empty.

    Args:
        peptide: Becomes the label.
        noise: What is changed and added.
        generator: Source of all randomness.
        ions: Keys of `ions.ION_LADDERS`.
        charge: Precursor charge, 1 or more.
        spectrum_id: Its name; the peptide where None.

    Returns:
        A spectrum with its exact precursor, sorted by m/z, base peak 1.
    """
    fragments = fragment_mz(peptide, ions)
    height = np.ones(len(fragments.mz))
    if noise.heights == "hcd":
        height = hcd_heights(peptide, fragments, generator)
    height = height * np.exp(noise.intensity_jitter * generator.standard_normal(len(height)))
    height = height * (generator.random(len(height)) >= noise.dropout_share)
    mz, height = _with_isotopes(fragments, height) if noise.isotopes else (fragments.mz, height)
    mz = mz * (1 + PPM * noise.mz_jitter_ppm * generator.standard_normal(len(mz)))
    top = height.max(initial=0.0) or 1.0
    noise_mz, noise_height = _noise(peptide, noise, generator)
    mz = np.concatenate([mz, noise_mz])
    height = np.concatenate([height / top, noise_height])
    height = height / (height.max(initial=0.0) or 1.0)
    order = np.argsort(mz, kind="stable")
    order = order[(height[order] > 0) & (height[order] >= noise.floor)]
    mz, height = mz[order], height[order]
    for values in (mz, height):
        values.setflags(write=False)
    name = spectrum_id or str(peptide)
    return Spectrum(name, peptide.precursor_mz(charge), charge, mz, height, peptide, "synthetic")


def hcd_heights(
    peptide: Peptide, fragments: Fragments, generator: np.random.Generator
) -> Float[np.ndarray, " fragments"]:
    """Draw a height for each fragment as in HCD: many are 0, that is, not seen.

    y ions stand above b ions, which fade towards the C-terminus. The bond before a proline breaks
    more easily, the one behind it hardly; both change the height and the chance to be seen.
    """
    length = len(peptide)
    place = fragments.ordinal / length
    grid = np.arange(1, 10) / 10
    median, seen = np.full(len(place), HCD_DOUBLY[0]), np.full(len(place), HCD_DOUBLY[1])
    for ion, (heights, shares) in {"y": HCD_Y, "b": HCD_B}.items():
        chosen = np.array([ion_type == ion for ion_type in fragments.ion_types], dtype=bool)
        median[chosen] = np.interp(place[chosen], grid, heights)
        seen[chosen] = np.interp(place[chosen], grid, shares)
    from_start = np.array([ion_type[0] == "b" for ion_type in fragments.ion_types], dtype=bool)
    # The bond that breaks lies behind this many residues.
    bond = np.where(from_start, fragments.ordinal, length - fragments.ordinal)
    residues = np.array([*peptide.sequence])
    factor = np.where(residues[bond] == "P", BEFORE_PROLINE, 1.0)
    factor = factor * np.where(residues[bond - 1] == "P", BEHIND_PROLINE, 1.0)
    spread = np.exp(HCD_SPREAD * generator.standard_normal(len(place)))
    return median * factor * spread * (generator.random(len(place)) < seen * factor)


def _with_isotopes(
    fragments: Fragments, height: Float[np.ndarray, " fragments"]
) -> tuple[Float[np.ndarray, " peaks"], Float[np.ndarray, " peaks"]]:
    """Add the first and second 13C peak: ratio r by mass, and r squared halved (Poisson)."""
    step = ISOTOPE_DA / fragments.charge
    ratio = ISOTOPE_RATIO_PER_DA * (fragments.mz - PROTON_DA) * fragments.charge
    mz = np.concatenate([fragments.mz, fragments.mz + step, fragments.mz + 2 * step])
    return mz, np.concatenate([height, height * ratio, height * ratio**2 / 2])


def _noise(
    peptide: Peptide, noise: NoiseModel, generator: np.random.Generator
) -> tuple[Float[np.ndarray, " peaks"], Float[np.ndarray, " peaks"]]:
    """Draw noise peaks from the lowest m/z to the peptide's mass: evenly, or "hcd" in log m/z."""
    share = generator.random(noise.noise_peaks)
    highest = max(peptide.mass_da, 2 * LOWEST_MZ)
    if noise.heights == "hcd":
        mz = LOWEST_MZ * (highest / LOWEST_MZ) ** share
    else:
        mz = LOWEST_MZ + (highest - LOWEST_MZ) * share
    spread = noise.noise_spread * generator.standard_normal(noise.noise_peaks)
    return mz, noise.noise_level * np.exp(spread)
