"""Calls of the solver and of the shares figure with what the page holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.balance.shares import Band
from core.balance.solver import Solution, solve_weights
from core.balance.stages import StageShares
from core.balance.table import BalanceTable
from core.figures.shares import SharesFigure, summarise_shares


def exempt_names(values: Mapping[str, Any]) -> list[str]:
    """Read the names of the stages that stay as written."""
    return [name.strip() for name in values["exempt"].split(",") if name.strip()]


def solve_both(table: BalanceTable, values: Mapping[str, Any]) -> tuple[Solution, Solution]:
    """Solve as the controls ask, and once more with every weight free to move."""
    wanted = exempt_names(values)
    monotone = table.terms[1:] if values["monotone"] else ()
    options = {
        "terms": table.terms,
        "stages": table.stages,
        "monotone": monotone,
        "exempt": [name for name in wanted if name in table.stages],
    }
    free = solve_weights(table.raw, table.weights, table.bands, **options)
    if values["held"] == "none":
        return free, free
    held = solve_weights(table.raw, table.weights, table.bands, held=table.terms[:1], **options)
    return held, free


def summarise_stage_shares(
    shares: StageShares, bands: Sequence[Sequence[Band | None]]
) -> SharesFigure:
    """Freeze a table of shares for its figure; a target that changes by stage draws no band.

    A term without a target is "free", where the table of shares has it inside.
    """
    columns = list(zip(*bands, strict=True))
    same = {
        term: (column[0].low_percent, column[0].high_percent)
        for term, column in zip(shares.terms, columns, strict=True)
        if column[0] is not None and len(set(column)) == 1
    }
    return summarise_shares(
        shares.stages,
        shares.terms,
        share_percent=shares.shares,
        contribution=shares.contributions,
        verdict=[
            [
                "free" if band is None and verdict == "inside" else verdict
                for verdict, band in zip(*row, strict=True)
            ]
            for row in zip(shares.verdicts, bands, strict=True)
        ],
        bands=same,
    )
