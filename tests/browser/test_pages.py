"""The pages in a real browser: cold links, light and dark, the fold, presentation mode."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tools.dashboard import running_server
from tools.page_map import named_pages

FOLD = 800
pytestmark = pytest.mark.browser


PAGES = list(named_pages())
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 21, 28)"}


@pytest.fixture(scope="module")
def unopened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a server whose root no session opens: nothing of the map of pages has happened there."""
    with running_server(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="module", params=PAGES)
def place(request: pytest.FixtureRequest, unopened: str) -> str:
    """Give the deep link of a page."""
    return f"{unopened}/{request.param}"


def test_opens_by_its_deep_link_on_a_cold_server(place, visit):
    opened = visit(place, as_download=True)
    assert opened.page.locator("h2").count() == 1
    assert opened.page.locator("[data-testid='stTopNav']").count() == 0, "the map has been read"
    assert opened.page.locator("[data-testid='stException']").count() == 0
    the_main_figure_is_above_the_fold(opened.page, "light")
    every_table_can_be_saved_as_csv(opened.page)
    assert opened.errors == []


def test_is_dark_for_whom_it_should_be(place, visit):
    opened = visit(place, "dark")
    the_main_figure_is_above_the_fold(opened.page, "dark")
    assert opened.errors == []


def test_presentation_mode_hides_the_controls(place, visit):
    opened = visit(f"{place}?present=1")
    assert opened.page.locator("[data-testid='stPlotlyChart'] .main-svg").count() > 0
    assert not opened.page.locator("[data-testid='stSidebar']").is_visible()
    size = opened.page.evaluate(
        "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    )
    assert size > 14


def the_main_figure_is_above_the_fold(page: Page, scheme: str) -> None:
    box = page.locator("[data-testid='stPlotlyChart']").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= FOLD
    assert box["height"] > 150
    ground = page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert ground == GROUND[scheme]


def every_table_can_be_saved_as_csv(page: Page) -> None:
    tables = page.locator("[data-testid='stDataFrame']")
    for i in range(tables.count()):
        tables.nth(i).scroll_into_view_if_needed()
        tables.nth(i).hover()
        # Every table has a button, hidden by its opacity until the table is pointed at. By key: a
        # click that comes before it is shown scrolls the page, and the pointer leaves the table.
        button = page.get_by_role("button", name="Download as CSV").nth(i)
        with page.expect_download() as download:
            button.press("Enter")
        assert download.value.suggested_filename.endswith(".csv")


def test_a_slider_moves_the_curve_and_the_address_and_survives_a_page_switch(server, visit):
    opened = visit(f"{server}/spectra")
    page = opened.page
    first = page.locator("[data-testid='stMetricValue']").first
    before = first.inner_text()
    slider = page.locator("[data-testid='stSidebar'] input[type=range]").first
    slider.focus()
    page.keyboard.press("End")  # one move and one answer: nothing else can be on its way
    expect(first).not_to_have_text(before)
    page.wait_for_function("() => location.search.includes('sigma=')")
    opened.settle()
    after = first.inner_text()
    link = page.url
    page.get_by_text("Before a run").first.click()
    page.get_by_role("menuitem", name="Loss balance").click()
    expect(page.locator("h2")).to_have_text("Does each term get its share?")
    opened.settle()
    page.get_by_text("Before a run").first.click()
    page.get_by_role("menuitem", name="Spectra").click()
    expect(page.locator("h2")).to_have_text("Would this loss notice a wrong peptide?")
    expect(first).to_have_text(after)
    sent = visit(link)
    expect(sent.page.locator("[data-testid='stMetricValue']").first).to_have_text(after)
