"""The denoiser as the training loop wants it: noisy batches, two terms, scores of samples."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from core.problems.going_on import load_model
from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.config import SideChainConfig
from core.problems.sidechain.data import ResidueData, load_residues
from core.problems.sidechain.diffusion.bond_tree import FIRST, SIDE, to_vectors
from core.problems.sidechain.diffusion.config import TERMS, DiffusionConfig
from core.problems.sidechain.diffusion.evaluation import HeldOut, held_out, score
from core.problems.sidechain.diffusion.model import Denoiser
from core.problems.sidechain.diffusion.objective import bond_loss, denoising_loss
from core.problems.sidechain.diffusion.sampling import sample_residues, sampler_of
from core.problems.sidechain.diffusion.tables import tables
from core.problems.sidechain.diffusion.trained import new_denoiser
from core.training.curriculum import Stage
from core.training.task import Evaluation, Terms

RECORDED: Final = "test"
MOST_SCORED: Final = {"val": 500, RECORDED: 4_000}  # residues
DRAWS: Final = {"val": 5, RECORDED: 1}  # for each of them
SAMPLE_SEED: Final = 5


@dataclass(frozen=True, eq=False)
class Batch:
    """Some residues, each noised several times: what the model sees, and what it should say."""

    noisy: Float[Tensor, "batch 10 3"]
    sigma: Float[Tensor, " batch"]
    type: Int[Tensor, " batch"]
    backbone: Float[Tensor, "batch 4 3"]
    clean: Float[Tensor, "batch 10 3"]
    exists: Bool[Tensor, "batch 10"]


@dataclass(frozen=True, eq=False)
class DiffusionTask:
    """A denoiser with its batches; see `core.training.task.Task`.

    Args:
        config: Options of the run.
        device: Where everything is computed.
        model: What is trained, with the mean of its weights.
        data: Residues and split.
        vectors: Bond vectors of all residues; 0 where the type has no atom.
        drawn_up_to: For each training residue, the chance that it or one before it is drawn.
        sets: What is scored, by split.
    """

    config: DiffusionConfig
    device: torch.device
    model: Denoiser
    data: ResidueData
    vectors: Float[np.ndarray, "residues 10 3"]
    drawn_up_to: Float[np.ndarray, " training"]
    sets: Mapping[str, HeldOut]

    @property
    def terms(self) -> tuple[str, ...]:
        """Denoising, bond."""
        return TERMS

    @property
    def shared(self) -> Sequence[nn.Parameter]:
        """The whole network: both terms read its one answer."""
        return list(self.model.network.parameters())

    @property
    def floors(self) -> Mapping[str, float]:
        """None: what is left of the noise depends on how wide the data are."""
        return {}

    @property
    def facts(self) -> Mapping[str, str]:
        """Where the residues come from, what was left out, and how large the model is."""
        parameters = sum(parameter.numel() for parameter in self.shared)
        kinds = self.sets[RECORDED].real.rings
        return {
            **self.data.facts,
            "model": f"{parameters:,} parameters",
            "scored": ", ".join(
                f"{name} {len(of.type):,} residues, {DRAWS[name]} drawn for each"
                for name, of in self.sets.items()
            ),
            f"rings of {RECORDED}": ", ".join(f"{kind.ring} {kind.count:,}" for kind in kinds),
        }

    def batch(self, step: int, stage: Stage) -> Batch:
        """Draw the batch of a step: residues, by large and rare types, and their noise."""
        config = self.config
        generator = np.random.default_rng([config.seed, step])
        places = np.searchsorted(
            self.drawn_up_to, generator.random(config.batch_size), side="right"
        )
        rows = self.data.of("train")[places].repeat(config.noises)
        normal = generator.standard_normal(len(rows))
        sigma = np.exp(config.noise_mean + config.noise_spread * normal).astype(np.float32)
        noise = generator.standard_normal((len(rows), SIDE, 3), dtype=np.float32)
        clean, type = self.vectors[rows], self.data.type[rows]
        arrays = (
            clean + sigma[:, None, None] * noise, sigma, type, self.data.coord[rows, :FIRST],
            clean, EXISTS14[type, FIRST:],
        )  # fmt: skip
        return Batch(*(torch.from_numpy(array).to(self.device) for array in arrays))

    def losses(self, batch: Batch, stage: Stage, wanted: Collection[str]) -> Terms:
        """Evaluate the wanted terms of a batch."""
        denoised = self.model(batch.noisy, batch.sigma, batch.type, batch.backbone)
        values: dict[str, Tensor] = {}
        if "denoising" in wanted:
            values["denoising"] = denoising_loss(
                denoised,
                batch.clean,
                batch.exists,
                batch.sigma,
                sigma_data=self.config.sigma_data_angstrom,
            )
        if "bond" in wanted:
            values["bond"] = bond_loss(denoised, batch.clean, batch.exists)
        return Terms(values, denoised)

    def evaluate(self, stage: Stage) -> Evaluation:
        """Sample side chains for held-out backbones; score them beside the real ones."""
        values: dict[str, float] = {}
        arrays: dict[str, Mapping[str, np.ndarray]] = {}
        for split, of in self.sets.items():
            drawn = self._draw(of, DRAWS[split])
            found, geometry = score(drawn, of)
            values |= {f"{split}/{name}": value for name, value in found.items()}
            if split == RECORDED:
                arrays = dict(tables(drawn[0], geometry, of))
        return Evaluation(values, arrays)

    def _draw(self, of: HeldOut, draws: int) -> Float[np.ndarray, "draws residues 14 3"]:
        """Sample with the same noise at every evaluation: what changes is the model."""
        drawn = sample_residues(
            self.model,
            np.tile(of.native[:, :FIRST], (draws, 1, 1)),
            np.tile(of.type, draws),
            sampler=sampler_of(self.config),
            seed=SAMPLE_SEED,
        )
        return drawn.reshape(draws, *of.native.shape)


def build_task(config: Any, device: torch.device) -> DiffusionTask:
    """Make the task of a configuration, with parameters drawn from its seed or gone on with.

    The random state of others is left as it was.

    Raises:
        CoreError: The data or the model to go on with cannot be read.
    """
    data = load_residues(
        SideChainConfig(
            residues=config.residues, structures=config.structures, split_seed=config.split_seed
        )
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = new_denoiser(config)
    if config.resume_from:
        load_model(model, config.resume_from)
    sets = {
        name: held_out(data, name, most=most, seed=config.split_seed)
        for name, most in MOST_SCORED.items()
    }
    vectors = np.nan_to_num(to_vectors(data.coord, data.type))
    favour = _favour(data.type[data.of("train")], config.large_first)
    return DiffusionTask(config, device, model.to(device), data, vectors, favour, sets)


def _favour(type: Int[np.ndarray, " training"], power: float) -> Float[np.ndarray, " training"]:
    """Add up the chances of training residues: (atoms / frequency) to a power; glycine has none."""
    atoms = EXISTS14[:, FIRST:].sum(axis=1)
    count = np.bincount(type, minlength=len(RESIDUES))
    weight = np.where(atoms > 0, (atoms / np.maximum(count, 1)) ** power, 0.0)[type]
    up_to = np.cumsum(weight)
    return up_to / up_to[-1]
