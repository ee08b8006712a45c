"""Stored mean places: fitted as a plain loop does, and those of the scores beside them."""

import csv

import numpy as np
import pytest

from core.problems.sidechain.atoms import ATOM14, RESIDUES
from core.problems.sidechain.metrics.baselines import fit_means
from core.problems.sidechain.real import read_real
from core.problems.sidechain.versions import reference
from core.problems.sidechain.versions.make_baselines import main
from core.problems.sidechain.versions.means import stored_means
from tests.core.problems.sidechain.made import chain_of, write


def plain_means(coord, type) -> dict[tuple[int, int], np.ndarray]:
    places: dict[tuple[int, int], list] = {}
    for residue, kind in zip(coord.tolist(), type.tolist(), strict=True):
        for slot in range(len(ATOM14[RESIDUES[kind]])):
            places.setdefault((kind, slot), []).append(residue[slot])
    return {at: np.mean(found, axis=0) for at, found in places.items()}


def test_the_command_writes_means_that_a_plain_loop_finds(tmp_path):
    folder = tmp_path / "structures"
    folder.mkdir()
    write(chain_of("AWKEFRLMNQWAKY"), folder / "one.pdb")
    main(folder, tmp_path / "scores.csv", tmp_path / "means.csv")
    found, given = stored_means(tmp_path / "means.csv"), read_real(folder)
    assert found.residues == 14
    plain = plain_means(given.coord, given.type)
    for (kind, slot), place in plain.items():
        assert found.by_type[kind, slot] == pytest.approx(place, abs=1e-4)
    never = RESIDUES.index("GLY")
    assert found.count[never].sum() == 0
    assert found.by_type[never] == pytest.approx(found.slot)
    trp, tyr = (plain[RESIDUES.index(name), 11] for name in ("TRP", "TYR"))
    assert found.slot[11] == pytest.approx((2 * trp + tyr) / 3, abs=1e-4)


def test_the_stored_means_are_of_the_residues_of_the_stored_scores():
    with reference.TABLE.open(encoding="utf-8") as file:
        counts = [int(row["count"]) for row in csv.DictReader(file)]
    assert stored_means().count.sum(axis=0).tolist() == counts


def test_real_structures_give_the_stored_means(shared_data):
    found = read_real(shared_data / "structures" / "pu")
    means, stored = fit_means(found.coord.astype(float), found.type), stored_means()
    seen = means.count[:, :5] >= 5
    off = np.linalg.norm(means.by_type - stored.by_type, axis=-1)[:, :5][seen]
    assert off.max() < 1.5  # a hundred residues of one protein: O turns with the fold
    assert np.median(off) < 0.1
