"""The page cosine_mse in a real browser: the slider, files of other trainers, and a real run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.test_train import (
    DRAWN_POINTS,
    PATIENCE_MS,
    Dashboard,
    badge,
    dashboard,
    end_all,
    press,
    status,
    wait_for,
)

pytestmark = pytest.mark.browser

POCKETS, EPOCHS = 60, 5_000  # far more epochs than anybody waits for: the test stops it
TRACES = """() => [...document.querySelectorAll("[data-testid='stPlotlyChart'] .js-plotly-plot")]
  .flatMap(chart => (chart._fullData || []).map(t => ({name: t.name, length: t._length})))"""
GOOD = {
    "train_loss": [1.5, 1.2, 0.9, 0.8],
    "val_loss": [1.7, 1.1, 0.5, 0.55],  # the third lies below 1 - cos²
    "val_cosine_similarity": [0.1, 0.4, 0.6, 0.7],
    "config": {"loss_fn": "mse"},
}


def metric(page: Page, label: str):
    box = page.locator("[data-testid='stMetric']").filter(has_text=label)
    return box.locator("[data-testid='stMetricValue']").first


def drawn(page: Page) -> dict[str, int]:
    """Give the points of every named trace on the page."""
    return {trace["name"]: trace["length"] for trace in page.evaluate(TRACES)}


def shown(page: Page, trace: str) -> None:
    page.wait_for_function(f"name => ({TRACES})().some(t => t.name === name)", arg=trace)


def test_the_norm_slider_moves_the_curve_its_number_and_the_address(server, visit):
    opened = visit(f"{server}/cosine_mse?noise=0.0")
    page = opened.page
    error = metric(page, "Squared error")
    expect(error).to_have_text(f"{1 + 0.6**2 - 2 * 0.6 * 0.6:.3g}")
    assert "at norm ratio 0.6" in drawn(page)
    slider = page.locator("[data-testid='stSidebar'] input[type=range]").nth(1)
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(error).to_have_text(f"{1 + 0.9**2 - 2 * 0.9 * 0.6:.3g}")
    shown(page, "at norm ratio 0.9")
    page.wait_for_function("() => location.search.includes('norm=0.9')")
    assert opened.errors == []


def upload(page: Page, files: list[Path] | list[FilePayload]) -> None:
    page.locator("[data-testid='stFileUploaderDropzoneInput']").first.set_input_files(files)


def test_a_history_shows_its_share_beside_a_broken_one_and_stays(server, visit):
    opened = visit(f"{server}/cosine_mse?view=Histories")
    page = opened.page
    files = {"good.json": json.dumps(GOOD), "torn.json": json.dumps(GOOD)[:50]}
    upload(
        page,
        [
            {"name": name, "mimeType": "application/json", "buffer": content.encode()}
            for name, content in files.items()
        ],
    )
    expect(page.get_by_text("75 % of the epochs lie between the curves").first).to_be_visible()
    shown(page, "good, 75 % between")
    message = page.locator("[data-testid='stAlert']").inner_text()
    assert "torn.json" in message
    assert "expected" in message
    page.get_by_text("Trajectory", exact=True).click()
    shown(page, "the note expects")
    opened.settle()
    assert "good" in drawn(page)
    page.get_by_text("Histories", exact=True).click()
    shown(page, "good, 75 % between")
    expect(page.get_by_role("button", name="Forget 1 history read before")).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    assert opened.errors == []


def test_the_six_real_histories_show_their_share_and_their_band(server, visit, shared_data):
    paths = sorted((shared_data / "histories").glob("*.json"))
    opened = visit(f"{server}/cosine_mse?view=Histories")
    page = opened.page
    upload(page, paths)
    expect(page.get_by_text("73–96 % of the epochs of 6 runs lie between").first).to_be_visible()
    expect(page.get_by_text("assumes mean |t|²/D = 1").first).to_be_visible()
    opened.settle()
    page.wait_for_function(f"() => ({TRACES})().filter(t => / between$/.test(t.name)).length === 6")
    assert len(paths) == 6
    assert opened.errors == []


@pytest.fixture
def board(browser, tmp_path: Path) -> Iterator[Dashboard]:
    with dashboard(tmp_path) as opened:
        yield opened
    end_all(tmp_path)


def fill(page: Page, label: str, value: int) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")


def test_a_pocket_run_is_started_watched_stopped_and_seen_in_the_cloud(board, visit):
    opened = visit(f"{board.address}/train")
    page = opened.page
    page.get_by_role("combobox", name="Experiment").click()
    page.get_by_role("option", name="Ligand embeddings from pockets").click()
    fill(page, "Epochs", EPOCHS)
    page.get_by_text("All options", exact=True).click()
    fill(page, "Synthetic pockets", POCKETS)
    opened.settle()
    press(page, "Start a new run")
    wait_for(lambda: bool(board.runs()))
    badge(page, "Running")
    page.wait_for_function(f"() => ({DRAWN_POINTS})() > 5", timeout=PATIENCE_MS)
    before = page.evaluate(DRAWN_POINTS)
    page.wait_for_function(f"() => ({DRAWN_POINTS})() > {before}", timeout=PATIENCE_MS)
    press(page, "Stop")
    badge(page, "Stopped")
    (folder,) = board.runs()
    config = json.loads((folder / "config.json").read_text())
    assert config["experiment"] == "pocket"
    assert (config["config"]["num_epochs"], config["config"]["ligands"]) == (EPOCHS, POCKETS)
    assert page.locator("[data-testid='stException']").count() == 0
    look_at_its_cloud(board, visit, folder)


def look_at_its_cloud(board: Dashboard, visit, folder: Path) -> None:
    assert status(folder)["state"] == "stopped"
    recorded = sorted((folder / "arrays").glob("test_by_example_*.npz"))
    opened = visit(f"{board.address}/cosine_mse?view=Predictions")
    page = opened.page
    shown(page, "test ligands")
    assert 0 < drawn(page)["test ligands"] < POCKETS
    last_step = int(recorded[-1].stem.rsplit("_", 1)[1])
    expect(page.get_by_text(f"trained with cosine for {last_step:,} steps")).to_be_visible()
    slider = page.locator("[data-testid='stSidebar'] input[type=range]").first
    slider.focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("test ligands before the first update")).to_be_visible()
    assert page.locator("[data-testid='stException']").count() == 0
    assert opened.errors == []
