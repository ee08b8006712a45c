"""The page hard_negatives in a real browser: its slider, and a preset that is really trained."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_cosine_mse import metric
from tests.browser.test_train import Dashboard, dashboard, end_all, press, status, wait_for

pytestmark = pytest.mark.browser

PICTURES = "[data-testid='stMain'] img[src^='data:image/svg+xml']"
LIMIT_S = 150.0


@pytest.fixture
def board(browser, tmp_path: Path) -> Iterator[Dashboard]:
    with dashboard(tmp_path) as opened:
        yield opened
    end_all(tmp_path)


def test_the_first_view_draws_every_member_and_follows_the_ratio(server, visit):
    opened = visit(f"{server}/hard_negatives")
    page = opened.page
    expect(page.locator(PICTURES).first).to_be_visible()
    opened.settle()
    assert page.locator(PICTURES).count() == 32
    expect(metric(page, "Hard slots filled")).to_have_text("15 of 15")
    slider = page.locator("[data-testid='stSidebar'] input[type=range]").first
    slider.focus()
    page.keyboard.press("End")
    expect(metric(page, "Hard slots filled")).to_have_text("31 of 31")
    page.wait_for_function("() => location.search.includes('hard_ratio=1')")
    assert opened.errors == []


def test_the_cold_start_is_trained_from_the_page_and_its_signs_are_read(board, visit, root):
    opened = visit(f"{board.address}/train?experiment=Molecules+and+their+texts")
    page = opened.page
    page.get_by_text("All options", exact=True).click()
    table = page.get_by_label("Table of pairs", exact=True)
    table.fill(str(root / "sample_data" / "molecules" / "pairs.tsv"))
    table.press("Enter")
    opened.settle()
    page.get_by_text("Several runs", exact=True).click()
    press(page, "Start the preset")
    wait_for(lambda: bool(board.runs()))
    (folder,) = board.runs()
    config = json.loads((folder / "config.json").read_text())["config"]
    assert (config["curriculum_epoch"], config["hard_negatives"]) == (5, True)
    wait_for(lambda: status(folder)["state"] == "finished", LIMIT_S)
    charts = page.locator("[data-testid='stMain'] .js-plotly-plot").first
    expect(charts.get_by_text("hard", exact=True).first).to_be_visible()
    opened = visit(f"{board.address}/hard_negatives?view=Signs")
    page = opened.page
    said = page.get_by_text("Hard batches after epoch 5.").first
    expect(said).to_be_visible()
    expect(said.get_by_text("Expected").or_(said.get_by_text("Trouble"))).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    assert opened.errors == []
