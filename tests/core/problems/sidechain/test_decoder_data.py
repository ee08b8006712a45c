from math import pi

import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import CHI_ATOMS, EXISTS14, ONE_LETTER, RESIDUES
from core.problems.sidechain.bonds import BONDS
from core.problems.sidechain.data import load_residues
from core.problems.sidechain.frames import frames_of, to_local
from core.problems.sidechain.make_rotamers import count_rotamers
from core.problems.sidechain.metrics.angles import chi_angles, dihedral
from core.problems.sidechain.metrics.geometry import bond_errors
from core.problems.sidechain.real import read_real
from core.problems.sidechain.reported.totals import SWISS_PROT_PERCENT
from core.problems.sidechain.rotamers import load_rotamers
from core.problems.sidechain.synthetic import NOISE_RAD, beyond, ideal_residues, make_residues, turn
from tests.core.problems.sidechain.made import chain_of, joined, write
from tests.core.problems.sidechain.small_run import small

CHAINS = ("ACDEFGHIKLMN", "PQRSTVWYACDE", "KLMNPQRSTVWW", "GGAVLIMFWPST")


def folder_of(path, chains=CHAINS):
    for number, letters in enumerate(chains):
        write(chain_of(letters), path / f"m{number}.pdb")
    return path


def test_a_turn_sets_the_torsion_and_leaves_every_bond_as_long_as_it_was():
    for number, name in enumerate(RESIDUES):
        if name == "PRO":
            continue
        wanted = np.linspace(-3, 3, 5)
        coord = np.tile(ideal_residues()[number], (5, 1, 1))
        for angle, atoms in enumerate(CHI_ATOMS[name]):
            slots = np.array([list(_slots(name)).index(atom) for atom in atoms])
            coord = turn(coord, slots, beyond(name, angle), wanted)
        type = np.full(5, number)
        found = chi_angles(coord, type)[:, : len(CHI_ATOMS[name])]
        assert np.allclose(found, wanted[:, None])
        if name != "GLY":
            assert bond_errors(coord, type, BONDS).mean_abs < 0.001


def _slots(name):
    from core.problems.sidechain.atoms import ATOM14  # noqa: PLC0415

    return ATOM14[name]


def test_synthetic_residues_have_their_frame_types_and_rotamers():
    coord, type = make_residues(4000, 0)
    assert np.array_equal(np.isfinite(coord).all(axis=2), EXISTS14[type])
    again = to_local(coord, frames_of(coord))
    assert np.allclose(again, coord, atol=1e-9, equal_nan=True)
    share = np.bincount(type, minlength=20) / len(type)
    natural = np.array([SWISS_PROT_PERCENT[ONE_LETTER[name]] for name in RESIDUES]) / 100
    assert np.abs(share - natural).max() < 0.02
    table = load_rotamers()
    chi = chi_angles(coord, type)
    for name, rotamers in table.items():
        own = chi[type == RESIDUES.index(name)][:, : rotamers.chi_rad.shape[1]]
        off = np.abs(own[:, None] - rotamers.chi_rad)
        nearest = np.minimum(off, 2 * pi - off).max(axis=2).min(axis=1)
        assert np.median(nearest) < 2.2 * NOISE_RAD
    assert set(table) == set(RESIDUES) - {"ALA", "GLY", "PRO"}
    carbonyl = np.degrees(dihedral(coord[:, :4]))
    assert 0.3 < (np.abs(carbonyl - 137) < 36).mean() < 0.6


def test_the_seed_decides():
    one, same, other = (make_residues(300, seed)[0] for seed in (0, 0, 1))
    assert np.array_equal(one, same, equal_nan=True)
    assert not np.array_equal(one, other, equal_nan=True)


def test_counting_finds_the_rotamers_that_were_put_in():
    number, rows = RESIDUES.index("VAL"), 200
    coord = np.tile(ideal_residues()[number], (rows, 1, 1))
    wanted = np.radians(np.where(np.arange(rows) < 150, 175.0, -60.0))
    coord = turn(coord, np.array([0, 1, 4, 5]), beyond("VAL", 0), wanted)
    (first, second) = count_rotamers(coord, np.full(rows, number))
    assert (first[0], first[2], first[3]) == ("VAL", 75.0, 150)
    assert first[1] == pytest.approx([175.0])
    assert second[1] == pytest.approx([-60.0])


def test_synthetic_data_are_said_to_be_and_kept():
    config = small()
    data = load_residues(config)
    assert "synthetic" in data.facts["training data"]
    sizes = [len(data.of(name)) for name in ("train", "val", "test")]
    assert sizes == [70, 15, 15]
    assert load_residues(config) is data
    assert load_residues(small(split_seed=1)) is not data


def test_real_files_of_one_sequence_stay_on_one_side(tmp_path):
    folder = folder_of(tmp_path, (*CHAINS, CHAINS[0]))
    data = load_residues(small(structures=str(folder)))
    assert len(data.type) == 60
    assert "60 real residues of 5 files" in data.facts["training data"]
    file = np.array([name.split()[0] for name in data.name])
    assert {*data.side[file == "m0"]} == {*data.side[file == "m4"]}
    assert all(len(data.of(name)) for name in ("train", "val", "test"))
    assert np.allclose(data.coord[:, 1], 0)  # CA is the origin
    assert data.name[0] == "m0 A 1"


def test_what_is_incomplete_or_broken_is_left_out_and_counted(tmp_path):
    folder = folder_of(tmp_path)
    whole = chain_of("KKK")
    write(joined(whole[whole.atom_name != "NZ"], chain_of("A", first=4)), folder / "less.pdb")
    (folder / "broken.cif").write_text("data_x\nloop_\n_atom_site.id\n")
    found = read_real(folder)
    assert (found.files, len(found.type)) == (5, 49)
    assert found.left_out[0] == "3 residues with missing atoms"
    assert found.left_out[1].startswith("1 files: broken.cif")
    few = read_real(folder, most=5)
    assert (few.files, len(few.type)) == (2, 13)
    assert "3 files behind the first 5 residues" in few.left_out


def test_too_few_files_are_refused(tmp_path):
    folder = folder_of(tmp_path, CHAINS[:2])
    with pytest.raises(InputError, match="at least 30 complete residues in 3 files"):
        load_residues(small(structures=str(folder)))
