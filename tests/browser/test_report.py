"""The file that the page makes: opened from disk, with the network off."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

MOST_MB = 8
PRINT_WIDTH_PX = 980
VISIBLE = "chart => chart._fullData.map(trace => trace.visible)"
HIDDEN = """() => document.querySelectorAll('.chart')[1]._fullData
  .some(trace => trace.visible === 'legendonly')"""
COLOR = "() => getComputedStyle(document.body).backgroundColor"
WIDTH = "() => Math.max(...[...document.querySelectorAll('.chart')].map(c => c._fullLayout.width))"
INK = "() => document.querySelector('.chart')._fullLayout.font.color"


@pytest.fixture(scope="module")
def report(server: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Take the sample report from the page."""
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script("delete window.showSaveFilePicker")
    page.goto(f"{server}/report")
    button = page.get_by_role("button", name="Download the report")
    button.wait_for(timeout=60_000)
    page.wait_for_selector(
        "[data-testid='stApp'][data-test-script-state='notRunning']", timeout=60_000
    )
    with page.expect_download(timeout=60_000) as waiting:
        button.click()
    path = tmp_path_factory.mktemp("report") / waiting.value.suggested_filename
    waiting.value.save_as(path)
    context.close()
    return path


@pytest.fixture
def opened(browser: Browser, report: Path):
    """Open the file without a network; nothing may be asked for, and nothing complain."""
    context = browser.new_context(offline=True, accept_downloads=True, color_scheme="light")
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    page.wait_for_function(
        "() => [...document.querySelectorAll('.chart')].every(c => c.querySelector('.main-svg'))"
    )
    yield page
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []
    context.close()


def test_charts_are_alive_without_a_network(report: Path, opened: Page):
    assert report.name == "do-weights-that-follow-their-targets-save-the-run.html"
    assert report.stat().st_size < MOST_MB * 1e6
    expect(opened.get_by_role("heading", level=1)).to_contain_text("save the run?")
    chart = opened.locator(".chart").nth(1)
    chart.scroll_into_view_if_needed()
    box = chart.locator(".nsewdrag").first.bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".hoverlayer .hovertext, .hoverlayer .legend").first).to_be_visible()
    before = chart.evaluate(VISIBLE)
    chart.locator(".legendtoggle").first.click()
    opened.wait_for_function(HIDDEN)
    assert chart.evaluate(VISIBLE) != before


def test_figures_and_tables_can_be_taken_out(opened: Page):
    for kind in ("SVG", "PNG"):
        with opened.expect_download() as waiting:
            opened.get_by_role("button", name=kind, exact=True).first.click()
        content = Path(waiting.value.path()).read_bytes()
        assert waiting.value.suggested_filename == f"lossoscope-compare.{kind.lower()}"
        assert content.startswith(b"<svg" if kind == "SVG" else b"\x89PNG")
    with opened.expect_download() as waiting:
        opened.get_by_role("link", name="CSV").first.click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    shown = opened.locator("table").first.locator("tr").all_inner_texts()
    assert [line.replace('"', "").split(",")[-1] for line in lines] == [
        row.split("\t")[-1].strip() for row in shown
    ]


def test_a_table_is_sorted_by_its_head(opened: Page):
    table = opened.locator("table").first
    column = table.locator("tbody td:nth-child(3)")
    before = [float(text) for text in column.all_inner_texts()]
    table.get_by_role("button", name="Last").click()
    assert [float(text) for text in column.all_inner_texts()] == sorted(before)
    table.get_by_role("button", name=re.compile("Last")).click()
    assert [float(text) for text in column.all_inner_texts()] == sorted(before, reverse=True)


def test_it_follows_the_readers_mode_and_prints_light(opened: Page):
    opened.set_viewport_size({"width": 800, "height": 600})
    opened.wait_for_function(f"() => ({WIDTH})() < 800")
    light, ink = opened.evaluate(COLOR), opened.evaluate(INK)
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_function(f"was => ({INK})() !== was", arg=ink)
    assert opened.evaluate(COLOR) != light
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.wait_for_function(f"was => ({INK})() === was", arg=ink)
    assert opened.evaluate(WIDTH) == PRINT_WIDTH_PX
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    opened.wait_for_function(f"was => ({INK})() !== was", arg=ink)
    assert opened.evaluate(WIDTH) < 800
