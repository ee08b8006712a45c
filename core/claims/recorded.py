"""Recorded runs and histories that claims about trainings are recomputed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.claims.inputs import Inputs
from core.errors import CoreError
from core.history import History, collect_history
from core.importers.importers import IMPORTERS
from core.runs.folder import SAMPLE_RUNS
from core.runs.reader import read_history


@dataclass(frozen=True, eq=False)
class Run:
    """A recorded run.

    Args:
        folder: Where it lies.
        history: What it told.
    """

    folder: Path
    history: History

    @property
    def problem(self) -> str:
        """Name of its problem."""
        return self.history.started.experiment if self.history.started else ""

    def setting(self, name: str) -> object:
        """Give an option of its configuration; None where it has none of this name."""
        return self.history.started.config.get(name) if self.history.started else None

    def last(self, metric: str) -> float:
        """Give the last value of a metric; NaN where it was not measured."""
        series = self.history.series.get(metric)
        return float("nan") if series is None else float(series.value[-1])


def recorded_runs(inputs: Inputs, problem: str) -> tuple[Run, ...]:
    """Give the runs of a problem: the user's folder of runs, else the recorded samples."""
    runs = _read_runs(inputs.runs or SAMPLE_RUNS)
    return tuple(run for run in runs if run.problem == problem)


def read_histories(inputs: Inputs) -> dict[str, History]:
    """Give the user's imported histories by file name; none where no folder was given."""
    found = {}
    for path in sorted(inputs.histories.rglob("*.json")) if inputs.histories else ():
        for importer in IMPORTERS.values():
            if importer.detect(path):
                found[path.stem] = collect_history(importer.read(path))
                break
    return found


def source_of(inputs: Inputs, runs: Sequence[Run]) -> str:
    """Say where runs come from."""
    where = "recorded sample runs" if inputs.runs is None else f"runs of {inputs.runs.name}"
    return f"{len(runs)} {where}"


@cache
def _read_runs(place: Path) -> tuple[Run, ...]:
    runs = []
    for folder in sorted(p for p in place.iterdir() if p.is_dir()):
        try:
            runs.append(Run(folder, read_history(folder)))
        except CoreError:  # a folder that is no run, or a damaged one, has nothing to tell
            continue
    return tuple(runs)
