"""What the cosine page shows: a table of views, one chosen by the reader."""

from collections.abc import Callable

from core.figures.theme import Palette
from pages.ui.controls import Control
from pages.ui.cosine.comparison import PICKED, show_comparison
from pages.ui.cosine.comparison_start import EPOCHS, POCKETS, SEEDS
from pages.ui.cosine.controls import CONTROLS, RAW
from pages.ui.cosine.curves import show_curves
from pages.ui.cosine.histories import RUNS, show_histories
from pages.ui.cosine.predictions import show_predictions
from pages.ui.cosine.structures import CUTOFF, FOLDER, LIGAND, show_structures
from pages.ui.cosine.trajectory import show_trajectory

SETTINGS: tuple[Control, ...] = (
    *CONTROLS, RAW, RUNS, SEEDS, POCKETS, EPOCHS, PICKED, FOLDER, LIGAND, CUTOFF,
)  # fmt: skip
VIEWS: dict[str, tuple[str, Callable[[Palette], None]]] = {
    "curves": ("Curves", show_curves),
    "trajectory": ("Trajectory", show_trajectory),
    "predictions": ("Predictions", show_predictions),
    "comparison": ("Comparison", show_comparison),
    "histories": ("Histories", show_histories),
    "structures": ("Complexes", show_structures),
}
