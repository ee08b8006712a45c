"""Versions out of files: frames, superposition by biotite, and what is refused."""

from pathlib import Path

import biotite.structure as struc
import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.metrics.rmsd import pooled_rmsd
from core.problems.sidechain.reading import text_blocks
from core.problems.sidechain.reading.structures import read_residues
from core.problems.sidechain.versions.of_files import lacking_natives, version_of_files
from core.problems.sidechain.versions.of_runs import version_of_arrays
from tests.core.problems.sidechain.ideal import rotation, sample
from tests.core.problems.sidechain.made import chain_of, write

LETTERS = "MKFWYRDELVHNQSTAGCIP"


@pytest.fixture
def pair(tmp_path):
    """A native chain and one that is turned, moved and noisy."""
    native = chain_of(LETTERS)
    pred = native.copy()
    noise = np.random.default_rng(0).normal(0, 0.2, pred.coord.shape)
    pred.coord = (pred.coord + noise) @ rotation(np.random.default_rng(3)).T + 7.0
    return write(pred, tmp_path / "pred.pdb"), write(native, tmp_path / "native.pdb")


def test_local_frames_and_superposition_forget_where_a_structure_lies(pair):
    pred, native = pair
    moved = version_of_files("p", [pred], [native], frame="as given")
    assert pooled_rmsd(moved.atoms.squared) > 10
    for frame in ("local", "superposed"):
        found = version_of_files("p", [pred], [native], frame=frame)
        assert 0.2 < pooled_rmsd(found.atoms.squared) < 1.5
        same = version_of_files("p", [native], [native], frame=frame)
        assert pooled_rmsd(same.atoms.squared) < 1e-3
    local = version_of_files("p", [pred], [native], frame="local")
    assert local.rmsd[1] == pytest.approx(0, abs=1e-6)  # the origin of every frame


def test_superposition_is_that_of_biotite(pair):
    pred, native = pair
    ours, theirs = (read_residues(path).coord.astype(float) for path in pair)
    _, transform = struc.superimpose(theirs[:, 1], ours[:, 1])
    fitted = transform.apply(ours.reshape(-1, 3)).reshape(ours.shape)
    squared = ((fitted - theirs) ** 2).sum(-1)
    found = version_of_files("p", [pred], [native], frame="superposed")
    assert found.atoms.squared == pytest.approx(squared, abs=2e-3, nan_ok=True)


def test_another_residue_type_is_compared_up_to_cb_only(tmp_path):
    native = write(chain_of("AKLVA"), tmp_path / "native.pdb")
    pred = write(chain_of("AKFVA"), tmp_path / "pred.pdb")
    found = version_of_files("p", [pred], [native])
    assert np.isfinite(found.atoms.squared[2, :5]).all()
    assert np.isnan(found.atoms.squared[2, 5:]).all()
    assert any("another type" in note for note in found.notes)


def test_arrays_bring_their_truth_or_take_that_of_a_structure(tmp_path):
    type = np.arange(20)
    native = sample(type)
    path = tmp_path / "pred.npz"
    np.savez(path, coord=native + 0.1, native_coord=native, type=type)
    found = version_of_files("p", [path], [], frame="as given")
    assert found.rmsd[0] == pytest.approx(0.1 * np.sqrt(3), rel=1e-4)
    side_only = native.copy()
    side_only[:, :3] = np.nan
    np.savez(path, coord=side_only, native_coord=native, type=type)
    bare = version_of_files("p", [path], [])
    assert any("compared as they are given" in note for note in bare.notes)
    assert bare.rmsd[4] == pytest.approx(0, abs=1e-5)
    np.savez(path, coord=native, type=type)
    with pytest.raises(InputError, match="native coordinates"):
        version_of_files("p", [path], [])


def test_what_reading_mapped_and_chose_is_told_with_its_file(tmp_path):
    native = chain_of("AKMVA")
    write(native, tmp_path / "native.pdb")
    pred = native.copy()
    pred.res_name[pred.res_name == "MET"] = "MSE"
    write(struc.stack([pred, pred]), tmp_path / "pred.pdb")
    found = version_of_files("p", [tmp_path / "pred.pdb"], [tmp_path / "native.pdb"])
    assert "pred.pdb: the first of 2 models" in found.notes
    taken = "pred.pdb: modified residues taken for their parent: 1 (MSE as MET 1)"
    assert found.notes.count(taken) == 1
    assert not [note for note in found.notes if note.startswith("native.pdb")]


def test_natives_that_are_still_to_come_are_counted():
    arrays, structures = [Path("a.npz")], [Path("a.pdb"), Path("b.cif.gz")]
    assert lacking_natives(arrays, 0) == 0
    assert [lacking_natives(structures, count) for count in (0, 1, 2, 3)] == [2, 1, 0, 0]
    assert lacking_natives([], 1) == 0


def test_files_must_come_in_pairs(pair):
    pred, native = pair
    with pytest.raises(InputError, match="expected 1, one for each prediction, came 0"):
        version_of_files("p", [pred], [])
    with pytest.raises(InputError, match="at least one file"):
        version_of_files("p", [], [native])


def test_a_recorded_evaluation_is_a_version():
    type = np.arange(20)
    native = sample(type)
    arrays = {"pred": native + 0.1, "native": native, "type": type.astype(np.int8),
              "name": np.array(RESIDUES)}  # fmt: skip
    found = version_of_arrays("run", arrays, notes=("synthetic",))
    assert found.kind == "run"
    assert found.rmsd == pytest.approx(np.full(14, 0.1 * np.sqrt(3)))
    assert found.notes == ("synthetic",)
    assert len(set(found.atoms.group.tolist())) == 20


def test_reading_tells_the_share_of_all_files_and_can_be_cancelled(pair, monkeypatch):
    monkeypatch.setattr(text_blocks, "BLOCK_LINES", 30)
    pred, native = pair
    told: list[tuple[float, str]] = []
    version_of_files("p", [pred], [native], progress=lambda *one: told.append(one))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert list(dict.fromkeys(name for _, name in told)) == ["pred.pdb", "native.pdb"]
    whole = pred.stat().st_size + native.stat().st_size
    end_of_first = max(share for share, name in told if name == "pred.pdb")
    assert end_of_first == pytest.approx(pred.stat().st_size / whole)

    def stop(share: float, name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        version_of_files("p", [pred], [native], progress=stop)
