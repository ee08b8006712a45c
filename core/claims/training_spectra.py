"""Claims of the training note on its spectrum losses: matches by chance, directions, distances."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.losses_scores import summary
from core.claims.peptide_data import candidates, labelled_spectra
from core.losses.matching import nearest_distance, weighted_mean
from core.losses.nearest import nearest_peak_huber
from core.losses.peaks import Peaks, pad_peaks
from core.problems.peptide.analysis.candidates import CANDIDATES
from core.problems.peptide.ions import ION_TYPES, fragment_mz

OLDER, FLAWED = "nearest_peak_huber", "matched_only"
NEAR_DA: Final = 0.5  # a match
ION_SETS: Final = {"b, y": ("b", "y"), "b, y, charge 2 too": ION_TYPES}
ALL_IONS: Final = "b, y, charge 2 too"  # four a site: 128 peaks are 32 sites
PEAKS: Final = 128  # L33
PRINTED_DA: Final = {"right": 0.76, "random": 2.83}  # L39-40


def _told(inputs: Inputs, ions: str) -> dict[str, dict[str, float]]:
    """Give matches, predicted peaks and mean distance of observed peaks, by candidate."""
    return _measured(inputs.spectra, inputs.seed, ions)


@cache
def _measured(spectra: Path | None, seed: int, ions: str) -> dict[str, dict[str, float]]:
    found = candidates(Inputs(spectra=spectra, seed=seed))
    told = {}
    for place, kind in enumerate(CANDIDATES):
        kept = [
            (row[place], seen) for row, seen in zip(found.peptides, found.observed, strict=True)
        ]
        pairs = [(peptide, seen) for peptide, seen in kept if peptide is not None]
        mz = [fragment_mz(peptide, ION_SETS[ions]).mz for peptide, _ in pairs]
        predicted = pad_peaks(mz, [np.ones(len(one)) for one in mz])
        observed = pad_peaks([seen.mz for _, seen in pairs], [seen.intensity for _, seen in pairs])
        matched = _matched(predicted, observed)
        count = predicted.mask.sum(1).double().numpy()
        told[kind] = {"predicted": float(count.mean()), "matched": float(matched.mean()),
                      "distance, Da": float(_distance_da(predicted, observed).mean())}  # fmt: skip
    return told


def _matched(predicted: Peaks, observed: Peaks) -> Float[np.ndarray, " pairs"]:
    distance, found = nearest_distance(predicted, observed)
    return (found & (distance.abs() <= NEAR_DA)).sum(1).double().numpy()


def _distance_da(predicted: Peaks, observed: Peaks) -> Float[np.ndarray, " pairs"]:
    """Average how far observed peaks lie from the nearest predicted one, by intensity."""
    distance, found = nearest_distance(observed, predicted)
    return weighted_mean(distance.abs(), observed.intensity, found, empty=0.0).numpy()


def _per_128(told: dict[str, float]) -> float:
    return PEAKS * told["matched"] / told["predicted"]


def _rows(inputs: Inputs) -> tuple[dict[str, str | float], ...]:
    return tuple({"ions": ions, "candidate": kind, **told}
                 for ions in ION_SETS for kind, told in _told(inputs, ions).items())  # fmt: skip


def matched_peaks(inputs: Inputs) -> Recomputed:
    """Count theoretical peaks of the right peptide that find an observed one within 0.5 Da."""
    data, right = labelled_spectra(inputs), _told(inputs, ALL_IONS)["right"]
    values = {"matched_per_128": Value(_per_128(right), n=len(data))}
    words = (
        f"{right['matched']:.1f} of {right['predicted']:.1f} find a peak, {_per_128(right):.0f} of "
        f"{PEAKS}. 30 + 98 and 38 + 90 both make {PEAKS}: two stories of one figure."
    )
    return Recomputed(values, words, _rows(inputs), source=data.source)


def matches_by_chance(inputs: Inputs) -> Recomputed:
    """Count the same for random peptides."""
    data, random = labelled_spectra(inputs), _told(inputs, ALL_IONS)["random"]
    values = {"random_matches_per_128": Value(_per_128(random), n=len(data))}
    words = (
        f"A random peptide matches {random['matched']:.1f} of {random['predicted']:.1f} peaks by "
        f"chance, {_per_128(random):.1f} of {PEAKS}."
    )
    return Recomputed(values, words, _rows(inputs), source=data.source)


def flawed_discrimination(inputs: Inputs) -> Recomputed:
    """Tell right from shuffled peptides by the loss of matched peaks only."""
    data, found = labelled_spectra(inputs), summary(inputs, FLAWED)
    values = {"auc_shuffled": Value(found.auc["shuffled"], n=len(data))}
    rows = tuple({"wrong peptide": kind, "AUC": found.auc[kind], "right one wins": win.rate}
                 for kind, win in found.win.items())  # fmt: skip
    words = f"AUC {found.auc['shuffled']:.2f} against shuffled peptides, where 0.5 is a coin."
    return Recomputed(values, words, rows, source=data.source)


def directions(inputs: Inputs) -> Recomputed:
    """Take peaks away from a perfect prediction and add far ones: which does the new loss feel?"""
    mz = np.arange(200.0, 1_200.0, 100.0)
    observed = _batch(mz)
    cost = {"lacking": _cost(mz[::2], observed), "extra": _cost(np.append(mz, 1_650.0), observed)}
    values = {
        "directions": Value(float(sum(value > 0 for value in cost.values()))),
        "cost_of_extra_peaks": Value(cost["extra"], "Da"),
        "cost_of_lacking_peaks": Value(cost["lacking"], "Da"),
    }
    few, many = (_told(inputs, ions)["right"]["distance, Da"] for ions in ION_SETS)
    words = (
        f"From observed to theoretical only: superfluous peaks are free. Twice as many of them "
        f"lower the right peptide's distance from {few:.1f} to {many:.1f} Da."
    )
    source = f"ten synthetic peaks, and {labelled_spectra(inputs).source}"
    return Recomputed(values, words, _rows(inputs), source=source)


def _batch(mz: Float[np.ndarray, " peaks"]) -> Peaks:
    return pad_peaks([mz], [np.ones(len(mz))], dtype=torch.float64)


def _cost(predicted: Float[np.ndarray, " peaks"], observed: Peaks) -> float:
    return float(nearest_peak_huber(_batch(predicted), observed))


def lucky_matches(inputs: Inputs) -> Recomputed:
    """Count spectra on which a random peptide costs less than the right one."""
    data, found = labelled_spectra(inputs), summary(inputs, OLDER)
    percent = 100 * (1 - found.win["random"].rate)
    values = {"random_wins_percent": Value(percent, "%", n=found.win["random"].pairs)}
    rows = tuple({"wrong peptide": kind, "right one wins": win.rate, "AUC": found.auc[kind]}
                 for kind, win in found.win.items())  # fmt: skip
    words = f"A random peptide wins on {percent:.1f} % of the spectra, a shuffled one on " + (
        f"{100 * (1 - found.win['shuffled'].rate):.1f} %."
    )
    return Recomputed(values, words, rows, source=data.source)


def distances(inputs: Inputs) -> Recomputed:
    """Average the distance of observed peaks to the nearest theoretical one, in Da."""
    data, told = labelled_spectra(inputs), _told(inputs, ALL_IONS)
    right, wrong, random = (told[kind]["distance, Da"] for kind in ("right", "shuffled", "random"))
    values = {
        "right_da": Value(right, "Da", n=len(data)),
        "wrong_da": Value(wrong, "Da", n=len(data)),
        "random_da": Value(random, "Da", n=len(data)),
        "wrong_over_right": Value(wrong / right),
        "random_over_wrong": Value(random / wrong),
    }
    words = (
        f"Right {right:.2f}, shuffled {wrong:.2f}, random {random:.2f} Da. On an exact spectrum "
        "the right peptide has 0: a figure above it is noise, or positions that are off by one."
    )
    return Recomputed(values, words, _rows(inputs), source=data.source)


def random_over_right(inputs: Inputs) -> Recomputed:
    """Divide the distances of random and right peptides, as printed and as measured."""
    data, told = labelled_spectra(inputs), _told(inputs, ALL_IONS)
    measured = told["random"]["distance, Da"] / told["right"]["distance, Da"]
    printed = PRINTED_DA["random"] / PRINTED_DA["right"]
    values = {
        "ratio_of_printed": Value(printed),
        "ratio_measured": Value(measured, n=len(data)),
    }
    words = f"{printed:.2f} from the printed values, {measured:.2f} on spectra."
    return Recomputed(values, words, _rows(inputs), source=data.source)
