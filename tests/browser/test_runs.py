"""The page runs in a real browser: two runs are chosen, the axis and the smoothing change."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_cosine_mse import drawn, metric

pytestmark = pytest.mark.browser

PAIR = "runs=peptide-20261121-152341-3913&runs=peptide-20261121-152301-51b8"
ENDS = """() => document.querySelector("[data-testid='stPlotlyChart'] .js-plotly-plot")
  ?._fullData?.map(t => Math.max(...t.x)) || []"""


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_two_runs_are_compared_over_steps_and_over_examples(server, visit):
    opened = visit(f"{server}/runs?{PAIR}")
    page = opened.page
    expect(metric(page, "Runs")).to_have_text("2")
    assert set(drawn(page)) == {"Note's weights", "Weights that follow"}
    assert page.evaluate(ENDS) == [3000, 3000]
    choose(page, "Horizontal axis", "examples")
    page.wait_for_function(f"() => String(({ENDS})()) === '192000,192000'")
    slider = page.locator("[data-testid='stSidebar'] input[type=range]").first
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function(f"() => ({ENDS})().length === 4")  # each with its raw line
    page.wait_for_function("() => location.search.includes('half_life=')")
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_text("tick rows to choose them")).to_be_visible()
    assert page.url.count("runs=") == 2
    assert opened.errors == []
