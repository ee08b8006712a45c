"""Links are taken over; what a late browser still says is none."""

from collections.abc import Callable

import pytest

from pages.ui import address
from pages.ui.address import LATE_S, asked_for, write_address


class Query(dict):
    """The address of a browser, with lists of values."""

    def get_all(self, name: str) -> list[str]:
        return self.get(name, [])


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> Query:
    made = Query()
    monkeypatch.setattr(address.st, "query_params", made)
    monkeypatch.setattr(address.st, "session_state", {})
    return made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    at_s = [100.0]
    monkeypatch.setattr(address.time, "monotonic", lambda: at_s[0])
    return lambda seconds: at_s.__setitem__(0, at_s[0] + seconds)


def test_a_link_is_asked_for_until_it_is_written(query, later):
    query["runs"] = ["a", "b"]
    assert asked_for("runs") == ("a", "b")
    write_address("runs", ["a", "b"])
    assert asked_for("runs") == ()


def test_an_address_that_was_just_replaced_is_no_link(query, later):
    for chosen in ("a", "b", "c"):
        write_address("runs", [chosen])
    for late in ("a", "b"):
        query["runs"] = [late]
        assert asked_for("runs") == ()
    later(LATE_S)
    assert asked_for("runs") == ("b",)


def test_going_back_counts_once_the_browser_has_heard_of_the_new_address(query, later):
    write_address("runs", ["a"])
    write_address("runs", ["b"])
    assert asked_for("runs") == ()  # it says b
    query["runs"] = ["a"]
    assert asked_for("runs") == ("a",)


def test_no_address_asks_for_nothing(query, later):
    write_address("runs", ["a"])
    del query["runs"]
    assert asked_for("runs") == ()
