"""Batches as a reader sees them, against plain loops; the sample against the dictionary."""

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from core.chemistry.components import read_components
from core.chemistry.descriptors import fingerprints
from core.chemistry.drawing import draw_molecule
from core.chemistry.splits import cluster
from core.errors import InputError
from core.problems.molecule.data import load_pairs
from core.problems.molecule.explore import (
    SAMPLE,
    TABLE,
    VECTORS,
    Explored,
    cluster_counts,
    find_risk,
    read_sample,
    search,
    training_side,
    view_batch,
)
from core.problems.molecule.make_sample import COUNT, choose, write_sample
from core.problems.molecule.pairs import read_table
from core.samplers.epoch import Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions
from tests.core.problems.molecule.small import small
from tests.core.samplers.data import cosine, gaussian

MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def sample():
    return read_sample()


@pytest.fixture(scope="module")
def pool(sample):
    return search(sample)


def test_the_sample_holds_real_molecules_under_their_own_names(sample):
    assert sample.items == COUNT == len(set(sample.names))
    some = list(range(0, COUNT, 40))
    known = read_components([sample.names[i] for i in some]).components
    for i in some:
        component = known[sample.names[i]]
        assert Chem.MolToSmiles(component.mol) == sample.smiles[i]
        assert " ".join(component.title.split()) == sample.texts[i]


def test_the_sample_is_small_and_can_be_read_as_ones_own_table(sample):
    assert sum((SAMPLE / name).stat().st_size for name in (TABLE, VECTORS)) < MOST_BYTES
    pairs = read_table(SAMPLE / TABLE)
    assert pairs.left_out == ()
    assert pairs.names == sample.names
    assert pairs.texts == sample.texts


def test_vectors_of_the_sample_are_of_length_1_and_labels_those_of_equal_text_or_molecule(sample):
    assert np.linalg.norm(sample.vectors, axis=1) == pytest.approx(1, abs=2e-3)
    for i in range(COUNT):
        for j in range(i):
            is_same = sample.smiles[i] == sample.smiles[j] or (
                sample.texts[i].casefold() == sample.texts[j].casefold()
            )
            assert not is_same or sample.label[i] == sample.label[j]


def test_clusters_of_the_sample_hold_alike_structures(sample):
    """Clustered anew, two molecules of one cluster are together far more often than others."""
    molecules = [Chem.MolFromSmiles(text) for text in sample.smiles]
    again = cluster(fingerprints(molecules))
    same = sample.cluster[:, None] == sample.cluster
    together = again[:, None] == again
    apart = ~np.eye(COUNT, dtype=bool)
    assert together[same & apart].mean() > 0.5
    assert together[~same].mean() < 0.01


def plain(items, clusters):
    names = tuple(f"m{i}" for i in range(items))
    return Explored(
        names, ("CCO",) * items, names, gaussian(items), np.arange(items),
        np.arange(items) % clusters, "synthetic",
    )  # fmt: skip


def test_whole_clusters_of_a_middling_size_are_chosen():
    sizes = [2] * 50 + [5, 20] * 30 + [4, 21] * 20
    whole = plain(sum(sizes), 1)
    numbered = replace(whole, cluster=np.repeat(np.arange(len(sizes)), sizes))
    chosen = choose(numbered)
    assert chosen.items == COUNT
    taken = np.bincount(chosen.cluster, minlength=len(sizes))
    cut = [(n, sizes[i]) for i, n in enumerate(taken.tolist()) if n not in {0, sizes[i]}]
    assert len(cut) <= 1  # the last one
    assert {sizes[i] for i in np.flatnonzero(taken)} == {5, 20}


def test_what_is_written_is_read(tmp_path):
    some = plain(20, 4)
    write_sample(some, tmp_path)
    read = read_sample(tmp_path)
    assert (read.names, read.smiles, read.texts) == (some.names, some.smiles, some.texts)
    assert (read.cluster == some.cluster).all()
    assert read.vectors == pytest.approx(some.vectors, abs=2e-3)


def test_batches_are_drawn_from_the_training_side_alone(tmp_path):
    data = load_pairs(small(tmp_path))
    side = training_side(data)
    wanted = [data.names[i] for i in range(len(data.names)) if data.split.side[i] == 0]
    assert list(side.names) == wanted
    assert side.items < len(data.names)
    assert len(side.vectors) == len(side.label) == len(side.cluster) == side.items
    assert search(side).items == side.items


@pytest.mark.parametrize("method", ["planned", "sequential"])
def test_a_batch_is_told_as_it_was_drawn(sample, pool, method):
    options = BatchOptions(batch_size=16, hardness_k=30, method=method)
    epoch, exact = draw_epoch(pool, options, 0), cosine(sample.vectors)
    for number in (1, 7, len(epoch.members)):
        view = view_batch(sample, pool.embeddings, epoch, number)
        drawn = epoch.members[number - 1]
        pivot = int(drawn[0])
        assert view.has_pivot
        assert view.first.name == sample.names[pivot]
        assert sorted(m.item for m in view.members) == sorted(i for i in drawn.tolist() if i >= 0)
        assert len(view.hard) == epoch.filled[number - 1]
        for member in view.members:
            assert member.similarity == pytest.approx(exact[pivot, member.item], abs=1e-5)
            assert member.text == sample.texts[member.item]
            column = drawn.tolist().index(member.item)
            assert member.origin == Origin(epoch.origin[number - 1, column])
        for group in (view.hard, view.random):
            values = [member.similarity for member in group]
            assert values == sorted(values, reverse=True)


def test_a_random_batch_has_no_pivot_and_shared_labels_are_counted(pool, sample):
    epoch = draw_epoch(pool, BatchOptions(hard_ratio=0.0, batch_size=10), 0)
    items = epoch.members[0]
    label = sample.label.copy()
    label[items[:3]], label[items[3:5]] = -1, -2  # three of one text, two of another
    marked = Explored(
        sample.names, sample.smiles, sample.texts, sample.vectors, label, sample.cluster, ""
    )
    view = view_batch(marked, pool.embeddings, epoch, 1)
    assert not view.has_pivot
    assert view.hard == ()
    assert len(view.random) == 9
    assert view.same_pairs == 3 + 1
    assert view.pairs == 45


def test_a_batch_that_is_not_there_is_refused(pool, sample):
    epoch = draw_epoch(pool, BatchOptions(), 0)
    for number in (0, 14):
        with pytest.raises(InputError, match=f"expected 1 to 13.*came {number}"):
            view_batch(sample, pool.embeddings, epoch, number)


def test_risk_is_every_pair_above_the_bound_the_most_alike_first(pool, sample):
    epoch, exact = draw_epoch(pool, BatchOptions(), 0), cosine(sample.vectors)
    wanted = sorted(
        (exact[a, b] for batch in epoch.batches() for n, a in enumerate(batch) for b in batch[:n]
         if exact[a, b] > 0.9), reverse=True,
    )  # fmt: skip
    risk = find_risk(epoch, pool.embeddings, 0.9, 10)
    assert risk.found == len(wanted) > 10
    assert risk.pairs == sum(len(b) * (len(b) - 1) // 2 for b in epoch.batches())
    assert [row[3] for row in risk.rows] == pytest.approx(wanted[:10], abs=1e-5)
    for number, one, other, near in risk.rows:
        assert {one, other} <= set(epoch.batches()[number - 1].tolist())
        assert near == pytest.approx(exact[one, other], abs=1e-5)
    assert find_risk(epoch, pool.embeddings, 1.0, 10).rows == ()


def test_clusters_are_counted_the_most_frequent_first():
    some = plain(12, 4)
    assert cluster_counts(some, [0, 4, 8, 1, 5, 2, 3]) == [(0, 3), (1, 2), (2, 1), (3, 1)]


def test_a_picture_has_no_background_and_the_colour_that_is_asked_for():
    svg = draw_molecule("c1ccccc1C(=O)[O-]", ink="#E4E9F0", width=120, height=80)
    assert svg.startswith("<svg")
    assert "<rect" not in svg
    assert "#E4E9F0" in svg
    other = svg.replace("#E4E9F0", "")
    assert "stroke:#" not in other
    assert "fill:#" not in other
    with pytest.raises(InputError, match="SMILES"):
        draw_molecule("C1CC", ink="#000000", width=10, height=10)
