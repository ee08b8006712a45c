"""The balance of the peptide objective: the note's schedule, raw values, precursor forms."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.balance.shares import Band
from core.balance.solver import solve_weights
from core.errors import InputError
from core.losses.precursor import clamped, log_ratio, log_scaled
from core.training.curriculum import Schedule
from core.training.schedule_text import from_yaml

DATA = Path(__file__).resolve().parents[3] / "sample_data" / "balance"

Kind = Literal["quoted", "computed", "interpolated", "typed"]
FormName = Literal["log_scaled", "log_ratio", "clamped"]
FORM_NAMES: tuple[FormName, ...] = get_args(FormName)


@dataclass(frozen=True)
class PrecursorForm:
    """One of the three precursor losses with its setting; only the named form's setting counts.

    Args:
        name: "log_scaled" s log(1 + e/s), "log_ratio" log(1 + e/d), "clamped" min(e, limit).
        scale_ppm: s, above 0.
        divisor_ppm: d, above 0.
        limit_ppm: The clamp, above 0.
    """

    name: FormName = "log_scaled"
    scale_ppm: float = 100.0
    divisor_ppm: float = 100_000.0
    limit_ppm: float = 100.0

    def loss(self, error_ppm: Float[Tensor, " batch"]) -> Float[Tensor, " batch"]:
        """Evaluate the loss of errors in ppm, 0 or more."""
        if self.name == "log_scaled":
            return log_scaled(error_ppm, scale_ppm=self.scale_ppm)
        if self.name == "log_ratio":
            return log_ratio(error_ppm, divisor_ppm=self.divisor_ppm)
        return clamped(error_ppm, limit_ppm=self.limit_ppm)

    def value_and_slope(
        self, error_ppm: Float[np.ndarray, " points"]
    ) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
        """Evaluate the loss and its derivative by the error (1/ppm), by automatic gradients."""
        error = torch.tensor(error_ppm, dtype=torch.float64, requires_grad=True)
        value = self.loss(error)
        (slope,) = torch.autograd.grad(value.sum(), error)
        return value.detach().numpy(), slope.numpy()


DEFAULT_FORM = PrecursorForm()


@dataclass(frozen=True)
class Cell:
    """A number with where it comes from.

    Args:
        value: The number.
        kind: "quoted" from the note, "interpolated" between quoted ones, "computed" by the
            formula of the precursor loss, or "typed" in by the person.
        source: Line of the note, or how it was made.
    """

    value: float
    kind: Kind
    source: str


@dataclass(frozen=True)
class RawValues:
    """Raw values at the start of each stage.

    Args:
        stages: Names of the rows.
        terms: Names of the columns.
        raw: The values; NaN where none is known.
        cells: Each known value with its source, by stage and term.
        error_ppm: Precursor error behind each stage's raw value; NaN where there is none.
    """

    stages: tuple[str, ...]
    terms: tuple[str, ...]
    raw: Float[np.ndarray, "stages terms"]
    cells: dict[tuple[str, str], Cell]
    error_ppm: Float[np.ndarray, " stages"]


def note_schedule() -> Schedule:
    """Read the ten stages of the training note, with a clean share of our own choice."""
    path = DATA / "schedule_note.yaml"
    return from_yaml(path.read_text(encoding="utf-8"), name=path.name)


@cache
def solved_schedule() -> Schedule:
    """Solve the note's schedule for its own targets at its own expected errors.

    Cross-entropy keeps its weight: Adam does not see a common factor.
    """
    schedule, values = note_schedule(), expected_raw()
    solution = solve_weights(
        values.raw,
        schedule.weights,
        [default_bands().get(term) for term in schedule.terms],
        terms=schedule.terms,
        stages=schedule.names,
        held=schedule.terms[:1],
    )
    return schedule.with_weights(solution.weights)


def default_bands() -> dict[str, Band]:
    """Read the note's target shares (line 247)."""
    return {
        row["term"]: Band(float(row["low_percent"]), float(row["high_percent"]))
        for row in _rows("targets.csv")
    }


def note_raw() -> RawValues:
    """Read the raw values as the note believes them, its wrong precursor table included.

    Example:
        >>> note_raw().raw[1].tolist()
        [3.26, 1.79, 733.0]
    """
    return _raw_values(_cells("raw_note.csv", "term", "raw"), {})


def expected_inputs() -> dict[tuple[str, str], Cell]:
    """Read what one expects at the start of each stage: `ce`, `spectrum` and `error_ppm`."""
    return _cells("raw_expected.csv", "quantity", "value")


def expected_raw(
    form: PrecursorForm = DEFAULT_FORM, changed: Mapping[tuple[str, str], float] | None = None
) -> RawValues:
    """Put the expected errors through the true formula of a precursor loss.

    Args:
        form: The loss.
        changed: Other values for some (stage, quantity), quantities as in `expected_inputs`.

    Raises:
        InputError: A changed value is no stage's quantity, or is negative.

    Example:
        >>> expected_raw().raw[:, 2].round(1).tolist()
        [nan, 552.5, 461.5, 393.2, 304.5, 239.8, 179.2, 109.9, 69.3, 40.5]
    """
    inputs = expected_inputs()
    for (stage, quantity), value in (changed or {}).items():
        if (stage, quantity) not in inputs or not 0 <= value < np.inf:
            raise InputError(
                f"stage {stage}, {quantity}",
                expected="0 or more, for a quantity that the table has",
                came=f"{value:g}",
                do="Correct the cell",
            )
        inputs[stage, quantity] = Cell(float(value), "typed", "typed in")
    errors = {stage: cell for (stage, name), cell in inputs.items() if name == "error_ppm"}
    cells = {key: cell for key, cell in inputs.items() if key[1] != "error_ppm"}
    values, _ = form.value_and_slope(np.array([cell.value for cell in errors.values()]))
    for (stage, error), value in zip(errors.items(), values, strict=True):
        source = f"{form.name} of {error.value:,g} ppm ({error.source})"
        cells[stage, "precursor"] = Cell(float(value), "computed", source)
    return _raw_values(cells, {stage: cell.value for stage, cell in errors.items()})


@dataclass(frozen=True)
class PrecursorCurves:
    """Loss and slope of each form over the error.

    Args:
        error_ppm: The axis, evenly spaced in its logarithm.
        value: Loss of each form.
        slope: Derivative of each form by the error, 1/ppm.
    """

    error_ppm: Float[np.ndarray, " points"]
    value: dict[FormName, Float[np.ndarray, " points"]]
    slope: dict[FormName, Float[np.ndarray, " points"]]


def precursor_curves(
    settings: PrecursorForm = DEFAULT_FORM,
    *,
    low_ppm: float = 1.0,
    high_ppm: float = 1e6,
    points: int = 241,
) -> PrecursorCurves:
    """Evaluate the three forms with the same settings.

    Args:
        settings: Scale, divisor and limit; its name does not count.
        low_ppm: Smallest error, above 0.
        high_ppm: Largest error.
        points: How many, 2 or more.
    """
    error_ppm = np.geomspace(low_ppm, high_ppm, points)
    value: dict[FormName, np.ndarray] = {}
    slope: dict[FormName, np.ndarray] = {}
    for name in FORM_NAMES:
        value[name], slope[name] = replace(settings, name=name).value_and_slope(error_ppm)
    return PrecursorCurves(error_ppm, value, slope)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cells(name: str, key: str, value: str) -> dict[tuple[str, str], Cell]:
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    return {
        (row["stage"], row[key]): Cell(float(row[value]), kinds[row["kind"]], row["source"])
        for row in _rows(name)
    }


def _raw_values(cells: Mapping[tuple[str, str], Cell], error_ppm: Mapping[str, float]) -> RawValues:
    schedule = note_schedule()
    stages, terms = schedule.names, schedule.terms
    missing = Cell(np.nan, "quoted", "")
    return RawValues(
        stages=stages,
        terms=terms,
        raw=np.array([[cells.get((s, t), missing).value for t in terms] for s in stages]),
        cells=dict(cells),
        error_ppm=np.array([error_ppm.get(stage, np.nan) for stage in stages]),
    )
