"""How fast the pages are, in Chromium, against a page with one slider and one small chart."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.measure import Row
from tools.dashboard import ROOT, running_browser, running_server, settle
from tools.page_map import named_pages

PAGES = tuple(named_pages())
SETTINGS = ROOT / ".streamlit"
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
# The last change of a chart or a number after the key, once nothing has changed for half a second.
# Tables are left out: their cells are painted on a canvas at once, but the hidden text that screen
# readers take follows with a delay of its own.
WATCH = """() => {
  window.redraw = {last: 0};
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  const inTable = node => (node.closest ? node : node.parentElement)?.closest('canvas');
  new MutationObserver(changes => {
    if (changes.some(change => !inTable(change.target))) window.redraw.last = performance.now();
  }).observe(main, {subtree: true, childList: true, characterData: true, attributes: true});
  document.addEventListener('keydown', () => {
    window.redraw = {start: performance.now(), last: 0};
  }, true);
}"""
SETTLED = "() => window.redraw.last && performance.now() - window.redraw.last > 500"
ELAPSED = "() => window.redraw.last - window.redraw.start"


def rows() -> Iterator[Row]:
    """Measure page load and slider redraw of every page as ratios within this run.

    The floor is a plain Streamlit page, with Streamlit's own settings. Ours are leaner, so the
    ratio to the same small page under our settings stands beside it.
    """
    with tempfile.TemporaryDirectory() as name, running_browser() as browser:
        folder = Path(name)
        with (
            running_server(folder / "home") as address,
            running_server(folder / "plain-home", _small_page(folder / "plain")) as plain,
            running_server(folder / "lean-home", _small_page(folder / "lean", SETTINGS)) as lean,
        ):
            floors = {"plain": plain, "lean": lean}
            pages = {page: f"{address}/{page}" for page in PAGES}
            _load_s(browser, address)
            loads = _loads_s(browser, floors | pages)
            yield from _rows("page load", loads, LOAD_BOUND)
            redraws = {n: _redraws_ms(browser, a) for n, a in (floors | pages).items()}
            yield from _rows("slider redraw", redraws, REDRAW_BOUND)


def _small_page(folder: Path, settings: Path | None = None) -> Path:
    folder.mkdir()
    script = folder / "small.py"
    script.write_text(SMALL_PAGE)
    if settings is not None:
        shutil.copytree(settings, folder / settings.name)
    return script


def _loads_s(browser: Browser, addresses: dict[str, str]) -> dict[str, list[float]]:
    """Load every page in turn, so that a slow moment of the machine falls on all."""
    for target in addresses.values():
        _load_s(browser, target)
    loads: dict[str, list[float]] = {name: [] for name in addresses}
    for _ in range(REPEATS):
        for name, target in addresses.items():
            loads[name].append(_load_s(browser, target))
    return loads


def _rows(what: str, times: dict[str, list[float]], bound: float) -> Iterator[Row]:
    plain, lean = (statistics.median(times[floor]) for floor in ("plain", "lean"))
    for page in PAGES:
        if times[page]:
            middle = statistics.median(times[page])
            yield Row(
                name=f"{what}, {page}",
                measured=f"{middle / plain:.2f} x a plain page with one slider and one small chart "
                f"({middle / lean:.2f} x the same page with our settings)",
                bound=f"at most {bound:g} x a plain one",
                holds=middle / plain <= bound,
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
    count = page.locator("input[type=range]").count()
    medians = [
        statistics.median(_redraw_ms(page, slider, turn) for turn in range(REPEATS))
        for slider in range(count)
    ]
    context.close()
    return medians


def _redraw_ms(page: Page, slider: int, turn: int) -> float:
    page.locator("input[type=range]").nth(slider).focus()
    page.keyboard.press("ArrowRight" if turn % 2 == 0 else "ArrowLeft")
    page.wait_for_function(SETTLED)
    return page.evaluate(ELAPSED)
