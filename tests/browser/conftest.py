"""A real server and a real browser for the tests of the dashboard."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tools.dashboard import running_browser, running_server, settle

VIEWPORT = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of one warm dashboard, shared by the tests that do not need a cold one.

    It is opened once at its root: until then Streamlit knows the pages by their files only, and
    draws no navigation.
    """
    with running_server(tmp_path_factory.mktemp("home")) as address:
        page = browser.new_page()
        page.goto(address)
        settle(page)
        page.close()
        yield address


@pytest.fixture
def cold_server(tmp_path: Path) -> Iterator[str]:
    """Give the address of a dashboard that no session has opened yet."""
    with running_server(tmp_path / "home") as address:
        yield address


@dataclass
class Visit:
    """An open page with everything its console said."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def settle(self) -> None:
        self.page.wait_for_timeout(150)
        settle(self.page)


def note(opened: Visit, message: ConsoleMessage) -> None:
    """Keep what the console says of errors."""
    if message.type == "error":
        opened.errors.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def open_address(address: str, scheme: str = "light", *, as_download: bool = False) -> Visit:
        context = browser.new_context(
            viewport=VIEWPORT, color_scheme=scheme, accept_downloads=True, reduced_motion="reduce"
        )
        contexts.append(context)
        opened = Visit(context.new_page())
        opened.page.set_default_timeout(60_000)
        if as_download:  # Chromium's own "save as" window cannot be answered without a screen
            opened.page.add_init_script("delete window.showSaveFilePicker")
        opened.page.on("console", lambda message: note(opened, message))
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.goto(address)
        opened.settle()
        return opened

    yield open_address
    for context in contexts:
        context.close()
