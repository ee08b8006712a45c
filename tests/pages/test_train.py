"""The page train: the form, what a recorded run shows, the buttons, the hand-over."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from core.events import Measured, Noted, Recorded, RunEnded, RunStarted, StageChanged
from core.problems.molecule.experiment import MOLECULE
from core.problems.peptide.balance import note_schedule
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE
from core.runs.folder import new_run, read_config, runs_home
from core.runs.index import list_runs
from core.runs.launching import launch, signal_stop
from core.runs.status import read_status
from core.runs.writer import RunWriter
from core.training.settings import to_plain
from pages.ui.train import several
from pages.ui.train.form import config_from
from tests.pages.reading import errors

STEPS, TERMS = 400, ("ce", "spectrum", "precursor")
ALT = "Contributions and shares"


def told(nan: bool):
    yield RunStarted(
        0, 1_000.0, "peptide", {"batch_size": 64}, TERMS, STEPS,
        {"ce": (60, 70), "spectrum": (10, 20), "precursor": (10, 30)},
        {"device": "CPU, 2 cores", "training data": "synthetic spectra of a test"},
    )  # fmt: skip
    for step in range(STEPS):
        now = 1_000.0 + step / 50
        if step % 200 == 0:
            weights = {"ce": 1.0, "spectrum": 0.1, "precursor": 0.1 if step else 0.0}
            yield StageChanged(step, now, str(1 + step // 200), step + 200, weights)
        raw = {"ce": 2.0, "spectrum": 0.5, "precursor": 400.0}
        weights = {"ce": 1.0, "spectrum": 0.1} | ({"precursor": 0.1} if step >= 200 else {})
        parts = {t: raw[t] * w for t, w in weights.items()}
        values = {f"train/{t}/weighted": v for t, v in parts.items()}
        values |= {f"train/{t}/raw": raw[t] for t in parts}
        values |= {f"train/{t}/weight": w for t, w in weights.items()}
        values |= {f"train/{t}/share": 100 * v / sum(parts.values()) for t, v in parts.items()}
        values["train/total_loss"] = np.nan if nan and step == STEPS - 1 else sum(parts.values())
        if step % 50 == 0:
            values |= {"train/steps_per_s": 50.0, "train/ce/gradient_share": 30.0}
            values |= {"val_easy/residue_accuracy": 0.6, "val_easy/peptide_accuracy": 0.2,
                       "val_easy/constant_residue_accuracy": 0.25,
                       "val_easy/ppm_error": 2_500.0}  # fmt: skip
        yield Measured(step, now, values)
    by_position = {"model": np.array([0.9, 0.5]), "constant": np.array([0.2, 0.3])}
    yield Recorded(STEPS - 1, 1_008.0, "val_easy_by_position", by_position)
    yield Noted(STEPS, 1_008.0, "a remark")
    outcome = ("diverged", "total_loss is NaN") if nan else ("finished", "")
    yield RunEnded(STEPS, 1_008.0, *outcome)


def record(name: str, *, nan: bool = False, group: str = "", solo: str = "") -> Path:
    config = to_plain(PeptideConfig(steps=STEPS, solo=solo))
    folder = new_run("peptide", config, name=name, group=group)
    with RunWriter(folder, device="cpu") as writer:
        for event in told(nan):
            writer.write(event)
    return folder


@pytest.fixture
def recorded(state_folder) -> Path:
    return record("kept run")


def text_of(app) -> str:
    return "\n".join(element.value for element in app.markdown)


def test_a_recorded_run_shows_its_numbers(open_page, metric, recorded):
    app = open_page("train", run=recorded.name)
    assert not app.exception
    assert metric(app, "Step") == "400"
    assert metric(app, "Residue accuracy") == "60.0 %"
    assert metric(app, "Precursor error") == "2,500 ppm"
    assert metric(app, "Highest share") == "95 %"
    assert "CPU, 2 cores" in text_of(app)
    assert "kept run" in text_of(app)


def test_the_shares_of_the_chart_are_those_of_the_run(open_page, trace, decode, recorded):
    app = open_page("train", run=recorded.name)
    share = decode(trace(app, ALT, "precursor")["y"])
    shares = [t for t in json.loads(chart(app).proto.spec)["data"] if t.get("stackgroup")]
    assert [t["name"] for t in shares] == ["cross-entropy", "spectrum", "precursor"]
    assert decode(shares[2]["y"])[-1] == pytest.approx(100 * 40 / 42.05)
    assert len(share)


def chart(app):
    return next(c for c in app.get("plotly_chart") if c.proto.alt.startswith(ALT))


def test_smoothing_0_shows_the_raw_values_only(open_page, recorded):
    names = [
        {t.get("name") for t in json.loads(chart(open_page("train", **q)).proto.spec)["data"]}
        for q in ({"run": recorded.name}, {"run": recorded.name, "smoothing": "0"})
    ]
    assert "precursor, raw" in names[0]
    assert "precursor, raw" not in names[1]


def test_a_dominating_term_is_a_finding_in_words(open_page, recorded):
    app = open_page("train", run=recorded.name, view="Findings")
    assert "precursor" in text_of(app)
    assert "R-05" in text_of(app)
    assert "of the loss" in text_of(app)


def test_nan_is_a_finding_and_the_history_is_kept(open_page, metric, state_folder):
    folder = record("lost", nan=True)
    app = open_page("train", run=folder.name, view="Findings")
    assert "Diverged" in text_of(app)
    assert "R-52" in text_of(app)
    assert metric(app, "Residue accuracy") == "60.0 %"


@pytest.mark.parametrize(
    "view", ["Gradients", "Weights", "Optimiser", "Positions", "Criteria", "Alone", "Log"]
)
def test_every_view_of_a_recorded_run_opens(open_page, recorded, view):
    app = open_page("train", run=recorded.name, view=view)
    assert not app.exception
    assert not app.error


def test_criteria_stand_with_their_verdicts(open_page, recorded):
    app = open_page("train", run=recorded.name, view="Criteria")
    table = next(t for t in app.dataframe if t.proto.alt.startswith("Each criterion")).value
    assert set(table["Verdict"]) <= {"pass", "fail", "undecided"}
    assert len(table) == 11


def test_terms_trained_alone_stand_side_by_side(open_page, state_folder):
    for solo in ("ce", "spectrum"):
        folder = record(f"{solo} alone", group="g1", solo=solo)
    app = open_page("train", run=folder.name, view="Alone")
    table = next(t for t in app.dataframe if "one term alone" in t.proto.alt).value
    assert sorted(table["Run"]) == ["ce alone", "spectrum alone"]
    assert "number of residues is given" in text_of(app)


def test_an_address_opens_its_run_and_another_choice_changes_it(open_page, recorded):
    sample = next(row for row in list_runs() if row.is_sample)
    app = open_page("train", run=sample.id)
    assert sample.name in text_of(app)
    app.selectbox(key="run").set_value(recorded.name).run()
    assert app.query_params["run"] in (recorded.name, [recorded.name])
    assert sample.name not in text_of(app.run())  # the browser has heard of the new address
    app.query_params["run"] = sample.id
    assert sample.name in text_of(app.run())


def test_a_run_that_is_not_there_is_said(open_page, recorded):
    app = open_page("train", run="peptide-nowhere")
    assert "There is no run peptide-nowhere" in app.warning[0].value
    assert not app.exception


def test_a_folder_without_its_files_is_a_state_and_not_a_traceback(open_page, recorded):
    (recorded / "config.json").unlink()
    app = open_page("train", run=recorded.name)
    assert not app.exception
    assert "config.json" in text_of(app)


def ended(folder: Path, limit_s: float = 90.0) -> str:
    deadline = time.monotonic() + limit_s
    while read_status(folder).is_active:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return read_status(folder).state


def test_weights_follow_unless_a_schedule_is_chosen():
    automatic = config_from(PEPTIDE, {})
    assert (automatic.balancing, automatic.schedule) == ("targets", None)
    written = config_from(PEPTIDE, {"peptide-weights": "written"})
    assert (written.balancing, written.schedule) == ("schedule", None)
    assert PEPTIDE.schedule(written).names == note_schedule().names
    solved = config_from(PEPTIDE, {"peptide-weights": "solved"})
    assert (solved.balancing, solved.schedule) == ("schedule", PEPTIDE.schedules["solved"]())


def test_the_form_becomes_the_configuration_of_a_real_run(open_page, state_folder):
    query = {"peptide-steps": "10", "peptide-seed": "7", "peptide-batch_size": "4"}
    query["peptide-weights"] = "Written"
    app = open_page("train", **query)
    app.button(key="start").click().run()
    assert not app.exception
    (folder,) = [path for path in runs_home().iterdir() if not path.name.startswith(".")]
    config = read_config(folder).config
    assert (config["steps"], config["seed"], config["batch_size"]) == (10, 7, 4)
    assert (config["balancing"], config["schedule"]) == ("schedule", None)
    assert ended(folder) == "finished"
    assert app.session_state["run"] == folder.name


def test_a_number_out_of_its_range_is_refused_and_never_replaced(open_page, state_folder):
    app = open_page("train")
    app.number_input(key="peptide-batch_size").set_value(5000)
    app.button(key="start-alone").click().run()
    assert not app.exception
    assert "batch_size: expected" in errors(app)[0]
    assert "came 5,000" in errors(app)[0]
    assert not list(runs_home().iterdir())


def test_two_runs_of_one_name_stay_apart(open_page, state_folder):
    first, second = record("twin"), record("twin")
    app = open_page("train", run=first.name)
    assert app.selectbox(key="run").value == first.name
    app.button_group(key="peptide-weights").set_value("written").run()
    assert app.selectbox(key="run").value == first.name
    assert len(set(app.selectbox(key="run").options)) == len(app.selectbox(key="run").options)
    assert second.name[-4:] in " ".join(app.selectbox(key="run").options)


def test_an_impossible_option_is_named_with_its_range_and_starts_nothing(open_page, state_folder):
    app = open_page("train", **{"peptide-min_length": "20", "peptide-max_length": "6"})
    app.button(key="start").click().run()
    assert not app.exception
    assert "length" in errors(app)[0]
    assert not list(runs_home().iterdir())


def test_a_device_that_is_not_there_is_refused_before_a_run_is_made(open_page, state_folder):
    app = open_page("train", **{"peptide-steps": "10", "peptide-device": "cuda"})
    app.button(key="start").click().run()
    assert "The device cuda is not there" in errors(app)[0]
    assert not list(runs_home().iterdir())


def test_a_run_that_failed_shows_its_reason(open_page, state_folder):
    folder = new_run("peptide", {"steps": 10, "device": "cuda"})
    launch(folder)
    assert ended(folder) == "failed"
    app = open_page("train", run=folder.name)
    assert "The device cuda is not there" in text_of(app)
    assert not app.exception


def test_a_run_with_epochs_counts_them_and_has_the_views_of_its_problem(open_page, recorded):
    folder = new_run("pocket", {"steps": 80, "num_epochs": 4}, name="pockets")
    with RunWriter(folder, device="cpu") as writer:
        facts = {"steps an epoch": "20", "stages": "1"}
        writer.write(RunStarted(0, 1_000.0, "pocket", {}, ("cosine",), 80, {}, facts))
        for step in range(80):
            writer.write(Measured(step, 1_000.0 + step, {"train/cosine/weighted": 0.5}))
        writer.write(RunEnded(80, 1_080.0, "finished", ""))
    app = open_page("train", run=recorded.name, view="Positions", x="examples")
    assert "epoch" not in app.button_group(key="x").options
    app.selectbox(key="run").select(folder.name).run()
    assert not app.exception
    views = app.button_group(key="view")
    assert {"Positions", "Criteria"}.isdisjoint(views.options)
    assert views.value == "gradients"
    assert "of 80; epoch 4.0" in text_of(app)
    app.button_group(key="x").select("epoch").run()
    (chart,) = [c for c in app.get("plotly_chart") if c.proto.alt.startswith(ALT)]
    assert '"range":[0.0,4.0]' in chart.proto.spec
    app.selectbox(key="run").select(recorded.name).run()
    assert not app.exception
    assert app.button_group(key="x").value == "step"


def test_a_damaged_meta_keeps_the_charts_and_is_said(open_page, metric, recorded):
    (recorded / "meta.json").write_text('{"tags": 5}')
    app = open_page("train", run=recorded.name)
    assert not app.exception
    assert "meta.json" in text_of(app)
    assert "a remark" in text_of(app)
    assert metric(app, "Residue accuracy") == "60.0 %"


def test_each_term_alone_starts_one_run_a_term_with_one_seed(open_page, state_folder):
    app = open_page("train", **{"peptide-steps": "8", "peptide-seed": "3"})
    app.button(key="start-alone").click().run()
    folders = [path for path in runs_home().iterdir() if not path.name.startswith(".")]
    try:
        configs = [read_config(folder).config for folder in folders]
        assert {c["solo"] for c in configs} == set(TERMS)
        assert {c["seed"] for c in configs} == {3}
        assert not app.exception
    finally:
        for folder in folders:
            signal_stop(folder, force=True)


def test_delete_asks_first_and_frees_the_folder(open_page, recorded):
    app = open_page("train", run=recorded.name)
    assert recorded.exists()
    app.button(key="delete").click().run()
    assert not recorded.exists()
    assert not app.exception


def test_a_finished_run_is_not_resumed_and_says_why(open_page, recorded):
    app = open_page("train", run=recorded.name)
    button = app.button(key="resume")
    assert button.disabled
    assert "reached its last step" in button.proto.help


def test_its_values_open_in_the_loss_balance(open_page, recorded):
    app = open_page("train", run=recorded.name)
    app.button(key="to-balance").click().run()
    assert not app.exception
    assert app.header[0].value == "Does each term get its share?"
    assert app.session_state["raw"] == "table"
    table = app.session_state["balance-own-table"]
    assert table.raw[1].tolist() == [2.0, 0.5, 400.0]


def test_train_with_these_brings_the_schedule(open_page, state_folder):
    app = open_page("loss_balance", weights="Solved")
    app.button(key="train-with-these").click().run()
    assert not app.exception
    assert app.header[0].value.startswith("Is this run learning")
    assert app.session_state["peptide-weights"] == "own"
    own = app.session_state["train-own-schedule"]
    assert own.weights[1, 2] != note_schedule().weights[1, 2]


def test_a_preset_and_a_sweep_queue_their_runs(open_page, state_folder, monkeypatch):
    started: list[Path] = []
    monkeypatch.setattr(several, "launch", started.append)
    app = open_page("train", experiment=MOLECULE.title, **{"molecule-seed": "2"})
    app.selectbox(key="molecule-preset").select("progressive").run()
    app.button(key="start-preset").click().run()
    assert not app.exception
    chain = [read_config(folder).config for folder in started]
    assert [config["start_epoch"] for config in chain] == [0, 10, 20]
    assert {config["seed"] for config in chain} == {2}
    started.clear()
    app.text_input(key="molecule-sweep").set_value("hard_ratio=0.3,0.5; seed=0..1").run()
    app.button(key="start-sweep").click().run()
    swept = [read_config(folder).config for folder in started]
    assert [(c["hard_ratio"], c["seed"]) for c in swept] == [(0.3, 0), (0.3, 1), (0.5, 0), (0.5, 1)]
    started.clear()
    app.text_input(key="molecule-sweep").set_value("hard_ratio").run()
    app.button(key="start-sweep").click().run()
    assert "option=values" in errors(app)[0]
    assert not started
