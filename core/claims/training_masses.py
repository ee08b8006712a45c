"""Claims of the training note on masses: a wrong vocabulary, soft answers, what ppm can see."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Float

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.peptide_data import drawn_peptides
from core.problems.peptide.data import sample_composition
from core.problems.peptide.decoys import substitute
from core.problems.peptide.diagnose import vocabulary_check, vocabulary_errors_ppm
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.predictions import one_hot_batch, precursor_error_ppm
from core.problems.peptide.residues import ISOTOPE_DA, RESIDUE_MASS_DA

PEPTIDES: Final = 1_000
GOAL_PPM: Final = 50.0
MASS_DA: Final = 1_500.0
AFTER_STAGE_1: Final = 0.7  # of the right residue, where a cross-entropy of 0.36 leaves a model


def wrong_vocabulary(inputs: Inputs) -> Recomputed:
    """Write peptides with an alphabetical vocabulary, and read their masses with this one."""
    peptides = drawn_peptides(PEPTIDES, inputs.seed)
    error = np.abs(vocabulary_errors_ppm(peptides))
    kept = [r for r in RESIDUE_MASS_DA if vocabulary_check(Peptide(r)).read == r]
    values = {
        "median_error_ppm": Value(float(np.median(error)), "ppm", n=PEPTIDES),
        "below_50_ppm": Value(100 * float((error < GOAL_PPM).mean()), "%", n=PEPTIDES),
        "residues_unchanged": Value(float(len(kept))),
    }
    words = (
        f"{np.median(error):,.0f} ppm by the median; only {', '.join(kept)} are read as written."
    )
    return Recomputed(values, words, source=f"{PEPTIDES:,} drawn peptides of 7 to 20 residues")


def soft_error_ppm(
    peptides: Sequence[Peptide], p_right: float, lost: float = 0.0
) -> Float[np.ndarray, " peptides"]:
    """Give the precursor error of a model that is equally sure of every residue.

    Args:
        peptides: The right ones.
        p_right: Of the right residue; the rest goes to the others, as often as they occur.
        lost: Share of that rest on tokens without mass.
    """
    share = sample_composition()
    total = sum(share.values())
    mean = sum(share[r] * mass for r, mass in RESIDUE_MASS_DA.items()) / total
    # Of the mean mass of the others to the residue's own.
    off = {r: (1 - lost) * (mean - share[r] / total * mass) / (1 - share[r] / total) - mass
           for r, mass in RESIDUE_MASS_DA.items()}  # fmt: skip
    error = [sum(off[r] for r in peptide.sequence) / peptide.mass_da for peptide in peptides]
    return 1e6 * (1 - p_right) * np.abs(np.array(error))


def soft_masses(inputs: Inputs) -> Recomputed:
    """Give the mass error of soft answers, where the right residue has a probability of 0.7."""
    peptides = drawn_peptides(PEPTIDES, inputs.seed)
    sets = {"20 residues": 0.0, "24 tokens": 4 / 24}  # four of them without mass
    sure = (0.05, 0.3, 0.5, AFTER_STAGE_1, 0.9, 0.99)
    median = {name: [float(np.median(soft_error_ppm(peptides, p, lost))) for p in sure]
              for name, lost in sets.items()}  # fmt: skip
    at = sure.index(AFTER_STAGE_1)
    values = {
        "ppm_20_residues": Value(median["20 residues"][at], "ppm", n=PEPTIDES),
        "ppm_24_tokens": Value(median["24 tokens"][at], "ppm", n=PEPTIDES),
    }
    curves = tuple(Curve(name, sure, tuple(median[name])) for name in sets)
    words = (
        f"{median['20 residues'][at]:,.0f} ppm by the median, {median['24 tokens'][at]:,.0f} where "
        "tokens without mass share in the rest. It is no spike: the error is there throughout "
        "stage 1, where the term has weight 0."
    )
    axes = ("probability of the right residue", "median error, ppm")
    return Recomputed(values, words, (), curves, axes, f"{PEPTIDES:,} drawn peptides")


def goal_of_50_ppm(inputs: Inputs) -> Recomputed:
    """Set 50 ppm beside what wrong, exchanged and soft residues cost."""
    peptides = drawn_peptides(PEPTIDES, inputs.seed)
    few = peptides[:50]
    soft = {p: float(np.median(soft_error_ppm(peptides, p))) for p in (0.999, 0.99)}
    mass = RESIDUE_MASS_DA
    one = {"K for Q": mass["K"] - mass["Q"], "A for G": mass["A"] - mass["G"],
           "I for L": mass["I"] - mass["L"], "the 13C isotope": ISOTOPE_DA,
           "one residue more": float(np.mean(list(mass.values())))}  # fmt: skip
    values = {
        "argmax_swap_ppm": Value(float(_errors(few, [_turned(p) for p in few]).max()), "ppm", n=50),
        "soft_999_ppm": Value(soft[0.999], "ppm", n=PEPTIDES),
        "soft_99_ppm": Value(soft[0.99], "ppm", n=PEPTIDES),
        "kq_ppm": Value(1e6 * abs(one["K for Q"]) / MASS_DA, "ppm"),
    }  # fmt: skip
    rows = tuple({"mistake": name, "Da": da, f"ppm of {MASS_DA:,.0f} Da": 1e6 * abs(da) / MASS_DA}
                 for name, da in one.items())  # fmt: skip
    words = (
        f"50 ppm of {MASS_DA:,.0f} Da are {MASS_DA * GOAL_PPM / 1e6:.3f} Da. K for Q passes, I for "
        "L and any order of the residues too; soft answers are off by "
        f"{soft[0.999]:.0f} ppm at a probability of .999, by {soft[0.99]:.0f} at .99."
    )
    return Recomputed(values, words, rows, source=f"{PEPTIDES:,} drawn peptides")


def _turned(peptide: Peptide) -> Peptide:
    return Peptide(peptide.sequence[::-1])


def _errors(right: Sequence[Peptide], told: Sequence[Peptide]) -> Float[np.ndarray, " peptides"]:
    """Give the precursor error of certain answers."""
    batch = one_hot_batch(told)
    mass = torch.tensor([peptide.mass_da for peptide in right], dtype=torch.float64)
    return precursor_error_ppm(*batch, mass).numpy()


def sight_of_terms(inputs: Inputs) -> Recomputed:
    """Reverse peptides, and replace a residue: does the precursor term change?"""
    peptides = drawn_peptides(100, inputs.seed)
    turned = _errors(peptides, [_turned(p) for p in peptides])
    other = [substitute(p, 1, "W" if p.sequence[0] != "W" else "G") for p in peptides]
    changed = _errors(peptides, other)
    values = {
        # Sums of the same masses in another order differ in the last digit of float64.
        "precursor_change_permuted": Value(round(float(turned.max()), 6), n=len(peptides)),
        "precursor_change_total": Value(float(changed.min()), n=len(peptides)),
    }
    words = (
        "The precursor term sees the total alone, whatever the order. Fragments are the spectrum "
        "term's affair, whose Gaussian form is blind beyond about 0.3 Da."
    )
    return Recomputed(values, words, source=f"{len(peptides)} drawn peptides, read backwards")
