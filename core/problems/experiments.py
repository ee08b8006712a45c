"""Every experiment that can be trained, by name."""

from core.problems.experiment import Experiment
from core.problems.molecule.experiment import MOLECULE
from core.problems.peptide.experiment import PEPTIDE
from core.problems.pocket.experiment import POCKET
from core.problems.sidechain.diffusion.experiment import SIDE_CHAIN_DIFFUSION
from core.problems.sidechain.experiment import SIDE_CHAIN

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (PEPTIDE, POCKET, MOLECULE, SIDE_CHAIN, SIDE_CHAIN_DIFFUSION)
}
