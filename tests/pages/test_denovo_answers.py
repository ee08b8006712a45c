"""Answers of de novo tools on the spectra page: uploaded, or made by losses that choose."""

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score

from core.problems.peptide.data import load_sample
from core.problems.peptide.decoys import make_decoys
from core.problems.peptide.peptides import Peptide
from pages.ui.spectra.answer_uploads import UPLOADER, tool_name
from tests.pages.reading import alts, table, text_of

VIEW = "De novo answers"
SPECTRA = load_sample().spectra
# Every third answer is wrong; the score of right ones is higher on the whole.
WRONG = [place % 3 == 0 for place in range(len(SPECTRA))]
SCORE = [(0.3 if wrong else 0.6) + 0.37 * (k * 7 % 60) / 60 for k, wrong in enumerate(WRONG)]


def wrong_of(peptide: Peptide) -> Peptide:
    decoy = make_decoys(peptide, seed=3)["random"].peptide
    assert decoy is not None
    return decoy


def mztab(places: Sequence[int]) -> bytes:
    text = "PSH\tsequence\tsearch_engine_score[1]\tspectra_ref\n"
    for place in places:
        label = SPECTRA[place].peptide
        answer = wrong_of(label) if WRONG[place] else label
        text += f"PSM\t{answer}\t{SCORE[place]}\tms_run[1]:index={place}\n"
    return text.encode()


def upload(app, *files: tuple[str, bytes]):
    shown = [(name, content, "text/plain") for name, content in files]
    return app.file_uploader(key=UPLOADER).set_value(shown).run()


def test_without_files_losses_choose_and_nobody_takes_them_for_tools(open_page, trace, decode):
    app = open_page("spectra", view=VIEW)
    assert not app.exception
    assert "No tool has run" in text_of(app)
    assert "Made-up answers" in text_of(app)
    assert "labels: Synthetic sample" in text_of(app).replace("\\", "")
    found = table(app, "Matched").set_index("Tool")
    assert found.loc["nearest peak", "Matched"] == "60 of 60"
    line = trace(app, "Precision over coverage", "Gaussian cosine")
    last = decode(line["y"])[-1]
    assert last == pytest.approx(found.loc["Gaussian cosine", "Peptide"])


def test_the_losses_that_choose_follow_the_sliders_of_the_page(open_page):
    near, wide = (
        table(open_page("spectra", view=VIEW, sigma=sigma), "Matched").set_index("Tool")
        for sigma in ("0.05", "2.0")
    )
    assert near.loc["Gaussian cosine", "Peptide"] > wide.loc["Gaussian cosine", "Peptide"]
    assert near.loc["nearest peak", "Peptide"] == wide.loc["nearest peak", "Peptide"]


def test_an_uploaded_tool_is_scored_and_what_is_missing_is_said(open_page, trace, decode):
    app = open_page("spectra")
    answered = [place for place in range(len(SPECTRA)) if place != 5]
    strange = b"PSM\tGAK\t0.9\tms_run[1]:index=60\nPSM\tGAXK\t0.9\tms_run[1]:index=5\n"
    upload(app, ("mine.mztab", mztab(answered) + strange))
    assert not app.exception
    assert "No tool has run" not in text_of(app)  # the view has opened by itself
    (row,) = table(app, "Matched").to_dict("records")
    right = np.array([not WRONG[place] for place in answered])
    score = np.array([SCORE[place] for place in answered])
    order = np.argsort(-score)
    precision = right[order].cumsum() / np.arange(1, len(order) + 1)
    coverage = np.arange(1, len(order) + 1) / len(SPECTRA)
    area = auc(np.append(0, coverage), np.append(precision[0], precision))
    assert (row["Tool"], row["Matched"], row["Unmatched"]) == ("mine", "59 of 60", 2)
    assert row["AP"] == pytest.approx(average_precision_score(right, score))
    assert row["Area"] == pytest.approx(area)
    assert row["Peptide"] == pytest.approx(100 * right.mean())
    assert row["Peptide 50 %"] == pytest.approx(100 * precision[29])
    assert row["Score from"] == pytest.approx(score[order][29])
    line = trace(app, "Precision over coverage", "mine")
    np.testing.assert_allclose(decode(line["y"])[1:], 100 * precision)
    assert any(f"mine {area:.3f}" in alt for alt in alts(app))
    why = table(app, "Why").set_index("Spectrum")["Why"]
    assert "place 60 of a file of 60 spectra" in why["ms_run[1]:index=60"]
    assert "'X'" in why["ms_run[1]:index=5"]


def test_coverage_tolerance_and_the_convention_move_the_table(open_page):
    app = open_page("spectra", view=VIEW)
    plain = [spectrum for spectrum in SPECTRA if "L" in str(spectrum.peptide)]
    rows = "".join(
        f"{one.spectrum_id},{str(one.peptide).replace('L', 'I')},{place}\n"
        for place, one in enumerate(plain)
    )
    upload(app, ("il.csv", f"title,peptide,score\n{rows}".encode()))
    assert table(app, "Matched")["Peptide"].tolist() == [100.0]
    app.slider(key="coverage").set_value(20).run()
    assert table(app, "Matched")["Recall 20 %"][0] < table(app, "Matched")["Recall"][0]
    app.segmented_control(key="isoleucine").set_value("two").run()
    assert table(app, "Matched")["Peptide"].tolist() == [0.0]
    assert "I and L told apart" in text_of(app)
    app.select_slider(key="residue_tolerance").set_value(0.02).run()
    assert "residues within 0.02 Da" in text_of(app)


def test_a_file_with_labels_of_its_own_needs_no_spectra(open_page):
    app = open_page("spectra", view=VIEW)
    own = b"spectrum_id,targets,predictions,log_probs\nx:1,GAK,GAK,-0.1\nx:2,PEK,PAK,-0.2\n"
    upload(app, ("instanovo.csv", own), ("mine.mztab", mztab([0, 1])))
    assert "labels: its own file; of mine: Synthetic sample" in text_of(app).replace("\\", "")
    found = table(app, "Matched").set_index("Tool")
    assert found["Matched"].to_dict() == {"instanovo": "2 of 2", "mine": "2 of 60"}
    assert found.loc["instanovo", "Peptide"] == 50.0


def test_files_that_cannot_be_used_cost_themselves_only_and_are_forgotten(open_page):
    app = open_page("spectra", view=VIEW)
    names = ("bad.csv", "empty.csv", "binary.csv")
    noise = np.random.default_rng(6).bytes(5_000)  # with a carriage return in its first line
    upload(app, ("bad.csv", b"a,b\n1,2\n"), ("good.mztab", mztab([0])), ("empty.csv", b""),
           ("binary.csv", noise))  # fmt: skip
    assert not app.exception
    assert tuple(next(w for w in names if w in e.value) for e in app.error) == names
    assert table(app, "Matched")["Tool"].tolist() == ["good"]
    upload(app)
    assert not app.error
    assert "No tool has run" in text_of(app)


def test_answers_to_other_spectra_are_doubted(open_page):
    app = open_page("spectra", view=VIEW)
    upload(app, ("far.csv", b"title,peptide,score\nnowhere,GAK,1\n"))
    assert "no answer names a spectrum" in app.warning[0].value
    assert table(app, "Matched")["Matched"].tolist() == ["0 of 60"]
    rows = "".join(f"{one.spectrum_id},GAK,1\n" for one in SPECTRA[:12])
    upload(app, ("near_b*.csv", f"title,peptide,score\n{rows}".encode()))
    assert r"near\_b\*:** 0 % of its answers have the mass" in app.warning[0].value


def test_answers_stay_while_another_page_is_open(open_page):
    app = upload(open_page("spectra", view=VIEW), ("mine.mztab", mztab([0, 1])))
    app.switch_page("pages/loss_balance.py").run()
    app.switch_page("pages/spectra.py").run()
    assert table(app, "Matched")["Tool"].tolist() == ["mine"]
    app.button(key="forget-answers").click().run()
    assert "No tool has run" in text_of(app)


def test_two_files_of_one_name_are_two_tools():
    assert tool_name("a.mztab", set()) == "a"
    assert tool_name("b/a.csv", {"a", "a (2)"}) == "a (3)"
    assert len(tool_name("x" * 300, set())) == 24
    assert tool_name(".csv", set()) == ".csv"
