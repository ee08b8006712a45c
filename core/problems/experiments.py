"""Every experiment that can be trained, by name."""

from core.problems.experiment import Experiment
from core.problems.peptide.experiment import PEPTIDE

EXPERIMENTS: dict[str, Experiment] = {experiment.name: experiment for experiment in (PEPTIDE,)}
