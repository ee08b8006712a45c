"""What a command says while it works, line by line."""

import sys
from contextlib import suppress

from core.events import Event, Noted, RunEnded, RunStarted, StageChanged


def say(line: str) -> None:
    """Write a line at once."""
    # Who no longer listens (a closed pipe, a log without room) does not end a training.
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def say_rare(event: Event) -> None:
    """Say an event that is no measurement; of a follower that is all, and needs no torch."""
    match event:
        case RunStarted():
            for name, fact in event.facts.items():
                say(f"step {event.step:,}: {name}: {fact}")
        case StageChanged():
            say(f"step {event.step:,}: stage {event.stage}")
        case Noted():
            say(f"step {event.step:,}: {event.text}")
        case RunEnded():
            # Why a run failed is told once, where errors are told.
            text = "" if event.outcome == "failed" else event.text
            say(f"step {event.step:,}: {event.outcome}. {text}".rstrip())
        case _:
            pass
