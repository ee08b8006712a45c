from pathlib import Path

import numpy as np
import pytest

from core.chemistry.components import molecule_of
from core.chemistry.splits import SPLITS
from core.errors import InputError
from core.problems.pocket.complexes import read_complexes
from core.problems.pocket.real import match_target, read_usable, split_complexes
from tests.core.problems.pocket.complexes import LIGANDS, chain, write_complexes
from tests.core.problems.pocket.twins import hetero, text


@pytest.mark.parametrize(
    ("ids", "name", "ligand", "expected"),
    [
        (["ARG", "1aju", "1aju_ARG"], "1aju", "ARG", 2),
        (["ARG", "1aju"], "1aju", "ARG", 1),
        (["ATP", "ARG"], "1aju", "ARG", 1),
        (["1AJU_arg"], "1aju", "ARG", 0),
        (["arg"], "1aju", "ARG", 0),
        (["1aju_ATP", "1ajv_ARG", "AR", "1aj"], "1aju", "ARG", None),
        ([], "1aju", "ARG", None),
    ],
)
def test_a_target_is_found_by_name_and_ligand_then_by_name_then_by_ligand(
    ids, name, ligand, expected
):
    assert match_target(ids, name, ligand) == expected


def test_what_can_be_used_is_read_and_the_rest_has_its_reason(tmp_path: Path):
    folder = write_complexes(tmp_path / "set", {"1aaa": "BTN", "3ccc": "CFF"})
    (folder / "2bbb.pdb").write_text(text(chain(7)))
    (folder / "4ddd.pdb").write_text(
        text(chain(8), hetero("0Q0", 101, (6.0, 0.0, 4.0), ["C1", "C2", "C3", "C4", "C5", "C6"]))
    )
    (folder / "5eee.pdb").write_text(
        text(chain(9), hetero("BTN", 101, (6.0, 0.0, 4.0), ["X1", "X2", "X3", "X4", "X5", "X6"]))
    )
    (folder / "notes.txt").write_text("not a structure")
    found = read_usable(folder, 6.0)
    assert [pocket.name for pocket in found.pockets] == ["1aaa", "3ccc"]
    sizes = [molecule.GetNumAtoms() for molecule in found.molecules]
    assert sizes == [molecule_of("BTN").GetNumAtoms(), molecule_of("CFF").GetNumAtoms()]
    assert [reason.split(":")[0] for reason in found.reasons] == ["2bbb", "4ddd", "5eee"]
    assert "ligand" in found.reasons[0]
    assert "no component of this name" in found.reasons[1]
    assert "X1" in found.reasons[2]


def test_a_wider_cut_off_makes_larger_pockets(tmp_path: Path):
    folder = write_complexes(tmp_path / "set", {"1aaa": "BTN"})
    sizes = [len(read_usable(folder, cutoff).pockets[0].element) for cutoff in (5.0, 8.0, 12.0)]
    assert sizes[0] < sizes[1] < sizes[2]
    with pytest.raises(InputError, match="cut-off"):
        read_usable(folder, 30.0)


def test_one_ligand_or_one_sequence_stays_on_one_side(tmp_path: Path):
    # 0 and 1 share a ligand, 1 and 2 a sequence, ATP and ADP are alike; the rest is alone.
    ligands = ["BTN", "BTN", "CFF", "ATP", "ADP", "STI", "IBP", "ZMA", "LDP"]
    names = [f"{number}aaa" for number in range(len(ligands))]
    folder = write_complexes(
        tmp_path / "set", dict(zip(names, ligands, strict=True)), sequence_of={"2aaa": 1}
    )
    found = read_usable(folder, 6.0)
    assert [pocket.ligand for pocket in found.pockets] == ligands
    for seed in range(6):
        split = split_complexes(found.pockets, found.molecules, seed)
        together = [split.group[0], split.group[1], split.group[2]]
        assert len(set(together)) == 1
        assert split.group[3] == split.group[4]
        assert len(set(split.group.tolist())) == 6
        assert all(len(split.of(side)) for side in SPLITS)
        for group in set(split.group.tolist()):
            assert len(set(split.side[split.group == group].tolist())) == 1
        assert np.array_equal(np.isnan(split.nearest), split.side == 0)


def test_complexes_of_one_sequence_cannot_be_split(tmp_path: Path):
    ligand_of = {f"{number}aaa": ligand for number, ligand in enumerate(LIGANDS)}
    folder = write_complexes(tmp_path / "set", ligand_of, sequence_of=dict.fromkeys(ligand_of, 3))
    found = read_usable(folder, 6.0)
    assert len({pocket.sequences for pocket in found.pockets}) == 1
    with pytest.raises(InputError, match="at least 3, one for each side"):
        split_complexes(found.pockets, found.molecules, 0)


def test_on_the_real_rna_no_sequence_and_no_ligand_is_on_two_sides(shared_data: Path):
    folder = shared_data / "pockets" / "rna_hariboss"
    if not folder.is_dir():
        pytest.skip("shared/data/pockets is absent: the real files stand beside the project")
    rows = read_complexes(folder)
    found = read_usable(folder, 6.0)
    assert len(rows) == len(found.pockets) + len(found.reasons) == 45
    assert found.reasons == ()
    for seed in (0, 1):
        split = split_complexes(found.pockets, found.molecules, seed)
        side_of: dict[str, set[int]] = {}
        for pocket, side in zip(found.pockets, split.side.tolist(), strict=True):
            for label in (pocket.ligand, *pocket.sequences):
                side_of.setdefault(label, set()).add(side)
        assert {len(sides) for sides in side_of.values()} == {1}
        assert all(len(split.of(side)) >= 3 for side in SPLITS)
