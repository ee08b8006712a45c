"""The sample against the dictionary; what batches are drawn from; pictures of molecules."""

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
    read_sample,
    search,
    training_side,
)
from core.problems.molecule.make_sample import COUNT, choose, write_sample
from core.problems.molecule.pairs import read_table
from tests.core.problems.molecule.small import small
from tests.core.samplers.data import gaussian

MOST_BYTES = 300_000


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
