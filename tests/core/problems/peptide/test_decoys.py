from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.problems.peptide.decoys import (
    DECOY_LABELS,
    DECOYS,
    MIN_SUBSTITUTION_DA,
    differs,
    make_decoys,
    reorder,
    substitute,
    swap,
)
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.residues import RESIDUE_MASS_DA, RESIDUES

SEQUENCES = st.text(alphabet=RESIDUES, min_size=1, max_size=25)


def sequence_of(peptide: Peptide, kind: str, seed: int = 0) -> str:
    found = make_decoys(peptide, seed=seed)[kind].peptide
    assert found is not None
    return found.sequence


def test_kinds_have_labels_in_the_order_of_the_table():
    assert tuple(DECOY_LABELS) == DECOYS == ("substitution", "swap", "shuffled", "random")
    assert tuple(make_decoys(Peptide("PEPTIDEK"))) == DECOYS


def test_the_same_seed_and_sequence_give_the_same_decoys_in_every_process():
    decoys = {kind: str(d.peptide) for kind, d in make_decoys(Peptide("NSLEILLGSIGR")).items()}
    assert decoys == {
        "substitution": "NSLEILLGSIWR",
        "swap": "NSLEILLGISGR",
        "shuffled": "EISLGLIGSNLR",
        "random": "RLKTFSAFDPNH",
    }


def test_isoleucine_and_leucine_get_the_same_decoys():
    one, other = Peptide("PEPTIDEK"), Peptide("PEPTLDEK")
    for kind in ("substitution", "swap", "shuffled", "random"):
        first = sequence_of(one, kind).replace("I", "L")
        assert first == sequence_of(other, kind).replace("I", "L")


def test_another_seed_gives_other_decoys():
    found = {sequence_of(Peptide("LVNELTEFAK"), "shuffled", seed) for seed in range(10)}
    assert len(found) == 10


@settings(max_examples=150, deadline=None)
@given(SEQUENCES, st.integers(0, 5))
def test_every_decoy_differs_and_is_what_its_name_says(sequence: str, seed: int):
    peptide = Peptide(sequence)
    for kind, decoy in make_decoys(peptide, seed=seed).items():
        assert (decoy.peptide is None) == bool(decoy.reason)
        if decoy.peptide is None:
            continue
        wrong = decoy.peptide
        assert differs(peptide, wrong)
        assert wrong.sequence.replace("I", "L") != sequence.replace("I", "L")
        assert len(wrong) == len(peptide)
        changed = [i for i in range(len(peptide)) if sequence[i] != wrong.sequence[i]]
        if kind == "substitution":
            (place,) = changed
            old, new = RESIDUE_MASS_DA[sequence[place]], RESIDUE_MASS_DA[wrong.sequence[place]]
            assert abs(old - new) > MIN_SUBSTITUTION_DA
        if kind == "swap":
            assert len(changed) == 2
            assert changed[1] == changed[0] + 1
        if kind in {"swap", "shuffled"}:
            assert Counter(wrong.sequence) == Counter(sequence)
            assert wrong.mass_da == pytest.approx(peptide.mass_da)
        if kind != "random":
            assert wrong.sequence[-1] == sequence[-1]


def test_what_is_impossible_has_a_reason():
    decoys = make_decoys(Peptide("GGGGK"))
    assert decoys["swap"].peptide is None
    assert decoys["swap"].reason == "no two neighbours before the last residue differ in mass"
    assert decoys["shuffled"].reason == "all residues before the last have one mass"
    assert decoys["substitution"].peptide is not None
    assert decoys["random"].peptide is not None
    only_last = make_decoys(Peptide("K"))
    assert only_last["substitution"].reason == "no unmodified residue before the last"
    assert make_decoys(Peptide("LILIK"))["swap"].peptide is None


def test_modifications_travel_with_their_residue_and_terminal_ones_stay():
    peptide = parse_peptide("[+42.01]-AC[+57.02]DM[+15.99]FK")
    moved = reorder(peptide, np.array([3, 1, 0, 2, 4, 5]))
    assert str(moved) == "[+42.01]-M[+15.99]C[+57.02]ADFK"
    assert moved.mass_da == pytest.approx(peptide.mass_da)
    for kind in ("swap", "shuffled"):
        wrong = make_decoys(peptide)[kind].peptide
        assert wrong is not None
        assert "C[+57.02]" in str(wrong)
        assert "M[+15.99]" in str(wrong)
        assert str(wrong).startswith("[+42.01]-")


def test_a_substitution_spares_modified_residues():
    peptide = parse_peptide("C[+57.02]AM[+15.99]K")
    for seed in range(20):
        wrong = make_decoys(peptide, seed=seed)["substitution"].peptide
        assert wrong is not None
        assert wrong.sequence[0] + wrong.sequence[2] == "CM"
    assert make_decoys(parse_peptide("C[+57.02]K"))["substitution"].peptide is None


def test_residues_of_one_mass_are_no_difference():
    assert not differs(Peptide("PEPTIDE"), Peptide("PEPTLDE"))
    assert not differs(parse_peptide("AN[+0.98]K"), Peptide("ADK"))
    assert differs(Peptide("AK"), Peptide("AQ"))
    assert differs(Peptide("AK"), Peptide("AAK"))


def test_edits_by_hand():
    assert substitute(Peptide("PEPTIDE"), 7, "K").sequence == "PEPTIDK"
    assert str(substitute(parse_peptide("AM[+15.99]K"), 2, "L")) == "ALK"
    assert str(swap(parse_peptide("AM[+15.99]K"), 2)) == "AKM[+15.99]"


@pytest.mark.parametrize("position", [0, 3])
def test_an_edit_outside_the_peptide_is_refused(position: int):
    with pytest.raises(InputError, match="a position from 1 to 2"):
        swap(Peptide("AGK"), position)


def test_an_unknown_residue_is_refused():
    with pytest.raises(InputError):
        substitute(Peptide("AGK"), 1, "B")
