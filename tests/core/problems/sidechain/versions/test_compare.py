"""Two versions side by side: values by a plain loop, and what may be said of a change."""

import csv
from math import isnan, sqrt

import numpy as np
import pytest

from core.problems.sidechain.atoms import ATOM14, EXISTS14, RESIDUES
from core.problems.sidechain.metrics.baselines import LABELS, fit_means
from core.problems.sidechain.metrics.rmsd import SELECTIONS
from core.problems.sidechain.reported.tables import note_tables
from core.problems.sidechain.versions.compare import (
    ABSENT,
    NO_INTERVAL,
    OTHER_ATOMS,
    OTHERS,
    ROUNDING,
    compare_versions,
    have_same_residues,
)
from core.problems.sidechain.versions.export import COLUMNS, atoms_csv
from core.problems.sidechain.versions.means import TABLE
from core.problems.sidechain.versions.reference import reference_of
from core.problems.sidechain.versions.version import Version, measured_version, reported_version
from tests.core.problems.sidechain.ideal import sample

TYPE = np.arange(20).repeat(4)
NATIVE = sample(TYPE)


def version(title: str = "one", *, noise: float = 0.3, seed: int = 0, **changes) -> Version:
    """Give predictions that are off by a normal error."""
    error = np.random.default_rng(seed).normal(0, noise, NATIVE.shape)
    told = {"pred": NATIVE + error, "native": NATIVE, "type": TYPE,
            "name": np.array([f"{RESIDUES[t]} {i}" for i, t in enumerate(TYPE)]),
            "group": np.arange(len(TYPE)) % 4}  # fmt: skip
    return measured_version(title, "upload", **(told | changes))


def plain_rmsd(of: Version, slots: tuple[int, ...]) -> float:
    squares = []
    for residue, kind in enumerate(TYPE):
        for slot in slots:
            if slot < len(ATOM14[RESIDUES[kind]]):
                a, b = of.atoms.pred[residue, slot], of.atoms.native[residue, slot]
                squares.append(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))
    return sqrt(sum(squares) / len(squares))


def test_lines_are_pooled_over_atoms_as_a_plain_loop_has_them():
    one, other = version(), version("two", noise=0.6, seed=1)
    found = compare_versions(one, other)
    assert found.is_paired
    for line in found.slots + found.totals:
        assert line.before == pytest.approx(plain_rmsd(one, line.slots))
        assert line.after == pytest.approx(plain_rmsd(other, line.slots))
        assert line.change == pytest.approx(line.after - line.before)
        assert line.before_interval[0] <= line.before <= line.before_interval[1]
        assert line.change_interval[0] <= line.change <= line.change_interval[1]
        assert line.count == EXISTS14[TYPE][:, list(line.slots)].sum()
        assert set(line.constants) == set(LABELS)
    assert [line.slots for line in found.totals] == list(SELECTIONS.values())
    assert {line.verdict for line in found.totals} == {"worse"}
    assert compare_versions(one, one).totals[0].verdict == "not told apart"


def test_a_small_change_of_many_atoms_is_told_apart_and_too_small():
    one = version()
    shifted = NATIVE + (one.atoms.pred - NATIVE) * 1.01
    found = compare_versions(one, version("two", pred=shifted))
    overall = found.totals[0]
    assert overall.change_interval[0] > 0
    assert overall.verdict == "too small"


def test_the_notes_versions_differ_by_rounding_and_side_chains_lie_on_the_clamped_truth():
    v4, v5 = (reported_version(table) for table in note_tables())
    found = compare_versions(v4, v5)
    assert {line.verdict for line in found.slots + found.totals} == {ROUNDING}
    assert max(abs(line.change) for line in found.slots) == pytest.approx(0.01)
    total = {line.name: line for line in found.totals}
    assert total["overall"].after == pytest.approx(1.66, abs=0.01)
    assert total["side chain"].after == pytest.approx(2.21, abs=0.02)
    gaps = [abs(line.after - line.constants["clamped"]) for line in found.slots[4:]]
    assert max(gaps) < 0.14
    worse = [line.after > line.constants["slot_mean"] for line in found.slots[7:12]]
    assert all(worse)
    assert isnan(total["overall"].count)


def test_tables_that_differ_by_more_than_rounding_still_have_no_interval():
    v4, v5 = note_tables()
    better = Version("own", "reported", v5.rmsd - 0.3, v5.count, v5.half_unit)
    found = compare_versions(reported_version(v4), better)
    assert {line.verdict for line in found.slots} == {NO_INTERVAL}


def test_versions_of_other_residues_have_no_paired_change():
    one = version()
    half = TYPE < 10
    other = measured_version("half", "run", pred=NATIVE[half], native=NATIVE[half],
                             type=TYPE[half], name=one.atoms.name[half])  # fmt: skip
    assert not have_same_residues(one, other)
    found = compare_versions(one, other)
    assert {line.verdict for line in found.totals} == {OTHERS}
    assert all(isnan(line.change_interval[0]) for line in found.slots)
    assert found.slots[12].verdict == ABSENT  # TRP is not among them
    mixed = compare_versions(reported_version(note_tables()[0]), one)
    assert {line.verdict for line in mixed.totals} == {OTHERS}
    assert all(isnan(line.change) for line in mixed.totals)
    assert mixed.has_other_residues
    assert not compare_versions(one, one).has_other_residues
    own, table = (
        reference_of(one).text,
        reference_of(reported_version(note_tables()[0])).text,
    )
    assert [reference.text for reference in mixed.references] == [table, own]


def test_the_constants_have_not_seen_the_residues_that_they_are_judged_on():
    """A type that occurs once is not at its own mean: the constant is off, as a plain loop says."""
    lone = RESIDUES.index("TYR") == TYPE
    lone[np.flatnonzero(lone)[1:]] = False
    one = measured_version("lone", "upload", pred=NATIVE[lone], native=NATIVE[lone],
                           type=TYPE[lone], name=np.array(["TYR 1"]))  # fmt: skip
    found = reference_of(one)
    total, count = np.zeros(3), 0
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["slot"] == "11":
            total += int(row["count"]) * np.array([float(row[axis]) for axis in "xyz"])
            count += int(row["count"])
    truth = NATIVE[lone][0, 11]
    (tyr,) = (row for row in rows if (row["res_name"], row["atom"]) == ("TYR", "OH"))
    by_type = np.array([float(tyr[axis]) for axis in "xyz"])
    assert found.rmsd["slot_mean"][11] == pytest.approx(np.linalg.norm(total / count - truth))
    assert found.rmsd["type_mean"][11] == pytest.approx(np.linalg.norm(by_type - truth))
    assert found.rmsd["type_mean"][11] > 0.5
    assert "means fitted on 23,054 real residues" in found.text


def test_a_run_that_kept_its_training_means_is_judged_by_them():
    means = fit_means(NATIVE + 0.25, TYPE)
    found = reference_of(version(means=means))
    plain = [np.linalg.norm(means.by_type[TYPE[row], 1] - NATIVE[row, 1]) for row in range(80)]
    assert found.rmsd["type_mean"][1] == pytest.approx(np.sqrt(np.mean(np.square(plain))))
    assert found.text.startswith("means fitted on 80 training residues")


def test_a_prediction_of_the_backbone_alone_is_no_better_overall():
    """Four slots are not compared with fourteen, and its baselines are of the same four."""
    bare = NATIVE.copy()
    bare[:, 4:] = np.nan
    found = compare_versions(version(), version("bare", pred=bare))
    overall, side = found.totals[:2]
    assert (overall.verdict, side.verdict) == (OTHER_ATOMS, ABSENT)
    assert isnan(overall.change)
    assert overall.after == 0
    assert found.after.slots == (0, 1, 2, 3)
    assert found.after.unpredicted == tuple(range(4, 14))
    assert found.before.unpredicted == ()
    backbone = next(line for line in found.totals if line.name == "backbone")
    assert backbone.verdict == "better"
    for name in LABELS:
        assert overall.constants[name] == pytest.approx(backbone.constants[name])


def test_a_slot_that_nobody_knows_is_absent_and_never_0():
    backbone_only = NATIVE.copy()
    backbone_only[:, 4:] = np.nan
    found = compare_versions(version(), version("bare", native=backbone_only))
    assert {line.verdict for line in found.slots[4:]} == {ABSENT}
    assert all(isnan(line.after) for line in found.slots[4:])
    nothing = version("nothing", native=np.full_like(NATIVE, np.nan))
    assert "no atom is known" in nothing.notes[-1]


def test_what_is_not_predicted_is_counted_and_said():
    pred = NATIVE.copy()
    pred[0, 2] = np.nan
    assert version(pred=pred).notes == ("1 native atoms have no prediction and are not compared",)


def test_renaming_never_makes_it_worse_and_is_said():
    swapped = NATIVE.copy()
    rows = RESIDUES.index("ASP") == TYPE
    swapped[np.ix_(rows, [6, 7])] = NATIVE[np.ix_(rows, [7, 6])]
    plain, renamed = version(pred=swapped), version(pred=swapped, renames=True)
    assert plain.rmsd[6] > 0.5
    assert renamed.rmsd[6] == pytest.approx(0)
    assert renamed.notes == ("symmetric atoms renamed in 4 residues",)


def test_the_reference_of_tables_is_that_of_real_residues():
    reference = reference_of(reported_version(note_tables()[0]))
    assert "real residues" in reference.text
    weighted = np.sqrt((reference.count * reference.rmsd["origin"] ** 2).sum()
                       / reference.count.sum())  # fmt: skip
    assert weighted == pytest.approx(2.62, abs=0.03)
    assert (reference.rmsd["type_mean"] <= reference.rmsd["slot_mean"] + 1e-9).all()


def test_every_compared_atom_is_a_row_of_the_csv():
    of = version()
    lines = atoms_csv(of).splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) - 1 == EXISTS14[TYPE].sum()
    name, kind, slot, atom, distance, *places = lines[-1].split(",")
    assert (kind, atom) == ("VAL", ATOM14["VAL"][int(slot)])
    x, y, z, *native = (float(value) for value in places)
    assert float(distance) == pytest.approx(
        sqrt(sum((a - b) ** 2 for a, b in zip((x, y, z), native, strict=True))), abs=2e-4
    )
    assert name == of.atoms.name[-1]
