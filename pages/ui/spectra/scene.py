"""What the spectra page looks at, handed to each of its views."""

from dataclasses import dataclass

from core.figures.theme import Palette
from core.problems.peptide.analysis.candidates import CandidateTable
from core.problems.peptide.analysis.scoring import Belief, Prepared
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.peptides import Peptide
from pages.ui.spectra.loaded import LoadedSet

ROW_HEIGHT = 196


@dataclass(frozen=True, eq=False)
class Scene:
    """One spectrum, one peptide, the options, and the set that the spectrum comes from."""

    palette: Palette
    loaded: LoadedSet
    spectrum_key: str
    peptide: Peptide
    observed: Prepared
    options: SpectrumOptions
    belief: Belief
    loss: str
    table: CandidateTable
