"""FASTA of designs: what the headers say, what the letters say, and errors by line."""

import io
from math import isnan
from pathlib import Path

import pytest
from biotite.sequence.io import fasta as biotite_fasta

from core.errors import InputError
from core.problems.sidechain.packed.entries import count_identical, find_entry
from core.problems.sidechain.packed.fasta import read_designs

NATIVE = "MKTAYIAKQRQISFVKSHFSRQ"
FIRST = "MKTAYLAKERQLSFVKEHFSKQ"
SECOND = "MRTVYIAKQRELDFVRSHFTRQ"
# Made for the tests in the form that ProteinMPNN writes.
DESIGNS = f""">toy, score=1.5720, global_score=1.5720, fixed_chains=['B', 'C'], \
designed_chains=['A'], model_name=v_48_020, git_hash=4fdc, seed=37
{NATIVE}
>T=0.1, sample=1, score=0.8679, global_score=0.9, seq_recovery=0.7727
{FIRST}
>T=0.1, sample=2, score=0.8105, global_score=0.9, seq_recovery=0.5000
{SECOND}
"""


def read(tmp_path: Path, text: str | bytes, name: str = "toy.fa"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_designs(path)


def recovered(design: str, native: str) -> float:
    kept = known = 0
    for at, letter in enumerate(design):
        if "X" in (letter, native[at]):
            continue
        known += 1
        if letter == native[at]:
            kept += 1
    return kept / known


def test_samples_carry_their_header_and_the_sequence_they_were_designed_from(tmp_path):
    native, first, second = read(tmp_path, DESIGNS)
    assert (native.is_native, native.label) == (True, "toy, its own sequence")
    assert (first.label, first.sample, first.temperature) == ("toy, sample 1", 1, 0.1)
    assert (first.score, first.recovery) == (0.8679, 0.7727)
    assert first.native == (NATIVE,)
    assert [d.line for d in (native, first, second)] == [1, 3, 5]
    told = biotite_fasta.FastaFile.read(io.StringIO(DESIGNS))
    assert [d.chains[0] for d in (native, first, second)] == [
        letters for _, letters in told.items()
    ]


def test_the_recovery_of_the_header_is_counted_again_and_a_wrong_one_is_seen(tmp_path):
    native, first, second = read(tmp_path, DESIGNS)
    assert first.recomputed == pytest.approx(recovered(FIRST, NATIVE))
    assert second.recomputed == pytest.approx(recovered(SECOND, NATIVE))
    assert (first.agrees, second.agrees, native.agrees) == (True, False, None)


def test_chains_and_unknown_letters(tmp_path):
    text = ">two, designed_chains=['A', 'B']\nMKXXA/GGG\n>T=0.2, sample=1\nMRXXV/GGA\n"
    native, sample = read(tmp_path, text)
    assert sample.chains == ("MRXXV", "GGA")
    assert sample.known == ("MRV", "GGA")
    assert native.known == ("MKA", "GGG")
    assert sample.recomputed == pytest.approx(recovered("MRXXVGGA", "MKXXAGGG"))


def test_ligandmpnn_tells_how_many_were_designed_so_fixed_ones_do_not_count(tmp_path):
    """Chain A is fixed and written all the same; the header speaks of chain B alone."""
    text = (
        ">lig, T=0.1, seed=1, num_res=4, num_ligand_res=2, model_path=./m.pt\nMKTA:GGGG\n"
        ">lig, id=1, T=0.1, seed=1, overall_confidence=0.43, seq_rec=0.2500\nMKTA:GAAA"
    )
    _, sample = read(tmp_path, text)
    assert (sample.label, sample.score) == ("lig, sample 1", 0.43)
    assert sample.recomputed == 0.25
    assert sample.agrees is True


def test_lower_case_gaps_stops_and_windows_lines_are_read(tmp_path):
    text = "\ufeff; a comment\r\n>one\r\nmk ta\r\nYI-B*\r\n\r\n>two\r\nGG\r\n"
    one, two = read(tmp_path, text)
    assert one.chains == ("MKTAYIXX",)
    assert (one.label, two.label, one.sample, one.is_native) == ("one", "two", None, False)
    assert isnan(one.recovery)
    assert isnan(one.recomputed)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "toy.fa: "),
        ("\n\n", "toy.fa: expected sequences"),
        ("MKTA\n", "toy.fa, line 1: expected a header"),
        (">one\n>two\nMK\n", "toy.fa, line 1: expected a sequence below"),
        (">one\nMK\n>two\n", "toy.fa, line 3: expected a sequence below"),
        (">one\nXXX\n", "toy.fa, line 1: expected a sequence below"),
        (">one\nMK\nM2K\n", "toy.fa, line 3: expected letters"),
        (">T=0.1, sample=1, seq_recovery=high\nMK\n", "toy.fa, line 1: expected a number after"),
        (">T=0.1, sample=1, seq_recovery=39.6\nMK\n", "toy.fa, line 1: expected a recovery from 0"),
        (b">one\n\xff\xfe\x00\n", "toy.fa: expected text"),
    ],
)  # fmt: skip
def test_what_is_no_fasta_is_refused_by_its_line(tmp_path, text, where):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(where)


class TestFindEntry:
    def designs(self, tmp_path, text: str = DESIGNS):
        return read(tmp_path, text)

    def test_by_letters_and_the_name_confirms(self, tmp_path):
        found = find_entry("toy_T_0_1__sample_2__score_0_8", [SECOND], self.designs(tmp_path))
        assert found is not None
        assert (found.design.sample, found.how, found.alike) == (2, "name and sequence", 1.0)

    def test_letters_outrank_a_name_that_says_otherwise(self, tmp_path):
        found = find_entry("toy_packed_1_3", [SECOND], self.designs(tmp_path))
        assert found is not None
        assert (found.design.sample, found.how) == (2, "sequence")
        assert found.note == "its name says toy, sample 1, its letters toy, sample 2"

    def test_a_name_alone_is_taken_and_what_differs_is_said(self, tmp_path):
        found = find_entry("toy sample=1", ["G" * 22], self.designs(tmp_path))
        assert found is not None
        assert (found.how, found.identical) == ("name", FIRST.count("G"))
        assert found.note.startswith("only 0% of its letters")

    def test_nothing_is_better_than_a_guess(self, tmp_path):
        assert find_entry("model", ["G" * 22], self.designs(tmp_path)) is None
        assert find_entry("model", [SECOND], ()) is None

    def test_of_twins_the_one_of_the_name(self, tmp_path):
        twins = DESIGNS + f">T=0.2, sample=1, seq_recovery=0.5\n{SECOND}\n"
        found = find_entry("t0.2_sample1", [SECOND], self.designs(tmp_path, twins))
        assert found is not None
        assert (found.design.temperature, found.twins) == (0.2, 1)

    def test_chains_in_any_order_fixed_ones_beside_them_and_missing_ends(self):
        assert count_identical(["GGGG", FIRST, SECOND], [SECOND, FIRST]) == (44, 44)
        assert count_identical([FIRST[2:-3]], [FIRST]) == (17, 17)
