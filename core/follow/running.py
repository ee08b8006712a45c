"""The process that follows: it looks several times a second and writes a run of its own."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import CoreError, InputError, UnavailableError
from core.events import Event, Outcome, RunEnded, RunStarted
from core.follow.follower import Follower
from core.follow.source import Source, find_source
from core.importers.paths import full_path
from core.runs.elsewhere import is_run_folder, register_folder
from core.runs.folder import edit_meta, new_run, read_config, run_folders
from core.runs.launching import stop_requested
from core.runs.script_end import outcome_of
from core.runs.signals import signals_noted
from core.runs.status import read_status
from core.runs.writer import RunWriter

FOLLOWS: Final = "follows"  # the option that makes a run one that follows
FORMAT: Final = "format"
TAG: Final = "followed"
LOOK_S: Final = 0.1
BEAT_S: Final = 0.5
SILENT_S: Final = 5.0


def begin_following(path: Path, *, name: str = "") -> Path:
    """Make a run that follows what somebody else's trainer writes; `launch` starts its process.

    One of our own run folders is not followed but listed, and read where it lies.

    Args:
        path: A file of lines, event files or their folder (see `find_source`), or a run folder.
        name: Of the run; its path where empty.

    Returns:
        The folder of the new run, or where the registered one is found.

    Raises:
        InputError: It cannot be followed.
        UnavailableError: A run follows it already, or the disk is full or cannot be written.
    """
    if is_run_folder(full_path(path)):
        return register_folder(path)
    source = find_source(path)
    for folder, is_sample in run_folders():
        if not is_sample and _follows(folder) == str(source.path) and read_status(folder).is_active:
            raise UnavailableError(f"The run {folder.name} follows {source.path} already. Look "
                                   "there, or stop it first.")  # fmt: skip
    config = {FOLLOWS: str(source.path), FORMAT: source.format}
    folder = new_run(source.format, config, name=name or _short_name(source))
    edit_meta(folder, tags=(TAG,))
    return folder


def is_following(folder: Path) -> bool:
    """Say whether a run follows what somebody else writes."""
    return bool(_follows(folder))


def _follows(folder: Path) -> str:
    try:
        return str(read_config(folder).config.get(FOLLOWS, ""))
    except InputError:
        return ""


def _short_name(source: Source) -> str:
    return "/".join(source.path.parts[-2:])


def follow_run(folder: Path, *, tell: Callable[[Event], None] = lambda _: None) -> Outcome:
    """Follow until it is asked to stop: by request, SIGTERM or SIGINT.

    A run that goes on with following reads everything again, which replaces what it had.

    Args:
        folder: Made by `begin_following`.
        tell: Called with each event after it is written.

    Returns:
        How the run ended.

    Raises:
        InputError: The folder lacks its configuration.
        UnavailableError: Another process has the run in hand.
    """
    config = read_config(folder).config
    source = Source(Path(str(config[FOLLOWS])), str(config[FORMAT]))
    with signals_noted() as was_signalled, RunWriter(folder) as writer:
        work = _Following(source, writer, tell)
        try:
            while not (was_signalled() or stop_requested(folder)):
                if not work.look():
                    time.sleep(LOOK_S)
            ended = work.end("stopped", "It is no longer followed.")
        except (CoreError, OSError) as error:
            ended = work.end(*outcome_of(error, folder))
        finally:
            work.follower.close()
    return ended


class _Following:
    """Writes what a follower tells, and shows that it is alive where nothing is told."""

    def __init__(self, source: Source, writer: RunWriter, tell: Callable[[Event], None]) -> None:
        self.follower = Follower(source)
        self.source, self.writer, self.tell = source, writer, tell
        self.step = 0
        self.has_begun = False
        self.told_s = self.beaten_s = time.monotonic()

    def look(self) -> bool:
        """Write what is new; says whether there was anything."""
        events = self.follower.look()
        now = time.monotonic()
        for event in events:
            self.write(event)
        if events:
            self.writer.flush()
            self.told_s = now
        if now - self.beaten_s >= BEAT_S:
            self.writer.say(self.silence(now - self.told_s))
            self.beaten_s = now
        return bool(events)

    def write(self, event: Event) -> None:
        """Write an event; another start is that of another segment."""
        if isinstance(event, RunStarted):
            if self.has_begun:
                self.writer.begin_segment()
            self.has_begun = True
        self.writer.write(event)
        self.step = max(self.step, event.step)
        self.tell(event)

    def silence(self, for_s: float) -> str:
        """Say why nothing comes, where nothing does."""
        if not self.follower.is_there:
            return f"Waits for {self.source.path}."
        return f"Nothing new for {for_s:.0f} s." if for_s >= SILENT_S else ""

    def end(self, outcome: Outcome, text: str) -> Outcome:
        """Write what is left and the end."""
        self.write(RunEnded(self.step, time.time(), outcome, text))
        return outcome
