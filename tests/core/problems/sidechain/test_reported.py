import re
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import ATOM14, ONE_LETTER
from core.problems.sidechain.reported.table_files import read_tables
from core.problems.sidechain.reported.tables import (
    note_comparison,
    note_settings,
    note_tables,
    note_totals,
)
from core.problems.sidechain.reported.totals import (
    SWISS_PROT_PERCENT,
    Recomputed,
    atoms_per_residue,
    recompute,
)

HEADER = "version,slot,rmsd_angstrom\n"


@pytest.fixture
def note(root: Path) -> list[str]:
    path = root.parent / "shared" / "seeds" / "sh_decoder.md"
    if not path.is_file():
        pytest.skip("shared/seeds is absent: the notes stand beside the project")
    return path.read_text(encoding="utf-8").splitlines()


def _cells(line: str) -> list[str]:
    return [cell.strip(" *`~") for cell in line.strip().strip("|").split("|")]


def _line(note: list[str], source: str) -> list[str]:
    return _cells(note[int(source.removeprefix("sh_decoder L")) - 1])


def _numbers(cells: list[str]) -> list[float]:
    return [float(found[0]) for cell in cells if (found := re.match(r"-?\d+(\.\d+)?", cell))]


def test_the_tables_by_slot_are_those_of_the_note(note):
    v4, v5 = note_tables()
    assert (v4.version, v5.version) == ("v4", "v5")
    for slot in range(14):
        assert v4.sources[slot] == v5.sources[slot]
        cells = _line(note, v4.sources[slot])
        assert re.match(rf"atom{slot}\b", cells[0])
        told = [float(cell.strip("*Å ")) for cell in cells if re.fullmatch(r"\d+\.\d+Å\**", cell)]
        assert told[:2] == [v4.rmsd[slot], v5.rmsd[slot]]  # then the change, which is not kept
        if slot < 4:
            assert cells[1] == v4.names[slot]
    rows = [line for line in note if re.match(r"\|\s*\**atom\d+", line)]
    assert len(rows) == 14


def test_totals_and_settings_are_those_of_the_note(note):
    for total in note_totals():
        cells = _line(note, total.source)
        column = 1 if total.version == "v4" else 2
        told = re.findall(r"\d+\.?\d*", cells[column].split("(")[-1])
        assert float(told[0]) == total.value
    for row in note_settings()[:3]:
        cells = _line(note, row["source"])
        assert cells[0] == row["setting"]
        assert _numbers([cells[1], cells[2].strip("* ")]) == [float(row["v4"]), float(row["v5"])]
    assert "27" in _line(note, note_settings()[3]["source"])[2]


def test_the_comparison_says_how_each_cell_is_known(note):
    kinds = {"measured", "estimated", "not measured"}
    for row in note_comparison():
        assert {row["r3_kind"], row["decoder_kind"]} <= kinds
        cells = _line(note, row["source"])
        for column, cell in ((1, "r3"), (2, "decoder")):
            assert (row[f"{cell}_kind"] == "estimated") == ("估计" in cells[column])
            assert (row[f"{cell}_kind"] == "not measured") == ("未" in cells[column])
            told, kept = (re.findall(r"[\d.]+", text) for text in (cells[column], row[cell]))
            assert told == kept


def test_there_are_28_values_and_10_totals_without_the_note():
    tables = note_tables()
    assert [np.isfinite(table.rmsd).sum() for table in tables] == [14, 14]
    assert {table.decimals for table in tables} == {2}
    assert tables[0].half_unit == pytest.approx(0.005)
    assert np.isnan(tables[0].count).all()
    assert len(note_totals()) == 10
    assert len(note_settings()) == 4
    assert len(note_comparison()) == 5
    change = np.abs(tables[1].rmsd - tables[0].rmsd)
    assert change.max() == pytest.approx(0.01)


def test_natural_frequencies_are_a_composition_and_count_atoms():
    assert sum(SWISS_PROT_PERCENT.values()) == pytest.approx(100, abs=0.2)
    assert set(SWISS_PROT_PERCENT) == set(ONE_LETTER.values())
    total = sum(SWISS_PROT_PERCENT.values())
    for slot, found in enumerate(atoms_per_residue()):
        having = [n for n, atoms in ATOM14.items() if slot < len(atoms)]
        expected = sum(SWISS_PROT_PERCENT[ONE_LETTER[name]] for name in having) / total
        assert found == pytest.approx(expected)


def test_the_notes_totals_agree_with_its_table():
    reported = {(total.version, total.quantity): total.value for total in note_totals()}
    for table in note_tables():
        found = recompute(table)
        assert 1.65 <= found["overall"].value <= 1.67
        assert 2.19 <= found["side_chain"].value <= 2.23
        for name in ("overall", "side_chain"):
            assert found[name].agrees(reported[table.version, name])
            assert not found[name].agrees(reported[table.version, name] + 0.05)
            assert found[name].low < found[name].value < found[name].high
            assert found[name].high - found[name].low == pytest.approx(0.01, abs=0.003)


def test_a_total_is_a_loop_over_slots_and_residues():
    table = note_tables()[0]
    total = count = 0.0
    for name, atoms in ATOM14.items():
        for slot in range(4, len(atoms)):
            total += SWISS_PROT_PERCENT[ONE_LETTER[name]] * table.rmsd[slot] ** 2
            count += SWISS_PROT_PERCENT[ONE_LETTER[name]]
    assert recompute(table)["side_chain"].value == pytest.approx(np.sqrt(total / count))


def test_own_counts_come_before_frequencies_and_unknown_slots_cannot_be_told():
    table = note_tables()[0]
    alone = replace(table, count=np.where(np.arange(14) == 11, 10.0, 0.0))
    assert recompute(alone)["side_chain"].value == pytest.approx(5.07)
    given = np.zeros(14)
    given[[4, 11]] = 3.0
    expected = np.sqrt((0.34**2 + 5.07**2) / 2)
    assert recompute(table, given)["side_chain"].value == pytest.approx(expected)
    lacking = replace(table, rmsd=np.where(np.arange(14) == 7, np.nan, table.rmsd))
    assert isnan(recompute(lacking)["overall"].value)
    assert recompute(lacking)["overall"].agrees(1.67) is None
    assert not isnan(recompute(lacking)["backbone"].value)
    assert Recomputed(1.0, 1.0, 1.0).agrees(1.019)
    assert not Recomputed(1.0, 1.0, 1.0).agrees(1.021)


def test_a_table_of_ones_own_is_read(tmp_path: Path):
    path = tmp_path / "own.csv"
    path.write_text(
        "\ufeffSomething;count; rmsd_angstrom ;slot;version\n"
        "x;100;0.5;atom4;mine;;\n\n;;1.25;5;mine\n;7;2;0;other\n",
        encoding="utf-8",
    )
    mine, other = read_tables(path)
    assert (mine.version, other.version) == ("mine", "other")
    assert mine.rmsd[[4, 5]].tolist() == [0.5, 1.25]
    assert np.isnan(mine.rmsd[[0, 6]]).all()
    assert mine.count[4] == 100
    assert isnan(mine.count[5])
    assert (mine.decimals, other.decimals) == (2, 0)
    assert mine.names[:6] == ("N", "CA", "C", "O", "CB", "atom5")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: expected columns version, slot, rmsd_angstrom"),
        ("version,slot\nv,1\n", "none named rmsd_angstrom"),
        (HEADER, "expected a row for each slot, came none"),
        (HEADER + "v,14,1.0\n", "line 2: expected a slot from 0 to 13, came '14'"),
        (HEADER + "v,-1,1.0\n", "came '-1'"),
        (HEADER + "v,CB,1.0\n", "came 'CB'"),
        (HEADER + "v,²,1.0\n", "came '²'"),
        (HEADER + "v,1,1.0\nv,1,2.0\n", "line 3: expected slot 1 of v once"),
        (HEADER + "v,1,nan\n", "line 2: expected a number from 0 to 1,000"),
        (HEADER + "v,1,-0.1\n", "came '-0.1'"),
        (HEADER + "v,1,1e9\n", "came '1e9'"),
        (HEADER + "v,1,\n", "an empty cell"),
        (HEADER + ",1,1.0\n", "column version, came an empty cell"),
        (HEADER + "v;1;1,0\n", "line 2"),
        (HEADER + "v,1,1,5\n", "line 2: expected 3 cells, came more. Write numbers with a"),
        ("version;slot;rmsd_angstrom\nv;1;1,5\n", "came '1,5'. Write it with a decimal point"),
        ("version,slot,rmsd_angstrom,count\nv,1,1.0,many\n", "in column count, came 'many'"),
    ],
)
def test_what_is_no_table_says_where_and_why(tmp_path: Path, text: str, says: str):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(says)):
        read_tables(path)


def test_other_files_are_refused(tmp_path: Path):
    binary, large = tmp_path / "binary.csv", tmp_path / "large.csv"
    binary.write_bytes(b"\xff\xfe\x00version")
    with pytest.raises(InputError, match="UTF-8"):
        read_tables(binary)
    large.write_bytes(b"x" * 1_000_001)
    with pytest.raises(InputError, match="at most 1,000,000 bytes"):
        read_tables(large)
    with pytest.raises(InputError, match="came no such file"):
        read_tables(tmp_path / "absent.csv")
    wide = tmp_path / "wide.csv"
    wide.write_text(HEADER + "v,1," + "1" * 200_000, encoding="utf-8")
    with pytest.raises(InputError, match=r"wide.csv, line \d: expected cells of a table"):
        read_tables(wide)
