"""The page density_limit in a real browser: a slider moves the RMSD, Reset brings it back."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_cosine_mse import metric

pytestmark = pytest.mark.browser


def test_a_slider_moves_the_rmsd_and_the_address(server, visit):
    opened = visit(f"{server}/density_limit")
    page = opened.page
    expect(metric(page, "RMSD, side chain")).to_have_text("0.000 Å")
    expect(metric(page, "Atoms found")).to_have_text("13 of 13")
    slider = page.locator("[data-testid='stSidebar'] input[type=range]").first
    slider.focus()
    page.keyboard.press("Home")
    expect(metric(page, "RMSD, side chain")).not_to_have_text("0.000 Å")
    expect(metric(page, "Atoms found")).not_to_have_text("13 of 13")
    page.wait_for_function("() => location.search.includes('density_l_max=0')")
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(metric(page, "RMSD, side chain")).to_have_text("0.000 Å")
    assert opened.errors == []
