"""RMSD against one option of the density, the others as in the sidebar."""

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.density_scores import summarise_sweep
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.problems.sidechain.density.scores import SlotScores
from core.problems.sidechain.density.sweep import SWEEPS, first_best, swept
from pages.ui.charts import show_chart
from pages.ui.density.controls import AGAINST, COUNTS, SWEEP_EACH
from pages.ui.density.scene import (
    angstrom,
    choose_scene,
    constant,
    measure,
    note_total,
    show_origin,
)
from pages.ui.page import Metric, explain_error, heading, metrics_row

HEIGHT = 430


def show_sweep(palette: Palette) -> None:
    """Show how much is recovered as one option changes."""
    scene = choose_scene(palette, (AGAINST,), COUNTS, SWEEP_EACH)
    if scene is None:
        return
    name, each = str(scene.values[AGAINST.key]), int(scene.values[SWEEP_EACH.key])
    sweep, points = SWEEPS[name], swept(scene.options, name)
    try:
        scores = dict(zip(points, measure(scene, each, list(points.values())), strict=True))
    except CoreError as error:
        explain_error(error)
        return
    now, mean = getattr(scene.options, name), constant(scene, each)
    _show_metrics(now * sweep.scale, {v * sweep.scale: s for v, s in scores.items()}, mean)
    record = summarise_sweep(
        sweep.label,
        sweep.scale * np.array(list(scores), dtype=float),
        *(np.array([getattr(s, part) for s in scores.values()])
          for part in ("overall", "side_chain", "all_lost")),
        here=now * sweep.scale,
        note=note_total("side_chain"),
        constant=mean.side_chain,
        x_log=sweep.is_log,
    )  # fmt: skip
    with st.container(gap="xxsmall"):
        heading(
            f"RMSD against {sweep.label}",
            f"{each} residues of each type; upright: the present value; dotted: side chain of the "
            "note's v5 and of the mean of each slot",
        )
        show_chart(
            draw_curves(record, palette, height=HEIGHT),
            key="sweep",
            alt=f"Overall and side-chain RMSD of what is recovered against {sweep.label}.",
        )
    show_origin(scene)


def _show_metrics(now: float, scores: dict[float, SlotScores], mean: SlotScores) -> None:
    here, below = scores[now], [v for v, s in scores.items() if s.side_chain < mean.side_chain]
    best = first_best({value: score.side_chain for value, score in scores.items()})
    metrics_row(
        [
            Metric("Side chain, now", angstrom(here.side_chain), f"at {now:g}",
                   "Pooled RMSD at the value of the sidebar."),
            Metric("Overall, now", angstrom(here.overall), "all slots but CA",
                   "Pooled RMSD at the value of the sidebar."),
            Metric("Not found, now", f"{100 * here.all_lost:.2g} %", "beyond 0.5 Å",
                   "Share of the atoms without a partner within 0.5 Å."),
            Metric("Best", angstrom(scores[best].side_chain), f"side chain, at {best:g}",
                   "Lowest side-chain RMSD of the sweep, at the first value within 0.001 Å of it."),
            Metric("Better than a constant", f"{len(below)} of {len(scores)}",
                   f"values; the slot mean has {mean.side_chain:.2f} Å",
                   "Values whose side-chain RMSD is below that of the mean of each slot."),
        ]
    )  # fmt: skip
