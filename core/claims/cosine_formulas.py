"""Claims of the cosine note that are arithmetic: ranges, identities, grades, printed numbers."""

import json

import numpy as np
import torch
from jaxtyping import Float

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.identities import TRAJECTORY, expected_mse, note_line
from core.losses.regression import cosine_distance

EQUAL_DIMENSION = 256
TARGET_NORM = 16.0  # the root of the dimension, which z-scored targets have on average

# Its grades, L137-149: name, low, high. "About 1" and "about 0" are marks without ends.
LOSS_GRADES = (("excellent", 0.0, 0.15), ("good", 0.15, 0.30), ("medium", 0.30, 0.50),
               ("bad", 1.5, 2.0))  # fmt: skip
SIMILARITY_GRADES = (("excellent", 0.85, 1.0), ("good", 0.70, 0.85), ("medium", 0.50, 0.70),
                     ("bad", -1.0, 0.0))  # fmt: skip

# The block of L87-95 in our words: a comment and dots stand where JSON allows neither.
HISTORY_BLOCK = '{"train_loss": [...], "val_cosine_similarity": [...],  // new\n "config": {...}}'


def range_of_cosine(inputs: Inputs) -> Recomputed:
    """Take the loss of vectors that are aligned, at a right angle and opposite."""
    del inputs
    angle_rad = torch.linspace(0.0, torch.pi, 181, dtype=torch.float64)
    pred = torch.stack([angle_rad.cos(), angle_rad.sin()], dim=1)
    loss = cosine_distance(pred, torch.tensor([[1.0, 0.0]], dtype=torch.float64).expand_as(pred))
    values = {
        "least_loss": Value(float(loss.min())),
        "most_loss": Value(float(loss.max())),
        "least_similarity": Value(1 - float(loss.max())),
        "most_similarity": Value(1 - float(loss.min())),
    }
    words = "Aligned vectors cost 0, orthogonal ones 1, opposite ones 2; a vector of zeros costs 1."
    return Recomputed(values, words)


def loss_at_08(inputs: Inputs) -> Recomputed:
    """Take the loss of two vectors with a cosine of 0.8."""
    del inputs
    pred = torch.tensor([[0.8, 0.6]], dtype=torch.float64)
    loss = float(cosine_distance(pred, torch.tensor([[1.0, 0.0]], dtype=torch.float64)))
    return Recomputed({"loss_at_08": Value(loss)}, f"Two vectors with a cosine of 0.8: {loss:g}.")


def sample_line(inputs: Inputs) -> Recomputed:
    """Add the two numbers of the sample line, L71."""
    del inputs
    total = 0.2341 + 0.7659
    return Recomputed({"sum": Value(total)}, f"0.2341 + 0.7659 = {total:.4f}.")


def trajectory_identity(inputs: Inputs) -> Recomputed:
    """Compute 2 (1 - cos) for the rows of both tables."""
    del inputs
    cosines = {"005": 0.05, "055": 0.55, "075": 0.75, "085": 0.85, "000": 0.0, "060": 0.6,
               "085_theory": 0.85}  # fmt: skip
    values = {f"mse_at_{key}": Value(float(note_line(cos))) for key, cos in cosines.items()}
    rows = tuple({"cos": cos, "2 (1 - cos)": float(note_line(cos))} for cos in cosines.values())
    words = "The rows satisfy the formula because they were computed by it: no run is behind them."
    return Recomputed(values, words, rows)


def random_means(inputs: Inputs) -> Recomputed:
    """Draw evaluations of a model that predicts at random: how often is their mean below 0?"""
    generator = np.random.default_rng(inputs.seed)
    pairs, evaluations = 121, 4_000  # the smallest validation set of the author's histories
    means = np.array([_cosines(pairs, generator).mean() for _ in range(evaluations)])
    sd = 1 / np.sqrt(pairs * EQUAL_DIMENSION)
    values = {
        "random_below_0_percent": Value(100 * float((means < 0).mean()), "%", n=evaluations),
        "random_below_4sd_percent": Value(
            100 * float((means < -4 * sd).mean()), "%", n=evaluations
        ),
        "sd_of_mean": Value(float(means.std()), n=evaluations),
    }
    words = (
        f"A mean over {pairs} random pairs in {EQUAL_DIMENSION} dimensions has a standard "
        f"deviation of {means.std():.4f}: half of all untrained evaluations lie below 0."
    )
    return Recomputed(values, words, source=f"{evaluations:,} draws")


def _cosines(count: int, generator: np.random.Generator) -> Float[np.ndarray, " count"]:
    """Draw cosines of random pairs: one component of a random unit vector."""
    one = generator.standard_normal(count)
    return one / np.sqrt(one**2 + generator.chisquare(EQUAL_DIMENSION - 1, count))


def grades(inputs: Inputs) -> Recomputed:
    """Grade every loss from 0 to 2 and the similarity that belongs to it."""
    del inputs
    losses = (np.arange(2_000) + 0.5) / 1_000
    by_loss = [_grade(LOSS_GRADES, loss) for loss in losses]
    by_similarity = [_grade(SIMILARITY_GRADES, 1 - loss) for loss in losses]
    alike = [one == other for one, other in zip(by_loss, by_similarity, strict=True)]
    values = {
        "loss_graded": Value(100 * float(np.mean([g != "none" for g in by_loss])), "%"),
        "similarity_graded": Value(100 * float(np.mean([g != "none" for g in by_similarity])), "%"),
        "graded_alike": Value(100 * float(np.mean(alike)), "%"),
    }
    shown = (0.1, 0.2, 0.4, 0.7, 1.2, 1.7)
    rows = tuple({"loss": loss, "grade of the loss": _grade(LOSS_GRADES, loss),
                  "grade of the similarity": _grade(SIMILARITY_GRADES, 1 - loss)}
                 for loss in shown)  # fmt: skip
    words = (
        "A loss between .5 and 1.5 has no grade, a similarity from 0 to .5 neither; a loss of 1.2 "
        "has none while its similarity of -.2 is called abnormal."
    )
    return Recomputed(values, words, rows)


def _grade(table: tuple[tuple[str, float, float], ...], value: float) -> str:
    return next((name for name, low, high in table if low <= value < high), "none")


def two_targets(inputs: Inputs) -> Recomputed:
    """Set the last row of the trajectory beside the hope of the last line, .8 (L314)."""
    del inputs
    last, hoped = TRAJECTORY[-1].cos, 0.8
    values = {
        "targets_apart": Value(last - hoped),
        "is_excellent": Value(float(last > SIMILARITY_GRADES[0][1]), "yes"),
    }
    words = "Two targets, .85 and .8; .85 is the border of the best grade, which begins above it."
    return Recomputed(values, words)


def mse_across_norms(inputs: Inputs) -> Recomputed:
    """Compute the MSE of one direction at several lengths of the prediction."""
    del inputs
    norms, cos = (1.0, 8.0, 16.0, 32.0), 0.85
    mse = [float(expected_mse(cos, norm / TARGET_NORM)) for norm in norms]
    values = {
        "spread_as_they_come": Value(max(mse) / min(mse)),
        "spread_rescaled": Value(float(expected_mse(cos, 1.0)) / float(note_line(cos))),
    }
    rows = tuple({"norm of the prediction": n, "MSE": m} for n, m in zip(norms, mse, strict=True))
    words = f"One direction (cosine {cos}) has an MSE from {min(mse):.2f} to {max(mse):.2f}."
    return Recomputed(values, words, rows)


def history_block(inputs: Inputs) -> Recomputed:
    """Parse the block that shows the file."""
    del inputs
    try:
        json.loads(HISTORY_BLOCK)
        parses, said = 1.0, "it parses"
    except json.JSONDecodeError as error:
        parses, said = 0.0, f"{error.msg.lower()}, column {error.colno}"
    words = f"A comment and dots are no JSON: {said}. As an illustration it is clear enough."
    return Recomputed({"parses": Value(parses, "yes")}, words)
