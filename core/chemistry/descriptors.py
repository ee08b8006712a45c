"""Molecules as vectors: named descriptors and fingerprints, projected with a fixed seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int
from rdkit import Chem, DataStructs
from rdkit.Chem import Descriptors, rdFingerprintGenerator

FINGERPRINT_BITS: Final = 1024
RADIUS: Final = 2
PROJECTION_SEED: Final = 20251102
LEAST_SPREAD: Final = 1e-8  # below it a column is constant

# All of RDKit's quick and bounded descriptors of size, polarity, shape and surface; those that
# count one functional group each (fr_*) are left to the fingerprint.
DESCRIPTORS: Final = (
    "MolWt", "HeavyAtomCount", "NumHeteroatoms", "NumHAcceptors", "NumHDonors", "NHOHCount",
    "NOCount", "NumRotatableBonds", "RingCount", "NumAromaticRings", "NumAliphaticRings",
    "NumSaturatedRings", "NumAromaticHeterocycles", "NumAliphaticHeterocycles", "FractionCSP3",
    "TPSA", "MolLogP", "MolMR", "LabuteASA", "NumValenceElectrons",
    "Chi0v", "Chi1v", "Chi2v", "Chi3v", "Kappa1", "Kappa2", "HallKierAlpha",
    *(f"PEOE_VSA{i}" for i in range(1, 15)),
    *(f"SMR_VSA{i}" for i in range(1, 11)),
    *(f"SlogP_VSA{i}" for i in range(1, 13)),
)  # fmt: skip


def describe(molecules: Sequence[Chem.Mol]) -> Float[np.ndarray, "molecules descriptors"]:
    """Compute the named descriptors.

    Example:
        >>> row = describe([Chem.MolFromSmiles("CCO")])[0]
        >>> dict(zip(DESCRIPTORS, row))["HeavyAtomCount"]
        np.float64(3.0)
    """
    functions = [dict(Descriptors.descList)[name] for name in DESCRIPTORS]
    rows = [[function(molecule) for function in functions] for molecule in molecules]
    return np.array(rows, dtype=float).reshape(len(molecules), len(DESCRIPTORS))


def fingerprints(molecules: Sequence[Chem.Mol]) -> list[DataStructs.ExplicitBitVect]:
    """Compute circular (Morgan) fingerprints, as bits."""
    return list(_generator().GetFingerprints(list(molecules)))


def counts(molecules: Sequence[Chem.Mol]) -> Int[np.ndarray, "molecules bits"]:
    """Compute circular (Morgan) fingerprints, as counts."""
    generator = _generator()
    rows = [generator.GetCountFingerprintAsNumPy(molecule) for molecule in molecules]
    return np.array(rows, dtype=np.int64).reshape(len(molecules), FINGERPRINT_BITS)


def _generator() -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=FINGERPRINT_BITS)


@dataclass(frozen=True, eq=False)
class Embedding:
    """How molecules become vectors: fitted on a reference set, then the same for any molecule.

    Descriptors are standardised one by one; fingerprint counts enter as log(1 + count), centred;
    both blocks weigh the same. A Gaussian projection mixes them, and each dimension of the result
    is z-scored over the reference set.

    Args:
        mean: Of each column before the projection.
        scale: What each column is divided by.
        projection: Columns to dimensions.
        offset: Mean of each dimension over the reference set.
        spread: Standard deviation of each dimension over it.
    """

    mean: Float[np.ndarray, " columns"]
    scale: Float[np.ndarray, " columns"]
    projection: Float[np.ndarray, "columns dim"]
    offset: Float[np.ndarray, " dim"]
    spread: Float[np.ndarray, " dim"]

    def __call__(self, molecules: Sequence[Chem.Mol]) -> Float[np.ndarray, "molecules dim"]:
        """Embed molecules."""
        mixed = (_columns(molecules) - self.mean) / self.scale @ self.projection
        return (mixed - self.offset) / self.spread


def fit_embedding(molecules: Sequence[Chem.Mol], dimension: int) -> Embedding:
    """Fit the embedding on a reference set.

    Args:
        molecules: At least two different ones.
        dimension: Of the vectors, 1 or more.
    """
    columns = _columns(molecules)
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    scale = np.full(len(mean), np.inf)  # a constant column says nothing, of new molecules too
    described = np.arange(len(mean)) < len(DESCRIPTORS)
    varies = spread > LEAST_SPREAD
    scale[described & varies] = spread[described & varies] * np.sqrt((described & varies).sum())
    scale[~described] = np.sqrt((spread[~described] ** 2).sum())
    random = np.random.default_rng(PROJECTION_SEED)
    projection = random.standard_normal((len(mean), dimension))
    mixed = (columns - mean) / scale @ projection
    return Embedding(mean, scale, projection, mixed.mean(axis=0), mixed.std(axis=0))


def _columns(molecules: Sequence[Chem.Mol]) -> Float[np.ndarray, "molecules columns"]:
    return np.concatenate([describe(molecules), np.log1p(counts(molecules))], axis=1)
