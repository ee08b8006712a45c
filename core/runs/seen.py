"""That a person has seen a finding: the note, who and when, as meta.json holds it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

EMPTY: Final[Mapping[str, str | float]] = {"note": "", "by": "", "time_s": 0.0}


@dataclass(frozen=True)
class Seen:
    """An acknowledgement of a finding.

    Args:
        note: Why it may stay; may be empty.
        by: Name of the person; may be empty.
        time_s: When, seconds since 1970.
    """

    note: str
    by: str = ""
    time_s: float = 0.0

    @property
    def text(self) -> str:
        """As on the screen and in a report: who, when, why.

        Example:
            >>> Seen("as planned", "Ada").text
            'by Ada: as planned'
        """
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.time_s)) if self.time_s else ""
        who = " ".join(filter(None, (f"by {self.by}" if self.by else "", when)))
        return ": ".join(filter(None, (who, self.note)))


def read_seen(told: object) -> dict[str, Seen]:
    """Read acknowledgements by the key of the finding; what is strange counts as none.

    Example:
        >>> read_seen({"R-52": {"note": "known", "by": "Ada", "time_s": 0.0}, "R-01": 3})
        {'R-52': Seen(note='known', by='Ada', time_s=0.0)}
    """
    known: dict[str, Any] = told if isinstance(told, dict) else {}
    return {str(key): one for key, value in known.items() if (one := _seen(value)) is not None}


def _seen(told: Any) -> Seen | None:
    if not isinstance(told, Mapping):
        return None
    note, by, time_s = (told.get(name, empty) for name, empty in EMPTY.items())
    if not (isinstance(note, str) and isinstance(by, str) and isinstance(time_s, int | float)):
        return None
    return Seen(note, by, float(time_s))
