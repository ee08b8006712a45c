"""Ready-made runs: the three outputs side by side, and the note's two versions."""

from typing import Final

from core.problems.experiment import Preset
from core.problems.sidechain.config import OUTPUTS

PRESETS: Final = {
    "outputs": Preset(
        "Repeat the note's failure",
        "bare tanh, 8 × tanh and a linear output, all else equal",
        {output: {"output": output} for output in OUTPUTS},
    ),
    "note": Preset(
        "The note's v4 and v5",
        "v5 goes on with the model of v4: without the type's loss and without the threshold",
        {
            "v4": {"output": "tanh", "type_loss_weight": 1.0, "atom_loss_weight": 0.2,
                   "sh_tau_threshold": 0.2},
            "v5": {"output": "tanh", "type_loss_weight": 0.0, "atom_loss_weight": 1.0,
                   "sh_tau_threshold": 0.0},
        },
        is_chain=True,
    ),
}  # fmt: skip
