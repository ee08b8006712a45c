"""A contrastive run as its signs are read: losses, MRR with its limit, and the sphere it fills."""

from dataclasses import replace
from math import isfinite
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import LOSS, MRR, PROBE, chance_losses, number
from core.diagnosis.conventions import level
from core.diagnosis.points import points_of
from core.diagnosis.signs import Sign, Signs
from core.figures.curves import Curve, CurveFigure, Panel, Rule, Style, summarise_curves
from core.figures.run import raw_and_smooth, stage_labels, stage_rules
from core.figures.run_metrics import apart
from core.figures.run_series import X_TITLES, RunAxes, positions
from core.figures.theme import term_color
from core.history import History
from core.sphere import even_uniformity

COLOR: Final = term_color("info_nce")
AXES: Final = RunAxes(x="epoch", smoothing_steps=20)
TITLES: Final = {
    LOSS: ("Training loss", "faint: every step; a jump at the switch is no sign"),
    PROBE: ("Loss on fixed random batches", "trouble above the dashed line"),
    MRR: ("MRR, held-out pairs", "trouble below the dashed line"),
}
SPHERE: Final[dict[str, tuple[str, Style]]] = {
    "val/alignment": ("alignment", ("ink", "solid")),
    "val/molecule_uniformity": ("molecules", ("muted", "solid")),
    "val/text_uniformity": ("texts, dashed", ("muted", "dash")),
}
AIR: Final = 0.25


def summarise_signs(history: History, signs: Signs, *, key: str = "signs") -> CurveFigure:
    """Draw the training loss, each sign with the limit that it must not cross, and the sphere.

    Args:
        history: Of the run.
        signs: Of the same run.
        key: Name of the run: the zoom is kept as long as it stays the same.
    """
    panels = (_training(history), *(_sign(history, one) for one in signs.each), _sphere(history))
    rules, labels = stage_rules(history, AXES), stage_labels(history, AXES)
    marked = tuple(
        replace(panel, rules=(*panel.rules, *rules), top_labels=() if place else labels)
        for place, panel in enumerate(panel for panel in panels if panel.curves)
    )
    return summarise_curves(CurveFigure(key, X_TITLES["epoch"], marked, columns=2))


def _training(history: History) -> Panel:
    """Draw the loss that is trained, beside that of guessing."""
    title, remark = TITLES[LOSS]
    points = points_of(history, LOSS)
    if not len(points):
        return Panel("", ())
    drawn = raw_and_smooth(history, history.series[LOSS], AXES, "training", COLOR, log=False)
    chance = level(chance_losses(history, points))  # that of a whole batch; the last is smaller
    guess = (Rule(chance, "y", "guessing"),) if isfinite(chance) else ()
    curves = tuple(replace(curve, legend=False) for curve in drawn)
    return Panel("", curves, rules=guess, title=title, remark=remark)


def _sign(history: History, sign: Sign) -> Panel:
    """Draw a sign with its limit: of the first evaluation nothing better is known yet."""
    title, remark = TITLES[sign.metric]
    x = positions(history, AXES, sign.step)
    # A model before any training sets no limit worth drawing, and would flatten the rest.
    is_new = bool(history.started) and not history.started.config.get("resume_from")
    is_shown = np.arange(len(x)) >= int(is_new and len(x) > 2)
    value, limit = sign.value[is_shown], sign.limit[is_shown]
    return Panel(
        "",
        (
            Curve("measured", x[is_shown], value, "ink", legend=False),
            Curve("limit", x[is_shown], limit, "muted", "dash", width=1.5, legend=False),
        ),
        title=title,
        remark=remark,
    )


def _sphere(history: History) -> Panel:
    """Draw how close the two sides of a pair are, and how evenly each side is spread."""
    curves: list[Curve] = []
    ends: dict[str, float] = {}
    for metric, (name, (color, dash)) in SPHERE.items():
        points = points_of(history, metric)
        if len(points):
            x = positions(history, AXES, points.step)
            curves.append(Curve(name, x, points.value, color, dash, legend=False))
            ends[name] = float(points.value[-1])
    dim = int(number(history, "dim") or 0)
    even = (even_uniformity(dim),) if dim > 1 else ()
    known = np.concatenate([np.array([0.0, *even]), *(curve.y for curve in curves)])
    y_range = float(known.min()) - AIR, float(known.max()) + AIR
    return Panel(
        "",
        tuple(curves),
        y_range=y_range,
        rules=tuple(Rule(at, "y", "uniformity if evenly spread") for at in even),
        title="Alignment and uniformity, held-out pairs",
        remark="both better below",
        right_labels=apart(ends, y_range),
    )
