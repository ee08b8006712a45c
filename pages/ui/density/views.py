"""What the page on the density shows: a table of views, one chosen by the reader."""

from collections.abc import Callable

from core.figures.theme import Palette
from pages.ui.controls import Control
from pages.ui.density.controls import (
    AGAINST,
    COUNTS,
    EACH,
    IN_SPACE,
    MORE,
    PHYSICS,
    SHELL,
    SWEEP_EACH,
    TYPE,
    WHICH,
)
from pages.ui.density.repeat import show_repeat
from pages.ui.density.repeat_start import RESIDUES, RUN_SEED, STEPS
from pages.ui.density.residue import show_residue
from pages.ui.density.slots import show_slots
from pages.ui.density.sweep import show_sweep

SETTINGS: tuple[Control, ...] = (
    TYPE, WHICH, *PHYSICS, COUNTS, SHELL, IN_SPACE, EACH, AGAINST, SWEEP_EACH, *MORE,
    STEPS, RESIDUES, RUN_SEED,
)  # fmt: skip
VIEWS: dict[str, tuple[str, Callable[[Palette], None]]] = {
    "residue": ("Residue", show_residue),
    "slots": ("Slots", show_slots),
    "sweep": ("Sweep", show_sweep),
    "repeat": ("Repeat the failure", show_repeat),
}
