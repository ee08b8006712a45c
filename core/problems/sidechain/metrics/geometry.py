"""Whether predicted side chains are molecules: lengths of bonds, and how flat rings are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from jaxtyping import Float, Int

from core.problems.sidechain.atoms import AROMATIC_RINGS as RINGS
from core.problems.sidechain.atoms import ATOM14, BACKBONE, RESIDUES
from core.problems.sidechain.bonds import BONDS, Bond
from core.problems.sidechain.metrics.shares import Share, share_of

Bonds: TypeAlias = Mapping[str, tuple[Bond, ...]]
FLAT_A: Final = (0.05, 0.1)
LEAST_TO_FIT: Final = 5
NAN: Final = float("nan")


def side_chain_bonds(name: str, bonds: Bonds = BONDS) -> tuple[Bond, ...]:
    """Give a residue's bonds that hold a side-chain atom, CA-CB and proline's CD-N among them.

    Example:
        >>> [f"{bond.one}-{bond.other}" for bond in side_chain_bonds("SER")]
        ['CA-CB', 'CB-OG']
    """
    return tuple(b for b in bonds[name] if not {b.one, b.other} <= set(BACKBONE))


@dataclass(frozen=True, eq=False)
class BondErrors:
    """How far bonds of side chains are from their ideal lengths, in angstrom.

    Args:
        mean_abs: Mean of the absolute differences; NaN of nothing.
        rms: Root of the mean of the squared ones.
        count: Bonds both of whose atoms are there.
        by_type: Mean absolute difference for each of RESIDUES; NaN of nothing.
        count_by_type: Their bonds.
    """

    mean_abs: float
    rms: float
    count: int
    by_type: Float[np.ndarray, " 20"]
    count_by_type: Int[np.ndarray, " 20"]


def bond_errors(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    bonds: Bonds = BONDS,
) -> BondErrors:
    """Compare the bonds of side chains with ideal lengths.

    The reference matters as much as the model: those of `BONDS` are lengths of free amino acids
    (their carboxylic acids carry a hydrogen), from which *real* protein residues differ by
    0.02 angstrom on average. `fit_bonds` of training residues is the fair one for a model of
    real ones.

    Args:
        coord: In angstrom, in any frame, NaN where an atom is missing.
        type: Index in RESIDUES.
        bonds: Ideal lengths by residue name.
    """
    errors = []
    for number, name in enumerate(RESIDUES):
        chosen = side_chain_bonds(name, bonds)
        found = _lengths(coord[type == number], name, chosen)
        off = np.abs(found - np.array([bond.length for bond in chosen]))
        errors.append(off[np.isfinite(off)])
    every = np.concatenate(errors)
    return BondErrors(
        float(every.mean()) if len(every) else NAN,
        float(np.sqrt((every**2).mean())) if len(every) else NAN,
        len(every),
        np.array([of.mean() if len(of) else NAN for of in errors]),
        np.array([len(of) for of in errors]),
    )


def fit_bonds(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> dict[str, tuple[Bond, ...]]:
    """Take the median length of each bond over residues, to measure others against.

    Args:
        coord: In angstrom, NaN where an atom is missing; residues that are **not** judged by it.
        type: Index in RESIDUES.

    Returns:
        As `BONDS`, with the lengths of `BONDS` where there are fewer than five of a bond.
    """
    fitted = {}
    for number, name in enumerate(RESIDUES):
        found = _lengths(coord[type == number], name, BONDS[name])
        enough = np.isfinite(found).sum(axis=0) >= LEAST_TO_FIT
        fitted[name] = tuple(
            bond._replace(length=float(np.nanmedian(found[:, k]))) if enough[k] else bond
            for k, bond in enumerate(BONDS[name])
        )
    return fitted


def _lengths(
    coord: Float[np.ndarray, "residues 14 3"], name: str, bonds: tuple[Bond, ...]
) -> Float[np.ndarray, "residues bonds"]:
    ends = [[ATOM14[name].index(b[end]) for b in bonds] for end in (0, 1)]
    coord = np.where(np.isfinite(coord), coord, np.nan).astype(float)
    return np.linalg.norm(coord[:, ends[0]] - coord[:, ends[1]], axis=-1)


@dataclass(frozen=True)
class Flatness:
    """How many rings of a kind are flat.

    Args:
        ring: "PHE", "HIS" ...; "TRP, 5 atoms" and "TRP, 6 atoms" are two rings; "all".
        flat: By threshold in angstrom: the share of rings within it.
        mean: Mean deviation, in angstrom; NaN of nothing.
        worst: Largest deviation; NaN of nothing.
        count: Rings that have all their atoms.
    """

    ring: str
    flat: Mapping[float, Share]
    mean: float
    worst: float
    count: int


def ring_deviations(
    coord: Float[np.ndarray, "rings atoms 3"], *, measure: Literal["max", "rms"] = "max"
) -> Float[np.ndarray, " rings"]:
    """Give how far the atoms of each ring are from the plane that fits them best, in angstrom.

    Does not see whether it is a ring: atoms on one point or on a line are flat, too. Lengths of
    bonds tell that.

    Args:
        coord: Complete rings.
        measure: The farthest atom, or the root of the mean square over the atoms.

    Example:
        >>> square = np.array([[[0.0, 0, 0.1], [1, 0, -0.1], [1, 1, 0.1], [0, 1, -0.1]]])
        >>> [round(float(ring_deviations(square, measure=m)[0]), 3) for m in ("max", "rms")]
        [0.1, 0.1]
    """
    centred = coord.astype(float) - coord.mean(axis=1, keepdims=True)
    normal = np.linalg.svd(centred)[2][:, 2]
    distance = np.abs(np.einsum("rac,rc->ra", centred, normal))
    return distance.max(axis=1) if measure == "max" else np.sqrt((distance**2).mean(axis=1))


def ring_flatness(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    *,
    within_a: tuple[float, ...] = FLAT_A,
    measure: Literal["max", "rms"] = "max",
) -> tuple[Flatness, ...]:
    """Count flat rings by kind, then of all kinds.

    By kind, as one figure for all hides the rare: a model can have TRP wrong and 97 % right.

    Args:
        coord: In angstrom, in any frame; rings that lack an atom are not counted.
        type: Index in RESIDUES.
        within_a: Thresholds in angstrom, themselves allowed.
        measure: As `ring_deviations` takes it.
    """
    kinds: dict[str, Float[np.ndarray, " rings"]] = {}
    for name, rings in RINGS.items():
        residues = coord[type == RESIDUES.index(name)]
        for ring in rings:
            atoms = residues[:, [ATOM14[name].index(atom) for atom in ring]]
            atoms = atoms[np.isfinite(atoms).all(axis=(1, 2))]
            label = name if len(rings) == 1 else f"{name}, {len(ring)} atoms"
            kinds[label] = ring_deviations(atoms, measure=measure)
    kinds["all"] = np.concatenate(list(kinds.values()))
    return tuple(_flatness(name, off, within_a) for name, off in kinds.items())


def _flatness(
    ring: str, deviation: Float[np.ndarray, " rings"], within_a: tuple[float, ...]
) -> Flatness:
    flat = {limit: share_of(deviation <= limit) for limit in within_a}
    mean, worst = (deviation.mean(), deviation.max()) if len(deviation) else (NAN, NAN)
    return Flatness(ring, flat, float(mean), float(worst), len(deviation))
