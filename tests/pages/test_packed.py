"""The view "After R3": the synthetic example first, then what was brought."""

import pytest
from streamlit.testing.v1 import AppTest

from core.problems.sidechain.packed.example import write_example
from core.problems.sidechain.packed.report import PackedFiles, report_packed
from pages.ui.rmsd.packed_uploads import BACKBONE, FASTA, MODELS, READ
from tests.pages.reading import errors, table, text_of, traces

SCRIPT = """
from core.figures.theme import PALETTES
from pages.ui.rmsd.packed import show_packed
show_packed(PALETTES["light"])
"""


def opened(report=None) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    if report is not None:
        app.session_state[READ] = report
    app.run()
    assert not app.exception
    return app


def values(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_first_view_says_what_to_bring_and_shows_an_example_that_is_called_synthetic():
    app = opened()
    assert "Bring packed models" in text_of(app)
    assert "Synthetic example" in text_of(app)
    shown = table(app, "Clash score")
    assert list(shown["Model"]) == [f"example_{x}" for x in (
        "sample_1", "sample_2", "sample_3", "packed_anew")]  # fmt: skip
    assert shown["Clash score"].argmax() == 1
    told = table(app, "Header is right")
    assert list(told["Header is right"].dropna()) == ["yes", "yes", "no"]
    assert values(app)["As designed"] == "4 of 4"
    (bars,) = traces(app, "Clash score of each packed model")
    assert list(bars["x"]) == list(shown["Model"])


def test_what_was_brought_stands_in_place_of_the_example_and_can_be_forgotten(tmp_path):
    files = write_example(tmp_path)
    broken = tmp_path / "broken_*one*.cif"
    broken.write_text("data_x\nloop_\n_atom_site.id\n1 2\n")
    report = report_packed(PackedFiles(None, files.fasta, (broken, *files.models[:2])))
    app = opened(report)
    assert "Synthetic example" not in text_of(app)
    assert values(app)["As designed"] == "2 of 2"
    shown = table(app, "Recovery %")
    assert shown["Recovery %"].isna().all()  # no backbone: absent, not 0
    assert values(app)["Recovery"] == values(app)["Backbone RMSD"] == "–"
    assert app.error[0].value.startswith(r"broken\_\*one\*.cif")
    app.button(key="forget-packed").click().run()
    assert "Synthetic example" in text_of(app)


def test_where_no_model_can_be_read_the_reason_stays(tmp_path):
    empty = tmp_path / "empty.pdb"
    empty.write_text("")
    app = opened(report_packed(PackedFiles(None, None, (empty,))))
    assert "No model could be read" in text_of(app)
    assert "an empty file" in errors(app)[0]


@pytest.mark.parametrize("letters", [(), ("FASTA",)])
def test_models_without_sequences_have_none(tmp_path, letters):
    files = write_example(tmp_path)
    fasta = files.fasta if letters else None
    app = opened(report_packed(PackedFiles(files.backbone, fasta, files.models)))
    assert values(app)["As designed"] == ("4 of 4" if letters else "–")
    if letters:
        assert table(app, "Found by")["Found by"].notna().all()
    else:
        assert not any("Found by" in t.value.columns for t in app.dataframe)


def test_uploads_are_measured_and_taken_back(tmp_path):
    files = write_example(tmp_path)
    app = opened()
    for path in (files.models[0], files.models[0]):  # two of one name
        app.file_uploader(key=MODELS).upload(path.name, path.read_bytes())
    app.run()
    names = list(table(app, "Clash score")["Model"])
    assert names == ["example_sample_1", "example_sample_1 (2)"]
    assert table(app, "Recovery %")["Recovery %"].isna().all()
    app.file_uploader(key=BACKBONE).upload(files.backbone.name, files.backbone.read_bytes())
    app.file_uploader(key=FASTA).upload("bad.fa", b"no header")
    app.run()
    assert table(app, "Recovery %")["Recovery %"].tolist() == pytest.approx([1600 / 36] * 2)
    assert "bad.fa, line 1" in errors(app)[0]
    app.file_uploader(key=FASTA).set_value((files.fasta.name, files.fasta.read_bytes(), "text"))
    app.run()
    assert not app.error
    assert values(app)["As designed"] == "2 of 2"
    app.file_uploader(key=MODELS).set_value(None)
    app.run()
    assert "Add packed models" in text_of(app)
