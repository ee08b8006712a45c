"""The molecule problem as the training loop wants it: batches, the one term, scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Int
from torch import nn

from core.history import EPOCH_STEPS
from core.losses.contrastive import info_nce
from core.problems.going_on import load_model
from core.problems.molecule.batches import Batch, Epochs, alike_share, hardness, random_similarity
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.data import PairData, describe_split, load_pairs, training_pool
from core.problems.molecule.evaluation import PROBE, fixed_batches, held_out_sets, score_sets
from core.problems.molecule.graphs import augment, batch_graphs, to_device
from core.problems.molecule.model import MoleculeTextModel
from core.problems.molecule.scores import HeldOut
from core.samplers.layout import batch_sizes
from core.training.curriculum import Stage
from core.training.task import Evaluation, Terms

TERM: Final = "info_nce"


@dataclass(frozen=True, eq=False)
class MoleculeTask:
    """A model of molecules and texts with its batches; see `core.training.task.Task`.

    Args:
        config: Options of the run.
        device: Where everything is computed.
        model: What is trained.
        data: Pairs, vectors, split.
        epochs: Gives the batches.
        sets: What is scored, by split.
    """

    config: MoleculeConfig
    device: torch.device
    model: MoleculeTextModel
    data: PairData
    epochs: Epochs
    sets: Mapping[str, HeldOut]

    @property
    def terms(self) -> tuple[str, ...]:
        """InfoNCE alone."""
        return (TERM,)

    @property
    def shared(self) -> Sequence[nn.Parameter]:
        """All parameters that are trained: there is but one term."""
        return [p for p in self.model.parameters() if p.requires_grad]

    @property
    def floors(self) -> Mapping[str, float]:
        """None: no short run solves the term."""
        return {}

    @property
    def facts(self) -> Mapping[str, str]:
        """Where the pairs come from, how they were split, and how long an epoch is."""
        return {
            **self.data.facts,
            "split": describe_split(self.data.split),
            "training pairs": str(len(self.training)),
            "similarity of random pairs": random_similarity(self.data.vectors[self.training]),
            EPOCH_STEPS: str(self.epoch_steps),
        }

    @cached_property
    def training(self) -> Int[np.ndarray, " pairs"]:
        """Numbers of the training pairs."""
        return self.data.split.of("train")

    @property
    def epoch_steps(self) -> int:
        """Updates of an epoch."""
        count = len(batch_sizes(len(self.training), self.config.batch_size, drop_last=False))
        return min(self.config.epoch_steps or count, count)

    def batch(self, step: int, stage: Stage) -> Batch:
        """Give the batch of a step; the sampler draws an epoch whole, by its number and seed."""
        epoch, place = divmod(step, self.epoch_steps)
        drawn = self.epochs(self.config.start_epoch + epoch)
        members = drawn.members[place]
        batch = self._take(self.training[members[members >= 0]], hardness(drawn, place))
        if not (self.config.mask_atoms or self.config.drop_bonds):
            return batch
        generator = np.random.default_rng([self.config.seed, 2, step])
        graphs = augment(
            batch.graphs,
            hide_atoms=self.config.mask_atoms,
            drop_bonds=self.config.drop_bonds,
            generator=generator,
        )
        return replace(batch, graphs=graphs)

    def losses(self, batch: Batch, stage: Stage, wanted: Collection[str]) -> Terms:
        """Evaluate the term of a batch, asked from both sides."""
        molecules = self.model.embed_molecules(to_device(batch.graphs, self.device))
        texts = self.model.embed_texts(batch.text.to(self.device))
        temperature = self.model.temperature
        loss = info_nce(
            texts,
            molecules,
            temperature=temperature,
            symmetric=True,
            same=batch.same.to(self.device),
        )
        about = dict(batch.about)
        if self.config.learn_temp:
            about["train/temperature"] = float(temperature.detach())
        return Terms({TERM: loss}, torch.cat([texts, molecules], dim=1), about)

    def evaluate(self, stage: Stage) -> Evaluation:
        """Rank held-out molecules; measure the loss on fixed random batches, old and new."""
        scored = score_sets(self.model, self.data, self.sets, self.device)
        chosen = {PROBE: self.training, "val": self.sets["val"].pairs}
        losses = {f"{name}/{TERM}/raw": self._random_loss(pairs) for name, pairs in chosen.items()}
        return Evaluation({**scored.values, **losses}, scored.arrays)

    def _random_loss(self, pairs: Int[np.ndarray, " pairs"]) -> float:
        """Average the loss over fixed random batches."""
        stage = Stage("probe", 0, 1, {TERM: 1.0})
        with torch.no_grad():
            told = [
                self.losses(self._take(part, {}), stage, (TERM,))
                for part in fixed_batches(pairs, self.config)
            ]
        return float(torch.stack([terms.values[TERM].mean() for terms in told]).mean())

    def _take(self, pairs: Int[np.ndarray, " pairs"], about: Mapping[str, float]) -> Batch:
        label = self.data.label[pairs]
        text = torch.from_numpy(self.data.vectors[pairs].astype(np.float32))
        same = torch.from_numpy(label[:, None] == label)
        if about:  # of a training batch
            about = {**about, "train/alike_pairs": alike_share(text, same)}
        return Batch(batch_graphs(self.data.graphs, pairs), text, same, about)


def build_task(config: Any, device: torch.device) -> MoleculeTask:
    """Make the task of a configuration, with parameters drawn from its seed or gone on with.

    The random state of others is left as it was.

    Raises:
        CoreError: The data or the model to go on with cannot be read.
    """
    data = load_pairs(config)
    model = _model(config, text_dim=data.vectors.shape[1])
    if config.resume_from:
        load_model(model, config.resume_from)
    epochs = Epochs(training_pool(config, data), config)
    return MoleculeTask(config, device, model.to(device), data, epochs, held_out_sets(data))


def _model(config: MoleculeConfig, text_dim: int) -> MoleculeTextModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return MoleculeTextModel(
            text_dim=text_dim,
            width=config.width,
            layers=config.layers,
            heads=config.heads,
            dim=config.dim,
            temperature=config.temp,
            learns_temperature=config.learn_temp,
            dropout=config.dropout,
        )
