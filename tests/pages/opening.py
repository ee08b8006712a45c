"""How tests open a page: through the navigation, without drawing another page before it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.runs.index import refresh_index

APP = Path(__file__).resolve().parents[2] / "app.py"
TIMEOUT_S = 120

# AppTest looks through all installed packages each time; they do not change between two tests.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def open_page(file: str, **query: str | list[str]) -> AppTest:
    """Open a page of the navigation by its file, with values in its address."""
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)
    # Known from a first run, which would be that of the overview.
    app._registered_pages = _registered()
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page(file).run()


@cache
def _registered() -> dict:
    with _elsewhere():
        return AppTest.from_file(str(APP), default_timeout=TIMEOUT_S).run()._registered_pages


@cache
def index_of_samples() -> bytes:
    """Give the index of a state folder without runs: it holds the samples."""
    with _elsewhere() as home:
        refresh_index()
        return (home / "index.sqlite").read_bytes()


@contextmanager
def _elsewhere() -> Iterator[Path]:
    """Work in a state folder that no test sees."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", folder)
        yield Path(folder)
