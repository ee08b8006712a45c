"""Scripts of others, run for real, grow on the page while it stays open."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_cosine_mse import TRACES, metric
from tests.browser.test_train import Dashboard, dashboard, end_all, press, status, wait_for
from tests.core.follow.writers import EVENTS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
OWN, THEIRS = "smooth fit", "theirs"
STEPS, PAUSE_S = 700, 0.012
BEHIND, LAST = STEPS + 40, STEPS + 80  # what writers tell that come later
RANGE = """() => { const axis = document.querySelector(
  "[data-testid='stPlotlyChart'] .js-plotly-plot")._fullLayout.xaxis;
  return axis.autorange ? null : axis.range.map(end => Math.round(end)); }"""
CELLS = "[data-testid='stDataFrame'] canvas td"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def board(browser, tmp_path: Path) -> Iterator[Dashboard]:
    with dashboard(tmp_path / "home") as opened:
        yield opened
        end_all(opened.home)


@pytest.fixture
def start(board: Dashboard) -> Iterator[Start]:
    """Give a function that starts a script as a process of its own, beside the dashboard."""
    told = {"LOSSOSCOPE_HOME": str(board.home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with ExitStack() as stack:

        def started(*words: object) -> subprocess.Popen[str]:
            process = stack.enter_context(subprocess.Popen(
                [sys.executable, *map(str, words)], env={**os.environ, **told}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            ))  # fmt: skip
            stack.callback(process.kill)
            return process

        yield started


def points(page: Page, run: str) -> int:
    """Count the points of a run's longest line; each metric has one."""
    return max((line["length"] for line in page.evaluate(TRACES) if line["name"] == run), default=0)


def grows(page: Page, *runs: str) -> None:
    """Wait until the line of each run has more points than now."""
    before = {run: points(page, run) for run in runs}
    wait_for(lambda: all(points(page, run) > before[run] for run in runs))


def zoom(page: Page) -> list[int]:
    """Drag over a part of the chart; a redraw in the midst of it ends the drag."""
    for _ in range(5):
        box = page.locator("[data-testid='stPlotlyChart'] .nsewdrag").first.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 0.2 * box["width"], middle)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=4)
        page.mouse.up()
        if found := page.evaluate(RANGE):
            return found
    raise AssertionError("the chart cannot be zoomed")


def folder_of(board: Dashboard, experiment: str) -> Path:
    wait_for(lambda: any(run.name.startswith(experiment) for run in board.runs()))
    return next(run for run in board.runs() if run.name.startswith(experiment))


def test_two_scripts_of_others_grow_on_an_open_page(board, visit, start, tmp_path):
    logs = tmp_path / "logs"
    opened = visit(f"{board.address}/runs")
    page = opened.page
    page.get_by_text("Follow", exact=True).first.click()
    expect(page.get_by_text("Nobody else writes a run yet")).to_be_visible()
    scripts = [
        start(ROOT / "examples" / "plain_torch.py", STEPS, PAUSE_S),
        start(ROOT / "examples" / "tensorboard_script.py", logs, STEPS, PAUSE_S),
    ]
    wait_for(lambda: logs.is_dir() and any(logs.iterdir()))
    for label, text in {"File or folder that is written": str(logs), "Name": THEIRS}.items():
        page.get_by_role("textbox", name=label, exact=True).fill(text)
        page.keyboard.press("Tab")
    press(page, "Follow")
    wait_for(lambda: min(points(page, OWN), points(page, THEIRS)) > 1)
    grows(page, OWN, THEIRS)
    assert [script.poll() for script in scripts] == [None, None], "over before it was seen to grow"
    window = zoom(page)
    grows(page, OWN, THEIRS)
    assert page.evaluate(RANGE) == window
    assert [script.wait(60) for script in scripts] == [0, 0]
    wait_for(lambda: points(page, OWN) == points(page, THEIRS) == STEPS)
    own, followed = folder_of(board, "script"), folder_of(board, "tensorboard")
    assert (status(own)["state"], status(followed)["state"]) == ("finished", "running")
    expect(metric(page, "Growing")).to_have_text("1")
    goes_on_where_a_writer_died(page, start, logs)
    press(page, "Stop following")
    expect(metric(page, "Growing")).to_have_text("0")
    assert status(followed)["state"] == "stopped"
    wait_for(lambda: {"Finished", "Stopped"} <= set(page.locator(CELLS).all_text_contents()))
    assert page.locator("[data-testid='stException']").count() == 0
    assert opened.errors == []


def goes_on_where_a_writer_died(page: Page, start: Start, logs: Path) -> None:
    killed = start("-c", EVENTS, logs / "events.out.tfevents.8", STEPS, BEHIND, "half, wait")
    assert killed.stdout is not None
    assert killed.stdout.readline() == "done\n"
    killed.send_signal(signal.SIGKILL)
    wait_for(lambda: points(page, THEIRS) == BEHIND)
    start("-c", EVENTS, logs / "events.out.tfevents.9", BEHIND, LAST, "end")
    wait_for(lambda: points(page, THEIRS) == LAST)
    expect(metric(page, "Newest step")).to_have_text(str(LAST - 1))
