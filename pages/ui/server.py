"""The server's part in opening a page: nothing is asked twice, and nothing waits for its turn.

Left alone, the browser asks the address of a page for the server, hears that it is not there and
waits before it asks the one above; it hears of the file of an element when the first such element
comes; and small answers wait for the one before to be confirmed.
"""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit import file_util, runtime

STATIC = Path(file_util.get_static_dir())
PAGES = Path(__file__).resolve().parents[1]
# What nearly every page shows, the largest first: 6 MB.
ELEMENTS = ("PlotlyChart", "arrowFormatUtils", "DataFrame", "Multiselect", "Metric", "Selectbox",
            "Slider", "NumberInput", "Checkbox", "ButtonGroup", "Html")  # fmt: skip
# The server is where the last part of a page's address is taken away, behind a proxy too; who
# knows whom to listen to need not ask before connecting.
SCRIPT = """<script>
      window.__streamlit = {
        BACKEND_BASE_URL: location.origin + location.pathname.replace(/[^/]*$/, ''),
        HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
      }
    </script>"""
END = "</head>"  # what Streamlit itself asks for stands before it, and goes first


@cache
def page_routes() -> tuple[Route, ...]:
    """Answer the addresses of the pages ourselves; what follows is Streamlit's own."""
    names = ["", *(page.stem for page in sorted(PAGES.glob("*.py")))]
    return tuple(Route(f"/{name}", _answer) for name in names)


def show_page(pages: Callable[[], Mapping[str, list[Any]]]) -> None:
    """Draw the navigation and the page that was asked for, where a session runs the script.

    The server imports the same file, to find itself there, and has no pages to name.
    """
    if runtime.exists():
        st.navigation(pages(), position="top").run()


@asynccontextmanager
async def answering_at_once(_: Any) -> AsyncIterator[None]:
    """Let the connections that this process will accept send without waiting.

    Streamlit makes its listening socket without naming a protocol; asyncio switches Nagle's
    algorithm off only where that is TCP. With it every second small answer waits 40 ms for the
    browser to confirm the first: each file of a page, each message of a rerun.
    """
    with suppress(psutil.Error, OSError):  # where they may not be listed, pages still open
        for one in psutil.Process().net_connections("tcp"):
            _send_at_once(one)
    yield


def _send_at_once(one: Any) -> None:
    # It may have been closed since; Windows gives no number (-1).
    with suppress(OSError, ValueError), socket.fromfd(one.fd, one.family, one.type) as own:
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _answer(_: Request) -> HTMLResponse:
    return HTMLResponse(_first_answer(), headers={"Cache-Control": "no-cache"})


@cache
def _first_answer() -> str:
    """Give Streamlit's page, which says besides where the server is and what it will ask for."""
    files = [path.name for name in ELEMENTS for path in STATIC.glob(f"static/js/{name}.*.js")]
    early = [f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in files]
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    return page.replace(END, "\n".join([SCRIPT, *early, END]), 1)
