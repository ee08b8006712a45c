"""Fit the means on real residues and score them; called with the folder of their structures."""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.problems.sidechain.metrics.baselines import LABELS, fit_means, make_baselines
from core.problems.sidechain.metrics.rmsd import slot_rmsd, squared_errors
from core.problems.sidechain.real import read_real
from core.problems.sidechain.versions import means
from core.problems.sidechain.versions.reference import COLUMNS, TABLE


def main(folder: Path, scores: Path = TABLE, places: Path = means.TABLE) -> None:
    """Read the structures of a folder; write RMSD by slot, and where atoms lie in the mean."""
    found = read_real(folder)
    native = found.coord.astype(float)
    predictions = make_baselines(native, found.type).predictions
    pooled = {name: slot_rmsd(squared_errors(predictions[name], native)) for name in LABELS}
    counts = pooled["origin"].count.tolist()
    rows = [(slot, count, *(f"{pooled[name].rmsd[slot]:.3f}" for name in LABELS))
            for slot, count in enumerate(counts)]  # fmt: skip
    _write(scores, COLUMNS, rows)
    _write(places, means.COLUMNS, means.table_rows(fit_means(native, found.type)))


def _write(table: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows((columns, *rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
