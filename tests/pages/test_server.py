"""What the server answers before a page is drawn."""

import asyncio
import re
import socket
from contextlib import closing

import psutil
import pytest
from starlette.requests import Request

from pages.ui.server import ELEMENTS, STATIC, answering_at_once, page_routes
from tools.page_map import named_pages


def first_answer(path: str) -> str:
    """Give what the server sends for an address, before any session."""
    [route] = [route for route in page_routes() if route.path == path]
    answer = asyncio.run(route.endpoint(Request({"type": "http", "path": path})))
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    return bytes(answer.body).decode()


def test_every_page_has_its_address_and_nothing_else_is_taken_from_streamlit():
    assert {route.path for route in page_routes()} == {"/", *(f"/{name}" for name in named_pages())}


def test_it_says_where_the_server_is_and_what_comes():
    text = first_answer("/runs")
    early = re.findall(r'<link rel="modulepreload" crossorigin href="\./(.*?)">', text)
    own = [file for file in early if file.split("/")[-1].split(".")[0] in ELEMENTS]
    assert len(own) == len(ELEMENTS), "Streamlit has renamed or split the file of an element"
    assert all((STATIC / file).is_file() for file in own)
    assert "BACKEND_BASE_URL" in text.split("</head>")[0]


def test_what_streamlit_answers_is_still_whole():
    its_own = (STATIC / "index.html").read_text(encoding="utf-8")
    begins, ends = its_own.split("</head>")
    assert first_answer("/").startswith(begins)
    assert first_answer("/").endswith(ends)


def waits(connection: socket.socket) -> bool:
    return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def start_up() -> None:
    async def enter() -> None:
        async with answering_at_once(None):
            pass

    asyncio.run(enter())


def test_what_is_accepted_is_answered_at_once():
    # As Streamlit makes it: no protocol is named.
    with closing(socket.socket(socket.AF_INET)) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = listening.getsockname()
        with socket.create_connection(address), listening.accept()[0] as before:
            assert waits(before)
        start_up()
        with socket.create_connection(address), listening.accept()[0] as after:
            assert not waits(after)


def test_where_connections_may_not_be_listed_the_server_starts(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> list:
        raise psutil.AccessDenied()

    monkeypatch.setattr(psutil.Process, "net_connections", refuse)
    start_up()
