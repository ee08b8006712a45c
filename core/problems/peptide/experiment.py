"""Peptide sequencing as an experiment: what is launched, and by which schedule."""

from dataclasses import replace
from typing import Final

import numpy as np

from core.errors import InputError
from core.metrics import MetricGroup, MetricLine
from core.problems.experiment import Experiment
from core.problems.peptide.balance import note_schedule, solved_schedule
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.criteria import judge
from core.problems.peptide.objective import TERMS
from core.problems.peptide.rules import PEPTIDE_RULES
from core.problems.peptide.task import build_task
from core.training.curriculum import Schedule, Stage, end_to_end

SOLO_STAGES: Final = 4  # of σ 2, 1, 0.5, 0.25 Da where the options are the defaults
LENGTH_NOTE: Final = "The number of residues is given: without labels no stop token can be learnt."
CHARTS: Final = (
    MetricGroup(
        "How much of the peptide is right",
        (
            MetricLine("val_easy/residue_accuracy", "residues"),
            MetricLine("val_easy/peptide_accuracy", "peptides", "second"),
            MetricLine("val_hard/residue_accuracy", "noisy", "other"),
            MetricLine("val_easy/constant_residue_accuracy", "best constant", "reference"),
        ),
    ),
    MetricGroup(
        "How far off the mass is",
        (
            MetricLine("val_easy/ppm_error", "expected mass", "precursor"),
            MetricLine("val_hard/ppm_error", "expected, noisy", "other"),
            MetricLine("val_easy/argmax_ppm_error", "most likely residues", "second"),
        ),
        is_log=True,
        marks=((5000.0, "minimum"), (1000.0, "good"), (50.0, "excellent")),
    ),
)


def peptide_schedule(config: PeptideConfig) -> Schedule:
    """Give the stages of a run: its own or the note's, or those of a solo term.

    Stages without a peak width of their own take one that falls by equal factors.

    Args:
        config: Its schedule is stretched to its steps.

    Raises:
        InputError: The schedule has other terms, or there are fewer steps than stages.

    Example:
        >>> solo = peptide_schedule(PeptideConfig(solo="spectrum", steps=400))
        >>> [stage.sigma_da for stage in solo.stages]
        [2.0, 1.0, 0.5, 0.25]
    """
    schedule = _solo(config.solo) if config.solo else config.schedule or note_schedule()
    if set(schedule.terms) != set(TERMS):
        raise InputError(
            "schedule, terms",
            expected="exactly " + ", ".join(TERMS),
            came=", ".join(schedule.terms),
            do="Choose a schedule of this problem",
        )
    scaled = schedule.scaled(config.steps)
    widths = np.geomspace(config.sigma_start_da, config.sigma_end_da, len(scaled.stages))
    stages = tuple(
        replace(stage, sigma_da=stage.sigma_da or round(float(width), 6))
        for stage, width in zip(scaled.stages, widths, strict=True)
    )
    return Schedule(TERMS, stages)


def _solo(term: str) -> Schedule:
    """One term at weight 1, on clean spectra, in equal stages."""
    weights = {name: float(name == term) for name in TERMS}
    stages = [Stage(str(number), 0, 1, weights) for number in range(1, SOLO_STAGES + 1)]
    return end_to_end(TERMS, stages, [1000] * SOLO_STAGES)


PEPTIDE: Final = Experiment(
    name="peptide",
    title="Peptides from fragment spectra",
    config=PeptideConfig,
    build=build_task,
    schedule=peptide_schedule,
    rules=PEPTIDE_RULES,
    primary="val_easy/residue_accuracy",
    summary="A tiny recursive model learns to read peptides from synthetic fragment spectra.",
    charts=CHARTS,
    schedules={"solved": solved_schedule},
    has_positions=True,
    criteria=judge,
    solo_notes=dict.fromkeys(("spectrum", "precursor"), LENGTH_NOTE),
)
