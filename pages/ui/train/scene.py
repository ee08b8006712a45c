"""What every closer look at a run gets."""

from dataclasses import dataclass

from core.figures.run_series import RunAxes
from core.figures.theme import Palette
from pages.ui.train.watched import Look

HEIGHT = 300


@dataclass(frozen=True)
class Scene:
    """The colours, the run, and how its steps are drawn."""

    palette: Palette
    look: Look
    axes: RunAxes


def option(look: Look, name: str) -> object:
    """Give an option of a run, None where its configuration cannot be read."""
    return look.config.config.get(name) if look.config else None
