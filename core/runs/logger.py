"""A run of one's own script: the same events that training here writes, with a few calls."""

import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, SupportsInt

from core.errors import CoreError, InputError
from core.events import Measured, Noted, Outcome, Recorded, RunEnded, RunStarted, StageChanged
from core.metrics import canonical_key
from core.runs.folder import new_run
from core.runs.handed_over import named_terms, plain_array, plain_config, plain_number
from core.runs.launching import stop_requested
from core.runs.script_end import at_script_end, outcome_of
from core.runs.writer import SPEED, RunWriter

SCRIPT: Final = "script"  # what the runs of a logger name as their experiment
PACE_S: Final = 1.0
NO_END: Final = "The script ended without run.end()."


class Run:
    """A run that a script writes about itself; `Run.start` begins one.

    What is measured is written together, at most every 0.25 s, and survives a kill from then on. A
    script that fails ends its run as "failed" with the message; one that was killed is found dead
    by those who look. Numbers may be tensors of one element, fetched from their device one by one.

    Does not run a thread, and is not for several. Of processes that train together, one writes.

    Args:
        folder: Made by `new_run`.
        started: What the run tells about itself, told before the first event.
        device: On which it computes, for lists.
    """

    def __init__(self, folder: Path, started: RunStarted, *, device: str = "") -> None:
        self.folder = folder
        self.started = started
        self._has_begun = self._has_ended = False
        self.newest_step = -1
        self._paced = (-1, time.monotonic())
        self._writer = RunWriter(folder, device=device)
        self._writer.__enter__()
        self._forget_end = at_script_end(lambda error: self._close(error, "stopped", NO_END))

    @classmethod
    def start(
        cls,
        name: str = "",
        *,
        config: Mapping[str, Any] | None = None,
        terms: Sequence[str] = (),
        total_steps: int | None = None,
        targets: Mapping[str, tuple[float, float]] | None = None,
        experiment: str = SCRIPT,
        device: str = "",
        group: str = "",
    ) -> "Run":
        """Begin a run in the state folder of this machine.

        Args:
            name: Its name in lists.
            config: Every option that shapes the run; what is no plain value is kept as text.
            terms: Names of the loss terms; those that `measure` brings later join them.
            total_steps: Planned number of steps.
            targets: Wanted share of each term in percent, (low, high).
            experiment: What is trained; runs of one experiment are compared with each other.
            device: On which the script computes.
            group: Shared by runs that belong together.

        Raises:
            InputError: The configuration cannot be kept.
            UnavailableError: The disk is full or cannot be written.
        """
        plain = plain_config(config or {})
        folder = new_run(experiment, plain, name=name, group=group)
        facts = {"source": Path(sys.argv[0]).name or "interactive", "host": platform.node(),
                 "python": platform.python_version()}  # fmt: skip
        started = RunStarted(0, time.time(), experiment, plain, tuple(terms), total_steps,
                             dict(targets or {}), facts)  # fmt: skip
        return cls(folder, started, device=device)

    @property
    def id(self) -> str:
        """The name of the run's folder."""
        return self.folder.name

    @property
    def is_stop_requested(self) -> bool:
        """Whether somebody asked the run to stop; the script decides when it does."""
        return stop_requested(self.folder)

    def measure(
        self,
        step: SupportsInt,
        *,
        terms: Mapping[str, Any] | None = None,
        weights: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell what was measured at a step; NaN and infinity are kept as they are.

        Args:
            step: Optimiser steps done; a step may be told in several calls.
            terms: Mean of each loss term over the batch, before its weight.
            weights: Factor of each of these terms; without any, all are 1. One that is not above 0
                switches its term off.
            metrics: Whatever else, by key: "val/accuracy", "train/learning_rate".

        Raises:
            InputError: The run has ended, a value is no number, or a weight is missing.
        """
        values: dict[str, float] = {}
        if terms:
            values = named_terms(terms, weights or dict.fromkeys(terms, 1.0))
        values |= {
            canonical_key(key): plain_number(key, value) for key, value in (metrics or {}).items()
        }
        at = int(step)
        self._begin(at, tuple(terms or ()))
        pace = {} if SPEED in values else self._pace(at)
        self._writer.write(Measured(at, time.time(), values | pace))

    def note(self, text: str, step: int | None = None) -> None:
        """Tell something worth a sentence."""
        self._writer.write(Noted(self._at(step), time.time(), text))

    def stage(
        self,
        name: str,
        step: int | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        end_step: int | None = None,
        settings: Mapping[str, float] | None = None,
    ) -> None:
        """Tell that a stage of a curriculum begins.

        Args:
            name: As on charts.
            step: Its first step; the newest that was told where it is None.
            weights: Factor of each term in it.
            end_step: First step behind it, as planned.
            settings: Whatever else holds in it, by name.
        """
        at = self._at(step)
        end = end_step or max(self.started.total_steps or 0, at + 1)
        self._writer.write(
            StageChanged(at, time.time(), name, end, dict(weights or {}), dict(settings or {}))
        )

    def record(self, name: str, step: int, arrays: Mapping[str, Any]) -> None:
        """Keep what is not a scalar, such as predictions: arrays or tensors, at most 16 MB."""
        kept = {key: plain_array(key, value) for key, value in arrays.items()}
        self._writer.write(Recorded(self._at(step), time.time(), name, kept))

    def end(self, outcome: Outcome = "finished", text: str = "") -> None:
        """End the run; a second call does nothing.

        Args:
            outcome: How.
            text: Why, in words.
        """
        self._close(None, outcome, text)

    def __enter__(self) -> "Run":
        """Give the run itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the run: finished, or failed with the message of the error that is passing."""
        self._close(error, "finished", "")

    def _close(self, error: BaseException | None, outcome: Outcome, text: str) -> None:
        if self._has_ended:
            return
        if error is not None:
            outcome, text = outcome_of(error, self.folder)
        try:
            self._writer.write(RunEnded(self._at(None), time.time(), outcome, text))
        except CoreError:
            if error is None:
                raise  # else the error that is passing is the one to tell
        finally:
            self._has_ended = True
            self._forget_end()
            self._writer.__exit__(type(error) if error else None, error, None)

    def _at(self, step: int | None) -> int:
        """Begin, and give the step of an event: by default the newest."""
        self._begin(at := max(self.newest_step, 0) if step is None else int(step), ())
        return at

    def _begin(self, step: int, terms: tuple[str, ...]) -> None:
        """Tell the start before the first event, and once more where terms join.

        What was told at or after the step of a start gives way to what follows it, so a later
        start stands behind everything.
        """
        if step < 0:
            raise InputError("step", expected="0 or more", came=f"{step:,}", do="Correct it")
        if self._has_ended:
            raise InputError(f"run {self.id}", expected="a run that goes on", came="one that ended",
                             do="Start another one")  # fmt: skip
        joining = tuple(term for term in terms if term not in self.started.terms)
        if joining or not self._has_begun:
            at = self.newest_step + 1 if self._has_begun else max(step, self.started.step)
            all_terms = (*self.started.terms, *joining)
            self.started = replace(self.started, step=at, time_s=time.time(), terms=all_terms)
            self._has_begun = True
            self._writer.write(self.started)
        self.newest_step = max(self.newest_step, step)

    def _pace(self, step: int) -> dict[str, float]:
        """Give steps per second, about once a second; what lies between two calls counts."""
        (before, since), now = self._paced, time.monotonic()
        if now - since < PACE_S and before >= 0:
            return {}
        self._paced = (step, now)
        return {SPEED: (step - before) / (now - since)} if 0 <= before < step else {}
