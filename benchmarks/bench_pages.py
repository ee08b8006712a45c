"""How fast the pages are, in Chromium, against a page with one slider and one small chart."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.measure import Row
from tools.dashboard import running_browser, running_server, settle

PAGES = ("overview", "spectra", "loss_balance")
REPEATS = 5
REDRAW_BOUND, LOAD_BOUND = 3.0, 1.5
SMALL_PAGE = """
import numpy as np
import plotly.graph_objects as go
import streamlit as st

value = st.slider("Value", 0, 100, 50)
x = np.linspace(0, 1, 50)
st.plotly_chart(go.Figure(go.Scatter(x=x, y=x * value)).update_layout(height=200))
"""
# The last change of the page's content after the key, once nothing has changed for half a second.
WATCH = """() => {
  window.redraw = {last: 0};
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  new MutationObserver(() => { window.redraw.last = performance.now(); })
    .observe(main, {subtree: true, childList: true, characterData: true, attributes: true});
  document.addEventListener('keydown', () => {
    window.redraw = {start: performance.now(), last: 0};
  }, true);
}"""
SETTLED = "() => window.redraw.last && performance.now() - window.redraw.last > 500"
ELAPSED = "() => window.redraw.last - window.redraw.start"


def rows() -> Iterator[Row]:
    """Measure page load and slider redraw of every page as ratios within this run."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        script = Path(folder) / "small.py"
        script.write_text(SMALL_PAGE)
        with (
            running_server(Path(folder) / "home") as address,
            running_server(Path(folder) / "small", script) as small,
        ):
            # Interleaved, so that a slow moment of the machine falls on both.
            loads = {name: [] for name in ("small", *PAGES)}
            addresses = {"small": small} | {page: f"{address}/{page}" for page in PAGES}
            _load_s(browser, address)
            for target in addresses.values():
                _load_s(browser, target)
            for _ in range(REPEATS):
                for name, target in addresses.items():
                    loads[name].append(_load_s(browser, target))
            floor_s = statistics.median(loads["small"])
            for page in PAGES:
                yield _row(f"page load, {page}", loads[page], floor_s, LOAD_BOUND)
            floor_ms = statistics.median(_redraws_ms(browser, small))
            for page in PAGES:
                times = _redraws_ms(browser, addresses[page])
                if times:
                    yield _row(f"slider redraw, {page}", times, floor_ms, REDRAW_BOUND)


def _row(name: str, values: list[float], floor: float, bound: float) -> Row:
    ratio = statistics.median(values) / floor
    return Row(
        name=name,
        measured=f"{ratio:.2f} x a page with one slider and one small chart",
        bound=f"at most {bound:g} x",
        holds=ratio <= bound,
    )


def _load_s(browser: Browser, address: str) -> float:
    """Seconds from asking a fresh browser for the address to the first drawn chart."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("[data-testid='stPlotlyChart'] .main-svg")
    elapsed = time.perf_counter() - started
    context.close()
    return elapsed


def _redraws_ms(browser: Browser, address: str) -> list[float]:
    """Median over repeats for each slider of a page, in milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    settle(page)
    page.evaluate(WATCH)
    count = page.locator("input[type=range]:visible").count()
    medians = [
        statistics.median(_redraw_ms(page, slider, turn) for turn in range(REPEATS))
        for slider in range(count)
    ]
    context.close()
    return medians


def _redraw_ms(page: Page, slider: int, turn: int) -> float:
    page.locator("input[type=range]:visible").nth(slider).focus()
    page.keyboard.press("ArrowRight" if turn % 2 == 0 else "ArrowLeft")
    page.wait_for_function(SETTLED)
    return page.evaluate(ELAPSED)
