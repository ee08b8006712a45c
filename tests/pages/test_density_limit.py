"""The page density_limit: each view, its numbers against the computation, and what it refuses."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.problems.new_runs import preset_runs
from core.problems.running import run_folder
from core.problems.sidechain.atoms import ATOM14, ONE_LETTER, RESIDUES
from core.problems.sidechain.density.limit import LimitOptions, recover
from core.problems.sidechain.density.sample import Sample, synthetic_sample
from core.problems.sidechain.density.scores import SlotScores, score_constant, score_recovered
from core.problems.sidechain.density.sweep import SWEEPS
from core.problems.sidechain.evaluation import BY_SLOT
from core.problems.sidechain.experiment import SIDE_CHAIN
from core.runs.folder import read_config, read_meta, runs_home
from core.runs.reader import read_arrays
from pages.ui.density.views import SETTINGS, VIEWS
from pages.ui.train import together
from tests.core.problems.sidechain.made import chain_of, write
from tests.core.problems.sidechain.small_run import small
from tests.pages.reading import alts, errors, table, text_of, traces
from tests.pages.test_cosine_comparison import put, put_to_work, standing

PAGE = "density_limit"
LABELS = {name: label for name, (label, _) in VIEWS.items()}
ATOMS, MAP, PROFILE = "Recovered atoms", "The density on the shell", "Norm of the coefficients"
LETTERS = "".join(ONE_LETTER[name] for name in RESIDUES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return synthetic_sample()


def scored(sample: Sample, each: int, options: LimitOptions) -> SlotScores:
    rows = sample.some(each)
    found = recover(sample.coord[rows], sample.type[rows], rows, options)
    return score_recovered([found], sample.type[rows])


def angstrom(value: float) -> str:
    return f"{value:.3f} Å"


def opened(open_page, view: str = "residue", **query):
    app = open_page(PAGE, view=LABELS[view], **query)
    assert not app.exception
    return app


# One residue


def test_the_first_view_is_a_tryptophan_that_comes_back_whole(open_page, metric, decode, sample):
    app = open_page(PAGE)
    assert metric(app, "RMSD, side chain") == "0.000 Å"
    assert metric(app, "Atoms found") == "13 of 13"
    assert metric(app, "Density") == f"{4 * 81 * 16:,}"
    assert metric(app, "Farthest, CH2") == "0.000 Å"
    assert alts(app)[0] == "Recovered atoms over the true ones: 0 of 13 not found."
    discs = [trace for trace in traces(app, ATOMS) if trace["name"] == "true atom"]
    assert sorted(name for disc in discs for name in disc["text"]) == sorted(ATOM14["TRP"])
    found = next(trace for trace in traces(app, ATOMS) if trace["name"] == "recovered")
    assert len(decode(found["x"])) == 13
    assert "Synthetic: 20 ideal residues" in " ".join(m.value for m in app.markdown)


def test_another_residue_and_setting_are_those_of_the_computation(open_page, metric, sample):
    app = opened(open_page, density_type="ARG", density_which="3", density_counts="unknown",
                 density_l_max="3", density_noise="40")  # fmt: skip
    row = sample.of_type("ARG")[2:3]
    options = LimitOptions(l_max=3, noise=0.4, knows_counts=False)
    found = recover(sample.coord[row], sample.type[row], row, options)
    side = found.distance[0, 4:]
    assert metric(app, "RMSD, side chain") == angstrom(np.sqrt(np.nanmean(side**2)))
    assert metric(app, "Atoms found") == f"{10 - found.missed.sum()} of 10"
    assert str(sample.name[row[0]]) in text_of(app)


def test_a_slider_moves_the_rmsd_and_reset_brings_it_back(open_page, metric):
    app = open_page(PAGE)
    app.slider(key="density_noise").set_value(50).run()
    moved = float(metric(app, "RMSD, side chain").split()[0])
    assert 0.005 < moved < 0.2
    app.select_slider(key="density_tau").set_value(0.5).run()
    assert float(metric(app, "RMSD, side chain").split()[0]) > moved
    next(b for b in app.button if b.key == "reset").click().run()
    assert metric(app, "RMSD, side chain") == "0.000 Å"


def test_a_small_residue_opens_on_a_shell_that_it_reaches(open_page):
    app = opened(open_page, density_type="GLY")
    assert any(alt.startswith("The density on the shell at 2.75 Å") for alt in alts(app))


def test_the_shell_that_is_drawn_is_the_nearest(open_page):
    app = opened(open_page, density_shell="3.5", density_shells="8")
    assert any(alt.startswith("The density on the shell at 3.50 Å") for alt in alts(app))
    assert "Shell 4 of 8, 3.50 Å" in text_of(app)
    assert [len(alts(app)), len(traces(app, MAP))] == [3, 3]
    assert {trace["name"] for trace in traces(app, PROFILE)} >= {"C", "N", "O"}


def test_in_space_the_same_atoms_can_be_turned(open_page):
    app = opened(open_page, density_in_space="true", density_type="SER")
    names = [trace["name"] for trace in traces(app, ATOMS)]
    assert {"true atom (6)", "recovered (5)"} <= set(names)
    assert all(trace["type"] == "scatter3d" for trace in traces(app, ATOMS))


def test_gaps_and_atoms_out_of_sight_are_warned_of_beside_the_controls(open_page):
    app = opened(open_page, density_r_max="4.0", density_width="0.1", density_shells="8")
    said = "\n".join(m.value for m in app.sidebar.markdown)
    assert "Shells lie 0.5 Å apart: σ leaves gaps" in said
    assert "more than three σ from every shell" in said
    assert "warning" not in "\n".join(m.value for m in open_page(PAGE).sidebar.markdown)


def test_glycine_has_no_side_chain_and_says_so_by_a_dash(open_page, metric):
    app = opened(open_page, density_type="GLY")
    assert metric(app, "RMSD, side chain") == "–"
    assert metric(app, "Atoms found") == "3 of 3"


@pytest.mark.parametrize("view", ["residue", "slots", "sweep"])
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"density_structures": "/nowhere"}, "structures: expected a folder that is there"),
        ({"density_seed": "-1"}, "seed: expected 0 or more, came -1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(open_page, view, query, says):
    app = opened(open_page, view, **query)
    assert [says in error for error in errors(app)] == [True]


def test_an_outer_radius_below_the_first_atoms_is_refused_in_words(open_page):
    query = {"density_r_max": "1.0", "density_width": "0.05", "density_each": "1"}
    for view in ("residue", "slots"):
        (error,) = errors(opened(open_page, view, **query))
        assert "r_max: expected shells that see an atom; the first is at 1.4" in error


# A folder of structures


def test_structures_of_a_folder_take_the_place_of_the_synthetic_residues(
    open_page, metric, tmp_path: Path
):
    write(chain_of(LETTERS), tmp_path / "one.cif")
    folder = str(tmp_path)
    app = opened(open_page, density_structures=folder)
    assert metric(app, "Atoms found") == "13 of 13"
    assert "1 of 1, one A 18" in text_of(app)
    assert "20 real ones of 1 files" in text_of(app)
    app = opened(open_page, density_structures=folder, density_which="2")
    assert "TRP: expected 1 to 1, residues of this type, came 2" in errors(app)[0]
    other = tmp_path / "other"
    write(chain_of("AG"), other.with_suffix(".pdb"))
    other.mkdir()
    shutil.move(other.with_suffix(".pdb"), other)
    app = opened(open_page, density_structures=str(other))
    assert "TRP: expected another type" in errors(app)[0]
    (other / "other.pdb").write_text("nothing\n")
    app = opened(open_page, density_structures=str(other))
    assert "expected structures with complete residues" in errors(app)[0]


# All slots


def test_slots_are_scored_with_numbers_known_and_unknown_beside_the_note(
    open_page, metric, decode, sample
):
    app = opened(open_page, "slots", density_each="1", density_tau="0.2")
    options = LimitOptions(tau=0.2)
    known = scored(sample, 1, options)
    unknown = scored(sample, 1, replace(options, knows_counts=False))
    rows = sample.some(1)
    mean = score_constant(sample.slot_mean, sample.coord[rows], sample.type[rows])
    assert metric(app, "Side chain, known") == angstrom(known.side_chain)
    assert metric(app, "Side chain, unknown") == angstrom(unknown.side_chain)
    assert metric(app, "The note's v5") == "2.21 Å"
    assert metric(app, "Mean of the slot") == f"{mean.side_chain:.2f} Å"
    drawn = {trace["name"]: trace for trace in traces(app, "RMSD by slot")[:4]}
    assert decode(drawn["recovered, numbers known"]["y"]) == pytest.approx(known.rmsd, nan_ok=True)
    assert decode(drawn["mean of the slot"]["y"]) == pytest.approx(mean.rmsd)
    assert decode(drawn["the note's v5"]["y"])[[4, 11]].tolist() == [0.34, 5.07]
    below = traces(app, "RMSD by slot")[4:]
    assert decode(below[0]["y"]) == pytest.approx(100 * unknown.lost, nan_ok=True)


# One option varied


def test_a_sweep_measures_every_value_and_marks_the_present_one(open_page, metric, decode, sample):
    app = opened(open_page, "sweep", density_against=SWEEPS["r_max_angstrom"].label,
                 density_sweep_each="1", density_r_max="6.5")  # fmt: skip
    drawn = {trace["name"]: trace for trace in traces(app, "Overall and side-chain RMSD")}
    x = decode(drawn["side chain"]["x"]).tolist()
    assert x == [2, 3, 4, 5, 6, 6.5, 7, 8, 10, 12]
    small = scored(sample, 1, LimitOptions(r_max_angstrom=3.0))
    assert decode(drawn["side chain"]["y"])[1] == pytest.approx(small.side_chain)
    assert decode(drawn["not found"]["y"])[1] == pytest.approx(100 * small.all_lost)
    now = scored(sample, 1, LimitOptions(r_max_angstrom=6.5))
    assert metric(app, "Side chain, now") == angstrom(now.side_chain)
    app.selectbox(key="density_against").set_value("noise").run()
    assert not app.exception
    drawn = {trace["name"]: trace for trace in traces(app, "Overall and side-chain RMSD")}
    assert decode(drawn["overall"]["x"]).max() == 100.0


# The note's failure repeated


@pytest.fixture(scope="module")
def trained_outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("outputs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(home))
        folders = preset_runs(SIDE_CHAIN, small(), "outputs")
        assert {run_folder(folder) for folder in folders} == {"finished"}
    return home


@pytest.fixture
def outputs(trained_outputs: Path, tmp_path: Path, monkeypatch, no_samples) -> dict[str, Path]:
    """Open the page on a copy of the runs, by output."""
    home = shutil.copytree(trained_outputs, tmp_path / "copy")
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(home))
    folders = [path for path in runs_home().iterdir() if path.is_dir()]
    return {str(read_config(folder).config["output"]): folder for folder in folders}


def test_before_any_run_the_note_stands_alone(open_page, no_samples):
    app = opened(open_page, "repeat")
    assert "Nothing was trained yet" in text_of(app)
    assert {t["name"] for t in traces(app, "RMSD by slot")} == {"the note's v4", "the note's v5"}
    assert table(app, "Side")["Side"].tolist() == [2.21, 2.21]


def test_the_outputs_lie_over_the_note_with_their_baselines(open_page, outputs, metric, decode):
    app = opened(open_page, "repeat")
    arrays = read_arrays(outputs["tanh"], BY_SLOT, 24)
    drawn = {trace["name"]: trace for trace in traces(app, "RMSD by slot")}
    assert decode(drawn["bare tanh"]["y"]) == pytest.approx(arrays["rmsd"], nan_ok=True)
    assert decode(drawn["clamped to ±1 Å"]["y"]) == pytest.approx(arrays["clamped"], nan_ok=True)
    assert list(drawn) == ["mean of the slot", "clamped to ±1 Å", "the note's v4",
                           "the note's v5", "bare tanh", "8 × tanh", "linear"]  # fmt: skip
    shown = table(app, "Side").set_index("RMSD, Å")
    assert len(shown) == 7
    assert shown.loc["bare tanh", "CB"] == pytest.approx(arrays["rmsd"][4])
    reached = shown.loc["linear", "Side"]
    assert metric(app, "Side chain, linear") == f"{reached:.2f} Å"
    said = text_of(app)
    assert "It does not say what the code of that run was." in said
    assert "100 ideal residues of the component dictionary" in said
    assert "All 3 runs have finished." in said


def test_runs_under_way_are_followed_and_no_verdict_is_said_of_them(open_page, outputs):
    for output, state in (("tanh", "running"), ("tanh8", "queued"), ("linear", "queued")):
        put_to_work(outputs[output], state, step=12)
    app = opened(open_page, "repeat")
    assert [line["Output"] for line in standing(app)] == ["bare tanh", "8 × tanh", "linear"]
    assert "It does not say what the code" not in text_of(app)
    assert app.get("progress")[0].proto.text.startswith("0 of 3 runs have finished; bare tanh is")
    assert app.button(key="stop-all")


def test_a_damaged_run_is_named_and_the_others_stand(open_page, outputs):
    (path,) = [p for p in (outputs["tanh8"] / "arrays").glob("*") if p.stem.endswith("24")
               and BY_SLOT in p.stem]  # fmt: skip
    path.write_bytes(b"")
    put(outputs["linear"], state="failed", message="the disk is full.")
    app = opened(open_page, "repeat")
    assert any("breaks off or cannot be read" in error for error in errors(app))
    assert "8 × tanh" not in {trace["name"] for trace in traces(app, "RMSD by slot")}
    assert "the disk is full. Left out." in {line["Message"] for line in standing(app)}


def test_the_button_starts_the_three_outputs_as_asked(open_page, monkeypatch, no_samples):
    started: list[Path] = []
    monkeypatch.setattr(together, "launch", started.append)
    app = opened(open_page, "repeat")
    app.number_input(key="density_steps").set_value(700)
    app.number_input(key="density_residues").set_value(3000)
    app.number_input(key="density_run_seed").set_value(4)
    app.button(key="train-outputs").click().run()
    assert not app.exception
    assert not app.error
    configs = [read_config(folder).config for folder in started]
    assert [config["output"] for config in configs] == ["tanh", "tanh8", "linear"]
    assert {(c["steps"], c["residues"], c["seed"]) for c in configs} == {(700, 3000, 4)}
    assert len({read_meta(folder).group for folder in started}) == 1
    assert [line["Output"] for line in standing(app)] == ["bare tanh", "8 × tanh", "linear"]
    app.number_input(key="density_steps").set_value(0)
    app.button(key="train-outputs").click().run()
    assert "steps: expected 1 to" in errors(app)[0]
    assert len(started) == 3


def test_every_control_can_be_reset():
    assert len({control.key for control in SETTINGS}) == len(SETTINGS)
