"""Controls of the page on per-atom RMSD."""

from core.problems.sidechain.versions.of_files import FRAMES
from pages.ui.controls import Choice, Control, Segments, Steps, Switch, Text

NOTE_V4, NOTE_V5 = "note v4", "note v5"


def version_choice(key: str, label: str, default: str, options: tuple[str, ...]) -> Choice:
    """Offer the versions that there are."""
    return Choice(
        key,
        label,
        "A table that somebody reported, a run of this dashboard (the newest evaluation of its "
        "test side), or files of your own.",
        default,
        options,
    )


FRAME = Choice(
    "frame",
    "Frame of own structures",
    "local: every residue in the frame of its own backbone, predicted and native; superposed: "
    "whole structures laid on each other by their CA; as given: nothing is moved. Runs are "
    "compared in the native local frame.",
    "local",
    FRAMES,
)
ENTRIES = Text(
    "native_ids",
    "Native entries, PDB ids",
    "Instead of native files: identifiers of the Protein Data Bank with blanks between, one for "
    "each prediction in the order of their names. They are fetched once and kept.",
    "",
    "1UBQ 1AKI",
)
RENAMES = Switch(
    "renames",
    "Rename symmetric atoms",
    "Atoms of ASP, GLU, PHE and TYR that half a turn exchanges are named to the smaller error. The "
    "note does not; reported tables cannot be renamed.",
    False,
)
SHOWN = Segments(
    "cells",
    "Cells",
    "RMSD of the first or second version, or what changed from the first to the second.",
    "second",
    ("first", "second", "change"),
)
QUANTITY = Segments(
    "quantity",
    "Against",
    "radius: distance of the native atom from its CA. confidence: B-factor or pLDDT of the "
    "predicted atom, where the files give one.",
    "radius",
    ("radius", "confidence"),
)
RING_LIMIT = Steps(
    "ring_limit",
    "Flat within, Å",
    "How far an atom may be from the best plane of its ring.",
    0.05,
    (0.05, 0.1),
)
BEFORE = version_choice("before", "First version", NOTE_V4, (NOTE_V4, NOTE_V5))
AFTER = version_choice("after", "Second version", NOTE_V5, (NOTE_V4, NOTE_V5))
SETTINGS: tuple[Control, ...] = (
    BEFORE,
    AFTER,
    FRAME,
    ENTRIES,
    RENAMES,
    SHOWN,
    QUANTITY,
    RING_LIMIT,
)
