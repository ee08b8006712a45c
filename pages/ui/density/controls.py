"""Controls of the page on the density, and the options that their values make."""

from collections.abc import Mapping
from typing import Any, Final

from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.density.limit import LimitOptions
from core.problems.sidechain.density.sample import EACH as MOST_EACH
from core.problems.sidechain.density.sweep import SWEEPS
from pages.ui.controls import Choice, Control, Number, Segments, Slider, Steps, Switch, Text

TYPE = Choice(
    "density_type",
    "Residue",
    "TRP reaches farthest: the note's last two slots are in no other type.",
    "TRP",
    RESIDUES,
)
WHICH = Number(
    "density_which", "Which, from 1", f"Of the residues of this type; at most {MOST_EACH}.", 1, 1
)
SHELL = Slider(
    "density_shell",
    "Shell drawn, Å",
    "The shell nearest to this radius is drawn as a map; where it is empty, the nearest one that "
    "is not. It changes nothing else.",
    4.75,
    0.25,
    12.0,
    0.25,
)
L_MAX = Slider(
    "density_l_max",
    "Degree l_max, 0 to 12",
    "Highest degree of the spherical harmonics: how finely directions are told apart. 8 in the "
    "note.",
    8,
    0,
    12,
    1,
)
SHELLS = Slider(
    "density_shells",
    "Shells, number",
    "Radii at which the density is kept, at the centres of equal bins up to r_max. 16 in the note.",
    16,
    2,
    32,
    1,
)
R_MAX = Slider(
    "density_r_max",
    "Outer radius r_max, Å",
    "Atoms that lie well beyond it leave nothing. The farthest of a side chain is ARG's NH at "
    "about 7 Å.",
    8.0,
    1.0,
    12.0,
    0.5,
)
WIDTH = Steps(
    "density_width",
    "Shell width σ, Å",
    "Of the Gaussian in the radius. Below 0.4 of the distance of two shells there are gaps.",
    0.25,
    (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0),
)
TAU = Steps(
    "density_tau",
    "Threshold τ, coefficient",
    "Coefficients up to this size are set to 0, after the noise; 0.2 in the note's v4, 0 in v5.",
    0.0,
    (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
)
NOISE = Slider(
    "density_noise",
    "Noise, %",
    "Standard deviation of what is added to each coefficient, of the root mean square of the "
    "coefficients of its element.",
    0,
    0,
    100,
    5,
)
COUNTS = Segments(
    "density_counts",
    "Atoms of each element",
    "Whether the decoder is told how many there are. Known: as for a given residue type. Unknown: "
    "it stops where another atom would explain too little.",
    "known",
    ("known", "unknown"),
)
STRUCTURES = Text(
    "density_structures",
    "Structures, folder",
    "PDB, mmCIF or BinaryCIF, plain or gzip'd, here or one folder deeper. Empty: synthetic "
    "residues.",
    "",
    "synthetic residues",
)
IN_SPACE = Switch(
    "density_in_space",
    "Residue in space",
    "To be turned with the pointer; slow where the browser has no graphics card. Off: laid flat.",
    False,
)
SEED = Number("density_seed", "Seed of the noise", "0 or more; the residues stay.", 0, 1)
EACH = Steps(
    "density_each",
    "Residues of each type, number",
    "More are slower: five of each, a hundred in all, take one to four seconds a setting.",
    5,
    (1, 2, 5, 10, 20),
)
SWEEP_EACH = Steps(
    "density_sweep_each", "Residues of each type, number", "Three of each, sixty in all, take "
    "about half a second a value.", 3, (1, 2, 3, 5, 10),
)  # fmt: skip
AGAINST = Choice(
    "density_against",
    "Against",
    "The option that is varied; the others are as below.",
    "l_max",
    tuple(SWEEPS),
    lambda name: SWEEPS[name].label,
)

PHYSICS: Final[tuple[Control, ...]] = (L_MAX, SHELLS, R_MAX, WIDTH, TAU, NOISE)
MORE: Final[tuple[Control, ...]] = (STRUCTURES, SEED)


def options_from(values: Mapping[str, Any]) -> LimitOptions:
    """Make the options from the values of the controls.

    Raises:
        InputError: One is out of its range.
    """
    return LimitOptions(
        l_max=int(values[L_MAX.key]),
        shells=int(values[SHELLS.key]),
        r_max_angstrom=float(values[R_MAX.key]),
        width_angstrom=float(values[WIDTH.key]),
        tau=float(values[TAU.key]),
        noise=float(values[NOISE.key]) / 100,
        seed=int(values[SEED.key] or 0),
        knows_counts=values.get(COUNTS.key, COUNTS.default) == "known",
    )
