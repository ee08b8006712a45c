"""The page cosine_mse: its numbers, each of its views, and a pocket run on the page train."""

import json
import shutil
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from core.problems.new_runs import new_runs
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import COMPARED, loss_kind
from core.runs.folder import read_meta
from core.runs.reader import read_history
from pages.ui.cosine.uploads import legend_name
from tests.core.problems.pocket.complexes import write_complexes
from tests.core.problems.pocket.twins import heavy_atoms, hetero, plain_pocket, protein, text
from tests.pages.planted import SMALL
from tests.pages.reading import alts, errors, table, text_of, traces

pytestmark = pytest.mark.usefixtures("no_samples")

# Each view, and what it says where nothing was ever trained.
EMPTY = {
    "Curves": "Longest arrow",
    "Trajectory": "note expects",
    "Predictions": "No run of this problem",
    "Comparison": "No comparison has been",
    "Histories": "Nothing to show yet",
    "Complexes": "name a folder",
}
TRACK, BAND = "MSE over cosine by epoch", "The two possible norm ratios"
TRAJECTORY = "Validation cosine similarity"
IDENTITY, FIELDS = "Squared error over cosine at", "Downhill directions"


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
    styles = {(line["line"]["color"], line["line"]["dash"]) for line in lines.values()}
    assert len(styles) == len(lines)
    for folder in planted.every:
        name = f"{read_meta(folder).name} · {folder.name[-4:]}"
        told = json.loads((folder / "training_history.json").read_text())
        assert decode(lines[name]["y"]) == pytest.approx(told["val_cosine_similarity"])
        epochs = range(1, len(told["val_cosine_similarity"]) + 1)
        assert decode(lines[name]["x"]).tolist() == list(epochs)


def names_of(folders) -> list[str]:
    """Name runs as the picker does."""
    return sorted(f"{read_meta(folder).name} · {folder.name[-4:]}" for folder in folders)


@pytest.mark.parametrize("view", ["Trajectory", "Histories"])
def test_the_runs_that_were_picked_are_drawn_until_reset(open_page, planted, view):
    alt = {"Trajectory": TRAJECTORY, "Histories": TRACK}[view]
    first = {"Trajectory": 1, "Histories": 2}[view]  # behind the lines of reference
    app = open_page("cosine_mse", view=view)
    assert sorted(app.multiselect(key="shown").options) == names_of(planted.every)
    assert len(traces(app, alt)[first:]) == len(planted.every)
    chosen = names_of(planted.compared[1:3])
    app.multiselect(key="shown").set_value(chosen).run()
    drawn = [t["name"].split(" between")[0] for t in traces(app, alt)[first:]]
    assert [name[: len(own)] for name, own in zip(drawn, chosen, strict=True)] == chosen
    app.button(key="reset").click().run()
    app.button_group(key="view").set_value(view.lower()).run()
    assert not app.exception
    assert len(traces(app, alt)[first:]) == len(planted.every)


def test_a_picked_run_that_was_deleted_is_gone_without_a_fault(open_page, copied):
    app = open_page("cosine_mse", view="Trajectory")
    gone, kept = copied.compared[:2]
    app.multiselect(key="shown").set_value(names_of([gone, kept])).run()
    shutil.rmtree(gone)
    app.run()
    assert not app.exception
    assert [t["name"] for t in traces(app, TRAJECTORY)[1:]] == names_of([kept])


@pytest.mark.parametrize("view", ["Trajectory", "Histories"])
def test_runs_whose_epochs_are_not_known_are_left_out_and_named(open_page, copied, view):
    lost = copied.long
    events = [json.loads(line) for line in (lost / "events.jsonl").read_text().splitlines()]
    for event in events:
        event.get("facts", {}).pop("steps an epoch", None)
    (lost / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    app = open_page("cosine_mse", view=view)
    assert not app.exception
    assert r"how many steps an epoch has: a \<b\>longer" in text_of(app)
    drawn = traces(app, {"Trajectory": TRAJECTORY, "Histories": TRACK}[view])
    assert not any(lost.name[-4:] in t["name"] for t in drawn)
    assert any(copied.compared[0].name[-4:] in t["name"] for t in drawn)


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
    zero = read_history(planted.long).series["val/zero_mse_loss"].value[-1]
    assert f"zero answer {zero:.3g}" in text_of(app)
    assert "best constant" in text_of(app)
    assert "Synthetic pockets around 40 real molecules" in str(app.get("badge")) + text_of(app)
    assert r"a \<b\>longer\</b\> one" in text_of(app)


@pytest.mark.parametrize(
    "view",
    ["Gradients", "Weights", "Optimiser", "Findings", "Alone", "Log"],
)
def test_every_view_of_a_pocket_run_opens_on_the_train_page(open_page, planted, view):
    for folder in (planted.long, planted.compared[2]):
        app = open_page("train", run=folder.name, view=view)
        assert not app.exception
        assert not app.error


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


BROKEN = {
    "words.json": (b"hello", "another kind of file"),
    "words.txt": (b"hello", "another kind of file"),
    "list.json": (b"[1, 2, 3]", "came a list"),
    "empty.json": (b"", "came an empty file"),
    "blank.json": (b" \n", "came an empty file"),
    "torn.json": (history()[:40], "breaks off after 40 characters"),
    "torn_early.json": (history()[:5], "breaks off after 5 characters"),
    "strings.json": (history(cosine=[0.1, "high", 0.6, 0.7]), 'came "high"'),
    "other.json": (b'{"loss": [1, 2]}', "one of train_loss, val_loss"),
}


def test_broken_histories_are_explained_and_cost_only_themselves(open_page):
    app = open_page("cosine_mse", view="Histories")
    broken = [(name, content) for name, (content, _) in BROKEN.items()]
    upload(app, *broken[:4], ("good.json", history()), *broken[4:])
    assert not app.exception
    said = errors(app)
    for (name, (_, what)), words in zip(BROKEN.items(), said, strict=True):
        where, rest = words.split(": expected ")
        assert where.split(",")[0] == name
        assert what in words
        came, do = rest.split(", came ")[-1].split(". ")[-2:]
        assert came
        assert do.endswith((".", "stay"))
    assert any(t["name"].startswith("good, ") for t in traces(app, TRACK))
    app.run()
    assert len(app.error) == len(BROKEN), "they stay until other files come"


def test_lists_of_unequal_length_are_read_as_far_as_they_go_and_that_is_said(open_page):
    app = upload(
        open_page("cosine_mse", view="Histories"), ("short.json", history(cosine=COSINE[:3]))
    )
    assert not app.error
    assert "a shorter list is read from the first epoch on" in text_of(app)
    (row,) = table(app, "Lower root").to_dict("records")
    assert (row["Epochs"], row["Last cosine"], row["Notes"]) == (3, COSINE[2], 1)


def test_a_history_of_the_cosine_loss_alone_has_no_norm_ratio_and_that_is_said(open_page):
    told = history(mse=[1 - c for c in COSINE], config={"loss_fn": "cosine"})
    app = upload(open_page("cosine_mse", view="Histories"), ("plain.json", told))
    assert not app.exception
    assert "Without both a cosine and an MSE at one epoch: plain" in text_of(app)
    assert BAND not in " ".join(alts(app))


def test_the_table_has_the_last_and_best_numbers_of_each_history(open_page):
    app = open_page("cosine_mse", view="Histories")
    upload(app, ("good.json", history(cosine=[0.1, 0.4, 0.75, 0.7])), ("early.json", history(
        cosine=COSINE[:2], mse=MSE[:2])))  # fmt: skip
    good, early = table(app, "Lower root").to_dict("records")
    half = sqrt(0.7**2 - 1 + 0.55)
    assert (good["History"], good["Epochs"]) == ("good", 4)
    assert (good["Last cosine"], good["Last MSE"]) == (0.7, 0.55)
    assert (good["Best cosine"], good["At epoch"]) == (0.75, 3)
    assert good["Between, %"] == percent_between([0.1, 0.4, 0.75, 0.7], MSE)
    assert (good["Lower root"], good["Upper root"]) == pytest.approx((0.7 - half, 0.7 + half))
    assert np.isnan(early["Lower root"]), "below 0"
    assert early["Upper root"] == pytest.approx(0.4 + sqrt(0.4**2 - 1 + 1.1))


def test_own_runs_show_the_ratio_that_they_measured(open_page, planted):
    app = open_page("cosine_mse", view="Histories")
    rows = table(app, "Lower root").set_index("History")
    for folder in planted.every:
        told = read_history(folder).series["val/norm_ratio"].value
        assert rows.loc[names_of([folder])[0], "Measured"] == pytest.approx(told[-1])
    assert "Notes" not in rows.columns


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
    app.multiselect(key="shown").set_value(names_of([planted.long])).run()
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
    assert "73–96 % of the epochs of 6 runs" in text_of(app)
    rows = table(app, "Lower root")
    assert rows["Between, %"].tolist() == pytest.approx(shares)
    assert [tuple(pair) for pair in rows[["Lower root", "Upper root"]].round(2).to_numpy()] == [
        (0.43, 0.70), (0.30, 0.99), (0.29, 0.91), (0.30, 0.94), (0.30, 0.87), (0.47, 0.81),
    ]  # fmt: skip
    assert len(rows) == len({t["xaxis"] for t in traces(app, BAND)}) == 6


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
    write_complexes(folder / "deeper", {"1aaa": "BTN"})
    return folder


@pytest.mark.parametrize("cutoff", [4.0, 6.0])
def test_complexes_are_listed_with_ligand_and_size_or_the_reason_why_not(
    open_page, complexes, cutoff
):
    app = open_page("cosine_mse", view="Complexes", folder=str(complexes), cutoff=str(cutoff))
    assert not app.exception
    assert not app.error
    rows = table(app, "Complex").set_index("Complex")
    is_reached = cutoff == 6.0  # the ligand of 1aaa stands 5 angstrom off
    # What can be used comes first, then what has a pocket at least.
    order = ["1aaa", "near", "bare", "far"] if is_reached else ["near", "1aaa", "bare", "far"]
    assert list(rows.index) == order
    assert rows["Usable"].tolist() == [is_reached, False, False, False]
    around = heavy_atoms(text(protein()))
    ligand = heavy_atoms(text(hetero("LIG", 101, (4.0, 0.0, 4.0))))
    pocket = plain_pocket(around, ligand, cutoff)
    near = rows.loc["near"]
    assert (near["Ligand"], near["Atoms"]) == ("LIG", len(pocket))
    assert near["Residues"] == len({place for _, place, _ in pocket})
    for name in ("bare", "far"):
        assert rows.loc[name, "Ligand"] == "–"
        assert "expected" in rows.loc[name, "Why not, or notes"]
    assert rows.loc["near", "Why not, or notes"].startswith("ligand LIG: expected")
    assert f"{int(is_reached)} of 4 complexes can be trained on" in text_of(app)
    assert "1 more with a pocket, but no target" in text_of(app)


def test_a_folder_that_is_not_there_is_explained(open_page):
    app = open_page("cosine_mse", view="Complexes", folder="/nowhere/at/all")
    assert not app.exception
    assert errors(app)[0] == (
        "folder: expected one that is there and can be read, came /nowhere/at/all. Correct the "
        "path."
    )


def test_a_folder_without_structures_is_explained(open_page, tmp_path):
    (tmp_path / "readme.txt").write_text("nothing")
    app = open_page("cosine_mse", view="Complexes", folder=str(tmp_path))
    assert not app.exception
    assert "expected structure files" in errors(app)[0]


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
