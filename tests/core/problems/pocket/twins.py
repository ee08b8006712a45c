"""Small structures of our own, as PDB text: residues that are rows of atoms 1.5 angstrom apart."""

from collections.abc import Sequence
from math import dist

BACKBONE = ("N", "CA", "C", "O", "CB")
RING = ("C1", "C2", "C3", "C4", "N5", "O6", "CL7")  # a ligand of seven heavy atoms
SPACING = 1.5


def atom_line(
    name: str,
    res_name: str,
    res_id: int,
    xyz: Sequence[float],
    *,
    chain: str = "A",
    record: str = "ATOM",
    alt: str = " ",
    occupancy: float = 1.0,
) -> str:
    element = name.rstrip("0123456789'")
    element = element if element in {"CL", "ZN", "MG", "SE"} else element[0]
    x, y, z = xyz
    return (
        f"{record:<6}{1:>5} {name:^4}{alt}{res_name:>3} {chain}{res_id:>4}    "
        f"{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}{20.0:6.2f}          {element:>2}  "
    )


def residue(
    res_name: str,
    res_id: int,
    start: Sequence[float],
    names: Sequence[str] = BACKBONE,
    **options: object,
) -> list[str]:
    """A residue along y; its first atom stands at `start`."""
    x, y, z = start
    places = [(x, y + SPACING * row, z) for row in range(len(names))]
    return [
        atom_line(name, res_name, res_id, place, **options)  # type: ignore[arg-type]
        for name, place in zip(names, places, strict=True)
    ]


def hetero(
    res_name: str,
    res_id: int,
    start: Sequence[float],
    names: Sequence[str] = RING,
    **options: object,
) -> list[str]:
    """A residue that is no part of a chain."""
    return residue(res_name, res_id, start, names, **{"record": "HETATM", **options})


def protein() -> list[str]:
    """Five residues 4 angstrom apart along x, from x = 0 to 16, on the plane z = 0."""
    names = ("ALA", "GLY", "SER", "LYS", "TRP")
    return [line for i, name in enumerate(names) for line in residue(name, i + 1, (4.0 * i, 0, 0))]


def text(*parts: Sequence[str], end: str = "END") -> str:
    return "\n".join([*(line for part in parts for line in part), end, ""])


Atom = tuple[str, tuple[str, str, str], tuple[float, float, float]]  # element, residue, place


def heavy_atoms(pdb: str) -> list[Atom]:
    """Read the columns of a PDB text; knows no models and no alternate locations."""
    lines = [line for line in pdb.splitlines() if line.startswith(("ATOM", "HETATM"))]
    atoms = [
        (
            line[76:78].strip(),
            (line[17:20].strip(), line[21], line[22:27].strip()),
            (float(line[30:38]), float(line[38:46]), float(line[46:54])),
        )
        for line in lines
    ]
    return [atom for atom in atoms if atom[0] not in {"H", "D"}]


def plain_pocket(around: list[Atom], ligand: list[Atom], cutoff: float) -> list[Atom]:
    """The reference: for each residue, is any atom of it within the cut-off of any ligand atom?"""
    near = set()
    for _, place, here in around:
        for _, _, there in ligand:
            if dist(here, there) <= cutoff + 1e-6:
                near.add(place)
    return [atom for atom in around if atom[1] in near]
