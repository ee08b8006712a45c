"""Residues to try a density on, how they are weighed, and what they recover in all."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import ATOM14, EXISTS14, ONE_LETTER, RESIDUES
from core.problems.sidechain.density.limit import CA, LimitOptions, Recovered, recover
from core.problems.sidechain.density.sample import (
    EACH,
    Sample,
    folder_sample,
    folder_stamp,
    natural_weights,
    synthetic_sample,
)
from core.problems.sidechain.density.scores import score_constant, score_recovered
from core.problems.sidechain.density.sweep import SWEEPS, first_best, swept
from core.problems.sidechain.reported.totals import SWISS_PROT_PERCENT
from tests.core.problems.sidechain.made import chain_of, write

LETTERS = "".join(ONE_LETTER[name] for name in RESIDUES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return synthetic_sample()


def test_a_sample_has_as_many_of_each_type_and_is_the_same_again(sample):
    assert np.bincount(sample.type).tolist() == [EACH] * 20
    assert np.array_equal(synthetic_sample().coord, sample.coord, equal_nan=True)
    assert np.array_equal(np.isfinite(sample.coord).all(axis=-1), EXISTS14[sample.type])
    assert np.abs(sample.coord[:, CA]).max() == 0.0
    assert sample.some(3).tolist() == [20 * kind + i for kind in range(20) for i in range(3)]
    assert sample.origin.startswith("Synthetic")
    named = sample.name[sample.of_type("ARG")]
    assert all(name.startswith("χ ") and name.count("°") == 4 for name in named)
    assert set(sample.name[sample.of_type("GLY")]) == {"no χ"}


def test_residues_are_picked_from_1(sample):
    assert sample.pick("TRP", 1) == sample.of_type("TRP")[0]
    assert sample.pick("TRP", EACH) == sample.of_type("TRP")[-1]
    for number in (0, EACH + 1, -1):
        with pytest.raises(InputError, match="1 to 20"):
            sample.pick("TRP", number)


def test_a_folder_of_structures_gives_its_residues(tmp_path: Path):
    for number, letters in enumerate((LETTERS, LETTERS[:12] * 2)):
        write(chain_of(letters), tmp_path / f"made{number}.cif")
    found = folder_sample(tmp_path)
    assert np.bincount(found.type, minlength=20).tolist() == [3] * 12 + [1] * 8
    assert "44 real ones of 2 files" in found.origin
    assert found.name[found.pick("VAL", 1)] == "made0 A 20"
    with pytest.raises(InputError, match="1 to 1"):
        found.pick("VAL", 2)


def test_folders_without_use_are_refused(tmp_path: Path):
    for folder in (tmp_path / "none", Path("x" * 5000), Path("a\0b")):
        with pytest.raises(InputError, match="a folder that is there"):
            folder_stamp(folder)
    with pytest.raises(InputError, match="structure"):
        folder_sample(tmp_path)
    write(chain_of("AAA"), tmp_path / "a.pdb")
    with pytest.raises(InputError, match="another type"):
        folder_sample(tmp_path).pick("TRP", 1)


def test_a_changed_file_is_another_stamp_and_other_files_are_not(tmp_path: Path):
    write(chain_of("AG"), tmp_path / "a.pdb")
    first = folder_stamp(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    assert folder_stamp(tmp_path) == first
    deeper = tmp_path / "more"
    deeper.mkdir()
    write(chain_of("AG"), deeper / "b.cif")
    second = folder_stamp(tmp_path)
    write(chain_of("AGA"), deeper / "b.cif")
    assert len({first, second, folder_stamp(tmp_path)}) == 3
    with pytest.raises(InputError, match="a folder that is there"):
        folder_stamp(tmp_path / "a.pdb")


def test_weights_make_types_as_frequent_as_in_nature(sample):
    rows = np.concatenate([sample.of_type("LEU")[:4], sample.of_type("TRP")])
    weight = natural_weights(sample.type[rows])
    assert weight[:4].sum() == pytest.approx(SWISS_PROT_PERCENT["L"])
    assert weight[4:].sum() == pytest.approx(SWISS_PROT_PERCENT["W"])


def test_scores_are_weighed_means_by_a_plain_loop(sample):
    rows = sample.some(2)
    type = sample.type[rows]
    generator = np.random.default_rng(0)
    distance = np.where(EXISTS14[type], generator.exponential(size=(40, 14)), np.nan)
    distance[:, CA] = np.nan
    missed = EXISTS14[type] & (generator.random((40, 14)) < 0.2)
    missed[:, CA] = False
    distance[missed & (generator.random((40, 14)) < 0.5)] = np.nan
    rest = (np.zeros((20, 0, 3)), np.zeros((20, 0), dtype=int), np.zeros((20, 0), dtype=bool))
    parts = [Recovered(distance[h], missed[h], *rest) for h in (slice(20), slice(20, 40))]
    scores = score_recovered(parts, type)
    frequency = [SWISS_PROT_PERCENT[ONE_LETTER[RESIDUES[kind]]] / 2 for kind in type]
    total, weight, lost, looked_for = np.zeros((4, 14))
    for row in range(40):
        for slot in range(14):
            if np.isfinite(distance[row, slot]):
                total[slot] += frequency[row] * distance[row, slot] ** 2
                weight[slot] += frequency[row]
            if slot != CA and slot < len(ATOM14[RESIDUES[type[row]]]):
                lost[slot] += frequency[row] * missed[row, slot]
                looked_for[slot] += frequency[row]
    others = [slot for slot in range(14) if slot != CA]
    assert scores.rmsd[others] == pytest.approx(np.sqrt(total / np.maximum(weight, 1e-9))[others])
    assert scores.lost[others] == pytest.approx((lost / np.maximum(looked_for, 1e-9))[others])
    assert np.isnan(scores.rmsd[CA])
    assert np.isnan(scores.lost[CA])
    assert scores.overall == pytest.approx(np.sqrt(total.sum() / weight.sum()))
    assert scores.side_chain == pytest.approx(np.sqrt(total[4:].sum() / weight[4:].sum()))
    assert scores.all_lost == pytest.approx(lost.sum() / looked_for.sum())
    assert scores.count.tolist() == [0 if s == CA else int(EXISTS14[type][:, s].sum())
                                     for s in range(14)]  # fmt: skip


def test_the_mean_of_a_slot_is_about_2_angstrom_off(sample):
    """MEASURED has 2.03 of real residues of natural frequency."""
    scores = score_constant(sample.slot_mean, sample.coord, sample.type)
    assert scores.side_chain == pytest.approx(2.0, abs=0.1)
    assert scores.all_lost == 0.0


def test_a_sweep_keeps_the_present_value_and_the_kind_of_number():
    options = LimitOptions(shells=13, noise=0.15)
    for name, sweep in SWEEPS.items():
        points = swept(options, name)
        assert list(points) == sorted(points)
        assert {*sweep.values, getattr(options, name)} == set(points)
        for value, varied in points.items():
            assert getattr(varied, name) == value
            assert type(getattr(varied, name)) is type(getattr(options, name))
    assert len(swept(LimitOptions(), "tau")) == len(SWEEPS["tau"].values)
    assert first_best({1: float("nan"), 2: float("nan")}) == 1
    assert first_best({1: float("nan"), 2: 0.5, 3: 0.4}) == 3


def test_real_side_chains_come_back_too(shared_data: Path):
    sample = folder_sample(shared_data / "structures")
    rows = sample.some(2)
    coord, type = sample.coord[rows], sample.type[rows]
    scores = {}
    for knows in (True, False):
        found = recover(coord, type, rows, LimitOptions(knows_counts=knows))
        scores[knows] = score_recovered([found], type)
        assert np.nanmax(found.distance) < 0.01
        assert scores[knows].all_lost == 0.0
    mean = score_constant(sample.slot_mean, coord, type)
    assert scores[True].side_chain < 0.01
    assert mean.side_chain > 1.5


def test_reading_a_folder_tells_each_file(tmp_path: Path):
    for name in ("a.pdb", "b.cif"):
        write(chain_of("AWKLE"), tmp_path / name)
    told: list[tuple[float, str]] = []
    folder_sample(tmp_path, progress=lambda *one: told.append(one))
    assert [name for _, name in told if name == "b.cif"]
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1] == (1.0, "b.cif")
