from pathlib import Path

import h5py
import numpy as np
import pytest

from core.chemistry.components import choose_components, molecule_of
from core.chemistry.descriptors import fingerprints
from core.chemistry.embeddings import read_targets, write_targets
from core.chemistry.splits import SPLITS, Split, cluster
from core.errors import InputError, UnavailableError
from core.history import collect_history
from core.problems.pocket import synthetic
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.data import PocketData, describe_split, load_pockets
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.shells import NAMES
from core.problems.pocket.synthetic import (
    grow_pockets,
    load_synthetic,
    reference_embedding,
)
from core.problems.pocket.task import build_task, with_epochs
from core.training.loop import train
from tests.core.problems.pocket.complexes import LIGANDS, write_complexes
from tests.core.problems.pocket.small import CPU, SMALL, small

DIM = 8
REFERENCE = 60
NAMES_OF_COMPLEXES = [f"{number}aaa" for number in range(len(LIGANDS))]


@pytest.fixture
def few_molecules(monkeypatch: pytest.MonkeyPatch):
    """The reference embedding is fitted on few molecules, as two thousand take seconds."""
    monkeypatch.setattr(synthetic, "REFERENCE", REFERENCE)
    reference_embedding.cache_clear()
    yield
    reference_embedding.cache_clear()


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    return write_complexes(tmp_path / "set", dict(zip(NAMES_OF_COMPLEXES, LIGANDS, strict=True)))


@pytest.fixture
def file(tmp_path: Path):
    """Writes z-scored vectors for ids and gives the path."""

    def written(*ids: str, offset: float = 0.0) -> str:
        drawn = np.random.default_rng(len(ids)).standard_normal((len(ids), DIM))
        path = tmp_path / "ligand_embeddings_8d.h5"
        write_targets(path, ids, (drawn - drawn.mean(0)) / drawn.std(0) + offset)
        return str(path)

    return written


def trained(config: PocketConfig):
    task = build_task(config, CPU)
    config = with_epochs(config, task)
    return collect_history(train(config, task, POCKET.schedule(config), watched=POCKET.watched))


def assert_sound(data: PocketData) -> None:
    count = len(data.names)
    assert len(data.graphs) == len(data.ligand_names) == len(data.ligand) == count
    assert data.target.shape[0] == len(data.split.side) == count
    assert data.target.dtype == np.float32
    assert np.isfinite(data.target).all()
    for one, other in zip(data.ligand, data.ligand_names, strict=True):
        assert data.ligand_names[int(np.flatnonzero(data.ligand == one)[0])] == other
    assert sum(len(data.split.of(side)) for side in SPLITS) == count
    assert data.facts["split"] == describe_split(data.split)


def test_synthetic_pockets_are_said_to_be_synthetic_and_hold_what_was_asked_for():
    data = load_pockets(small())
    assert_sound(data)
    assert len(set(data.names)) == 40
    assert data.target.shape == (40, 16)
    assert data.facts["training data"] == (
        "synthetic pockets around 40 real molecules of the component dictionary"
    )
    assert "projected to 16 dimensions" in data.facts["targets"]
    known = data.target[data.split.of("train")]  # what is held out has no part in the scales
    assert np.allclose(known.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(known.std(axis=0), 1, atol=1e-4)
    assert not np.allclose(data.target.mean(axis=0), 0, atol=1e-2)
    groups = cluster(fingerprints([molecule_of(name) for name in data.names]))
    for group in set(groups.tolist()):
        assert len(set(data.split.side[groups == group].tolist())) == 1


def test_synthetic_pockets_are_kept_and_made_again_alike(state_folder: Path):
    first = load_synthetic.__wrapped__(40, 16, 0)
    (folder,) = (state_folder / "pocket").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "ligand_embeddings_16d.h5", "pockets.npz",
    }  # fmt: skip
    assert set(read_targets(folder / "ligand_embeddings_16d.h5").ids) == set(first.names)
    kept = load_synthetic.__wrapped__(40, 16, 0)
    (folder / "pockets.npz").unlink()
    again = load_synthetic.__wrapped__(40, 16, 0)
    for other in (kept, again):
        assert other.names == first.names
        assert np.array_equal(other.vectors, first.vectors)
        assert np.array_equal(other.split.side, first.split.side)
        for one, same in zip(first.pockets, other.pockets, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    sizes = {len(element) for element, _, _ in first.pockets}
    assert len(sizes) > 5


def test_the_pocket_of_a_molecule_does_not_depend_on_the_others():
    chosen = choose_components(30, 5)
    assert list(chosen) == sorted(chosen)
    assert len(chosen) == 30
    name = list(chosen)[7]
    alone = grow_pockets({name: chosen[name]}, 5)[0]
    for one, other in zip(grow_pockets(chosen, 5)[7], alone, strict=True):
        assert np.array_equal(one, other)
    assert len(NAMES) == 8


def test_a_state_folder_that_cannot_be_written_is_said(state_folder: Path):
    state_folder.write_text("in the way")
    with pytest.raises(UnavailableError, match="cannot be written"):
        load_synthetic.__wrapped__(40, 16, 1)


def test_ids_of_a_file_name_components_alone_or_behind_the_last_underscore(file):
    ids = ("1aju_ARG", "ATP", "2abc_x_btn", "cff", "3def_STI", "4ghi_SAM", "5jkl_ATP", "IBP")
    path = file(*ids)
    data = load_pockets(small(embeddings_path=path, output_dim=DIM))
    assert_sound(data)
    told = dict(zip(data.names, data.ligand_names, strict=True))
    assert told == dict(
        zip(ids, ["ARG", "ATP", "BTN", "CFF", "STI", "SAM", "ATP", "IBP"], strict=True)
    )
    targets = read_targets(Path(path))
    for name, vector in zip(data.names, data.target, strict=True):
        assert np.array_equal(vector, targets.vectors[targets.ids.index(name)].astype(np.float32))
    both = [data.names.index("ATP"), data.names.index("5jkl_ATP")]
    assert data.ligand[both[0]] == data.ligand[both[1]]
    assert data.split.side[both[0]] == data.split.side[both[1]]
    assert "ids without a pocket" not in data.facts
    assert "8 ligands of ligand_embeddings_8d.h5" in data.facts["training data"]
    assert data.facts["targets"] == "8 vectors of ligand_embeddings_8d.h5"


def test_ids_without_a_pocket_are_counted_and_the_first_are_named(file):
    known = ("ATP", "BTN", "CFF", "STI", "SAM", "IBP")
    strange = tuple(f"mol_Q{number}Q9" for number in range(7))
    data = load_pockets(small(embeddings_path=file(*known, *strange), output_dim=DIM))
    assert set(data.names) == set(known)
    told = data.facts["ids without a pocket"]
    assert told.startswith("7: mol_Q0Q9; mol_Q1Q9; ")
    assert told.endswith(" and 2 more")


def test_a_file_of_which_no_id_has_a_pocket_is_refused(file):
    with pytest.raises(InputError) as caught:
        load_pockets(small(embeddings_path=file("nobody", "knows_this9"), output_dim=DIM))
    assert "at least 6" in caught.value.expected
    assert caught.value.came.startswith("0 (first of 2 left out: ")


def test_a_file_of_another_width_is_refused_and_names_the_option(file):
    path = file("ATP", "BTN", "CFF", "STI", "SAM", "IBP")
    with pytest.raises(InputError, match=r"256 numbers \(output_dim\), came 8"):
        load_pockets(small(embeddings_path=path, output_dim=256))


def test_targets_that_are_not_z_scored_are_a_fact_that_a_rule_reads(file):
    ids = ("ATP", "BTN", "CFF", "STI", "SAM", "IBP")
    history = trained(small(embeddings_path=file(*ids, offset=2.0), output_dim=DIM, num_epochs=1))
    assert "not z-scored" in history.started.facts["target scaling"]
    findings = [f for rule in POCKET.rules if rule.id == "P-01" for f in rule.check(history)]
    assert len(findings) == 1
    assert "means reach" in findings[0].evidence
    plain = trained(small(embeddings_path=file(*ids), output_dim=DIM, num_epochs=1))
    assert "target scaling" not in plain.started.facts
    assert [f for rule in POCKET.rules if rule.id == "P-01" for f in rule.check(plain)] == []


def test_a_run_on_the_ids_of_a_file_trains(file):
    path = file("1abc_ATP", "BTN", "CFF", "STI", "SAM", "IBP", "ZMA", "LDP")
    history = trained(small(embeddings_path=path, output_dim=DIM))
    assert history.ended.outcome == "finished"
    assert len(history.series["val/cosine_loss"]) == SMALL["num_epochs"] + 1


@pytest.mark.usefixtures("few_molecules")
def test_a_folder_of_complexes_trains_end_to_end(twins: Path):
    (twins / "9zzz.pdb").write_text("ATOM")
    config = small(structures=str(twins), output_dim=DIM, batch_size=2)
    data = load_pockets(config)
    assert_sound(data)
    assert data.names == tuple(NAMES_OF_COMPLEXES)
    assert data.ligand_names == LIGANDS
    assert data.facts["training data"] == "8 real complexes of set"
    assert data.facts["left out"].startswith("1: 9zzz: ")
    expected = reference_embedding(DIM)([molecule_of(name) for name in LIGANDS])
    training = data.split.of("train")
    known = data.target[training]
    assert np.allclose(known.mean(axis=0), 0, atol=1e-5)
    assert (known**2).mean() == pytest.approx(1, abs=1e-5)
    moved = expected - expected[training].mean(axis=0)
    assert np.allclose(data.target / data.target[0, 0], moved / moved[0, 0], atol=1e-3)
    history = trained(config)
    assert history.ended.outcome == "finished"
    assert history.started.facts["split"] == data.facts["split"]


def test_complexes_take_their_targets_from_a_file_and_both_remainders_are_told(twins: Path, file):
    ids = ("0aaa_BTN", "1aaa", "STI", "sam", "4AAA_ibp", "LDP", "6aaa_ZMA", "nobody", "7aaa_ATP")
    path = file(*ids)
    data = load_pockets(small(structures=str(twins), embeddings_path=path, output_dim=DIM))
    assert_sound(data)
    assert data.names == tuple(NAMES_OF_COMPLEXES[:7])
    targets = read_targets(Path(path))
    for vector, name in zip(data.target, ids[:7], strict=True):
        assert np.array_equal(vector, targets.vectors[targets.ids.index(name)].astype(np.float32))
    assert data.facts["left out"] == "1: 7aaa: no target in the file"
    assert data.facts["ids without a pocket"] == "2: 7aaa_ATP; nobody"


def test_complexes_of_which_no_one_has_a_target_are_refused(twins: Path, file):
    path = file("nobody", "knows")
    with pytest.raises(InputError) as caught:
        load_pockets(small(structures=str(twins), embeddings_path=path, output_dim=DIM))
    assert "at least 6" in caught.value.expected
    assert "0aaa: no target in the file" in caught.value.came


def test_a_folder_without_structures_or_with_too_few_is_refused(tmp_path: Path, twins: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="structure files"):
        load_pockets(small(structures=str(tmp_path / "empty")))
    for name in NAMES_OF_COMPLEXES[5:]:
        (twins / f"{name}.pdb").unlink()
    path = tmp_path / "targets.h5"
    write_targets(path, LIGANDS, np.random.default_rng(0).standard_normal((8, DIM)))
    with pytest.raises(InputError, match=r"usable complexes in .*at least 6, came 5"):
        load_pockets(small(structures=str(twins), embeddings_path=str(path), output_dim=DIM))


def test_a_damaged_file_is_refused_before_anything_is_grown(tmp_path: Path):
    path = tmp_path / "targets.h5"
    with h5py.File(path, "w") as content:
        content["ATP"] = np.zeros(DIM)
    with pytest.raises(InputError, match="vectors with a direction"):
        load_pockets(small(embeddings_path=str(path), output_dim=DIM))


def test_a_split_is_described_by_examples_groups_and_how_new_it_is():
    split = Split(np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 2, 3]),
                  np.array([np.nan, np.nan, np.nan, 0.2, 0.3]))  # fmt: skip
    assert describe_split(split) == (
        "by similarity: train 3 in 2, val 1 in 1, test 1 in 1 groups; "
        "nearest training ligand 0.25 (median Tanimoto)"
    )
    unknown = Split(split.side, split.group, np.full(5, np.nan))
    assert describe_split(unknown).endswith("nearest training ligand unknown")


@pytest.mark.usefixtures("few_molecules")
def test_the_real_rna_complexes_train_for_two_epochs(shared_data: Path):
    folder = shared_data / "pockets" / "rna_hariboss"
    if not folder.is_dir():
        pytest.skip("shared/data/pockets is absent: the real files stand beside the project")
    config = small(structures=str(folder), output_dim=DIM, batch_size=4, width=16, num_epochs=2)
    data = load_pockets(config)
    assert_sound(data)
    assert len(data.names) == 45
    assert data.graphs.sizes.min() < 70
    assert data.graphs.sizes.max() > 350
    assert "45 real complexes" in data.facts["training data"]
    assert "left out" not in data.facts
    history = trained(config)
    assert history.ended.outcome == "finished"
    assert len(history.series["val/cosine_loss"]) == 3
    assert np.isfinite(history.series["train/total_loss"].value).all()
