"""The view of a comparison: starting, watching, stopping and resuming it, and its table."""

import json
import shutil
import time
from pathlib import Path

import pytest

from core.errors import InputError, UnavailableError
from core.problems.new_runs import new_runs, solo_configs
from core.problems.pocket.comparison import SCORES, compare
from core.problems.pocket.comparison_words import in_words
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import COMPARED, read_trained
from core.runs import folder as folders
from core.runs.folder import read_config, read_meta, runs_home
from core.runs.processes import this_process
from core.runs.reader import read_arrays, read_history
from pages.ui.cosine.comparison import OWN
from pages.ui.cosine.comparison_start import seed_count
from pages.ui.train import actions, together
from pages.ui.train.progress import seconds_left, time_in_words
from pages.ui.train.watched import look_at
from tests.pages.planted import SMALL, Planted
from tests.pages.reading import alts, errors, table, text_of, traces

pytestmark = pytest.mark.usefixtures("no_samples")

NAMES = {"cosine": "cosine", "mse": "MSE", "info_nce": "InfoNCE"}
DIFFERENCES = "Difference of each score"


def put(folder: Path, **status) -> None:
    """Let a run stand elsewhere."""
    told = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(told | status))


def put_to_work(folder: Path, state: str, **status) -> None:
    """Let a run be in the hands of a living process: this one."""
    mark = this_process()
    put(folder, state=state, pid=mark.pid, host=mark.host, process_start_s=mark.start_s,
        heartbeat_s=time.time(), **status)  # fmt: skip


def opened(open_page, **query):
    app = open_page("cosine_mse", view="Comparison", **query)
    assert not app.exception
    return app


def standing(app) -> list[dict[str, str]]:
    """Give the lines of the table of runs; none where all is done."""
    tables = [one.value for one in app.main.table]
    return tables[0].to_dict("records") if tables else []


def keys(app) -> set[str]:
    return {button.key for button in app.button}


def expected_rows(planted: Planted):
    runs = [read_trained(folder) for folder in planted.compared]
    return compare(sorted(runs, key=lambda run: (COMPARED.index(run.loss), run.seed)))


def test_the_table_of_the_comparison_has_its_numbers_and_the_verdict_stands_above(
    open_page, planted
):
    app = open_page("cosine_mse", view="Comparison")
    shown, rows = table(app, "R@10"), expected_rows(planted)
    assert shown["Loss"].tolist() == ["cosine", "MSE", "InfoNCE"]
    for (_, line), row in zip(shown.iterrows(), rows, strict=True):
        for name, title in SCORES.items():
            told = row.scores[name]
            numbers = line[title].replace("−", "-").replace("–", " ").replace(" to ", " ")
            value, low, high = (float(part.strip("()")) for part in numbers.split())
            assert (value, low, high) == pytest.approx((told.value, told.low, told.high), abs=6e-4)
        gap = float(line["Trained-on minus test"].replace("−", "-"))
        assert gap == pytest.approx(row.gap, abs=6e-4)
    assert in_words(rows) in text_of(app)
    count = len(read_trained(planted.long).test["name"])
    assert f"**{count} test ligands**" in text_of(app)
    assert "chosen on the validation set, not on these" in text_of(app)
    assert "held" not in text_of(app).lower()


def test_the_table_is_that_of_plain_means_at_the_best_validation(open_page, planted):
    shown = table(open_page("cosine_mse", view="Comparison"), "R@10").set_index("Loss")
    means: dict[str, list[float]] = {}
    for folder in planted.compared:
        told = json.loads((folder / "training_history.json").read_text())
        history = read_history(folder)
        start = float(history.series["val/cosine_loss"].value[0])  # not in the file
        losses = [start, *told["val_loss"]]
        step = history.recorded["test_by_example"][losses.index(min(losses))]
        scores = read_arrays(folder, "test_by_example", step)["cosine"].tolist()
        means.setdefault(told["config"]["loss_fn"], []).append(sum(scores) / len(scores))
    for loss, by_seed in means.items():
        value = float(shown.loc[NAMES[loss], "Cosine"].split()[0].replace("−", "-"))
        assert value == pytest.approx(sum(by_seed) / len(by_seed), abs=6e-4)


def test_differences_to_the_cosine_trained_runs_are_drawn_with_their_intervals(
    open_page, planted, decode
):
    drawn = traces(open_page("cosine_mse", view="Comparison"), DIFFERENCES)
    assert [group["name"] for group in drawn] == ["MSE minus cosine", "InfoNCE minus cosine"]
    for group, row in zip(drawn, expected_rows(planted)[1:], strict=True):
        told = [row.against_cosine[name].value for name in SCORES if name != "norm_ratio"]
        assert decode(group["x"]) == pytest.approx(told)


def test_a_run_of_a_comparison_that_lost_its_arrays_is_explained(open_page, copied):
    shutil.rmtree(copied.compared[0] / "arrays")
    app = open_page("cosine_mse", view="Comparison")
    assert not app.exception
    assert copied.compared[0].name in errors(app)[0]
    assert len(table(app, "R@10")) == 3


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep what would be started; no process begins."""
    started: list[Path] = []
    monkeypatch.setattr(together, "launch", started.append)
    return started


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_button_starts_every_loss_with_every_seed_in_one_group(open_page, launched, seeds):
    app = open_page("cosine_mse", view="Comparison")
    app.number_input(key="seeds").set_value(seeds)
    app.button(key="compare").click().run()
    assert not app.exception
    assert not app.error
    configs = [read_config(folder).config for folder in launched]
    asked = {(config["loss_fn"], config["seed"]) for config in configs}
    assert asked == {(loss, seed) for loss in COMPARED for seed in range(seeds)}
    assert len(configs) == 3 * seeds
    rest = [{k: v for k, v in c.items() if k not in {"loss_fn", "seed"}} for c in configs]
    assert all(config == rest[0] for config in rest)
    assert len({read_meta(folder).group for folder in launched}) == 1
    assert len({read_meta(folder).name for folder in launched}) == 3 * seeds
    states = [row["State"] for row in standing(app)]
    assert len(states) == 3 * seeds
    assert all("Queued" in state for state in states)


def test_a_comparison_takes_the_data_and_the_budget_that_were_asked_for(
    open_page, launched, tmp_path
):
    app = open_page("cosine_mse", view="Comparison")
    app.number_input(key="seeds").set_value(1)
    app.number_input(key="pockets").set_value(300)
    app.number_input(key="epochs").set_value(2)
    app.button(key="compare").click().run()
    assert not app.error
    told = {(c["ligands"], c["num_epochs"], c["structures"])
            for c in (read_config(folder).config for folder in launched)}  # fmt: skip
    assert told == {(300, 2, "")}
    launched.clear()
    app.number_input(key="pockets").set_value(3)
    app.button(key="compare").click().run()
    assert "ligands: expected 30 to 20,000" in errors(app)[0]
    assert not launched


def test_runs_of_ones_choice_are_compared_whoever_started_them(open_page, copied):
    app = open_page("cosine_mse", view="Comparison")
    app.selectbox(key="comparison").select(OWN).run()
    assert "no run is chosen" in text_of(app)
    options = app.multiselect(key="picked").options
    wanted = [read_meta(folder).name for folder in copied.compared[:2]]
    ends = [folder.name[-4:] for folder in copied.compared[:2]]
    chosen = [name for name in options if name[-4:] in ends]
    assert len(chosen) == len(wanted) == 2
    app.multiselect(key="picked").set_value(chosen).run()
    assert not app.exception
    assert table(app, "R@10")["Loss"].tolist() == ["cosine", "MSE"]
    assert "Deleted since" not in text_of(app)


def test_the_newest_comparison_is_shown_once_it_was_started(open_page, copied, launched):
    app = open_page("cosine_mse", view="Comparison")
    before = app.selectbox(key="comparison").value
    app = open_page("cosine_mse", view="Comparison", comparison=before)
    app.button(key="compare").click().run()
    assert app.selectbox(key="comparison").value != before
    assert before in app.selectbox(key="comparison").options


@pytest.mark.parametrize("seeds", [0, -1, 11, 99])
def test_a_number_of_seeds_out_of_its_range_is_refused_in_words(open_page, launched, seeds):
    app = open_page("cosine_mse", view="Comparison")
    app.number_input(key="seeds").set_value(seeds)
    app.button(key="compare").click().run()
    assert not app.exception
    said = f"seeds: expected a whole number, 1 to 10, came {seeds:,}. Correct it."
    assert errors(app) == [said]
    assert app.number_input(key="seeds").value == seeds
    assert not launched
    assert not list(runs_home().iterdir())
    assert not app.run().error, "it is said once"


def test_an_empty_or_broken_number_of_seeds_is_refused_too():
    assert [seed_count(asked) for asked in (1, 3, 10)] == [1, 3, 10]
    for asked, came in ((None, "nothing"), (2.5, "2.5")):
        with pytest.raises(InputError, match=f"1 to 10, came {came}"):
            seed_count(asked)


# Runs that did not simply finish


def test_where_all_is_done_no_run_is_listed_and_nothing_is_offered(open_page, planted):
    app = opened(open_page)
    assert standing(app) == []
    assert "All 6 runs have finished." in text_of(app)
    assert not {"stop-all", "resume-all"} & keys(app)


def test_stopped_runs_are_listed_and_counted_and_can_be_resumed(open_page, copied, resumed):
    for folder in copied.compared:
        put(folder, state="stopped", step=3, message="on_request")
    app = opened(open_page)
    lines = standing(app)
    assert [(line["Loss"], line["Seed"]) for line in lines] == [
        (NAMES[loss], str(seed)) for loss in COMPARED for seed in (0, 1)
    ]
    assert all("Stopped" in line["State"] for line in lines)
    assert {line["Message"] for line in lines} == {r"on\_request"}
    assert "6 runs: 6 stopped" in text_of(app)
    assert not app.get("progress")
    assert app.button(key="resume-all").label == "Resume 6 unfinished runs"
    app.button(key="resume-all").click().run()
    assert not app.exception
    assert sorted(resumed) == sorted(copied.compared)


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep what would be resumed; no process begins, and the first one refuses."""
    asked: list[Path] = []

    def resume(folder: Path, *, resume: bool) -> None:
        asked.append(folder)
        assert resume
        if len(asked) == 1:
            raise UnavailableError(f"The run {folder.name} is in the hands of another.")

    monkeypatch.setattr(actions, "launch", resume)
    return asked


def test_one_run_that_cannot_be_resumed_keeps_no_other_and_is_told(open_page, copied, resumed):
    for folder in copied.compared[:3]:
        put(folder, state="killed")
    app = opened(open_page)
    assert "Resume 3 unfinished runs" in app.button(key="resume-all").label
    app.button(key="resume-all").click().run()
    assert len(resumed) == 3
    assert errors(app) == [f"The run {resumed[0].name} is in the hands of another."]


@pytest.mark.parametrize("state", ["stopped", "killed"])
def test_what_was_cut_short_counts_with_its_step_and_without_a_verdict(open_page, copied, state):
    short = copied.compared[0]  # cosine, seed 0
    put(short, state=state, step=read_history(short).last_step)
    app = opened(open_page)
    said = text_of(app)
    step, total = read_history(short).last_step, read_history(short).started.total_steps
    assert "No verdict, as budgets differ:" in said
    assert f"cosine, seed 0, {state} at step {step} of {total}. " in said
    assert "trained with the cosine" not in said.lower()
    assert table(app, "R@10")["Loss"].tolist() == ["cosine", "MSE", "InfoNCE"]
    numbers = table(app, "R@10").set_index("Loss").loc["cosine", "Cosine"]
    row = expected_rows(copied)[0]
    assert float(numbers.split()[0].replace("−", "-")) == pytest.approx(
        row.scores["cosine"].value, abs=6e-4
    )


def test_a_run_that_was_stopped_before_it_learned_anything_is_not_in_the_table(open_page, copied):
    for folder in copied.compared[:3]:
        events = (folder / "events.jsonl").read_text().splitlines()
        kept = [line for line in events if json.loads(line)["kind"] != "Recorded"]
        first = next(line for line in events if json.loads(line)["kind"] == "Recorded")
        (folder / "events.jsonl").write_text("\n".join([*kept, first]) + "\n")
        put(folder, state="stopped", step=1)
    app = opened(open_page)
    assert "budgets differ" not in text_of(app)
    assert all(" to " not in by_seed for by_seed in table(app, "R@10")["Cosine by seed"])
    for folder in copied.compared[3:]:
        shutil.rmtree(folder)
    app = opened(open_page)
    assert "There is nothing to compare: no run has finished" in text_of(app)
    assert app.button(key="resume-all")


@pytest.mark.parametrize("state", ["failed", "diverged"])
def test_a_run_that_went_wrong_is_left_out_with_its_reason(open_page, copied, state):
    lost = copied.compared[0]
    put(lost, state=state, message="the disk is full.")
    app = opened(open_page)
    line = standing(app)[0]
    assert (line["Loss"], line["Seed"]) == ("cosine", "0")
    assert line["Message"] == "the disk is full. Left out."
    by_seed = table(app, "R@10").set_index("Loss")["Cosine by seed"]
    assert " to " not in by_seed["cosine"]
    assert " to " in by_seed["MSE"]
    assert ("resume-all" in keys(app)) == (state == "failed"), "NaN would come again"
    assert "budgets differ" not in text_of(app)


def test_a_loss_that_lacks_a_seed_is_compared_by_what_is_left(open_page, copied, decode):
    gone = copied.compared[4]  # MSE, seed 1
    assert read_config(gone).config["loss_fn"] == "mse"
    shutil.rmtree(gone)
    app = opened(open_page)
    assert "Deleted since: MSE, seed 1." in text_of(app)
    assert " to " not in table(app, "R@10").set_index("Loss").loc["MSE", "Cosine by seed"]
    cosine, mse = (read_trained(copied.compared[place]).test["cosine"] for place in (0, 1))
    drawn = next(t for t in traces(app, DIFFERENCES) if t["name"] == "MSE minus cosine")
    assert decode(drawn["x"])[0] == pytest.approx(float((mse - cosine).mean()), abs=1e-6)


def test_without_any_cosine_run_the_others_are_shown_without_differences(open_page, copied):
    for folder in (copied.compared[0], copied.compared[3]):
        shutil.rmtree(folder)
    app = opened(open_page)
    assert table(app, "R@10")["Loss"].tolist() == ["MSE", "InfoNCE"]
    assert "both must have been trained" in text_of(app)
    assert "Deleted since: cosine, seed 0; cosine, seed 1." in text_of(app)
    assert not any(alt.startswith(DIFFERENCES) for alt in alts(app))


def test_one_loss_alone_is_still_a_comparison_but_each_term_alone_is_none(open_page, copied):
    for folder in copied.compared:
        if read_config(folder).config["loss_fn"] != "info_nce":
            shutil.rmtree(folder)
    new_runs(POCKET, solo_configs(POCKET, SMALL))
    app = opened(open_page)
    assert app.selectbox(key="comparison").options[1:] == [OWN]
    assert table(app, "R@10")["Loss"].tolist() == ["InfoNCE"]


def test_a_run_that_lost_its_configuration_is_listed_as_broken(open_page, copied):
    lost = copied.compared[0]
    (lost / "config.json").unlink()
    app = opened(open_page)
    (line,) = [line for line in standing(app) if "Broken" in line["State"]]
    assert line["Loss"] == read_meta(lost).name
    assert line["Message"].endswith("Left out.")
    assert "Deleted since" not in text_of(app), "it may be the one that seems to be missing"


# While runs are active


@pytest.fixture
def at_work(copied: Planted) -> Planted:
    """Let one run have finished, one train, one stop and two wait; the last was stopped."""
    put_to_work(copied.compared[1], "running", step=6)
    put_to_work(copied.compared[2], "running", step=4)
    (copied.compared[2] / "stop").touch()
    for folder in copied.compared[3:5]:
        shutil.rmtree(folder / "measurements")
        (folder / "events.jsonl").unlink()
        put_to_work(folder, "queued", step=0, total_steps=None, message="1 run before it on cpu.")
    put(copied.compared[5], state="stopped", step=2)
    return copied


def test_progress_counts_what_finished_and_names_what_is_trained(open_page, at_work):
    app = opened(open_page)
    (bar,) = app.get("progress")
    total = read_history(at_work.compared[0]).started.total_steps
    steps = [read_history(folder).last_step for folder in at_work.compared[1:3]]
    # What the histories tell counts where the status is behind; the stopped run counts nothing.
    shares = [1.0, *(step / total for step in steps), 0, 0, 0]
    assert bar.proto.value == int(100 * sum(shares) / 6)
    said = bar.proto.text
    assert said.startswith("1 of 6 runs has finished; MSE, seed 0 is at step ")
    assert said.endswith("; less than a minute left")
    states = {(line["Loss"], line["Seed"]): line["State"] for line in standing(app)}
    assert "Running" in states["MSE", "0"]
    assert "Stopping" in states["InfoNCE", "0"]
    assert "Queued" in states["cosine", "1"]
    assert "Stopped" in states["InfoNCE", "1"]


def test_the_time_left_is_that_of_the_steps_left_at_the_usual_pace(at_work):
    spent_s = steps = 0.0
    for folder in at_work.compared:
        told = read_history(folder).series.get("train/total_loss")
        if told is not None:
            spent_s += float(told.time_s[-1] - told.time_s[0])
            steps += float(told.step[-1])
    total = read_history(at_work.compared[0]).started.total_steps
    waiting = 2 * total  # the run that is trained has told its last step
    looks = [look_at(folder) for folder in at_work.compared]
    assert seconds_left(looks) == pytest.approx(waiting * spent_s / steps, rel=0.2)
    assert seconds_left([look for look in looks if not look.history.last_step]) is None


def test_stop_all_asks_what_runs_and_what_waits_and_nothing_else(open_page, at_work):
    app = opened(open_page)
    app.button(key="stop-all").click().run()
    assert not app.exception
    asked = {folder for folder in at_work.compared if (folder / "stop").exists()}
    assert asked == set(at_work.compared[1:5])
    assert "stop-all" not in keys(app), "all of them stop already"
    assert sum("Stopping" in line["State"] for line in standing(app)) == 4


def test_while_nothing_has_finished_the_table_is_announced(open_page, copied):
    for folder in copied.compared:
        put_to_work(folder, "queued", step=0)
    assert "as soon as the first run has finished" in text_of(opened(open_page))


@pytest.mark.parametrize(
    ("left_s", "words"),
    [
        (1, "less than a minute left"),
        (61, "about 1 minute left"),
        (29.6 * 60, "about 30 minutes left"),
        (90 * 60, "about 90 minutes left"),
        (2 * 3600, "about 2.0 hours left"),
    ],
)
def test_the_time_left_is_said_no_more_exactly_than_it_is_known(left_s, words):
    assert time_in_words(left_s) == words


def test_the_sample_comparison_shows_without_any_training(open_page, monkeypatch, root):
    monkeypatch.setattr(folders, "SAMPLE_RUNS", root / "sample_data" / "runs")
    app = opened(open_page)
    assert "All 9 runs have finished." in text_of(app)
    assert "sample" in app.selectbox(key="comparison").value
    assert table(app, "R@10")["Loss"].tolist() == list(NAMES.values())
    assert len(traces(app, DIFFERENCES)) == 2
