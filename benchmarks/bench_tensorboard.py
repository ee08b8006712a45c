"""The page of runs against TensorBoard: 20 runs of 100,000 points, in Chromium, side by side."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, ViewportSize

from benchmarks.measure import Row, own_home
from benchmarks.openings import Openings
from benchmarks.tensorboard_runs import (
    GROUP,
    PYTHON_SERVER,
    TAG,
    make_runs,
    running_tensorboard,
    served_points,
    served_runs,
    values,
    wait_for_runs,
)
from core.figures.overlay import OverlayRun, summarise_overlay
from core.figures.overlay_lines import OverlayAxes
from core.home import home_folder
from core.runs.index import list_runs
from core.runs.series_store import SeriesStore
from tools.dashboard import chromium_path, running_browser, running_server

RUNS, POINTS = 20, 100_000
NAME = f"{RUNS} runs x {POINTS:,} points"
OPENINGS, WARM_UP, STARTS = 7, 3, 3
STRETCH = (50_000, 50_400)
LOOK_MS, LIMIT_MS = 25, 120_000
VIEWPORT: Final[ViewportSize] = {"width": 1280, "height": 800}
OURS, FAST, PYTHON = "ours", "TensorBoard", "TensorBoard --load_fast=false"
# A line of each run, as long as a thousand points make it.
LINES = f"""() => [...document.querySelectorAll('.stPlotlyChart .scatterlayer path.js-line')]
  .filter(line => line.getAttribute('d').length > 1000).length >= {RUNS}"""
# Lines are painted on a canvas: grid and letters are grey, so enough pixels of some colour.
PAINTED = """() => [...document.querySelectorAll('line-chart canvas')].some(chart => {
  const copy = new OffscreenCanvas(chart.width, chart.height).getContext('2d');
  copy.drawImage(chart, 0, 0);
  const pixels = copy.getImageData(0, 0, chart.width, chart.height).data;
  let coloured = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const red = pixels[i], green = pixels[i + 1], blue = pixels[i + 2];
    coloured += pixels[i + 3] > 0 && Math.max(red, green, blue) - Math.min(red, green, blue) > 20;
  }
  return coloured > 200;
})"""

DRAWN = {OURS: LINES, FAST: PAINTED, PYTHON: PAINTED}
Server = Callable[[], AbstractContextManager[str]]


@dataclass(frozen=True)
class Start:
    """Seconds from the start of a server to a chart.

    Args:
        first_s: To the first that can be had, of however many runs.
        runs: On that first chart.
        whole_s: To one of all runs, each read to its end.
    """

    first_s: float
    runs: int
    whole_s: float


def rows() -> Iterator[Row]:
    """Measure in a state folder of its own; both show the same event files, ours imported."""
    with own_home(), tempfile.TemporaryDirectory() as name:
        logs = Path(name)
        folders = make_runs(logs, RUNS, POINTS)
        chosen = urlencode([("runs", folder.name) for folder in folders])
        path = {OURS: f"/runs?{chosen}", FAST: "/", PYTHON: "/"}
        servers: dict[str, Server] = {
            OURS: partial(running_server, home_folder()),
            FAST: partial(running_tensorboard, logs),
            PYTHON: partial(running_tensorboard, logs, *PYTHON_SERVER),
        }
        with running_browser() as browser, ExitStack() as running:
            starts, addresses = _start_all(browser, servers, path, running)
            yield _cold(starts)
            pages = {name: address + path[name] for name, address in addresses.items()}
            chromium = chromium_path() or browser.browser_type.executable_path
            for is_fresh, what in ((True, "fresh browser"), (False, "browser that was there")):
                yield _running(what, _openings(chromium, pages, is_fresh=is_fresh))
            yield _reachable(addresses[FAST], addresses[PYTHON])


def _start_all(
    browser: Browser, servers: Mapping[str, Server], path: Mapping[str, str], running: ExitStack
) -> tuple[dict[str, list[Start]], dict[str, str]]:
    """Start the servers in turn, several times, and leave the last of each running."""
    starts: dict[str, list[Start]] = {name: [] for name in servers}
    addresses: dict[str, str] = {}
    for turn in range(STARTS):
        is_last = turn == STARTS - 1
        for name in servers if is_last else (OURS, FAST):  # the other one loads for minutes
            with ExitStack() as one:
                begun = time.perf_counter()
                addresses[name] = one.enter_context(servers[name]())
                starts[name].append(_start(browser, name, addresses[name], path[name], begun))
                if is_last:
                    running.enter_context(one.pop_all())
    return starts, addresses


def _start(browser: Browser, name: str, address: str, path: str, begun: float) -> Start:
    while name != OURS and not served_runs(address):
        time.sleep(0.1)
    runs = RUNS if name == OURS else len(served_runs(address))
    _open(browser, name, address + path)
    first_s = whole_s = time.perf_counter() - begun
    if name != OURS:
        wait_for_runs(address, RUNS, POINTS - 1)
        if runs < RUNS:
            _open(browser, name, address + path)
            whole_s = time.perf_counter() - begun
    return Start(first_s, runs, whole_s)


def _cold(starts: Mapping[str, Sequence[Start]]) -> Row:
    whole = {name: statistics.median(one.whole_s for one in own) for name, own in starts.items()}
    told = []
    for name, own in starts.items():
        quick = min(own, key=lambda start: start.first_s)
        few = f", the first {quick.runs} after {quick.first_s:.1f} s" if quick.runs < RUNS else ""
        told.append(f"{name} {whole[name]:.1f} s{few}")
    return Row(
        f"{NAME}, start of the server to a chart of all runs",
        "; ".join(told),
        f"faster than {PYTHON}",
        whole[OURS] < whole[PYTHON],
    )


def _openings(chromium: str, pages: Mapping[str, str], *, is_fresh: bool) -> dict[str, list[float]]:
    """Open the pages in turn, so that a slow moment of the machine falls on all."""
    times: dict[str, list[float]] = {name: [] for name in pages}
    with (
        tempfile.TemporaryDirectory() as folder,
        Openings(Path(folder), chromium).listening() as opened,
    ):
        for turn in range(-WARM_UP, OPENINGS):
            for name, address in pages.items():
                profile = f"{name} {turn}" if is_fresh else name
                seconds = opened.open(address, DRAWN[name], profile=profile)
                if turn >= 0:
                    times[name].append(seconds)
    return times


def _open(browser: Browser, name: str, address: str) -> None:
    """Open a page in a fresh browser and wait for the chart with the lines of all runs."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(DRAWN[name], polling=LOOK_MS, timeout=LIMIT_MS)
    context.close()


def _running(browser: str, times: Mapping[str, Sequence[float]]) -> Row:
    middle = {name: statistics.median(own) for name, own in times.items()}
    ratio = middle[OURS] / min(middle[FAST], middle[PYTHON])
    told = "; ".join(f"{name} {seconds:.2f} s" for name, seconds in middle.items())
    return Row(
        f"{NAME}, opening the page on a running server, {browser}",
        f"{told}; {ratio:.2f} x TensorBoard",
        "faster than TensorBoard, the quicker of its two servers",
        ratio < 1,
    )


def _reachable(*others: str) -> Row:
    """Count the points behind both pages, and those on ours of a stretch of the axis."""
    store, wanted = SeriesStore(), [values(number, POINTS) for number in range(RUNS)]
    runs = sorted((row for row in list_runs() if row.group == GROUP), key=lambda row: row.name)
    read = [store.read(row.folder, {TAG}).series[TAG] for row in runs]
    is_whole = all(np.array_equal(own.value, true) for own, true in zip(read, wanted, strict=True))
    axes = OverlayAxes(within=STRETCH)
    looked = [OverlayRun(row.name, partial(store.read, row.folder, {TAG})) for row in runs]
    figure = summarise_overlay(looked, [TAG], axes).figure
    served = [len(served_points(address, run)) for address in others
              for run in served_runs(address)]  # fmt: skip
    stretch = RUNS * (STRETCH[1] - STRETCH[0] + 1)
    return Row(
        f"{NAME}, within reach of the page",
        f"{min(map(len, read)):,} a run, {figure.shown:,} of {figure.total:,} drawn from step "
        f"{STRETCH[0]:,} to {STRETCH[1]:,}; TensorBoard at most {max(served):,} a run",
        f"all {POINTS:,} with their values, and all {stretch:,} of the stretch",
        is_whole and figure.shown == figure.total == stretch,
    )
