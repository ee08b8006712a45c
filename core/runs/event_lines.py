"""Rare events as lines of JSON, with the number of the segment that they belong to.

NaN and Infinity, which a configuration may hold, are written as Python's json writes them.
"""

import json
from collections.abc import Mapping
from dataclasses import fields

from core.events import Event, Noted, Recorded, RunEnded, RunStarted, StageChanged

KINDS = {kind.__name__: kind for kind in (RunStarted, Recorded, StageChanged, Noted, RunEnded)}


def encode_event(event: Event, segment: int) -> bytes:
    r"""Give an event as one line; the arrays of a Recorded are left out.

    Example:
        >>> encode_event(Noted(3, 1.5, "a gap"), 0)
        b'{"kind": "Noted", "segment": 0, "step": 3, "time_s": 1.5, "text": "a gap"}\n'
    """
    told = {"kind": type(event).__name__, "segment": segment}
    told |= {
        field.name: getattr(event, field.name) for field in fields(event) if field.name != "arrays"
    }
    return json.dumps(told, default=_plain).encode() + b"\n"


def decode_event(line: bytes) -> tuple[int, Event]:
    """Read a line back: the number of its segment, and the event.

    Raises:
        ValueError: The line broke off or tells no known event.
    """
    try:
        told = json.loads(line)
        segment = int(told.pop("segment"))
        kind = KINDS[told.pop("kind")]
        if kind is Recorded:
            told["arrays"] = {}
        if kind is RunStarted:
            told["terms"] = tuple(told["terms"])
            told["targets"] = {term: (low, high) for term, (low, high) in told["targets"].items()}
        return segment, kind(**told)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no event of this program: {line[:60]!r}") from error


def _plain(value: object) -> object:
    """Turn what json does not know into what it does: a mapping that is no dict."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a plain value")
