"""A small table of molecules with descriptions that say what they hold."""

import csv
from pathlib import Path

from core.problems.molecule.config import MoleculeConfig

CHAINS = [f"{'C' * n}{end}" for n in range(2, 8) for end in ("O", "N", "C(=O)O", "Cl", "S")]
RINGS = [
    f"{ring}{end}"
    for ring in ("c1ccccc1", "c1ccncc1", "C1CCCCC1", "c1ccoc1", "c1ccsc1")
    for end in ("O", "N", "C(=O)O", "Cl")
]
SMILES = (*CHAINS, *RINGS)
ENDS = {"C(=O)O": "an acid", "O": "an alcohol", "N": "an amine", "Cl": "a chloride", "S": "a thiol"}


def describe(smiles: str) -> str:
    """Say what a molecule of `SMILES` is: its end, and how long or of which ring it is."""
    end = next(end for end in ENDS if smiles.endswith(end))
    body = smiles.removesuffix(end)
    kind = f"a ring {body}" if "1" in body else f"a chain of {len(body)} carbons"
    return f"{ENDS[end]} on {kind}"


def write_table(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Write rows of id, SMILES and description as CSV or TSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writerows([("cid", "SMILES", "description"), *rows])
    return path


def small_table(path: Path) -> Path:
    """Write all of `SMILES` with what they are."""
    return write_table(path, [(f"m{n}", s, describe(s)) for n, s in enumerate(SMILES)])


def small(folder: Path, **changes) -> MoleculeConfig:
    """A configuration that is trained in a second."""
    table = folder / "small.csv"
    options = {
        "pairs": str(table if table.is_file() else small_table(table)), "epochs": 3,
        "batch_size": 8, "hardness_k": 6, "width": 16, "layers": 1, "heads": 2, "dim": 8,
        "text_dim": 8, "device": "cpu", "threads": 1, "dropout": 0.1, "checkpoint_every": 3,
    }  # fmt: skip
    return MoleculeConfig(**(options | changes))
