"""What an evaluation says of sampled side chains: bonds, rings, angles, beside the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int, Shaped

from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.data import ResidueData
from core.problems.sidechain.metrics.angles import ANGLES, chi_angles, near_staggered
from core.problems.sidechain.metrics.baselines import fit_means
from core.problems.sidechain.metrics.geometry import (
    FLAT_A,
    BondErrors,
    Bonds,
    Flatness,
    bond_errors,
    fit_bonds,
    ring_flatness,
)
from core.problems.sidechain.metrics.rmsd import SELECTIONS, residue_rmsd, squared_errors
from core.problems.sidechain.metrics.shares import Share
from core.problems.sidechain.metrics.symmetry import rename_symmetric

SIDE_CHAIN: Final = SELECTIONS["side_chain"]
FLAT: Final = FLAT_A[0]
LEAST_RINGS: Final = 20  # of a kind, fewer do not make it the worst
CHI_EDGES_RAD: Final = np.linspace(-np.pi, np.pi, 37)
ALL: Final = "all"


@dataclass(frozen=True, eq=False)
class Geometry:
    """What side chains look like, whether sampled or real.

    Args:
        bonds: Errors of their lengths.
        rings: Flatness by kind of ring, then of all.
        staggered: Residues whose chi1 is near a rotamer.
        chi: How often each angle falls between two of `CHI_EDGES_RAD`.
    """

    bonds: BondErrors
    rings: tuple[Flatness, ...]
    staggered: Share
    chi: Int[np.ndarray, "20 4 36"]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Residues for whose backbones and types side chains are sampled.

    Args:
        native: True coordinates in local frames, in angstrom; NaN where the type has no atom.
        type: Index in RESIDUES.
        name: Of each.
        bonds: Median lengths of bonds in training, by which all are judged.
        real: Geometry of the true side chains.
        values: What does not change from evaluation to evaluation, by name of METRICS.
    """

    native: Float[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    name: Shaped[np.ndarray, " residues"]
    bonds: Bonds
    real: Geometry
    values: Mapping[str, float]


def held_out(data: ResidueData, side: str, *, most: int, seed: int) -> HeldOut:
    """Choose residues of a side, and look at their true side chains.

    Args:
        data: Residues and split.
        side: "val" or "test".
        most: Residues.
        seed: Of the choice.
    """
    generator = np.random.default_rng([seed, 4])
    rows = np.sort(generator.permutation(data.of(side))[:most])
    training = data.of("train")
    native, type = data.coord[rows].astype(float), data.type[rows]
    bonds = fit_bonds(data.coord[training], data.type[training])
    real = look_at(native, type, bonds)
    alike = _alike(data.type, training, type, generator)
    others = chi_counts(data.coord[alike].astype(float), data.type[alike])
    means = fit_means(data.coord[training], data.type[training]).by_type[type]
    values = {f"real_{name}": value for name, value in _values(real).items()}
    values["real_chi1_distance"] = distance(others[:, 0].sum(0), real.chi[:, 0].sum(0))
    values["type_mean_residue_rmsd"] = _mean(side_chain_rmsd(means, native, type))
    return HeldOut(native, type, data.name[rows], bonds, real, values)


def look_at(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"], bonds: Bonds
) -> Geometry:
    """Measure side chains.

    Args:
        coord: In angstrom, in any frame; NaN where an atom is missing.
        type: Index in RESIDUES.
        bonds: Right lengths.
    """
    return Geometry(
        bond_errors(coord, type, bonds),
        ring_flatness(coord, type),
        near_staggered(coord, type),
        chi_counts(coord, type),
    )


def chi_counts(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> Int[np.ndarray, "20 4 36"]:
    """Count chi1 to chi4 of each type in steps of 10 degrees."""
    angles = chi_angles(coord, type)
    return np.array(
        [
            [np.histogram(of[np.isfinite(of)], CHI_EDGES_RAD)[0] for of in angles[type == kind].T]
            for kind in range(len(RESIDUES))
        ]
    ).reshape(len(RESIDUES), ANGLES, -1)


def distance(one: Int[np.ndarray, " bins"], other: Int[np.ndarray, " bins"]) -> float:
    """Give the share of one distribution that lies elsewhere in the other; NaN of nothing.

    Example:
        >>> distance(np.array([1, 3]), np.array([10, 10]))
        0.25
    """
    if not (one.sum() and other.sum()):
        return float("nan")
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


def side_chain_rmsd(
    pred: Float[np.ndarray, "residues 14 3"],
    native: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
) -> Float[np.ndarray, " residues"]:
    """Give the RMSD of each side chain in angstrom, symmetric atoms renamed; NaN of glycine."""
    renamed = rename_symmetric(pred, native, type).coord
    return residue_rmsd(squared_errors(renamed, native), SIDE_CHAIN)


def score(
    drawn: Float[np.ndarray, "draws residues 14 3"], of: HeldOut
) -> tuple[dict[str, float], Geometry]:
    """Score sampled side chains: values by name of METRICS, and the geometry of the first draw.

    Args:
        drawn: One or several for each residue; the best of them is told beside the first.
        of: The set.
    """
    found = look_at(drawn[0], of.type, of.bonds)
    values = _values(found)
    values["chi1_distance"] = distance(found.chi[:, 0].sum(0), of.real.chi[:, 0].sum(0))
    rmsd = np.array([side_chain_rmsd(one, of.native, of.type) for one in drawn])
    values["best_of_1_rmsd"] = _mean(rmsd[0])
    if len(drawn) > 1:
        values[f"best_of_{len(drawn)}_rmsd"] = _mean(rmsd.min(axis=0))
    return {**values, **of.values}, found


def _values(found: Geometry) -> dict[str, float]:
    every = next(kind for kind in found.rings if kind.ring == ALL)
    many = [k.flat[FLAT].value for k in found.rings if k.ring != ALL and k.count >= LEAST_RINGS]
    return {
        "bond_error": found.bonds.mean_abs,
        "bond_rms_error": found.bonds.rms,
        "flat_rings": every.flat[FLAT].value,
        "least_flat_rings": min(many, default=float("nan")),
        "staggered_chi1": found.staggered.value,
    }


def _mean(values: Float[np.ndarray, " residues"]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _alike(
    type: Int[np.ndarray, " residues"],
    training: Int[np.ndarray, " training"],
    wanted: Int[np.ndarray, " wanted"],
    generator: np.random.Generator,
) -> Int[np.ndarray, " alike"]:
    """Draw training residues of the same types: how far two sets of real residues are apart."""
    found = [training[:0]]
    for kind, count in zip(*np.unique(wanted, return_counts=True), strict=True):
        own = training[type[training] == kind]
        found.append(generator.choice(own, count) if len(own) else own)
    return np.concatenate(found)
