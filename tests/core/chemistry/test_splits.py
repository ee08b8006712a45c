import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from core.chemistry.components import read_components
from core.chemistry.descriptors import fingerprints
from core.chemistry.splits import (
    ALIKE,
    SHARES,
    SPLITS,
    Split,
    cluster,
    join,
    nearest_training,
    split_groups,
)
from core.errors import InputError

ALIKE_CHAINS = [f"{'C' * n}{end}" for n in range(3, 9) for end in ("O", "N", "C(=O)O", "c1ccccc1")]
COMPONENTS = ("ATP", "ADP", "AMP", "GTP", "BTN", "STI", "SAM", "CFF", "TEP", "PAR")
groups = st.lists(st.integers(0, 12), min_size=3, max_size=60)


@pytest.fixture(scope="module")
def bits():
    molecules = [Chem.MolFromSmiles(text) for text in ALIKE_CHAINS]
    molecules += [component.mol for component in read_components(COMPONENTS).components.values()]
    return fingerprints(molecules)


def likeness(one, other) -> float:
    """Tanimoto by sets of bits."""
    a, b = set(one.GetOnBits()), set(other.GetOnBits())
    return len(a & b) / len(a | b)


def plain_join(labels) -> list[int]:
    """The reference: union-find, one pair after the other."""
    parent = list(range(len(labels)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for one, own in enumerate(labels):
        for other in range(one):
            if own & labels[other]:
                parent[root(one)] = root(other)
    return [root(index) for index in range(len(labels))]


def same_partition(one, other) -> bool:
    pairs = set(zip(one, other, strict=True))
    return len(pairs) == len(set(one)) == len(set(other))


@given(groups, st.integers(0, 5))
def test_a_group_is_never_divided_and_no_side_is_empty(group, seed):
    group = np.array(group)
    if len(set(group.tolist())) < 3:
        with pytest.raises(InputError, match="at least 3, one for each side"):
            split_groups(group, seed)
        return
    side = split_groups(group, seed)
    assert len(side) == len(group)
    assert set(side.tolist()) == {0, 1, 2}
    for number in set(group.tolist()):
        assert len(set(side[group == number].tolist())) == 1
    assert np.array_equal(side, split_groups(group, seed))


@given(st.integers(10, 300), st.integers(0, 3))
def test_singletons_meet_the_shares_to_one_example(count, seed):
    side = split_groups(np.arange(count), seed)
    for index, name in enumerate(SPLITS):
        assert abs((side == index).sum() - SHARES[name] * count) <= 1


@given(st.lists(st.integers(1, 4), min_size=20, max_size=60), st.integers(0, 3))
def test_small_groups_meet_the_shares_to_a_group(sizes, seed):
    side = split_groups(np.repeat(np.arange(len(sizes)), sizes), seed)
    for index, name in enumerate(SPLITS):
        assert abs((side == index).sum() - SHARES[name] * sum(sizes)) <= max(sizes)


def test_the_largest_group_is_trained_on_and_the_seed_decides_among_equals():
    group = np.array([7] * 30 + list(range(100, 120)))
    for seed in range(4):
        assert set(split_groups(group, seed)[:30].tolist()) == {0}
    sides = {tuple(split_groups(np.arange(40), seed).tolist()) for seed in range(4)}
    assert len(sides) == 4


def test_other_shares_are_met_too():
    shares = {"train": 0.2, "val": 0.2, "test": 0.6}
    side = split_groups(np.arange(50), 0, shares)
    assert np.bincount(side).tolist() == [10, 10, 30]


@given(st.lists(st.sets(st.sampled_from("abcdefghij"), max_size=3), min_size=1, max_size=20))
def test_joining_agrees_with_plain_union_find(labels):
    found = join(labels).tolist()
    assert same_partition(found, plain_join(labels))
    assert set(found) == set(range(len(set(found))))


def test_labels_of_different_kinds_do_not_meet():
    labels = [{("cluster", 1)}, {("ligand", 1)}, {("cluster", 1), ("sequence", "GA")}]
    assert join(labels).tolist() == [0, 1, 0]


def test_clusters_are_those_of_a_plain_sphere_exclusion(bits):
    leaders: list = []
    for one in bits:
        if all(likeness(one, leader) < ALIKE for leader in leaders):
            leaders.append(one)
    assert 5 < len(leaders) < len(bits)
    found = cluster(bits)
    for one, number in zip(bits, found.tolist(), strict=True):
        alike = [likeness(one, leader) for leader in leaders]
        assert number == alike.index(max(alike))
        assert max(alike) >= ALIKE
    for a, one in enumerate(leaders):
        assert all(likeness(one, other) < ALIKE for other in leaders[:a])


def test_the_same_molecule_is_in_one_cluster_wherever_it_stands(bits):
    doubled = [*bits, *reversed(bits)]
    found = cluster(doubled)
    assert np.array_equal(found[: len(bits)], found[: len(bits) - 1 : -1])


def test_the_nearest_training_molecule_agrees_with_a_plain_loop(bits):
    side = np.arange(len(bits)) % 3
    found = nearest_training(bits, side)
    for index, one in enumerate(bits):
        if side[index] == 0:
            assert np.isnan(found[index])
            continue
        alike = [likeness(one, bits[k]) for k in range(len(bits)) if side[k] == 0]
        assert found[index] == pytest.approx(max(alike))


def test_a_split_gives_the_examples_of_a_side_in_order():
    side = np.array([0, 2, 1, 0, 2])
    split = Split(side, np.arange(5), np.full(5, np.nan))
    assert [split.of(name).tolist() for name in SPLITS] == [[0, 3], [2], [1, 4]]
