"""The default data: ideal residues, each turned to a frequent rotamer; said to be synthetic.

Bond lengths and angles are those of the component dictionary, chi angles those of `rotamers` with
some noise, types as frequent as in nature. Proline's ring keeps its ideal shape.
"""

from functools import cache
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.chemistry.components import read_components
from core.problems.sidechain.atoms import ATOM14, BONDS, CHI_ATOMS, ONE_LETTER, RESIDUES, SLOTS
from core.problems.sidechain.frames import frames_of, to_local
from core.problems.sidechain.metrics.angles import CHI_SLOTS, dihedral
from core.problems.sidechain.reported.totals import SWISS_PROT_PERCENT
from core.problems.sidechain.rotamers import load_rotamers

NOISE_RAD: Final = np.radians(10.0)
# N-CA-C-O: helices, then strands and the rest, as share, mean and spread in degrees. Read off the
# same real structures as the rotamers; it stands where the next residue's N would decide.
CARBONYL: Final = ((0.45, 137.0, 12.0), (0.55, -45.0, 35.0))
_O: Final = 3


def make_residues(
    count: int, seed: int
) -> tuple[Float[np.ndarray, "residues 14 3"], Int[np.ndarray, " residues"]]:
    """Make residues in their local frames, in angstrom, and their types; NaN where no atom is.

    Args:
        count: How many.
        seed: Of types, rotamers and noise.
    """
    generator = np.random.default_rng([seed, 1])
    percent = np.array([SWISS_PROT_PERCENT[ONE_LETTER[name]] for name in RESIDUES])
    type = generator.choice(len(RESIDUES), count, p=percent / percent.sum())
    coord = ideal_residues()[type]
    for number in range(len(RESIDUES)):
        rows = np.flatnonzero(type == number)
        coord[rows] = _turned(coord[rows], number, generator)
    return coord, type


@cache
def ideal_residues() -> Float[np.ndarray, "20 14 3"]:
    """Give each residue type in its local frame, as the component dictionary has it."""
    found = read_components(RESIDUES).components
    coord = np.full((len(RESIDUES), SLOTS, 3), np.nan)
    for number, name in enumerate(RESIDUES):
        place = dict(zip(found[name].atom_names, found[name].coord, strict=True))
        coord[number, : len(ATOM14[name])] = [place[atom] for atom in ATOM14[name]]
    local = to_local(coord, frames_of(coord))
    local.setflags(write=False)
    return local


def _turned(
    coord: Float[np.ndarray, "residues 14 3"], number: int, generator: np.random.Generator
) -> Float[np.ndarray, "residues 14 3"]:
    """Give residues of one type a rotamer each."""
    name, count = RESIDUES[number], len(coord)
    share, mean, spread = np.array(CARBONYL).T
    which = generator.choice(len(CARBONYL), count, p=share)
    wanted = np.radians(mean[which] + spread[which] * generator.normal(size=count))
    coord = turn(coord, np.array([0, 1, 2, _O]), [_O], wanted)
    rotamers = load_rotamers().get(name)
    if rotamers is None:
        return coord
    chosen = rotamers.chi_rad[generator.choice(len(rotamers.share), count, p=rotamers.share)]
    chosen = chosen + NOISE_RAD * generator.normal(size=chosen.shape)
    for angle in range(chosen.shape[1]):
        coord = turn(coord, CHI_SLOTS[number, angle], beyond(name, angle), chosen[:, angle])
    return coord


def turn(
    coord: Float[np.ndarray, "residues 14 3"],
    slots: Int[np.ndarray, " 4"],
    moved: list[int],
    wanted: Float[np.ndarray, " residues"],
) -> Float[np.ndarray, "residues 14 3"]:
    """Turn atoms about a bond until its torsion has a value, by Rodrigues' formula.

    Args:
        coord: Residues of one type.
        slots: The four atoms of the torsion.
        moved: Slots beyond the bond, the last of the four among them.
        wanted: Torsion in radians.
    """
    by = (wanted - dihedral(coord[:, slots]))[:, None, None]
    near, far = (coord[:, slots[place]][:, None] for place in (1, 2))
    axis = (far - near) / np.linalg.norm(far - near, axis=-1, keepdims=True)
    arm = coord[:, moved] - far
    along = (arm * axis).sum(axis=-1, keepdims=True) * axis
    turned = coord.copy()
    across = np.cross(np.broadcast_to(axis, arm.shape), arm)
    turned[:, moved] = far + along + np.cos(by) * (arm - along) + np.sin(by) * across
    return turned


@cache
def beyond(name: str, angle: int) -> list[int]:
    """Find the slots that a chi angle moves: everything behind its bond, seen from CA.

    Example:
        >>> beyond("LEU", 1), beyond("SER", 0)
        ([6, 7], [5])
    """
    _, near, far, _ = CHI_ATOMS[name][angle]
    reached, new = {near, far}, {far}
    while new:
        ends = [(b.one, b.other) for b in BONDS[name]] + [(b.other, b.one) for b in BONDS[name]]
        new = {other for one, other in ends if one in new} - reached
        reached |= new
    return sorted(ATOM14[name].index(atom) for atom in reached - {near, far})
