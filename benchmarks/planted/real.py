"""Real runs that are healthy: samples, histories of others, and short runs trained here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.planted.trained import SMALL, trained
from core.history import History, collect_history
from core.importers.history_json import read
from core.runs.folder import SAMPLE_RUNS, read_config, read_meta
from core.runs.reader import read_history

ROOT: Final = Path(__file__).resolve().parents[2]
HISTORIES: Final = ROOT.parent / "shared" / "data" / "histories"
# Samples that were made to show a fault: sample_data/runs/README.md says what each reached.
FAULTY_SAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "Precursor alone": ("R-21",),
    "Gaussian cosine alone": ("R-21",),
    "Note's weights": ("R-05",),
    "Note's weights, log-ratio precursor": ("R-05",),
    "Repeat the note's failure, tanh": ("R-43", "R-44", "R-41"),
}


def samples() -> Iterator[tuple[str, str, History, tuple[str, ...]]]:
    """Give each sample run: its name, its problem, its history, and who must find its fault."""
    for folder in sorted(path for path in SAMPLE_RUNS.iterdir() if path.is_dir()):
        name = read_meta(folder).name
        kind = read_config(folder).experiment
        yield name, kind, read_history(folder), FAULTY_SAMPLES.get(name, ())


def histories() -> Iterator[tuple[str, str, History]]:
    """Read the histories of real pocket trainings, where they are there."""
    for path in sorted(HISTORIES.glob("*.json")) if HISTORIES.is_dir() else ():
        yield path.stem, "pocket", collect_history(read(path))


def trained_healthy(seeds: range) -> Iterator[tuple[str, str, History]]:
    """Train a short run of each problem for each seed."""
    for kind in SMALL:
        for seed in seeds:
            yield f"{kind}, trained, seed {seed}", kind, trained(kind, seed)
