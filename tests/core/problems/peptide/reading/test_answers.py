"""Answers as Casanovo, InstaNovo, DeepNovo and PEAKS write them; the rows are made up."""

import gzip
import io
import math
import re

import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.reading.answer_places import answers_by_label, answers_by_spectrum
from core.problems.peptide.reading.answers import Answers, parse_answer, read_answers
from core.problems.peptide.spectra import ReadResult, Spectrum

CASANOVO = (
    "MTD\tmzTab-version\t1.0.0\n"
    "MTD\tms_run[1]-location\tfile:///somewhere/my.mgf\n\n"
    "PSH\tsequence\tPSM_ID\tsearch_engine_score[1]\tcharge\tspectra_ref\topt_global_aa_scores\t"
    "opt_global_cv_MS:1003169_proforma_peptidoform_sequence\n"
    "PSM\tPEPTMDEK\t1\t0.97\t2.0\tms_run[1]:index=0\t0.9,0.9\tPEPTM[Oxidation]DEK\n"
    "PSM\tGASK\t2\t-0.18\t2.0\tms_run[1]:index=2\t0.6\t[Acetyl]-GASK\n"
    "PSM\tGAXK\t3\t0.5\t2.0\tms_run[1]:index=1\t0.6\tGAXK\n"
)


def read(text: str | bytes) -> Answers:
    content = text if isinstance(text, bytes) else text.encode()
    return read_answers(io.BytesIO(content), name="answers.mztab")


def told(answers: Answers) -> list[tuple[str, str, float]]:
    return [(one.spectrum, str(one.peptide), one.score) for one in answers.answers]


@pytest.mark.parametrize(
    "content", [CASANOVO.encode(), gzip.compress(CASANOVO.encode())], ids=["plain", "gzip"]
)
def test_the_psm_section_of_mztab_is_read_and_a_bad_row_costs_itself(content):
    answers = read(content)
    assert told(answers) == [
        ("ms_run[1]:index=0", "PEPTM[+15.99]DEK", 0.97),
        ("ms_run[1]:index=2", "[+42.01]-GASK", -0.18),
    ]
    assert answers.read == 3
    (found,) = answers.problems
    assert (found.line, found.spectrum_id) == (7, "ms_run[1]:index=1")
    assert "'X'" in found.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spectrum_id,sequence,predictions,log_probs\ns1,GAK,GAM[UNIMOD:35]K,-0.5\n",
         ("s1", "GAM[+15.99]K", -0.5)),
        ("Scan\tPeptide\tALC (%)\n17\tGAM(+15.99)K\t93\n", ("17", "GAM[+15.99]K", 93.0)),
        ("scan;predicted_sequence;predicted_score\n17;G,A,K;-1.5\n", ("17", "GAK", -1.5)),
        ('title,peptide,score\n"a, b",+42.011GAK,0.5\n', ("a, b", "[+42.01]-GAK", 0.5)),
        ("title,peptide\ns1,[UNIMOD:1]GAK/2\n", ("s1", "[+42.01]-GAK", -math.inf)),
    ],
)  # fmt: skip
def test_tables_of_other_tools_are_read(text, expected):
    assert told(read(text)) == [expected]


@pytest.mark.parametrize("text", ["PEPTIDE", "C[+57.02]K", "[+42.01]-GM[+15.99]K", "GAK-[-0.98]"])
def test_what_the_project_writes_is_read_back(text):
    assert parse_answer(text) == parse_peptide(text)


@pytest.mark.parametrize(
    ("text", "came"),
    [("a,b\n1,2\n", "a,b"), ("title,score\ns,1\n", "title,score"), ("\0\1", "binary data"),
     ("a,b\rc,d\n1,2\n", "a,b"), (np.random.default_rng(6).bytes(5_000), "binary data"),
     ("title,peptide,score\n", "none"), ("MTD\tmzTab-version\t1.0.0\n", "none")],
)  # fmt: skip
def test_what_holds_no_answers_is_refused(text, came):
    with pytest.raises(InputError) as caught:
        read(text)
    assert came in caught.value.came


@pytest.mark.parametrize(
    ("row", "came"),
    [("s,GAK,high", "'high'"), ("s,,1", "none"), ("null,GAK,1", "none"), ("s", "none"),
     ("s,GA[K,1", "GA[K"), ("s,GAK[Nonsense],1", "Nonsense")],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_left_out_and_said(row, came):
    answers = read(f"title,peptide,score\n{row}\ngood,GAK,1\n")
    assert told(answers) == [("good", "GAK", 1.0)]
    assert came in answers.problems[0].message
    assert answers.problems[0].line == 2


def test_the_right_peptide_beside_an_answer_is_its_label_even_where_the_answer_is_bad():
    answers = read(
        "spectrum_id,targets,predictions,log_probs\ns1,GAK,GAM,-0.5\ns2,PEK,,-1\ns3,nan,GAK,-2\n"
    )
    assert told(answers) == [("s1", "GAM", -0.5), ("s3", "GAK", -2.0)]
    assert {name: str(peptide) for name, peptide in answers.labels.items()} == {
        "s1": "GAK", "s2": "PEK",
    }  # fmt: skip
    placed = answers_by_label(answers)
    assert [answer and answer.spectrum for answer in placed.answers] == ["s1", None]
    assert (placed.lost, placed.problems[0].spectrum_id) == (1, "s3")


@pytest.mark.parametrize("text", [CASANOVO, "title,peptide,sequence\ns,GAK,GAM\n"])
def test_a_second_column_of_answers_is_no_label(text):
    assert not read(text).labels


def spectra(*names: str, read: int = 0) -> ReadResult:
    peaks = np.array([100.0])
    found = tuple(Spectrum(name, 300.0, 2, peaks, peaks, Peptide("GAK")) for name in names)
    return ReadResult(found, (), read or len(found))


def placed(result: ReadResult, *rows: tuple[str, float]) -> tuple[list[float | None], int]:
    text = "spec_id,peptide,score\n" + "".join(f"{name},GAK,{score}\n" for name, score in rows)
    found = answers_by_spectrum(result, read(text))
    assert found.lost == len(found.problems)
    return [answer.score if answer else None for answer in found.answers], found.lost


def test_answers_find_their_spectra_by_title_scan_and_place():
    result = spectra("first", "controllerType=0 scan=17", "third")
    rows = [("first", 1.0), ("17", 2.0), ("ms_run[1]:index=2", 3.0)]
    assert placed(result, *rows) == ([1.0, 2.0, 3.0], 0)
    assert placed(result, ("my experiment:17", 1.0), ("my:third", 1.0)) == ([None, 1.0, None], 1)
    assert placed(result, ("ms_run[1]:scan=17", 1.0), ("018", 2.0)) == ([None, 1.0, None], 1)
    assert placed(result, ("ms_run[2]:index=0", 1.0)) == ([None, None, None], 1)


def test_of_several_answers_the_surest_counts():
    assert placed(spectra("s"), ("s", 0.1), ("s", 0.9), ("s", 0.5)) == ([0.9], 0)
    rows = "spec_id,peptide,score\ns,GAK,1\ns,GAK,2\n"
    assert answers_by_spectrum(spectra("s"), read(rows)).further == 1


@pytest.mark.parametrize(
    ("name", "lost", "why"),
    [("elsewhere", 0, "none of that name"), ("ms_run[2]:index=0", 0, r"another file, ms_run\[2\]"),
     ("ms_run[1]:index=7", 0, "place 7 of a file of 2 spectra"),
     ("index=0", 1, "of which 1 spectra were left out")],
)  # fmt: skip
def test_an_answer_that_finds_no_spectrum_says_why(name, lost, why):
    result = spectra("a", "b", read=2 + lost)
    (found,) = answers_by_spectrum(result, read(f"spec_id,peptide\n{name},GAK\n")).problems
    assert re.search(why, found.message)
    assert (found.spectrum_id, found.line) == (name, 2)


def test_a_place_in_the_file_counts_only_where_every_spectrum_was_kept():
    result = spectra("a", "b", read=3)  # one was left out: which place is whose is not known
    assert placed(result, ("ms_run[1]:index=1", 1.0)) == ([None, None], 1)
