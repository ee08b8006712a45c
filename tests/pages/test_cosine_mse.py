"""The page cosine_mse: its numbers, each of its views, and a pocket run on the page train."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.problems.new_runs import new_runs
from core.problems.pocket.comparison import SCORES, compare, in_words
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import COMPARED, comparison_configs, loss_kind, read_trained
from core.problems.running import run_folder
from core.runs import folder as folders
from core.runs.folder import read_config, read_meta, runs_home
from core.runs.reader import read_arrays, read_history
from pages.ui.cosine import comparison
from pages.ui.cosine.comparison import seed_count
from pages.ui.cosine.histories import legend_name
from tests.core.problems.pocket.twins import heavy_atoms, hetero, plain_pocket, protein, text

# Each view, and what it says where nothing was ever trained.
EMPTY = {
    "Gradients": "Longest arrow",
    "Trajectory": "note expects",
    "Predictions": "No run of this problem",
    "Comparison": "No comparison has been",
    "Histories": "Nothing to show yet",
    "Complexes": "name a folder",
}
SMALL = PocketConfig(ligands=40, width=8, layers=1, num_epochs=2, batch_size=8)
LONG_EPOCHS = 4
TRACK, BAND = "MSE over cosine by epoch", "The two possible norm ratios"
TRAJECTORY, CLOUD = "Held-out cosine similarity", "Squared error over cosine of each"
IDENTITY, FIELDS = "Squared error over cosine at", "Downhill directions"


@pytest.fixture(autouse=True)
def no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the runs of the repository out: what is seen is what a test has planted."""
    monkeypatch.setattr(folders, "SAMPLE_RUNS", tmp_path / "samples")


@dataclass(frozen=True)
class Planted:
    """Runs that were really trained: three losses and two seeds in a group, then a longer one."""

    home: Path
    compared: tuple[Path, ...]
    long: Path

    @property
    def every(self) -> tuple[Path, ...]:
        return (*self.compared, self.long)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    home = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(home))
        compared = new_runs(
            POCKET,
            comparison_configs(SMALL, range(2)),
            label=lambda config: f"{config.loss_fn}, seed {config.seed}",
        )
        longer = PocketConfig(**{**vars(SMALL), "num_epochs": LONG_EPOCHS})
        (long,) = new_runs(POCKET, [longer], name="a <b>longer</b> one")
        assert {run_folder(folder) for folder in (*compared, long)} == {"finished"}
        yield Planted(home, compared, long)


@pytest.fixture
def planted(trained: Planted, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Open the pages on the runs that were trained; nothing may be written there."""
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(trained.home))
    return trained


@pytest.fixture
def copied(trained: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Give a copy of the runs that may be damaged."""
    home = tmp_path / "copy"
    shutil.copytree(trained.home, home)
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(home))
    moved = [home / path.relative_to(trained.home) for path in trained.every]
    return Planted(home, tuple(moved[:-1]), moved[-1])


def text_of(app) -> str:
    return "\n".join(element.value for element in app.main.markdown)


def traces(app, alt: str) -> list[dict]:
    chart = next(c for c in app.get("plotly_chart") if c.proto.alt.startswith(alt))
    return json.loads(chart.proto.spec)["data"]


def alts(app) -> list[str]:
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def table(app, column: str):
    return next(t.value for t in app.dataframe if column in t.value.columns)


# The numbers above


def test_the_first_numbers_are_those_of_the_formula(open_page, metric):
    app = open_page("cosine_mse")
    ratio = sqrt(0.6**2 + 0.2**2)  # norm ratio and noise of the first view
    cos = 0.6 * 0.6 / ratio
    error = 1 + ratio**2 - 2 * ratio * cos
    line = 2 * (1 - cos)
    assert metric(app, "Cosine similarity") == f"{cos:.2f}"
    assert metric(app, "Norm ratio") == f"{ratio:.2f}"
    assert metric(app, "Squared error") == f"{error:.3g}"
    assert metric(app, "2(1 − cos)") == f"{line:.3g}"
    assert metric(app, "Squared error ÷ note") == f"{error / line:.3g}"
    assert "medium by the note" in text_of(app)
    assert "the norms differ" in text_of(app)


def test_the_curve_on_the_screen_is_the_identity(open_page, trace, decode):
    app = open_page("cosine_mse", norm="1.5", dim="64", reduction="sum", noise="0.0")
    drawn = trace(app, IDENTITY, "at norm ratio 1.5")
    cos, error = decode(drawn["x"]), decode(drawn["y"])
    assert error == pytest.approx(64 * (1 + 1.5**2 - 3 * cos))


def test_the_note_holds_at_norm_ratio_1_without_noise(open_page, metric):
    app = open_page("cosine_mse", norm="1.0", noise="0.0")
    assert metric(app, "Squared error ÷ note") == "1"
    assert "the line holds here" in text_of(app)


def test_unit_targets_make_the_error_smaller_by_the_dimension(open_page, metric):
    app = open_page("cosine_mse", norm="1.0", noise="0.0")
    app.button_group(key="target").set_value("unit").run()
    assert metric(app, "Squared error ÷ note") == f"{1 / 256:.3g}"
    assert "off by |t|²/D only" in text_of(app)


def test_a_sum_makes_it_larger_by_the_dimension(open_page, metric):
    app = open_page("cosine_mse", norm="1.0", noise="0.0")
    app.button_group(key="reduction").set_value("sum").run()
    assert metric(app, "Squared error ÷ note") == "256"
    assert "off by |t|² only" in text_of(app)
    app.slider(key="norm").set_value(0.5).run()
    assert "the norms differ, |t|² is not 1" in text_of(app)


def test_the_raw_norm_counts_where_targets_are_raw_only(open_page, metric):
    here = {"norm": "1.0", "noise": "0.0", "raw": "32.0"}
    assert metric(open_page("cosine_mse", **here), "Squared error ÷ note") == "1"
    raw = open_page("cosine_mse", **here, target="raw")
    assert metric(raw, "Squared error ÷ note") == f"{32**2 / 256:.3g}"


def test_a_perfect_prediction_is_on_the_line_though_there_is_no_factor(open_page, metric):
    app = open_page("cosine_mse", cos="1.0", norm="1.0", noise="0.0")
    assert metric(app, "Squared error") == "0"
    assert metric(app, "Squared error ÷ note") == "–"
    assert "the line holds here" in text_of(app)


def test_a_zero_prediction_has_no_cosine_and_that_is_said(open_page, metric):
    app = open_page("cosine_mse", norm="0.0", noise="0.0")
    assert metric(app, "Cosine similarity") == "–"
    assert metric(app, "2(1 − cos)") == "–"
    assert metric(app, "Squared error") == "1"
    assert "a zero prediction has none" in text_of(app)
    assert not app.exception


def test_a_cosine_that_rounds_to_0_has_no_sign(open_page, metric):
    app = open_page("cosine_mse", cos="-0.01", norm="0.05", noise="2.0")
    assert metric(app, "Cosine similarity") == "0.00"


@pytest.mark.parametrize("cos", ["-1.0", "0.0", "1.0"])
@pytest.mark.parametrize("norm", ["0.0", "2.0"])
@pytest.mark.parametrize("noise", ["0.0", "2.0"])
def test_the_ends_of_the_sliders_break_nothing(open_page, cos, norm, noise):
    app = open_page("cosine_mse", cos=cos, norm=norm, noise=noise, dim="2", target="raw")
    assert not app.exception
    assert "nan" not in " ".join(m.value for m in app.metric).lower()


# The views


@pytest.mark.parametrize("view", EMPTY)
def test_every_view_opens_where_nothing_was_ever_trained(open_page, view):
    app = open_page("cosine_mse", view=view)
    assert not app.exception
    assert not app.error
    assert EMPTY[view] in text_of(app)


@pytest.mark.parametrize("view", EMPTY)
def test_every_view_opens_with_runs(open_page, planted, view):
    app = open_page("cosine_mse", view=view)
    assert not app.exception
    assert not app.error


def test_the_fields_tell_their_longest_arrows_in_the_units_of_the_sidebar(open_page):
    mean = text_of(open_page("cosine_mse"))
    summed = text_of(open_page("cosine_mse", reduction="sum"))
    # Farthest from the target at (1, 0) is (-1.5, 1.5), in norms of the target, which is 16.
    far = 2 * 16 * sqrt(2.5**2 + 1.5**2)
    assert f"{far / 256:.3g} of the squared error" in mean
    assert f"{far:.3g} of the squared error" in summed


def test_the_trajectory_has_a_line_a_run_over_its_epochs(open_page, planted, decode):
    drawn = traces(open_page("cosine_mse", view="Trajectory"), TRAJECTORY)
    assert drawn[0]["name"] == "the note expects"
    lines = {line["name"]: line for line in drawn[1:]}
    assert len(lines) == len(planted.every)
    for folder in planted.every:
        name = f"{read_meta(folder).name} · {folder.name[-4:]}"
        told = json.loads((folder / "training_history.json").read_text())
        assert decode(lines[name]["y"]) == pytest.approx(told["val_cosine_similarity"])
        epochs = range(1, len(told["val_cosine_similarity"]) + 1)
        assert decode(lines[name]["x"]).tolist() == list(epochs)


def test_the_predictions_are_a_point_a_held_out_ligand_and_the_slider_moves_them(
    open_page, planted, decode
):
    app = open_page("cosine_mse", view="Predictions")
    steps = read_history(planted.long).recorded["test_by_example"]
    assert app.slider(key="epoch").value == app.slider(key="epoch").max == LONG_EPOCHS
    for epoch in (LONG_EPOCHS, 0):
        app.slider(key="epoch").set_value(epoch).run()
        told = read_arrays(planted.long, "test_by_example", steps[epoch])
        cloud = next(t for t in traces(app, CLOUD) if t["name"] == "held-out ligands")
        assert decode(cloud["x"]) == pytest.approx(told["cosine"].astype(float))
        mean_square = told["target_norm"].astype(float) ** 2 / SMALL.output_dim
        assert decode(cloud["y"]) == pytest.approx(told["mse"] / mean_square)
        for ligand, words in zip(told["name"], cloud["hovertext"], strict=True):
            assert words.startswith(f"{ligand}: cosine ")
        assert f"{len(told['name'])} held-out ligands after {steps[epoch]} steps" in text_of(app)


def test_a_shorter_run_takes_the_slider_to_its_own_end(open_page, planted):
    app = open_page("cosine_mse", view="Predictions")
    app.slider(key="epoch").set_value(LONG_EPOCHS).run()
    app.selectbox(key="cloud").set_value(app.selectbox(key="cloud").options[1]).run()
    assert not app.exception
    assert app.slider(key="epoch").max == SMALL.num_epochs
    assert app.slider(key="epoch").value == SMALL.num_epochs


def test_predictions_that_were_damaged_are_explained(open_page, copied):
    for path in (copied.long / "arrays").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    app = open_page("cosine_mse", view="Predictions")
    assert not app.exception
    assert "breaks off" in app.error[0].value


# The comparison


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
        gap = float(line["Trained-on minus held-out"].replace("−", "-"))
        assert gap == pytest.approx(row.gap, abs=6e-4)
    assert in_words(rows) in text_of(app)
    count = len(read_trained(planted.long).held_out["name"])
    assert f"{count} held-out ligands" in text_of(app)


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
    names = {"cosine": "cosine", "mse": "MSE", "info_nce": "InfoNCE"}
    for loss, by_seed in means.items():
        value = float(shown.loc[names[loss], "Cosine"].split()[0].replace("−", "-"))
        assert value == pytest.approx(sum(by_seed) / len(by_seed), abs=6e-4)


def test_differences_to_the_cosine_trained_runs_are_drawn_with_their_intervals(
    open_page, planted, decode
):
    drawn = traces(open_page("cosine_mse", view="Comparison"), "Difference of each score")
    assert [group["name"] for group in drawn] == ["MSE minus cosine", "InfoNCE minus cosine"]
    for group, row in zip(drawn, expected_rows(planted)[1:], strict=True):
        told = [row.against_cosine[name].value for name in SCORES if name != "norm_ratio"]
        assert decode(group["x"]) == pytest.approx(told)


def test_a_run_that_failed_is_left_out_and_named(open_page, copied):
    lost = copied.compared[0]
    status = json.loads((lost / "status.json").read_text())
    status |= {"state": "failed", "message": "the disk is full"}
    (lost / "status.json").write_text(json.dumps(status))
    app = open_page("cosine_mse", view="Comparison")
    assert not app.exception
    assert f"{read_meta(lost).name} is failed and left out. the disk is full" in text_of(app)
    by_seed = table(app, "R@10").set_index("Loss")["Cosine by seed"]
    assert " to " not in by_seed["cosine"]
    assert " to " in by_seed["MSE"]


def test_a_run_of_a_comparison_that_lost_its_arrays_is_explained(open_page, copied):
    shutil.rmtree(copied.compared[0] / "arrays")
    app = open_page("cosine_mse", view="Comparison")
    assert not app.exception
    assert copied.compared[0].name in app.error[0].value
    assert len(table(app, "R@10")) == 3


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep what would be started; no process begins."""
    started: list[Path] = []
    monkeypatch.setattr(comparison, "launch", started.append)
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
    assert f"{3 * seeds} runs" in app.selectbox(key="comparison").value


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
    assert [error.value for error in app.error] == [said]
    assert app.number_input(key="seeds").value == seeds
    assert not launched
    assert not list(runs_home().iterdir())
    assert not app.run().error, "it is said once"


def test_an_empty_or_broken_number_of_seeds_is_refused_too():
    assert [seed_count(asked) for asked in (1, 3, 10)] == [1, 3, 10]
    for asked, came in ((None, "nothing"), (2.5, "2.5")):
        with pytest.raises(InputError, match=f"1 to 10, came {came}"):
            seed_count(asked)


# A run of this problem on the page train


def test_the_train_page_shows_a_pocket_run_in_its_own_units(open_page, metric, planted):
    app = open_page("train", run=planted.long.name)
    assert not app.exception
    told = json.loads((planted.long / "training_history.json").read_text())
    for label, key in (("Cosine similarity", "val_cosine_similarity"), ("MSE", "val_mse_loss")):
        digits = ".3f" if abs(told[key][-1]) < 1 else ".3g"
        assert metric(app, label) == f"{told[key][-1]:{digits}}".replace("-", "−")
    mrr = read_history(planted.long).series["val/mrr"].value[-1]
    assert metric(app, "MRR") == f"{mrr:.3f}"
    assert metric(app, "Highest share") == "100 %"
    step = read_history(planted.long).last_step
    assert metric(app, "Step") == f"{step:,}"
    assert "zero answer is 1" in text_of(app)
    assert "best constant" in text_of(app)
    assert "Synthetic pockets around 40 real molecules" in str(app.get("badge")) + text_of(app)
    assert r"a \<b\>longer\</b\> one" in text_of(app)


@pytest.mark.parametrize(
    "view",
    ["Gradients", "Weights", "Optimiser", "Positions", "Findings", "Criteria", "Alone", "Log"],
)
def test_every_view_of_a_pocket_run_opens_on_the_train_page(open_page, planted, view):
    for folder in (planted.long, planted.compared[2]):
        app = open_page("train", run=folder.name, view=view)
        assert not app.exception
        assert not app.error


def test_nothing_was_promised_for_pockets_and_that_is_said(open_page, planted):
    app = open_page("train", run=planted.long.name, view="Criteria")
    assert "Nothing was promised" in text_of(app)


# Histories of other trainers

COSINE, MSE = [0.1, 0.4, 0.6, 0.7], [1.9, 1.1, 0.5, 0.55]


def history(cosine=COSINE, mse=MSE, **more) -> bytes:
    told = {"train_loss": mse, "val_loss": mse, "val_cosine_similarity": cosine,
            "config": {"loss_fn": "mse"}} | more  # fmt: skip
    return json.dumps(told).encode()


def upload(app, *files: tuple[str, bytes]):
    shown = [(name, content, "application/json") for name, content in files]
    return app.file_uploader(key="upload-histories").set_value(shown).run()


def percent_between(cosine: list[float], mse: list[float]) -> float:
    inside = [1 - c * c <= m <= 2 * (1 - c) for c, m in zip(cosine, mse, strict=True)]
    return 100 * sum(inside) / len(inside)


def test_a_history_is_drawn_with_its_share_between_the_curves(open_page, decode):
    app = upload(open_page("cosine_mse", view="Histories"), ("good.json", history()))
    assert not app.exception
    assert not app.error
    share = percent_between(COSINE, MSE)
    track = next(t for t in traces(app, TRACK) if t["name"] == f"good, {share:.0f} % between")
    assert decode(track["x"]) == pytest.approx(COSINE)
    assert decode(track["y"]) == pytest.approx(MSE)
    assert any(alt.startswith(BAND) for alt in alts(app))


def test_the_norm_ratio_of_a_history_is_the_band_of_its_two_roots(open_page, decode):
    app = upload(open_page("cosine_mse", view="Histories"), ("good.json", history()))
    lines = [t for t in traces(app, BAND) if "hovertemplate" in t]
    last = {
        word: decode(next(t for t in reversed(lines) if word in t["hovertemplate"])["y"])[-1]
        for word in ("upper root", "lower root")
    }
    half = sqrt(COSINE[-1] ** 2 - 1 + MSE[-1])
    assert last["upper root"] == pytest.approx(COSINE[-1] + half)
    assert last["lower root"] == pytest.approx(COSINE[-1] - half)


def test_a_broken_history_is_explained_and_costs_only_itself(open_page):
    app = open_page("cosine_mse", view="Histories")
    upload(app, ("torn.json", history()[:40]), ("good.json", history()), ("x.json", b"hello"))
    assert not app.exception
    said = [error.value for error in app.error]
    assert [text.split(":")[0].split(",")[0] for text in said] == ["torn.json", "x.json"]
    assert all("expected" in text for text in said)
    assert any(t["name"].startswith("good, ") for t in traces(app, TRACK))
    app.slider(key="norm").set_value(1.0).run()
    assert len(app.error) == 2, "it stays until other files come"


def test_only_broken_histories_leave_ones_own_runs_on_the_screen(open_page, planted):
    app = upload(open_page("cosine_mse", view="Histories"), ("x.json", b"hello"))
    assert len(app.error) == 1
    assert len(traces(app, TRACK)) == 2 + len(planted.every)


def test_two_histories_of_one_name_are_both_drawn(open_page):
    app = open_page("cosine_mse", view="Histories")
    upload(app, ("training_history.json", history()),
           ("training_history.json", history(mse=[1.8, 1.0, 0.7, 0.6])))  # fmt: skip
    names = [t["name"] for t in traces(app, TRACK)[2:]]
    assert [name.split(",")[0] for name in names] == ["training_history", "training_history (2)"]


def test_long_names_are_shortened_in_the_middle_and_stay_apart():
    long = "retry_physics_new_improve_multihead_improved_layers_no_scheduler"
    short = legend_name(f"{long}.json", ())
    assert len(short) <= 34
    assert short[:10] + short[-10:] == long[:10] + long[-10:]
    assert legend_name(f"{long}.json", {short}) == f"{short} (2)"
    assert legend_name("brief.json", {short}) == "brief"


def test_histories_stay_while_other_views_are_open_and_more_join_them(open_page):
    app = upload(open_page("cosine_mse", view="Histories"), ("one.json", history()))
    app.button_group(key="view").set_value("trajectory").run()
    assert [t["name"] for t in traces(app, TRAJECTORY)] == ["the note expects", "one"]
    app.button_group(key="view").set_value("histories").run()
    assert traces(app, TRACK)[2]["name"].startswith("one, ")
    upload(app, ("two.json", history()))
    assert [t["name"].split(",")[0] for t in traces(app, TRACK)[2:]] == ["one", "two"]
    app.button(key="forget-histories").click().run()
    assert not app.exception
    assert [t["name"].split(",")[0] for t in traces(app, TRACK)[2:]] == ["two"]
    assert not any(button.key == "forget-histories" for button in app.button)


def test_what_a_file_says_is_shown_as_it_is(open_page):
    app = open_page("cosine_mse", view="Histories")
    upload(app, ("a_b*[1].json", history(**{"strange*key": [1, 2, 3, 4]})))
    assert r"a\_b\*\[1\]: " in text_of(app)
    assert r"strange\*key" in text_of(app)


def test_a_runs_own_history_file_lies_on_its_own_line(open_page, planted, decode):
    app = open_page("cosine_mse", view="Histories")
    upload(app, ("mine.json", (planted.long / "training_history.json").read_bytes()))
    app.button_group(key="view").set_value("trajectory").run()
    lines = {t["name"]: t for t in traces(app, TRAJECTORY)}
    own = lines[f"{read_meta(planted.long).name} · {planted.long.name[-4:]}"]
    for axis in "xy":
        assert decode(lines["mine"][axis]) == pytest.approx(decode(own[axis]))


def test_the_six_real_histories_lie_between_the_curves_for_73_to_96_percent(open_page, shared_data):
    paths = sorted((shared_data / "histories").glob("*.json"))
    app = open_page("cosine_mse", view="Histories")
    upload(app, *((path.name, path.read_bytes()) for path in paths))
    assert not app.exception
    assert not app.error
    tracks = traces(app, TRACK)[2:]
    assert len(tracks) == len(paths) == 6
    shares = []
    for path, track in zip(paths, tracks, strict=True):
        told = json.loads(path.read_text())
        pairs = zip(told["val_cosine_similarity"], told["val_loss"], strict=False)
        known = [(c, m) for c, m in pairs if np.isfinite(c + m)]
        cosine, mse = (list(side) for side in zip(*known, strict=True))
        shares.append(percent_between(cosine, mse))
        assert track["name"].endswith(f", {shares[-1]:.0f} % between")
    assert (round(min(shares)), round(max(shares))) == (73, 96)
    chart = next(c for c in app.get("plotly_chart") if c.proto.alt.startswith(TRACK))
    assert "73–96 % of the epochs of 6 runs" in chart.proto.spec.encode().decode("unicode_escape")


# Complexes


@pytest.fixture
def complexes(tmp_path: Path) -> Path:
    folder = tmp_path / "complexes"
    folder.mkdir()
    near, far = (hetero("LIG", 101, (4.0, 0.0, z)) for z in (4.0, 30.0))
    (folder / "near.pdb").write_text(text(protein(), near))
    (folder / "bare.pdb").write_text(text(protein()))
    (folder / "far.pdb").write_text(text(protein(), far))
    (folder / "notes.txt").write_text("no structure")
    return folder


@pytest.mark.parametrize("cutoff", [4.0, 6.0])
def test_complexes_are_listed_with_ligand_and_size_or_the_reason_why_not(
    open_page, complexes, cutoff
):
    app = open_page("cosine_mse", view="Complexes", folder=str(complexes), cutoff=str(cutoff))
    assert not app.exception
    assert not app.error
    rows = table(app, "Complex").set_index("Complex")
    assert sorted(rows.index) == ["bare", "far", "near"]
    around = heavy_atoms(text(protein()))
    ligand = heavy_atoms(text(hetero("LIG", 101, (4.0, 0.0, 4.0))))
    pocket = plain_pocket(around, ligand, cutoff)
    near = rows.loc["near"]
    assert (near["Ligand"], near["Atoms"]) == ("LIG", len(pocket))
    assert near["Residues"] == len({place for _, place, _ in pocket})
    for name in ("bare", "far"):
        assert rows.loc[name, "Ligand"] == "–"
        assert "expected" in rows.loc[name, "Why not, or notes"]
    assert "1 of 3 complexes can be used" in text_of(app)


def test_a_folder_that_is_not_there_is_explained(open_page):
    app = open_page("cosine_mse", view="Complexes", folder="/nowhere/at/all")
    assert not app.exception
    assert app.error[0].value == (
        "folder: expected one that is there, came /nowhere/at/all. Correct the path."
    )


def test_a_folder_without_structures_is_explained(open_page, tmp_path):
    (tmp_path / "readme.txt").write_text("nothing")
    app = open_page("cosine_mse", view="Complexes", folder=str(tmp_path))
    assert not app.exception
    assert "expected structure files" in app.error[0].value


def test_without_a_folder_the_data_of_the_newest_run_are_told(open_page, copied):
    new_runs(POCKET, [SMALL], name="waits")  # has told nothing yet
    app = open_page("cosine_mse", view="Complexes")
    facts = table(app, "Fact").set_index("Fact")["Value"]
    history = read_history(copied.long)
    assert history.started is not None
    assert facts["Split"] == history.started.facts["split"]
    assert facts["Training data"].startswith("synthetic pockets around 40")


def test_the_planted_runs_are_of_the_losses_that_they_name(planted):
    kinds = [loss_kind(read_history(folder)) for folder in planted.compared]
    assert kinds == [*COMPARED, *COMPARED]
