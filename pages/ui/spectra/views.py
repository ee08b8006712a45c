"""The lower row of the spectra page: a table of views, one chosen by the reader."""

from collections.abc import Callable

from pages.ui.spectra.scene import Scene
from pages.ui.spectra.views_of_answers import show_answers
from pages.ui.spectra.views_of_one import show_candidates, show_certainty, show_ripple
from pages.ui.spectra.views_of_set import show_discrimination, show_labels
from pages.ui.spectra.views_of_spread import show_spread

VIEWS: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "candidates": ("Candidates", show_candidates),
    "certainty": ("Certainty", show_certainty),
    "ripple": ("Grid", show_ripple),
    "discrimination": ("Discrimination", show_discrimination),
    "spread": ("Length and noise", show_spread),
    "answers": ("De novo answers", show_answers),
    "labels": ("Data check", show_labels),
}
