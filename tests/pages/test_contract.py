"""What every page owes its reader, checked on every entry of the map; a page not covered fails."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120


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
}
SLIDERS = ("slider", "select_slider")
CONTROLS = (*SLIDERS, "selectbox", "button_group", "toggle", "text_input", "number_input")


def pages() -> dict[str, str]:
    """Read url_path and file of each `st.Page` line; the default page has a named one too."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "app.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page":
            values = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg}
            if not values.get("default"):
                found[values["url_path"]] = ast.literal_eval(node.args[0])
    return found


PAGES = pages()


def opened(url_path: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S).run()
    return app.switch_page(PAGES[url_path]).run()


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
    """Controls that change the picture are bound; an editor's own scratch fields are not."""
    url_path, app = page
    change = CHANGES[url_path]
    if change is None:
        assert not any(app.get(kind) for kind in SLIDERS)
        return
    widget = next(w for w in app.get(change.kind) if w.key == change.key)
    assert widget.proto.query_param_key == change.key


def test_reset_brings_every_value_back(page):
    url_path, shown = page
    change = CHANGES[url_path]
    if change is None:
        assert not any(button.key == "reset" for button in shown.button)
        return
    app = opened(url_path)
    before = next(w for w in app.get(change.kind) if w.key == change.key).value
    next(w for w in app.get(change.kind) if w.key == change.key).set_value(change.value)
    app.run()
    assert app.session_state[change.key] == change.value
    next(b for b in app.button if b.key == "reset").click().run()
    assert not app.exception
    assert app.session_state[change.key] == before


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
