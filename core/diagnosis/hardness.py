"""How alike negatives are: not near enough to be hard (R-36), or too near to be wrong (R-39)."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import (
    ALIKE,
    PAGE,
    RANDOM_SIMILARITY,
    SIMILARITY,
    TRAINING_PAIRS,
    Block,
    by_epoch,
    fact,
    hard_regimes,
    has_option,
    number,
    read_similarity,
    sampler_options,
)
from core.diagnosis.conventions import stretches
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of
from core.diagnosis.regimes import Regime, regime_at
from core.history import History, epoch_steps

NEARNESS, FALSE_NEGATIVES = "R-36", "R-39"
LEAST_SDS: Final = 1.0
MOST_ALIKE, ALIKE_OVER = 0.01, 0.008
BLOCK = 20  # steps of an unfinished epoch that count


def check_nearness(history: History) -> Iterable[Finding] | CannotTell:
    """Report neighbours that are hardly more alike than random pairs.

    By how alike they are, in standard deviations of random pairs, not by k: the nearest 100 of
    30,000 are near, of 101 they are everybody. What was drawn counts, so a k beyond the clusters
    of the data shows where it does harm. A control, with the neighbours of others, is let be.
    """
    options = sampler_options(history)
    if options is None or not options.hard_negatives or has_option(history, "shuffle_neighbours"):
        return ()
    pairs, k = fact(history, TRAINING_PAIRS).replace(",", ""), options.hardness_k
    count = int(pairs) if pairs.isdecimal() else None
    regimes = list(hard_regimes(history))
    if not regimes:
        return ()
    if count is not None and k >= count - 1:
        return [_everybody(history, regimes[0], k, count)]
    random = read_similarity(fact(history, RANDOM_SIMILARITY))
    absent = () if count else (TRAINING_PAIRS,)
    absent += () if random and random[1] > 0 else (RANDOM_SIMILARITY,)
    absent += () if len(points_of(history, SIMILARITY)) else (SIMILARITY,)
    if random is None or absent:
        return CannotTell(NEARNESS, absent)
    found = (_near(history, regime, random, k, count or 0) for regime in regimes)
    return [finding for finding in found if finding]


def _near(
    history: History, regime: Regime, random: tuple[float, float], k: int, count: int
) -> Finding | None:
    seen = points_of(history, SIMILARITY, regime.first_step, regime.end_step)
    mean, sd = random
    if len(seen) < WINDOW:
        return None
    near = float(np.median(seen.value))
    sds = (near - mean) / sd
    if sds >= LEAST_SDS:
        return None
    return _not_hard(
        regime,
        seen,
        f"Hard negatives are {near:.2f} alike, random pairs {mean:.2f}",
        f"Median cosine to the pivot {near:.3f} over steps {int(seen.step[0]):,} to "
        f"{int(seen.step[-1]):,}, {sds:.1f} standard deviations above that of random pairs, "
        f"{mean:.3f} ± {sd:.3f} (threshold {LEAST_SDS:g}); k is {k:,} of {count:,} pairs, "
        f"{100 * k / count:.0f} %.",
        {"similarity": near, "random_similarity": mean, "sds": sds, "k_percent": 100 * k / count},
    )


def _everybody(history: History, regime: Regime, k: int, count: int) -> Finding:
    last = history.last_step
    return _not_hard(
        regime,
        Points(np.array([regime.first_step, last]), np.zeros(2)),
        f"The {k:,} nearest of {count:,} pairs are everybody",
        f"hardness_k {k:,}, {count:,} training pairs, of which one is the pivot.",
        {"k_percent": 100 * k / count},
    )


def _not_hard(
    regime: Regime, seen: Points, verdict: str, evidence: str, values: dict[str, float]
) -> Finding:
    return Finding(
        rule=NEARNESS,
        severity="info",
        regime=regime.name,
        first_step=int(seen.step[0]),
        last_step=int(seen.step[-1]),
        is_open=regime.is_newest,
        verdict=verdict,
        evidence=evidence,
        values=values,
        meaning="These batches are called hard and are close to random ones.",
        suggestion="Lower hardness_k or hard_ratio, so that fewer and nearer neighbours are drawn; "
        "or use text vectors that tell texts further apart.",
        page=PAGE,
        subject=SIMILARITY,
    )


def check_alike(history: History) -> Iterable[Finding] | CannotTell:
    """Report batches in which more than 1 % of the negatives are too much alike to be wrong.

    Pairs that the loss leaves out, because their text or target is equal, count no more.
    """
    if ALIKE not in history.series:
        return CannotTell(FALSE_NEGATIVES, (ALIKE,))
    if not epoch_steps(history):
        return CannotTell(FALSE_NEGATIVES, ("steps an epoch",))
    enough = min(BLOCK, epoch_steps(history))
    blocks = [b for b in by_epoch(history, ALIKE) if len(b.points) >= enough]
    # Most batches have none, so that a median would be 0 whatever the share.
    share = np.array([b.points.value.mean() for b in blocks])
    rows: dict[str, list[tuple[Block, Block, bool, float]]] = {}
    for one in stretches(share > MOST_ALIKE, share < ALIKE_OVER, confirm=1):
        first, last = blocks[one.first], blocks[one.last]
        name = regime_at(history, int(first.points.step[0])).name
        worst = float(share[one.first : one.last + 1].max())
        rows.setdefault(name, []).append((first, last, one.is_open, worst))
    return [_alike(history, name, row) for name, row in rows.items()]


def _alike(history: History, name: str, rows: list[tuple[Block, Block, bool, float]]) -> Finding:
    first, last = int(rows[0][0].points.step[0]), int(rows[-1][1].points.step[-1])
    share, ceiling = max(row[3] for row in rows), number(history, "max_similarity")
    return Finding(
        rule=FALSE_NEGATIVES,
        severity="warn",
        regime=name,
        first_step=first,
        last_step=last,
        is_open=rows[-1][2],
        verdict=f"{100 * share:.1f} % of the negatives may be right answers",
        evidence=f"Mean of {ALIKE} in an epoch up to {100 * share:.2f} %, steps {first:,} to "
        f"{last:,} (threshold {100 * MOST_ALIKE:g} %)"
        + (f"; similarity ceiling {ceiling:g}." if ceiling is not None else "."),
        values={"alike_percent": 100 * share},
        meaning="The loss pushes apart what belongs together: texts as near as these describe the "
        "same thing.",
        suggestion="Lower max_similarity or skip the nearest (minimum_rank); leave pairs above "
        "a similarity out of the loss, as it does those of equal text.",
        page=PAGE,
        subject=ALIKE,
    )
