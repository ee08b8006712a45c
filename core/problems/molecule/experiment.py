"""Molecule-text contrastive learning as an experiment: what is launched, how it is spoken of."""

from pathlib import Path
from typing import Final

from core.metrics import MetricGroup, MetricLine
from core.problems.experiment import Experiment, Scored
from core.problems.going_on import check_source
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.epoch_steps import hard_from, with_epochs
from core.problems.molecule.evaluation import PROBE
from core.problems.molecule.log_file import write_log
from core.problems.molecule.presets import PRESETS
from core.problems.molecule.rules import MOLECULE_RULES
from core.problems.molecule.table import batches_in_words
from core.problems.molecule.task import TERM, build_task
from core.problems.term_weights import sent_schedule
from core.runs.files import require_writable
from core.training.curriculum import Schedule, Stage

NOMINAL_STEPS: Final = 1_000  # until the data say how long an epoch is
CHARTS: Final = (
    MetricGroup(
        "Whether the right molecule is found",
        (
            MetricLine("val/mrr", "all"),
            MetricLine("val_near/mrr", "100 near", "second"),
            MetricLine("val/chance_mrr", "chance", "reference"),
        ),
    ),
    MetricGroup(
        "Loss on fixed random batches",
        (
            MetricLine(f"{PROBE}/{TERM}/raw", "probe, trained on"),
            MetricLine(f"val/{TERM}/raw", "validation", "second"),
            MetricLine("train/chance_loss", "chance, ln batch", "reference"),
        ),
        is_log=True,
    ),
    MetricGroup(
        "Hard slots filled, and recall",
        (
            MetricLine("train/hard_filled", "hard slots"),
            MetricLine("val/recall_at_1", "R@1", "second"),
            MetricLine("val/recall_at_5", "R@5", "other"),
        ),
    ),
)


def molecule_schedule(config: MoleculeConfig) -> Schedule:
    """Give the stages of a run: random batches, and hard ones from its curriculum epoch on.

    Raises:
        InputError: A schedule that was sent has other terms.

    Example:
        >>> told = MoleculeConfig(hard_negatives=True, curriculum_epoch=5, epoch_steps=10)
        >>> [(stage.name, stage.start_step) for stage in molecule_schedule(told).stages]
        [('random', 0), ('hard', 50)]
    """
    if sent := sent_schedule(config, (TERM,), steps=config.steps or NOMINAL_STEPS):
        return sent
    epochs = config.epochs - config.start_epoch
    steps = config.steps or (epochs * config.epoch_steps or NOMINAL_STEPS)
    border, weights = hard_from(config), {TERM: 1.0}
    if border is None or border >= steps:
        return Schedule((TERM,), (Stage("random", 0, steps, weights),))
    if border <= 0:
        return Schedule((TERM,), (Stage("hard", 0, steps, weights),))
    random = Stage("random", 0, border, weights)
    return Schedule((TERM,), (random, Stage("hard", border, steps, weights)))


def check_files(config: MoleculeConfig) -> None:
    """Look at what a run goes on with and writes to, before anything is made of it.

    Raises:
        InputError: The run or file to go on with is not there.
        UnavailableError: The output folder cannot be written.
    """
    if config.resume_from:
        check_source(config.resume_from)
    if config.output_dir:
        require_writable(Path(config.output_dir))


def run_name(config: MoleculeConfig) -> str:
    """Name a run by how hard it is."""
    return batches_in_words(vars(config))


def score_lines(scored: Scored) -> tuple[str, ...]:
    """Say an evaluation as the note's trainer does."""
    values, config = scored.values, scored.config
    length = config["epoch_steps"] or 1
    epoch = config["start_epoch"] + scored.step / length
    loss = "" if scored.train_loss is None else f" | Train Loss: {scored.train_loss:.3f}"
    switch = hard_from(MoleculeConfig(**{
        name: config[name] for name in
        ("hard_negatives", "hard_ratio", "batch_size", "curriculum_epoch", "epochs", "start_epoch",
         "epoch_steps")
    }))  # fmt: skip
    line = (
        f"Epoch {epoch:04.1f}{loss} | Val: MRR: {values['val/mrr']:.4f}, "
        f"R@1: {values['val/recall_at_1']:.4f}, R@5: {values['val/recall_at_5']:.4f} | "
        f"Probe: {values[f'{PROBE}/{TERM}/raw']:.4f}"
    )
    if switch == scored.step:
        return line, f"CURRICULUM SWITCH: hard negatives from epoch {int(epoch) + 1} on"
    return (line,)


MOLECULE: Final = Experiment(
    name="molecule",
    title="Molecules and their texts",
    config=MoleculeConfig,
    build=build_task,
    schedule=molecule_schedule,
    rules=MOLECULE_RULES,
    primary="val/mrr",
    watched="val/mrr",
    resolve=with_epochs,
    summary="A small graph transformer learns which text belongs to which molecule.",
    charts=CHARTS,
    run_name=run_name,
    check=check_files,
    presets=PRESETS,
    goes_on_by="resume_from",
    counts_behind="start_epoch",
    first_options=("epochs", "seed", "hard_negatives"),
    score_lines=score_lines,
    export=write_log,
)
