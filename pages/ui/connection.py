"""How answers go from the server to the browser: at once."""

import socket
from contextlib import suppress
from typing import Any

import psutil
import streamlit as st


@st.cache_resource(show_spinner=False)
def answer_at_once() -> None:
    """Let the connections of this process, and those it will accept, send without waiting.

    Streamlit makes its listening socket without naming a protocol; asyncio switches Nagle's
    algorithm off only where that is TCP. With it every second small answer waits 40 ms for the
    browser to confirm the first: each file of a page, each message of a rerun.
    """
    with suppress(psutil.Error, OSError):  # where they may not be listed, pages still open
        for one in psutil.Process().net_connections("tcp"):
            _send_at_once(one)


def _send_at_once(one: Any) -> None:
    # It may have been closed since; Windows gives no number (-1).
    with suppress(OSError, ValueError), socket.fromfd(one.fd, one.family, one.type) as own:
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
