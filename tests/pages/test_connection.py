"""Small answers do not wait for one another."""

import socket
from contextlib import closing

import psutil
import pytest

from pages.ui.connection import answer_at_once


def waits(connection: socket.socket) -> bool:
    return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_was_accepted_and_what_will_be_is_answered_at_once():
    # As Streamlit makes it: no protocol is named.
    with closing(socket.socket(socket.AF_INET)) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = listening.getsockname()
        with socket.create_connection(address), listening.accept()[0] as before:
            assert waits(before)
            answer_at_once.clear()
            answer_at_once()
            assert not waits(before)
        with socket.create_connection(address), listening.accept()[0] as after:
            assert not waits(after)


def test_where_connections_may_not_be_listed_nothing_happens(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> list:
        raise psutil.AccessDenied()

    monkeypatch.setattr(psutil.Process, "net_connections", refuse)
    answer_at_once.clear()
    answer_at_once()
