"""Score the baselines on real residues; called with the folder of their structures."""

import csv
import sys
from pathlib import Path

from core.problems.sidechain.metrics.baselines import LABELS, make_baselines
from core.problems.sidechain.metrics.rmsd import slot_rmsd, squared_errors
from core.problems.sidechain.real import read_real
from core.problems.sidechain.versions.reference import COLUMNS, TABLE


def main(folder: Path, table: Path = TABLE) -> None:
    """Read the structures of a folder and write RMSD and count by slot: no coordinates."""
    found = read_real(folder)
    native = found.coord.astype(float)
    predictions = make_baselines(native, found.type).predictions
    pooled = {name: slot_rmsd(squared_errors(predictions[name], native)) for name in LABELS}
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for slot, count in enumerate(pooled["origin"].count.tolist()):
            writer.writerow((slot, count, *(f"{pooled[name].rmsd[slot]:.3f}" for name in LABELS)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
