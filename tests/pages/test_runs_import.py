"""The views Import and Follow: what was recognised, in as a whole, followed by a real process."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from core.importing import import_run
from core.runs import Run
from core.runs.folder import runs_home
from core.runs.launching import request_stop
from core.runs.reader import read_history
from core.runs.status import read_status
from pages.ui.page import escaped
from tests.pages.reading import errors, table, text_of, traces

PAGE = "runs"
ROWS = "step,epoch,train_loss,val_loss\n" + "".join(
    f"{step},{step // 10},{1 / (step + 1)},{'' if step % 10 else 2 / (step + 1)}\n"
    for step in range(40)
)


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "metrics.csv"
    path.write_text(ROWS)
    return path


def imported() -> list[Path]:
    return sorted(runs_home().glob("table-*"))


def test_a_table_is_previewed_corrected_and_imported_once(open_page, log, metric):
    app = open_page(PAGE, view="Import", import_path=str(log))
    assert metric(app, "Values") == "84"
    shown = table(app, "There")
    assert dict(zip(shown["There"], shown["Here"], strict=True))["val_loss"] == "val/total_loss"
    assert not imported()  # nothing is saved before it is asked for
    app.button(key="import-one").click().run()
    (folder,) = imported()
    series = read_history(folder).series["train/total_loss"]
    assert series.step.tolist() == list(range(40))
    assert series.value == pytest.approx(1 / (np.arange(40) + 1))
    assert "Imported as" in app.success[0].value
    assert "imported already" in app.info[0].value
    app.button(key="import-one").click().run()
    assert imported() == [folder]
    assert [said.value for said in app.success] == [
        f"{folder.name} was imported before: nothing has changed."
    ]
    app.selectbox(key="import-step").select("epoch").run()
    assert metric(app, "Steps") == "0 – 3"


def test_what_was_done_is_said_until_another_file_is_chosen(open_page, log):
    other = log.with_name("other.csv")
    other.write_text("step,loss\n1,0.5\n")
    app = open_page(PAGE, view="Import", import_path=str(log))
    app.button(key="import-one").click().run()
    for path in (other, log):
        app.text_input(key="import_path").set_value(str(path)).run()
        assert not app.exception
        assert not app.success


def test_the_tile_of_values_says_how_many_the_run_will_have(open_page, tmp_path, metric):
    path = tmp_path / "falling.csv"
    path.write_text("step,loss\n1,.5\n2,.4\n3,.3\n2,.25\n5,.2\n4,.1\n")
    app = open_page(PAGE, view="Import", import_path=str(path))
    assert metric(app, "Values") == "5"
    assert "imported, of 6 read" in text_of(app)
    assert table(app, "There")["Values"].tolist() == [5]


@pytest.mark.parametrize("cleared", [None, np.nan, " "])
def test_a_column_whose_name_here_is_cleared_is_left_out(open_page, log, monkeypatch, cleared):
    real = st.data_editor

    def edited(frame, **options):
        shown = real(frame, **options).astype(object)
        shown.loc[shown["There"] == "val_loss", "Here"] = cleared
        return shown

    monkeypatch.setattr(st, "data_editor", edited)
    app = open_page(PAGE, view="Import", import_path=str(log))
    assert not app.exception
    assert escaped("left out: val_loss") in text_of(app)
    app.button(key="import-one").click().run()
    assert "val/total_loss" not in read_history(imported()[0]).series


def test_markdown_in_a_name_stays_text(open_page, tmp_path):
    name = "hostile <img src=x onerror=alert(2)> 'q' $x$ `c` **b** and more than 60 letters"
    path = tmp_path / f"{name}.csv"
    path.write_text(ROWS)
    app = open_page(PAGE, view="Import", import_path=str(path))
    assert f":gray[:small[{escaped(name[:60])}]]" in text_of(app)


def test_what_was_imported_is_seen_before_and_stands_in_compare_after(open_page, log, decode):
    app = open_page(PAGE, view="Import", import_path=str(log))
    before = traces(app, "val/total_loss, train/total_loss of metrics")
    assert decode(before[1]["y"]) == pytest.approx(1 / (np.arange(40) + 1))
    app.button(key="import-one").click().run()
    app.button(key="import-compare").click().run()
    assert app.session_state["runs"] == [imported()[0].name]
    (line,) = traces(app, "val/total_loss of 1 runs")
    assert decode(line["y"]).tolist() == decode(before[0]["y"]).tolist()


def test_a_log_without_stages_can_be_weighed_anew(open_page, tmp_path, metric):
    path = tmp_path / "terms.csv"
    rows = "".join(f"{step},3,1,2,0.5\n" for step in range(9))
    path.write_text("step,train/a/raw,train/a/weight,train/b/raw,train/b/weight\n" + rows)
    open_page(PAGE, view="Import", import_path=str(path)).button(key="import-one").click().run()
    app = open_page(PAGE, view="What if", runs=[imported()[0].name])
    assert not app.exception
    assert metric(app, "Highest share") == "75 %"
    app.select_slider(key="factor-b").set_value(2).run()
    assert metric(app, "Highest share") == "60 %"


def test_what_cannot_be_imported_is_explained_and_nothing_is_saved(open_page, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("step,loss\n1,0.5\n2,oops\n")
    app = open_page(PAGE, view="Import", import_path=str(path))
    assert "bad.csv" in errors(app)[0]
    for content in ("step,loss\n", 'step,loss\n1,"0.5\n2,0.4\n3,0.3\n'):
        path.write_text(content)
        app = open_page(PAGE, view="Import", import_path=str(path))
        assert not app.exception
        assert "a column of numbers besides step and time" in errors(app)[0]
    for nowhere in (str(tmp_path / "nowhere"), "a" * 5_000, "~nobody-of-that-name/x"):
        app = open_page(PAGE, view="Import", import_path=nowhere)
        assert not app.exception
        assert "none of that name" in errors(app)[0]
    assert not imported()


def test_a_file_that_is_written_is_followed_and_let_go(open_page, tmp_path):
    path = tmp_path / "live.jsonl"
    path.write_text(json.dumps({"step": 0, "loss": 3.0}) + "\n")
    app = open_page(PAGE, view="Follow", follow_path=str(path), follow_name="theirs")
    app.button(key="follow").click().run()
    folders = [f for f in runs_home().iterdir() if f.is_dir() and not f.name.startswith(".")]
    (folder,) = folders
    try:
        with path.open("a") as stream:
            for step in range(1, 6):
                stream.write(json.dumps({"step": step, "loss": 3.0 - step / 2}) + "\n")
        _wait(lambda: read_history(folder).last_step == 5)
        app.run()
        assert table(app, "State")["Run"].tolist() == ["theirs"]
        assert "theirs" in text_of(app)
    finally:
        request_stop(folder)
        _wait(lambda: not read_status(folder).is_active)
    (series,) = [s for key, s in read_history(folder).series.items() if "loss" in key]
    assert series.value.tolist() == [3.0, 2.5, 2.0, 1.5, 1.0, 0.5]


def test_runs_that_others_write_are_listed_by_themselves_and_only_those(open_page, log, tmp_path):
    assert "Nobody else writes a run yet" in text_of(open_page(PAGE, view="Follow"))
    import_run(log)
    with Run.start("by itself") as run:
        run.measure(0, terms={"fit": 2.0})
        app = open_page(PAGE, view="Follow")
        shown = table(app, "Written by")
        assert shown[["Run", "State", "Written by"]].to_numpy().tolist() == [
            ["by itself", "Running", "a script, by itself"]
        ]
    assert table(open_page(PAGE, view="Follow"), "Written by")["State"].tolist() == ["Finished"]
    app = open_page(PAGE, view="Follow", follow_path=str(tmp_path / "nothing yet"))
    app.button(key="follow").click().run()
    assert "nothing that is there yet" in errors(app)[0]


def _wait(holds, most_s: float = 60.0) -> None:
    end = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)
