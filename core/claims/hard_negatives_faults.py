"""Small contrastive trainings with a fault from an epoch on, to see what an alarm catches."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from core.chemistry.descriptors import counts
from core.claims.inputs import Inputs
from core.claims.molecule_data import text_set
from core.losses.contrastive import info_nce
from core.retrieval import mean_reciprocal_rank, ranks

# What is multiplied into the learning rate, and whether texts are given to other molecules.
FAULTS: Final = {
    "rate x 30": (30.0, False),
    "rate x 100": (100.0, False),
    "pairs shuffled": (1.0, True),
}
RATE, BATCH, TEMPERATURE, HIDDEN, WIDTH = 1e-3, 32, 0.07, 128, 64
EPOCHS, FAULT_AT, HELD_OUT, MOST = 9, 5, 0.25, 1_000


def faulty_runs(inputs: Inputs) -> dict[str, list[dict[str, float]]]:
    """Train a small network once for each of FAULTS; give loss and MRR epoch by epoch."""
    return _trained(inputs.molecules, inputs.seed)


@cache
def _trained(molecules: Path | None, seed: int) -> dict[str, list[dict[str, float]]]:
    data = text_set(Inputs(molecules=molecules))
    chosen = np.random.default_rng(seed).permutation(len(data.vectors))[:MOST]
    made = counts([data.molecules[int(row)] for row in chosen])
    features = torch.tensor(np.log1p(made), dtype=torch.float32)
    texts = torch.tensor(data.vectors[chosen], dtype=torch.float32)
    return {name: _train(features, texts, seed, *fault) for name, fault in FAULTS.items()}


def _train(
    features: Tensor, texts: Tensor, seed: int, factor: float, shuffled: bool
) -> list[dict[str, float]]:
    generator = torch.Generator().manual_seed(seed)
    held = int(HELD_OUT * len(texts))
    one, other = _towers(features.shape[1], texts.shape[1], seed)
    optimiser = torch.optim.Adam([*one.parameters(), *other.parameters()], lr=RATE)
    told = []
    for epoch in range(EPOCHS):
        partner = torch.arange(len(texts))
        if epoch >= FAULT_AT:
            optimiser.param_groups[0]["lr"] = factor * RATE
            if shuffled:
                partner[held:] = held + torch.randperm(len(texts) - held, generator=generator)
        losses = []
        for rows in (held + torch.randperm(len(texts) - held, generator=generator)).split(BATCH):
            query, key = one(features[rows]), other(texts[partner[rows]])
            loss = info_nce(query, key, temperature=TEMPERATURE).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
        told.append({"epoch": epoch + 1.0, "train_loss": float(np.mean(losses)),
                     "mrr": _mrr(one(features[:held]), other(texts[:held]))})  # fmt: skip
    return told


def _towers(features: int, texts: int, seed: int) -> tuple[nn.Module, nn.Module]:
    """Make the encoders; the random state of others is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        one = nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, WIDTH))
        return one, nn.Linear(texts, WIDTH)


def _mrr(molecules: Tensor, texts: Tensor) -> float:
    similarity = normalize(texts.detach()) @ normalize(molecules.detach()).T
    return mean_reciprocal_rank(ranks(similarity.double().numpy(), np.arange(len(texts))))
