"""Healthy runs of several terms: peptides in ten stages, and side chains in one."""

import numpy as np

from benchmarks.planted.course import Course, Shape, Told, batch_noise, shaped, slow_noise
from core.events import StageChanged

STEPS, STAGES, GRADIENTS = 3000, 10, 150
TARGETS = {"ce": (60.0, 70.0), "spectrum": (10.0, 20.0), "precursor": (10.0, 30.0)}
TYPES = 20


def peptides(seed: int, shape: Shape) -> Course:
    """Make a run like those of peptides: physics from the second stage on, weights that suit."""
    rng = np.random.default_rng([seed, 1])
    total = max(60, int(STEPS * shape.scale))
    step, speed = np.arange(total), rng.uniform(2.5, 6)
    begin = total // STAGES
    raw = {
        "ce": 0.1 + rng.uniform(2.5, 3.0) * np.exp(-speed * step / total),
        "spectrum": rng.uniform(0.1, 0.3) + 0.6 * np.exp(-0.7 * speed * step / total),
        "precursor": 40 + rng.uniform(300, 600) * np.exp(-0.8 * speed * step / total),
    }
    raw = {t: v * batch_noise(rng, total, rng.uniform(0.04, 0.1)) for t, v in raw.items()}
    weights = {"ce": np.ones(total)}
    for term, share in (("spectrum", 0.23), ("precursor", 0.31)):
        # Weights that follow the losses, slowly: shares stay near 65, 15 and 20 percent.
        smooth = np.convolve(np.pad(raw["ce"] / raw[term], (25, 24), "edge"), np.ones(50) / 50)
        weights[term] = np.where(step >= begin, share * smooth[49 : 49 + total], 0.0)
    train = told_of(rng, raw, weights, {"ce": 62.0, "spectrum": 22.0, "precursor": 16.0})
    rate = 3e-3 * (0.02 + 0.98 * (1 + np.cos(np.pi * step / total)) / 2)
    train["train/learning_rate"] = step, rate
    names = [str(i + 1) for i in range(STAGES)]
    stages = [
        StageChanged(i * begin, 0.0, name, (i + 1) * begin if i < STAGES - 1 else total,
                     {t: float(w[min(i * begin + 1, total - 1)]) for t, w in weights.items()},
                     {"clean_share": 1.0})
        for i, name in enumerate(names)
    ]  # fmt: skip
    val = _peptide_scores(rng, total, shape, speed)
    config = {"special_tokens": "renormalise", "min_length": 6, "seed": seed, "batch_size": 64,
              "learning_rate": 3e-3, "solo": "", "output": ""}  # fmt: skip
    made = Course("peptide", total, ("ce", "spectrum", "precursor"), train, val, stages, config,
                  dict(TARGETS), {"steps an epoch": "100"})  # fmt: skip
    return shaped(made, shape)


def _peptide_scores(rng: np.random.Generator, total: int, shape: Shape, speed: float) -> Told:
    at = np.unique(np.linspace(0, total, shape.evaluations + 1).astype(int))
    done, count, told = at / total, len(at), Told()
    right = 0.07 + rng.uniform(0.5, 0.85) * (1 - np.exp(-speed * done))
    for split, drop in (("val_easy", 0.0), ("val_hard", 0.12)):
        token = np.clip(right - drop * done + slow_noise(rng, count, 0.008), 0.02, 0.99)
        told[f"{split}/residue_accuracy"] = at, token
        told[f"{split}/peptide_accuracy"] = at, token**7
        told[f"{split}/constant_residue_accuracy"] = at, np.full(count, 0.12)
        told[f"{split}/residues"] = at, np.full(count, 1400.0)
        told[f"{split}/peptides"] = at, np.full(count, 200.0)
        ppm = 60_000 * np.exp(-rng.uniform(6, 8) * done + slow_noise(rng, count, 0.15))
        told[f"{split}/ppm_error"] = at, np.maximum(ppm, 20)
        told[f"{split}/argmax_ppm_error"] = at, 0.5 * np.maximum(ppm, 20)
        special = 0.15 * np.exp(-14 * done) + 0.002
        told[f"{split}/special_probability"] = at, special
        told[f"{split}/signed_mass_error"] = at, -special
    return told


def side_chains(seed: int, shape: Shape) -> Course:
    """Make a run like those of the decoder: atoms and types, each beside its constants."""
    rng = np.random.default_rng([seed, 2])
    total = max(60, int(STEPS * shape.scale))
    step, speed = np.arange(total), rng.uniform(4, 9)
    raw = {
        "atom": 0.3 + rng.uniform(6, 9) * np.exp(-speed * step / total),
        "type": 0.05 + 2.9 * np.exp(-speed * step / total),
    }
    raw = {t: v * batch_noise(rng, total, rng.uniform(0.05, 0.12)) for t, v in raw.items()}
    weights = {term: np.ones(total) for term in raw}
    train = told_of(rng, raw, weights, {"atom": 60.0, "type": 40.0})
    train["train/learning_rate"] = step, np.full(total, 1e-3)
    val = _side_chain_scores(rng, total, shape, speed)
    stages = [StageChanged(0, 0.0, "1", total, {"atom": 1.0, "type": 1.0})]
    config = {"output": "linear", "type_loss_weight": 1.0, "atom_loss_weight": 1.0, "seed": seed,
              "learning_rate": 1e-3, "solo": ""}  # fmt: skip
    made = Course("sidechain", total, ("atom", "type"), train, val, stages, config)
    return shaped(made, shape)


def _side_chain_scores(rng: np.random.Generator, total: int, shape: Shape, speed: float) -> Told:
    at = np.unique(np.linspace(0, total, shape.evaluations + 1).astype(int))
    done, count = at / total, len(at)
    fall = np.exp(-speed * done)
    side = (rng.uniform(0.3, 0.6) + 2.8 * fall) * np.exp(slow_noise(rng, count, 0.01))
    right = np.clip(0.99 - 0.9 * fall + slow_noise(rng, count, 0.004), 0.03, 1)
    told = {
        "sidechain_rmsd": side, "rmsd": 0.75 * side,
        "slot_mean_rmsd": np.full(count, 1.5), "slot_mean_sidechain_rmsd": np.full(count, 2.0),
        "type_mean_sidechain_rmsd": np.full(count, 1.9),
        "worse_slots": np.where(side > 2.2, 14.0, 0.0), "sequence_accuracy": right,
        "constant_sequence_accuracy": np.full(count, 0.09),
        "perplexity": np.exp(0.05 + 2.9 * fall), "at_bound": np.zeros(count),
        "clamp_distance": 0.5 + slow_noise(rng, count, 0.02),
        "constant_distance": 0.4 + 0.3 * (1 - fall), "fitted_bound": np.full(count, 2.5),
    }  # fmt: skip
    return {f"val/{name}": (at, value) for name, value in told.items()}


def told_of(
    rng: np.random.Generator, raw: dict[str, np.ndarray], weights: dict[str, np.ndarray],
    pulls: dict[str, float],
) -> Told:  # fmt: skip
    """Tell values, weights, shares and gradients of the terms, as the training loop does."""
    total = len(next(iter(raw.values())))
    step, told = np.arange(total), Told()
    measured = step[:: max(1, total // GRADIENTS)]
    parts = {term: weights[term] * value for term, value in raw.items()}
    whole = np.sum(list(parts.values()), axis=0)
    active = {term: weights[term] > 0 for term in raw}
    noisy = {t: p * batch_noise(rng, len(measured), 0.15) * active[t][measured]
             for t, p in pulls.items()}  # fmt: skip
    norm = np.sum(list(noisy.values()), axis=0)
    for term, value in raw.items():
        seen = active[term] | np.isin(step, measured)
        told[f"train/{term}/raw"] = step[seen], value[seen]
        told[f"train/{term}/weight"] = step, weights[term]
        told[f"train/{term}/weighted"] = step[active[term]], parts[term][active[term]]
        told[f"train/{term}/share"] = step[active[term]], (100 * parts[term] / whole)[active[term]]
        told[f"train/{term}/gradient_share"] = measured, 100 * noisy[term] / norm
        told[f"train/{term}/dead_share"] = measured, 0.05 * rng.random(len(measured))
    names = list(raw)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            cosine = np.clip(0.2 + 0.15 * rng.standard_normal(len(measured)), -1, 1)
            told[f"train/{one}+{other}/conflict"] = measured, cosine
    told["train/total_loss"] = step, whole
    told["train/gradient_norm"] = step, batch_noise(rng, total, 0.3)
    return told
