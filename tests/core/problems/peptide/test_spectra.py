import base64
import gzip
import io
import zlib
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.peptides import parse_peptide
from core.problems.peptide.reading.formats import MAX_PROBLEMS
from core.problems.peptide.spectra import MAX_PEAKS, ReadResult, Spectrum, prepare, read_spectra

GOOD = "BEGIN IONS\nTITLE=good\nPEPMASS=500.5\nCHARGE=2+\n100.5 10\n200.5 20\nEND IONS\n"


def mgf(**changes: str) -> str:
    """One spectrum with some of its lines changed; "" leaves a line out."""
    lines = {
        "begin": "BEGIN IONS",
        "title": "TITLE=odd",
        "mass": "PEPMASS=500.5",
        "charge": "CHARGE=2+",
        "extra": "",
        "peaks": "100.5 10\n200.5 20",
        "end": "END IONS",
    }
    return "\n".join(line for line in (lines | changes).values() if line) + "\n"


def read(text: str | bytes, **options: object) -> ReadResult:
    data = text.encode() if isinstance(text, str) else text
    return read_spectra(io.BytesIO(data), name="file.mgf", **options)  # type: ignore[arg-type]


def array(values: np.ndarray, name: str, *, packed: bool = True) -> str:
    data = values.astype("<f8").tobytes()
    coded = base64.b64encode(zlib.compress(data) if packed else data).decode()
    accession = {"m/z array": "MS:1000514", "intensity array": "MS:1000515"}[name]
    packing = ("MS:1000574", "zlib compression") if packed else ("MS:1000576", "no compression")
    return (
        f'<binaryDataArray encodedLength="{len(coded)}">'
        '<cvParam cvRef="MS" accession="MS:1000523" name="64-bit float" value=""/>'
        f'<cvParam cvRef="MS" accession="{packing[0]}" name="{packing[1]}" value=""/>'
        f'<cvParam cvRef="MS" accession="{accession}" name="{name}" value=""/>'
        f"<binary>{coded}</binary></binaryDataArray>"
    )


def scan(number: int, *, level: int = 2, charge: str | None = "2", peaks: str | None = None) -> str:
    ion = '<cvParam cvRef="MS" accession="MS:1000744" name="selected ion m/z" value="500.5"/>'
    if charge is not None:
        ion += f'<cvParam cvRef="MS" accession="MS:1000041" name="charge state" value="{charge}"/>'
    precursor = (
        '<precursorList count="1"><precursor><selectedIonList count="1"><selectedIon>'
        f"{ion}</selectedIon></selectedIonList></precursor></precursorList>"
    )
    if peaks is None:
        mz, intensity = np.array([100.5, 200.5, 300.5]), np.array([1.0, 2.0, 0.0])
        peaks = array(mz, "m/z array") + array(intensity, "intensity array", packed=False)
    return (
        f'<spectrum index="{number}" id="scan={number}" defaultArrayLength="3">'
        f'<cvParam cvRef="MS" accession="MS:1000511" name="ms level" value="{level}"/>'
        f"{precursor if level == 2 else ''}"
        f'<binaryDataArrayList count="2">{peaks}</binaryDataArrayList></spectrum>'
    )


def mzml(*scans: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0"><run id="r">\n'
        f'<spectrumList count="{len(scans)}">\n'
        + "\n".join(scans)
        + "\n</spectrumList></run></mzML>"
    )


def test_an_mgf_spectrum_is_read_whole():
    result = read(mgf(extra="RTINSECONDS=never\nSEQ=PEPTC[+57.02]IDE\nSCANS=7"))
    (spectrum,) = result.spectra
    assert (result.read, result.problems) == (1, ())
    assert (spectrum.spectrum_id, spectrum.source) == ("odd", "file.mgf")
    assert (spectrum.precursor_mz, spectrum.precursor_charge) == (500.5, 2)
    assert spectrum.mz.tolist() == [100.5, 200.5]
    assert spectrum.intensity.tolist() == [10, 20]
    assert spectrum.peptide == parse_peptide("PEPTC[+57.02]IDE")
    assert not spectrum.mz.flags.writeable


FAULTS = [
    pytest.param(mgf(peaks=""), 8, "expected peaks, came none", id="no peaks"),
    pytest.param(mgf(peaks="100 0\n200 0"), 8, "came 2, all of intensity 0", id="all zero"),
    pytest.param(mgf(peaks="100 1\n200 nan"), 13, "intensity of 0 or more in peak 2, came nan",
                 id="NaN"),
    pytest.param(mgf(peaks="100 inf\n200 1"), 12, "peak 1, came inf", id="inf"),
    pytest.param(mgf(peaks="100 1\n\n200 -3"), 14, "peak 2, came -3", id="negative intensity"),
    pytest.param(mgf(peaks="-100 1"), 12, "finite m/z of 0 or more in peak 1, came -100",
                 id="negative m/z"),
    pytest.param(mgf(peaks="nan 1"), 12, "finite m/z .* came nan", id="NaN m/z"),
    pytest.param(mgf(mass=""), 8, r"above 0 \(PEPMASS\), came none", id="no precursor"),
    pytest.param(mgf(mass="PEPMASS="), 8, "precursor m/z above 0", id="empty precursor"),
    pytest.param(mgf(mass="PEPMASS=0"), 8, "came 0", id="zero precursor"),
    pytest.param(mgf(mass="PEPMASS=inf"), 8, "came inf", id="infinite precursor"),
    pytest.param(mgf(mass="PEPMASS=heavy"), 10, "PEPMASS with the precursor's m/z, came 'heavy'",
                 id="precursor is a word"),
    pytest.param(mgf(charge=""), 8, r"charge of 1 to 20 \(CHARGE\), came none", id="no charge"),
    pytest.param(mgf(charge="CHARGE="), 8, "charge of 1 to 20", id="empty charge"),
    pytest.param(mgf(charge="CHARGE=0"), 8, "charge of 1 to 20 .* came 0", id="charge 0"),
    pytest.param(mgf(charge="CHARGE=9e9"), 8, "came 9000000000", id="charge 9e9"),
    pytest.param(mgf(charge="CHARGE=2-"), 8, "came -2", id="negative charge"),
    pytest.param(mgf(charge="CHARGE=two"), 11, r"CHARGE as in 2\+, came 'two'", id="charge a word"),
    pytest.param(mgf(charge="CHARGE=1e999"), 11, r"CHARGE as in 2\+, came '1e999'",
                 id="charge overflows"),
    pytest.param(mgf(peaks="100.5\n200.5 20"), 12, "two numbers .* came '100.5'", id="one number"),
    pytest.param(mgf(peaks="100.5 1\nwhat is this"), 13, "came 'what is this'", id="words"),
    pytest.param(mgf(peaks="100,5 1,0"), 12, "decimal points, came '100,5 1,0'", id="commas"),
    pytest.param(mgf(end=""), 8, "expected END IONS, came another BEGIN IONS in line 14",
                 id="no end"),
    pytest.param(mgf(begin="BEGN IONS"), 14, "expected BEGIN IONS before END IONS", id="no begin"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "words"), FAULTS)
def test_a_bad_spectrum_costs_itself_only_and_is_named_with_its_line(
    text: str, line: int, words: str
):
    """Between two good spectra: the first line of the bad one is line 8."""
    result = read(GOOD + text + GOOD.replace("good", "better"))
    assert [s.spectrum_id for s in result.spectra] == ["good", "better"]
    assert result.read == 3
    (problem,) = result.problems
    assert problem.line == line
    assert not problem.kept
    assert problem.source == "file.mgf"
    assert problem.spectrum_id in {"odd", "spectrum 2"}
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(problem))
    assert str(problem).startswith(f"file.mgf, line {line}, spectrum ")
    assert problem.message.endswith(".")


NOTES = [
    pytest.param(mgf(peaks="200.5 20\n100.5 10"), "ascending m/z, came unsorted", id="unsorted"),
    pytest.param(mgf(charge="CHARGE=2+ and 3+"), "one precursor charge, came 2 charges",
                 id="two charges"),
    pytest.param(mgf(extra="SEQ=PEPTXDE"), "one of the residues .*, came 'X' .*position 5",
                 id="unknown residue"),
    pytest.param(mgf(title="TITLE=good"), "a title of its own, came 'good' again", id="twice"),
    pytest.param(mgf(title="TITLE=b\xfcse").encode("latin-1"), "UTF-8 text in TITLE", id="latin-1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), NOTES)
def test_an_odd_spectrum_is_kept_and_noted(text: str | bytes, words: str):
    data = text.encode() if isinstance(text, str) else text
    result = read(GOOD.encode() + data)
    assert (len(result.spectra), result.read) == (2, 2)
    (problem,) = result.problems
    assert problem.kept
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(problem))
    odd = result.spectra[1]
    assert odd.mz.tolist() == [100.5, 200.5]
    assert odd.intensity.tolist() == [10, 20]
    assert odd.precursor_charge == 2
    assert odd.peptide is None


def test_a_second_spectrum_of_the_same_title_gets_a_name_of_its_own():
    names = [s.spectrum_id for s in read(GOOD * 3).spectra]
    assert names == ["good", "good (2)", "good (3)"]


def test_a_truncated_file_keeps_what_is_whole():
    result = read(GOOD + mgf()[:-20])
    assert [s.spectrum_id for s in result.spectra] == ["good"]
    assert result.read == 2
    assert "expected END IONS, came the end of the file" in result.problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        "# comment\n\n" + GOOD,
        "CHARGE=2+\n" + GOOD.replace("CHARGE=2+\n", ""),
        GOOD.replace("BEGIN IONS", "begin ions").replace("END IONS", "End Ions"),
        GOOD.replace("PEPMASS=500.5\nCHARGE=2+", "PEPMASS=500.5 1e6 2+"),
        GOOD.replace("100.5 10", "100.5\t10\t1+"),
        GOOD.replace("END", "150 0\nEND"),
        GOOD[:-1],
        "COM=from <mzML>\n" + GOOD,
    ],
    ids=[
        "windows",
        "bom",
        "comment",
        "header charge",
        "case",
        "mass line",
        "tab",
        "zero",
        "no end",
        "mzML",
    ],
)
def test_dialects_are_read_alike(text: str):
    (spectrum,) = read(text).spectra
    assert (spectrum.precursor_mz, spectrum.precursor_charge) == (500.5, 2)
    assert spectrum.mz.tolist() == [100.5, 200.5]


@pytest.mark.parametrize(
    ("text", "name"),
    [("SCANS=7", "scan 7"), ("", "spectrum 1")],
)
def test_a_spectrum_without_title_is_named_by_scan_or_number(text: str, name: str):
    assert read(mgf(title="", extra=text)).spectra[0].spectrum_id == name


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "came 0 bytes"),
        (b"\n\n \n", "came blank lines only"),
        (b"\x00\x01\x02\xff" * 2000, "came binary data"),
        (b"peptide,charge\nA,2\n", "came text that begins 'peptide,charge'"),
        (b"<html>not found</html>", "came text that begins '<html>"),
        (b"x = 'BEGIN IONS'", "expected at least one spectrum, came none"),
        (mzml().encode(), "expected at least one spectrum, came none"),
    ],
    ids=["empty", "blank", "binary", "table", "html", "the words only", "mzML without spectra"],
)
def test_a_file_that_is_no_spectrum_file_is_refused(data: bytes, words: str):
    with pytest.raises(InputError, match=words):
        read(data)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="expected a readable file, came No such file"):
        read_spectra(tmp_path / "none.mgf", name="none.mgf")
    with pytest.raises(InputError, match="expected a readable file"):
        read_spectra(tmp_path, name="folder")


def test_a_path_and_an_upload_give_the_same(tmp_path: Path):
    path = tmp_path / "a.mgf"
    path.write_text(GOOD)
    upload = io.BytesIO(GOOD.encode())
    upload.seek(5)
    one, two = read_spectra(path, name="a").spectra[0], read_spectra(upload, name="a").spectra[0]
    assert one.mz.tolist() == two.mz.tolist()
    assert not upload.closed


def test_gzip_is_unpacked_by_content_and_a_cut_one_keeps_what_is_whole():
    many = "".join(GOOD.replace("good", f"s{k}").replace("10\n", f"{k}.5\n") for k in range(500))
    packed = gzip.compress(many.encode())
    assert len(read(packed).spectra) == 500
    cut = read(packed[: len(packed) // 2])
    assert 0 < len(cut.spectra) < 500
    assert any("a whole gzip file" in p.message for p in cut.problems)
    assert len(read(gzip.compress(mzml(scan(1)).encode())).spectra) == 1


def test_progress_grows_to_one_and_can_cancel():
    seen: list[float] = []
    many = GOOD * 5_000
    read(many, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert 2 <= len(seen) <= 201

    def cancel(share: float) -> None:
        raise KeyboardInterrupt

    for text in (many, mzml(*(scan(k) for k in range(300)))):
        with pytest.raises(KeyboardInterrupt):
            read(text, progress=cancel)


def test_what_the_limits_leave_out_is_counted():
    result = read("".join(GOOD.replace("good", f"s{k}") for k in range(10)), limit=3)
    assert (len(result.spectra), result.read) == (3, 10)
    assert "expected at most 3 spectra, came 7 more sound ones" in result.problems[0].message

    peaks = "\n".join(f"{100 + k / 10} {k + 1}" for k in range(MAX_PEAKS + 50))
    result = read(mgf(peaks=peaks))
    assert len(result.spectra[0].mz) == MAX_PEAKS
    assert result.spectra[0].intensity.min() == 51
    assert "at most 2,000 peaks, came more in 1 spectra" in result.problems[0].message


def test_a_long_list_of_problems_is_cut_and_counted():
    result = read(mgf(charge="") * (MAX_PROBLEMS + 30) + GOOD)
    assert result.read == MAX_PROBLEMS + 31
    assert len(result.spectra) == 1
    assert len(result.problems) == MAX_PROBLEMS + 1
    assert "at most 200 problems, came 30 more" in result.problems[-1].message


def test_a_lost_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.problems.peptide.reading.mgf.MAX_BLOCK_LINES", 100)
    result = read(mgf(peaks="100 1\n" * 150, end="") + GOOD)
    assert [s.spectrum_id for s in result.spectra] == ["good"]
    assert "came 100 lines without it" in result.problems[0].message


def test_mzml_spectra_are_read_and_other_levels_counted():
    result = read(mzml(scan(1, level=1), scan(2), scan(3, level=3), scan(4, charge="3")))
    assert [s.spectrum_id for s in result.spectra] == ["scan=2", "scan=4"]
    assert [s.precursor_charge for s in result.spectra] == [2, 3]
    assert result.spectra[0].mz.tolist() == [100.5, 200.5]
    assert result.read == 2
    (note,) = result.problems
    assert note.kept
    assert "came 2 of other levels" in note.message


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (scan(2, charge=None), "charge state.*, came none"),
        (scan(2, charge="0"), "charge of 1 to 20"),
        (scan(2, peaks=""), "expected peaks, came none"),
        (scan(2).replace("<binary>", "<binary>!!!!AAA"), "can be decoded"),
        (
            scan(2, peaks=array(np.ones(3), "m/z array") + array(np.ones(2), "intensity array")),
            "3 m/z values and 2 intensities",
        ),
        (
            scan(
                2,
                peaks=array(np.array([1.0, np.nan]), "m/z array")
                + array(np.ones(2), "intensity array"),
            ),
            "in peak 2, came nan",
        ),
        (scan(2).replace('name="selected ion m/z" value="500.5"', 'name="odd" value=""'),
         r"\(selected ion m/z\), came none"),
    ],
    ids=["no charge", "charge 0", "no arrays", "not base64", "lengths", "NaN", "no precursor"],
)  # fmt: skip
def test_a_bad_mzml_spectrum_costs_itself_only(bad: str, words: str):
    result = read(mzml(scan(1), bad, scan(3)))
    assert [s.spectrum_id for s in result.spectra] == ["scan=1", "scan=3"]
    assert result.read == 3
    (problem,) = result.problems
    assert problem.spectrum_id == "scan=2"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(problem))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_an_mzml_file_cut_in_the_middle_keeps_what_is_whole(share: float):
    whole = mzml(*(scan(k) for k in range(1, 9)))
    result = read(whole[: int(len(whole) * share)])
    assert len(result.spectra) == whole[: int(len(whole) * share)].count("</spectrum>")
    assert "expected a whole mzML file, came a break after" in result.problems[-1].message
    assert result.problems[-1].line is not None


def test_real_reader_fixtures_load(shared_data: Path):
    found = {
        path.name: read_spectra(path, name=path.name)
        for path in sorted((shared_data / "spectra" / "reader_fixtures").glob("*.m*[fL]"))
    }
    assert {name: (len(r.spectra), len(r.problems)) for name, r in found.items()} == {
        "LQSRPAAPPAPGPGQLTLR.mzML": (1, 0),
        "test.mgf": (2, 1),
        "test.mzML": (0, 1),
        "test_annotated.mgf": (2, 0),
        "tiny.pwiz.1.1.mzML": (1, 1),
    }
    (spectrum,) = found["LQSRPAAPPAPGPGQLTLR.mzML"].spectra
    expected = parse_peptide("LQSRPAAPPAPGPGQLTLR").precursor_mz(spectrum.precursor_charge)
    assert spectrum.precursor_mz == pytest.approx(expected, rel=20e-6)


def example(mz: list[float], intensity: list[float]) -> Spectrum:
    return Spectrum("s", 500.0, 2, np.array(mz, dtype=float), np.array(intensity, dtype=float))


def test_preparation_takes_the_window_the_strongest_and_base_peak_one():
    spectrum = example([50, 100, 200, 300, 400], [99, 4, 1, 2, 8])
    mz, intensity = prepare(spectrum, top_peaks=3, mz_min=60.0)
    assert mz.tolist() == [100, 300, 400]
    assert intensity.tolist() == [0.5, 0.25, 1.0]
    assert spectrum.intensity.tolist() == [99, 4, 1, 2, 8]


def test_of_equally_strong_peaks_the_lower_ones_stay():
    mz, _ = prepare(example([1, 2, 3, 4], [5, 5, 5, 5]), top_peaks=2)
    assert mz.tolist() == [1, 2]


def test_transforms_keep_the_base_peak_and_the_order():
    spectrum = example([1, 2, 3], [1, 25, 100])
    _, root = prepare(spectrum, transform="sqrt")
    assert root == pytest.approx([0.1, 0.5, 1.0])
    _, log = prepare(spectrum, transform="log")
    assert log == pytest.approx(np.log1p([10, 250, 1000]) / np.log(1001))


def test_an_empty_window_is_no_error_and_bad_options_are():
    mz, intensity = prepare(example([1, 2], [1, 1]), mz_min=10.0, mz_max=20.0)
    assert len(mz) == len(intensity) == 0
    with pytest.raises(InputError, match="mz_min < mz_max"):
        prepare(example([1], [1]), mz_min=5.0, mz_max=5.0)
    with pytest.raises(InputError, match="top_peaks 0"):
        prepare(example([1], [1]), top_peaks=0)
