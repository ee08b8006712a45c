"""The molecule problem as the training loop wants it: batches, the one term, scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.history import EPOCH_STEPS
from core.losses.contrastive import info_nce
from core.problems.molecule.batches import Batch, Epochs, alike_share, hardness, random_similarity
from core.problems.molecule.begin import load_model
from core.problems.molecule.config import MoleculeConfig, batch_options
from core.problems.molecule.data import PairData, describe_split, load_pairs, training_pool
from core.problems.molecule.graphs import augment, batch_graphs, to_device
from core.problems.molecule.model import MoleculeTextModel
from core.problems.molecule.scores import HeldOut, held_out, score, summarise, summarise_spread
from core.problems.molecule.texts import unit_rows
from core.samplers.layout import batch_sizes
from core.samplers.options import is_hard_epoch
from core.training.curriculum import Stage
from core.training.task import Evaluation, Terms

TERM: Final = "info_nce"
RECORDED: Final = "test"
BY_PAIR: Final = "test_by_pair"
PROBE: Final = "val_probe"
PROBES: Final = 8  # fixed random batches of training pairs
EVALUATED_TOGETHER: Final = 128
LEAST_FINAL_RATE: Final = 0.01


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
        values: dict[str, float] = {}
        arrays: dict[str, Mapping[str, np.ndarray]] = {}
        for split, of in self.sets.items():
            both = self._embed(of.pairs)
            by_pair = score(*both, of)
            values |= summarise(split, by_pair, of) | summarise_spread(split, *both)
            if split == RECORDED:
                names = np.array([self.data.names[index] for index in of.pairs])
                ready = {name: values.astype(np.float32) for name, values in by_pair.items()}
                arrays[BY_PAIR] = ready | {"name": names}
        for split, pairs in {PROBE: self.training, "val": self.sets["val"].pairs}.items():
            values[f"{split}/{TERM}/raw"] = self._random_loss(pairs)
        return Evaluation(values, arrays)

    def _random_loss(self, pairs: Int[np.ndarray, " pairs"]) -> float:
        """Average the loss over random batches, the same ones at every evaluation."""
        size = min(self.config.batch_size, len(pairs))
        order = np.random.default_rng([self.config.split_seed, 3]).permutation(pairs)
        parts = [order[at : at + size] for at in range(0, len(order) - size + 1, size)][:PROBES]
        stage = Stage("probe", 0, 1, {TERM: 1.0})
        with torch.no_grad():
            told = [self.losses(self._take(part, {}), stage, (TERM,)) for part in parts]
        return float(torch.stack([terms.values[TERM].mean() for terms in told]).mean())

    def _embed(
        self, pairs: Int[np.ndarray, " pairs"]
    ) -> tuple[Float[np.ndarray, "pairs dim"], Float[np.ndarray, "pairs dim"]]:
        """Give texts and molecules as rows of length 1."""
        parts = np.split(pairs, range(EVALUATED_TOGETHER, len(pairs), EVALUATED_TOGETHER))
        with torch.no_grad():
            molecules = [
                self.model.embed_molecules(
                    to_device(batch_graphs(self.data.graphs, part), self.device)
                )
                for part in parts
            ]
            texts = self.model.embed_texts(self._text(pairs).to(self.device))
        both = (texts.cpu().numpy(), torch.cat(molecules).cpu().numpy())
        return unit_rows(both[0]), unit_rows(both[1])

    def _text(self, pairs: Int[np.ndarray, " pairs"]) -> Tensor:
        return torch.from_numpy(self.data.vectors[pairs].astype(np.float32))

    def _take(self, pairs: Int[np.ndarray, " pairs"], about: Mapping[str, float]) -> Batch:
        label = self.data.label[pairs]
        text = self._text(pairs)
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
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = MoleculeTextModel(
            text_dim=data.vectors.shape[1],
            width=config.width,
            layers=config.layers,
            heads=config.heads,
            dim=config.dim,
            temperature=config.temp,
            learns_temperature=config.learn_temp,
            dropout=config.dropout,
        )
    if config.resume_from:
        load_model(model, config.resume_from)
    sets = {
        name: held_out(pairs, data.label[pairs], data.vectors[pairs])
        for name, pairs in ((name, data.split.of(name)) for name in ("val", RECORDED))
    }
    epochs = Epochs(training_pool(config, data), config)
    return MoleculeTask(config, device, model.to(device), data, epochs, sets)


def with_epochs(config: Any, task: Any) -> MoleculeConfig:
    """Fill in the steps of the epochs, which only the data can say, and the final rate."""
    falls = config.scheduler == "cosine" and config.final_rate == 1.0
    return replace(
        config,
        epoch_steps=task.epoch_steps,
        steps=config.steps or (config.epochs - config.start_epoch) * task.epoch_steps,
        eval_every=config.eval_every or task.epoch_steps,
        final_rate=LEAST_FINAL_RATE if falls else config.final_rate,
    )


def hard_from(config: MoleculeConfig) -> int | None:
    """Give the step of a run from which its batches are hard; None where they never are."""
    if not is_hard_epoch(batch_options(config), max(config.curriculum_epoch, config.epochs)):
        return None
    return max(config.curriculum_epoch - config.start_epoch, 0) * config.epoch_steps
