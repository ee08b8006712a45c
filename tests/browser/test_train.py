"""The live run in a real browser, with real processes."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tools.dashboard import running_server

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
LONG, SHORT = 100_000, 150
OPTIONS = "peptide-eval_every=50&peptide-checkpoint_every=50&peptide-threads=1"
DRAWN_POINTS = """() => {
  const chart = document.querySelector("[data-testid='stPlotlyChart'] .js-plotly-plot");
  return chart && chart._fullData ? Math.max(0, ...chart._fullData.map(t => t._length || 0)) : 0;
}"""


@dataclass
class Dashboard:
    """A server with a state folder of its own."""

    address: str
    home: Path

    def runs(self) -> list[Path]:
        return sorted(p for p in (self.home / "runs").glob("*") if not p.name.startswith("."))

    def train(self, steps: int) -> str:
        return f"{self.address}/train?peptide-steps={steps}&{OPTIONS}"


def status(folder: Path) -> dict:
    return json.loads((folder / "status.json").read_text())


@contextmanager
def dashboard(home: Path) -> Iterator[Dashboard]:
    with running_server(home) as address:
        yield Dashboard(address, home)


def end_all(home: Path) -> None:
    for folder in (home / "runs").glob("*"):
        told = status(folder)
        if told["pid"] and told["state"] in {"queued", "running"}:
            try:
                os.kill(told["pid"], signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture
def board(browser, tmp_path: Path) -> Iterator[Dashboard]:
    with dashboard(tmp_path) as opened:
        yield opened
    end_all(tmp_path)


def wait_for(what: Callable[[], bool], limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def badge(page: Page, text: str) -> None:
    found = page.locator("[data-testid='stMain'] .stBadge, [data-testid='stMain'] span").filter(
        has_text=re.compile(rf"^\s*(?:[a-z_]+)?\s*{text}\s*$")
    )
    expect(found.first).to_be_visible(timeout=PATIENCE_MS)


def press(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled(timeout=PATIENCE_MS)
    button.click()


def shown_step(page: Page) -> int:
    value = page.locator("[data-testid='stMetricValue']").first.inner_text()
    return int(value.replace(",", ""))


def test_start_watch_the_curve_grow_stop_resume_finish(board, visit):
    page = visit(board.train(LONG)).page
    press(page, "Start a new run")
    badge(page, "Running")
    page.wait_for_function(f"() => ({DRAWN_POINTS})() > 5", timeout=PATIENCE_MS)
    before = page.evaluate(DRAWN_POINTS)
    page.wait_for_function(f"() => ({DRAWN_POINTS})() > {before}", timeout=PATIENCE_MS)
    press(page, "Stop")
    badge(page, "Stopped")
    (folder,) = board.runs()
    stopped_at = status(folder)["step"]
    assert stopped_at > 0
    assert list((folder / "checkpoints").iterdir())
    press(page, "Resume")
    badge(page, "Running")
    wait_for(lambda: status(folder)["step"] > stopped_at)
    press(page, "Stop")
    badge(page, "Stopped")
    page.goto(board.train(SHORT))
    press(page, "Start a new run")
    badge(page, "Finished")
    # The badge is painted before the number that was sent after it.
    wait_for(lambda: shown_step(page) == SHORT)
    assert page.locator("[data-testid='stException']").count() == 0


def test_a_killed_trainer_is_shown_with_its_last_heartbeat_and_goes_on(board, visit):
    page = visit(board.train(LONG)).page
    press(page, "Start a new run")
    badge(page, "Running")
    (folder,) = board.runs()
    wait_for(lambda: any((folder / "checkpoints").iterdir()))
    os.kill(status(folder)["pid"], signal.SIGKILL)
    badge(page, "Killed")
    expect(page.get_by_text("last heartbeat")).to_be_visible()
    killed_at = status(folder)["step"]
    press(page, "Resume")
    badge(page, "Running")
    wait_for(lambda: status(folder)["step"] > killed_at)


def test_a_run_survives_the_server_and_is_found_again(browser, visit, tmp_path):
    with dashboard(tmp_path) as board:
        page = visit(board.train(LONG)).page
        press(page, "Start a new run")
        badge(page, "Running")
        (folder,) = board.runs()
    told = status(folder)
    try:
        wait_for(lambda: status(folder)["step"] > told["step"])
        with dashboard(tmp_path) as board:
            page = visit(f"{board.address}/train?run={folder.name}").page
            badge(page, "Running")
            seen = shown_step(page)
            wait_for(lambda: shown_step(page) > seen)
            assert status(folder)["pid"] == told["pid"]
    finally:
        end_all(tmp_path)


def test_the_second_run_waits_for_the_first(board, visit):
    page = visit(board.train(LONG)).page
    press(page, "Start a new run")
    badge(page, "Running")
    press(page, "Start a new run")
    badge(page, "Queued")
    expect(page.get_by_text("1 run before it")).to_be_visible(timeout=PATIENCE_MS)
    first, second = board.runs()
    assert {status(first)["state"], status(second)["state"]} == {"running", "queued"}


def test_a_run_that_lost_its_files_says_which_and_nothing_breaks(board, visit):
    page = visit(board.train(SHORT)).page
    press(page, "Start a new run")
    wait_for(lambda: bool(board.runs()))  # what the page shows before is a sample
    (folder,) = board.runs()
    wait_for(lambda: status(folder)["state"] == "finished")
    badge(page, "Finished")
    (folder / "config.json").unlink()
    page.goto(f"{board.address}/train?run={folder.name}")
    badge(page, "Broken")
    expect(page.get_by_text("config.json").first).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
