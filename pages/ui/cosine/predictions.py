"""The predictions of a run as a cloud over the exact curves, evaluation by evaluation."""

from typing import Final

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.cosine_curves import Examples, summarise_examples
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette, term_color
from core.history import epoch_steps
from core.metrics import term_label
from core.problems.pocket.results import best_step, ligands_in_words, loss_kind
from core.problems.pocket.task import BY_EXAMPLE, TERMS
from core.runs.reader import read_arrays
from pages.ui.charts import show_chart
from pages.ui.controls import Choice, Slider, draw_control
from pages.ui.cosine.histories import pocket_runs
from pages.ui.page import escaped, explain_error, heading
from pages.ui.train.watched import Look, look_at

HEIGHT: Final = 520
REFRESH_S: Final = 2.0
NONE: Final = ":gray[No run of this problem has been started yet: start one on the page Train.]"
AWAITED: Final = {
    "queued": "waits for its turn. Its first evaluation comes before its first step, and is shown "
    "here by itself.",
    "running": "has just begun. Its first evaluation comes as soon as its data are loaded, and is "
    "shown here by itself.",
    "stopping": "is about to stop, before its first evaluation. Resume it on the page Train.",
    "stopped": "was stopped before its first evaluation. Resume it on the page Train.",
    "killed": "was killed before its first evaluation. Resume it on the page Train.",
}
ANOTHER: Final = "has no predictions. Choose another run, or start one on the page Train."


def show_predictions(palette: Palette) -> None:
    """Each test ligand of a run at an evaluation, beside the curves of the identity."""
    rows = {f"{r.name or r.id} · {r.id[-4:]}": r for r in pocket_runs()}
    if not rows:
        st.markdown(NONE)
        return
    looks = {name: look_at(row.folder) for name, row in rows.items()}
    with st.sidebar:
        name = draw_control(run_choice(looks))
    look = looks.get(name) or next(iter(looks.values()))
    if not (steps := look.history.recorded.get(BY_EXAMPLE, ())):
        _await(look)
        return
    with st.sidebar:
        step = steps[_choose_evaluation(len(steps) - 1)]
    try:
        arrays = read_arrays(look.folder, BY_EXAMPLE, step)
    except CoreError as error:
        explain_error(error)
        return
    _draw(palette, look, arrays, step)


def _await(look: Look) -> None:
    """Say why there is no cloud yet and what to do; draw it as soon as there is one."""

    def watch() -> None:
        now = look_at(look.folder)
        said = AWAITED.get(now.status.state, ANOTHER)
        st.markdown(f":gray[{escaped(look.name)} {said} {escaped(now.status.message)}]")
        if BY_EXAMPLE in now.history.recorded or now.status.is_active != look.status.is_active:
            st.rerun()

    st.fragment(watch, run_every=REFRESH_S if look.status.is_active else None)()


def _choose_evaluation(last: int) -> int:
    """Draw the slider; another run may have been evaluated less often."""
    if last < 1:
        return 0
    slider = epoch_slider(last)
    if st.session_state.get(slider.key, 0) > last:
        st.session_state[slider.key] = last
    return int(draw_control(slider))


def run_choice(looks: dict[str, Look]) -> Choice:
    """Offer the runs, first the newest that has recorded its predictions."""
    names = tuple(looks)
    known = [name for name in names if BY_EXAMPLE in looks[name].history.recorded]
    first = known[0] if known else names[0]
    return Choice("cloud", "Run", "Whose predictions are drawn.", first, names)


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


def _draw(palette: Palette, look: Look, arrays: dict[str, np.ndarray], step: int) -> None:
    examples = _examples(look, arrays)
    record = summarise_examples([examples], key="cloud")
    highest = record.panels[0].y_range[1] if record.panels[0].y_range else np.inf
    above = int((examples.error > highest).sum())
    ratio = float(np.median(arrays["pred_norm"] / arrays["target_norm"]))
    mean = f"{examples.cos.mean():.3f}".replace("-", "−")
    about = [
        f"trained with {term_label(loss_kind(look.history))} for {step:,} steps",
        f"mean cosine {mean} (the larger dot; a mean may lie below the lower curve)",
        f"median norm ratio {ratio:.2f}",
        f"{above:,} above the chart" if above else "",
        _best_in_words(look),
    ]
    tested = ligands_in_words(arrays["ligand"])
    heading(f"{tested} {_moment(look, step)}", "; ".join(filter(None, about)))
    show_chart(
        draw_curves(record, palette, height=HEIGHT),
        key="cloud",
        alt=f"Squared error over cosine of each test ligand {_moment(look, step)}, between the "
        "curves 1 − cos² and 2(1 − cos).",
    )


def _examples(look: Look, arrays: dict[str, np.ndarray]) -> Examples:
    """Scale the squared error of each example by that of a zero answer."""
    kind, started = loss_kind(look.history), look.history.started
    dimension = float(str(started.config.get("output_dim", 1))) if started else 1.0
    scale = arrays["target_norm"].astype(float) ** 2 / dimension
    return Examples(
        "test ligands",
        term_color(kind) if kind in TERMS else "muted",
        arrays["cosine"].astype(float),
        arrays["mse"] / scale,
        tuple(arrays["name"].tolist()),
    )


def _moment(look: Look, step: int) -> str:
    """Say when an evaluation was, by epoch where the run tells how long one is."""
    if step == 0:
        return "before the first update"
    if steps := epoch_steps(look.history):
        return f"at epoch {step / steps:.3g}"
    return f"at evaluation {look.history.recorded[BY_EXAMPLE].index(step)}"


def _best_in_words(look: Look) -> str:
    try:
        best = best_step(look.history)
    except CoreError:
        return ""
    return f"best on validation {_moment(look, best)}"
