"""The balance page: the note's shares, the rise of the precursor term, the solved weights."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.balance.table import BalanceTable
from core.problems.peptide.balance import note_schedule
from core.training.schedule_text import to_yaml
from tests.pages.reading import errors

ALT = "Share of each term by stage"


def test_stage_2_by_the_notes_numbers(open_page, metric):
    app = open_page("loss_balance")
    assert metric(app, "Stage 2, the note's numbers") == "30.5 / 0.8 / 68.6 %"


def test_the_notes_table_shows_the_same_shares_in_its_second_bar(open_page, trace, decode):
    app = open_page("loss_balance", raw="the note's own table")
    second = [
        decode(trace(app, ALT, name)["y"])[1] for name in ("cross-entropy", "spectrum", "precursor")
    ]
    assert second == pytest.approx([30.5, 0.8, 68.6], abs=0.05)


def test_the_precursor_term_rises_to_about_12_at_stages_4_to_6(open_page, trace, decode, metric):
    app = open_page("loss_balance")
    contribution = decode(trace(app, ALT, "precursor")["customdata"])
    assert contribution[1:].round(1).tolist() == [5.5, 9.2, 11.8, 12.2, 12.0, 10.8, 7.7, 5.5, 4.1]
    assert metric(app, "Largest precursor term") == "12.18"
    assert metric(app, "Stages inside all bands") == "0 of 10"


def test_solved_weights_hold_every_target_at_stages_2_to_10(open_page, trace, decode, metric):
    app = open_page("loss_balance", weights="Solved")
    assert metric(app, "Stages inside all bands") == "9 of 10"
    bands = {"cross-entropy": (60, 70), "spectrum": (10, 20), "precursor": (10, 30)}
    for name, (low, high) in bands.items():
        shares = decode(trace(app, ALT, name)["y"])[1:]
        assert (shares >= low - 1e-6).all()
        assert (shares <= high + 1e-6).all()
    assert float(metric(app, "Sum of squared log changes")) > 0
    assert not app.warning


def test_monotone_weights_are_reported_as_infeasible_where_they_are(open_page):
    """The note's own numbers fall from 3.26 to 0.3 in one stage; the expected ones do not."""
    query = {"weights": "Solved", "monotone": "true"}
    app = open_page("loss_balance", raw="the note's own table", **query)
    assert len(app.warning) == 1
    assert "Not every target can be met" in app.warning[0].value
    assert "stage 3" in app.warning[0].value
    met = open_page("loss_balance", **query)
    assert not met.warning
    assert any("no weight falls" in m.value for m in met.sidebar.markdown)
    assert met.metric[0].value == "9 of 10"


def test_letting_every_weight_move_costs_less(open_page, metric):
    held = open_page("loss_balance", weights="Solved")
    free = open_page("loss_balance", weights="Solved", held="none")
    label = "Sum of squared log changes"
    assert float(metric(free, label)) < float(metric(held, label))


def test_the_form_of_the_precursor_loss_changes_its_term(open_page, metric):
    app = open_page("loss_balance", form="log_ratio")
    assert float(metric(app, "Largest spectrum term")) > 0


def test_ones_own_table_brings_its_own_terms(open_page, trace, decode):
    app = open_page("loss_balance", raw="my own table")
    assert not app.exception
    shares = sum(decode(trace(app, ALT, name)["y"])[1] for name in ("atom", "type", "pairwise"))
    assert shares == pytest.approx(100)


@pytest.mark.parametrize("view", ["Value", "Descent", "Weights", "Data mix", "Sources"])
def test_every_view_opens(open_page, view):
    app = open_page("loss_balance", chart=view)
    assert not app.exception
    assert not app.error


def test_sources_name_the_line_of_every_value(open_page):
    app = open_page("loss_balance", chart="Sources")
    table = next(t.value for t in app.dataframe if "Source" in t.value.columns)
    assert isinstance(table, pd.DataFrame)
    assert set(table["Kind"]) == {"quoted", "interpolated", "computed"}
    assert (table["Source"] != "").all()


def test_a_name_that_is_no_file_name_is_refused(open_page, state_folder):
    app = open_page("loss_balance")
    app.text_input(key="schedule-name").set_value("../escape")
    app.button(key="save-schedule").click().run()
    assert "letters, digits" in errors(app)[0]
    assert not (state_folder / "schedules").exists()


def test_a_saved_schedule_lies_below_the_state_folder_and_loads_again(open_page, state_folder):
    app = open_page("loss_balance", weights="Solved")
    app.text_input(key="schedule-name").set_value("mine")
    app.button(key="save-schedule").click().run()
    saved = state_folder / "schedules" / "mine.yaml"
    assert "precursor" in saved.read_text()
    app.selectbox(key="saved-schedule").set_value("mine").run()
    app.button(key="load-schedule").click().run()
    assert not app.exception
    assert app.metric[0].value == "9 of 10"


def test_a_schedule_whose_stages_have_no_raw_values_leaves_the_page_usable(open_page, state_folder):
    """A stage that the note does not know has no expected error; the page says so and goes on."""
    schedule = note_schedule()
    stage = replace(schedule.stages[-1], name="extra")
    folder = state_folder / "schedules"
    folder.mkdir(parents=True)
    (folder / "longer.yaml").write_text(to_yaml(schedule.with_stage(stage)))
    app = open_page("loss_balance")
    app.selectbox(key="saved-schedule").set_value("longer").run()
    app.button(key="load-schedule").click().run()
    assert not app.exception
    assert "stage extra" in errors(app)[0]
    next(button for button in app.button if button.key == "reset").click().run()
    assert not app.error
    assert app.metric[0].value == "0 of 10"


def test_targets_that_cannot_be_met_cost_nothing_that_could_be_stated(open_page, metric):
    app = open_page("loss_balance", weights="Solved", target_ce=["90.0", "100.0"])
    assert metric(app, "Sum of squared log changes") == "–"
    assert app.warning


def test_terms_of_another_problem_without_targets_are_neither_inside_nor_solved(open_page, metric):
    """As Train hands them over: a stage with one active term, and no precursor among them."""
    app = open_page("loss_balance")
    app.session_state["balance-own-table"] = BalanceTable(
        ("1",), ("denoising", "bond"), np.array([[0.4, np.nan]]), np.array([[1.0, 0.0]]),
        ((None, None),),
    )  # fmt: skip
    app.session_state["raw"] = "table"
    app.run()
    assert not app.exception
    assert metric(app, "Stages inside all bands") == "–"
    assert metric(app, "Shares outside") == "–"
    assert metric(app, "Highest share") == "100 %"
    chart = next(c for c in app.get("plotly_chart") if c.proto.alt.startswith(ALT))
    figure = json.loads(chart.proto.spec)
    signs = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    assert [sign["text"] for sign in signs] == [["no target"], ["weight 0"]]
    (key,) = [note["text"] for note in figure["layout"]["annotations"]]
    assert "inside" not in key
    assert not any("recursor" in s.label for s in (*app.selectbox, *app.select_slider))
    assert app.segmented_control(key="own_chart").options == ["Weights", "Sources"]
    app.segmented_control(key="weights").set_value("solved").run()
    assert any("No term has a target" in m.value for m in app.sidebar.markdown)
