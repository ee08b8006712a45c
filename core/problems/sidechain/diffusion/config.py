"""Options of a run that learns to draw side chains by diffusion."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.problems import shared_options as shared
from core.problems.shared_options import DATA, LOSSES, MODEL, refuse
from core.problems.term_weights import check_weights
from core.training.config import OPTIMISER, RUN, TrainingConfig, resolve_path
from core.training.settings import setting

NOISE, SAMPLING = "Noise", "Sampling"
TERMS: Final = ("denoising", "bond")
METHODS: Final = ("heun", "euler")


@dataclass(frozen=True, kw_only=True)
class DiffusionConfig(TrainingConfig):
    """Options of a run that denoises bond vectors of side chains.

    Raises:
        InputError: An option lies outside its range, both weights are 0, the noise levels are not
            in order, or the folder is not there.

    Example:
        >>> DiffusionConfig(sampler="ddim")
        Traceback (most recent call last):
        core.errors.InputError: sampler: expected one of heun, euler, came 'ddim'. ...
    """

    steps: int = setting(
        6000, label="steps", help="Optimiser updates in all; the falling rate is stretched to "
        "them.", low=1, high=shared.ANY_STEPS, group=RUN,
    )  # fmt: skip
    batch_size: int = setting(
        64, label="batch size", help="Residues of one update.", low=1, high=1024, group=RUN
    )
    noises: int = setting(
        6, label="noises a residue", help="How often each residue of an update is noised anew: "
        "examples of an update over residues.", low=1, high=64, group=RUN,
    )  # fmt: skip
    learning_rate: float = setting(
        4e-3, label="learning rate", help="Of Adam, after the warm-up.",
        low=1e-8, high=1.0, group=OPTIMISER, aliases=("lr",),
    )  # fmt: skip
    final_rate: float = setting(
        0.0, label="final learning rate", help="Falls along a cosine to this fraction of the "
        "learning rate; 1 keeps it constant.", low=0.0, high=1.0, group=OPTIMISER,
    )  # fmt: skip
    ema: float = setting(
        0.998, label="averaging of weights", help="Memory of the running mean of the weights, by "
        "which is sampled; the first updates are forgotten faster. 0: the last weights.",
        low=0.0, high=0.99999, group=OPTIMISER,
    )  # fmt: skip
    eval_every: int = setting(
        1000, label="evaluate every", help="How often held-out residues are sampled.",
        unit="steps", low=1, high=shared.ANY_STEPS, group=RUN, shapes=False,
    )  # fmt: skip
    width: int = shared.hidden_width(256, "a hidden layer", high=4096)
    layers: int = setting(
        3, label="layers", help="Residual blocks of two layers each.", low=1, high=16, group=MODEL
    )
    denoising_loss_weight: float = setting(
        1.0, label="weight of denoising", help="Factor of the squared error of the bond vectors.",
        low=0.0, high=1000.0, group=LOSSES,
    )  # fmt: skip
    bond_loss_weight: float = setting(
        0.0, label="weight of bond lengths", help="Factor of the squared error of their lengths. "
        "Above 0 the model no longer learns the mean that sampling assumes.",
        low=0.0, high=1000.0, group=LOSSES,
    )  # fmt: skip
    sigma_data_angstrom: float = setting(
        0.8, label="σ of the data", help="Spread of a component of a bond vector.", unit="Å",
        low=0.01, high=100.0, group=NOISE,
    )  # fmt: skip
    noise_mean: float = setting(
        -1.2, label="mean of ln σ", help="Of the noise in training.", low=-10.0, high=10.0,
        group=NOISE,
    )  # fmt: skip
    noise_spread: float = setting(
        1.4, label="spread of ln σ", help="Standard deviation, of the noise in training.",
        low=0.01, high=10.0, group=NOISE,
    )  # fmt: skip
    sampler: str = setting(
        "euler", label="sampler", choices=METHODS, group=SAMPLING, shapes=False,
        help="euler: one look at the model a step; heun: two.",
    )  # fmt: skip
    sampling_steps: int = setting(
        40, label="sampling steps", help="Noise levels from the highest to 0.",
        low=1, high=1000, group=SAMPLING, shapes=False,
    )  # fmt: skip
    churn: float = setting(
        10.0, label="churn", help="Fresh noise over all sampling steps; 0: none. More makes bonds "
        "and rings sharper and can shift the angles.", low=0.0, high=1000.0, group=SAMPLING,
        shapes=False,
    )  # fmt: skip
    sigma_min_angstrom: float = setting(
        0.02, label="lowest noise", help="Last level above 0.", unit="Å", low=1e-5, high=1.0,
        group=SAMPLING, shapes=False,
    )  # fmt: skip
    sigma_max_angstrom: float = setting(
        8.0, label="highest noise", help="Level at which sampling begins.", unit="Å",
        low=0.1, high=1000.0, group=SAMPLING, shapes=False,
    )  # fmt: skip
    large_first: float = setting(
        0.5, label="favour large and rare types", help="Residues are drawn by (atoms / frequency "
        "of the type) to this power; 0: as they come.", low=0.0, high=1.0, group=DATA,
    )  # fmt: skip
    residues: int = shared.synthetic_residues()
    structures: str = shared.structure_folder(
        "proteins (PDB, mmCIF, BinaryCIF)", "synthetic residues"
    )
    split_seed: int = shared.data_seed("the synthetic residues")
    resume_from: str = shared.going_on()

    def __post_init__(self) -> None:
        """Check every option on its own, then those that depend on each other."""
        super().__post_init__()
        check_weights(self, TERMS)
        if self.sigma_min_angstrom >= self.sigma_max_angstrom:
            refuse("sigma_min_angstrom", f"less than the highest noise {self.sigma_max_angstrom:g}",
                   f"{self.sigma_min_angstrom:g}")  # fmt: skip
        resolve_path(self, "structures", "a folder that is there", Path.is_dir)
