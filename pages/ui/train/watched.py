"""What a page reads of a run: its history, its state, and what the rules say of it."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import streamlit as st

from core.diagnosis.engine import Diagnosis, diagnose
from core.diagnosis.rules import GENERAL_RULES
from core.errors import CoreError
from core.history import History
from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.runs.folder import Meta, RunConfig, read_config, read_meta
from core.runs.reader import RunReader
from core.runs.status import Status, read_status


@dataclass(frozen=True)
class Look:
    """A run at one moment.

    Args:
        folder: Where it lies.
        status: Where it stands.
        history: What it has told.
        diagnosis: What the rules say of it.
        experiment: What it trains; None for one that is not known here.
        config: What it was asked to do; None where the folder lacks it.
        meta: What a person calls it.
        torn: Measurements that a killed process left unfinished, and that are skipped.
    """

    folder: Path
    status: Status
    history: History
    diagnosis: Diagnosis
    experiment: Experiment | None
    config: RunConfig | None
    meta: Meta
    torn: int

    @property
    def name(self) -> str:
        """As on the screen."""
        return self.meta.name or self.folder.name


class Watched:
    """A run that sessions look at together: each look reads only what is new."""

    def __init__(self, folder: Path) -> None:
        """Begin at the start of the folder."""
        self.folder = folder
        self.reader = RunReader(folder)
        self.lock = Lock()
        self.diagnosed: tuple[History, Diagnosis] | None = None

    def look(self) -> Look:
        """Read what is new; a folder that lacks files gives what is left of it."""
        with self.lock:
            status = read_status(self.folder)
            try:
                history = self.reader.refresh()
                config, meta = read_config(self.folder), read_meta(self.folder)
            except CoreError:
                history, config, meta = History(), None, Meta()
            experiment = EXPERIMENTS.get(config.experiment) if config else None
            return Look(
                self.folder,
                status,
                history,
                self._diagnosis(history, experiment),
                experiment,
                config,
                meta,
                self.reader.torn,
            )

    def _diagnosis(self, history: History, experiment: Experiment | None) -> Diagnosis:
        if self.diagnosed is None or self.diagnosed[0] is not history:
            own = experiment.rules if experiment else ()
            self.diagnosed = history, diagnose(history, (*GENERAL_RULES, *own))
        return self.diagnosed[1]


@st.cache_resource(max_entries=64, show_spinner=False)
def watched(folder: str) -> Watched:
    """Keep one reader a run for all sessions."""
    return Watched(Path(folder))


def look_at(folder: Path) -> Look:
    """Read a run as it is now."""
    return watched(str(folder)).look()
