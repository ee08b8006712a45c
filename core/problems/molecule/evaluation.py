"""What an evaluation is made of: held-out sets and their scores, fixed random batches."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int

from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.data import PairData
from core.problems.molecule.graphs import batch_graphs, to_device
from core.problems.molecule.model import MoleculeTextModel
from core.problems.molecule.scores import HeldOut, held_out, score, summarise, summarise_spread
from core.problems.molecule.texts import unit_rows
from core.training.task import Evaluation

RECORDED: Final = "test"
BY_PAIR: Final = "test_by_pair"
PROBE: Final = "val_probe"
PROBES: Final = 8  # fixed random batches of training pairs
EVALUATED_TOGETHER: Final = 128


def held_out_sets(data: PairData) -> dict[str, HeldOut]:
    """Collect what is scored, by split."""
    chosen = {name: data.split.of(name) for name in ("val", RECORDED)}
    return {
        name: held_out(pairs, data.label[pairs], data.vectors[pairs])
        for name, pairs in chosen.items()
    }


def score_sets(
    model: MoleculeTextModel, data: PairData, sets: Mapping[str, HeldOut], device: torch.device
) -> Evaluation:
    """Rank the molecules of each set for its texts; record every pair of one of them."""
    values: dict[str, float] = {}
    arrays: dict[str, Mapping[str, np.ndarray]] = {}
    for split, of in sets.items():
        both = embed(model, data, of.pairs, device)
        by_pair = score(*both, of)
        values |= summarise(split, by_pair, of) | summarise_spread(split, *both)
        if split == RECORDED:
            names = np.array([data.names[index] for index in of.pairs])
            ready = {name: values.astype(np.float32) for name, values in by_pair.items()}
            arrays[BY_PAIR] = ready | {"name": names}
    return Evaluation(values, arrays)


def embed(
    model: MoleculeTextModel, data: PairData, pairs: Int[np.ndarray, " pairs"], device: torch.device
) -> tuple[Float[np.ndarray, "pairs dim"], Float[np.ndarray, "pairs dim"]]:
    """Give texts and molecules as rows of length 1."""
    parts = np.split(pairs, range(EVALUATED_TOGETHER, len(pairs), EVALUATED_TOGETHER))
    text = torch.from_numpy(data.vectors[pairs].astype(np.float32))
    with torch.no_grad():
        molecules = [
            model.embed_molecules(to_device(batch_graphs(data.graphs, part), device))
            for part in parts
        ]
        texts = model.embed_texts(text.to(device))
    return unit_rows(texts.cpu().numpy()), unit_rows(torch.cat(molecules).cpu().numpy())


def fixed_batches(
    pairs: Int[np.ndarray, " pairs"], config: MoleculeConfig
) -> list[Int[np.ndarray, " batch"]]:
    """Draw random batches whose loss is measured, the same ones at every evaluation."""
    size = min(config.batch_size, len(pairs))
    order = np.random.default_rng([config.split_seed, 3]).permutation(pairs)
    return [order[at : at + size] for at in range(0, len(order) - size + 1, size)][:PROBES]
