"""Side chains by diffusion as an experiment: what is launched, and how it is spoken of."""

from pathlib import Path
from typing import Final

from core.metric_table import METRICS
from core.metrics import MetricGroup, MetricLine, shown
from core.problems.experiment import Experiment, Scored
from core.problems.going_on import check_source
from core.problems.sidechain.diffusion.config import DiffusionConfig
from core.problems.sidechain.diffusion.objective import diffusion_schedule
from core.problems.sidechain.diffusion.presets import PRESETS
from core.problems.sidechain.diffusion.task import RECORDED, build_task
from core.problems.sidechain.diffusion.trained import EXPERIMENT

NOTE_BOND_ERROR_A: Final = 0.03
CHARTS: Final = (
    MetricGroup(
        "How far bond lengths are off",
        (
            MetricLine("val/bond_error", "mean"),
            MetricLine("val/bond_rms_error", "RMS", "second"),
        ),
        is_log=True,
        marks=((NOTE_BOND_ERROR_A, "the note's bound"),),
    ),
    MetricGroup(
        "How many rings are flat, χ1 near a rotamer",
        (
            MetricLine("val/flat_rings", "rings"),
            MetricLine("test/least_flat_rings", "worst kind of ring", "other"),
            MetricLine("val/staggered_chi1", "χ1", "second"),
            MetricLine("val/real_staggered_chi1", "χ1, real", "reference"),
        ),
    ),
    MetricGroup(
        "How near samples come to the real side chain",
        (
            MetricLine("val/best_of_1_rmsd", "one sample"),
            MetricLine("val/best_of_5_rmsd", "best of 5", "second"),
            MetricLine("val/type_mean_residue_rmsd", "mean by type", "reference"),
        ),
    ),
)
SAID: Final = {
    "bond_error": "bonds off by {} on average (real {})",
    "flat_rings": "flat rings {} (real {})",
    "least_flat_rings": "of the worst kind {} (real {})",
    "staggered_chi1": "χ1 near a rotamer {} (real {})",
    "chi1_distance": "χ1 elsewhere {} (two real sets {})",
}


def run_name(config: DiffusionConfig) -> str:
    """Name a run by its loss and its data."""
    loss = f"{config.solo} alone" if config.solo else "diffusion"
    with_bonds = ", with bond loss" if config.bond_loss_weight and not config.solo else ""
    real = Path(config.structures).name if config.structures else ""
    return f"{loss}{with_bonds}, {real or f'{config.residues:,} synthetic residues'}"


def score_lines(scored: Scored) -> tuple[str, ...]:
    """Say what samples for held-out test residues look like, beside the real ones."""
    # Ideal residues differ by rounding alone, which nobody wants to read.
    values = {key: round(value, 4) for key, value in scored.values.items()}
    told = [
        words.format(*(shown(values[f"{RECORDED}/{key}"], METRICS[key]) for key in (name, real)))
        for name, words in SAID.items()
        if (real := f"real_{name}")
    ]
    best = [shown(values[f"val/best_of_{n}_rmsd"], METRICS["best_of_1_rmsd"]) for n in (1, 5)]
    return (
        f"step {scored.step:,}: {'; '.join(told)}",
        f"step {scored.step:,}: RMSD of one sample {best[0]}, of the best of 5 {best[1]}",
    )


def check_files(config: DiffusionConfig) -> None:
    """Look whether what a run goes on with is there; a run may still wait for its training.

    Raises:
        InputError: It is not.
    """
    if config.resume_from:
        check_source(config.resume_from)


SIDE_CHAIN_DIFFUSION: Final = Experiment(
    name=EXPERIMENT,
    title="Side chains by diffusion",
    config=DiffusionConfig,
    build=build_task,
    schedule=diffusion_schedule,
    rules=(),
    primary="val/bond_error",
    summary="A network learns to take noise out of bond vectors, and draws side chains from noise.",
    charts=CHARTS,
    run_name=run_name,
    check=check_files,
    presets=PRESETS,
    goes_on_by="resume_from",
    first_options=("steps", "seed", "structures"),
    score_lines=score_lines,
)
