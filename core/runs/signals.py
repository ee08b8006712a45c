"""A process that is asked to stop by a signal, and ends its work in order."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def signals_noted() -> Iterator[Callable[[], bool]]:
    """Let the first signal ask for a stop; a second one does what it always does."""
    noted: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)
        signal.signal(number, before[number])  # pyright: ignore[reportArgumentType]

    try:
        for number in before:
            signal.signal(number, note)
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
