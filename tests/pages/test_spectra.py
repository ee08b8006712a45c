"""The spectra page: what its numbers do when a control moves."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.spectra import ReadResult
from pages.ui.spectra.loaded import LoadedSet, require_labels, sample_set
from tests.pages.reading import errors


def test_the_first_view_calls_its_data_synthetic(open_page):
    app = open_page("spectra")
    assert any("Synthetic sample" in element.proto.body for element in app.markdown) or any(
        "Synthetic" in str(badge) for badge in app.get("badge")
    )


def test_a_wide_sigma_lowers_the_loss_of_the_right_peptide(open_page, metric):
    narrow = float(metric(open_page("spectra", sigma="0.02"), "Gaussian cosine loss"))
    wide = float(metric(open_page("spectra", sigma="0.5"), "Gaussian cosine loss"))
    assert wide < narrow


def test_an_offset_of_one_dalton_matches_isotopes_not_ions(open_page, metric):
    here = int(metric(open_page("spectra"), "Peaks matched").split()[0])
    app = open_page("spectra", offset="0.5")
    assert int(metric(app, "Peaks matched").split()[0]) < here
    assert float(metric(app, "Gaussian cosine loss")) > 0.9


def test_no_match_has_no_median_and_says_what_to_do(open_page, metric):
    app = open_page("spectra", offset="0.5", tolerance="1.0")
    assert metric(app, "Median error") == "–"


def test_a_hesitant_model_costs_nearly_as_much_as_a_wrong_one(open_page, metric):
    app = open_page("spectra", p_right="0.9")
    assert float(metric(app, "Gaussian cosine loss")) > 0.9


def test_the_sidebar_warns_of_aliasing_only_where_it_happens(open_page):
    assert any("aliases" in m.value for m in open_page("spectra").sidebar.markdown)
    fine = open_page("spectra", bin="0.05")
    assert not any("aliases" in m.value for m in fine.sidebar.markdown)


def test_an_edited_peptide_is_scored(open_page, metric):
    before = metric(open_page("spectra"), "Gaussian cosine loss")
    app = open_page("spectra", peptide="PEPTIDEK")
    assert metric(app, "Gaussian cosine loss") != before


@pytest.mark.parametrize("bad", ["PEPTXDE", "PEP[", "K"])
def test_a_peptide_that_cannot_be_read_is_explained_and_the_label_kept(open_page, metric, bad):
    app = open_page("spectra", peptide=bad)
    assert len(app.error) == 1
    assert "expected" in errors(app)[0]
    assert metric(app, "Gaussian cosine loss") == metric(
        open_page("spectra"), "Gaussian cosine loss"
    )


@pytest.mark.parametrize("move", ["Substitute", "Swap", "Shuffle"])
def test_each_move_of_the_editor_changes_the_peptide(open_page, move):
    app = open_page("spectra")
    app.button(key=f"move-{move}").click().run()
    assert not app.exception
    assert app.text_input(key="peptide").value != ""


@pytest.mark.parametrize(
    "view", ["Certainty", "Grid", "Discrimination", "Length and noise", "Data check"]
)
def test_every_view_opens(open_page, view):
    app = open_page("spectra", view=view, sigma="0.5")
    assert not app.exception
    assert not app.error


def test_the_certainty_view_shows_the_expected_spectrum_fall(open_page, trace, decode):
    app = open_page("spectra", view="Certainty", sigma="0.2")
    loss = decode(trace(app, "Mean loss and AUC", "expected spectrum")["y"])
    assert (np.diff(loss) < 0).all()


def test_the_data_check_lists_the_planted_faults(open_page):
    app = open_page("spectra", view="Data check")
    table = next(t.value for t in app.dataframe if "Best explanation" in t.value.columns)
    assert len(table) == 6
    assert table["Best explanation"].str.contains("pyro-Glu").sum() == 4
    assert table["Best explanation"].str.contains("isotope").sum() == 2


def test_the_label_stays_the_right_one_beside_an_edited_peptide(open_page):
    app = open_page("spectra", peptide="WWWWWWWWK")
    table = app.dataframe[0].value
    assert table["Candidate"].tolist()[0] == "right"
    assert table["Candidate"].tolist()[-1] == "edited"
    assert table["Peaks"].tolist()[0] == "14 / 20"
    assert float(table["Gaussian"].iloc[-1]) > float(table["Gaussian"].iloc[0])


def test_two_spectra_of_one_peptide_have_names_of_their_own():
    spectrum = sample_set().spectra[0]
    loaded = LoadedSet("k", "twice", ReadResult((spectrum, spectrum), (), 2))
    assert len(set(loaded.names.values())) == 2


def test_spectra_without_a_label_are_refused_with_advice():
    unlabelled = replace(sample_set().spectra[0], peptide=None)
    with pytest.raises(InputError, match="Add the file of labels"):
        require_labels(LoadedSet("k", "bare.mgf", ReadResult((unlabelled,), (), 1)))
