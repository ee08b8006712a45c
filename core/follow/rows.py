"""What a growing log tells: rows of numbers at steps; and how its columns are recognised."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from core.importers.column_mapping import EPOCHS, MILLISECONDS, STEPS, TIMES
from core.importers.names import normal_form

MOST_STEPS: Final = 2**53
SINCE_1970_S: Final = 1e9  # a smaller time counts from the start of the trainer
AXES: Final = (("step", STEPS), ("epoch", EPOCHS))


@dataclass(frozen=True)
class Row:
    """What was measured at a step.

    Args:
        step: 0 or more.
        time_s: Seconds since 1970.
        values: By the names of the log; NaN and infinity are kept.
        is_start: Whether it says, instead, that a writer goes on from this step: what was told at
            it or later gives way.
    """

    step: int
    time_s: float
    values: Mapping[str, float]
    is_start: bool = field(default=False, repr=False)


@runtime_checkable
class Decoder(Protocol):
    """Turns what a file gains into rows; what broke off waits for its rest.

    Attributes:
        notes: Sentences on what could not be read; whoever tells them takes them out.
    """

    notes: list[str]

    @property
    def axis(self) -> str:
        """What its steps count, as far as is known."""
        ...

    def again(self) -> "Decoder":
        """Begin another file of the same kind."""
        ...

    def feed(self, content: bytes) -> list[Row]:
        """Take what the file has gained, perhaps nothing, and give the rows that are whole."""
        ...


@dataclass
class Columns:
    """Which numbers of a row are its step and time, found by their names as rows come.

    Args:
        axis: "step", "epoch" where no row had a step yet, or "row" where the rows are counted.
        rows: How many rows with numbers there were.
        without_step: How many of them had no step, or none that counts.
    """

    axis: str = "row"
    rows: int = 0
    without_step: int = 0
    _forms: dict[str, str] = field(default_factory=dict[str, str])

    def row(self, numbers: Mapping[str, float]) -> Row | None:
        """Give a row; None where it has no number beside step and time, or no step."""
        if not numbers:
            return None
        self.rows += 1
        forms = {self._form(name): name for name in reversed(list(numbers))}
        step_name = self._step_name(forms)
        time_name = next((forms[form] for form in TIMES if form in forms), "")
        step = numbers[step_name] if step_name else float(self.rows)
        if (self.axis != "row" and not step_name) or not 0 <= step < MOST_STEPS or step % 1:
            self.without_step += 1
            return None
        values = {name: v for name, v in numbers.items() if name not in (step_name, time_name)}
        time_s = _time_s(numbers[time_name]) if time_name else time.time()
        return Row(int(step), time_s, values) if values else None

    def _step_name(self, forms: Mapping[str, str]) -> str:
        """Find the step; where none was known before, a row that has one settles it."""
        for axis, wanted in AXES:
            name = next((forms[form] for form in wanted if form in forms), "")
            if name and self.axis in ("row", axis):
                self.axis = axis
            if name and self.axis == axis:
                return name
        return ""

    def _form(self, name: str) -> str:
        if name not in self._forms:
            self._forms[name] = normal_form(name)
        return self._forms[name]


def _time_s(told: float) -> float:
    time_s = told / 1_000 if told > MILLISECONDS else told
    return time_s if SINCE_1970_S < time_s < MILLISECONDS else time.time()


def merged(rows: Iterable[Row]) -> list[Row]:
    """Join neighbours of one step that measured different things.

    Example:
        >>> merged([Row(1, 0.0, {"a": 1.0}), Row(1, 2.0, {"b": 2.0}), Row(1, 3.0, {"b": 3.0})])
        [Row(step=1, time_s=2.0, values={'a': 1.0, 'b': 2.0}), Row(step=1, time_s=3.0, values={'b': 3.0})]
    """  # noqa: E501 - a doctest compares whole lines
    found: list[Row] = []
    for row in rows:
        last = found[-1] if found and not (found[-1].is_start or row.is_start) else None
        if last and last.step == row.step and not last.values.keys() & row.values.keys():
            found[-1] = Row(row.step, row.time_s, {**last.values, **row.values})
        else:
            found.append(row)
    return found
