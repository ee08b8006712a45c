"""Figures of whole versions: types (R-45, R-46), totals (R-50), a comparison by cells (R-51)."""

from collections.abc import Iterator, Sequence
from math import log
from typing import Final

import numpy as np

from core.diagnosis.finding import Finding
from core.problems.sidechain.metrics.rmsd import LABELS
from core.problems.sidechain.metrics.sequences import UNIFORM_PERPLEXITY
from core.problems.sidechain.reported.checks_words import (
    ACCURACY,
    PERPLEXITY,
    Told,
    table_finding,
)
from core.problems.sidechain.reported.table_files import Row
from core.problems.sidechain.reported.totals import DISAGREES_A

LEAST_DROP: Final = 10.0  # points
LEAST_ACCURACY: Final = 200 / UNIFORM_PERPLEXITY  # percent: twice chance
KIND: Final = "_kind"


def check_types(told: Told) -> Iterator[Finding]:
    """Report types that are read less often than before; with weight 0 that is to be expected."""
    before, after = told.before.get(ACCURACY), told.after.get(ACCURACY)
    if before is None or after is None or before - after <= LEAST_DROP:
        return
    weight = next((s for s in told.settings if s.is_weight and "type" in s.name), None)
    is_off = weight is not None and (weight.numbers or (1, 1))[1] == 0
    yield table_finding(
        "R-45", "info" if is_off else "error", told.both,
        "The head of the types is not trained" if is_off
        else f"Residue types collapse: {before - after:.1f} points lost",
        f"Right types {before:.1f} % → {after:.1f} %, {before - after:.1f} points (threshold "
        f"{LEAST_DROP:g})" + (f"; {weight.name} is 0." if is_off and weight else "."),
        values={"accuracy_before_percent": before, "accuracy_after_percent": after},
        meaning="Its weight is 0: the head stands still while what it reads moves on. It has not "
        "unlearnt, and its figures say nothing." if is_off
        else "The loss of the types no longer shapes what is learnt.",
        suggestion="Give the type a weight above 0, or do not report it.",
        subject=ACCURACY,
    )  # fmt: skip


def check_perplexity(told: Told) -> Iterator[Finding]:
    """Report a perplexity above that of a model that knows nothing."""
    for version, figures in (
        (told.comparison.before, told.before),
        (told.comparison.after, told.after),
    ):
        found, right = figures.get(PERPLEXITY), figures.get(ACCURACY)
        if found is None or found <= UNIFORM_PERPLEXITY:
            continue
        is_sure = right is not None and right > LEAST_ACCURACY
        evidence = f"Cross-entropy ln {found:g} = {log(found):.2f} nats; of a model that knows "
        evidence += f"nothing ln {UNIFORM_PERPLEXITY:g} = {log(UNIFORM_PERPLEXITY):.2f}."
        values = {"perplexity": found, "cross_entropy_nats": log(found)}
        if is_sure and right is not None and right < 100:
            wrong = log(found) / (1 - right / 100)
            values |= {"nats_per_wrong_residue": wrong, "accuracy_percent": right}
            evidence += f" With {right:g} % right, {wrong:.1f} nats for each wrong residue."
        yield table_finding(
            "R-46", "error" if is_sure else "warn", version.title,
            f"Perplexity {found:g} is worse than guessing ({UNIFORM_PERPLEXITY:g})",
            evidence,
            values=values,
            meaning="It is sure of types that are wrong: a head that is no longer trained, or "
            "labels that are shifted. A mean of the perplexities of batches exaggerates, too.",
            suggestion="Recompute it from the cross-entropy pooled over all residues.",
            subject=PERPLEXITY,
        )  # fmt: skip


def check_totals(told: Told) -> Iterator[Finding]:
    """Report totals that differ by more than 0.02 angstrom from what their table gives."""
    comparison = told.comparison
    for version, figures, place in (
        (comparison.before, told.before, "before"),
        (comparison.after, told.after, "after"),
    ):
        names = {label: name for name, label in LABELS.items()}
        for line in comparison.totals:
            reported = {**version.totals, **figures}.get(names[line.name])
            value = line.before if place == "before" else line.after
            if reported is None or not np.isfinite(value):
                continue
            if abs(reported - value) > DISAGREES_A:
                yield table_finding(
                    "R-50", "warn", version.title,
                    f"The total is not that of its table: {line.name}",
                    f"Reported {reported:.2f} Å; the root mean square over the slots, weighted by "
                    f"their atoms, is {value:.2f} Å (threshold {DISAGREES_A:g} Å).",
                    values={"reported_angstrom": reported, "recomputed_angstrom": value},
                    meaning="One of the two is of other residues, or a mean of means.",
                    suggestion="Pool the squared errors of all atoms, then take the root.",
                    subject=names[line.name],
                )  # fmt: skip


def check_rival(rows: Sequence[Row], tasks: tuple[str, str] | None = None) -> Iterator[Finding]:
    """Report a comparison in which estimates or blanks stand against measurements.

    Args:
        rows: A quantity each; for both sides a column `..._kind` that says how its cell is known.
        tasks: What either side does, in words, where that differs.
    """
    if not rows:
        return
    sides = [name.removesuffix(KIND) for name in rows[0] if name.endswith(KIND)]
    unfit = {
        row["quantity"]: ", ".join(
            f"{side} {row[side + KIND]}" for side in sides if row[side + KIND] != "measured"
        )
        for row in rows
    }
    unfit = {quantity: why for quantity, why in unfit.items() if why}
    if not unfit and tasks is None:
        return
    aims = f" {sides[0]} {tasks[0]}, {sides[1]} {tasks[1]}." if tasks else ""
    yield table_finding(
        "R-51", "info", " and ".join(sides),
        f"{len(unfit)} of {len(rows)} rows cannot be won",
        "; ".join(f"{quantity}: {why}" for quantity, why in unfit.items()) + f".{aims}",
        values={"rows": float(len(rows)), "rows_not_comparable": float(len(unfit))},
        meaning="An estimate or a blank cannot win against a measurement"
        + (", and other tasks are not comparable." if tasks else "."),
        suggestion="Measure both on the same residues, with the same masks.",
    )  # fmt: skip
