"""The page per_atom_rmsd: each view, its numbers against the core, and what it refuses."""

import io

import numpy as np
import pytest

from core.datasets.pdb import BASE_VARIABLE
from core.problems.sidechain.diffusion.tables import BONDS, RINGS
from core.problems.sidechain.reported.tables import note_tables
from core.problems.sidechain.versions.compare import compare_versions
from core.problems.sidechain.versions.version import reported_version
from core.runs.folder import SAMPLE_RUNS
from core.runs.reader import read_arrays, read_history
from pages.ui.rmsd.views import VIEWS
from tests.core.datasets.serving import serving
from tests.core.problems.sidechain.ideal import sample
from tests.core.problems.sidechain.made import chain_of, write
from tests.pages.reading import alts, errors, table, text_of, traces

PAGE = "per_atom_rmsd"
LABELS = [label for label, _ in VIEWS.values()]
SLOTS = "Clamped to ±1 Å"


def upload(app, name: str, content: bytes):
    """Give a prediction to its uploader."""
    app.file_uploader(key="upload-predicted").upload(name, content)
    return app.run()


def test_the_first_view_is_the_notes_tables_with_baselines_and_settings(open_page, metric):
    app = open_page(PAGE)
    found = compare_versions(*(reported_version(t) for t in note_tables()))
    shown = table(app, SLOTS)
    assert shown["note v4"].tolist()[:14] == note_tables()[0].rmsd.tolist()
    assert shown["note v5"].tolist()[:14] == note_tables()[1].rmsd.tolist()
    assert set(shown["Verdict"]) == {"within rounding"}
    for name, column in (("clamped", "Clamped to ±1 Å"), ("origin", "All at CA")):
        expected = [round(line.constants[name], 2) for line in (*found.slots, *found.totals)]
        assert shown[column].tolist() == pytest.approx(expected)
    assert metric(app, "RMSD, overall") == "1.65 Å"
    assert "Changed between the two: type" in text_of(app)
    assert metric(app, "Clamped to ±1 Å") == "2.16 Å"
    drawn = {t["name"] for t in traces(app, "RMSD in angstrom over the 14 slots")}
    assert {"note v4", "note v5", "Clamped to ±1 Å", "Mean of the slot"} <= drawn


def test_the_notes_change_gets_its_findings_and_its_settings(open_page):
    app = open_page(PAGE, view="Findings")
    said = text_of(app)
    for rule in ("R-42", "R-43", "R-44", "R-46", "R-49"):
        assert rule in said
    settings = table(app, "Setting")
    assert settings["Setting"].tolist()[:3] == [
        "type_loss_weight", "atom_loss_weight", "sh_tau_threshold",
    ]  # fmt: skip


def test_runs_that_differ_in_one_option_say_which(open_page):
    app = open_page(PAGE, view="Findings")
    names = app.selectbox(key="after").options
    bare, linear = (next(n for n in names if f"{end} ·" in n) for end in (" tanh", " linear"))
    app.selectbox(key="before").select(bare)
    app.selectbox(key="after").select(linear).run()
    assert table(app, "Setting")["Setting"].tolist() == ["output"]


@pytest.mark.parametrize("label", LABELS)
def test_every_view_shows_something_at_once(open_page, label):
    app = open_page(PAGE, view=label)
    assert not app.exception
    assert not app.error
    assert alts(app)
    if label in ("Residue types", "Distance", "Worst residues"):
        assert "Shown instead" in text_of(app)


def test_a_sample_run_of_the_bare_tanh_lies_on_the_notes_table(open_page):
    app = open_page(PAGE)
    names = app.selectbox(key="after").options
    bare = next(name for name in names if "tanh ·" in name)
    app.selectbox(key="after").select(bare).run()
    shown = table(app, SLOTS)
    assert set(shown["Verdict"]) == {"other residues"}
    note, ours = (shown[name].to_numpy()[14:] for name in ("note v4", bare))
    assert np.abs(note - ours).max() < 0.05  # overall, side chain, without CB, backbone
    assert "synthetic" in text_of(app)


def test_generated_rings_stand_beside_real_ones_and_the_notes_figure(open_page, metric):
    app = open_page(PAGE, view="R3 diffusion")
    folder = next(SAMPLE_RUNS.glob("sidechain_diffusion-*"))
    step = read_history(folder).recorded[RINGS][-1]
    rings, bonds = (read_arrays(folder, name, step) for name in (RINGS, BONDS))
    assert rings["ring"][-1] == bonds["type"][-1] == "all"
    assert metric(app, "Flat rings, sampled") == f"{100 * rings['sampled_flat'][-1, 0]:.1f} %"
    assert metric(app, "Bond error, sampled") == f"{bonds['sampled_value'][-1]:.4f} Å"
    assert metric(app, "The note") == "97.2 %"
    assert "synthetic" in text_of(app)
    assert len(alts(app)) == 3


def test_a_native_entry_is_fetched_from_the_archive(open_page, tmp_path, monkeypatch):
    served = tmp_path / "served"
    served.mkdir()
    write(chain_of("AWKEFRLMNQ"), served / "1ABC.cif.gz")
    pred = write(chain_of("AWKEFRLMNQ"), tmp_path / "pred.pdb")
    with serving(served) as address:
        monkeypatch.setenv(BASE_VARIABLE, address)
        app = open_page(PAGE, native_ids="1abc")
        upload(app, "pred.pdb", pred.read_bytes())
        assert not app.error
        app.selectbox(key="after").select("own pred.pdb").run()
        assert table(app, SLOTS)["own pred.pdb"].tolist()[0] == pytest.approx(0, abs=1e-3)
        app.text_input(key="native_ids").set_value("9ZZZ").run()
        assert app.selectbox(key="after").value == "note v5"  # what cannot be read is not chosen
        assert "9ZZZ" in errors(app)[0].upper()


def add_native(app, tmp_path):
    """Give a native chain to its uploader."""
    native = write(chain_of("AWKEFRLMNQ"), tmp_path / "native.pdb").read_bytes()
    app.file_uploader(key="upload-native").upload("native.pdb", native)
    return app


def test_an_upload_waits_for_its_native_is_chosen_when_read_and_gone_when_removed(
    open_page, tmp_path
):
    app = open_page(PAGE)
    upload(app, "pred.pdb", write(chain_of("AWKEFRLMNQ"), tmp_path / "pred.pdb").read_bytes())
    assert not app.error
    assert "1 native structure is still missing" in app.info[0].value
    add_native(app, tmp_path).run()
    assert not app.info
    assert app.selectbox(key="after").value == "own pred.pdb"
    assert "**own pred.pdb**, 10 residues" in text_of(app)
    app.file_uploader(key="upload-predicted").set_value([]).run()
    assert "own pred.pdb" not in app.selectbox(key="after").options
    assert app.selectbox(key="after").value == "note v5"
    assert "own pred.pdb" not in text_of(app)


def test_what_was_read_stays_behind_another_view_until_it_is_forgotten(open_page, tmp_path):
    app = add_native(open_page(PAGE), tmp_path)
    upload(app, "pred.pdb", write(chain_of("AWKEFRLMNQ"), tmp_path / "pred.pdb").read_bytes())
    for view in ("packed", "slots"):  # the first has other uploaders
        app.segmented_control(key="view").set_value(view).run()
    assert app.selectbox(key="after").value == "own pred.pdb"
    app.button(key="forget-own").click().run()
    assert app.selectbox(key="after").value == "note v5"
    assert "own pred.pdb" not in app.selectbox(key="after").options
    assert not app.exception


def test_other_residues_and_four_slots_are_not_compared_with_a_whole_table(open_page, tmp_path):
    app = add_native(open_page(PAGE), tmp_path)
    whole = chain_of("AWKEFRLMNQ")
    bare = whole[np.isin(whole.atom_name, ["N", "CA", "C", "O"])]
    upload(app, "<b>_bare.pdb", write(bare, tmp_path / "bare.pdb").read_bytes())
    said = text_of(app)
    assert "4 of 14 slots; other residues: not comparable" in said
    assert "predicts 4 of the 14 slots" in said
    assert "means fitted on 23,054 real residues of public structures" in said
    drawn = {t["name"] for t in traces(app, "RMSD in angstrom over the 14 slots")}
    assert "own &lt;b&gt;_bare.pdb" in drawn
    app.segmented_control(key="view").set_value("findings").run()
    assert "**Other residues\\: not comparable**" in text_of(app)
    assert "told from noise" not in text_of(app)
    app.segmented_control(key="view").set_value("residues").run()
    app.segmented_control(key="cells").set_value("change")
    run = next(name for name in app.selectbox(key="before").options if " linear ·" in name)
    app.selectbox(key="before").select(run).run()
    assert app.info[0].value.startswith("Other residues: not comparable")


def test_what_reading_changed_is_said_below_the_table(open_page, tmp_path):
    app = add_native(open_page(PAGE), tmp_path)
    pred = chain_of("AWKEFRLMNQ")
    pred.res_name[pred.res_name == "MET"] = "MSE"
    upload(app, "mse.pdb", write(pred, tmp_path / "mse.pdb").read_bytes())
    assert "MSE as MET 1" in text_of(app)


def test_the_change_by_residue_type_parts_at_0(open_page):
    app = open_page(PAGE, view="Residue types")
    names = app.selectbox(key="after").options
    bare, linear = (next(n for n in names if f"{end} ·" in n) for end in (" tanh", " linear"))
    app.selectbox(key="before").select(bare)
    app.selectbox(key="after").select(linear)
    app.segmented_control(key="cells").set_value("change").run()
    (cells,) = (t for t in traces(app, "RMSD in angstrom of each slot") if t["type"] == "heatmap")
    assert cells["zmin"] == -cells["zmax"]
    assert cells["colorscale"][0][1] != cells["colorscale"][-1][1]
    assert "nearer to the truth" in text_of(app)


def test_own_table_arrays_and_what_is_refused(open_page):
    app = open_page(PAGE)
    rows = "".join(f"mine,{slot},1.5\n" for slot in range(14))
    upload(app, "mine.csv", f"version,slot,rmsd_angstrom\n{rows}".encode())
    assert "own table mine" in app.selectbox(key="after").options
    app.selectbox(key="after").select("own table mine").run()
    assert table(app, SLOTS)["own table mine"].tolist()[:14] == [1.5] * 14
    type = np.arange(20)
    native = sample(type)
    stream = io.BytesIO()
    np.savez(stream, coord=native + 0.1, native_coord=native, type=type)
    app = upload(open_page(PAGE), "pred.npz", stream.getvalue())
    assert "own pred.npz" in app.selectbox(key="after").options
    stream = io.BytesIO()
    np.savez(stream, coord=np.array([object()]), type=type)
    app = upload(open_page(PAGE), "bad.npz", stream.getvalue())
    assert len(app.error) == 1
    assert "bad.npz" in errors(app)[0]
    assert table(app, SLOTS)["note v4"].tolist()[:14] == note_tables()[0].rmsd.tolist()
