"""Mean, spread and gradient noise of a loss, by peptide length and by share of clean spectra."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import spearmanr

from core.problems.peptide.analysis.discrimination import prepared
from core.problems.peptide.analysis.pull import PairValues, gradient_noise
from core.problems.peptide.analysis.scoring import Prepared
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.data import CLEAN, NOISY, NoiseModel, synthetic_spectrum
from core.problems.peptide.decoys import make_decoys
from core.problems.peptide.peptides import Peptide

LENGTH_EDGES = (2, 8, 10, 12, 14, 17, 21, 201)
CLEAN_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, eq=False)
class Spread:
    """How one loss varies within groups of spectra.

    Args:
        loss: Key of `SPECTRUM_LOSSES`.
        groups: As written on an axis.
        count: Spectra in each group.
        mean: Mean loss; NaN for an empty group.
        sd: Sample standard deviation; NaN below two spectra.
        gradient_noise: See `pull`; NaN below two spectra and where the mean pull is 0.
        rank_correlation: Spearman's rho of loss and length over all spectra; NaN where one of the
            two does not vary, and for groups that are not made by length.
    """

    loss: str
    groups: tuple[str, ...]
    count: Int[np.ndarray, " groups"]
    mean: Float[np.ndarray, " groups"]
    sd: Float[np.ndarray, " groups"]
    gradient_noise: Float[np.ndarray, " groups"]
    rank_correlation: float


@dataclass(frozen=True, eq=False)
class MixSet:
    """The same peptides, each once with a clean and once with a noisy spectrum.

    Args:
        peptides: What is predicted for each spectrum.
        clean: Their clean spectra.
        noisy: Their noisy spectra.
        order: In which order peptides turn from noisy to clean as the share of clean ones rises.
    """

    peptides: tuple[Peptide, ...]
    clean: tuple[Prepared, ...]
    noisy: tuple[Prepared, ...]
    order: Int[np.ndarray, " peptides"]


def spread_by_length(
    peptides: Sequence[Peptide],
    values: PairValues,
    loss: str,
    *,
    edges: Sequence[int] = LENGTH_EDGES,
) -> Spread:
    """Group by the number of residues.

    Args:
        peptides: As given to `pair_values`.
        values: Its result.
        loss: Named in the result.
        edges: Ascending; a group holds lengths from one edge to below the next. The last group is
            written as open.
    """
    length = np.array([len(peptide) for peptide in peptides])
    names = [f"{low}–{high - 1}" for low, high in pairwise(edges)]
    names[-1] = f"{edges[-2]}+"
    groups = []
    for name, (low, high) in zip(names, pairwise(edges), strict=True):
        inside = (length >= low) & (length < high)
        groups.append((name, PairValues(values.value[inside], values.gradient[inside])))
    varies = len(length) > 2 and np.ptp(length) > 0 and np.ptp(values.value) > 0
    rho = float(np.asarray(spearmanr(length, values.value))[0]) if varies else float("nan")
    return _reduce(loss, groups, rho)


def mix_set(
    peptides: Sequence[Peptide],
    options: SpectrumOptions,
    *,
    predicted: str = "right",
    clean: NoiseModel = CLEAN,
    noisy: NoiseModel = NOISY,
) -> MixSet:
    """Make a clean and a noisy spectrum of each peptide, determined by the options' seed.

    Args:
        peptides: Of two residues or more.
        options: Ions, range, transform, number of peaks, seed.
        predicted: "right", or a name of `DECOYS`: a model that does not know the answer yet.
            Peptides without such a decoy are left out.
        clean: Noise model of the clean spectra.
        noisy: Noise model of the noisy ones.
    """
    believed, both = [], []
    for number, peptide in enumerate(peptides):
        answer = peptide
        if predicted != "right":
            answer = make_decoys(peptide, seed=options.seed)[predicted].peptide
        if answer is None:
            continue
        believed.append(answer)
        both.append(
            [
                prepared(
                    synthetic_spectrum(
                        peptide,
                        model,
                        np.random.default_rng([options.seed, number, which]),
                        ions=options.ions,
                    ),
                    options,
                )
                for which, model in enumerate((clean, noisy))
            ]
        )
    order = np.random.default_rng(options.seed).permutation(len(believed))
    return MixSet(
        tuple(believed), tuple(pair[0] for pair in both), tuple(pair[1] for pair in both), order
    )


def spread_by_clean_share(
    order: Int[np.ndarray, " peptides"],
    clean: PairValues,
    noisy: PairValues,
    loss: str,
    *,
    shares: Sequence[float] = CLEAN_SHARES,
) -> Spread:
    """Mix clean and noisy spectra of the same peptides in several shares.

    Args:
        order: Of the `MixSet`.
        clean: `pair_values` of its clean spectra.
        noisy: `pair_values` of its noisy ones.
        loss: Named in the result.
        shares: Shares of clean spectra, 0 to 1.
    """
    place = np.argsort(order)
    groups = []
    for share in shares:
        is_clean: Bool[np.ndarray, " peptides"] = place < round(share * len(order))
        mixed = PairValues(
            np.where(is_clean, clean.value, noisy.value),
            np.where(is_clean, clean.gradient, noisy.gradient),
        )
        groups.append((f"{100 * share:g} %", mixed))
    return _reduce(loss, groups, float("nan"))


def _reduce(loss: str, groups: Sequence[tuple[str, PairValues]], rho: float) -> Spread:
    nan = float("nan")
    values = [group.value for _, group in groups]
    return Spread(
        loss,
        tuple(name for name, _ in groups),
        np.array([len(v) for v in values]),
        np.array([v.mean() if len(v) else nan for v in values]),
        np.array([v.std(ddof=1) if len(v) > 1 else nan for v in values]),
        np.array([gradient_noise(group.gradient) for _, group in groups]),
        rho,
    )
