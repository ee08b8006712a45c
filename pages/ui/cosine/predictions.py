"""The predictions of a finished run as a cloud over the exact curves, epoch by epoch."""

from typing import Final

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.cosine_curves import Examples, summarise_examples
from core.figures.draw_curves import draw_curves
from core.figures.theme import term_color
from core.metrics import term_label
from core.problems.pocket.results import loss_kind
from core.problems.pocket.task import BY_EXAMPLE, TERMS
from core.runs.reader import read_arrays
from pages.ui.charts import show_chart
from pages.ui.controls import Choice, Slider, draw_control
from pages.ui.cosine.histories import pocket_runs
from pages.ui.cosine.main_figure import Scene
from pages.ui.page import explain_error, heading
from pages.ui.train.watched import Look, look_at

HEIGHT: Final = 400
NONE: Final = ":gray[No run of this problem has been evaluated yet: start one on the page Train.]"


def show_predictions(scene: Scene) -> None:
    """Each held-out example of a run at an evaluation, beside the curves of the identity."""
    rows = {f"{r.name or r.id} · {r.id[-4:]}": r for r in pocket_runs()}
    looks = {name: look_at(row.folder) for name, row in rows.items()}
    looks = {name: look for name, look in looks.items() if BY_EXAMPLE in look.history.recorded}
    if not looks:
        st.markdown(NONE)
        return
    left, right = st.columns([1, 1.6], gap="medium", vertical_alignment="bottom")
    with left:
        name = draw_control(run_choice(tuple(looks)))
    look = looks.get(name) or next(iter(looks.values()))
    steps = look.history.recorded[BY_EXAMPLE]
    with right:
        epoch = _choose_epoch(len(steps) - 1)
    step = steps[epoch]
    try:
        arrays = read_arrays(look.folder, BY_EXAMPLE, step)
    except CoreError as error:
        explain_error(error)
        return
    _draw(scene, look, arrays, step, epoch)


def _choose_epoch(last: int) -> int:
    """Draw the slider; another run may have been evaluated less often."""
    if last < 1:
        return 0
    slider = epoch_slider(last)
    if st.session_state.get(slider.key, 0) > last:
        st.session_state[slider.key] = last
    return int(draw_control(slider))


def run_choice(names: tuple[str, ...]) -> Choice:
    """Offer the runs that have recorded their predictions."""
    return Choice("cloud", "Run", "Whose held-out predictions are drawn.", names[0], names)


def epoch_slider(last: int) -> Slider:
    """Offer the evaluations of a run."""
    return Slider(
        "epoch",
        "Evaluation, number",
        "0 is before the first update; the others follow an epoch each, where the run was not told "
        "otherwise.",
        last,
        0,
        last,
        1,
    )


def _draw(scene: Scene, look: Look, arrays: dict[str, np.ndarray], step: int, epoch: int) -> None:
    kind = loss_kind(look.history)
    dimension = (
        float(str(look.history.started.config.get("output_dim", 1)))
        if look.history.started
        else 1.0
    )
    scale = arrays["target_norm"].astype(float) ** 2 / dimension
    examples = Examples(
        "held-out ligands",
        term_color(kind) if kind in TERMS else "muted",
        arrays["cosine"].astype(float),
        arrays["mse"] / scale,
        tuple(arrays["name"].tolist()),
    )
    record = summarise_examples([examples], key="cloud")
    ratio = float(np.median(arrays["pred_norm"] / arrays["target_norm"]))
    mean = f"{examples.cos.mean():.3f}".replace("-", "−")
    highest = record.panels[0].y_range[1] if record.panels[0].y_range else np.inf
    above = int((examples.error > highest).sum())
    heading(
        f"{len(examples.cos):,} held-out ligands after {step:,} steps",
        f"trained with {term_label(kind)}; mean cosine {mean} (the larger dot), median norm ratio "
        f"{ratio:.2f}" + (f"; {above:,} lie above the chart" if above else ""),
    )
    show_chart(
        draw_curves(record, scene.palette, height=HEIGHT),
        key="cloud",
        alt=f"Squared error over cosine of each held-out ligand at evaluation {epoch}, between the "
        "curves 1 − cos² and 2(1 − cos).",
    )
