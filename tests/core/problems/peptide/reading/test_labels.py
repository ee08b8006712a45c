import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.peptides import parse_peptide
from core.problems.peptide.reading.labels import Labels, attach_labels, read_labels
from core.problems.peptide.spectra import ReadResult, Spectrum, read_spectra

HEADER = "spec_id modifications peptide charge\n"


def read(text: str | bytes) -> Labels:
    data = text.encode() if isinstance(text, str) else text
    return read_labels(io.BytesIO(data), name="labels")


def spectra(*names: str, charge: int = 2) -> ReadResult:
    one = np.array([100.0])
    found = (Spectrum(name, 500.0, charge, one, one, source="a.mgf") for name in names)
    return ReadResult(tuple(found), (), len(names))


def test_peprec_rows_are_read():
    labels = read(
        HEADER
        + "a - PEPTIDE 2\n"
        + "b 0|Acetyl|3|Carbamidomethyl|-1|Oxidation AACDM 3\n"
        + "c 1|Pyro_glu QEPK 2\n"
    )
    assert (labels.read, len(labels.labels)) == (3, 3)
    assert labels.labels["a"].peptide == parse_peptide("PEPTIDE")
    assert labels.labels["b"].charge == 3
    assert [m.position for m in labels.labels["b"].peptide.modifications] == [0, 3, -1]
    assert labels.labels["c"].line == 4
    assert labels.labels["c"].peptide.modifications[0].name == "Glu->pyro-Glu"


def test_a_modification_where_it_does_not_belong_is_kept_and_noted():
    labels = read(HEADER + "c 1|Pyro_glu QEPK 2\n")
    (note,) = labels.problems
    assert note.kept
    assert str(note) == (
        "labels, line 2, spectrum c: expected Glu->pyro-Glu (-18.0106) on N-terminal E, came it at "
        "position 1 of QEPK. The label is kept; see whether the precursor agrees in the data check."
    )


@pytest.mark.parametrize(
    "text",
    [
        "title,peptide\na,PEPTC[+57.02]IDE\n",
        "spec_id\tsequence\tcharge\na\tPEPTC[Carbamidomethyl]IDE\t2\n",
        "Spectrum ID;Modified Sequence\na;PEPTC+57.02IDE\n",
        '\ufeffpeptide,title\r\nPEPTC[+57.021]IDE/2,"a"\r\n',
        "spec_id,modifications,peptide,charge\na,5|Carbamidomethyl,PEPTCIDE,2\n",
        "\n\nscore,seq,id,rt\n1.5,PEPTC[UNIMOD:4]IDE,a,7\n",
    ],
    ids=["csv", "tsv", "semicolon", "bom, ProForma charge", "peprec by comma", "other columns"],
)
def test_tables_are_told_apart_by_content(text: str):
    labels = read(text)
    assert labels.problems == ()
    assert labels.labels["a"].peptide == parse_peptide("PEPTC[+57.02]IDE")
    assert labels.labels["a"].charge in {None, 2}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x - PEPTXDE 2", r"one of the residues .*, came 'X' \(.*position 5\)"),
        ("x - PEPTIDE", r"4 columns as in the header, came 3 \(row\)"),
        ("x - PEPTIDE 2 2", "4 columns as in the header, came 5"),
        ("x - PEPTIDE two", r"whole number of 1 to 20, came 'two' \(column charge\)"),
        ("x - PEPTIDE 0", "came '0'"),
        ("x - PEPTIDE ²", "came '²'"),
        ("x 3|Oxidation|5 PEPTIDE 2", r"pos\|Name\|pos\|Name or -.*column modifications"),
        ("x a|Oxidation PEPTIDE 2", r"pos\|Name"),
        ("x 9|Oxidation PEPTIDE 2", r"positions of 0 to 7 or -1, came 9"),
        ("x 3|Phlogiston PEPTIDE 2", "modification 'Phlogiston'"),
        ("x 3|nan PEPTIDE 2", "modification 'nan'"),
        ("x - PEP\rTIDE 2", r"LF or CRLF, came a carriage return \(CR\) alone .* \(row\)"),
        ("x - PEPTIDE " + "9" * 5_000, "whole number of 1 to 20, came '9999"),
        ("x " + "9" * 5_000 + "|Oxidation PEPTIDE 2", r"pos\|Name\|pos\|Name or -, came '9999"),
        ("x - PEPTIDE/" + "9" * 5_000 + " -", "came '-'"),
        ("x - PEPT[+" + "9" * 5_000 + "]IDE 2", "spectrum x: expected"),
        ("x - PEPT[UNIMOD:" + "9" * 5_000 + "]IDE 2", "spectrum x: expected"),
        ("good - PEPTIDE 2", "a second one, PEPTIDE, after GAK in line 2"),
    ],
)
def test_a_bad_row_costs_itself_only(row: str, words: str):
    labels = read(HEADER + "good - GAK 2\n" + row + "\nbetter - GAK 2\n")
    assert labels.labels.keys() == {"good", "better"}
    assert labels.read == 3
    (problem,) = labels.problems
    assert problem.line == 3
    assert not problem.kept
    assert problem.spectrum_id in {"x", "good"}
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(problem))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "came 0 bytes"),
        (b"\x00\x01\x02" * 99, "came binary data"),
        (b"hello world\n", "came text that begins 'hello world'"),
        (b"title,charge\na,2\n", r"one for the peptide \(peptide, proforma"),
        (b"\n \n", "blank lines"),
    ],
)
def test_a_file_without_the_columns_is_refused(data: bytes, words: str):
    with pytest.raises(InputError, match=words):
        read(data)


@pytest.mark.parametrize("separator", [" ", ",", "\t"])
def test_a_file_with_the_line_ends_of_an_old_mac_is_refused_with_its_line(separator: str):
    text = "\n\nspec_id peptide\ra PEPTIDE\rb GAK\r".replace(" ", separator)
    with pytest.raises(InputError, match=r"labels, line 3: expected lines .* came a carriage"):
        read(text)


@pytest.mark.parametrize("cell", ["PEP\rTIDE", '"PEP\rTIDE"', "\rPEPTIDE"])
def test_a_carriage_return_in_a_cell_of_a_table_costs_its_row_only(cell: str):
    labels = read(f"title,peptide\na,{cell}\nb,GAK\n")
    assert labels.labels.keys() == {"b"}
    (problem,) = labels.problems
    assert (problem.line, problem.spectrum_id, problem.kept) == (2, "a", False)
    assert "came a carriage return (CR) alone inside the line (row)" in problem.message


def test_an_assigned_charge_of_thousands_of_digits_is_a_problem_of_its_row():
    labels = read("title,peptide\na,PEPTIDE/" + "9" * 5_000 + "\nb,GAK/2\n")
    assert labels.labels.keys() == {"b"}
    assert [problem.line for problem in labels.problems] == [2]


def test_a_header_alone_is_an_empty_set():
    assert read(HEADER) == Labels({}, (), 0, "labels")


def test_gzip_is_read_and_a_cut_one_keeps_its_rows():
    rows = HEADER + "".join(f"s{k * 7919} - PEPTIDE 2\n" for k in range(5_000))
    packed = gzip.compress(rows.encode())
    assert len(read(packed).labels) == 5_000
    cut = read(packed[:-2_000])
    assert 0 < len(cut.labels) < 5_000
    assert "a whole gzip file" in cut.problems[-1].message


def test_labels_find_their_spectra_and_the_rest_is_counted():
    result = attach_labels(
        spectra("a", "b", "c"), read(HEADER + "b - PEPTIDE 2\nnone - GAK 2\nc - GAK 3\n")
    )
    assert [str(s.peptide) for s in result.spectra] == ["None", "PEPTIDE", "GAK"]
    assert [s.precursor_charge for s in result.spectra] == [2, 2, 2]
    assert result.read == 3
    missing, charge, bare = result.problems
    assert (missing.spectrum_id, missing.line, missing.kept) == ("none", 3, False)
    assert "title or scan of a spectrum that was read, came none" in missing.message
    assert "precursor charge 2, came 3" in charge.message
    assert "came 1 of 3 spectra without one" in bare.message
    assert charge.kept
    assert bare.kept


def test_labels_find_spectra_by_scan_number():
    result = attach_labels(
        spectra("controllerType=0 controllerNumber=1 scan=30069", "scan 7"),
        read("scan,peptide\n30069,PEPTIDE\n007,GAK\n"),
    )
    assert [str(s.peptide) for s in result.spectra] == ["PEPTIDE", "GAK"]
    assert result.problems == ()


def test_of_labels_that_name_one_spectrum_in_several_ways_the_first_wins():
    result = attach_labels(
        spectra("5", "scan=5"), read("scan,peptide\n5,PEPTIDE\n05,GAK\n005,GGK\n")
    )
    assert [str(s.peptide) for s in result.spectra] == ["PEPTIDE", "GAK"]
    (second,) = result.problems
    assert (second.spectrum_id, second.line, second.kept) == ("005", 4, False)
    assert "a second one, GGK, after GAK in line 3" in second.message


def test_a_label_wins_over_the_peptide_in_the_spectrum_file():
    text = b"BEGIN IONS\nTITLE=a\nPEPMASS=500\nCHARGE=2+\nSEQ=GAK\n100 1\nEND IONS\n"
    result = read_spectra(io.BytesIO(text), name="a.mgf")
    assert str(result.spectra[0].peptide) == "GAK"
    assert str(attach_labels(result, read(HEADER)).spectra[0].peptide) == "GAK"
    labelled = attach_labels(result, read(HEADER + "a - PEPTIDE 2\n"))
    assert str(labelled.spectra[0].peptide) == "PEPTIDE"


def test_problems_of_both_files_stay():
    result = ReadResult(spectra("a").spectra, read(HEADER + "x - PEPTXDE 2\n").problems, 2)
    joined = attach_labels(result, read(HEADER + "a - GA 2\nb - PEP1 2\n"))
    assert [p.spectrum_id for p in joined.problems] == ["x", "b"]


def test_all_500_real_spectra_load_with_labels(shared_data: Path):
    folder = shared_data / "spectra" / "massivekb_500"
    mgf, peprec = (folder / f"massivekb_selected_500.{end}" for end in ("mgf", "peprec"))
    labels = read_labels(peprec, name=peprec.name)
    result = attach_labels(read_spectra(mgf, name=mgf.name), labels)
    assert (len(result.spectra), result.read, labels.read) == (500, 500, 500)
    peptides = [s.peptide for s in result.spectra]
    assert all(p is not None for p in peptides)
    assert sum(not p.modifications for p in peptides if p) == 320
    assert all(note.kept and "Glu->pyro-Glu" in note.message for note in result.problems)
    assert len(result.problems) == 12
