"""Contributions, shares and verdicts of a whole table: stages down, terms across."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.balance.shares import Band, Verdict, check_weight, verdict
from core.errors import InputError


@dataclass(frozen=True)
class StageShares:
    """Contributions, shares and verdicts of every stage and term.

    Args:
        stages: Names of the rows.
        terms: Names of the columns.
        raw: Unweighted values; NaN where none is known, which only weight 0 allows.
        weights: Factors.
        contributions: Weight times raw; 0 for weight 0.
        total: Sum of each row.
        shares: Percent of the row's total.
        verdicts: One for each stage and term.
    """

    stages: tuple[str, ...]
    terms: tuple[str, ...]
    raw: Float[np.ndarray, "stages terms"]
    weights: Float[np.ndarray, "stages terms"]
    contributions: Float[np.ndarray, "stages terms"]
    total: Float[np.ndarray, " stages"]
    shares: Float[np.ndarray, "stages terms"]
    verdicts: tuple[tuple[Verdict, ...], ...]

    @property
    def inside(self) -> tuple[bool, ...]:
        """Whether every active term of a stage is inside; a stage without any is not."""
        return tuple(
            all(v in ("inside", "inactive") for v in row) and "inside" in row
            for row in self.verdicts
        )


def tabulate_shares(
    raw: Float[np.ndarray, "stages terms"],
    weights: Float[np.ndarray, "stages terms"],
    bands: Sequence[Band | None] | Sequence[Sequence[Band | None]],
    *,
    stages: Sequence[str],
    terms: Sequence[str],
) -> StageShares:
    """Tabulate shares from arrays.

    Args:
        raw: Unweighted values, finite and 0 or more; NaN only where the weight is 0.
        weights: Factors, finite, 0 or more.
        bands: Target of each term, or one such sequence for each stage.
        stages: Names of the rows.
        terms: Names of the columns.

    Raises:
        InputError: A value cannot be used; it names the cell.
    """
    check_weights(weights, stages=stages, terms=terms)
    by_stage = bands_by_stage(bands, len(stages), len(terms))
    active = weights > 0
    for row, column in np.argwhere(active & ~(np.isfinite(raw) & (raw >= 0))):
        raise InputError(
            f"stage {stages[row]}, raw value of {terms[column]}",
            expected="a finite number, 0 or more",
            came="nothing" if np.isnan(raw[row, column]) else f"{raw[row, column]:g}",
            do="Correct the cell, or set the term's weight to 0",
        )
    with np.errstate(over="ignore"):
        contributions = weights * np.where(active, raw, 0.0)
        total = contributions.sum(axis=1)
    if not np.isfinite(total).all():
        worst = stages[int(np.argmin(np.isfinite(total)))]
        raise InputError(
            f"stage {worst}, weight times raw value",
            expected="a finite total",
            came="one beyond 1e308",
            do="Correct the cells",
        )
    percent = 100 * (contributions / np.where(total > 0, total, 1.0)[:, None])
    return StageShares(
        stages=tuple(stages),
        terms=tuple(terms),
        raw=raw,
        weights=weights,
        contributions=contributions,
        total=total,
        shares=percent,
        verdicts=tuple(
            tuple(verdict(float(s), b, float(w)) for s, b, w in zip(*cells, strict=True))
            for cells in zip(percent, by_stage, weights, strict=True)
        ),
    )


def bands_by_stage(
    bands: Sequence[Band | None] | Sequence[Sequence[Band | None]], n_stages: int, n_terms: int
) -> tuple[tuple[Band | None, ...], ...]:
    """Repeat one row of bands for every stage, or check that there is one row for each.

    Raises:
        InputError: The number of bands fits neither the terms nor the stages and terms.
    """
    rows: list[tuple[Band | None, ...]] = []
    flat: list[Band | None] = []
    for entry in bands:
        if entry is None or isinstance(entry, Band):
            flat.append(entry)
        else:
            rows.append(tuple(entry))
    table = tuple(rows) if rows else (tuple(flat),) * n_stages
    if (rows and flat) or len(table) != n_stages or any(len(row) != n_terms for row in table):
        raise InputError(
            "target bands",
            expected=f"one for each of {n_terms} terms, or {n_stages} such rows",
            came=f"{len(flat)} bands and {len(rows)} rows",
            do="Give None for a term without target",
        )
    return table


def check_weights(
    weights: Float[np.ndarray, "stages terms"], *, stages: Sequence[str], terms: Sequence[str]
) -> None:
    """Refuse a table of weights of the wrong shape, or one with a negative or missing weight.

    Raises:
        InputError: It names the first bad cell.
    """
    if weights.shape != (len(stages), len(terms)):
        raise InputError(
            "weights",
            expected=f"{len(stages)} stages × {len(terms)} terms",
            came=f"{weights.shape[0]} × {weights.shape[1]}",
            do="Give a weight for every term in every stage, 0 where it is inactive",
        )
    for row, column in np.argwhere(~(np.isfinite(weights) & (weights >= 0))):
        check_weight(f"stage {stages[row]}, weight of {terms[column]}", float(weights[row, column]))
