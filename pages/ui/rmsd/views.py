"""What the page on per-atom RMSD shows: a table of views, one chosen by the reader."""

from collections.abc import Callable

from core.figures.theme import Palette
from pages.ui.rmsd.by_radius import show_by_radius
from pages.ui.rmsd.by_residue import show_by_residue
from pages.ui.rmsd.chemistry import show_chemistry
from pages.ui.rmsd.findings import show_findings
from pages.ui.rmsd.generated import show_generated
from pages.ui.rmsd.packed import show_packed
from pages.ui.rmsd.table import show_slots
from pages.ui.rmsd.worst import show_worst

VIEWS: dict[str, tuple[str, Callable[[Palette], None]]] = {
    "slots": ("Slots", show_slots),
    "findings": ("Findings", show_findings),
    "residues": ("Residue types", show_by_residue),
    "radius": ("Distance", show_by_radius),
    "chemistry": ("Angles, bonds", show_chemistry),
    "worst": ("Worst residues", show_worst),
    "generated": ("R3 diffusion", show_generated),
    "packed": ("After R3", show_packed),
}
