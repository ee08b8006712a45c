"""Claims of the training note on contributions and shares of its three terms."""

from functools import cache
from typing import Final

import numpy as np

from core.balance.shares import verdict
from core.balance.stages import StageShares, tabulate_shares
from core.balance.term_metrics import shares
from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.problems.peptide.balance import (
    RawValues,
    default_bands,
    expected_raw,
    note_raw,
    note_schedule,
    solved_schedule,
)
from core.training.curriculum import Schedule

SOURCE: Final = "the training note's table of stages"
FIRST: Final = {"ce": 3.26, "spectrum": 0.18, "precursor": 146.68}  # L54-56
PRINTED_SHARES: Final = (64.0, 2.0, 14.0)  # L87-89
TERMS: Final = ("ce", "spectrum", "precursor")


@cache
def stage_shares(kind: str) -> StageShares:
    """Tabulate the note's stages with "expected" raw values, or with the "note"'s own."""
    return _tabulated(note_schedule(), expected_raw() if kind == "expected" else note_raw())


def _tabulated(schedule: Schedule, values: RawValues) -> StageShares:
    bands = [default_bands().get(term) for term in values.terms]
    weights = schedule.weights
    return tabulate_shares(values.raw, weights, bands, stages=values.stages, terms=values.terms)


def _row(table: StageShares, stage: str) -> dict[str, float]:
    return dict(zip(table.terms, table.shares[table.stages.index(stage)].tolist(), strict=True))


def first_shares(inputs: Inputs) -> Recomputed:
    """Share out the three contributions of the first weights."""
    del inputs
    found = shares(FIRST)
    rows = tuple({"term": term, "contribution": FIRST[term], "share, %": found[term]}
                 for term in FIRST)  # fmt: skip
    words = f"Of {sum(FIRST.values()):.2f} in all the precursor has {found['precursor']:.1f} %."
    return Recomputed({term: Value(share, "%") for term, share in found.items()}, words, rows)


def three_aims(inputs: Inputs) -> Recomputed:
    """Judge equal shares, and those of stage 2, by the target bands."""
    del inputs
    bands, equal = default_bands(), 100 / len(TERMS)
    spectrum = _row(stage_shares("note"), "2")["spectrum"]
    is_equal = all(verdict(equal, band, 1.0) == "inside" for band in bands.values())
    is_inside = verdict(spectrum, bands["spectrum"], 1.0) == "inside"
    values = {
        "equal_share_in_band": Value(float(is_equal), "yes"),
        "stage_2_spectrum_in_band": Value(float(is_inside), "yes"),
        "stage_2_spectrum": Value(spectrum, "%"),
    }
    rows = tuple({"term": term, "equal share, %": equal, "target": str(band)}
                 for term, band in bands.items())  # fmt: skip
    words = (
        f"Equal shares of {equal:.0f} % miss the target of the cross-entropy, and the spectrum's "
        f"{spectrum:.1f} % in stage 2 lies below its own."
    )
    return Recomputed(values, words, rows, source=SOURCE)


def stage_2_total(inputs: Inputs) -> Recomputed:
    """Add up stage 2 from the printed raw values and weights."""
    del inputs
    table = stage_shares("note")
    at = table.stages.index("2")
    values = {term: Value(share, "%") for term, share in _row(table, "2").items()}
    values["total"] = Value(float(table.total[at]))
    values["sum_of_printed_shares"] = Value(sum(PRINTED_SHARES), "%")
    columns = {"raw": table.raw, "weight": table.weights, "contribution": table.contributions,
               "share, %": table.shares}  # fmt: skip
    rows = tuple({"term": term, **{name: float(one[at, i]) for name, one in columns.items()}}
                 for i, term in enumerate(table.terms))  # fmt: skip
    words = (
        f"The printed contributions add up to {table.total[at]:.2f}, and the precursor, not the "
        f"cross-entropy, has most of it; the printed shares add up to {sum(PRINTED_SHARES):.0f} %."
    )
    return Recomputed(values, words, rows, source=SOURCE)


def stage_2_start(inputs: Inputs) -> Recomputed:
    """Add up stage 2 from where stage 1 ends by the note's own account (L160)."""
    del inputs
    table = stage_shares("expected")
    at = table.stages.index("2")
    found = _row(table, "2")
    ce, total = float(table.raw[at, 0]), float(table.total[at])
    values = {"ce_at_stage_2": Value(ce), "total_at_stage_2": Value(total)}
    words = (
        f"Stage 1 ends at a cross-entropy of {ce:g}. Stage 2 then starts at {total:.2f} in all, "
        + " / ".join(f"{found[term]:.0f}" for term in TERMS)
        + " %: within the 5 to 8 of L169."
    )
    return Recomputed(values, words, ({**found, "total": total},), source=SOURCE)


def most_of_precursor(inputs: Inputs) -> Recomputed:
    """Find the precursor's largest share over the stages, by true and by printed raw values."""
    del inputs
    told = {kind: stage_shares(kind) for kind in ("expected", "note")}
    share = {kind: table.shares[1:, 2] for kind, table in told.items()}
    values = {
        "most_expected": Value(float(share["expected"].max()), "%"),
        "most_note_raw": Value(float(share["note"].max()), "%"),
    }
    stages = tuple(float(stage) for stage in told["note"].stages[1:])
    names = {"expected": "true formula", "note": "the note's raw values"}
    curves = tuple(Curve(names[kind], stages, tuple(values_.tolist()))
                   for kind, values_ in share.items())  # fmt: skip
    rows = tuple({"stage": stage, **{names[kind]: float(values_[i])
                                     for kind, values_ in share.items()}}
                 for i, stage in enumerate(stages))  # fmt: skip
    words = (
        f"By the true formula the precursor has {share['expected'].min():.0f} to "
        f"{share['expected'].max():.0f} % in stages 2 to 10, by the note's own values "
        f"{share['note'].min():.0f} to {share['note'].max():.0f} %."
    )
    axes = ("stage", "share of the precursor, %")
    return Recomputed(values, words, rows, curves, axes, SOURCE)


def stage_2_precursor(inputs: Inputs) -> Recomputed:
    """Weigh the precursor loss of 25,000 ppm as in stage 2."""
    return _weighted(inputs, "2")


def stage_6_precursor(inputs: Inputs) -> Recomputed:
    """Weigh the precursor loss of 1,000 ppm as in stage 6."""
    return _weighted(inputs, "6")


def stage_10_precursor(inputs: Inputs) -> Recomputed:
    """Weigh the precursor loss of 50 ppm as in stage 10."""
    return _weighted(inputs, "10")


def _weighted(inputs: Inputs, stage: str) -> Recomputed:
    del inputs
    table = stage_shares("expected")
    at = table.stages.index(stage)
    ce, _, precursor = table.contributions[at].tolist()
    error = float(expected_raw().error_ppm[at])
    values = {"weighted": Value(precursor), "over_ce": Value(precursor / ce)}
    weight, raw = float(table.weights[at, 2]), float(table.raw[at, 2])
    row = {"error, ppm": error, "raw": raw, "weight": weight, "weighted": precursor,
           "cross-entropy": ce}  # fmt: skip
    words = (
        f"{weight:g} x {raw:.1f} = {precursor:.2f} at {error:,.0f} ppm, {precursor / ce:.0f} times "
        f"the cross-entropy that the note expects there ({ce:g})."
    )
    return Recomputed(values, words, (row,), source=SOURCE)


def spectrum_products(inputs: Inputs) -> Recomputed:
    """Weigh the spectrum loss as in stages 2 and 10, and share out stage 2."""
    del inputs
    table = stage_shares("expected")
    early, late = (float(table.contributions[table.stages.index(s), 1]) for s in ("2", "10"))
    share = _row(table, "2")["spectrum"]
    values = {"early": Value(early), "late": Value(late), "share_percent": Value(share, "%")}
    words = f"The products are right; {early:g} is {share:.1f} % of what stage 2 starts with."
    return Recomputed(values, words, source=SOURCE)


def bands_together(inputs: Inputs) -> Recomputed:
    """Add up the ends of the target bands, and solve weights for them."""
    del inputs
    bands = default_bands()
    low, high = (sum(ends) for ends in zip(*((b.low_percent, b.high_percent)
                                             for b in bands.values()), strict=True))  # fmt: skip
    solved = _tabulated(solved_schedule(), expected_raw())
    active = np.array(solved.weights[:, 1] > 0)
    met = all(inside for inside, has in zip(solved.inside, active, strict=True) if has)
    values = {
        "sum_of_least": Value(low, "%"),
        "sum_of_most": Value(high, "%"),
        "is_solvable": Value(float(met), "yes"),
    }
    shared = zip(solved.stages, solved.shares.tolist(), strict=True)
    rows = tuple({"stage": stage, **dict(zip(solved.terms, row, strict=True))}
                 for stage, row in shared)  # fmt: skip
    words = (
        f"The bands hold {low:.0f} to {high:.0f} %, so 100 % can be shared out; solved weights "
        "bring every stage with three terms inside."
    )
    return Recomputed(values, words, rows, source=SOURCE)
