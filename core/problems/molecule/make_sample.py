"""Make the small set of real molecules: `python -m core.problems.molecule.make_sample`."""

import sys
from pathlib import Path
from typing import Final

import numpy as np

from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.data import load_pairs
from core.problems.molecule.explore import COLUMNS, SAMPLE, TABLE, VECTORS, Explored, training_side
from core.problems.molecule.pairs import plain_text

SEED: Final = 0
COUNT: Final = 400
SIZES: Final = (5, 20)  # of a cluster that is taken


def choose(whole: Explored) -> Explored:
    """Choose whole clusters at random, so that the neighbours of most molecules are there too.

    Molecules taken one by one have few relatives among 400. The last cluster is cut at 400.

    Args:
        whole: The training pairs of the default set.
    """
    numbers, sizes = np.unique(whole.cluster, return_counts=True)
    usable = numbers[(SIZES[0] <= sizes) & (sizes <= SIZES[1])]
    order = np.random.default_rng(SEED).permutation(usable)
    members = np.concatenate([np.flatnonzero(whole.cluster == number) for number in order])
    return whole.taken(np.sort(members[:COUNT]))


def write_sample(chosen: Explored, folder: Path = SAMPLE) -> None:
    """Write the table and the vectors; clusters and labels are numbered anew from 0."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster, label = (
        np.unique(values, return_inverse=True)[1].tolist()
        for values in (chosen.cluster, chosen.label)
    )
    texts = map(plain_text, chosen.texts)  # a few names of the dictionary hold line breaks
    rows = zip(chosen.names, chosen.smiles, texts, cluster, label, strict=True)
    lines = ["\t".join(map(str, row)) for row in (COLUMNS, *rows)]
    (folder / TABLE).write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    # Half precision: the cosines move by less than 0.001, the file is half as large.
    np.save(folder / VECTORS, chosen.vectors.astype(np.float16))


def main(folder: Path = SAMPLE) -> None:
    """Choose and write."""
    write_sample(choose(training_side(load_pairs(MoleculeConfig()))), folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
