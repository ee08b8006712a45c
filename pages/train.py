"""Is this run learning, and what drives it?"""

import streamlit as st

from core.figures.draw_curves import draw_curves
from core.figures.run import summarise_run
from core.history import History
from pages.ui.charts import show_chart
from pages.ui.controls import Segments, draw_control
from pages.ui.handover import open_in_balance
from pages.ui.page import Explanation, open_page
from pages.ui.train.actions import show_problem
from pages.ui.train.headline import finding_line, headline_metrics, status_line
from pages.ui.train.scene import Scene
from pages.ui.train.sidebar import draw_sidebar
from pages.ui.train.views import VIEWS, offered
from pages.ui.train.watched import Look, look_at

REFRESH_S = 1.0
HEIGHT = 470

palette = open_page(
    "Is this run learning, and what drives it?",
    "Grey rules mark the stages. Trouble: one colour takes over the shares, or accuracy stops "
    "while the loss still falls.",
    Explanation(
        formula=r"L = \sum_i w_i L_i,\qquad s_i = \frac{w_i L_i}{L},\qquad "
        r"g_i = \frac{\lVert w_i \nabla_\theta L_i \rVert}"
        r"{\sum_j \lVert w_j \nabla_\theta L_j \rVert}",
        symbols="$L_i$ value, $w_i$ weight, $s_i$ share of a term; $g_i$ its gradient share over "
        "the shared parameters $\\theta$. The running mean restarts at every stage: a mean "
        "across a change of weights draws slopes that never happened.",
        source="Stages, weights and criteria: the training note (training_fix). The rules of the "
        "findings state their thresholds.",
    ),
)
chosen = draw_sidebar()
show_problem()


def draw(look: Look) -> None:
    """Draw everything that changes while the run goes on."""
    status_line(look)
    headline_metrics(look)
    finding_line(look)
    charts = look.experiment.charts if look.experiment else None
    record = summarise_run(look.history, charts, chosen.axes, key=look.folder.name)
    figure = draw_curves(record, palette, height=HEIGHT)
    show_chart(figure, key="run", alt=_alt(look.history))
    view = draw_control(view_control(look))
    with st.container(gap="xxsmall"):
        VIEWS[view][1](Scene(palette, look, chosen.axes))


def _alt(history: History) -> str:
    terms = ", ".join(history.terms) or "no terms yet"
    return (
        f"Contributions and shares of {terms}, accuracy and error, up to step {history.last_step}."
    )


def view_control(look: Look) -> Segments:
    """Offer the views that the problem of a run has something for."""
    return Segments(
        "view",
        "View",
        "What the lower part shows.",
        offered(look.experiment)[0],
        offered(look.experiment),
        lambda name: VIEWS[name][0],
        labelled=False,
    )


if chosen.look is None:
    st.info("There is no run yet. Press *Start a new run*.", icon=":material/info:")
    empty = summarise_run(History(), (), chosen.axes)
    show_chart(draw_curves(empty, palette, height=HEIGHT), key="run", alt=_alt(History()))
else:
    first = chosen.look

    def watch() -> None:
        """Draw the run again and again while it is active; then once more with its buttons."""
        look = look_at(first.folder)
        draw(look)
        if look.status.state != first.status.state:
            st.rerun()

    st.fragment(watch, run_every=REFRESH_S if first.status.is_active else None)()
    open_in_balance(first.history)
