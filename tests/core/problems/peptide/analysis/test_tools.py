import io
import math
from dataclasses import replace

import numpy as np
import pytest

from core.problems.peptide.analysis.choosing import choose_candidates
from core.problems.peptide.analysis.coverage import compare_answers
from core.problems.peptide.analysis.discrimination import candidate_scores, candidate_set
from core.problems.peptide.analysis.tools import answer_rows, place_tool
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.data import load_sample
from core.problems.peptide.decoys import DECOYS, make_decoys
from core.problems.peptide.reading.answers import Answers, read_answers
from core.problems.peptide.spectra import ReadResult


@pytest.fixture(scope="module")
def sample() -> ReadResult:
    return load_sample()


def read(rows: str, header: str = "title,peptide,score") -> Answers:
    return read_answers(io.BytesIO(f"{header}\n{rows}".encode()), name="a.csv")


def test_every_answer_and_spectrum_that_is_not_scored_is_listed_with_its_reason(sample):
    spectra = (*sample.spectra[:3], replace(sample.spectra[3], peptide=None))
    result = ReadResult(spectra, (), 4)
    first, _, third, bare = (spectrum.spectrum_id for spectrum in spectra)
    label = spectra[0].peptide
    rows = f"{first},{label},0.9\n{first},GAK,0.1\n{third},GAXK,1\nnowhere,GAK,1\n{bare},GAK,1\n"
    tool = place_tool("mine", read(rows), result, "four spectra")
    assert (tool.unread, tool.placed.lost, tool.placed.further, tool.answered) == (1, 1, 1, 2)
    told = {(found.spectrum_id, found.line): found.message for found in tool.missed}
    # The third spectrum is named once: its row could not be read.
    assert list(told) == [(third, 4), ("nowhere", 5), (bare, 6), (spectra[1].spectrum_id, None)]
    assert "'X'" in told[third, 4]
    assert "with a label" in told[bare, 6]
    assert "counts against coverage" in told[spectra[1].spectrum_id, None]
    (row,) = answer_rows(tool, tool.compared())
    assert (row["spectrum"], row["right"], row["right residues"]) == (first, True, len(label))


def test_labels_of_the_own_file_count_only_where_no_spectrum_is_named(sample):
    header = "spectrum_id,targets,predictions,log_probs"
    foreign = place_tool("a", read("x,GAK,GAM,-1\ny,PEK,PEK,-2\n", header), sample, "sample")
    assert (foreign.labels, foreign.spectra) == ("its own file", ("x", "y"))
    assert foreign.compared().whole.tolist() == [False, True]
    assert math.isnan(foreign.fitting)
    known = sample.spectra[0].spectrum_id
    mixed = place_tool("a", read(f"x,GAK,GAM,-1\n{known},PEK,PEK,-2\n", header), sample, "sample")
    assert (mixed.labels, len(mixed.spectra), mixed.answered) == ("sample", len(sample.spectra), 1)


@pytest.mark.parametrize(("shift", "foreign"), [(0, False), (1, True)])
def test_answers_to_other_spectra_are_seen_by_their_masses(sample, shift, foreign):
    ids = [spectrum.spectrum_id for spectrum in sample.spectra]
    rows = "".join(
        f"{name},{sample.spectra[(at + shift) % len(ids)].peptide},1\n"
        for at, name in enumerate(ids)
    )
    tool = place_tool("mine", read(rows), sample, "sample")
    errors = [
        abs(spectrum.precursor_mz / answer.peptide.precursor_mz(spectrum.precursor_charge) - 1)
        for spectrum, answer in zip(sample.spectra, tool.placed.answers, strict=True)
        if answer
    ]
    assert tool.fitting == pytest.approx(sum(error <= 50e-6 for error in errors) / len(errors))
    assert tool.seems_foreign is foreign


def test_a_loss_answers_with_its_lowest_candidate_scored_by_its_lead(sample):
    candidates = candidate_set(sample.spectra, SpectrumOptions())
    scores = candidate_scores(candidates, "gaussian_cosine", SpectrumOptions())
    scores[0, :2] = -1.0  # two share the lowest loss
    found = choose_candidates(candidates, scores, "Gaussian")
    assert found.problems[0].spectrum_id == candidates.spectrum_ids[0]
    assert (found.read, found.source) == (len(candidates), "Gaussian")
    for answer in found.answers:
        row = candidates.spectrum_ids.index(answer.spectrum)
        low, next_low, *_ = sorted(value for value in scores[row] if not np.isnan(value))
        chosen = candidates.peptides[row].index(answer.peptide)
        assert scores[row, chosen] == low
        assert answer.score == pytest.approx(next_low - low)


def test_a_loss_that_sees_nothing_answers_nothing(sample):
    candidates = candidate_set(sample.spectra[:5], SpectrumOptions())
    found = choose_candidates(candidates, np.zeros((5, 1 + len(DECOYS))), "blind")
    assert (found.answers, len(found.problems)) == ((), 5)
    tool = place_tool("blind", found, sample, "sample")
    assert math.isnan(tool.fitting)
    assert compare_answers(tool.truth, tool.placed.answers).spectra == len(sample.spectra)


def test_a_decoy_is_a_wrong_answer(sample):
    spectrum = sample.spectra[0]
    decoy = make_decoys(spectrum.peptide, seed=0)["shuffled"].peptide
    tool = place_tool("mine", read(f"{spectrum.spectrum_id},{decoy},1\n"), sample, "sample")
    assert tool.compared().whole.tolist() == [False]


def test_a_bare_cysteine_where_the_label_has_a_modified_one_is_counted():
    header = "spectrum_id,targets,predictions,log_probs"
    rows = (
        "a,GAC[+57.021]K,GACK,-1\n"  # spelled alike but for the modification
        "b,LAC[+57.021]K,IACK,-1\n"
        "c,GAC[+57.021]K,GAC[+57.021]K,-1\n"
        "d,GACK,GACK,-1\n"
        "e,GAC[+57.021]K,AGCK,-1\n"  # another sequence
        "f,GAM[+15.995]K,GAMK,-1\n"  # another residue
    )
    tool = place_tool("a", read(rows, header), ReadResult((), (), 0), "none")
    assert tool.bare_cysteines == 2
    assert tool.compared().whole.tolist() == [False, False, True, True, False, False]
