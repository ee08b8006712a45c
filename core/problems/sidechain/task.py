"""The decoder as the training loop wants it: batches, two terms, scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from core.history import EPOCH_STEPS
from core.problems.going_on import load_model
from core.problems.sidechain.atoms import ELEMENT14, ELEMENTS
from core.problems.sidechain.config import TERMS, SideChainConfig, basis_of
from core.problems.sidechain.data import ResidueData, load_residues
from core.problems.sidechain.evaluation import (
    BY_RESIDUE,
    BY_SLOT,
    MOST_SCORED,
    HeldOut,
    by_residue_arrays,
    by_slot_arrays,
    frequent_type,
    held_out,
    score,
)
from core.problems.sidechain.metrics.baselines import fit_means
from core.problems.sidechain.model import DensityDecoder
from core.problems.sidechain.objective import atom_loss, type_loss
from core.representations.basis import DensityBasis
from core.representations.density import encode
from core.training.curriculum import Stage
from core.training.task import Evaluation, Terms

RECORDED: Final = "test"
EVALUATED_TOGETHER: Final = 256
SOLVED_NATS: Final = 0.05


@dataclass(frozen=True, eq=False)
class Batch:
    """Some residues: their densities, and what is to be read off them."""

    density: Float[Tensor, "batch channels harmonics shells"]
    coord: Float[Tensor, "batch 14 3"]
    exists: Bool[Tensor, "batch 14"]
    type: Int[Tensor, " batch"]


@dataclass(frozen=True, eq=False)
class SideChainTask:
    """A decoder with its batches; see `core.training.task.Task`.

    Densities are made batch by batch: that takes a twentieth of a step, and kept ones would take
    20 KB a residue.

    Args:
        config: Options of the run.
        device: Where everything is computed.
        model: What is trained.
        data: Residues and split.
        sets: What is scored, by split.
        basis: Of the densities.
    """

    config: SideChainConfig
    device: torch.device
    model: DensityDecoder
    data: ResidueData
    sets: Mapping[str, HeldOut]
    basis: DensityBasis

    @property
    def terms(self) -> tuple[str, ...]:
        """Atoms, type."""
        return TERMS

    @property
    def shared(self) -> Sequence[nn.Parameter]:
        """All but the two heads."""
        return self.model.trunk

    @property
    def floors(self) -> Mapping[str, float]:
        """The type is read at 0.05 nats, a perplexity of 1.05; of atoms nobody can say."""
        return {"type": SOLVED_NATS}

    @property
    def facts(self) -> Mapping[str, str]:
        """Where the residues come from, what was left out, and how long an epoch is."""
        size = len(ELEMENTS) * self.basis.harmonics * self.basis.shells
        return {
            **self.data.facts,
            "density": f"{size:,} numbers a residue: {len(ELEMENTS)} elements × "
            f"{self.basis.harmonics} harmonics × {self.basis.shells} shells",
            "scored": ", ".join(f"{name} {len(of.rows):,}" for name, of in self.sets.items()),
            EPOCH_STEPS: str(self.epoch_steps),
        }

    @property
    def epoch_steps(self) -> int:
        """Updates of an epoch."""
        return -(-len(self.data.of("train")) // self.config.batch_size)

    def batch(self, step: int, stage: Stage) -> Batch:
        """Draw the batch of a step: a slice of its epoch's order, all of nearly one size."""
        epoch, place = divmod(step, self.epoch_steps)
        generator = np.random.default_rng([self.config.seed, epoch])
        order = generator.permutation(self.data.of("train"))
        return self._take(np.array_split(order, self.epoch_steps)[place])

    def losses(self, batch: Batch, stage: Stage, wanted: Collection[str]) -> Terms:
        """Evaluate the wanted terms of a batch."""
        decoded = self.model(batch.density)
        values: dict[str, Tensor] = {}
        if "atom" in wanted:
            values["atom"] = atom_loss(
                decoded.coord,
                batch.coord,
                batch.exists,
                parts=self.config.atom_parts.split("+"),
                pairs=self.config.pairs,
            )
        if "type" in wanted:
            values["type"] = type_loss(decoded.logits, batch.type)
        return Terms(values, decoded.hidden)

    def evaluate(self, stage: Stage) -> Evaluation:
        """Score held-out residues beside the baselines; record slots, and residues of the test."""
        values: dict[str, float] = {}
        arrays: dict[str, Mapping[str, np.ndarray]] = {}
        for split, of in self.sets.items():
            coord, logits = self._predict(of.rows)
            found, by_slot = score(
                coord,
                logits,
                of,
                bound=self.model.bound,
                renames=self.config.rename_symmetric,
            )
            values |= {f"{split}/{name}": value for name, value in found.items()}
            if split == RECORDED:
                arrays[BY_RESIDUE] = by_residue_arrays(coord, logits, of)
            else:
                arrays[BY_SLOT] = by_slot_arrays(by_slot, of)
        return Evaluation(values, arrays)

    def _predict(self, rows: Int[np.ndarray, " residues"]) -> tuple[np.ndarray, np.ndarray]:
        parts = np.split(rows, range(EVALUATED_TOGETHER, len(rows), EVALUATED_TOGETHER))
        with torch.no_grad():
            answers = [self.model(self._take(part).density) for part in parts]
        coord = torch.cat([answer.coord for answer in answers])
        logits = torch.cat([answer.logits for answer in answers])
        return coord.double().cpu().numpy(), logits.double().cpu().numpy()

    def _take(self, rows: Int[np.ndarray, " batch"]) -> Batch:
        coord = torch.from_numpy(self.data.coord[rows]).to(self.device)
        type = self.data.type[rows]
        exists = coord.isfinite().all(-1)
        element = torch.from_numpy(ELEMENT14[type]).to(self.device)
        density = encode(
            coord,
            torch.where(exists, element, -1),
            basis=self.basis,
            channels=len(ELEMENTS),
            tau=self.config.sh_tau_threshold,
        )
        return Batch(density, coord, exists, torch.from_numpy(type).to(self.device))


def build_task(config: Any, device: torch.device) -> SideChainTask:
    """Make the task of a configuration, with parameters drawn from its seed or gone on with.

    The random state of others is left as it was.

    Raises:
        CoreError: The data or the model to go on with cannot be read.
    """
    data, basis = load_residues(config), basis_of(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = DensityDecoder(
            features=len(ELEMENTS) * basis.harmonics * basis.shells,
            width=config.width,
            layers=config.layers,
            output=config.output,
        )
    if config.resume_from:
        load_model(model, config.resume_from)
    sets = {name: _held_out(data, name, config.split_seed) for name in ("val", RECORDED)}
    return SideChainTask(config, device, model.to(device), data, sets, basis)


def _held_out(data: ResidueData, side: str, seed: int) -> HeldOut:
    """Choose the residues of a side that are scored; the baselines know the training ones."""
    training = data.of("train")
    drawn = np.random.default_rng([seed, 4]).permutation(data.of(side))[:MOST_SCORED]
    rows = np.sort(drawn)
    means = fit_means(data.coord[training], data.type[training])
    frequent = frequent_type(data.type[training])
    chosen = (data.coord[rows], data.type[rows], data.name[rows], data.group[rows])
    return held_out(rows, *chosen, means, frequent)
