"""The model of a run, to sample with."""

from pathlib import Path

from core.errors import InputError
from core.problems.going_on import load_model
from core.problems.sidechain.diffusion.config import DiffusionConfig
from core.problems.sidechain.diffusion.model import Denoiser
from core.problems.sidechain.diffusion.sampling import Sampler, sampler_of
from core.runs.folder import find_run, read_config
from core.training.settings import from_plain

EXPERIMENT = "sidechain_diffusion"


def new_denoiser(config: DiffusionConfig) -> Denoiser:
    """Make the model of a configuration with random parameters."""
    return Denoiser(
        width=config.width,
        layers=config.layers,
        sigma_data=config.sigma_data_angstrom,
        memory=config.ema,
    )


def load_denoiser(run: str) -> tuple[Denoiser, Sampler]:
    """Read the model and the sampler of a run, for `sample_residues`.

    Args:
        run: Its id; the newest checkpoint is taken.

    Raises:
        InputError: There is no such run, it is of another experiment, or has no checkpoint yet.
    """
    folder: Path = find_run(run)
    asked = read_config(folder)
    if asked.experiment != EXPERIMENT:
        raise InputError(f"run {run}", expected=f"one of {EXPERIMENT}", came=asked.experiment,
                         do="Choose another run")  # fmt: skip
    config = from_plain(DiffusionConfig, asked.config)
    model = new_denoiser(config)
    load_model(model, run)
    return model.eval(), sampler_of(config)
