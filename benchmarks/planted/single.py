"""Healthy runs of one term: pockets by cosine or MSE, and molecules with hard negatives."""

from math import log

import numpy as np

from benchmarks.planted.course import Course, Shape, Told, batch_noise, shaped, slow_noise
from core.events import StageChanged
from core.retrieval import chance_mrr

EPOCHS, LENGTH, QUERIES, BATCH = 24, 60, 1000, 32
SWITCH = 6
SAMPLER = {
    "hard_negatives": True, "hard_ratio": 0.5, "hardness_k": 100, "curriculum_epoch": SWITCH,
    "batch_size": BATCH, "epochs": EPOCHS, "start_epoch": 0, "method": "planned",
    "max_similarity": 1.0, "minimum_rank": 0, "shuffle_neighbours": False, "learning_rate": 3e-4,
}  # fmt: skip


def pockets(seed: int, shape: Shape) -> Course:
    """Make a run like those of pockets: a cosine that rises, an MSE that follows its norm."""
    rng = np.random.default_rng([seed, 3])
    total = max(60, int(EPOCHS * LENGTH * shape.scale))
    step, speed, top = np.arange(total), rng.uniform(2, 5), rng.uniform(0.25, 0.65)
    loss = 1 - (top + 0.1) * (1 - np.exp(-speed * step / total))
    loss = loss * batch_noise(rng, total, rng.uniform(0.02, 0.05))
    train: Told = {
        "train/cosine/raw": (step, loss), "train/total_loss": (step, loss),
        "train/cosine/weight": (step, np.ones(total)),
        "train/learning_rate": (step, np.full(total, 1e-3)),
        "train/gradient_norm": (step, batch_noise(rng, total, 0.3)),
    }  # fmt: skip
    at = np.unique(np.linspace(0, total, shape.evaluations + 1).astype(int))
    done, count = at / total, len(at)
    # Held-out similarity comes to its top and then loses a little, as real ones do.
    cos = top * (1 - np.exp(-speed * done)) * (1 - 0.05 * np.maximum(done - 0.6, 0))
    cos = cos + slow_noise(rng, count, 0.008)
    ratio = np.clip(0.15 + 0.6 * (1 - np.exp(-speed * done)) + slow_noise(rng, count, 0.01), 0.1, 3)
    values = {
        "avg_cosine_similarity": cos, "cosine_loss": 1 - cos,
        "constant_cosine_similarity": np.full(count, 0.05), "norm_ratio": ratio,
        "mse_loss": 1 + ratio**2 - 2 * ratio * cos, "zero_mse_loss": np.ones(count),
    }  # fmt: skip
    val = {f"val/{name}": (at, value) for name, value in values.items()}
    config = {"output_dim": 256, "loss_fn": "cosine", "seed": seed, "batch_size": 32,
              "learning_rate": 1e-3, "solo": ""}  # fmt: skip
    stages = [StageChanged(0, 0.0, "1", total, {"cosine": 1.0})]
    facts = {"steps an epoch": str(max(1, total // EPOCHS))}
    return shaped(
        Course("pocket", total, ("cosine",), train, val, stages, config, {}, facts), shape
    )


def molecules(seed: int, shape: Shape) -> Course:
    """Make a contrastive run whose batches become hard in its seventh epoch; it dips there."""
    rng = np.random.default_rng([seed, 4])
    length = max(3, int(LENGTH * shape.scale))
    total = EPOCHS * length
    step = np.arange(total)
    epoch, speed = step / length, rng.uniform(0.6, 1.2)
    is_hard = epoch >= SWITCH
    loss = 0.06 + 3.4 * np.exp(-speed * epoch)
    loss = loss * np.where(is_hard, rng.uniform(1.6, 2.8), 1.0) * batch_noise(rng, total, 0.15)
    train: Told = {
        "train/info_nce/raw": (step, loss), "train/total_loss": (step, loss),
        "train/info_nce/weight": (step, np.ones(total)),
        "train/chance_loss": (step, np.full(total, log(BATCH))),
        "train/alike_pairs": (step, np.where(rng.random(total) < 0.05, 2 / 992, 0.0)),
        "train/hard_filled": (step[is_hard], np.ones(int(is_hard.sum()))),
        "train/hard_similarity": (step[is_hard], 0.39 + 0.03 * rng.standard_normal(is_hard.sum())),
        "train/learning_rate": (step, np.full(total, 3e-4)),
        "train/gradient_norm": (step, batch_noise(rng, total, 0.3)),
        "train/info_nce/dead_share": (step[::10], np.zeros(len(step[::10]))),
    }  # fmt: skip
    border = SWITCH * length
    stages = [StageChanged(0, 0.0, "random", border, {"info_nce": 1.0}),
              StageChanged(border, 0.0, "hard", total, {"info_nce": 1.0})]  # fmt: skip
    facts = {"steps an epoch": str(length), "training pairs": "3000",
             "similarity of random pairs": "0.1 ± 0.06"}  # fmt: skip
    val = _contrastive_scores(rng, length, shape, speed)
    made = Course("molecule", total, ("info_nce",), train, val, stages,
                  SAMPLER | {"seed": seed}, {}, facts)  # fmt: skip
    return shaped(made, shape)


def _contrastive_scores(rng: np.random.Generator, length: int, shape: Shape, speed: float) -> Told:
    at = np.arange(0, EPOCHS + 1, max(1, EPOCHS // min(shape.evaluations, EPOCHS))) * length
    done = at / length
    mrr = chance_mrr(QUERIES) + rng.uniform(0.3, 0.5) * (1 - np.exp(-speed * done / 2))
    mrr = mrr * (1 - 0.003 * np.maximum(done - 10, 0))
    mrr = mrr * np.where((done > SWITCH) & (done <= SWITCH + 1), 0.955, 1.0)
    mrr = mrr * (1 + np.clip(slow_noise(rng, len(at), 0.015, 0.2), -0.024, 0.024))
    probe = (0.03 + 3.4 * np.exp(-speed * done)) * np.exp(slow_noise(rng, len(at), 0.04))
    values = {"val/mrr": mrr, "val/chance_mrr": np.full(len(at), chance_mrr(QUERIES)),
              "val_probe/info_nce/raw": probe, "val/info_nce/raw": 3 * probe}  # fmt: skip
    return {metric: (at, value) for metric, value in values.items()}
