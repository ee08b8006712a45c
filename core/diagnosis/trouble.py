"""Trouble: a contrastive model got worse, whatever its training loss does."""

from collections.abc import Iterable, Sequence
from typing import Final

from core.diagnosis.contrastive_runs import HARD, MRR, PAGE, PROBE, hard_regimes, trained_in
from core.diagnosis.conventions import Stretch, stretches
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.regimes import Regime
from core.diagnosis.signs import (
    FAR,
    MRR_DROP,
    PROBE_FACTOR,
    PROBE_FLOOR,
    TROUBLE,
    Sign,
    Signs,
    least_drop,
    read_signs,
)
from core.history import History

ERROR_AFTER: Final = 3  # evaluations running


def check_trouble(history: History) -> Iterable[Finding] | CannotTell:
    """Report a model that got worse: a warning, and an error after three evaluations running."""
    signs = read_signs(history)
    if isinstance(signs, CannotTell):
        return signs
    found: dict[str, list[Stretch]] = {}
    for one in signs.troubles():
        regime = trained_in(history, int(signs.step[one.first]))
        found.setdefault(regime.name, []).append(one)
    return [_finding(history, signs, rows) for rows in found.values()]


def _finding(history: History, signs: Signs, rows: list[Stretch]) -> Finding:
    first, last = int(signs.step[rows[0].first]), int(signs.step[rows[-1].last])
    regime = trained_in(history, first)
    lasting = stretches(signs.part > 1, signs.part <= 1, confirm=ERROR_AFTER, release=1)
    is_lasting = any(rows[0].first <= s.first <= rows[-1].last for s in lasting)
    worst = [(sign, at) for sign in signs.each if (at := sign.worst(first, last)) is not None]
    said = [sign.words(at) for sign, at in worst]
    absent = {PROBE, MRR} - {sign.metric for sign in signs.each}
    without = "".join(f" Judged without {metric}, which is not there." for metric in absent)
    return Finding(
        rule=TROUBLE,
        severity="error" if is_lasting else "warn",
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=rows[-1].is_open,
        verdict=f"Trouble: the model got worse, {_worse(worst)}",
        evidence=f"{'; '.join(said)}. Thresholds: {PROBE_FACTOR:g} × the lowest loss + "
        f"{PROBE_FLOOR:g}; an MRR {100 * MRR_DROP:g} % below its best and by at least "
        f"{least_drop(history):.3f}, three standard errors; two evaluations running, or {FAR:g} × "
        f"a threshold once; an error after {ERROR_AFTER}. Steps {first:,} to {last:,}.{without}",
        values=_values(worst),
        meaning="These values do not know how hard the training batches are: the model itself "
        "got worse, whatever the training loss does.",
        suggestion=_advice(history, regime),
        page=PAGE,
    )


def _worse(worst: Sequence[tuple[Sign, int]]) -> str:
    """Say the signs that lie beyond their thresholds."""
    names = {PROBE: "loss on random batches", MRR: "MRR"}
    return ", ".join(
        f"{names[sign.metric]} {sign.best[at]:.3f} → {sign.value[at]:.3f}"
        for sign, at in worst
        if sign.part[at] > 1
    )


def _values(worst: Sequence[tuple[Sign, int]]) -> dict[str, float]:
    told: dict[str, float] = {}
    for sign, at in worst:
        value, best = float(sign.value[at]), float(sign.best[at])
        if sign.metric == PROBE:
            limit = PROBE_FACTOR * best + PROBE_FLOOR
            told |= {"probe": value, "probe_lowest": best, "probe_limit": limit}
        else:
            drop = 100 * (1 - value / best) if best > 0 else 0.0
            told |= {"mrr": value, "mrr_best": best, "mrr_drop_percent": drop}
    return told


def _advice(history: History, regime: Regime) -> str:
    if any(hard.name == regime.name for hard in hard_regimes(history)):
        return (
            "One at a time: reduce hard_ratio, lower the learning rate, switch later "
            "(curriculum_epoch). Raising hardness_k, the note's second remedy, makes no batch "
            "easier here, as the nearest are taken first: skip some (minimum_rank). Check also "
            "that texts and molecules are still paired."
        )
    return (
        f"These batches are not {HARD}, so hardness is not the cause: lower the learning rate, "
        "and check that texts and molecules are still paired."
    )
