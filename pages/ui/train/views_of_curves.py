"""Closer looks at what a run measured: gradients, weights, the optimiser, positions."""

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.curves import CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.found_metrics import found_groups
from core.figures.run_views import (
    summarise_found,
    summarise_gradients,
    summarise_optimiser,
    summarise_positions,
    summarise_weights,
)
from core.runs.reader import read_arrays
from pages.ui.charts import show_chart
from pages.ui.page import heading
from pages.ui.train.scene import HEIGHT, Scene, option

FOUND_HEIGHT, FOUND_MARGIN = 190, 60  # of a row of panels, and around them, pixels
BY_POSITION = "_by_position"  # end of the names of arrays that hold one number a position


def _chart(
    scene: Scene,
    record: CurveFigure,
    title: str,
    remark: str,
    alt: str,
    *,
    height: int = HEIGHT,
) -> None:
    heading(title, remark)
    if not any(panel.curves for panel in record.panels):
        st.markdown(":gray[Nothing has been measured for this yet.]")
        return
    figure = draw_curves(record, scene.palette, height=height)
    show_chart(figure, key=record.key.split("-")[0], alt=alt)


def show_found(scene: Scene) -> None:
    """Every metric of a run whose problem is not known here."""
    history = scene.look.history
    record = summarise_found(history, scene.axes, key=f"metrics-{scene.look.folder.name}")
    count = len(found_groups(history))
    few = f"the first {len(record.panels)} of {count}; all are on the page Runs"
    told = (few if count > len(record.panels) else "", record.remark)
    rows = -(-len(record.panels) // record.columns)
    _chart(
        scene,
        record,
        "What the run has measured",
        "; ".join(filter(None, told)),
        "Every metric of the run, a panel a name and a line a split.",
        height=FOUND_HEIGHT * max(rows, 1) + FOUND_MARGIN,
    )


def show_gradients(scene: Scene) -> None:
    """Who really drives the optimiser, and which terms pull apart."""
    every = option(scene.look, "gradient_every")
    _chart(
        scene,
        summarise_gradients(
            scene.look.history, scene.axes, key=f"gradients-{scene.look.folder.name}"
        ),
        "Who drives the optimiser",
        f"norm of each weighted term's gradient on the shared parameters, every {every} steps",
        "Gradient share of each term and the cosine between each two gradients over the run.",
    )


def show_weights(scene: Scene) -> None:
    """The weight of each term, and its value before the weight."""
    _chart(
        scene,
        summarise_weights(scene.look.history, scene.axes, key=f"weights-{scene.look.folder.name}"),
        "Weights and values",
        "log axes; a weight of 0 is a gap",
        "Weight and unweighted value of each term over the run.",
    )


def show_optimiser(scene: Scene) -> None:
    """Learning rate and gradient norm."""
    _chart(
        scene,
        summarise_optimiser(
            scene.look.history, scene.axes, key=f"optimiser-{scene.look.folder.name}"
        ),
        "Optimiser",
        "gradient norm before clipping, log axis",
        "Learning rate and gradient norm over the run.",
    )


def show_positions(scene: Scene) -> None:
    """What was recorded by position at the last evaluation."""
    heading("Accuracy by position", "validation, last evaluation; the best constant beside it")
    shares: dict[str, dict[str, np.ndarray]] = {}
    for name, steps in scene.look.history.recorded.items():
        if not name.endswith(BY_POSITION):
            continue
        try:
            arrays = read_arrays(scene.look.folder, name, steps[-1])
        except CoreError:
            continue
        split = name.removesuffix(BY_POSITION).replace("val_", "")
        shares[split] = {line.replace("_", " "): values for line, values in arrays.items()}
    if not shares:
        st.markdown(":gray[Nothing has been recorded by position yet.]")
        return
    figure = draw_curves(summarise_positions(shares), scene.palette, height=HEIGHT)
    show_chart(figure, key="positions", alt="Accuracy at each position from the start.")
