"""Text files that end on one of their atoms: cut, or of a writer that closes nothing."""

from pathlib import Path

import pytest

from core.errors import InputError
from core.problems.sidechain.reading import text_blocks
from core.problems.sidechain.reading.open_ends import OPEN_END
from core.problems.sidechain.reading.structures import read_residues
from core.problems.sidechain.real import read_real
from tests.core.problems.sidechain.made import chain_of, joined, residue, write

LOOPED = "loop_\n_struct_asym.id\n_struct_asym.entity_id\n_struct_asym.details\n"
ONE_BY_ONE = "_struct_asym.id B\n_struct_asym.entity_id 1\n_struct_asym.details 'a chain'\n"


@pytest.fixture
def lines(tmp_path: Path) -> list[str]:
    """Two chains as biotite writes them, the closing line left out."""
    path = write(joined(chain_of("AWK"), residue("GLY", 1, chain="B")), tmp_path / "whole.cif")
    written = path.read_text().rstrip().splitlines()
    assert written[-1] == "#"
    assert OPEN_END not in read_residues(path).notes
    return written[:-1]


def put(lines: list[str], path: Path, *, behind: str = "\n", ahead: str = "") -> Path:
    head, *rest = lines
    path.write_text("\n".join([head, *ahead.splitlines(), *rest]) + behind)
    return path


@pytest.mark.parametrize("behind", ["", "\n"])
def test_where_nothing_is_announced_a_cut_cannot_be_told(lines, behind: str, tmp_path: Path):
    read = read_residues(put(lines[:-1], tmp_path / "cut.cif", behind=behind))
    assert read.notes[0] == OPEN_END
    assert read.chain.tolist() == ["A", "A", "A", "B"]


@pytest.mark.parametrize("behind", ["\n\n", "\n#\n", "\nloop_\n_a.b\n1\n", "\ndata_next\n"])
def test_whatever_stands_behind_the_rows_closes_them(lines, behind: str, tmp_path: Path):
    """Writers close a table with a comment, an empty line or the next table."""
    read = read_residues(put(lines, tmp_path / "whole.cif", behind=behind))
    assert OPEN_END not in read.notes


@pytest.mark.parametrize("ahead", [f"{LOOPED}A 1 'one chain'\nB 1 ?\n#", f"#\n{ONE_BY_ONE}#"])
def test_a_file_without_the_last_chain_it_announces_is_refused(lines, ahead: str, tmp_path: Path):
    rows = [line for line in lines if " B " not in line]
    assert len(rows) < len(lines)
    message = r"cut\.cif: .* chain B is announced and has none\. Copy or convert the file again\."
    with pytest.raises(InputError, match=message):
        read_residues(put(rows, tmp_path / "cut.cif", ahead=ahead))
    closed = put(rows, tmp_path / "part.cif", ahead=ahead, behind="\n#\n")
    assert len(read_residues(closed)) == 3
    assert read_residues(put(lines, tmp_path / "open.cif", ahead=ahead)).notes[0] == OPEN_END


def test_the_end_is_seen_at_the_border_of_a_block(lines, tmp_path: Path, monkeypatch):
    rows = sum(line.startswith(("ATOM", "HETATM")) for line in lines)
    monkeypatch.setattr(text_blocks, "BLOCK_LINES", rows)
    assert OPEN_END in read_residues(put(lines, tmp_path / "a.cif")).notes
    assert OPEN_END not in read_residues(put(lines, tmp_path / "b.cif", behind="\n#\n")).notes


def test_a_folder_for_training_counts_what_may_be_cut(lines, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    put(lines, folder / "open.cif")
    told = "; ".join(read_real(folder).left_out)
    assert "1 files taken as whole that end on one of their atoms and may be cut" in told


@pytest.fixture
def records(tmp_path: Path) -> list[str]:
    """Two chains as records of a PDB file, with the sequences that the archive puts ahead."""
    path = write(joined(chain_of("AWK"), residue("GLY", 1, chain="B")), tmp_path / "whole.pdb")
    atoms = [line for line in path.read_text().splitlines() if line.startswith("ATOM")]
    return ["SEQRES   1 A    3  ALA TRP LYS", "SEQRES   1 B    1  GLY", *atoms]


@pytest.mark.parametrize("behind", ["\n", "\n\n", "\nANISOU    1  N   ALA A   1       10\n"])
def test_a_pdb_file_that_ends_on_an_atom_is_noted(records, behind: str, tmp_path: Path):
    read = read_residues(put(records[:-1], tmp_path / "cut.pdb", behind=behind))
    assert read.notes[0] == OPEN_END


@pytest.mark.parametrize("behind", ["\nTER\n", "\nEND\n", "\nEND   \n\n", "\nCONECT    1    2\n"])
def test_whatever_a_writer_puts_behind_the_atoms_of_a_pdb_file_closes_them(
    records, behind: str, tmp_path: Path
):
    assert OPEN_END not in read_residues(put(records, tmp_path / "w.pdb", behind=behind)).notes


def test_a_pdb_file_without_the_last_chain_it_announces_is_refused(records, tmp_path: Path):
    cut = [line for line in records if line.startswith("SEQRES") or line[21] == "A"]
    with pytest.raises(InputError, match="chain B is announced and has none"):
        read_residues(put(cut, tmp_path / "cut.pdb"))
    assert len(read_residues(put(cut, tmp_path / "part.pdb", behind="\nEND\n"))) == 3
