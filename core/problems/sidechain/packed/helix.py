"""An ideal helix with side chains from the rotamer table: synthetic, for the example."""

from math import cos, radians, sin
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.problems.sidechain.atoms import ONE_LETTER, RESIDUES
from core.problems.sidechain.frames import frames_of, to_global
from core.problems.sidechain.metrics.angles import CHI_SLOTS
from core.problems.sidechain.rotamers import load_rotamers
from core.problems.sidechain.synthetic import beyond, ideal_residues, turn

# Peptide geometry in angstrom and degrees. Source: Engh and Huber 1991, Acta Cryst. A47:392.
BONDS_A: Final = (1.329, 1.458, 1.525)  # C-N, N-CA, CA-C
ANGLES_RAD: Final = tuple(map(radians, (117.2, 121.7, 111.0)))  # CA-C-N, C-N-CA, N-CA-C
PSI_RAD, OMEGA_RAD, PHI_RAD = map(radians, (-47.0, 180.0, -57.0))  # of a right-handed alpha helix
NEAR_A: Final = 3.2
SIDE: Final = 4
TRIES: Final = 12


def types_of(sequence: str) -> Int[np.ndarray, " residues"]:
    """Give indices in RESIDUES of one-letter codes."""
    letters = "".join(ONE_LETTER[name] for name in RESIDUES)
    return np.array([letters.index(letter) for letter in sequence], dtype=np.int64)


def helix_backbone(residues: int) -> Float[np.ndarray, "residues 3 3"]:
    """Build N, CA and C of an ideal alpha helix, in angstrom."""
    chain = [np.zeros(3), np.array([BONDS_A[1], 0.0, 0.0])]
    chain.append(chain[1] + BONDS_A[2] * np.array([-cos(ANGLES_RAD[2]), sin(ANGLES_RAD[2]), 0.0]))
    for place in range(3, 3 * residues):
        kind = place % 3
        torsion = (PSI_RAD, OMEGA_RAD, PHI_RAD)[kind]
        chain.append(_placed(chain[-3:], BONDS_A[kind], ANGLES_RAD[kind], torsion))
    return np.array(chain).reshape(residues, 3, 3)


def pack_helix(
    sequence: str, generator: np.random.Generator, *, looks: bool
) -> Float[np.ndarray, "residues 14 3"]:
    """Place residues of the component dictionary on an ideal helix, a rotamer each.

    Args:
        sequence: One-letter codes.
        generator: Of rotamers.
        looks: Whether the rotamer is taken, of twelve drawn, that comes near to the fewest atoms;
            else the first.
    """
    type = types_of(sequence)
    coord = to_global(ideal_residues()[type], frames_of(helix_backbone(len(type))))
    for number in np.unique(type):
        rows = np.flatnonzero(type == number)
        carbonyl = np.full(len(rows), PSI_RAD + np.pi)
        coord[rows] = turn(coord[rows], np.arange(4), [3], carbonyl)
    placed = coord.copy()
    placed[:, SIDE:] = np.nan
    for row, number in enumerate(type.tolist()):
        drawn = _drawn(coord[row], number, generator, TRIES if looks else 1)
        others = np.delete(placed, row, axis=0).reshape(-1, 3)
        near = [_near(one[SIDE + 1 :], others[np.isfinite(others).all(axis=1)]) for one in drawn]
        placed[row] = drawn[int(np.argmin(near))]
    return placed


def _drawn(
    coord: Float[np.ndarray, "14 3"], number: int, generator: np.random.Generator, count: int
) -> Float[np.ndarray, "tries 14 3"]:
    """Turn a residue to rotamers of its type."""
    name, copies = RESIDUES[number], np.repeat(coord[None], count, axis=0)
    rotamers = load_rotamers().get(name)
    if rotamers is None:
        return copies
    chosen = rotamers.chi_rad[generator.choice(len(rotamers.share), count, p=rotamers.share)]
    for angle in range(chosen.shape[1]):
        slots, moved = CHI_SLOTS[number, angle], beyond(name, angle)
        copies = turn(copies, slots, moved, chosen[:, angle])
    return copies


def _near(atoms: Float[np.ndarray, "atoms 3"], others: Float[np.ndarray, "others 3"]) -> int:
    there = atoms[np.isfinite(atoms).all(axis=1)]
    distance = np.linalg.norm(there[:, None] - others[None], axis=-1)
    return int((distance < NEAR_A).sum())


def _placed(
    before: list[Float[np.ndarray, " 3"]], bond: float, angle: float, torsion: float
) -> Float[np.ndarray, " 3"]:
    """Place an atom behind three others by its bond, angle and torsion."""
    a, b, c = before
    along = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, along)
    normal /= np.linalg.norm(normal)
    side = np.cross(normal, along)
    return c + bond * (
        -cos(angle) * along + sin(angle) * cos(torsion) * side + sin(angle) * sin(torsion) * normal
    )
