"""The table of the page: raw values and weights by stage, as a frame to edit and as read back."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.balance.shares import Band
from core.balance.table import BalanceTable, read_balance_table, write_balance_table
from core.errors import InputError
from core.problems.peptide.balance import PrecursorForm, expected_raw, note_raw
from core.training.curriculum import Schedule

PPM = "ppm"


@dataclass(frozen=True, eq=False)
class Plan:
    """What the page shows.

    Args:
        table: Raw values, weights and targets.
        error_ppm: Expected precursor error of each stage that has one.
    """

    table: BalanceTable
    error_ppm: dict[str, float]


def start_frame(
    source: str, form: PrecursorForm, schedule: Schedule, own: BalanceTable
) -> pd.DataFrame:
    """Build the editable table of a source.

    Expected errors and the note give a row a stage: raw values, then weights. One's own table has
    a row a stage and term with its target, so that any term can be typed in.

    Args:
        source: "expected", "note", or "table" for the person's own.
        form: Turns expected errors into raw precursor values.
        schedule: Stages and weights of the first two.
        own: Stages, raw values and weights of the last.
    """
    if source == "table":
        return pd.read_csv(io.StringIO(write_balance_table(own)), dtype={"stage": str})
    values = expected_raw(form) if source == "expected" else note_raw()
    row = {stage: i for i, stage in enumerate(values.stages)}
    raw = np.full(schedule.weights.shape, np.nan)
    ppm = np.full(len(schedule.stages), np.nan)
    for i, stage in enumerate(schedule.names):
        if stage in row:
            known = dict(zip(values.terms, values.raw[row[stage]], strict=True))
            raw[i] = [known.get(term, np.nan) for term in schedule.terms]
            ppm[i] = values.error_ppm[row[stage]]
    frame = wide_frame(schedule.names, schedule.terms, raw, schedule.weights)
    if source == "expected" and "precursor" in schedule.terms:
        frame.insert(1, PPM, ppm)
        frame = frame.drop(columns="raw:precursor")
    return frame


def wide_frame(
    stages: tuple[str, ...], terms: tuple[str, ...], raw: np.ndarray, weights: np.ndarray
) -> pd.DataFrame:
    """Put raw values and weights side by side, a row a stage."""
    columns = {f"raw:{term}": raw[:, j] for j, term in enumerate(terms)}
    columns |= {f"weight:{term}": weights[:, j] for j, term in enumerate(terms)}
    return pd.DataFrame({"stage": list(stages), **columns})


def plan_from(
    frame: pd.DataFrame,
    form: PrecursorForm,
    bands: Mapping[str, Band],
) -> Plan:
    """Check an edited table and give what it says.

    Args:
        frame: As `start_frame` builds it, edited.
        form: Turns the column ppm into the raw precursor value.
        bands: Targets by term; one's own table brings its own.

    Raises:
        InputError: A cell cannot be used; it names the stage and the column.
    """
    if "term" in frame.columns:
        return Plan(read_balance_table(frame.dropna(how="all"), name="own table"), {})
    terms = [name.removeprefix("weight:") for name in frame.columns if name.startswith("weight:")]
    frame = frame.dropna(how="all").reset_index(drop=True)
    _named(frame)
    raw, errors = _raw(frame, terms, form)
    rows = []
    for i, stage in enumerate(frame["stage"].astype(str)):
        for j, term in enumerate(terms):
            band = bands.get(term)
            rows.append(
                {
                    "stage": stage,
                    "term": term,
                    "raw": raw[i, j],
                    "weight": frame.loc[i, f"weight:{term}"],
                    "target_low": band.low_percent if band else None,
                    "target_high": band.high_percent if band else None,
                }
            )
    return Plan(read_balance_table(pd.DataFrame(rows), name="schedule"), errors)


def _named(frame: pd.DataFrame) -> None:
    names = ["" if pd.isna(name) else str(name).strip() for name in frame["stage"]]
    if not all(names) or not names:
        raise InputError(
            "schedule",
            expected="a name for every stage",
            came="an empty one" if len(frame) else "no stage",
            do="Fill the column Stage; the last valid schedule is kept",
        )


def _raw(
    frame: pd.DataFrame, terms: list[str], form: PrecursorForm
) -> tuple[np.ndarray, dict[str, float]]:
    raw = np.full((len(frame), len(terms)), np.nan)
    for j, term in enumerate(terms):
        if f"raw:{term}" in frame:
            raw[:, j] = frame[f"raw:{term}"]
    if PPM not in frame:
        return raw, {}
    ppm = frame[PPM].to_numpy(float)
    for i in np.flatnonzero(ppm < 0):
        raise InputError(
            f"schedule, stage {frame.loc[i, 'stage']}, ppm",
            expected="0 or more",
            came=f"{ppm[i]:g}".replace("-", "−"),
            do="Correct the cell or press Reset; the last valid schedule is kept",
        )
    value, _ = form.value_and_slope(np.nan_to_num(ppm))
    raw[:, terms.index("precursor")] = np.where(np.isnan(ppm), np.nan, value)
    stages = frame["stage"].astype(str)
    known = {s: float(p) for s, p in zip(stages, ppm, strict=True) if not np.isnan(p)}
    return raw, known
