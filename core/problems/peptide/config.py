"""Options as frozen values: of a comparison of fragments, and of a training run."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from core.balance.shares import Band
from core.errors import InputError
from core.problems import shared_options as shared
from core.problems.peptide.ions import ION_LADDERS
from core.problems.shared_options import DATA, LOSSES, MODEL
from core.training.config import (
    BALANCE,
    BALANCING,
    OPTIMISER,
    RUN,
    TrainingConfig,
    decode_targets,
    encode_targets,
)
from core.training.settings import setting

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


# Names of `objective.SPECTRUM_LOSSES` and `PRECURSOR_LOSSES`; a test compares them.
SPECTRUM_LOSS_NAMES: Final = (
    "expected_spectrum",
    "gaussian_cosine",
    "gaussian_cosine_grid",
    "matched_filter",
    "nearest_peak_huber",
    "matched_only",
    "bidirectional_nearest",
)
PRECURSOR_LOSS_NAMES: Final = ("log_scaled", "log_ratio", "clamped")
# The note's target shares (`balance.default_bands` reads them from its file; a test compares).
NOTE_TARGETS: Final = {
    "ce": Band(60.0, 70.0),
    "spectrum": Band(10.0, 20.0),
    "precursor": Band(10.0, 30.0),
}


@dataclass(frozen=True, kw_only=True)
class PeptideConfig(TrainingConfig):
    """Options of a peptide run; labels, units, ranges and meaning stand in the fields.

    Raises:
        InputError: An option lies outside its range, or two do not fit together.

    Example:
        >>> PeptideConfig(min_length=9)
        Traceback (most recent call last):
        core.errors.InputError: min_length: expected at most max_length (8), came 9. ...
    """

    steps: int = setting(
        3000, label="steps", help="Optimiser updates in all; a schedule is stretched to them.",
        low=1, high=10_000_000, group=RUN,
    )  # fmt: skip
    learning_rate: float = setting(
        3e-3, label="learning rate", help="Of Adam, after the warm-up.",
        low=1e-8, high=1.0, group=OPTIMISER,
    )  # fmt: skip
    final_rate: float = setting(
        0.02, label="final learning rate",
        help="Falls along a cosine to this fraction of the learning rate; 1 keeps it constant.",
        low=0.0, high=1.0, group=OPTIMISER,
    )  # fmt: skip
    balancing: str = setting(
        "targets", label="weights", choices=BALANCING, group=BALANCE,
        help="schedule: as written; targets: they follow so that shares stay in their bands.",
    )  # fmt: skip
    targets: dict[str, Band] = setting(  # noqa: RUF009 - makes a field, as field() does
        NOTE_TARGETS, label="target shares", help="Wanted share of each term of the total loss.",
        unit="%", group=BALANCE, encode=encode_targets, decode=decode_targets,
    )  # fmt: skip
    min_length: int = setting(
        6, label="shortest peptide", help="Lengths are drawn evenly from here to the longest.",
        unit="residues", low=2, high=30, group=DATA,
    )  # fmt: skip
    max_length: int = setting(
        8, label="longest peptide", help="Longer peptides need more steps.",
        unit="residues", low=2, high=30, group=DATA,
    )  # fmt: skip
    noise: bool = setting(
        True, label="noisy examples", group=DATA,
        help="Mix noisy spectra in by each stage's clean share; off: every spectrum is exact.",
    )  # fmt: skip
    spectrum_loss: str = setting(
        "expected_spectrum", label="spectrum loss", choices=SPECTRUM_LOSS_NAMES, group=LOSSES,
        help="Expected spectrum reads the probabilities, all others only expected masses.",
    )  # fmt: skip
    precursor_loss: str = setting(
        "log_scaled", label="precursor loss", choices=PRECURSOR_LOSS_NAMES, group=LOSSES,
        help="Of the error of the whole mass. log_scaled is thousands of times as large as "
        "log_ratio: under the note's weights it drowns the cross-entropy.",
    )  # fmt: skip
    sigma_start_da: float = setting(
        2.0, label="σ at the start", help="Peak width of the first stage: wide reaches far.",
        unit="Da", low=0.02, high=10.0, group=LOSSES,
    )  # fmt: skip
    sigma_end_da: float = setting(
        0.25, label="σ at the end",
        help="Peak width of the last stage; in between by equal factors. The cost grows as 1/σ.",
        unit="Da", low=0.02, high=10.0, group=LOSSES,
    )  # fmt: skip
    special_tokens: str = setting(
        "renormalise", label="special tokens", choices=SPECIAL_TOKEN_RULES, group=LOSSES,
        help="Probability on the stop token and on padding: renormalise takes it out before "
        "masses are computed; keep lets it pull the expected mass towards 0, as in the note.",
    )  # fmt: skip
    width: int = shared.hidden_width(64, "each position")
    recursions: int = setting(
        4, label="recursions", help="How often the model reads the spectrum from its last answer.",
        low=1, high=16, group=MODEL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check every option on its own, then those that hang together."""
        super().__post_init__()
        longest, steps_of_4 = f"at most max_length ({self.max_length})", self.width % 4 == 0
        _require(self.min_length <= self.max_length, "min_length", longest, self.min_length)
        _require(steps_of_4, "width", "a multiple of 4", self.width)
        if self.solo:
            _require_one_of(("ce", "spectrum", "precursor"), "solo", self.solo)


def _require(holds: bool, name: str, expected: str, came: object) -> None:
    """Raise an InputError that names the option unless the condition holds."""
    if not holds:
        raise InputError(name, expected=expected, came=str(came), do="Change this option")


def _require_one_of(known: Collection[str], name: str, came: str) -> None:
    """Raise an InputError that lists what is known unless the value is among it."""
    _require(came in known, name, "one of " + ", ".join(known), came)
