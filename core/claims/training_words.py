"""Claims of the training note that its own other lines, or a count, settle."""

import math
from typing import Final

import numpy as np

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.problems.peptide.balance import expected_raw, note_schedule
from core.problems.peptide.residues import PLAIN_VOCABULARY, RESIDUES

HEADINGS: Final = {"L5": "vocabulary", "L15": "precursor loss", "L30": "spectrum loss",
                   "L46": "loss weights"}  # fmt: skip
TICKS: Final = {"L359": "vocabulary", "L360": "precursor loss", "L361": "spectrum loss",
                "L362": "loss weights"}  # fmt: skip
UNTRAINED_SPECTRUM: Final = {"L40": 2.83, "L55": 0.18 / 0.1, "L88": 1.79, "L127": 2.5}  # Da
TIMELINE_PPM: Final = {12_000: 15_000, 15_000: 10_000, 20_000: 5_000, 50_000: 1_000}  # L277-280
LOSSES_NOTE_WEIGHTS: Final = (0.01, 0.08)  # of the precursor, first and last: losses note L84
LENGTH: Final = 10  # residues of a usual peptide
ACCURACIES: Final = (90, 93, 95)  # percent of tokens, L288-298


def count_of_bugs(inputs: Inputs) -> Recomputed:
    """Count the numbered headings, and the ticks of the conclusion."""
    del inputs
    values = {"headings": Value(float(len(HEADINGS))), "ticks": Value(float(len(TICKS)))}
    rows = tuple({"heading": line, "tick": tick, "about": about}
                 for (line, about), tick in zip(HEADINGS.items(), TICKS, strict=True))  # fmt: skip
    words = f"{len(HEADINGS)} headings and {len(TICKS)} ticks."
    return Recomputed(values, words, rows, source="the note")


def knowing_nothing(inputs: Inputs) -> Recomputed:
    """Give cross-entropy and accuracy of a uniform guess, over tokens and over residues."""
    del inputs
    sizes = {"tokens": len(PLAIN_VOCABULARY), "residues": len(RESIDUES)}
    rows = tuple({"over": name, "choices": float(n), "cross-entropy": math.log(n),
                  "accuracy, %": 100 / n} for name, n in sizes.items())  # fmt: skip
    values = {
        "ce_uniform_24": Value(math.log(sizes["tokens"])),
        "accuracy_uniform_20": Value(100 / sizes["residues"], "%"),
    }
    words = (
        f"A uniform guess over {sizes['tokens']} tokens costs {math.log(sizes['tokens']):.3f}, "
        f"over {sizes['residues']} residues {math.log(sizes['residues']):.3f}."
    )
    return Recomputed(values, words, rows)


def untrained_spectrum(inputs: Inputs) -> Recomputed:
    """Set the values beside each other that the note gives for an untrained model."""
    del inputs
    told = UNTRAINED_SPECTRUM
    ratio = max(told.values()) / min(told.values())
    rows = tuple({"line": line, "spectrum loss, Da": value} for line, value in told.items())
    words = f"{len(rows)} values for one state, {ratio:.2f}-fold apart."
    return Recomputed({"largest_over_smallest": Value(ratio)}, words, rows, source="the note")


def timeline(inputs: Inputs) -> Recomputed:
    """Divide the errors of the table of stages by those of the timeline, at the same steps."""
    del inputs
    # Each row of the table says from which error to which; between, geometric.
    starts = [stage.start_step for stage in note_schedule().stages][1:]
    errors = expected_raw().error_ppm[1:]
    table = {step: float(np.exp(np.interp(step, starts, np.log(errors)))) for step in TIMELINE_PPM}
    apart = {step: table[step] / TIMELINE_PPM[step] for step in TIMELINE_PPM}
    values = {f"apart_at_{step}": Value(apart[step]) for step in (15_000, 20_000)}
    rows = tuple({"step": float(step), "timeline, ppm": float(TIMELINE_PPM[step]),
                  "table of stages, ppm": table[step], "ratio": apart[step]}
                 for step in TIMELINE_PPM)  # fmt: skip
    words = (
        f"At step 20,000 the table has {table[20_000]:,.0f} ppm and the timeline less than "
        f"{TIMELINE_PPM[20_000]:,}; at 15,000 they are {apart[15_000]:.1f}-fold apart."
    )
    return Recomputed(values, words, rows, source="the note's table and timeline")


def accuracy_pairs(inputs: Inputs) -> Recomputed:
    """Compute the right peptides of independent errors, and the most that any errors allow."""
    del inputs
    values: dict[str, Value] = {}
    rows = []
    for percent in ACCURACIES:
        share = percent / 100
        # Each right peptide has all residues right; of equal lengths no more can be right.
        bound = {"least": max(0.0, 1 - LENGTH * (1 - share)), "independent": share**LENGTH,
                 "most": share}  # fmt: skip
        values |= {f"{name}_{percent}": Value(100 * value, "%") for name, value in bound.items()}
        told = {f"peptides, {name}, %": 100 * value for name, value in bound.items()}
        rows.append({"tokens right, %": float(percent), **told})
    words = (
        f"Peptides of {LENGTH} residues: independent errors leave "
        + " / ".join(f"{100 * (p / 100) ** LENGTH:.0f}" for p in ACCURACIES)
        + " % of them right. The pairs can be true only where errors stand together."
    )
    return Recomputed(values, words, tuple(rows))


def last_precursor_weight(inputs: Inputs) -> Recomputed:
    """Set the other note's last precursor weight beside this one's."""
    del inputs
    here = note_schedule().stages[-1].weights["precursor"]
    values = {"in_losses_note": Value(LOSSES_NOTE_WEIGHTS[1]), "in_table_of_stages": Value(here)}
    words = f"The losses note ends at {LOSSES_NOTE_WEIGHTS[1]:g}, this table at {here:g}."
    return Recomputed(values, words, source="both notes")
