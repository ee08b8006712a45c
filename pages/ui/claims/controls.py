"""Controls of the page on claims."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from core.claims.claim import Claim, Kind, Verdict
from core.claims.inputs import Inputs
from core.claims.reported.kept import FIRST
from pages.ui.controls import Choice, Choices, Control, Switch, Text

NOTES: Final = {
    "S0": "Cosine loss",
    "S1": "Improved losses",
    "S2": "Training fix",
    "S3": "Hard negatives",
    "S4": "SH decoder",
}


def note_of(claim: Claim) -> str:
    """Name the note that a claim is of."""
    return NOTES[claim.claim_id[:2]]


NOTE = Choices("note", "Note", "Whose claims are shown.", (), tuple(NOTES.values()), "all notes")
VERDICT = Choices(
    "verdict",
    "Verdict",
    "holds if: under some of its conditions. cannot tell: the recomputed value has too wide an "
    "interval. not checkable here: something is missing, which the claim names.",
    (),
    get_args(Verdict),
    "all verdicts",
)
KIND = Choices(
    "kind",
    "Kind",
    "arithmetic: from formulas and synthetic spectra. experiment: from data or a training. "
    "history: from recorded trainings.",
    (),
    get_args(Kind),
    "all kinds",
)
STARRED = Switch("starred", "The most instructive only", "Fifteen claims to begin with.", False)
PAIRS = Switch(
    "pairs", "Contradictions", "Claims that cannot hold together, as pairs side by side.", False
)
SEARCH = Text("words", "Words", "In the claim or its id.", "", "precursor")
CLAIM = Text("claim", "Open claim, id", "Shown below the table; so does a chosen row.", "", "S1-04")
SPECTRA = Text(
    "spectra",
    "Own spectra, folder",
    "MGF or mzML with labels. Empty: synthetic ones.",
    "",
    "a folder",
)
HISTORIES = Text(
    "histories",
    "Own histories, folder",
    "JSON histories of trainings. Empty: the recorded sample runs.",
    "",
    "a folder",
)
MOLECULES = Text(
    "molecules",
    "Own molecules, table",
    "CSV or TSV of SMILES and description. Empty: the sample's.",
    "",
    "a file",
)
STRUCTURES = Text(
    "structures",
    "Own structures, folder",
    "PDB or mmCIF. Empty: synthetic residues.",
    "",
    "a folder",
)
TABLE = Choice("table", "Table", "Of the notes, or one that you added.", FIRST, (FIRST,))
FILTERS: tuple[Control, ...] = (NOTE, VERDICT, KIND, STARRED, PAIRS, SEARCH, CLAIM)
OWN: tuple[Control, ...] = (SPECTRA, HISTORIES, MOLECULES, STRUCTURES)
SETTINGS: tuple[Control, ...] = (*FILTERS, *OWN)


def inputs_from(values: Mapping[str, Any]) -> Inputs:
    """Make the inputs of all recomputations from the values of the controls.

    Raises:
        InputError: A place is not there.
    """

    def place(control: Control) -> Path | None:
        said = str(values[control.key]).strip()
        return Path(said).expanduser() if said else None

    spectra, histories, molecules, structures = map(place, OWN)
    return Inputs(spectra=spectra, histories=histories, molecules=molecules, structures=structures)
