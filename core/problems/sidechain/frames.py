"""Local frames of residues from their backbones, and superposition of whole structures.

A local frame has its origin at CA, its x axis along CA -> C, and N in the xy plane on the side of
positive y; z = x cross y. In ideal geometry N is at (-0.52, 1.36, 0), C at (1.53, 0, 0), and CB of
an L amino acid at negative z.

Source: AlphaFold (Jumper et al. 2021, Nature 596:583), supplement 1.8.1, algorithm 21.
"""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float

from core.errors import InputError

LEAST_POINTS: Final = 3
LEAST_LENGTH_A: Final = 1e-3  # of an axis that gives a direction


class Frames(NamedTuple):
    """A frame for each residue.

    Args:
        rotation: The x, y and z axes as columns; NaN where the backbone gives no frame.
        origin: Position of CA in angstrom.
    """

    rotation: Float[np.ndarray, "residues 3 3"]
    origin: Float[np.ndarray, "residues 3"]


class Rigid(NamedTuple):
    """A rotation, then a translation: x -> rotation @ x + translation.

    Args:
        rotation: Proper, of determinant 1.
        translation: In angstrom.
    """

    rotation: Float[np.ndarray, "3 3"]
    translation: Float[np.ndarray, " 3"]


def frames_of(coord: Float[np.ndarray, "residues slots 3"]) -> Frames:
    """Build the local frame of each residue from N, CA, C, the first three slots.

    Args:
        coord: In angstrom; 14 or 37 slots, or the backbone alone.

    Returns:
        In double precision; NaN where an atom is missing, two coincide, or all lie on a line.
    """
    n, ca, c = (coord[:, slot].astype(np.float64) for slot in range(3))
    x = _unit(c - ca)
    y = _unit((n - ca) - x * ((n - ca) * x).sum(axis=1, keepdims=True))
    rotation = np.stack([x, y, np.cross(x, y)], axis=2)
    rotation[np.isnan(rotation).any(axis=(1, 2))] = np.nan  # of a line, x alone would be known
    return Frames(rotation, ca)


def to_local(
    coord: Float[np.ndarray, "residues slots 3"], frames: Frames
) -> Float[np.ndarray, "residues slots 3"]:
    """Express atoms in the frames of their residues, in angstrom; NaN stays NaN.

    Example:
        >>> backbone = np.array([[[0.0, 1.0, 5.0], [0.0, 0.0, 5.0], [2.0, 0.0, 5.0]]])
        >>> to_local(backbone, frames_of(backbone))[0].tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 0.0]]
    """
    centred = coord - frames.origin[:, None]
    return np.einsum("nsi,nij->nsj", centred, frames.rotation).astype(coord.dtype)


def to_global(
    local: Float[np.ndarray, "residues slots 3"], frames: Frames
) -> Float[np.ndarray, "residues slots 3"]:
    """Bring atoms back from the frames of their residues; the inverse of `to_local`."""
    turned = np.einsum("nsj,nij->nsi", local, frames.rotation)
    return (turned + frames.origin[:, None]).astype(local.dtype)


def superpose(
    mobile: Float[np.ndarray, "points 3"], target: Float[np.ndarray, "points 3"]
) -> Rigid:
    """Find the rigid motion that brings points nearest to others in the mean square.

    Args:
        mobile: In angstrom; a point that is NaN here or there does not count.
        target: Their partners.

    Raises:
        InputError: Fewer than three pairs are known, which do not fix a rotation.

    Source: Kabsch 1976, Acta Cryst. A32:922, with the sign of Kabsch 1978, A34:827.
    """
    both = np.isfinite(mobile).all(axis=1) & np.isfinite(target).all(axis=1)
    if both.sum() < LEAST_POINTS:
        raise InputError(
            "superposition",
            expected=f"at least {LEAST_POINTS} atoms known in both structures",
            came=str(int(both.sum())),
            do="Compare residues in their local frames, or give structures with more in common",
        )
    a, b = mobile[both].astype(np.float64), target[both].astype(np.float64)
    u, _, vt = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
    # A mirror image would fit better where this is -1; a molecule cannot be turned into it.
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign @ vt).T
    return Rigid(rotation, b.mean(axis=0) - rotation @ a.mean(axis=0))


def move(coord: Float[np.ndarray, "*shape 3"], rigid: Rigid) -> Float[np.ndarray, "*shape 3"]:
    """Move points, in angstrom, in any number of axes; NaN stays NaN."""
    return (coord @ rigid.rotation.T + rigid.translation).astype(coord.dtype)


def _unit(vector: Float[np.ndarray, "residues 3"]) -> Float[np.ndarray, "residues 3"]:
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.divide(
        vector, length, out=np.full_like(vector, np.nan), where=length > LEAST_LENGTH_A
    )
