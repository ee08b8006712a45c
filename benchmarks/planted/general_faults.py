"""Faults that any run may have: numbers, records, rates, weights, stages."""

from dataclasses import replace

import numpy as np

from benchmarks.planted.course import Course
from benchmarks.planted.fault import Fault
from benchmarks.planted.terms import STAGES
from core.events import StageChanged

Rng = np.random.Generator


def nan_in_a_term(course: Course, rng: Rng) -> int:
    """One term is NaN from a step on, and the total with it."""
    first = course.at(rng.uniform(0.3, 0.8))
    for metric in ("train/spectrum/raw", "train/total_loss"):
        course.change(metric, first, lambda value, _: np.full(len(value), np.nan))
    return first


def percent_for_fraction(course: Course, rng: Rng) -> int:
    """An accuracy is logged in percent."""
    course.change("val_easy/residue_accuracy", 0, lambda value, _: 100 * value)
    return 0


def doubled_epochs(course: Course, rng: Rng) -> int:
    """A resumed run writes its first epochs into the same log once more."""
    back = rng.uniform(0.1, 0.3)
    for told in (course.train, course.val):
        for metric, (step, value) in told.items():
            again = slice(int(0.5 * len(step)), int((0.5 + back) * len(step)))
            told[metric] = np.append(step, step[again]), np.append(value, 1.02 * value[again])
    return course.at(0.5)


def forgotten_scheduler(course: Course, rng: Rng) -> int:
    """A resumed run begins with its first learning rate again."""
    start = course.starts[-1]
    factor = rng.uniform(4, 20)
    course.change("train/learning_rate", start, lambda value, _: factor * value)
    return start


def renamed_loss(course: Course, rng: Rng) -> int:
    """A resumed run logs an MSE under the name of the cosine loss."""
    start = course.starts[-1]
    course.change("val/cosine_loss", start, lambda value, _: rng.uniform(2, 4) * value)
    return start


def rate_x30(course: Course, rng: Rng) -> int:
    """What is learnt is lost within some steps, and comes back in part only."""
    first = course.at(rng.uniform(0.4, 0.7))
    lost = rng.uniform(0.5, 0.8)
    for term in course.terms:
        _, value = course.train[f"train/{term}/raw"]
        begun = float(np.median(value[:5]))
        course.change(f"train/{term}/raw", first,
                      lambda v, p, b=begun: v + lost * b * np.exp(-2 * p))  # fmt: skip
    course.change("val/sidechain_rmsd", first, lambda v, p: v + 1.6 * lost * np.exp(-p))
    course.change("val/rmsd", first, lambda v, p: v + 1.2 * lost * np.exp(-p))
    course.change("val/sequence_accuracy", first, lambda v, p: v * (1 - lost * np.exp(-p)))
    return first


def rate_x300(course: Course, rng: Rng) -> int:
    """Nothing is ever learnt: the loss jumps, the answers are those of a constant."""
    for term in course.terms:
        step, value = course.train[f"train/{term}/raw"]
        begun = float(np.median(value[:5]))
        jumps = np.exp(0.4 * rng.standard_normal(len(step)))
        course.train[f"train/{term}/raw"] = step, 1.2 * begun * jumps
    step, value = course.train["train/total_loss"]
    begun = float(np.median(value[:5]))
    course.train["train/total_loss"] = step, begun * np.exp(0.4 * rng.standard_normal(len(step)))
    for split in ("val_easy", "val_hard"):
        noise = 0.004 * rng.standard_normal(len(course.evaluation_steps()))
        course.change(f"{split}/residue_accuracy", 0, lambda v, _, n=noise: 0.1 + n)
    return 0


def nothing_moves(course: Course, rng: Rng) -> int:
    """The parameters are frozen: every value stays where it began."""
    for term in course.terms:
        step, value = course.train[f"train/{term}/raw"]
        level = float(np.median(value[:5]))
        batches = np.exp(0.05 * rng.standard_normal(len(step)))
        course.train[f"train/{term}/raw"] = step, level * batches
    step, value = course.train["train/total_loss"]
    batches = np.exp(0.05 * rng.standard_normal(len(step)))
    course.train["train/total_loss"] = step, float(np.median(value[:5])) * batches
    for name in ("sidechain_rmsd", "rmsd"):
        course.change(f"val/{name}", 0, lambda v, _: np.full(len(v), v[0]))
    return 0


def noise_without_decrease(course: Course, rng: Rng) -> int:
    """Batches differ by far more than the loss ever falls."""
    step, _ = course.train["train/total_loss"]
    jumps = 1 + np.abs(0.5 * rng.standard_normal(len(step))) - 0.05 * step / course.total
    for metric in ("train/total_loss", "train/cosine/raw"):
        course.train[metric] = step, jumps
    return 0


def heavy_precursor(course: Course, rng: Rng) -> int:
    """The precursor has 50 to 200 times its weight, and cross-entropy stands still."""
    first = course.total // STAGES
    share = rng.uniform(88, 98)
    course.change("train/precursor/share", first, lambda v, _: share + 0.5 * v / v.mean())
    for term, part in (("ce", 0.8), ("spectrum", 0.2)):
        course.change(f"train/{term}/share", first, lambda v, _, p=part: (100 - share) * p + 0 * v)
        course.change(f"train/{term}/gradient_share", first, lambda v, _, p=part: 2 * p + 0 * v)
    course.change("train/precursor/gradient_share", first, lambda v, _: 98 + 0 * v)
    step, value = course.train["train/ce/raw"]
    level = float(np.median(value[first : first + 50]))
    batches = np.exp(0.05 * rng.standard_normal(int((step >= first).sum())))
    course.change("train/ce/raw", first, lambda v, _: level * batches)
    return first


def light_spectrum(course: Course, rng: Rng) -> int:
    """The spectrum has so small a weight that its gradient is nothing."""
    first = course.total // STAGES
    course.change("train/spectrum/gradient_share", first, lambda v, _: 0.3 + 0 * v)
    return first


def shares_off(course: Course, rng: Rng) -> int:
    """The precursor takes half of the loss, its target is 10 to 30 percent."""
    first = course.total // STAGES
    course.change("train/precursor/share", first, lambda v, _: 2.5 * v)
    course.change("train/ce/share", first, lambda v, _: 0.6 * v)
    return first


def conflict(course: Course, rng: Rng) -> int:
    """Cross-entropy and precursor pull against each other."""
    first = course.total // STAGES
    course.change("train/ce+precursor/conflict", first, lambda v, _: v - rng.uniform(0.5, 0.8))
    return first


def teaches_nothing(course: Course, rng: Rng) -> int:
    """A run of the spectrum alone: its own loss falls, no residue is read."""
    course.config["solo"] = "spectrum"
    for split in ("val_easy", "val_hard"):
        noise = 0.006 * rng.standard_normal(len(course.evaluation_steps()))
        course.change(f"{split}/residue_accuracy", 0, lambda v, _, n=noise: 0.08 + n)
    return course.at(0.5)


def clamped(course: Course, rng: Rng) -> int:
    """A clamp leaves most examples of the precursor without a gradient."""
    first = course.total // STAGES
    course.change("train/precursor/dead_share", first, lambda v, _: rng.uniform(0.7, 0.98) + 0 * v)
    course.change("train/precursor/raw", first, lambda v, _: 300 + 0 * v)
    return first


def stops_at_border(course: Course, rng: Rng) -> int:
    """Cross-entropy falls until the physics begins, and then stays."""
    first = course.total // STAGES
    step, value = course.train["train/ce/raw"]
    fall = 2.9 * np.exp(-rng.uniform(0.5, 1.0) * np.minimum(step, first) / first)
    course.train["train/ce/raw"] = step, fall * value / np.median(value)
    noise = np.exp(0.05 * rng.standard_normal(len(step)))
    course.train["train/ce/raw"] = step, fall * noise
    return first


def drops_at_border(course: Course, rng: Rng) -> int:
    """Residue accuracy falls by 20 to 30 points where two terms begin."""
    first = _two_stages(course)
    drop = rng.uniform(0.2, 0.3)
    for split in ("val_easy", "val_hard"):
        course.change(f"{split}/residue_accuracy", first + 1, lambda v, _: v - drop)
    return first


def hard_data(course: Course, rng: Rng) -> int:
    """The second stage brings noisy spectra only; clean ones are unlearnt."""
    first = _two_stages(course, clean_share=0.0)
    drop = rng.uniform(0.2, 0.3)
    for split in ("val_easy", "val_hard"):
        course.change(f"{split}/residue_accuracy", first + 1, lambda v, _: v - drop)
    return first


def _two_stages(course: Course, clean_share: float = 1.0) -> int:
    """Make two stages of the ten; cross-entropy alone, then all terms; returns the border."""
    first = course.at(0.4)
    off, on = {"ce": 1.0, "spectrum": 0.0, "precursor": 0.0}, course.stages[-1].weights
    course.stages = [
        StageChanged(0, 0.0, "1", first, off, {"clean_share": 1.0}),
        StageChanged(first, 0.0, "2", course.total, dict(on), {"clean_share": clean_share}),
    ]
    for term in ("spectrum", "precursor"):
        step, value = course.train[f"train/{term}/weight"]
        course.train[f"train/{term}/weight"] = step, np.where(step >= first, value, 0.0)
    return first


def plateau(course: Course, rng: Rng) -> int:
    """The one term falls in the first half and stays far from its floor in the second."""
    step, _ = course.train["train/cosine/raw"]
    half = course.total // 2
    fall = 0.5 + 0.5 * np.exp(-2 * np.minimum(step, half) / half)
    noise = np.exp(0.03 * rng.standard_normal(len(step)))
    for metric in ("train/cosine/raw", "train/total_loss"):
        course.train[metric] = step, fall * noise
    return half


def overfits(course: Course, rng: Rng) -> int:
    """Held-out similarity loses about half while training goes on falling."""
    first, lost = course.at(0.3), rng.uniform(0.45, 0.6)
    for metric in ("train/cosine/raw", "train/total_loss"):
        course.change(metric, first, lambda v, p: v * (1 - 0.3 * p))
    course.change("val/avg_cosine_similarity", first, lambda v, p: v * (1 - lost * np.sqrt(p)))
    _, cosine = course.val["val/avg_cosine_similarity"]
    course.val["val/cosine_loss"] = course.evaluation_steps(), 1 - cosine
    return first


def impatient(course: Course, rng: Rng) -> int:
    """Early stopping after two evaluations, where the best so far came after a wait of five."""
    at, value = course.val["val/avg_cosine_similarity"]
    value = value.copy()
    value[6:11] = value[5] - 0.02
    value[11:] = np.linspace(value[5] + 0.01, value[5] + 0.1, len(value) - 11)
    value[-2:] = value[-3] - 0.01
    course.val["val/avg_cosine_similarity"] = at, value
    course.ended = "finished", "Stopped early: no better cosine similarity in 2 evaluations"
    return int(at[-1])


def every_term_falls(course: Course, rng: Rng) -> int:
    """Nothing is wrong: one stage, in which all terms fall."""
    course.stages = [replace(course.stages[-1], step=0, end_step=course.total)]
    for term in course.terms:
        step, value = course.train[f"train/{term}/weight"]
        course.train[f"train/{term}/weight"] = step, np.full(len(step), value[-1])
    return course.at(0.3)


GENERAL_FAULTS: tuple[Fault, ...] = (
    Fault("NaN in a term", "peptide", ("R-52",), nan_in_a_term),
    Fault("percent logged as fraction", "peptide", ("R-19",), percent_for_fraction),
    Fault("duplicate epochs", "pocket", ("R-55",), doubled_epochs),
    Fault("scheduler forgotten at a resume", "pocket", ("R-55",), forgotten_scheduler,
          shape="resumed"),
    Fault("another loss under the old name", "pocket", ("R-31",), renamed_loss, shape="resumed"),
    Fault("learning rate x 30", "sidechain", ("P-03",), rate_x30),
    Fault("learning rate x 300", "peptide", ("P-02",), rate_x300),
    Fault("frozen parameters", "sidechain", ("R-03", "P-02"), nothing_moves),
    Fault("noise without decrease", "pocket", ("R-09",), noise_without_decrease),
    Fault("a weight x 100", "peptide", ("R-05",), heavy_precursor),
    Fault("a weight too small", "peptide", ("R-06",), light_spectrum, "info"),
    Fault("shares outside their targets", "peptide", ("R-17",), shares_off, "info"),
    Fault("terms in conflict", "peptide", ("R-56",), conflict, "info"),
    Fault("a term that teaches nothing", "peptide", ("R-21",), teaches_nothing),
    Fault("clamped term", "peptide", ("R-08",), clamped),
    Fault("cross-entropy stops where physics begins", "peptide", ("R-02",), stops_at_border),
    Fault("accuracy falls where a term begins", "peptide", ("R-04",), drops_at_border),
    Fault("noisy data at once", "peptide", ("R-07",), hard_data),
    Fault("plateau", "pocket", ("R-14",), plateau, "info"),
    Fault("overfitting", "pocket", ("R-53",), overfits, shape="dense evaluation"),
    Fault("early stopping after two evaluations", "pocket", ("R-29",), impatient),
    Fault("every term falls", "sidechain", ("R-18",), every_term_falls, "ok", is_fault=False),
)  # fmt: skip
