"""What a prediction is worth: cosine, squared error, norm, and whether its ligand is found."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.retrieval import chance_mrr, mean_reciprocal_rank, ranks, recall_at

AT = (1, 10)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Examples that are scored.

    Args:
        target: Of each example.
        keys: The different targets of the set, among which the right one is looked for.
        right: Which of them is the right one, by example.
        constant: Mean direction of the training targets, the best answer without a pocket.
    """

    target: Float[np.ndarray, "examples dim"]
    keys: Float[np.ndarray, "keys dim"]
    right: Int[np.ndarray, " examples"]
    constant: Float[np.ndarray, " dim"]


def held_out(
    target: Float[np.ndarray, "examples dim"],
    ligand: Int[np.ndarray, " examples"],
    training: Float[np.ndarray, "training dim"],
) -> HeldOut:
    """Collect a set; examples of one ligand share a key.

    Args:
        target: Of each example.
        ligand: Number of each example's ligand.
        training: Targets of the training examples.
    """
    _, first, right = np.unique(ligand, return_index=True, return_inverse=True)
    directions = training / np.linalg.norm(training, axis=1, keepdims=True)
    return HeldOut(target, target[first], right, directions.mean(axis=0))


def score_by_example(
    pred: Float[np.ndarray, "examples dim"], of: HeldOut
) -> dict[str, Float[np.ndarray, " examples"]]:
    """Score each example: cosine, mean squared error, norms, rank of its ligand."""
    similarity = _cosines(pred, of.keys)
    # Not the similarity to the key: pockets of one ligand may have a target each.
    cosine = (_unit(pred) * _unit(of.target)).sum(axis=1)
    return {
        "cosine": cosine,
        "mse": ((pred - of.target) ** 2).mean(axis=1),
        "pred_norm": np.linalg.norm(pred, axis=1),
        "target_norm": np.linalg.norm(of.target, axis=1),
        "rank": ranks(similarity, of.right),
    }


def summarise(
    by_example: dict[str, Float[np.ndarray, " examples"]], of: HeldOut
) -> dict[str, float]:
    """Average the scores; beside them what a constant answer and guessing reach."""
    rank, cosine = by_example["rank"], by_example["cosine"]
    constant = _cosines(of.constant[None], of.target)[0]
    return {
        "cosine_loss": float(1 - cosine.mean()),
        "avg_cosine_similarity": float(cosine.mean()),
        "constant_cosine_similarity": float(constant.mean()),
        "mse_loss": float(by_example["mse"].mean()),
        "zero_mse_loss": float((of.target**2).mean()),
        "norm_ratio": float((by_example["pred_norm"] / by_example["target_norm"]).mean()),
        "mrr": mean_reciprocal_rank(rank),
        "chance_mrr": chance_mrr(len(of.keys)),
        **{f"recall_at_{k}": recall_at(rank, k) for k in AT},
    }


def _cosines(
    pred: Float[np.ndarray, "queries dim"], keys: Float[np.ndarray, "keys dim"]
) -> Float[np.ndarray, "queries keys"]:
    """Cosine of each pair; that of a zero prediction counts as 0, as in the loss."""
    return _unit(pred) @ _unit(keys).T


def _unit(vectors: Float[np.ndarray, "rows dim"]) -> Float[np.ndarray, "rows dim"]:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)
