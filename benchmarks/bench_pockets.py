"""Pockets of real size in one batch: end to end against padded to the largest."""

import numpy as np
import torch

from benchmarks.measure import Row, best_of, one_thread, peak_bytes
from core.problems.pocket.graphs import batch_graphs, join_graphs
from core.problems.pocket.model import PocketModel
from core.problems.pocket.vocabulary import ELEMENTS, RESIDUES

PAIR, POCKETS, NEIGHBOURS = "32 pockets of 60 to 600 atoms", 32, 12
CPU = torch.device("cpu")


def rows() -> list[Row]:
    """Compare one forward and backward pass; the padded form gives each pocket 600 atoms."""
    generator = np.random.default_rng(0)
    sizes = np.exp(generator.uniform(np.log(60), np.log(600), POCKETS)).astype(int)
    sizes[0] = 600
    with one_thread():
        ragged, padded = (_measure(counts, generator) for counts in (sizes, np.full(POCKETS, 600)))
    time, memory = padded[0] / ragged[0], padded[1] / ragged[1]
    least = 600 / sizes.mean()
    name = f"{PAIR}, forward and backward, end to end against padded to the largest"
    return [
        Row(
            f"{name}, time",
            f"{1e3 * ragged[0]:.0f} ms against {1e3 * padded[0]:.0f} ms, {time:.2f} x",
            f"at least 0.8 of the {least:.2f} x fewer atoms",
            time >= 0.8 * least,
        ),
        Row(
            f"{name}, memory",
            f"{ragged[1] / 1e6:.0f} MB against {padded[1] / 1e6:.0f} MB, {memory:.2f} x",
            f"at least 0.8 of the {least:.2f} x fewer atoms",
            memory >= 0.8 * least,
        ),
    ]


def _measure(sizes: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    shells = [
        (
            generator.integers(len(ELEMENTS), size=count),
            generator.integers(len(RESIDUES), size=count),
            generator.uniform(0, count ** (1 / 3) * 2.7, (count, 3)),
        )
        for count in sizes
    ]
    batch = batch_graphs(join_graphs(shells, NEIGHBOURS), np.arange(len(sizes)), CPU)
    model = PocketModel(dimension=256, width=64, layers=3)

    def run() -> None:
        model.zero_grad()
        model(batch).square().sum().backward()

    return best_of(run, repeat=3), peak_bytes(run)
