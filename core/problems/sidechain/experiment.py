"""Side chains from a density as an experiment: what is launched, and how it is spoken of."""

from pathlib import Path
from typing import Final

from core.metrics import MetricGroup, MetricLine
from core.problems.experiment import Experiment
from core.problems.going_on import check_source
from core.problems.sidechain.config import SideChainConfig
from core.problems.sidechain.metrics.sequences import UNIFORM_PERPLEXITY
from core.problems.sidechain.objective import sidechain_schedule
from core.problems.sidechain.presets import PRESETS
from core.problems.sidechain.rules import SIDE_CHAIN_RULES
from core.problems.sidechain.task import build_task

CHARTS: Final = (
    MetricGroup(
        "How far off atoms are",
        (
            MetricLine("val/sidechain_rmsd", "side chain"),
            MetricLine("val/backbone_rmsd", "backbone", "second"),
            MetricLine("val/clamp_sidechain_rmsd", "clamped to ±1 Å", "other"),
            MetricLine("val/slot_mean_sidechain_rmsd", "mean of the slot", "reference"),
        ),
    ),
    MetricGroup(
        "Whether the residue type is read",
        (
            MetricLine("val/sequence_accuracy", "right type"),
            MetricLine("val/constant_sequence_accuracy", "most frequent", "reference"),
        ),
    ),
    MetricGroup(
        "How sure it is of the type",
        (MetricLine("val/perplexity", "perplexity"),),
        is_log=True,
        marks=((UNIFORM_PERPLEXITY, "knows nothing"),),
    ),
)


def run_name(config: SideChainConfig) -> str:
    """Name a run by its output and its data."""
    solo = f"{config.solo} alone, " if config.solo else ""
    real = Path(config.structures).name if config.structures else ""
    return f"{solo}{config.output}, {real or f'{config.residues:,} synthetic residues'}"


def check_files(config: SideChainConfig) -> None:
    """Look whether what a run goes on with is there; a run may still wait for its training.

    Raises:
        InputError: It is not.
    """
    if config.resume_from:
        check_source(config.resume_from)


SIDE_CHAIN: Final = Experiment(
    name="sidechain",
    title="Side chains from a density",
    config=SideChainConfig,
    build=build_task,
    schedule=sidechain_schedule,
    rules=SIDE_CHAIN_RULES,
    primary="val/sidechain_rmsd",
    summary="A network reads atoms and residue type off a spherical-harmonic density.",
    charts=CHARTS,
    run_name=run_name,
    check=check_files,
    presets=PRESETS,
    goes_on_by="resume_from",
    first_options=("steps", "seed", "output"),
)
