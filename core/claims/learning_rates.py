"""A small stand-in for a pocket network, to compare learning rates under the cosine loss."""

from typing import Final

import numpy as np
import torch
from rdkit import Chem
from torch import Tensor, nn

from core.chemistry.descriptors import counts
from core.chemistry.splits import split_molecules
from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.diagnosis.gain import student_interval
from core.losses.regression import cosine_distance
from core.problems.molecule.explore import read_sample
from core.problems.molecule.pairs import read_table
from core.problems.molecule.texts import tfidf_svd

RATES: Final = (1e-3, 5e-4)
EPOCHS, BATCH, HIDDEN, DIMENSION = 15, 32, 512, 256
QUICK_MOLECULES, MOST_MOLECULES = 1_000, 10_000


def two_rates(inputs: Inputs) -> Recomputed:
    """Train the stand-in with both rates: fingerprints to text vectors, 15 epochs of batch 32."""
    features, targets, training, source = _data(inputs)
    seeds = range(inputs.seed, inputs.seed + (3 if inputs.quick else 8))
    curves: dict[float, list[list[float]]] = {rate: [] for rate in RATES}
    for done, seed in enumerate(seeds):
        for rate in RATES:
            curves[rate].append(_train(features, targets, training, rate, seed))
        inputs.progress((done + 1) / len(seeds))
    best = {rate: np.array([max(curve) for curve in told]) for rate, told in curves.items()}
    gain = 100 * (best[RATES[1]] / best[RATES[0]] - 1)
    low, high = student_interval(gain)
    value = Value(float(gain.mean()), "%", low, high, len(gain))
    rows = tuple(
        {"learning rate": rate, "seed": seed, "best held-out cosine": float(reached)}
        for rate in RATES
        for seed, reached in zip(seeds, best[rate], strict=True)
    )
    epochs = tuple(range(1, EPOCHS + 1))
    drawn = tuple(
        Curve(f"{rate:g}", epochs, tuple(np.mean(told, axis=0).tolist()))
        for rate, told in curves.items()
    )
    words = (
        f"Best held-out cosine {best[RATES[1]].mean():.3f} at 5e-4 against "
        f"{best[RATES[0]].mean():.3f} at 1e-3, {len(gain)} seeds, {EPOCHS} epochs: a stand-in, no "
        "pockets."
    )
    axes = ("epoch", "held-out cosine")
    return Recomputed({"gain_percent": value}, words, rows, drawn, axes, source)


def _data(inputs: Inputs) -> tuple[Tensor, Tensor, Tensor, str]:
    """Give fingerprints, z-scored text vectors, which rows are trained on, and the source."""
    if inputs.molecules is None:
        explored = read_sample()
        molecules = [Chem.MolFromSmiles(smiles) for smiles in explored.smiles]
        side = split_molecules(molecules, 0).side == 0
        vectors, source = explored.vectors.astype(float), explored.origin
    else:
        pairs = read_table(inputs.molecules)
        most = QUICK_MOLECULES if inputs.quick else MOST_MOLECULES
        molecules = list(pairs.molecules[:most])
        side = split_molecules(molecules, 0).side == 0
        texts = pairs.texts[:most]
        vectors = tfidf_svd(texts, np.flatnonzero(side), DIMENSION, are_names=pairs.are_names)
        source = f"{len(molecules):,} molecules of {inputs.molecules.name}"
    mean, spread = vectors[side].mean(axis=0), vectors[side].std(axis=0)
    scaled = (vectors - mean) / np.where(spread > 0, spread, 1.0)
    told = scaled.any(axis=1)  # a text without a known word has no direction
    features = torch.tensor(np.log1p(counts(molecules))[told], dtype=torch.float32)
    targets = torch.tensor(scaled[told], dtype=torch.float32)
    return features, targets, torch.tensor(side[told]), source


def _train(
    features: Tensor, targets: Tensor, training: Tensor, rate: float, seed: int
) -> list[float]:
    """Train and give the held-out cosine after each epoch."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Linear(features.shape[1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, targets.shape[1])
        )
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate)
    own = torch.nonzero(training).flatten()
    told = []
    for _ in range(EPOCHS):
        for rows in own[torch.randperm(len(own), generator=generator)].split(BATCH):
            optimiser.zero_grad()
            cosine_distance(model(features[rows]), targets[rows]).mean().backward()
            optimiser.step()
        with torch.no_grad():
            held = cosine_distance(model(features[~training]), targets[~training])
        told.append(1 - float(held.mean()))
    return told
