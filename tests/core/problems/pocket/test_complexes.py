import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from biotite.structure.io import pdb, pdbx

from core.errors import InputError
from core.problems.pocket.complexes import (
    Pocket,
    read_complexes,
    read_pocket,
    walk_complexes,
)
from core.problems.pocket.structures import read_structure
from core.problems.pocket.vocabulary import ELEMENTS, RESIDUES
from tests.core.problems.pocket.twins import (
    BACKBONE,
    RING,
    atom_line,
    heavy_atoms,
    hetero,
    plain_pocket,
    protein,
    residue,
    text,
)

LIGAND = hetero("LIG", 101, (4.0, 0.0, 4.0))  # above the second residue


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "1abc.pdb") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def pocket(write):
    """Reads a twin's text as a pocket."""
    return lambda *parts, **options: read_pocket(write(text(*parts)), **options)


def residues_of(found: Pocket) -> list[str]:
    """Names of residues, as many as there are atoms of them."""
    return [RESIDUES[index] for index in found.residue]


def places(coord: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(round(float(x), 3) for x in row) for row in coord}


def test_a_pocket_is_every_residue_near_the_ligand_as_a_whole(pocket):
    found = pocket(protein(), LIGAND, cutoff_angstrom=5.0)
    assert found.name == "1abc"
    assert found.ligand == "LIG"
    assert found.ligand_atoms == RING
    assert found.ligand_coord[0].tolist() == [4.0, 0.0, 4.0]
    assert found.coord.dtype == np.float32
    assert residues_of(found) == ["GLY"] * 5  # the neighbours are at 5.66
    assert [ELEMENTS[index] for index in found.element] == ["N", "C", "C", "O", "C"]
    assert found.residue_count == 1
    assert found.sequences == ("AGSKW",)
    assert found.notes == ()
    assert pocket(protein(), LIGAND).residue_count == 3


@pytest.mark.parametrize("cutoff", [2.0, 4.0, 4.5, 6.0, 8.0, 8.95, 13.0, 20.0])
def test_a_pocket_agrees_with_the_plain_loop(pocket, write, cutoff):
    everything = [*protein(), *LIGAND]
    if cutoff == 2.0:
        with pytest.raises(InputError, match="a polymer within 2 angstrom of LIG A 101, came none"):
            pocket(everything, cutoff_angstrom=cutoff)
        return
    found = pocket(everything, cutoff_angstrom=cutoff)
    around, ligand = heavy_atoms(text(protein())), heavy_atoms(text(LIGAND))
    expected = plain_pocket(around, ligand, cutoff)
    assert places(found.coord) == {place for _, _, place in expected}
    assert found.residue_count == len({name for _, name, _ in expected})


def test_every_format_gives_the_same_pocket(write):
    plain = write(text(protein(), LIGAND))
    expected = read_pocket(plain)
    atoms = pdb.PDBFile.read(plain).get_structure(model=1)
    cif, binary = pdbx.CIFFile(), pdbx.BinaryCIFFile()
    for file in (cif, binary):
        pdbx.set_structure(file, atoms)
    cif_text, binary_bytes = io.StringIO(), io.BytesIO()
    cif.write(cif_text)
    binary.write(binary_bytes)
    for suffix, data in {
        "pdb": plain.read_bytes(),
        "cif": cif_text.getvalue().encode(),
        "bcif": binary_bytes.getvalue(),
    }.items():
        for name, content in {suffix: data, f"{suffix}.gz": gzip.compress(data)}.items():
            found = read_pocket(write(content, f"1abc.{name}"))
            assert found.name == "1abc"
            assert np.array_equal(found.coord, expected.coord)
            assert np.array_equal(found.element, expected.element)
            assert np.array_equal(found.residue, expected.residue)
            assert found.sequences == expected.sequences
            assert found.ligand_atoms == expected.ligand_atoms


def test_water_and_additives_stay_outside_and_metals_and_cofactors_inside(pocket):
    around = [
        *hetero("HOH", 201, (4.0, 1.0, 7.0), ["O"]),
        *hetero("GOL", 202, (8.0, 0.0, 5.0), ["C1", "O1", "C2", "O2", "C3", "O3"]),
        *hetero("ZN", 203, (0.0, 0.0, 4.0), ["ZN"]),
        *hetero("COF", 204, (4.0, 12.0, 4.0), ["C1", "N2", "C3"]),
    ]
    found = pocket(protein(), LIGAND, around, cutoff_angstrom=5.0)
    assert residues_of(found) == ["GLY"] * 5 + ["other"] * 4
    assert ELEMENTS[found.element[5]] == "Zn"
    assert found.notes == ("left out of the pocket: GOL A 202",)


def test_hydrogens_count_nowhere(pocket):
    names = ("N", "CA", "H", "HA", "D")
    near = residue("GLY", 1, (0, 0, 0), names)
    ligand = hetero("LIG", 9, (0, 0, 4), [*RING, "H1", "D2"])
    found = pocket(near, ligand)
    assert [ELEMENTS[index] for index in found.element] == ["N", "C"]
    assert found.ligand_atoms == RING
    with pytest.raises(InputError, match="a polymer within 4 angstrom"):
        pocket([atom_line("CA", "GLY", 1, (0, 0, 0))], hetero("LIG", 9, (0, 0, 4.1)),
               [atom_line("HA", "GLY", 1, (0, 0, 1))], cutoff_angstrom=4.0)  # fmt: skip


def test_selenomethionine_is_methionine_to_its_sulphur(pocket):
    found = pocket(hetero("MSE", 1, (0, 0, 0), ["N", "CA", "C", "SE"]),
                   residue("ALA", 2, (1.3, 3.0, 0)), hetero("LIG", 9, (0, 0, 4)))  # fmt: skip
    assert residues_of(found)[:4] == ["MET"] * 4
    assert ELEMENTS[found.element[3]] == "S"
    assert found.sequences == ("MA",)


def test_the_largest_candidate_is_the_ligand_and_the_others_are_noted(pocket):
    small = hetero("SML", 102, (12.0, 0.0, 4.0), RING[:6])
    tiny = hetero("TNY", 103, (16.0, 0.0, 4.0), RING[:5])
    found = pocket(protein(), small, LIGAND, tiny)
    assert found.ligand == "LIG"
    assert found.notes == ("other candidates for the ligand: SML",)
    assert pocket(protein(), small, LIGAND, tiny, ligand="tny").ligand == "TNY"
    # Of several names the first that is there counts, not the largest residue.
    assert pocket(protein(), small, LIGAND, tiny, ligand="XYZ, tny,LIG").ligand == "TNY"
    assert pocket(protein(), small, LIGAND, tiny, ligand="").ligand == "LIG"


def test_of_copies_the_first_of_the_largest_is_taken_and_none_stands_in_the_pocket(pocket):
    copies = [
        *hetero("LIG", 101, (0.0, 0.0, 4.0), RING[:6], chain="B"),
        *hetero("LIG", 102, (4.0, 0.0, 4.0), chain="B"),
        *hetero("LIG", 103, (8.0, 0.0, 4.0), chain="B"),
    ]
    found = pocket(protein(), copies)
    assert found.ligand_coord[0].tolist() == [4.0, 0.0, 4.0]
    assert found.notes == (
        "3 copies of the ligand, of which LIG B 102 is taken",
        "left out of the pocket: LIG B 101, LIG B 103",
    )
    assert set(residues_of(found)) == {"ALA", "GLY", "SER"}


def test_what_is_bound_to_the_ligand_is_a_part_of_it_and_left_out(pocket):
    first = hetero("GLC", 101, (4.0, 0.0, 4.0), [*RING, "O8"], chain="B")
    second = hetero("BGC", 102, (5.5, 0.0, 4.0), chain="B")
    third = hetero("FRU", 103, (7.0, 0.0, 4.0), chain="B")
    found = pocket(protein(), first, second, third)
    assert found.ligand == "GLC"
    assert "left out, bound to the ligand: BGC B 102, FRU B 103" in found.notes
    assert "other" not in residues_of(found)


def test_a_modified_residue_belongs_to_its_chain_and_a_free_amino_acid_does_not(pocket):
    phospho = hetero("SEP", 6, (1.3, 4.0, 0.0), [*BACKBONE, "OG", "P"])  # N at 1.6 of ALA's C
    arginine = hetero("ARG", 7, (8.0, 0.0, 4.0), [*BACKBONE, "CG", "CD"])
    found = pocket(protein(), phospho, arginine)
    assert found.ligand == "ARG"
    assert found.notes[0] == "modified residues of the polymer: SEP A 6"
    assert found.sequences == ("AGSKWX",)


def test_sugars_on_the_protein_are_no_ligand(pocket):
    first = hetero("NAG", 201, (1.6, 0.0, 0.0))  # 1.6 from the first residue
    second = hetero("NAG", 202, (1.6, 0.0, 1.6))  # and this one from it
    with pytest.raises(InputError, match=r"came NAG \(sugar on the polymer\)\. Name"):
        pocket(protein(), first, second)
    found = pocket(protein(), first, second, LIGAND)
    assert found.ligand == "LIG"
    assert residues_of(found).count("other") == 2 * len(RING)


def test_a_ligand_bound_to_the_protein_is_taken_and_noted(pocket):
    found = pocket(protein(), hetero("LIG", 9, (4.0, 6.0, 1.5)))  # over the CB of GLY
    assert found.notes == ("within 2 angstrom of the ligand, a bond or a clash: GLY A 2",)


def test_sequences_are_those_of_the_chains_that_touch(pocket):
    nucleic = residue("DG", 1, (4.0, 0.0, 8.0), ["P", "O5'", "C5'"], chain="B")
    far = residue("ALA", 1, (4.0, 0.0, 90.0), chain="C")
    found = pocket(protein(), nucleic, far, LIGAND)
    assert found.sequences == ("AGSKW", "G")


@pytest.mark.parametrize(("first", "second"), [("A", "B"), ("1", "2")])
def test_the_alternate_location_of_highest_occupancy_is_taken(pocket, first, second):
    rare = residue("GLY", 2, (4.0, 0.0, 1.0), alt=first, occupancy=0.4)
    common = residue("GLY", 2, (4.0, 0.0, 0.0), alt=second, occupancy=0.6)
    apart = residue("ALA", 1, (0.0, 0.0, 0.0))
    found = pocket(apart, rare, common, LIGAND, cutoff_angstrom=5.0)
    assert found.coord[:, 2].tolist() == [0.0] * 5
    note = "residues with alternate locations, of which the fullest stays: 1"
    assert found.notes == (note,)


def test_of_two_residues_in_one_place_one_is_taken(pocket):
    """Microheterogeneity: serine in six tenths of the crystal, glycine in the rest."""
    mixed = [
        *residue("SER", 2, (4.0, 0.0, 0.0), alt="A", occupancy=0.6),
        *residue("GLY", 2, (4.0, 0.0, 0.0), BACKBONE[:4], alt="B", occupancy=0.4),
    ]
    assert residues_of(pocket(mixed, LIGAND)) == ["SER"] * 5


def test_only_the_first_model_is_read(write):
    shifted = [line.replace("   0.000   0.000   0.000", "   0.000   0.000  -1.000") for line in
               protein()]  # fmt: skip
    models = ["MODEL        1", *protein(), *LIGAND, "ENDMDL",
              "MODEL        2", *shifted, *LIGAND, "ENDMDL"]  # fmt: skip
    found = read_pocket(write(text(models)))
    assert found.notes == ("the first of 2 models",)
    assert np.array_equal(found.coord, read_pocket(write(text(protein(), LIGAND))).coord)


def test_atoms_without_coordinates_are_left_out_and_counted(pocket):
    broken = [line.replace("   4.000   3.000   0.000", "     nan   3.000   0.000") for line in
              protein()]  # fmt: skip
    found = pocket(broken, LIGAND, cutoff_angstrom=5.0)
    assert found.notes == ("atoms without coordinates, left out: 1",)
    assert len(found.coord) == 4
    nowhere = [line[:30] + "     nan" * 3 + line[54:] for line in LIGAND]
    with pytest.raises(InputError, match="a ligand of at least 6 heavy atoms, came polymers only"):
        pocket(protein(), nowhere)


def test_an_atom_parked_far_away_costs_nothing(pocket):
    far = hetero("UNX", 900, (9999.0, 9999.0, 9999.0), ["O"])
    assert pocket(protein(), LIGAND, far).residue_count == 3


def test_lines_that_end_behind_the_coordinates_are_read(write):
    short = [line[:54] for line in [*protein(), *LIGAND]]
    found = read_pocket(write(text(short)))
    assert found.residue_count == 3
    assert "guessed" in found.notes[0]


def test_a_ligand_apart_is_taken_whatever_its_name(write):
    write(text(protein()), "2xyz_protein.pdb")
    apart = hetero("SPM", 1, (4.0, 0.0, 4.0), [*RING, "N8"])  # elsewhere an additive
    path = write(text(apart), "2xyz_ligand.pdb")
    found = read_pocket(path.with_name("2xyz_protein.pdb"), ligand_path=path)
    assert (found.name, found.ligand, found.residue_count) == ("2xyz", "SPM", 3)
    amino = [line.replace("SPM", "ARG").replace("HETATM", "ATOM  ") for line in apart]
    path = write(text(amino), "2xyz_ligand.pdb")
    assert read_pocket(path.with_name("2xyz_protein.pdb"), ligand_path=path).ligand == "ARG"


def test_a_ligand_apart_that_is_bound_in_the_chain_belongs_to_it(write):
    """RNABind's 7eom: the GTP of the ligand file is the RNA's own first nucleotide."""
    rna = residue("G", 2, (0.0, 0.0, 0.0), ["P", "O5'", "C5'", "C4'", "C3'", "O3'"])
    apart = [
        *hetero("GTP", 1, (1.6, -12.0, 0.0), ["C8", *RING, "O3'"]),  # O3' at 1.6 of P
        *hetero("LIG", 3, (4.0, 0.0, 0.0)),
    ]
    path = write(text(rna), "x_rna.pdb")
    found = read_pocket(path, ligand_path=write(text(apart), "x_ligand.pdb"))
    assert found.ligand == "LIG"
    assert found.notes == ("modified residues of the polymer: GTP A 1",)


def test_without_a_ligand_the_message_names_what_is_there_and_why_it_was_passed_over(write):
    there = [
        *hetero("HOH", 201, (0, 0, 9), ["O"]),
        *hetero("SO4", 202, (4, 0, 9), ["S", "O1", "O2", "O3", "O4"]),
        *hetero("MG", 203, (8, 0, 9), ["MG"]),
        *hetero("EPE", 204, (12, 0, 9)),
        *hetero("ABC", 205, (16, 0, 9), RING[:4]),
    ]
    with pytest.raises(InputError) as caught:
        read_pocket(write(text(protein(), there)))
    assert str(caught.value) == (
        "1abc.pdb: expected a ligand of at least 6 heavy atoms, came HOH (water), SO4 (ion), "
        "MG (ion), EPE (buffer), ABC (4 heavy atoms). "
        "Name the residue if one of these is the ligand."
    )
    assert read_pocket(write(text(protein(), there)), ligand="EPE", cutoff_angstrom=12).ligand
    with pytest.raises(InputError, match=r"expected a ligand XYZ, came HOH \(water\), SO4 \(ion\)"):
        read_pocket(write(text(protein(), there)), ligand="XYZ")
    with pytest.raises(InputError, match=r"came polymers only\. Give another file"):
        read_pocket(write(text(protein())))


def test_a_long_list_is_cut(write):
    many = [line for i in range(20) for line in hetero(f"Q{i:02}", 300 + i, (0, 0, 9), RING[:3])]
    with pytest.raises(InputError, match="Q11 \\(3 heavy atoms\\) and 8 more"):
        read_pocket(write(text(protein(), many)))


@pytest.mark.parametrize("cutoff", [1.9, 20.1, -3.0, float("nan")])
def test_a_cutoff_out_of_range_is_refused(write, tmp_path, cutoff):
    path = write(text(protein(), LIGAND))
    with pytest.raises(InputError, match="cut-off of a pocket: expected 2 to 20 angstrom"):
        read_pocket(path, cutoff_angstrom=cutoff)
    with pytest.raises(InputError, match="2 to 20 angstrom"):
        read_complexes(tmp_path, cutoff_angstrom=cutoff)


def test_what_is_no_structure_is_said(write, tmp_path):
    with pytest.raises(
        InputError, match=r"nowhere\.pdb: expected a readable file, came No such file"
    ):
        read_pocket(tmp_path / "nowhere.pdb")
    for content, came in [
        ("", "text that begins ''"),
        ("poem\nverse", "text that begins 'poem'"),
        (b"\x00\x01\x02", "binary data"),
        ("HEADER    HYDROLASE\nEND\n", "text that begins 'HEADER    HYDROLASE'"),
    ]:
        with pytest.raises(InputError, match=came):
            read_pocket(write(content))
    only_hydrogen = text([atom_line("H", "GLY", 1, (0, 0, 0))])
    with pytest.raises(InputError, match="expected heavy atoms"):
        read_pocket(write(only_hydrogen))


def test_a_broken_file_is_said(write, tmp_path):
    whole = text(protein(), LIGAND).encode()
    packed = gzip.compress(whole)
    with pytest.raises(InputError, match="a whole gzip file"):
        read_pocket(write(packed[: len(packed) // 2]))
    broken = "came one that breaks off or is malformed"
    with pytest.raises(InputError, match=broken):
        read_pocket(write(whole[: whole.index(b"LIG") + 20]))
    file = pdbx.BinaryCIFFile()
    pdbx.set_structure(file, pdb.PDBFile.read(write(whole)).get_structure(model=1))
    stream = io.BytesIO()
    file.write(stream)
    with pytest.raises(InputError, match=broken):
        read_pocket(write(stream.getvalue()[:-100], "1abc.bcif"))
    cif = pdbx.CIFFile()
    pdbx.set_structure(cif, pdb.PDBFile.read(write(whole)).get_structure(model=1))
    words = cif.serialize()
    with pytest.raises(InputError, match=broken):
        read_pocket(write(words[: words.index("LIG") + 20], "1abc.cif"))


def test_a_folder_gives_a_row_for_each_complex_and_bad_ones_say_why(write, tmp_path):
    write(text(protein(), LIGAND), "b.pdb")
    write(gzip.compress(text(protein()).encode()), "c.pdb.gz")
    write("no structure", "d.cif")
    write(text(protein()), "a_rna.pdb")
    write(text(LIGAND), "a_ligand.pdb")
    write(text(LIGAND), "e_ligand.pdb")
    write("a note", "readme.txt")
    rows = read_complexes(tmp_path)
    assert [row.name for row in rows] == ["a", "b", "c", "d", "e"]
    for row in rows[:2]:
        assert (row.ligand, row.atoms, row.residues, row.reason) == ("LIG", 15, 3, "")
        assert row.pocket is not None
        assert row.pocket.name == row.name
    for row in rows[2:]:
        assert (row.ligand, row.atoms, row.residues, row.pocket) == ("", 0, 0, None)
    assert "polymers only" in rows[2].reason
    assert "text that begins 'no structure'" in rows[3].reason
    assert rows[4].reason == "there is no file e_rna, e_protein or e beside the ligand"


def test_files_may_be_given_one_by_one(write, tmp_path):
    paths = [write(text(protein(), LIGAND), f"{name}.pdb") for name in "ba"]
    assert [row.name for row in read_complexes(paths)] == ["a", "b"]
    assert [row.name for row in read_complexes(paths[0])] == ["b"]
    assert next(iter(walk_complexes(paths))).name == "a"
    missing = read_complexes(tmp_path / "nowhere.pdb")
    assert "No such file" in missing[0].reason
    for nothing in (tmp_path / "empty", []):
        if isinstance(nothing, Path):
            nothing.mkdir()
        with pytest.raises(InputError, match=r"structure files \(\.pdb, .* came none"):
            read_complexes(nothing)


def test_files_one_folder_deeper_count_and_equal_names_get_their_folder(write, tmp_path):
    for folder in ("x", "y", "y/deep"):
        (tmp_path / "all" / folder).mkdir(parents=True, exist_ok=True)
    for place in ("x/a", "y/a", "y/b", "y/deep/c", "d"):
        write(text(protein(), LIGAND), f"{place.replace('/', '_')}.pdb").rename(
            tmp_path / "all" / f"{place}.pdb"
        )
    rows = read_complexes(tmp_path / "all")
    assert [row.name for row in rows] == ["b", "d", "x/a", "y/a"]
    assert [row.pocket.name for row in rows if row.pocket] == [row.name for row in rows]


# The real files, where they stand beside the project.


def test_all_45_rna_complexes_are_read_and_agree_with_the_plain_loop(shared_data: Path):
    folder = shared_data / "pockets" / "rna_hariboss"
    rows = read_complexes(folder)
    with (folder / "manifest.csv").open() as stream:
        noted = {row["pdb"]: row["ligand_resnames"].split("+") for row in csv.DictReader(stream)}
    assert [row.name for row in rows] == sorted(noted)
    for row in rows:
        assert row.reason == ""
        assert row.pocket is not None
        assert row.ligand in noted[row.name]
        ligand_text = (folder / f"{row.name}_ligand.pdb").read_text()
        taken = places(row.pocket.ligand_coord)
        ligand = [atom for atom in heavy_atoms(ligand_text) if atom[2] in taken]
        assert len(ligand) == len(row.pocket.ligand_atoms)
        rna = heavy_atoms((folder / f"{row.name}_rna.pdb").read_text())
        expected = plain_pocket(rna, ligand, 6.0)
        apart = {atom[2] for atom in heavy_atoms(ligand_text)}
        assert places(row.pocket.coord) - apart == {place for _, _, place in expected}


def test_the_four_protein_complexes_are_read(shared_data: Path):
    rows = read_complexes(shared_data / "pockets" / "protein_p2rank")
    assert {row.name: row.ligand for row in rows if row.pocket is not None} == {
        "1a82a": "ATP",
        "1aaxa": "892",
        "1t7qa": "COA",
        "2ck3b": "ANP",
    }
    assert all(row.residues > 10 for row in rows)


# What the largest ligand of some of them is, as their entries say.
KNOWN = {
    "1pwc": "PNM",  # penicillin G on the serine of a peptidase
    "2rtg": "BTN",
    "3lsj": "COA",
    "3o5r": "FK5",
    "4CUP": "ZYB",
    "5h73": "FMN",
    "5ugo": "2PN",
    "6WQA": "ZMA",
    "7CFN": "FX0",
    "7gsa": "A1AA6",
    "1G9V_RQ3": "HEM",
    "7ECR_SIN": "A2R",
}


def test_structures_of_every_kind_load_or_say_why_not(shared_data: Path):
    files = sorted((shared_data / "structures").rglob("*.gz"))
    rows = {row.name: row for row in read_complexes(files)}
    assert len(rows) == len(files) == 60
    assert {name: rows[name].ligand for name in KNOWN} == KNOWN
    usable = [row for row in rows.values() if row.pocket is not None]
    assert len(usable) >= 18
    for row in rows.values():
        assert (row.pocket is None) == bool(row.reason)
    for name in ("1igy", "7DDO", "pdb3hsy"):  # glycoproteins
        assert "sugar on the polymer" in rows[name].reason
    for name, chromophore in (("3kcs", "NRQ"), ("6oa8", "M3V")):  # fluorescent proteins
        assert f"{chromophore} (polymer)" in rows[name].reason


def test_the_first_of_38_models_is_read(shared_data: Path):
    structure = read_structure(shared_data / "structures" / "biotite" / "1l2y.cif.gz")
    assert structure.notes == ("the first of 38 models",)
    assert structure.atoms.array_length() == 154
