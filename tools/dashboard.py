"""Starts the dashboard and a Chromium, for the browser tests, the benchmarks and the pictures."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_LIMIT_S = 60
SETTLE_LIMIT_MS = 90_000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_server(home: Path, script: Path = ROOT / "app.py") -> Iterator[str]:
    """Run a dashboard of its own on the loopback address and give that address.

    Args:
        home: Its state folder.
        script: The script that Streamlit runs, with the settings beside it.

    Raises:
        TimeoutError: It does not answer within a minute.
    """
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    process = subprocess.Popen(
        [*command, "--server.port", str(port), "--server.headless", "true"],
        cwd=script.parent,  # Streamlit reads its settings from there
        env={**os.environ, "LOSSOSCOPE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"the dashboard did not answer within {START_LIMIT_S} s")


def chromium_path() -> str:
    """Give the system's Chromium; empty where there is none, and Playwright's own is to be used."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run the system's Chromium, else the one that Playwright installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path() or None, args=FLAGS)
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until the script has finished and all its charts are drawn; every page has one."""
    page.wait_for_selector("[data-testid='stPlotlyChart'] .main-svg", timeout=SETTLE_LIMIT_MS)
    running = "[data-testid='stApp'][data-test-script-state='notRunning']"
    page.wait_for_selector(running, timeout=SETTLE_LIMIT_MS)
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=\"stPlotlyChart\"]')]"
        ".every(chart => chart.querySelector('.main-svg'))"
    )
