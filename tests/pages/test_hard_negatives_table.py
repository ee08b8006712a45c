"""The view "Note's table" of hard_negatives: starting its runs, and what came out of real ones."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from scipy import stats

from core.problems.molecule.experiment import MOLECULE
from core.problems.new_runs import preset_runs
from core.problems.running import run_folder
from core.runs.folder import read_config, read_meta, runs_home
from core.runs.reader import read_history
from pages.ui.train import together
from tests.core.problems.molecule.small import small, small_table
from tests.pages.reading import alts, errors, table, text_of, traces
from tests.pages.test_cosine_comparison import put, put_to_work, standing

pytestmark = pytest.mark.usefixtures("no_samples")

RANDOM, CONTROL, HARD = "random batches", "control 0.5", "hard 0.5"
KINDS = (RANDOM, HARD, "hard 0.5 from epoch 6", "hard 0.7", CONTROL)  # as the preset makes them
ROWS = (RANDOM, CONTROL, HARD, "hard 0.5 from epoch 6", "hard 0.7")  # as the table has them
MRR = "val/mrr"
COLUMNS = {"MRR": MRR, "R@1": "val/recall_at_1", "R@5": "val/recall_at_5",
           "MRR, 100 near": "val_near/mrr"}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Each kind with two seeds, by kind and seed."""

    home: Path
    folders: dict[tuple[str, int], Path]

    def last(self, kind: str, seed: int, metric: str) -> float:
        return float(read_history(self.folders[kind, seed]).series[metric].value[-1])


@pytest.fixture(scope="module")
def trained_table(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    home = tmp_path_factory.mktemp("table")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(home))
        folders = preset_runs(MOLECULE, small(home, epochs=6), "control", "seed=0,1")
        assert {run_folder(folder) for folder in folders} == {"finished"}
    names = [(kind, seed) for seed in (0, 1) for kind in KINDS]
    return Measured(home, dict(zip(names, folders, strict=True)))


@pytest.fixture
def measured(trained_table: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Open the page on a copy of the runs, which may be damaged."""
    home = shutil.copytree(trained_table.home, tmp_path / "copy")
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(home))
    moved = {name: home / path.relative_to(trained_table.home)
             for name, path in trained_table.folders.items()}  # fmt: skip
    return Measured(home, moved)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep what would be started; no process begins."""
    started: list[Path] = []
    monkeypatch.setattr(together, "launch", started.append)
    return started


def opened(open_page, **query):
    app = open_page("hard_negatives", view="Note's table", **query)
    assert not app.exception
    return app


def student(values: list[float]) -> tuple[float, float]:
    """Give the mean of two values, and half the length of its 95 % interval."""
    one, other = values
    return (one + other) / 2, float(stats.t.ppf(0.975, 1)) * abs(one - other) / 2


# What came out


def test_without_any_run_the_page_says_so_and_offers_to_begin(open_page):
    app = opened(open_page)
    assert "No runs were started together yet" in text_of(app)
    assert app.button(key="measure-table").label == "Measure the table"
    assert not app.dataframe


def test_scores_are_means_over_the_seeds_of_the_histories(open_page, measured):
    shown = table(opened(open_page), "R@1").set_index("Batches")
    assert shown.index.tolist() == list(ROWS)
    assert shown["Seeds"].tolist() == [2] * 5
    for kind in ROWS:
        for label, metric in COLUMNS.items():
            mean, half = student([measured.last(kind, seed, metric) for seed in (0, 1)])
            assert shown.loc[kind, label] == f"{mean:.3f} ±{half:.3f}"


def test_gains_are_paired_by_seed_and_stand_in_table_words_and_chart(
    open_page, measured, decode, metric
):
    app = opened(open_page)
    shown, said = table(app, "R@1").set_index("Batches"), text_of(app)
    drawn = {trace["name"]: trace for trace in traces(app, "Gain of each way")}
    for place, kind in enumerate(ROWS[1:]):
        for column, base in (("Gain, %", RANDOM), ("Over control, %", CONTROL)):
            if kind == base:
                continue
            ours, theirs = ([measured.last(k, s, MRR) for s in (0, 1)] for k in (kind, base))
            gains = [100 * (a / b - 1) for a, b in zip(ours, theirs, strict=True)]
            mean, half = student(gains)
            numbers = f"{mean:+.1f} ({mean - half:+.1f} to {mean + half:+.1f})".replace("-", "−")
            assert shown.loc[kind, column] == numbers
            if base == RANDOM:
                assert metric(app, f"Gain, {kind}") == f"{numbers.split(' ')[0]} %"
                assert decode(drawn["MRR among all"]["x"])[place] == pytest.approx(mean)
    assert shown.loc[[RANDOM, CONTROL], "Over control, %"].isna().all()
    for words in ("**Of 3 ways to draw hard batches, ", "the note's gain is excluded for ",
                  "All 10 runs have finished.", "50 molecules of small.csv"):  # fmt: skip
        assert words in said


def test_the_numbers_of_the_note_stand_beside_ours(open_page, measured, decode):
    app = opened(open_page)
    shown = table(app, "R@1").set_index("Batches")
    assert shown.loc[RANDOM, "The note: MRR, R@1, R@5"].split() == ["0.385", "0.28", "0.52"]
    assert shown.loc["hard 0.7", "The note: MRR, R@1, R@5"].split() == ["0.453", "0.36", "0.62"]
    claims = [10.9, 14.5, 17.7]
    assert shown.loc[list(ROWS[2:]), "Its gain, %"].tolist() == pytest.approx(claims, abs=0.05)
    assert shown.loc[[RANDOM, CONTROL], "Its gain, %"].isna().all()
    drawn = {trace["name"]: trace for trace in traces(app, "Gain of each way")}
    assert decode(drawn["the note, MRR"]["x"])[1:] == pytest.approx(claims, abs=0.05)


# Runs that have not simply finished


def test_of_a_group_of_which_some_have_finished_those_are_in_the_table(open_page, measured):
    for kind, seed in ((CONTROL, 1), ("hard 0.7", 1), ("hard 0.7", 0)):
        put_to_work(measured.folders[kind, seed], "queued", step=0)
    put_to_work(measured.folders[HARD, 1], "running", step=4)
    app = opened(open_page)
    shown = table(app, "R@1").set_index("Batches")
    assert shown.index.tolist() == list(ROWS[:4])
    assert shown["Seeds"].tolist() == [2, 1, 1, 2]
    assert shown.loc[HARD, "MRR"] == f"{measured.last(HARD, 0, MRR):.3f}"
    assert shown["Gain, %"].notna().tolist() == [False, False, False, True]
    assert "**Of 1 way to draw hard batches" in text_of(app)
    (bar,) = app.get("progress")
    assert bar.proto.text.startswith("6 of 10 runs have finished; hard 0.5, seed 1 is at step ")
    assert len(standing(app)) == 10
    for folder in measured.folders.values():
        put_to_work(folder, "queued", step=0)
    assert "as soon as the first run has finished" in text_of(opened(open_page))


def test_without_a_second_seed_no_gain_is_said(open_page, measured):
    for kind in KINDS:
        shutil.rmtree(measured.folders[kind, 1])
    app = opened(open_page)
    assert "A gain needs two seeds with random batches and with others" in text_of(app)
    assert not alts(app)
    assert table(app, "R@1")["Gain, %"].isna().all()


@pytest.mark.parametrize("state", ["stopped", "killed"])
def test_runs_cut_short_are_named_as_left_out(open_page, measured, state):
    put(measured.folders["hard 0.7", 1], state=state, step=3)
    put(measured.folders[RANDOM, 0], state=state, step=4)
    app = opened(open_page)
    assert "Left out, cut short: random batches, seed 0; hard 0.7, seed 1." in text_of(app)
    shown = table(app, "R@1").set_index("Batches")
    assert shown.loc["hard 0.7", "MRR"] == f"{measured.last('hard 0.7', 0, MRR):.3f}"
    assert shown["Seeds"].tolist() == [1, 2, 2, 2, 1]
    assert app.button(key="resume-all").label == "Resume 2 unfinished runs"


def test_a_run_that_failed_or_lost_its_configuration_is_left_out_with_its_reason(
    open_page, measured
):
    put(measured.folders[HARD, 0], state="failed", message="the disk is full.")
    (measured.folders[HARD, 1] / "config.json").unlink()
    app = opened(open_page)
    assert HARD not in table(app, "R@1")["Batches"].tolist()
    lines = {line["Batches"]: line for line in standing(app) if "Left out." in line["Message"]}
    assert lines[HARD]["Message"] == "the disk is full. Left out."
    assert "Broken" in lines[read_meta(measured.folders[HARD, 1]).name]["State"]


def test_with_random_batches_and_controls_alone_there_is_no_empty_sentence(
    open_page, measured, metric
):
    for (kind, _), folder in measured.folders.items():
        if kind not in (RANDOM, CONTROL):
            shutil.rmtree(folder)
    app = opened(open_page)
    said = text_of(app)
    assert metric(app, "Gain, control 0.5").endswith(" %")
    assert "****" not in said


# Starting


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_button_starts_five_runs_a_seed_on_what_was_asked_for(
    open_page, launched, tmp_path, seeds
):
    path = str(small_table(tmp_path / "own.csv"))
    app = opened(open_page)
    app.number_input(key="table_seeds").set_value(seeds)
    app.number_input(key="table_epochs").set_value(7)
    app.number_input(key="table_molecules").set_value(500)
    app.text_input(key="table_pairs").set_value(f" {path} ")
    app.button(key="measure-table").click().run()
    assert not app.exception
    assert not app.error
    configs = [read_config(folder).config for folder in launched]
    assert {(c["epochs"], c["molecules"], c["pairs"]) for c in configs} == {(7, 500, path)}
    assert [c["seed"] for c in configs] == [seed for seed in range(seeds) for _ in range(5)]
    assert len({read_meta(folder).group for folder in launched}) == 1
    assert sorted(line["Batches"] for line in standing(app)) == sorted(KINDS * seeds)
    assert all("Queued" in line["State"] for line in standing(app))


def test_runs_just_started_are_shown_whatever_was_chosen_before(open_page, measured, launched):
    before = opened(open_page).selectbox(key="group").value
    app = opened(open_page, group=before)
    app.button(key="measure-table").click().run()
    assert app.selectbox(key="group").value != before
    assert len(standing(app)) == 15


@pytest.mark.parametrize(
    ("kind", "key", "value", "says"),
    [
        ("number_input", "table_seeds", 0, "seeds: expected a whole number, 1 to 10, came 0"),
        ("number_input", "table_seeds", 11, "seeds: expected a whole number, 1 to 10, came 11"),
        ("number_input", "table_epochs", 0, "epochs: expected 1 to"),
        ("number_input", "table_molecules", 3, "molecules: expected 40 to"),
        ("text_input", "table_pairs", "nowhere.csv", "pairs: expected a file that is there"),
    ],
)
def test_what_cannot_be_started_is_refused_in_words(open_page, launched, kind, key, value, says):
    app = opened(open_page)
    getattr(app, kind)(key=key).set_value(value)
    app.button(key="measure-table").click().run()
    assert not app.exception
    assert [says in error for error in errors(app)] == [True]
    assert launched == list(runs_home().iterdir()) == []
    assert not app.run().error, "it is said once"
