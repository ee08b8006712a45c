"""Over a set of labelled spectra: how often is the right peptide below a wrong one, and how far?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float

from core.problems.peptide.analysis.candidates import CANDIDATES
from core.problems.peptide.analysis.scoring import (
    CERTAIN,
    Belief,
    Prepared,
    Progress,
    loss_named,
    no_progress,
    score,
)
from core.problems.peptide.analysis.statistics import WinRate, auc, d_prime, win_rate
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.decoys import DECOYS, make_decoys
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.spectra import Spectrum, Transform, prepare

EQUALS_GAUSSIAN = (
    "equals the Gaussian cosine while the model is certain (but for fragments outside the m/z "
    "range); lower p(right) to see it"
)


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """Labelled spectra with the right peptide and its decoys; depends on no width or tolerance.

    Args:
        spectrum_ids: Of the spectra that are used.
        peptides: For each of them, one peptide for each of `CANDIDATES`; None where there is none.
        observed: Their prepared peaks.
        skipped: How many spectra are not used, by reason.
        missing: How many of the used ones have no decoy of a kind, by kind and reason.
    """

    spectrum_ids: tuple[str, ...]
    peptides: tuple[tuple[Peptide | None, ...], ...]
    observed: tuple[Prepared, ...]
    skipped: Mapping[str, int]
    missing: Mapping[str, int]

    def __len__(self) -> int:
        """Give the number of spectra that are used."""
        return len(self.observed)


@dataclass(frozen=True, eq=False)
class LossDiscrimination:
    """How one loss tells right from wrong.

    Args:
        loss: Key of `SPECTRUM_LOSSES`.
        mean: By candidate.
        sd: By candidate, the sample standard deviation.
        win: By decoy, paired: each right peptide against its own decoy.
        auc: By decoy, unpaired.
        d_prime: By decoy, unpaired.
    """

    loss: str
    mean: Mapping[str, float]
    sd: Mapping[str, float]
    win: Mapping[str, WinRate]
    auc: Mapping[str, float]
    d_prime: Mapping[str, float]


def candidate_set(spectra: Sequence[Spectrum], options: SpectrumOptions) -> CandidateSet:
    """Prepare spectra and make the decoys of their labels.

    Args:
        spectra: Those without a usable label or peak are counted, not used.
        options: Range, transform, number of peaks, seed of the decoys.
    """
    skipped: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    ids, peptides, observed = [], [], []
    for spectrum in spectra:
        peaks = prepared(spectrum, options)
        reason = _unusable(spectrum.peptide, peaks)
        if spectrum.peptide is None or reason:
            skipped[reason] += 1
            continue
        decoys = make_decoys(spectrum.peptide, seed=options.seed)
        missing.update(f"{d.kind}: {d.reason}" for d in decoys.values() if d.peptide is None)
        ids.append(spectrum.spectrum_id)
        peptides.append((spectrum.peptide, *(decoy.peptide for decoy in decoys.values())))
        observed.append(peaks)
    return CandidateSet(tuple(ids), tuple(peptides), tuple(observed), dict(skipped), dict(missing))


def prepared(spectrum: Spectrum, options: SpectrumOptions) -> Prepared:
    """Prepare a spectrum as the options say."""
    mz, intensity = prepare(
        spectrum,
        top_peaks=options.top_peaks,
        transform=cast("Transform", options.transform),
        mz_min=options.mz_min,
        mz_max=options.mz_max,
    )
    return Prepared(mz, intensity)


def _unusable(peptide: Peptide | None, peaks: Prepared) -> str:
    if peptide is None:
        return "no peptide label"
    if len(peptide) < 2:
        return "a peptide of one residue has no fragment"
    return "" if len(peaks.mz) else "no peak in the m/z range"


def candidate_scores(
    candidates: CandidateSet,
    loss: str,
    options: SpectrumOptions,
    *,
    belief: Belief = CERTAIN,
    progress: Progress = no_progress,
) -> Float[np.ndarray, "spectra candidates"]:
    """Evaluate a loss for every spectrum and candidate; NaN where there is no candidate.

    Args:
        candidates: The set.
        loss: Key of `SPECTRUM_LOSSES`; cache by its `relevant(options)`.
        options: Widths, tolerances, ions, range.
        belief: How sure the model is of each candidate.
        progress: Called with the share that is done; raising in it cancels.
    """
    pairs = [
        (row, column, peptide)
        for row, peptides in enumerate(candidates.peptides)
        for column, peptide in enumerate(peptides)
        if peptide is not None
    ]
    # Equal lengths side by side: a batch is as wide as its longest peptide.
    pairs.sort(key=lambda pair: len(pair[2]))
    values = np.full((len(candidates), len(CANDIDATES)), np.nan)
    values[[pair[0] for pair in pairs], [pair[1] for pair in pairs]] = score(
        loss_named(loss),
        [peptide for _, _, peptide in pairs],
        [candidates.observed[row] for row, _, _ in pairs],
        options,
        belief,
        progress,
    )
    return values


def summarise_loss(
    loss: str, scores: Float[np.ndarray, "spectra candidates"]
) -> LossDiscrimination:
    """Reduce the scores of one loss to means, win rates, AUC and d'."""
    by_kind = dict(zip(CANDIDATES, scores.T, strict=True))
    right = by_kind["right"]
    known = {kind: values[np.isfinite(values)] for kind, values in by_kind.items()}
    nan = float("nan")
    return LossDiscrimination(
        loss,
        {kind: float(v.mean()) if len(v) else nan for kind, v in known.items()},
        {kind: float(v.std(ddof=1)) if len(v) > 1 else nan for kind, v in known.items()},
        {kind: win_rate(right, by_kind[kind]) for kind in DECOYS},
        {kind: auc(right, by_kind[kind]) for kind in DECOYS},
        {kind: d_prime(right, by_kind[kind]) for kind in DECOYS},
    )
