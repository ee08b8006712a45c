"""What every page owes its reader, checked on every entry of the map; a page not covered fails."""

import json
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.opening import open_page
from tools.page_map import named_pages


@dataclass(frozen=True)
class Change:
    """A control of the page, and another value for it."""

    kind: str
    key: str
    value: object


# One control a page that a reader would move first.
CHANGES = {
    "overview": None,
    "spectra": Change("select_slider", "sigma", 0.2),
    "loss_balance": Change("selectbox", "form", "log_ratio"),
    "cosine_mse": Change("slider", "norm", 1.0),
    "hard_negatives": Change("slider", "hard_ratio", 1.0),
    "density_limit": Change("slider", "density_noise", 30),
    "claims": Change("toggle", "starred", True),
    "per_atom_rmsd": Change("toggle", "renames", True),
    "report": None,
    "train": Change("slider", "smoothing", 0),
    "runs": Change("select_slider", "half_life", 100),
}
SLIDERS = ("slider", "select_slider")
SCRATCH = {"position", "residue"}  # where the next move of the peptide editor takes place
SUBJECTS = {"run"}  # what is looked at; Reset is about how
MOVABLE = (*SLIDERS, "selectbox", "toggle", "text_input")
CONTROLS = (*SLIDERS, "selectbox", "button_group", "toggle", "text_input", "number_input")


PAGES = named_pages()


def opened(url_path: str) -> AppTest:
    return open_page(PAGES[url_path])


@pytest.fixture(scope="module", params=sorted(PAGES))
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(tmp_path_factory.mktemp("state")))
        yield request.param, opened(request.param)


def test_every_page_of_the_map_is_covered():
    assert set(CHANGES) == set(PAGES)


def test_the_first_view_needs_no_input_and_shows_no_error(page):
    _, app = page
    assert not app.exception
    assert not app.error
    assert len(app.header) == 1
    assert len(app.get("plotly_chart")) >= 1
    assert len(app.metric) >= 3


def test_every_control_has_help_and_every_slider_its_unit(page):
    _, app = page
    for kind in CONTROLS:
        for widget in app.get(kind):
            assert widget.proto.help.strip(), f"{widget.proto.label} has no help"
            if kind in SLIDERS:
                assert ", " in widget.label, f"{widget.label} has no unit"


def test_values_live_in_the_address(page):
    """Every control that changes the picture is bound; the scratch fields of an editor are not."""
    url_path, app = page
    if CHANGES[url_path] is None:
        assert not any(app.get(kind) for kind in SLIDERS)
    for widget in movable(app):
        if widget.key not in SCRATCH:
            bound = widget.proto.query_param_key == widget.key
            written = app.query_params.get(widget.key) in (widget.value, [widget.value])
            assert bound or written, f"{widget.label} is not in the address"


def test_reset_brings_every_value_back(page):
    """Move every slider, list, switch and text that the page shows, then press Reset."""
    url_path, shown = page
    if CHANGES[url_path] is None:
        assert not any(button.key == "reset" for button in shown.button)
        return
    app = opened(url_path)
    controls = [widget for widget in movable(app) if widget.key not in SUBJECTS]
    before = {widget.key: widget.value for widget in controls}
    for widget in controls:
        widget.set_value(other_value(widget))
    app.run()
    moved = [key for key, value in before.items() if app.session_state[key] != value]
    # A list of one entry cannot move, and a typed peptide belongs to the spectrum it was typed for.
    assert len(moved) >= len(before) - 3
    next(b for b in app.button if b.key == "reset").click().run()
    assert not app.exception
    assert {key: app.session_state[key] for key in before} == before


def movable(app: AppTest) -> list:
    """List what a reader can move; names of files to write are no setting of the page."""
    found = [widget for kind in MOVABLE for widget in app.get(kind)]
    return [w for w in found if w.key not in {"schedule-name", "saved-schedule"}]


def other_value(widget) -> object:
    if widget.type == "toggle":
        return not widget.value
    if widget.type == "text_input":
        return "PEPTIDEK"
    if widget.type == "slider":
        if isinstance(widget.value, tuple):
            return (widget.min, widget.max)
        return widget.max if widget.value != widget.max else widget.min
    options = widget.options
    return options[-1] if str(widget.value) != str(options[-1]) else options[0]


def test_every_chart_has_an_alternative_text_and_titled_axes(page):
    _, app = page
    for chart in app.get("plotly_chart"):
        assert len(chart.proto.alt) > 20
        layout = json.loads(chart.proto.spec)["layout"]
        titles = [
            axis.get("title", {}).get("text")
            for name, axis in layout.items()
            if name.startswith(("xaxis", "yaxis"))
        ]
        assert any(titles)


def test_every_table_has_an_alternative_text(page):
    _, app = page
    for table in app.dataframe:
        assert len(table.proto.alt) > 10
