"""What a comparison of predicted and observed fragments depends on, in one frozen value."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from core.errors import InputError
from core.problems.peptide.ions import ION_LADDERS

TRANSFORMS = ("none", "sqrt", "log")
SPECIAL_TOKEN_RULES = ("renormalise", "keep")


@dataclass(frozen=True)
class SpectrumOptions:
    """Options of the spectrum losses and of what is drawn beside them.

    Args:
        sigma_da: Width of a Gaussian peak, Da, > 0; it should follow the instrument
            (0.02 for an Orbitrap, 0.3 for an ion trap).
        bin_da: Width of a grid bin, Da, > 0; at most sigma_da, or the grid form aliases.
        mz_min: Lower end of the range that is compared, m/z, >= 0.
        mz_max: Upper end of that range, m/z. Peaks outside count in neither spectrum, but
            `expected_spectrum` has no range on its predicted side.
        delta_da: Where the Huber losses turn from quadratic to linear, Da, > 0.
        tolerance_da: How far `matched_only` looks for a peak, Da, > 0.
        mix: Share of the direction observed -> predicted in `bidirectional_nearest`, 0 to 1.
        ions: Ion series, names of `ION_LADDERS`, at least one, none twice.
        transform: Intensity transform of observed peaks: "none", "sqrt" or "log".
        top_peaks: How many of the most intense observed peaks are kept, >= 1.
        tolerance_ppm: How far an observed peak may lie from an ion that it explains, ppm, > 0
            (for display; no loss reads it).
        special_tokens: "renormalise": probability on tokens without mass is taken out before
            masses are computed; "keep": it pulls the expected mass towards zero.
        seed: Seed of decoys and of random remainders, >= 0.

    Raises:
        InputError: A value lies outside its range.

    Example:
        >>> SpectrumOptions(sigma_da=0.02).bin_da
        0.1
    """

    sigma_da: float = 0.05
    bin_da: float = 0.1
    mz_min: float = 0.0
    mz_max: float = 2000.0
    delta_da: float = 0.2
    tolerance_da: float = 0.5
    mix: float = 0.5
    ions: tuple[str, ...] = ("b", "y")
    transform: str = "none"
    top_peaks: int = 100
    tolerance_ppm: float = 20.0
    special_tokens: str = "renormalise"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every range."""
        for name in ("sigma_da", "bin_da", "delta_da", "tolerance_da", "tolerance_ppm"):
            value = getattr(self, name)
            _require(0 < value < math.inf, name, "a finite number above 0", value)
        _require(0 <= self.mz_min < math.inf, "mz_min", "a number of 0 or more", self.mz_min)
        _require(
            self.mz_min < self.mz_max < math.inf,
            "mz_max",
            f"a number above mz_min ({self.mz_min:g})",
            self.mz_max,
        )
        _require(0 <= self.mix <= 1, "mix", "a number from 0 to 1", self.mix)
        _require(self.top_peaks >= 1, "top_peaks", "1 or more", self.top_peaks)
        _require(self.seed >= 0, "seed", "0 or more", self.seed)
        _require(len(self.ions) > 0, "ions", "at least one ion series", "none")
        _require(len(set(self.ions)) == len(self.ions), "ions", "each series once", self.ions)
        for ion in self.ions:
            _require_one_of(ION_LADDERS, "ions", ion)
        _require_one_of(TRANSFORMS, "transform", self.transform)
        _require_one_of(SPECIAL_TOKEN_RULES, "special_tokens", self.special_tokens)

    @property
    def sigma_over_bin(self) -> float:
        """Width over bin; below 1 the grid form depends on where the bin edges fall."""
        return self.sigma_da / self.bin_da


def _require(holds: bool, name: str, expected: str, came: object) -> None:
    """Raise an InputError that names the option unless the condition holds."""
    if not holds:
        raise InputError(name, expected=expected, came=str(came), do="Change this option")


def _require_one_of(known: Collection[str], name: str, came: str) -> None:
    """Raise an InputError that lists what is known unless the value is among it."""
    _require(came in known, name, "one of " + ", ".join(known), came)
