"""From the log of another tool to a file for others: import, compare, what if, report."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_cosine_mse import drawn, metric, shown, upload
from tests.browser.test_report import HIDDEN
from tests.browser.test_train import press, wait_for

pytestmark = pytest.mark.browser

NAME, STEPS = "walked", 41
HEAD = "step,train/fit/raw,train/fit/weight,train/smooth/raw,train/smooth/weight,val_loss\n"
ROWS = [f"{step},{3 + (20 - step) / 20},1,2,0.5,{9 / (step + 1):.4f}\n" for step in range(STEPS)]
SHARES = """() => Object.fromEntries(
  [...document.querySelectorAll("[data-testid='stPlotlyChart'] .js-plotly-plot")]
    .flatMap(chart => (chart._fullData || []).filter(t => t.type === 'bar'))
    .map(t => [t.name, Math.round(t.y[0])]))"""


def test_a_log_goes_from_its_import_to_a_file_that_is_alive(cold_server, visit, browser, tmp_path):
    opened = visit(f"{cold_server}/runs", as_download=True)
    page = opened.page
    bring_in(page)
    page.get_by_text("Compare", exact=True).first.click()
    shown(page, NAME)
    assert drawn(page)[NAME] == STEPS
    expect(metric(page, "Runs")).to_have_text("1")
    weigh_anew(page)
    file = tmp_path / "report.html"
    report(page, f"{cold_server}/report", file)
    assert page.locator("[data-testid='stException']").count() == 0
    assert opened.errors == []
    look_at_the_file(browser, file)


def bring_in(page: Page) -> None:
    """Upload the log, see what was recognised, and only then save it."""
    page.get_by_text("Import", exact=True).first.click()
    content = (HEAD + "".join(ROWS)).encode()
    upload(page, [{"name": f"{NAME}.csv", "mimeType": "text/csv", "buffer": content}])
    expect(metric(page, "Values")).to_have_text(str(5 * STEPS))
    expect(metric(page, "Steps")).to_have_text(f"0 – {STEPS - 1}")
    press(page, "Import")
    expect(page.get_by_text("Imported as table-")).to_be_visible()


def weigh_anew(page: Page) -> None:
    """Medians 3 and 2 with weights 1 and 0.5 make 75 and 25 %; twice the second 60 and 40 %."""
    page.get_by_text("What if", exact=True).first.click()
    wait_for(lambda: page.evaluate(SHARES) == {"fit": 75, "smooth": 25})
    slider = page.get_by_role("slider", name="Smooth, times")
    slider.focus()
    page.keyboard.press("ArrowRight")
    wait_for(lambda: page.evaluate(SHARES) == {"fit": 60, "smooth": 40})
    expect(metric(page, "Highest share")).to_have_text("60 %")


def report(page: Page, address: str, file: Path) -> None:
    """Make a report of one's own about this run; what is added begins with the newest run."""
    page.goto(address)
    press(page, "New report")
    for count, kind in enumerate(("Runs compared", "Run"), 1):
        press(page, kind)
        expect(metric(page, "Charts")).to_have_text(str(count))
        expect(page.locator("[data-testid='stMain']").get_by_text(NAME).first).to_be_visible()
    with page.expect_download() as waiting:
        press(page, "Download the report")
    waiting.value.save_as(file)


def look_at_the_file(browser: Browser, file: Path) -> None:
    """Open it from disk without a network; nothing may be asked for, and nothing complain."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    expect(page.locator(".chart").first.locator(".legend")).to_contain_text(NAME)
    expect(page.get_by_role("cell", name=NAME, exact=True).first).to_be_visible()
    chart = page.locator(".chart").nth(1)
    chart.scroll_into_view_if_needed()
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".hoverlayer .hovertext, .hoverlayer .legend").first).to_be_visible()
    chart.locator(".legendtoggle").first.click()
    page.wait_for_function(HIDDEN)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []
    context.close()
