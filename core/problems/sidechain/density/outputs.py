"""The three outputs trained side by side: their RMSD by slot, laid over the note's table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError
from core.history import History
from core.problems.sidechain.atoms import SLOTS
from core.problems.sidechain.config import OUTPUTS
from core.problems.sidechain.evaluation import BY_SLOT
from core.problems.sidechain.reported.table_files import ReportedTable, slot_name
from core.problems.sidechain.reported.tables import note_tables, note_totals
from core.problems.sidechain.reported.totals import recompute
from core.runs.arrays import read_arrays

SLOT_NAMES: Final = tuple(slot_name(slot).removeprefix("atom") for slot in range(SLOTS))
LABELS: Final[Mapping[str, str]] = {"tanh": "bare tanh", "tanh8": "8 × tanh", "linear": "linear"}
BASELINES: Final[Mapping[str, str]] = {
    "clamped": "clamped to ±1 Å",
    "slot_mean": "mean of the slot",
}
FREE: Final = ("tanh8", "linear")  # far enough, or without a bound
ALIKE_A: Final = 0.1  # of the note's side-chain RMSD
GOOD_A: Final = 1.0  # half of what the mean of the slot reaches
MEASURED: Final = 2  # decimals that are kept; only the note's rounding matters in totals


@dataclass(frozen=True, eq=False)
class Profile:
    """RMSD by slot of one prediction.

    Args:
        name: As on the screen.
        rmsd: By slot, in angstrom; NaN where no such atom was scored.
        overall: Of all slots, by the counts of what was scored.
        side_chain: Of slots 4 to 13.
        step: Of the training run; None of what was not trained here.
    """

    name: str
    rmsd: Float[np.ndarray, " 14"]
    overall: float
    side_chain: float
    step: int | None = None


def note_profiles() -> tuple[Profile, ...]:
    """Give the note's v4 and v5, with the totals that it reports."""
    told = {(t.version, t.quantity): t.value for t in note_totals()}
    return tuple(
        Profile(f"the note's {table.version}", table.rmsd, told[table.version, "overall"],
                told[table.version, "side_chain"])
        for table in note_tables()
    )  # fmt: skip


def read_profiles(folder: Path, history: History, output: str) -> dict[str, Profile]:
    """Read the newest evaluation of a run: its own profile and those of the baselines, by name.

    Args:
        folder: Of the run.
        history: Of the run.
        output: One of OUTPUTS.

    Returns:
        Nothing where the run has not been evaluated yet.

    Raises:
        InputError: What was recorded is damaged, or the output is not known.
    """
    if output not in OUTPUTS:
        raise InputError("output of the run", expected="one of " + ", ".join(OUTPUTS), came=output,
                         do="Choose other runs")  # fmt: skip
    steps = history.recorded.get(BY_SLOT, ())
    if not steps:
        return {}
    arrays = read_arrays(folder, BY_SLOT, steps[-1])
    if not {"rmsd", "count", *BASELINES} <= set(arrays):
        raise InputError(f"run {folder.name}", expected=f"a table {BY_SLOT} with baselines",
                         came=", ".join(arrays), do="Train it again")  # fmt: skip
    count = arrays["count"].astype(int)
    found = {output: _profile(LABELS[output], arrays["rmsd"], count, steps[-1])}
    return found | {name: _profile(label, arrays[name], count) for name, label in BASELINES.items()}


def _profile(
    name: str, rmsd: np.ndarray, count: Int[np.ndarray, " 14"], step: int | None = None
) -> Profile:
    values = rmsd.astype(float)
    blank = ("",) * SLOTS
    table = ReportedTable(name, values, blank, count.astype(float), MEASURED, blank)
    totals = recompute(table, count.astype(float))
    return Profile(name, values, totals["overall"].value, totals["side_chain"].value, step)


def outputs_in_words(trained: Mapping[str, Profile], note: Profile) -> str:
    """Say what the outputs reached beside the note, and what follows from it; empty of nothing.

    Args:
        trained: Profiles of finished runs by output.
        note: That of the note.
    """
    said: list[str] = []
    if bound := trained.get("tanh"):
        is_alike = abs(bound.side_chain - note.side_chain) <= ALIKE_A
        verdict = "suffices to produce" if is_alike else "does not give"
        said.append(f"An output that ends at 1 Å {verdict} the note's figures (side chain "
                    f"{bound.side_chain:.2f} Å beside {note.side_chain:.2f} Å)")  # fmt: skip
    if free := [trained[name] for name in FREE if name in trained]:
        is_good = max(profile.side_chain for profile in free) < GOOD_A
        verdict = "suffices for good ones" if is_good else "gave no good ones so far"
        reached = ", ".join(f"{profile.name} {profile.side_chain:.2f} Å" for profile in free)
        said.append(f"{'the same' if said else 'The'} density {verdict}: {reached}")
    return "; ".join(said) + "." if said else ""
