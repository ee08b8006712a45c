"""A choice that the address holds, so that it can be sent as a link; for widgets not bound to it.

The browser hears of a new address a moment after the page has written it. What is clicked in that
moment still brings the old one, which is then no link that somebody opened.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

LATE_S = 3.0  # a page that goes back to an old address sooner than that is thought to be late


@dataclass
class _Written:
    values: tuple[str, ...] = ()
    replaced_s: dict[tuple[str, ...], float] = field(default_factory=dict)


def asked_for(name: str) -> tuple[str, ...]:
    """Give what a link that was opened just now asks for; nothing where the page wrote it."""
    asked, written = tuple(st.query_params.get_all(name)), _written(name)
    if asked == written.values:
        written.replaced_s.clear()  # the browser has heard of it
        return ()
    is_late = time.monotonic() - written.replaced_s.get(asked, -LATE_S) < LATE_S
    return () if is_late else asked


def write_address(name: str, values: Sequence[str]) -> None:
    """Write a choice into the address."""
    written = _written(name)
    if tuple(values) != written.values:
        written.replaced_s[written.values] = time.monotonic()
        written.values = tuple(values)
    st.query_params[name] = list(values)


def _written(name: str) -> _Written:
    return st.session_state.setdefault(f"{name}-address", _Written())
