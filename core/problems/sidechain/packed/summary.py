"""What stands above the table of packed models: counts, and medians beside the backbone's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

import numpy as np

from core.problems.sidechain.packed.report import PackedReport


@dataclass(frozen=True)
class PackedSummary:
    """Figures of all models together; medians are NaN where no model has the figure.

    Args:
        models: How many there are.
        as_designed: Those whose letters are all those of their sequence in the FASTA.
        without_entry: Those that no sequence of the FASTA belongs to.
        disagreeing: Sequences whose header tells another recovery than their letters.
        recovery: Median share of the backbone's letters that a model has.
        clash_score: Median of clashes of 1,000 atoms.
        worst_clash_score: The largest.
        native_clash_score: The backbone's own; NaN where it has no side chains.
        bond_error: Median of the mean error of bonds, in angstrom.
        flat: Median share of flat rings.
        rmsd: Median RMSD of the backbone, in angstrom.
        worst_rmsd: The largest.
    """

    models: int
    as_designed: int
    without_entry: int
    disagreeing: int
    recovery: float
    clash_score: float
    worst_clash_score: float
    native_clash_score: float
    bond_error: float
    flat: float
    rmsd: float
    worst_rmsd: float


def summarise_packed(report: PackedReport) -> PackedSummary:
    """Count and take medians."""
    against = [model.against for model in report.models if model.against is not None]
    geometry = [model.geometry for model in report.models]
    entries = [model.entry for model in report.models]
    return PackedSummary(
        models=len(report.models),
        as_designed=sum(e is not None and e.alike == 1 for e in entries),
        without_entry=sum(e is None for e in entries),
        disagreeing=sum(design.agrees is False for design in report.designs),
        recovery=_median(one.recovery.value for one in against),
        clash_score=_median(one.clash_score for one in geometry),
        worst_clash_score=_largest(one.clash_score for one in geometry),
        native_clash_score=report.backbone.clash_score if report.backbone else float("nan"),
        bond_error=_median(one.bond_error for one in geometry),
        flat=_median(one.flat.value for one in geometry),
        rmsd=_median(one.rmsd for one in against),
        worst_rmsd=_largest(one.rmsd for one in against),
    )


def _median(values: Iterable[float]) -> float:
    known = [value for value in values if isfinite(value)]
    return float(np.median(known)) if known else float("nan")


def _largest(values: Iterable[float]) -> float:
    return max((value for value in values if isfinite(value)), default=float("nan"))
