"""Faults that only one problem's words can say: precursors, batches, cosines, side chains."""

from math import log

import numpy as np

from benchmarks.planted.course import Course
from benchmarks.planted.fault import Fault
from benchmarks.planted.single import LENGTH
from benchmarks.planted.terms import STAGES
from core.events import StageChanged

Rng = np.random.Generator
PROBE, MRR, LOSS = "val_probe/info_nce/raw", "val/mrr", "train/info_nce/raw"
# Loss right after the fault and at the end, probe likewise, MRR over its value before likewise:
# measured on small networks.
RUINS = {
    "learning rate x 30": ((1.1, 0.2), (0.55, 0.16), (0.62, 0.85)),
    "learning rate x 300": ((4.6, 3.3), (3.9, 3.4), (0.04, 0.03)),
    "half of the pairs shuffled": ((2.1, 0.9), (0.9, 1.6), (0.71, 0.5)),
    "all pairs shuffled": ((3.8, 1.2), (3.0, 4.5), (0.12, 0.03)),
}


def stuck_precursor(course: Course, rng: Rng) -> int:
    """The precursor error stays near 25,000 ppm."""
    level = rng.uniform(15_000, 40_000)
    for split in ("val_easy", "val_hard"):
        noise = np.exp(0.02 * rng.standard_normal(len(course.evaluation_steps())))
        course.change(f"{split}/ppm_error", 0, lambda v, _, n=noise: level * n)
    return course.total // STAGES


def zero_mass(course: Course, rng: Rng) -> int:
    """Tokens without mass keep 4 to 15 percent of the probability, which nothing takes out."""
    course.config["special_tokens"] = "keep"
    kept = rng.uniform(0.04, 0.15)
    for split in ("val_easy", "val_hard"):
        course.change(f"{split}/special_probability", 0, lambda v, _: v + kept)
        course.change(f"{split}/signed_mass_error", 0, lambda v, _: v - kept)
    return 0


def scores_off(course: Course, rng: Rng) -> int:
    """More peptides are right than residues allow."""
    for split in ("val_easy", "val_hard"):
        _, token = course.val[f"{split}/residue_accuracy"]
        share = np.clip(token + 0.25, 0, 1)
        course.val[f"{split}/peptide_accuracy"] = course.evaluation_steps(), share
        course.change(f"{split}/residue_accuracy", 0, lambda v, _: 0.5 * v)
    return course.at(0.5)


def as_it_is(course: Course, rng: Rng) -> int:
    """Nothing is planted: a healthy run shows it."""
    return course.at(0.3)


def ruined(fault: str):
    """Make the planting of a contrastive run that is being ruined from some epoch on."""

    def plant(course: Course, rng: Rng) -> int:
        loss, probe, mrr = RUINS[fault]
        first = int(rng.integers(4, 12)) * LENGTH
        for metric, (after, end) in ((LOSS, loss), (PROBE, probe)):
            course.change(metric, first + 1,
                          lambda v, p, a=after, e=end: (e + (a - e) * np.exp(-5 * p))
                          * v / np.median(v))  # fmt: skip
        course.change(MRR, first + 1,
                      lambda v, p: v * (mrr[1] + (mrr[0] - mrr[1]) * np.exp(-5 * p)))  # fmt: skip
        return first

    return plant


def wrong_batch(course: Course, rng: Rng) -> int:
    """The log says batches of 32, the loss is that of 256."""
    added = log(rng.uniform(150, 400))
    course.change(LOSS, 0, lambda v, _: v + added)
    return 2 * LENGTH


def few_negatives(course: Course, rng: Rng) -> int:
    """Batches of 4 to 8."""
    course.change("train/chance_loss", 0, lambda v, _: log(int(rng.integers(4, 9))) + 0 * v)
    return 0


def stagnates(course: Course, rng: Rng) -> int:
    """From the switch on nothing moves, at a high loss."""
    course.change(LOSS, 0, lambda v, _: 1.5 * v / np.median(v))
    course.change(PROBE, 0, lambda v, _: 0.5 + 0.005 * rng.standard_normal(len(v)))
    course.change(MRR, 0, lambda v, _: 0.3 + 0.002 * rng.standard_normal(len(v)))
    return course.stages[-1].step


def empty_slots(course: Course, rng: Rng) -> int:
    """Neighbours run out: the last tenth of each epoch is nearly random."""
    step, filled = course.train["train/hard_filled"]
    late = (step % LENGTH) >= 0.8 * LENGTH
    course.train["train/hard_filled"] = step, np.where(late, rng.uniform(0.2, 0.5), filled)
    return course.stages[-1].step


def everybody(course: Course, rng: Rng) -> int:
    """As many neighbours as there are pairs."""
    course.config["hardness_k"] = 2999
    return course.stages[-1].step


def never_switches(course: Course, rng: Rng) -> int:
    """The sampler tests for equality and went on behind the epoch of the switch."""
    first = course.stages[-1].step
    course.stages = [StageChanged(0, 0.0, "random", course.total, {"info_nce": 1.0})]
    for name in ("hard_filled", "hard_similarity"):
        course.train.pop(f"train/{name}")
    return first


def alike(course: Course, rng: Rng) -> int:
    """Two to five percent of the negatives are right answers."""
    course.change("train/alike_pairs", 0, lambda v, _: v + rng.uniform(0.02, 0.05))
    return 0


def unscaled_targets(course: Course, rng: Rng) -> int:
    """Targets with a common offset."""
    course.facts["target scaling"] = "The targets have a mean of 0.8 standard deviations."
    return 0


def turned_sign(course: Course, rng: Rng) -> int:
    """Predictions point away."""
    course.change("val/avg_cosine_similarity", 0, lambda v, _: -v)
    course.change("val/cosine_loss", 0, lambda v, _: 2 - v)
    return course.at(0.15)


def shuffled_pairs(course: Course, rng: Rng) -> int:
    """Pockets have the ligands of others: nothing can be learnt."""
    noise = 0.008 * rng.standard_normal(len(course.evaluation_steps()))
    course.change("val/avg_cosine_similarity", 0, lambda v, _: 0.04 + noise)
    course.change("val/cosine_loss", 0, lambda v, _: 0.96 - noise)
    return course.at(0.05)


def dead_output(course: Course, rng: Rng) -> int:
    """The output is 0 for every pocket."""
    course.change("val/avg_cosine_similarity", 0, lambda v, _: 0 * v)
    course.change("val/cosine_loss", 0, lambda v, _: 0 * v + 1)
    return course.at(0.05)


def first_epoch(course: Course, rng: Rng) -> int:
    """Nothing is planted; an evaluation falls on the first epoch, for which the note has a word."""
    course.facts["steps an epoch"] = str(int(course.evaluation_steps()[1]))
    return int(course.evaluation_steps()[1])


def long_predictions(course: Course, rng: Rng) -> int:
    """Norms grow without end, which a cosine loss does not see."""
    course.change("val/norm_ratio", course.at(0.3), lambda v, p: v * np.exp(rng.uniform(5, 7) * p))
    return course.at(0.3)


def sum_for_mean(course: Course, rng: Rng) -> int:
    """The MSE is summed over 256 components."""
    course.change("val/mse_loss", 0, lambda v, _: 256 * v)
    return 0


def saturated(course: Course, rng: Rng) -> int:
    """Outputs end at a bound: a third of them lie there, and a constant is better."""
    share = rng.uniform(0.2, 0.5)
    course.change("val/at_bound", 0, lambda v, _: share + 0 * v)
    course.change("val/clamp_distance", 0, lambda v, _: 0.02 + 0 * v)
    course.change("val/sidechain_rmsd", 0, lambda v, _: np.maximum(v, rng.uniform(2.15, 2.3)))
    course.change("val/rmsd", 0, lambda v, _: np.maximum(v, rng.uniform(1.62, 1.75)))
    course.change("val/worse_slots", 0, lambda v, _: 9.0 + 0 * v)
    return course.at(0.1)


def shifted_labels(course: Course, rng: Rng) -> int:
    """Labels are off by one where types are scored: the model is sure of wrong ones."""
    course.change("val/sequence_accuracy", 0, lambda v, _: 0.12 + 0.005 * v)
    course.change("val/perplexity", 0, lambda v, _: rng.uniform(40, 120) + 0 * v)
    return course.at(0.05)


def collapse(course: Course, rng: Rng) -> int:
    """Residue types are unlearnt, though they have a weight."""
    first, lost = course.at(0.5), rng.uniform(0.2, 0.5)
    course.change("val/sequence_accuracy", first, lambda v, p: v - lost * np.minimum(3 * p, 1))
    return first


def no_effect(course: Course, rng: Rng) -> int:
    """The type gets weight 0 and the atoms five times theirs: under Adam no change is seen."""
    first = course.at(0.5)
    course.stages = [
        StageChanged(0, 0.0, "1", first, {"atom": 0.2, "type": 1.0}),
        StageChanged(first, 0.0, "2", course.total, {"atom": 1.0, "type": 0.0}),
    ]
    for term, (old, new) in {"atom": (0.2, 1.0), "type": (1.0, 0.0)}.items():
        step, _ = course.train[f"train/{term}/weight"]
        course.train[f"train/{term}/weight"] = step, np.where(step >= first, new, old)
    course.change("val/sidechain_rmsd", course.at(0.2), lambda v, _: 1.4 + 0.003 * v / v[0])
    return first


def flat_far_up(course: Course, rng: Rng) -> int:
    """Side chains stay at three quarters of what the mean by type has."""
    level = rng.uniform(1.3, 1.6)
    noise = 0.003 * rng.standard_normal(len(course.evaluation_steps()))
    course.change("val/sidechain_rmsd", 0, lambda v, _: np.maximum(v, level) + noise)
    return course.at(0.4)


KIND_FAULTS: tuple[Fault, ...] = (
    Fault("precursor error stuck", "peptide", ("R-01",), stuck_precursor),
    Fault("zero-mass tokens", "peptide", ("R-12",), zero_mass),
    Fault("scores contradict each other", "peptide", ("R-13",), scores_off),
    Fault("jump where the precursor begins", "peptide", ("R-10",), as_it_is, "ok", is_fault=False),
    Fault("behind the note's track", "peptide", ("R-11",), stuck_precursor, "info"),
    *(Fault(name, "molecule", ("R-33",), ruined(name)) for name in RUINS),
    Fault("wrong batch in the log", "molecule", ("R-38",), wrong_batch),
    Fault("batches of 4 to 8", "molecule", ("R-30",), few_negatives),
    Fault("hard batches teach nothing more", "molecule", ("R-34",), stagnates, "info"),
    Fault("hard slots stay empty", "molecule", ("R-35",), empty_slots),
    Fault("as many neighbours as pairs", "molecule", ("R-36",), everybody, "info"),
    Fault("the switch never comes", "molecule", ("R-37",), never_switches),
    Fault("false negatives", "molecule", ("R-39",), alike),
    Fault("the loss jumps at the switch", "molecule", ("R-32",), as_it_is, "ok", is_fault=False),
    Fault("targets with an offset", "pocket", ("P-01",), unscaled_targets),
    Fault("turned sign", "pocket", ("R-24",), turned_sign),
    Fault("shuffled pairs", "pocket", ("R-25", "P-02"), shuffled_pairs),
    Fault("dead output", "pocket", ("R-25",), dead_output),
    Fault("predictions grow", "pocket", ("R-26",), long_predictions, "info"),
    Fault("a sum logged as MSE", "pocket", ("R-27",), sum_for_mean),
    Fault("the note's track of a cosine", "pocket", ("R-28",), first_epoch, "info", is_fault=False),
    Fault("the note's grade", "pocket", ("R-23",), as_it_is, "info", is_fault=False),
    Fault("saturated output", "sidechain", ("R-43", "R-44", "R-41"), saturated),
    Fault("labels off by one", "sidechain", ("R-46",), shifted_labels),
    Fault("residue types collapse", "sidechain", ("R-45",), collapse),
    Fault("a weight without effect", "sidechain", ("R-42", "R-48"), no_effect, "info"),
    Fault("flat far from its floor", "sidechain", ("R-47",), flat_far_up, "info"),
)  # fmt: skip
