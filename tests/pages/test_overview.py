"""The overview: what it says about the note, and fetching real data with and without a network."""

import functools
import http.server
import threading
from pathlib import Path

import pytest

from core.datasets.catalogue import MASSIVEKB_500
from core.datasets.fetch import is_fetched
from tests.pages.reading import errors


def test_the_numbers_are_those_of_the_pages_behind_it(open_page, metric):
    app = open_page("overview")
    assert metric(app, "Stages inside their targets") == metric(
        open_page("loss_balance"), "Stages inside all bands"
    )
    assert metric(app, "Labels above 50 ppm") == "6 of 60"


def test_the_state_folder_is_named_with_its_size(open_page, metric, state_folder: Path):
    (state_folder / "kept").mkdir(parents=True)
    (state_folder / "kept" / "file").write_bytes(b"0" * 2_500_000)
    app = open_page("overview")
    size, unit = metric(app, "State folder").split()
    assert 2.5 <= float(size) < 3.5, "beside it lies the index of runs, of a few 100 kB"
    assert unit == "MB"
    assert any(str(state_folder) in element.value for element in app.markdown)


def test_without_a_network_the_message_says_so_and_everything_else_works(open_page, monkeypatch):
    monkeypatch.setenv("LOSSOSCOPE_CATALOGUE", "http://127.0.0.1:9")  # nothing listens there
    app = open_page("overview")
    app.button(key="fetch-massivekb_500").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert "Everything else works without it" in errors(app)[0]
    assert len(app.get("plotly_chart")) == 3


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing: what is served is seen in what is fetched."""


@pytest.fixture
def mirror(shared_data: Path):
    """Serve the real spectra as a mirror of the catalogue does."""
    handler = functools.partial(Quiet, directory=str(shared_data / "spectra"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_fetched_set_opens_with_its_twelve_wrong_labels(open_page, metric, mirror, monkeypatch):
    monkeypatch.setenv("LOSSOSCOPE_CATALOGUE", mirror)
    app = open_page("overview")
    app.button(key="fetch-massivekb_500").click().run()
    assert not app.error
    assert is_fetched(MASSIVEKB_500)
    spectra = open_page("spectra", dataset=MASSIVEKB_500.title, view="Data check")
    assert not spectra.exception
    flagged = next(t.value for t in spectra.dataframe if "Best explanation" in t.value.columns)
    assert len(flagged) == 12
    assert flagged["Best explanation"].str.contains("pyro-Glu").all()
    app.button(key="remove-massivekb_500").click().run()
    assert not is_fetched(MASSIVEKB_500)
