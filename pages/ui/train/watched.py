"""What a page reads of a run: its history, its state, and what the rules say of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TypeVar

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

Read = TypeVar("Read")


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

    @property
    def unseen(self) -> Diagnosis:
        """What the rules say but for what a person has acknowledged: what is counted."""
        return self.diagnosis.without(self.meta.acknowledged)


class Watched:
    """A run that sessions look at together: each look reads only what is new."""

    def __init__(self, folder: Path) -> None:
        """Begin at the start of the folder."""
        self.folder = folder
        self.reader = RunReader(folder)
        self.lock = Lock()
        self.diagnosed: tuple[History, Diagnosis] | None = None

    def look(self) -> Look:
        """Read what is new; a folder with damaged files gives what is left of it, and says so."""
        with self.lock:
            status, problems = read_status(self.folder), []
            history = _or_else(self.reader.refresh, History(), problems)
            config = _or_else(lambda: read_config(self.folder), None, problems)
            meta = _or_else(lambda: read_meta(self.folder), Meta(), problems)
            if problems and not status.message:
                status = replace(status, message=problems[0])
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


def _or_else(read: Callable[[], Read], instead: Read, problems: list[str]) -> Read:
    """Read; where that fails keep the reason and take something else."""
    try:
        return read()
    except CoreError as error:
        problems.append(str(error))
        return instead


@st.cache_resource(max_entries=64, show_spinner=False)
def watched(folder: str) -> Watched:
    """Keep one reader a run for all sessions."""
    return Watched(Path(folder))


def look_at(folder: Path) -> Look:
    """Read a run as it is now."""
    return watched(str(folder)).look()
