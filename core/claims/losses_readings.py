"""Claims of the losses note on how its losses read: sizes, a perfect answer, a shifted one."""

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.losses_precursor import log_ratio_of
from core.claims.losses_scores import GAUSSIAN, OLDER, right, summary, table
from core.claims.peptide_data import OPTIONS, exact, labelled_spectra
from core.problems.peptide.analysis.scoring import loss_named, score
from core.problems.peptide.peptides import Peptide


def similar_magnitudes(inputs: Inputs) -> Recomputed:
    """Divide both weighted losses: at the start (random, 25,000 ppm) and at the goal (50 ppm)."""
    found = summary(inputs, GAUSSIAN)
    spectrum = {"25000": 0.05 * found.mean["random"], "50": 0.15 * found.mean["right"]}
    precursor = {"25000": 0.01 * log_ratio_of(25_000), "50": 0.08 * log_ratio_of(50)}
    values = {f"factor_{at}_ppm": Value(spectrum[at] / precursor[at]) for at in spectrum}
    rows = tuple({"error, ppm": at, "weighted spectrum loss": spectrum[at],
                  "weighted precursor loss": precursor[at]} for at in spectrum)  # fmt: skip
    words = (
        f"The spectrum term is {values['factor_25000_ppm'].value:,.0f} times the precursor term at "
        f"the start and {values['factor_50_ppm'].value:,.0f} times at the goal."
    )
    return Recomputed(values, words, rows, source=labelled_spectra(inputs).source)


def reading_the_cosine(inputs: Inputs) -> Recomputed:
    """Take the loss of the right peptide on its exact spectrum and on one with noise."""
    data, found = labelled_spectra(inputs), summary(inputs, GAUSSIAN)
    clean = score(loss_named(GAUSSIAN), data.peptides, exact(data.peptides), OPTIONS)
    values = {
        "exact": Value(float(clean.mean()), n=len(data)),
        "measured": Value(found.mean["right"], n=len(data)),
    }
    words = (
        f"A perfect answer reads {found.mean['right']:.2f} here, a shuffled one "
        f"{found.mean['shuffled']:.2f}, a random one {found.mean['random']:.2f}."
    )
    return Recomputed(values, words, table(inputs), source=data.source)


def same_scale(inputs: Inputs) -> Recomputed:
    """Divide the new loss of right peptides by the older one."""
    new, older = (right(inputs, loss).mean() for loss in (GAUSSIAN, OLDER))
    words = (
        f"{new:.2f} against {older:.2f} for the same answers: weights, thresholds and histories of "
        "the older loss mean something else now."
    )
    source = labelled_spectra(inputs).source
    return Recomputed({"value_ratio": Value(float(new / older))}, words, source=source)


def off_by_one(inputs: Inputs) -> Recomputed:
    """Shift perfect predictions by one position: the import works, and what does the loss say?"""
    data = labelled_spectra(inputs)
    plain = tuple(Peptide(p.sequence) for p in data.peptides)
    shifted = tuple(Peptide(p.sequence[-1] + p.sequence[:-1]) for p in plain)
    loss = score(loss_named(GAUSSIAN), shifted, exact(plain), OPTIONS)
    words = (
        f"Perfect answers that are read one position late cost {loss.mean():.2f} instead of 0, and "
        "no import notices."
    )
    return Recomputed({"loss_with_off_by_one": Value(float(loss.mean()), n=len(plain))}, words,
                      source=data.source)  # fmt: skip
