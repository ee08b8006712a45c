"""A loss against the probability of the right residue: does a hesitant model see the way?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.problems.peptide.analysis.scoring import (
    Belief,
    Prepared,
    Progress,
    loss_named,
    no_progress,
    score,
)
from core.problems.peptide.analysis.statistics import auc
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.decoys import make_decoys
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.predictions import Rest

# Known to every laboratory: the eleven iRT retention-time peptides, and one of bovine albumin.
REFERENCE_PEPTIDES = (
    "LGGNEQVTR", "GAGSSEPVTGLDAK", "VEATFGVDESNAK", "YILAGVENSK", "TPVISGGPYEYR", "TPVITGAPYEYR",
    "DGLDAASYYAPVR", "ADVTPADFSEWSK", "GTFIINPGGVIR", "GTFIINPAAVIR", "LFLQFGAQGSPFLK",
    "LGEYGFQNALIVR",
)  # fmt: skip
P_RIGHT = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)


@dataclass(frozen=True, eq=False)
class CertaintyCurve:
    """One loss for a model that is equally sure of every residue.

    Args:
        loss: Key of `SPECTRUM_LOSSES`.
        p_right: Probability of the believed residue, ascending.
        right: Mean loss where the belief is right.
        shuffled: Mean loss where the belief is the shuffled peptide; NaN without any.
        auc: Chance that a right belief costs less than a shuffled one, over all pairs of both.
        peptides: Number of peptides.
    """

    loss: str
    p_right: Float[np.ndarray, " levels"]
    right: Float[np.ndarray, " levels"]
    shuffled: Float[np.ndarray, " levels"]
    auc: Float[np.ndarray, " levels"]
    peptides: int

    @property
    def falls(self) -> bool:
        """Whether the loss of the right belief falls from each level to the next."""
        return bool(np.all(np.diff(self.right) < 0))


def reference_peptides() -> tuple[Peptide, ...]:
    """Give twelve tryptic peptides of 9 to 14 residues, for views that need no measurement.

    Source: Escher et al., Proteomics 12 (2012) 1111 (iRT); UniProt P02769 (albumin).
    """
    return tuple(Peptide(sequence) for sequence in REFERENCE_PEPTIDES)


def exact_spectrum(peptide: Peptide, options: SpectrumOptions) -> Prepared:
    """Give a peptide's noise-free spectrum: every ion of the options inside the range, height 1."""
    mz = np.sort(fragment_mz(peptide, options.ions).mz)
    mz = mz[(mz >= options.mz_min) & (mz <= options.mz_max)]
    return Prepared(mz, np.ones(len(mz)))


def certainty_curve(
    peptides: Sequence[Peptide],
    loss: str,
    options: SpectrumOptions,
    *,
    observed: Sequence[Prepared] | None = None,
    p_right: Sequence[float] = P_RIGHT,
    rest: Rest = "random",
    progress: Progress = no_progress,
) -> CertaintyCurve:
    """Compute a loss for right and for shuffled peptides at each level of certainty.

    Args:
        peptides: The right answers, one or more.
        loss: Key of `SPECTRUM_LOSSES`; cache by its `relevant(options)`.
        options: Widths, tolerances, ions, range, seed of decoys and of the random rest.
        observed: One spectrum for each peptide; their exact spectra if None.
        p_right: Levels from 0 to 1, ascending.
        rest: Where the remainder goes; drawn once, so a curve varies p_right alone.
        progress: Called with the share that is done; raising in it cancels.

    Raises:
        InputError: There is no peptide, or not one spectrum for each.
    """
    spectra = [exact_spectrum(p, options) for p in peptides] if observed is None else observed
    if not peptides or len(spectra) != len(peptides):
        raise InputError(
            "certainty",
            expected="one or more peptides and a spectrum for each",
            came=f"{len(peptides)} peptides, {len(spectra)} spectra",
            do="Choose at least one labelled spectrum",
        )
    wrong = [make_decoys(p, seed=options.seed)["shuffled"].peptide for p in peptides]
    pairs = [(p, s) for p, s in zip(wrong, spectra, strict=True) if p is not None]
    believed = [*peptides, *(p for p, _ in pairs)]
    shown = [*spectra, *(s for _, s in pairs)]
    chosen = loss_named(loss)
    levels = []
    for done, p in enumerate(p_right):
        levels.append(score(chosen, believed, shown, options, Belief(p, rest)))
        progress((done + 1) / len(p_right))
    right, shuffled = np.hsplit(np.array(levels), [len(peptides)])
    return CertaintyCurve(
        loss,
        np.array(p_right),
        right.mean(axis=1),
        shuffled.mean(axis=1) if pairs else np.full(len(p_right), np.nan),
        np.array([auc(one, other) for one, other in zip(right, shuffled, strict=True)]),
        len(peptides),
    )
