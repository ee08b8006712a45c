"""The page runs: what is compared, listed, edited, and weighed anew."""

from pathlib import Path

import numpy as np
import pytest

from core.events import Measured, RunEnded, RunStarted, StageChanged
from core.problems.experiments import EXPERIMENTS
from core.problems.peptide.config import PeptideConfig
from core.runs.folder import edit_meta, new_run, read_meta
from core.runs.index import list_runs
from core.runs.writer import RunWriter
from core.training.settings import to_plain
from pages.ui.handover import OWN_SCHEDULE
from tests.pages.reading import alts, table, text_of, traces

STEPS, TERMS = 40, ("ce", "spectrum", "precursor")
PRIMARY, LOSS = "val_easy/residue_accuracy", "train/total_loss"
ALT = "train/total_loss of"


def record(name: str, level: float, *, seed: int = 0, rate: float = 1e-3, group: str = "") -> Path:
    config = to_plain(PeptideConfig(steps=STEPS, seed=seed, learning_rate=rate))
    folder = new_run("peptide", config, name=name, group=group)
    targets = {"ce": (60.0, 70.0), "spectrum": (10.0, 20.0), "precursor": (10.0, 30.0)}
    with RunWriter(folder) as writer:
        writer.write(RunStarted(0, 0.0, "peptide", config, TERMS, STEPS, targets,
                                {"steps an epoch": "10"}))  # fmt: skip
        for step in range(STEPS):
            if step in {0, STEPS // 2}:
                weights = {"ce": 1.0, "spectrum": 0.1, "precursor": 0.1 if step else 0.0}
                end = step + STEPS // 2
                writer.write(StageChanged(step, 0.0, str(1 + bool(step)), end, weights))
            raw = {"ce": 2.0, "spectrum": 0.5, "precursor": 40.0}
            values = {f"train/{term}/raw": value for term, value in raw.items()}
            values[LOSS] = level + step
            if step % 10 == 9:
                values[PRIMARY] = level / 10
            writer.write(Measured(step, 100.0 + step, values))
        writer.write(RunEnded(STEPS, 200.0, "finished"))
    return folder


@pytest.fixture
def runs(no_samples, state_folder) -> list[Path]:
    """Two seeds of one configuration, and a run with another learning rate."""
    return [
        record("pair, seed 0", 1.0, seed=0, group="g"),
        record("pair, seed 1", 3.0, seed=1, group="g"),
        record("other <b>rate</b>", 5.0, rate=1e-2),
    ]


def ids(runs: list[Path]) -> list[str]:
    return [folder.name for folder in runs]


def press(app, key: str):
    return next(b for b in app.button if b.key == key).click().run()


def test_the_first_view_shows_sample_runs_of_one_experiment_and_its_primary_metric(open_page):
    app = open_page("runs")
    assert not app.exception
    chosen = app.session_state["runs"]
    assert len(chosen) > 1
    assert len({run.split("-")[0] for run in chosen}) == 1
    assert app.query_params["runs"] == chosen
    (row,) = (row for row in list_runs() if row.id == chosen[0])
    (metric,) = app.session_state["metrics"]
    assert metric == EXPERIMENTS[row.experiment].primary
    assert len(traces(app, f"{metric} of")) == len(chosen)
    assert len(table(app, "Run").columns) > 4


def test_own_runs_come_before_samples_and_without_any_run_the_page_stands(open_page, no_samples):
    app = open_page("runs")
    assert not app.exception
    assert "No run is chosen" in app.info[0].value
    own = record("mine", 1.0)
    again = open_page("runs")
    assert again.session_state["runs"] == [own.name]


def test_a_link_opens_its_runs_and_metrics_and_says_which_are_gone(open_page, runs, decode):
    app = open_page("runs", runs=[runs[2].name, "gone-1"], metrics=[LOSS])
    assert not app.exception
    assert app.session_state["runs"] == [runs[2].name]
    assert any("gone" in warning.value for warning in app.warning)
    (line,) = traces(app, ALT)
    assert line["name"] == "other &lt;b&gt;rate&lt;/b&gt;"
    assert decode(line["y"]).tolist() == [5.0 + step for step in range(STEPS)]


def test_axes_smoothing_and_bands_reach_the_chart(open_page, runs, decode):
    app = open_page("runs", runs=ids(runs), metrics=[LOSS])
    app.selectbox(key="over").set_value("epoch").run()
    assert decode(traces(app, ALT)[0]["x"])[-1] == pytest.approx(3.9)
    app.number_input(key="from").set_value(2.0).run()
    assert decode(traces(app, ALT)[0]["x"])[0] == pytest.approx(2.0)
    app.select_slider(key="half_life").set_value(1).run()
    faint, smooth = traces(app, ALT)[:2]
    assert faint["opacity"] < 0.5
    assert decode(smooth["customdata"]).tolist() == decode(faint["y"]).tolist()
    app.selectbox(key="band").set_value("range").run()
    names = [t["name"] for t in traces(app, ALT) if t.get("line", {}).get("width")]
    assert sorted(names) == ["other &lt;b&gt;rate&lt;/b&gt;, 1 run", "pair, 2 runs"]
    assert not app.exception


def test_only_what_differs_stands_in_the_table_and_the_best_is_named(open_page, runs, metric):
    app = open_page("runs", runs=ids(runs))
    shown = table(app, "Run")
    assert {"seed", "learning_rate"} == set(shown.columns) - {"Run", "State", "Step", PRIMARY}
    assert shown[PRIMARY].tolist() == pytest.approx([0.1, 0.3, 0.5])
    assert metric(app, "Best at the end") == "50.0 %"
    assert metric(app, "Options that differ") == "2"
    assert metric(app, "Runs") == "3"


def test_other_runs_bring_other_metrics_and_what_is_gone_is_let_go(open_page, runs):
    other = new_run("toy", {})
    with RunWriter(other) as writer:
        writer.write(RunStarted(0, 0.0, "toy"))
        writer.write(Measured(0, 0.0, {"my/loss": 1.0}))
        writer.write(RunEnded(1, 0.0, "finished"))
    app = open_page("runs", runs=[runs[0].name], metrics=[PRIMARY])
    app.multiselect(key="runs").set_value([other.name]).run()
    assert not app.exception
    assert app.session_state["metrics"] == ["my/loss"]
    app.multiselect(key="runs").set_value([]).run()
    assert not app.exception


def test_a_broken_folder_is_shown_with_its_reason(open_page, runs):
    (runs[0] / "config.json").unlink()
    app = open_page("runs", runs=ids(runs))
    assert not app.exception
    assert "lacks config.json" in text_of(app).replace("\\", "")
    listed = open_page("runs", view="Table", runs=ids(runs))
    assert not listed.exception
    assert "Broken" in table(listed, "Experiment")["State"].tolist()


def test_the_table_takes_any_statistic_and_filters(open_page, runs):
    app = open_page("runs", view="Table", runs=ids(runs), metrics=[LOSS])
    wanted = {"last": 44.0, "lowest": 5.0, "highest": 44.0, "at step": 15.0, "median": 43.0}
    for statistic, value in wanted.items():
        app.selectbox(key="statistic").set_value(statistic).run()
        if statistic == "at step":
            app.number_input(key="at").set_value(10).run()
        if statistic == "median":
            app.number_input(key="of_last").set_value(3).run()
        shown = table(app, "Experiment").set_index("Run")
        assert shown.loc["other <b>rate</b>", LOSS] == value, statistic
    app.text_input(key="find").set_value("RATE other").run()
    assert table(app, "Experiment")["Run"].tolist() == ["other <b>rate</b>"]
    app.text_input(key="find").set_value("").run()
    app.selectbox(key="only_experiment").set_value("peptide").run()
    assert len(table(app, "Experiment")) == 3
    assert not app.exception


def test_options_and_results_stand_on_parallel_axes(open_page, runs):
    app = open_page("runs", view="Table", runs=ids(runs), metrics=[LOSS], sweep="true")
    (trace,) = traces(app, "Parallel coordinates of 3 runs")
    assert [d["label"] for d in trace["dimensions"]] == ["seed", "learning_rate", LOSS]


def test_runs_are_named_tagged_noted_and_put_away(open_page, runs):
    app = open_page("runs", view="Table", runs=[runs[0].name])
    mark = runs[0].name
    app.text_input(key=f"edit-name-{mark}").set_value("new name")
    app.text_input(key=f"edit-tags-{mark}").set_value("good, kept")
    app.text_area(key=f"edit-note-{mark}").set_value("why")
    next(b for b in app.button if b.label == "Save").click().run()
    meta = read_meta(runs[0])
    assert (meta.name, meta.tags, meta.note) == ("new name", ("good", "kept"), "why")
    app.selectbox(key="only_tag").set_value("kept").run()
    assert table(app, "Experiment")["Run"].tolist() == ["new name"]
    press(app, "archive")
    assert read_meta(runs[0]).archived
    other = open_page("runs", view="Table", runs=[runs[1].name])
    assert len(table(other, "Experiment")) == 2
    other.toggle(key="archived").set_value(True).run()
    assert len(table(other, "Experiment")) == 3


def test_archived_runs_stand_on_train_only_for_a_link_and_not_on_the_overview(open_page, runs):
    edit_meta(runs[0], archived=True)
    labels = open_page("train").selectbox(key="run").options
    assert not any(label.endswith(runs[0].name[-4:]) for label in labels)
    assert any(label.endswith(runs[1].name[-4:]) for label in labels)
    linked = open_page("train", run=runs[0].name)
    assert linked.selectbox(key="run").value == runs[0].name
    listed = table(open_page("overview"), "Result")["Run"].tolist()
    assert read_meta(runs[0]).name not in listed
    assert read_meta(runs[1]).name in listed


def test_tags_of_several_runs_change_only_where_they_are_shared(open_page, runs):
    for folder, tags in zip(runs[:2], ("a,b", "a"), strict=True):
        app = open_page("runs", view="Table", runs=[folder.name])
        app.text_input(key=f"edit-tags-{folder.name}").set_value(tags)
        next(b for b in app.button if b.label == "Save").click().run()
    app = open_page("runs", view="Table", runs=ids(runs[:2]))
    box = next(t for t in app.text_input if t.label == "Tags")
    assert box.value == "a"
    box.set_value("c")
    next(b for b in app.button if b.label == "Save").click().run()
    assert [set(read_meta(folder).tags) for folder in runs[:2]] == [{"c", "b"}, {"c"}]
    assert [read_meta(folder).name for folder in runs[:2]] == ["pair, seed 0", "pair, seed 1"]


def test_deletion_asks_says_what_it_frees_and_leaves_the_rest(open_page, runs):
    app = open_page("runs", view="Table", runs=ids(runs[:2]))
    assert "This frees" in text_of(app)
    press(app, "delete-runs")
    assert not app.exception
    assert [folder.exists() for folder in runs] == [False, False, True]
    assert app.session_state["runs"] == []


def test_samples_stay_as_they_are(open_page):
    app = open_page("runs", view="Table")
    assert "they stay as they are" in text_of(app)
    assert next(b for b in app.button if b.key == "archive").disabled
    assert press(app, "to-compare").session_state["view"] == "compare"


def test_other_weights_give_other_shares_and_go_to_a_new_run(open_page, runs, metric, decode):
    app = open_page("runs", view="What if", runs=[runs[0].name])
    assert not app.exception
    parts = np.array([2.0, 0.05, 4.0])  # the second stage: weight times raw
    bars = [t for t in traces(app, "Share of each term by stage") if t["type"] == "bar"]
    assert [decode(t["y"])[1] for t in bars] == pytest.approx(100 * parts / parts.sum())
    assert metric(app, "Stages inside all targets") == "0 of 2"
    app.select_slider(key="factor-precursor").set_value(0.2).run()
    app.select_slider(key="factor-spectrum").set_value(10).run()
    parts = np.array([2.0, 0.5, 0.8])
    bars = [t for t in traces(app, "Share of each term by stage") if t["type"] == "bar"]
    assert [decode(t["y"])[1] for t in bars] == pytest.approx(100 * parts / parts.sum())
    assert metric(app, "Stages inside all targets") == "1 of 2"
    assert "Contribution and share" in " ".join(alts(app))
    press(app, "train-with-these")
    schedule = app.session_state[OWN_SCHEDULE]
    assert schedule.stages[1].weights == pytest.approx(
        {"ce": 1.0, "spectrum": 1.0, "precursor": 0.02}
    )


def test_a_run_without_raw_values_has_no_what_if(open_page, no_samples):
    folder = new_run("toy", {})
    with RunWriter(folder) as writer:
        writer.write(RunStarted(0, 0.0, "toy"))
        writer.write(Measured(0, 0.0, {"loss": 1.0}))
        writer.write(RunEnded(1, 0.0, "finished"))
    app = open_page("runs", view="What if", runs=[folder.name])
    assert not app.exception
    assert "None of the chosen runs" in app.info[0].value
