"""Pocket to ligand embedding as an experiment: what is launched, and how it is spoken of."""

from pathlib import Path
from typing import Final

from core.metrics import MetricGroup, MetricLine, term_label
from core.problems.experiment import Experiment, Scored
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.files import check_files
from core.problems.pocket.history_file import write_files
from core.problems.pocket.rules import POCKET_RULES
from core.problems.pocket.task import TERMS, build_task, with_epochs
from core.problems.term_weights import sent_schedule
from core.training.curriculum import Schedule, Stage

NOMINAL_STEPS: Final = 1_000  # until the data say how long an epoch is
CHARTS: Final = (
    MetricGroup(
        "How alike prediction and target are",
        (
            MetricLine("val/avg_cosine_similarity", "validation"),
            MetricLine("val/mrr", "MRR", "second"),
            MetricLine("val_seen/avg_cosine_similarity", "trained on", "other"),
            MetricLine("val/constant_cosine_similarity", "best constant", "reference"),
        ),
    ),
    MetricGroup(
        "How far off it is",
        (
            MetricLine("val/mse_loss", "squared error", "mse"),
            MetricLine("val/norm_ratio", "norm ratio", "second"),
            MetricLine("val/zero_mse_loss", "zero answer", "reference"),
        ),
        is_log=True,
    ),
)


def pocket_schedule(config: PocketConfig) -> Schedule:
    """Give the one stage of a run, or the stages that were sent to it.

    Args:
        config: Its loss, or its one term alone, has all the weight.

    Raises:
        InputError: A schedule that was sent has other terms.

    Example:
        >>> pocket_schedule(PocketConfig(loss_fn="mix", cosine_weight=0.7)).stages[0].weights
        {'cosine': 0.7, 'mse': 0.3, 'info_nce': 0.0}
    """
    steps = config.steps or NOMINAL_STEPS
    if sent := sent_schedule(config, TERMS, steps=steps):
        return sent
    if config.solo or config.loss_fn != "mix":
        weights = {term: float(term == (config.solo or config.loss_fn)) for term in TERMS}
    else:
        rest = round(1 - config.cosine_weight, 12)
        weights = {"cosine": config.cosine_weight, "mse": rest, "info_nce": 0.0}
    return Schedule(TERMS, (Stage("1", 0, steps, weights),))


def run_name(config: PocketConfig) -> str:
    """Name a run by its loss and its data."""
    loss = config.solo or config.loss_fn
    real = Path(config.structures or config.embeddings_path).name
    return f"{term_label(loss)}, {real or f'{config.ligands:,} pockets'}"


def score_lines(scored: Scored) -> tuple[str, ...]:
    """Say an evaluation as the note's trainer does."""
    values, config = scored.values, scored.config
    lines = [
        f"Val Cosine Loss: {values['val/cosine_loss']:.4f}, "
        f"Val Cosine Sim: {values['val/avg_cosine_similarity']:.4f}, "
        f"Val MSE: {values['val/mse_loss']:.4f}"
    ]
    if scored.train_loss is not None:
        lines.insert(0, f"Train Loss: {scored.train_loss:.4f}")
    if scored.learning_rate is not None:
        lines.append(f"Learning Rate: {scored.learning_rate:.2e}")
    every, total = config["eval_every"], config["steps"]
    word = "Epoch" if total == every * config["num_epochs"] else "Evaluation"
    return (f"{word} {scored.step / every:g}/{total / every:g}", *lines)


POCKET: Final = Experiment(
    name="pocket",
    title="Ligand embeddings from pockets",
    config=PocketConfig,
    build=build_task,
    schedule=pocket_schedule,
    rules=POCKET_RULES,
    primary="val/avg_cosine_similarity",
    watched="val/cosine_loss",
    resolve=with_epochs,
    summary="A network that sees distances only learns to read a ligand's embedding off a pocket.",
    charts=CHARTS,
    run_name=run_name,
    check=check_files,
    first_options=("num_epochs", "seed", "loss_fn"),
    score_lines=score_lines,
    export=write_files,
)
