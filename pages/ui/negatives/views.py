"""What the page on hard negatives shows: a table of views, one chosen by the reader."""

from collections.abc import Callable

from core.figures.theme import Palette
from pages.ui.controls import Control
from pages.ui.negatives.batch import show_batch
from pages.ui.negatives.clusters import show_map
from pages.ui.negatives.controls import ABOVE, BATCH, EPOCHS, MEASURE, MORE, QUICK, TEMPERATURE
from pages.ui.negatives.filling import show_filling
from pages.ui.negatives.loaded import EMBEDDINGS, PAIRS, SOURCE
from pages.ui.negatives.quick import show_quick
from pages.ui.negatives.signs import show_signs
from pages.ui.negatives.similarity import show_similarity
from pages.ui.negatives.table import show_results
from pages.ui.negatives.temperature import show_temperature

SETTINGS: tuple[Control, ...] = (
    SOURCE, PAIRS, EMBEDDINGS, *EPOCHS, BATCH, *MORE, ABOVE, MEASURE, TEMPERATURE, *QUICK,
)  # fmt: skip
VIEWS: dict[str, tuple[str, Callable[[Palette], None]]] = {
    "batch": ("Batch", show_batch),
    "similarity": ("Similarity", show_similarity),
    "filling": ("Filling", show_filling),
    "temperature": ("Temperature", show_temperature),
    "map": ("Map", show_map),
    "signs": ("Signs", show_signs),
    "table": ("Note's table", show_results),
    "quick": ("Quick test", show_quick),
}
