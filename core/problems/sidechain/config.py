"""Options of a run that reads a side chain off its density; the note's names are kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.problems import shared_options as shared
from core.problems.shared_options import DATA, LOSSES, MODEL
from core.problems.term_weights import check_weights
from core.representations.basis import LARGEST_DEGREE, MOST_SHELLS, DensityBasis
from core.training.config import RUN, TrainingConfig, resolve_path
from core.training.settings import setting

DENSITY: Final = "Density"
TERMS: Final = ("atom", "type")
BOUNDS_A: Final = {"tanh": 1.0, "tanh8": 8.0, "linear": None}
OUTPUTS: Final = tuple(BOUNDS_A)
PARTS: Final = ("mse", "huber", "pairwise")
PART_CHOICES: Final = ("mse+huber+pairwise", "mse+huber", *PARTS)
PAIRS: Final = ("batch", "residue")


@dataclass(frozen=True, kw_only=True)
class SideChainConfig(TrainingConfig):
    """Options of a run that decodes densities to atoms and residue types.

    Raises:
        InputError: An option lies outside its range, both weights are 0, or a path is not there.

    Example:
        >>> SideChainConfig(output="sigmoid")
        Traceback (most recent call last):
        core.errors.InputError: output: expected one of tanh, tanh8, linear, came 'sigmoid'. ...
    """

    steps: int = setting(
        3000, label="steps", help="Optimiser updates in all; a schedule is stretched to them.",
        low=1, high=10_000_000, group=RUN,
    )  # fmt: skip
    batch_size: int = setting(
        64, label="batch size", help="Residues of one update.", low=1, high=512, group=RUN
    )
    output: str = setting(
        "linear", label="output", choices=OUTPUTS, group=MODEL,
        help="Of the coordinates: tanh, which ends at 1 Å; tanh8, eight times it; linear, without "
        "a bound.",
    )  # fmt: skip
    width: int = shared.hidden_width(256, "a hidden layer", high=4096)
    layers: int = setting(
        2, label="layers", help="Residual layers behind the first one.", low=0, high=16, group=MODEL
    )
    atom_loss_weight: float = setting(
        1.0, label="weight of the atoms", help="Factor of the coordinate loss.",
        low=0.0, high=1000.0, group=LOSSES,
    )  # fmt: skip
    type_loss_weight: float = setting(
        1.0, label="weight of the type", help="Factor of the cross-entropy of the residue type; 0 "
        "leaves that head untrained.", low=0.0, high=1000.0, group=LOSSES,
    )  # fmt: skip
    atom_parts: str = setting(
        PART_CHOICES[0], label="parts of the coordinate loss", choices=PART_CHOICES, group=LOSSES,
        help="Squared distance, Huber, squared error of the distances between atoms; added.",
    )  # fmt: skip
    pairs: str = setting(
        "batch", label="pairs of atoms", choices=PAIRS, group=LOSSES,
        help="Which distances the pairwise part compares: between all atoms of a batch, each "
        "in the frame of its own residue, as the note's trainer does within a chain, or within a "
        "residue only.",
    )  # fmt: skip
    l_max: int = setting(
        8, label="l_max", help="Highest degree of the harmonics.",
        low=0, high=LARGEST_DEGREE, group=DENSITY,
    )  # fmt: skip
    shells: int = setting(
        16, label="shells", help="Radii at which the density is kept.",
        low=1, high=MOST_SHELLS, group=DENSITY,
    )  # fmt: skip
    r_max_angstrom: float = setting(
        8.0, label="outer radius", help="Atoms beyond it leave nothing in the density.", unit="Å",
        low=0.5, high=50.0, group=DENSITY, aliases=("r_max",),
    )  # fmt: skip
    shell_width_angstrom: float = setting(
        0.25, label="shell width", help="Standard deviation of the Gaussian in the radius.",
        unit="Å", low=0.01, high=10.0, group=DENSITY, aliases=("shell_width", "sigma_r"),
    )  # fmt: skip
    sh_tau_threshold: float = setting(
        0.0, label="τ threshold", help="Coefficients up to this size are set to 0.",
        low=0.0, high=100.0, group=DENSITY, aliases=("tau",),
    )  # fmt: skip
    residues: int = shared.synthetic_residues()
    structures: str = shared.structure_folder(
        "proteins (PDB, mmCIF, BinaryCIF)", "synthetic residues"
    )
    split_seed: int = shared.data_seed("the synthetic residues")
    rename_symmetric: bool = setting(
        False, label="rename symmetric atoms", help="In evaluations: atoms that half a turn "
        "exchanges are named to the smaller error. The note does not.", group=DATA, shapes=False,
    )  # fmt: skip
    resume_from: str = shared.going_on()

    def __post_init__(self) -> None:
        """Check every option on its own, then those that depend on each other."""
        super().__post_init__()
        check_weights(self, TERMS)
        resolve_path(self, "structures", "a folder that is there", Path.is_dir)


def basis_of(config: SideChainConfig) -> DensityBasis:
    """Give what the densities of a run are made of."""
    return DensityBasis(
        l_max=config.l_max,
        shells=config.shells,
        r_max=config.r_max_angstrom,
        width=config.shell_width_angstrom,
    )
