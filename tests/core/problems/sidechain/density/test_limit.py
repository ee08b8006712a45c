"""What comes back out of a density: exact without noise, and spoilt as it is said to be."""

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.problems.sidechain.atoms import ATOM14, ELEMENT14, EXISTS14, RESIDUES
from core.problems.sidechain.density.limit import (
    CA,
    LimitOptions,
    count_unseen,
    make_density,
    recover,
    seen_atoms,
)
from core.problems.sidechain.density.residue import view_residue
from core.problems.sidechain.density.sample import Sample, synthetic_sample
from core.representations.density import encode


@pytest.fixture(scope="module")
def sample() -> Sample:
    return synthetic_sample()


def some(sample: Sample, each: int = 1):
    rows = sample.some(each)
    return sample.coord[rows], sample.type[rows], rows


@pytest.mark.parametrize("knows", [True, False])
def test_without_noise_every_atom_of_every_type_comes_back(sample, knows):
    coord, type, rows = some(sample)
    found = recover(coord, type, rows, LimitOptions(knows_counts=knows))
    looked_for = EXISTS14[type].copy()
    looked_for[:, CA] = False
    assert np.array_equal(np.isfinite(found.distance), looked_for)
    assert found.distance[looked_for].max() < 0.01
    assert not found.missed.any()
    assert not found.false.any()
    for row, kind in enumerate(type):
        wanted = np.sort(ELEMENT14[kind][looked_for[row]])
        assert np.array_equal(np.sort(found.element[row][found.element[row] >= 0]), wanted)


@pytest.mark.parametrize("width", [0.2, 0.24])
def test_a_width_little_above_gaps_costs_nothing_without_noise(sample, width):
    """A search that never tries the other side of a shell loses 0.33 Å here."""
    options = LimitOptions(width_angstrom=width)
    assert not options.basis.has_gaps
    rows = np.concatenate(
        [sample.of_type(name)[:3] for name in ("ASP", "ILE", "MET", "TRP", "TYR")]
    )
    found = recover(sample.coord[rows], sample.type[rows], rows, options)
    assert np.nanmax(found.distance) < 1e-3


def test_30_percent_of_noise_cost_little_and_wide_gaps_with_noise_more(sample):
    coord, type, rows = some(sample, 2)

    def rms(**options) -> float:
        distance = recover(coord, type, rows, LimitOptions(**options)).distance
        return float(np.sqrt(np.nanmean(distance**2)))

    assert 0.005 < rms(noise=0.3) < 0.04
    assert rms(noise=0.05) < 0.01 < rms(noise=0.05, width_angstrom=0.1)
    assert rms(l_max=2, noise=0.1) > 0.05


def test_a_density_is_that_of_all_atoms_but_ca(sample):
    coord, type, rows = some(sample)
    options = LimitOptions(l_max=3, shells=6)
    density = make_density(coord, type, rows, options)
    for row, kind in enumerate(type):
        slots = [slot for slot in range(len(ATOM14[RESIDUES[kind]])) if slot != CA]
        place = torch.from_numpy(coord[row : row + 1, slots])
        channel = torch.from_numpy(ELEMENT14[kind][slots][None])
        alone = encode(place, channel, basis=options.basis)[0].numpy()
        assert density[row] == pytest.approx(alone, abs=1e-12)
    moved = coord.copy()
    moved[:, CA] += 0.5
    assert np.array_equal(make_density(moved, type, rows, options), density)


def test_noise_has_its_size_and_belongs_to_its_residue(sample):
    coord, type, rows = some(sample)
    plain, noisy = (make_density(coord, type, rows, LimitOptions(noise=n)) for n in (0.0, 0.4))
    size = np.sqrt((plain**2).mean(axis=(2, 3), keepdims=True))
    added = (noisy - plain) / np.where(size > 0, size, 1.0)
    there = size[:, :, 0, 0] > 0
    assert added[there].std(axis=(1, 2)) == pytest.approx(np.full(there.sum(), 0.4), rel=0.1)
    assert not added[~there].any()
    alone = make_density(coord[3:4], type[3:4], rows[3:4], LimitOptions(noise=0.4))
    assert np.array_equal(alone[0], noisy[3])
    other = make_density(coord[3:4], type[3:4], rows[3:4], LimitOptions(noise=0.4, seed=1))
    assert not np.allclose(other, alone)


def test_tau_cuts_after_the_noise(sample):
    coord, type, rows = some(sample)
    noisy = make_density(coord, type, rows, LimitOptions(noise=0.3))
    cut = make_density(coord, type, rows, LimitOptions(noise=0.3, tau=0.2))
    assert np.array_equal(cut, np.where(np.abs(noisy) > 0.2, noisy, 0.0))


def test_atoms_that_no_shell_sees_are_counted(sample):
    coord, type, rows = some(sample)
    options = LimitOptions(r_max_angstrom=4.0, shells=8, width_angstrom=0.2)
    seen = seen_atoms(coord, type, options)
    unseen = 0
    for row, kind in enumerate(type):
        for slot in range(len(ATOM14[RESIDUES[kind]])):
            nearest = min(abs(np.linalg.norm(coord[row, slot]) - r) for r in options.basis.radii)
            expected = slot != CA and np.exp(-0.5 * (nearest / 0.2) ** 2) >= 0.01
            assert seen[row, slot] == expected
            unseen += slot != CA and not expected
    assert count_unseen(coord, type, options) == unseen > 0
    assert count_unseen(coord, type, LimitOptions()) == 0
    assert recover(coord, type, rows, options).missed.sum() > 0


def test_too_strong_a_threshold_leaves_nothing_to_find(sample):
    coord, type, rows = some(sample)
    for knows in (True, False):
        found = recover(coord, type, rows, LimitOptions(tau=50.0, knows_counts=knows))
        assert np.isnan(found.distance).all()
        assert found.missed.sum() == EXISTS14[type].sum() - len(type)
        assert found.found.shape[1] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"r_max_angstrom": 1.0, "width_angstrom": 0.05}, "first is at 1.4"),
        ({"l_max": 40}, "0 to 12"),
        ({"shells": 0}, "shells"),
        ({"tau": -1.0}, "tau"),
    ],
)
def test_what_cannot_be_is_refused_in_words(sample, options, said):
    coord, type, rows = some(sample)
    with pytest.raises(InputError, match=said):
        recover(coord, type, rows, LimitOptions(**options))
    for wrong in ({"noise": -0.1}, {"noise": float("nan")}, {"seed": -1}):
        with pytest.raises(InputError, match="0 or more"):
            LimitOptions(**wrong)


def test_missing_atoms_are_neither_encoded_nor_missed(sample):
    row = sample.pick("TRP", 1)
    coord, number = sample.coord[row : row + 1].copy(), np.array([row])
    coord[0, 7] = np.nan
    found = recover(coord, sample.type[row : row + 1], number, LimitOptions())
    assert np.isnan(found.distance[0, 7])
    assert not found.missed.any()
    assert (found.element[0] >= 0).sum() == 12


def test_a_residue_is_put_beside_what_was_found_of_it(sample):
    row = sample.pick("TRP", 2)
    coord, type = sample.coord[row], int(sample.type[row])
    options = LimitOptions(l_max=2, noise=0.5, knows_counts=False)
    found = recover(coord[None], np.array([type]), np.array([row]), options)
    view = view_residue(coord, type, found)
    assert view.names == ATOM14["TRP"]
    assert view.elements == tuple(name[0] for name in ATOM14["TRP"])
    assert view.looked_for == 13
    assert view.distance[CA] == 0.0
    far = max(range(14), key=lambda slot: np.linalg.norm(coord[slot]))
    assert view.farthest.name == ATOM14["TRP"][far]
    assert view.farthest.radius == pytest.approx(np.linalg.norm(coord[far]))
    squared = found.distance[0] ** 2
    others = [slot for slot in range(14) if slot != CA]
    assert view.rmsd("overall") == pytest.approx(np.sqrt(np.nanmean(squared[others])))
    assert view.rmsd("side_chain") == pytest.approx(np.sqrt(np.nanmean(squared[4:])))
    assert len(view.found) == len(view.found_elements) == len(view.false)
    # An atom has no partner farther than the nearest false place of its element.
    assert view.false.sum() + (~view.missed[others]).sum() == len(view.found)
