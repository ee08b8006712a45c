"""Runs of scripts and of logs that are followed, on the pages that show runs."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.events import RunEnded
from core.follow.follower import Follower
from core.follow.running import begin_following
from core.follow.source import find_source
from core.runs import Run
from core.runs.folder import SAMPLE_RUNS
from core.runs.writer import RunWriter
from tests.pages.reading import table, traces


def logged() -> Path:
    with Run.start("of a script", config={"lr": 0.1}, total_steps=200) as run:
        run.stage("loose", 0)
        for step in range(200):
            run.measure(
                step,
                terms={"fit": 100.0 / (1 + step), "smooth": 0.01},
                weights={"fit": 1.0, "smooth": 1.0},
                metrics={"train/fit/gradient_share": 99.0, "val/accuracy": step / 200},
            )
    return run.folder


def followed(folder: Path) -> Path:
    path = folder / "log.jsonl"
    path.write_text(
        "".join(json.dumps({"step": s, "train_loss": 1.0 / (1 + s)}) + "\n" for s in range(200))
    )
    run = begin_following(path, name="followed")
    follower = Follower(find_source(path))
    with RunWriter(run) as writer:
        for event in follower.look():
            writer.write(event)
        writer.write(RunEnded(199, 0.0, "stopped"))
    follower.close()
    return run


@pytest.mark.parametrize("page", ["train", "overview"])
@pytest.mark.parametrize("kind", ["logged", "followed"])
def test_pages_show_runs_of_others(page: str, kind: str, tmp_path: Path, open_page, no_samples):
    run = logged() if kind == "logged" else followed(tmp_path)
    app = open_page(page, run=run.name)
    assert not app.exception
    assert not app.error


def test_terms_of_a_script_are_drawn_and_judged(open_page, no_samples, trace, decode):
    app = open_page("train", run=logged().name)
    shown = " ".join(element.value for element in [*app.markdown, *app.caption])
    assert "fit" in shown
    fit = trace(app, "", "fit")
    assert decode(fit["y"])[0] > decode(fit["y"])[-1]


def test_metrics_of_a_followed_log_are_drawn_where_it_has_no_terms(
    tmp_path: Path, open_page, no_samples, trace, decode, metric
):
    run = followed(tmp_path)
    app = open_page("train", run=run.name)
    expected = [1.0 / (1 + step) for step in range(200)]
    for alt in ("Contributions", "Every metric"):  # the main figure, and the view below it
        np.testing.assert_allclose(decode(trace(app, alt, "train")["y"]), expected)
    assert metric(app, "Total loss") == "0.005"
    assert not any(m.label == "Highest share" for m in app.metric)


def test_metrics_of_a_script_stand_beside_its_terms(open_page, no_samples, trace, decode, metric):
    app = open_page("train", run=logged().name, view="Gradients")
    assert decode(trace(app, "Contributions", "val")["y"])[-1] == 199 / 200
    assert metric(app, "Accuracy") == "0.995"
    assert not app.exception


def test_the_view_of_one_run_does_not_break_another(open_page):
    own = next(path.name for path in SAMPLE_RUNS.iterdir() if path.name.startswith("pocket"))
    app = open_page("train", run=logged().name, view="Metrics")
    app.selectbox(key="run").set_value(own).run()
    assert not app.exception
    assert not app.error


def test_runs_of_one_name_are_told_apart_by_their_ids_and_a_metric_without_a_direction_has_two_ends(
    open_page, no_samples
):
    own = [logged().name for _ in range(2)]
    app = open_page("runs", runs=own)
    names = {f"of a script · {run[-4:]}" for run in own}
    assert set(table(app, "Run")["Run"]) == names
    (legend,) = [{trace["name"] for trace in traces(app, "val/accuracy of")}]
    assert legend == {f"script · {run[-4:]}" for run in own}
    assert [m.label for m in app.metric][1:3] == ["Lowest at the end", "Highest at the end"]


def test_a_followed_log_shows_what_was_told_of_it_last(open_page, no_samples, tmp_path: Path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss,acc\n1,2,3\n2,oops,4\n")
    run = begin_following(path, name="followed")
    follower = Follower(find_source(path))
    with RunWriter(run) as writer:
        for event in follower.look():
            writer.write(event)
        rows = table(open_page("runs", view="Follow"), "Written by")
        writer.write(RunEnded(2, 0.0, "stopped"))
    follower.close()
    (message,) = rows["Message"]
    assert message == "Line 3 has no number for loss: such cells are left out."
