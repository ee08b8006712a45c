"""Terms whose gradient is exactly nothing for most examples although they are not solved."""

from collections.abc import Iterable, Iterator

import numpy as np

from core.diagnosis.conventions import is_unsolved, level, stretches
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, points_of
from core.diagnosis.regimes import Regime, weighted_spans
from core.history import History
from core.metrics import term_label

RULE = "R-08"
DEAD_SHARE, DEAD_CLOSE = 0.5, 0.4
MEASUREMENTS = 20


def check_dead(history: History) -> Iterable[Finding] | CannotTell:
    """Report a term without gradient for over half of the examples, 20 measurements running.

    Warm-up and borders excuse nothing, and the count goes on across borders as long as the term
    is active: nothing is compared with what was before. A solved term is excused. A loss that
    sees only chance overlaps has a gradient, though a useless one: that is not seen here.
    """
    found: list[Finding] = []
    missing: list[str] = []
    for term in history.terms:
        spans = list(weighted_spans(history, term))
        needed = [f"train/{term}/dead_share", f"train/{term}/raw"]
        absent = [metric for metric in needed if metric not in history.series]
        if spans and absent:
            missing.extend(absent)
        else:
            for span in spans:
                found.extend(_dead(history, span, term))
    return CannotTell(RULE, tuple(missing)) if missing and not found else found


def _dead(history: History, span: tuple[Regime, ...], term: str) -> Iterator[Finding]:
    end = span[-1].end_step
    dead = points_of(history, f"train/{term}/dead_share", span[0].first_step, end)
    holds, over = dead.value > DEAD_SHARE, dead.value < DEAD_CLOSE
    for stretch in stretches(holds, over, confirm=MEASUREMENTS, release=WINDOW):
        first, last = int(dead.step[stretch.first]), int(dead.step[stretch.last])
        if not is_unsolved(history, term, first, last + 1):
            continue
        share = float(np.median(dead.value[stretch.first : stretch.last + 1]))
        raw = level(points_of(history, f"train/{term}/raw", first, last + 1).value)
        count = stretch.last - stretch.first + 1
        regime = next(r for r in span if r.first_step <= first < r.end_step)
        yield Finding(
            rule=RULE,
            severity="error",
            regime=regime.name,
            first_step=first,
            last_step=last,
            is_open=stretch.is_open and span[-1].is_newest,
            verdict=f"{term_label(term)} has no gradient for {100 * share:.0f} % of the examples",
            evidence=f"In {count} measurements, steps {first:,} to {last:,}, a median of "
            f"{100 * share:.0f} % of the examples had a gradient of 0, or 1e-12 of the largest "
            f"(threshold {100 * DEAD_SHARE:g} %, {MEASUREMENTS} measurements), while "
            f"{term_label(term)} stands at {raw:.3g}.",
            values={"dead_share": share, "raw": raw, "measurements": float(count)},
            meaning="These examples cannot be improved by this term, however wrong they are; "
            "the optimiser may still move on its momentum.",
            suggestion="Replace a clamp by a loss that keeps growing (a logarithm), widen a "
            "divisor or a width, and check that nothing is rounded or detached.",
            page="loss_balance",
            subject=term,
        )
