"""The pocket problem as the training loop wants it: batches, terms, scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from core.history import EPOCH_STEPS
from core.losses.contrastive import info_nce
from core.losses.regression import cosine_distance, squared_error_mean
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.data import PocketData, load_pockets
from core.problems.pocket.graphs import GraphBatch, batch_graphs
from core.problems.pocket.model import FEATURES, PocketModel
from core.problems.pocket.scores import HeldOut, held_out, score_by_example, summarise
from core.training.curriculum import Stage
from core.training.task import Evaluation, Terms

TERMS: Final = ("cosine", "mse", "info_nce")
SEEN: Final = "val_seen"
RECORDED: Final = "test"
BY_EXAMPLE: Final = "test_by_example"
MOST_SEEN: Final = 300  # training pockets that are scored like held-out ones
EVALUATED_TOGETHER: Final = 128


@dataclass(frozen=True, eq=False)
class Batch:
    """Some pockets with the targets of their ligands; `ligand` says which targets are the same."""

    graphs: GraphBatch
    target: Tensor
    ligand: Tensor


@dataclass(frozen=True, eq=False)
class PocketTask:
    """A model of pockets with its batches; see `core.training.task.Task`.

    Args:
        config: Options of the run.
        device: Where everything is computed.
        model: What is trained.
        data: Pockets, targets, split.
        sets: What is scored, by split: examples, and their targets as candidates.
    """

    config: PocketConfig
    device: torch.device
    model: PocketModel
    data: PocketData
    sets: Mapping[str, tuple[Int[np.ndarray, " examples"], HeldOut]]

    @property
    def terms(self) -> tuple[str, ...]:
        """Cosine distance, squared error, InfoNCE."""
        return TERMS

    @property
    def shared(self) -> Sequence[nn.Parameter]:
        """All parameters: every term reads the one embedding."""
        return list(self.model.parameters())

    @property
    def floors(self) -> Mapping[str, float]:
        """None: no term of this problem is ever solved in a short run."""
        return {}

    @property
    def facts(self) -> Mapping[str, str]:
        """Where pockets and targets come from, how they were split, and how long an epoch is."""
        return {**self.data.facts, EPOCH_STEPS: str(self.epoch_steps)}

    @property
    def epoch_steps(self) -> int:
        """Updates of an epoch; no batch holds fewer than two pockets."""
        count = len(self.data.split.of("train"))
        return max(1, min(-(-count // self.config.batch_size), count // 2))

    def batch(self, step: int, stage: Stage) -> Batch:
        """Draw the batch of a step: a slice of its epoch's order, all of nearly one size."""
        epoch, place = divmod(step, self.epoch_steps)
        training = self.data.split.of("train")
        order = np.random.default_rng([self.config.seed, epoch]).permutation(training)
        return self._take(np.array_split(order, self.epoch_steps)[place])

    def losses(self, batch: Batch, stage: Stage, wanted: Collection[str]) -> Terms:
        """Evaluate the wanted terms of a batch."""
        output = self.model(batch.graphs)
        values: dict[str, Tensor] = {}
        if "cosine" in wanted:
            values["cosine"] = cosine_distance(output, batch.target)
        if "mse" in wanted:
            values["mse"] = squared_error_mean(output, batch.target)
        if "info_nce" in wanted:
            same = batch.ligand[:, None] == batch.ligand
            values["info_nce"] = info_nce(
                output,
                batch.target,
                temperature=self.config.temperature,
                symmetric=True,
                same=same,
            )
        return Terms(values, output)

    def evaluate(self, stage: Stage) -> Evaluation:
        """Score held-out pockets and some that were trained on; record every example."""
        values: dict[str, float] = {}
        arrays: dict[str, Mapping[str, np.ndarray]] = {}
        for split, (chosen, targets) in self.sets.items():
            by_example = score_by_example(self._predict(chosen), targets)
            values |= {f"{split}/{n}": v for n, v in summarise(by_example, targets).items()}
            if split == RECORDED:
                arrays[BY_EXAMPLE] = self._recorded(chosen, by_example)
        weights = self.model.feature_weights.tolist()
        values |= {f"model/{n}_weight": w for n, w in zip(FEATURES, weights, strict=True)}
        return Evaluation(values, arrays)

    def _recorded(
        self, chosen: Int[np.ndarray, " examples"], by_example: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        scores = {name: values.astype(np.float32) for name, values in by_example.items()}
        names = np.array([self.data.names[index] for index in chosen])
        return scores | {"ligand": self.data.ligand[chosen], "name": names}

    def _predict(self, chosen: Int[np.ndarray, " examples"]) -> np.ndarray:
        parts = np.split(chosen, range(EVALUATED_TOGETHER, len(chosen), EVALUATED_TOGETHER))
        with torch.no_grad():
            answers = [self.model(self._take(part).graphs) for part in parts]
        return torch.cat(answers).double().cpu().numpy()

    def _take(self, chosen: Int[np.ndarray, " examples"]) -> Batch:
        return Batch(
            batch_graphs(self.data.graphs, chosen, self.device),
            torch.from_numpy(self.data.target[chosen]).to(self.device),
            torch.from_numpy(self.data.ligand[chosen]).to(self.device),
        )


def build_task(config: Any, device: torch.device) -> PocketTask:
    """Make the task of a configuration, with parameters drawn from its seed.

    The random state of others is left as it was.

    Raises:
        CoreError: The data cannot be read, or are too few to be split.
    """
    data = load_pockets(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = PocketModel(
            dimension=data.target.shape[1], width=config.width, layers=config.layers
        )
    training = data.split.of("train")
    seen = np.sort(np.random.default_rng(config.split_seed).permutation(training)[:MOST_SEEN])
    chosen = {"val": data.split.of("val"), "test": data.split.of("test"), SEEN: seen}
    sets = {
        name: (some, held_out(_targets(data, some), data.ligand[some], _targets(data, training)))
        for name, some in chosen.items()
    }
    return PocketTask(config, device, model.to(device), data, sets)


def with_epochs(config: Any, task: Any) -> PocketConfig:
    """Fill in the steps of the epochs, which only the data can say."""
    return replace(
        config,
        steps=config.steps or config.num_epochs * task.epoch_steps,
        eval_every=config.eval_every or task.epoch_steps,
    )


def _targets(data: PocketData, chosen: Int[np.ndarray, " examples"]) -> np.ndarray:
    return data.target[chosen].astype(float)
