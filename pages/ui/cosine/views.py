"""The lower row of the cosine page: a table of views, one chosen by the reader."""

from collections.abc import Callable

from pages.ui.controls import Control
from pages.ui.cosine.comparison import SEEDS, show_comparison
from pages.ui.cosine.histories import show_histories
from pages.ui.cosine.main_figure import Scene
from pages.ui.cosine.predictions import show_predictions
from pages.ui.cosine.structures import CUTOFF, FOLDER, show_structures
from pages.ui.cosine.views_of_losses import show_gradients, show_trajectory

SETTINGS: tuple[Control, ...] = (SEEDS, FOLDER, CUTOFF)
VIEWS: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "gradients": ("Gradients", show_gradients),
    "trajectory": ("Trajectory", show_trajectory),
    "predictions": ("Predictions", show_predictions),
    "comparison": ("Comparison", show_comparison),
    "histories": ("Histories", show_histories),
    "structures": ("Complexes", show_structures),
}
