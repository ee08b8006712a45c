"""What the page runs shows: a table of views, one chosen by the reader."""

from collections.abc import Callable

from core.figures.theme import Palette
from pages.ui.runs.compare import show_compare
from pages.ui.runs.following import show_follow
from pages.ui.runs.imports import show_import
from pages.ui.runs.table import show_table_of_runs
from pages.ui.runs.what_if import show_what_if

VIEWS: dict[str, tuple[str, Callable[[Palette], None]]] = {
    "compare": ("Compare", show_compare),
    "table": ("Table", show_table_of_runs),
    "what_if": ("What if", show_what_if),
    "import": ("Import", show_import),
    "follow": ("Follow", show_follow),
}
