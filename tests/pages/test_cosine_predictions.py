"""The view of predictions: the cloud of a run, by evaluation, or what to do for one."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.problems.new_runs import new_runs
from core.problems.pocket.experiment import POCKET
from core.runs.folder import new_run
from core.runs.reader import read_arrays, read_history
from core.training.settings import to_plain
from tests.pages.planted import LONG_EPOCHS, SMALL
from tests.pages.reading import alts, errors, text_of, traces

pytestmark = pytest.mark.usefixtures("no_samples")

CLOUD = "Squared error over cosine of each"


def opened(open_page, **query):
    return open_page("cosine_mse", view="Predictions", **query)


def put(folder: Path, **status) -> None:
    told = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(told | status))


def test_the_predictions_are_a_point_a_test_ligand_and_the_slider_moves_them(
    open_page, planted, decode
):
    app = opened(open_page)
    steps = read_history(planted.long).recorded["test_by_example"]
    assert app.slider(key="epoch").value == app.slider(key="epoch").max == LONG_EPOCHS
    for epoch in (LONG_EPOCHS, 1):
        app.slider(key="epoch").set_value(epoch).run()
        told = read_arrays(planted.long, "test_by_example", steps[epoch])
        cloud = next(t for t in traces(app, CLOUD) if t["name"] == "test ligands")
        assert decode(cloud["x"]) == pytest.approx(told["cosine"].astype(float))
        mean_square = told["target_norm"].astype(float) ** 2 / SMALL.output_dim
        assert decode(cloud["y"]) == pytest.approx(told["mse"] / mean_square)
        for ligand, words in zip(told["name"], cloud["hovertext"], strict=True):
            assert words.startswith(f"{ligand}: cosine ")
        assert f"{len(told['name'])} test ligands at epoch {epoch}**" in text_of(app)
        assert f"trained with cosine for {steps[epoch]} steps" in text_of(app)
    app.slider(key="epoch").set_value(0).run()
    assert f"{len(told['name'])} test ligands before the first update**" in text_of(app)


def test_the_evaluation_that_validation_would_choose_is_named(open_page, planted):
    told = json.loads((planted.long / "training_history.json").read_text())
    start = float(read_history(planted.long).series["val/cosine_loss"].value[0])
    losses = [start, *told["val_loss"]]
    best = losses.index(min(losses))
    when = f"at epoch {best}" if best else "before the first update"
    assert f"best on validation {when}" in text_of(opened(open_page))


def test_where_the_epoch_is_not_known_the_evaluation_is_counted(open_page, copied):
    path = copied.long / "events.jsonl"
    events = [json.loads(line) for line in path.read_text().splitlines()]
    for event in events:
        event.get("facts", {}).pop("steps an epoch", None)
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    said = text_of(opened(open_page))
    assert f"test ligands at evaluation {LONG_EPOCHS}**" in said
    assert "epoch" not in said.split("test ligands")[1]


def test_pockets_of_one_ligand_are_counted_apart_from_it(open_page, copied):
    (path,) = sorted((copied.long / "arrays").glob("*.npz"))[-1:]
    arrays = dict(np.load(path))
    count = len(arrays["ligand"])
    arrays["ligand"] = np.arange(count) // 2
    np.savez(path, **arrays)
    assert f"{count} test pockets of {-(-count // 2)} ligands" in text_of(opened(open_page))


def test_a_shorter_run_takes_the_slider_to_its_own_end(open_page, planted):
    app = opened(open_page)
    app.slider(key="epoch").set_value(LONG_EPOCHS).run()
    app.selectbox(key="cloud").set_value(app.selectbox(key="cloud").options[1]).run()
    assert not app.exception
    assert app.slider(key="epoch").max == SMALL.num_epochs
    assert app.slider(key="epoch").value == SMALL.num_epochs


def test_predictions_that_were_damaged_are_explained(open_page, copied):
    for path in (copied.long / "arrays").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    app = opened(open_page)
    assert not app.exception
    assert "breaks off" in errors(app)[0]


def test_a_run_that_waits_is_offered_but_one_with_predictions_comes_first(open_page, copied):
    (waiting,) = new_runs(POCKET, [SMALL], name="the newest")
    app = opened(open_page)
    name = f"the newest · {waiting.name[-4:]}"
    assert app.selectbox(key="cloud").options[0] == name
    assert app.selectbox(key="cloud").value != name
    assert alts(app)[-1].startswith(CLOUD)
    app.selectbox(key="cloud").set_value(name).run()
    assert "the newest waits for its turn" in text_of(app)
    assert not any(slider.key == "epoch" for slider in app.main.slider)


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("stopped", "was stopped before its first evaluation. Resume it on the page Train."),
        ("killed", "was killed before its first evaluation. Resume it on the page Train."),
        ("failed", "has no predictions. Choose another run, or start one on the page Train."),
        ("diverged", "has no predictions. Choose another run, or start one on the page Train."),
    ],
)
def test_a_run_without_predictions_says_why_and_what_to_do(open_page, state, advice):
    folder = new_run("pocket", to_plain(SMALL), name="a *run*")
    put(folder, state=state, message="the_reason")
    app = opened(open_page)
    assert not app.exception
    assert rf"a \*run\* {advice} the\_reason" in text_of(app)
    assert not any(alt.startswith(CLOUD) for alt in alts(app))
