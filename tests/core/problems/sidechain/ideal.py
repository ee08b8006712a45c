"""Residues of ideal geometry in their local frames, each chi angle turned to a rotamer."""

import numpy as np

from core.problems.sidechain.atoms import ATOM14, BONDS, CHI_ATOMS, RESIDUES
from core.problems.sidechain.frames import frames_of, to_local
from tests.core.problems.sidechain.made import residue

STAGGERED = np.radians([-60.0, 60.0, 180.0])


def ideal(name: str) -> np.ndarray:
    """Places of the component dictionary, [14, 3], NaN in slots that the type does not have."""
    coord = np.full((14, 3), np.nan)
    for atom in residue(name, 0):
        coord[ATOM14[name].index(atom.atom_name)] = atom.coord
    return to_local(coord[None], frames_of(coord[None]))[0]


def turned(coord: np.ndarray, name: str, angle: int, by: float) -> np.ndarray:
    """Turn what lies beyond the bond of a chi angle, by Rodrigues' formula."""
    _, near, far, _ = CHI_ATOMS[name][angle]
    beyond, grew = {far}, True
    while grew:
        new = {b.other for b in BONDS[name] if b.one in beyond}
        new |= {b.one for b in BONDS[name] if b.other in beyond}
        grew = bool(new - beyond - {near})
        beyond |= new - {near}
    slots = [ATOM14[name].index(atom) for atom in beyond]
    origin = coord[ATOM14[name].index(far)]
    axis = origin - coord[ATOM14[name].index(near)]
    axis = axis / np.linalg.norm(axis)
    moved, arm = coord.copy(), coord[slots] - origin
    along = (arm @ axis)[:, None] * axis
    moved[slots] = origin + along + np.cos(by) * (arm - along) + np.sin(by) * np.cross(axis, arm)
    return moved


def sample(types: np.ndarray, seed: int = 0, spread: float = 0.2) -> np.ndarray:
    """Residues of these types, [residues, 14, 3]; proline's ring stays as it is."""
    random = np.random.default_rng(seed)
    out = []
    for kind in types.tolist():
        name = RESIDUES[kind]
        coord = ideal(name)
        for angle in range(len(CHI_ATOMS[name]) if name != "PRO" else 0):
            by = random.choice(STAGGERED) + spread * random.normal()
            coord = turned(coord, name, angle, by)
        out.append(coord)
    return np.array(out)


def rotation(random: np.random.Generator) -> np.ndarray:
    q, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))
