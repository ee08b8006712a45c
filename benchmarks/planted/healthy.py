"""Healthy simulated runs of every kind in every shape."""

from collections.abc import Callable, Iterator

from benchmarks.planted.course import SHAPES, Course, Shape
from benchmarks.planted.single import molecules, pockets
from benchmarks.planted.terms import peptides, side_chains

KINDS: dict[str, Callable[[int, Shape], Course]] = {
    "peptide": peptides,
    "sidechain": side_chains,
    "pocket": pockets,
    "molecule": molecules,
}


def healthy(kind: str, seed: int, shape: str = "usual") -> Course:
    """Make a healthy run.

    Args:
        kind: The problem it is like, a key of `KINDS`.
        seed: Of its noise, its speed and how far it comes.
        shape: How it is logged, a key of `SHAPES`.
    """
    return KINDS[kind](seed, SHAPES[shape])


def every_healthy(seeds: range) -> Iterator[tuple[str, Course]]:
    """Make one run of each kind and shape for each seed, with a name."""
    for kind in KINDS:
        for shape in SHAPES:
            for seed in seeds:
                yield f"{kind}, {shape}, seed {seed}", healthy(kind, seed, shape)
