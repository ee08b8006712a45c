"""Ready-made runs: short and long ones, with and without a loss of bond lengths."""

from typing import Final

from core.problems.experiment import Preset

PRESETS: Final = {
    "quick": Preset("Quick", "a minute and a half of one core", {"quick": {"steps": 4_000}}),
    "long": Preset("Long", "twice the default: sharper bonds", {"long": {"steps": 12_000}}),
    "bond-loss": Preset(
        "With and without a bond loss",
        "a term for the lengths of bonds beside the denoising, all else equal",
        {"without": {"bond_loss_weight": 0.0}, "with": {"bond_loss_weight": 1.0}},
    ),
}
