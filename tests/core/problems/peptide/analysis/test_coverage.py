import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import auc, average_precision_score

from core.problems.peptide.analysis.coverage import (
    compare_answers,
    precision_coverage,
    score_answers,
    summarise_answers,
    surest,
)
from core.problems.peptide.mass_matching import (
    Agreement,
    casanovo,
    match_masses,
    match_residues,
)
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.reading.answer_places import answers_by_spectrum
from core.problems.peptide.reading.answers import Answer, read_answers
from core.problems.peptide.reading.labels import attach_labels, read_labels
from core.problems.peptide.residues import RESIDUE_MASS_DA, RESIDUES
from core.problems.peptide.spectra import read_spectra

SEQUENCE = st.text(RESIDUES, min_size=1, max_size=8)


def answer(text: str, score: float = 1.0) -> Answer:
    return Answer("s", parse_peptide(text), score, 1)


@given(st.lists(st.tuples(SEQUENCE, SEQUENCE), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_of_plain_peptides_the_scores_are_those_that_training_reports(pairs):
    truth = [Peptide(label) for label, _ in pairs]
    found = score_answers(truth, [answer(text) for _, text in pairs])
    reported = casanovo([text for _, text in pairs], [label for label, _ in pairs])
    assert found.residue_precision == pytest.approx(reported["residue_precision"])
    assert found.residue_recall == pytest.approx(reported["residue_recall"])
    assert found.peptide_precision == pytest.approx(reported["peptide_precision"])


@given(SEQUENCE, SEQUENCE)
def test_residues_are_matched_by_their_masses(one, other):
    masses = [[RESIDUE_MASS_DA[letter] for letter in text] for text in (one, other)]
    assert match_masses(*masses).tolist() == match_residues(one, other).tolist()


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=20
    ),
    st.integers(0, 5),
)
def test_the_curve_is_that_of_a_plain_loop(rows, unanswered):
    score = np.array([row[0] for row in rows], float)
    right = np.array([row[1] for row in rows])
    said = right + np.array([row[2] for row in rows]) + 1
    spectra = len(rows) + unanswered
    curve = precision_coverage(score, right, said, spectra)
    for at, lowest in enumerate(sorted(set(score.tolist()), reverse=True)):
        chosen = score >= lowest
        assert curve.score[at] == lowest
        assert curve.coverage[at] == pytest.approx(chosen.sum() / spectra)
        assert curve.precision[at] == pytest.approx(right[chosen].sum() / said[chosen].sum())
    ends = np.append(0.0, curve.coverage), np.append(curve.precision[0], curve.precision)
    assert curve.area == pytest.approx(auc(*ends))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=25))
def test_the_average_is_the_average_precision_of_scikit_learn(rows):
    score, right = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    ones = np.ones(len(rows), int)
    found = precision_coverage(score, right.astype(int), ones, len(rows) + 3)
    if right.any():
        assert found.average == pytest.approx(average_precision_score(right, score))
    else:
        assert math.isnan(found.average)


@given(
    st.lists(st.tuples(SEQUENCE, SEQUENCE, st.integers(0, 4)), min_size=1, max_size=10),
    st.sampled_from([0.0, 0.2, 1 / 3, 0.5, 0.9, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_the_surest_are_those_of_a_plain_loop(rows, coverage):
    truth = [Peptide(label) for label, _, _ in rows]
    answers = [answer(text, float(score)) for _, text, score in rows]
    kept: list[int] = []
    for lowest in sorted({one.score for one in answers}, reverse=True):
        group = [k for k, one in enumerate(answers) if one.score == lowest]
        if len(kept) + len(group) > coverage * len(rows) + 1e-9:
            break
        kept += group
    found = summarise_answers(surest(compare_answers(truth, answers), coverage))
    chosen = [one if k in kept else None for k, one in enumerate(answers)]
    expected = score_answers(truth, chosen)
    assert found.answered == len(kept)
    for name in ("peptide_precision", "residue_precision", "residue_recall", "peptide_recall"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), nan_ok=True)


def test_answers_without_a_score_stay_or_go_together():
    truth = [Peptide("GAK")] * 4
    compared = compare_answers(truth, [answer("GAK", -math.inf)] * 3 + [None])
    assert [len(surest(compared, share).score) for share in (0.5, 0.75, 1.0)] == [0, 3, 3]


def test_modifications_count_by_their_mass_and_isoleucine_is_leucine():
    truth = [
        parse_peptide(text) for text in ("GM[Oxidation]K", "GM[Oxidation]K", "GIK", "[Acetyl]-GAK")
    ]
    answers = [answer(text) for text in ("GFK", "GMK", "GLK", "[+42.01]-GAK")]
    # Oxidised methionine weighs what phenylalanine weighs to 0.03 Da.
    assert compare_answers(truth, answers).whole.tolist() == [True, False, True, True]
    assert score_answers(truth, answers).residue_precision == pytest.approx(11 / 12)
    strict = compare_answers(truth, answers, Agreement(residue_da=0.02))
    assert strict.whole.tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("label", "text", "agreed"),
    [("PELIK", "PEILK", 3), ("PELIK", "PELIK", 5), ("GGLK", "NIK", 1), ("NIK", "GGIK", 2)],
)
def test_isoleucine_and_leucine_can_be_told_apart(label, text, agreed):
    told = compare_answers([Peptide(label)], [answer(text)], Agreement(tells_isoleucine=True))
    assert told.agreed.tolist() == [agreed]
    assert told.whole.tolist() == [label == text]


def test_spectra_without_an_answer_cost_recall_and_coverage_but_not_precision():
    truth = [Peptide("GAK"), Peptide("GAK"), None, Peptide("SSSS")]
    answers = [answer("GAK", 0.9), None, answer("GAK", 1.0), answer("SSAA", -math.inf)]
    found = score_answers(truth, answers)
    assert (found.spectra, found.answered, found.unlabelled) == (3, 2, 1)
    assert found.peptide_precision == 0.5
    assert found.peptide_recall == pytest.approx(1 / 3)
    assert found.residue_precision == pytest.approx(5 / 7)
    assert found.residue_recall == pytest.approx(5 / 10)
    assert found.peptides.coverage.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found.peptides.precision.tolist() == [1.0, 0.5]
    compared = compare_answers(truth, answers)
    assert (compared.place.tolist(), compared.whole.tolist()) == ([0, 3], [True, False])


@pytest.mark.parametrize(
    ("truth", "answers"), [([], []), ([Peptide("GAK")], [None]), ([None], [None])]
)
def test_without_an_answer_there_is_no_precision_and_no_curve(truth, answers):
    found = score_answers(truth, answers)
    assert math.isnan(found.peptide_precision)
    assert math.isnan(found.residue_precision)
    assert len(found.peptides.score) == len(found.residues.score) == 0
    assert found.peptides.area == 0.0


def test_the_labels_of_real_spectra_written_as_mztab_are_all_right(shared_data):
    folder = shared_data / "spectra" / "massivekb_500"
    if not folder.is_dir():
        pytest.skip("shared/data/spectra is absent: the real files stand beside the project")
    spectra = read_spectra(folder / "massivekb_selected_500.mgf", name="spectra")
    labels = read_labels(folder / "massivekb_selected_500.peprec", name="labels")
    labelled = attach_labels(spectra, labels)
    truth = [spectrum.peptide for spectrum in labelled.spectra]
    rows = "".join(
        f"PSM\t{label}\t{1 / (at + 1)}\tms_run[1]:index={at}\n" for at, label in enumerate(truth)
    )
    text = f"PSH\tsequence\tsearch_engine_score[1]\tspectra_ref\n{rows}"
    placed = answers_by_spectrum(labelled, read_answers(io.BytesIO(text.encode()), name="a"))
    found = score_answers(truth, placed.answers)
    assert not placed.problems
    assert found.answered == found.spectra == 500
    assert found.peptide_precision == found.residue_recall == found.peptides.area == 1.0
