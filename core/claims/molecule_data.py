"""Molecules with text vectors and their neighbours, that claims on batches are recomputed on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from core.claims.inputs import Inputs
from core.problems.molecule.explore import read_sample
from core.problems.molecule.pairs import read_table
from core.problems.molecule.texts import tfidf_svd
from core.samplers.neighbours import nearest_neighbours
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool, make_pool

DIMENSION: Final = 256
MOST_K: Final = 200
MOST: Final = 3_000  # molecules of a user's table
SYNTHETIC, GROUP = 3_000, 30  # vectors, and how many share a centre


@dataclass(frozen=True, eq=False)
class TextSet:
    """Molecules, their text vectors, and what batches are drawn from.

    Args:
        molecules: Sanitised; none of synthetic vectors.
        vectors: Of their texts.
        pool: With the nearest neighbours by these vectors.
        source: Where they come from, in words.
    """

    molecules: tuple[Chem.Mol, ...]
    vectors: Float[np.ndarray, "molecules dim"]
    pool: Pool
    source: str


def text_set(inputs: Inputs) -> TextSet:
    """Give the user's molecules with TF-IDF vectors of their texts, else the sample's."""
    return _text_set(inputs.molecules)


@cache
def _text_set(place: Path | None) -> TextSet:
    if place is None:
        explored = read_sample()
        molecules = tuple(Chem.MolFromSmiles(smiles) for smiles in explored.smiles)
        return _searched(molecules, explored.vectors, explored.origin)
    pairs = read_table(place)
    texts = pairs.texts[:MOST]
    vectors = tfidf_svd(texts, np.arange(len(texts)), DIMENSION, are_names=pairs.are_names)
    known = np.flatnonzero(vectors.any(axis=1))
    chosen = tuple(pairs.molecules[int(row)] for row in known)
    return _searched(chosen, vectors[known], f"{len(known):,} molecules of {place.name}")


def epoch_set(inputs: Inputs) -> TextSet:
    """Give enough vectors for an epoch: the user's molecules, else synthetic ones in groups."""
    return _synthetic(inputs.seed) if inputs.molecules is None else text_set(inputs)


@cache
def _synthetic(seed: int) -> TextSet:
    generator = np.random.default_rng([seed, 3])
    centres = np.repeat(generator.standard_normal((SYNTHETIC // GROUP, 64)), GROUP, axis=0)
    vectors = centres + 0.7 * generator.standard_normal((SYNTHETIC, 64))
    return _searched((), vectors, f"{SYNTHETIC:,} synthetic vectors in groups of {GROUP}")


def options_for(pool: Pool, options: BatchOptions) -> BatchOptions:
    """Ask for no more neighbours than a small set has."""
    return replace(options, hardness_k=min(options.hardness_k, pool.items - 1))


def _searched(molecules: tuple[Chem.Mol, ...], vectors: np.ndarray, source: str) -> TextSet:
    found = nearest_neighbours(vectors, min(MOST_K, len(vectors) - 1))
    return TextSet(molecules, vectors, make_pool(vectors, found), source)


def tanimoto(molecules: Sequence[Chem.Mol]) -> Float[np.ndarray, "molecules molecules"]:
    """Compare structures by circular fingerprints (Morgan, radius 2, 2,048 bits)."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2_048)
    prints = list(generator.GetFingerprints(list(molecules)))
    return np.array([DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints])
