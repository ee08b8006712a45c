"""Does each term get its share?"""

from dataclasses import replace

import streamlit as st

from core.balance.stages import tabulate_shares
from core.figures.shares import draw_shares
from pages.ui.balance.controls import (
    DESCENT,
    FORM,
    RAW,
    SOLVING,
    TARGET_SLIDERS,
    WEIGHTS,
    bands_from,
    form_from,
)
from pages.ui.balance.editor import (
    current_schedule,
    edit_frame,
    forget_edits,
    kept_frame,
    own_table,
    show_solved,
    valid_plan,
)
from pages.ui.balance.export import export_panel
from pages.ui.balance.metrics import (
    balance_metrics,
    cost_metric,
    explain_solution,
    note_metric,
    outside_metric,
    shares_alt,
)
from pages.ui.balance.plan import start_frame
from pages.ui.balance.solved import solve_both, summarise_stage_shares
from pages.ui.balance.views import VIEWS, Balance, view_control
from pages.ui.charts import show_chart
from pages.ui.controls import draw_control, draw_controls, reset_button
from pages.ui.handover import train_with
from pages.ui.page import Explanation, heading, metrics_row, open_page

palette = open_page(
    "Does each term get its share?",
    "One bar per stage. Where terms have targets, colour boundaries should fall inside the dotted "
    "bands; the strip below tells which term is out.",
    Explanation(
        formula=r"s_i = \frac{w_i\,L_i}{\sum_j w_j\,L_j},\qquad "
        r"\min_w \sum_i \Big(\log\frac{w_i}{w_i^0}\Big)^2 \;\text{ with }\; "
        r"l_i \le s_i \le h_i",
        symbols="$L_i$ raw value, $w_i$ weight and $s_i$ share of a term; $w_i^0$ the weight as "
        "written, $[l_i, h_i]$ its target. A weight of 0 switches a term off. A share of the "
        "value is not a share of the gradient: see core.balance.gradients.",
        source="Schedule, errors and targets: the training note (training_fix). Each raw value "
        "names its line under Sources.",
    ),
)
values = draw_controls((RAW, WEIGHTS))
source = values["raw"]
has_precursor = source != "table" or "precursor" in own_table().terms
view = view_control(has_precursor)
more = (*FORM, *SOLVING, *DESCENT) if has_precursor else SOLVING
# One's own table brings its own targets.
sliders = () if source == "table" else TARGET_SLIDERS
values |= draw_controls(sliders, more)
form, targets = form_from(values), bands_from(values) if sliders else {}
is_solved = values["weights"] == "solved"
above = st.container()
left, right = st.columns([1.04, 1], gap="medium")

with right, st.container(gap="xxsmall"):
    heading("Schedule", "weights as solved" if is_solved else "edit any cell; the chart follows")
    table_place = st.container()
    start = start_frame(source, form, current_schedule(), own_table())
    if is_solved:
        frame = kept_frame(source, start)
    else:
        with table_place:
            frame = edit_frame(source, start, dynamic=values["rows"] or source == "table")
    plan = valid_plan(source, frame, start, form, targets)

table = plan.table
names = {"terms": table.terms, "stages": table.stages}
shown = tabulate_shares(table.raw, table.weights, table.bands, **names)
fifth = outside_metric(shown, table.bands) if source == "table" else note_metric()
if is_solved:
    solution, free = solve_both(table, values)
    shown = tabulate_shares(table.raw, solution.weights, table.bands, **names)
    fifth = cost_metric(solution, free, table.terms[0] if values["held"] == "first" else "")
    explain_solution(solution, values, table)
    with table_place:
        show_solved(table, solution)

with above:
    metrics_row(balance_metrics(shown, table.bands, fifth))
with left, st.container(gap="xxsmall"):
    heading("Contribution by stage", "% of the total loss")
    show_chart(
        draw_shares(summarise_stage_shares(shown, table.bands), palette, height=516),
        key="shares",
        alt=shares_alt(shown, table.bands),
    )
with right:
    VIEWS[draw_control(view)][1](Balance(palette, source, plan, form, values))
like = None if source == "table" else current_schedule()
train_with(export_panel(replace(table, weights=shown.weights), like))
reset_button((RAW, WEIGHTS, *TARGET_SLIDERS, *FORM, *SOLVING, *DESCENT, view), also=forget_edits)
