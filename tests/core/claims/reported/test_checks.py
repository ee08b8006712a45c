"""The checks of reported tables: planted faults, plain loops, and the tables of the notes."""

import random
from itertools import product
from math import sqrt

import pytest

from core.claims.reported.checks import check_table, count_verdicts, marked_cells
from core.claims.reported.kept import sample_tables
from core.claims.reported.reading import read_reported
from core.problems.peptide.balance import note_raw, note_schedule
from core.problems.sidechain.reported.tables import note_tables
from core.problems.sidechain.reported.totals import atoms_per_residue

HEAD = "title,t\nsource,s\n"


def table(text: str):
    return read_reported((HEAD + text).encode(), "t.csv")


def verdicts(text: str) -> dict[str, str]:
    return {one.about: one.verdict for one in check_table(table(text))}


def why(text: str) -> str:
    return "; ".join(one.why for one in check_table(table(text)))


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        (("33.3", "33.3", "33.3"), "holds"),  # 99.9, and rounding leaves up to 100.05
        (("33", "33", "33"), "holds"),
        (("33.3", "33.3", "33.2"), "does not hold"),  # at most 99.95
        (("64", "2", "14"), "does not hold"),
        (("64", "-", "14"), "cannot tell"),
        (("64", "< 1", "36"), "cannot tell"),
    ],
)
def test_shares_sum_to_a_hundred_as_far_as_rounding_allows(shares, verdict):
    rows = "".join(f"r{i},{share}\n" for i, share in enumerate(shares))
    assert verdicts(f"column,share\nunit,%\nrole,share\n{rows}") == {"share": verdict}
    beside = (
        f"adds up,across\ncolumn,a,b,c\nunit,%,%,%\nrole,share,share,share\nr,{','.join(shares)}\n"
    )
    assert verdicts(beside) == {"r": verdict}


def test_fractions_sum_to_one():
    assert verdicts("column,s\nunit,fraction\nrole,share\na,0.25\nb,0.75\n") == {"s": "holds"}


def test_a_table_rounded_from_true_numbers_always_holds_and_a_changed_one_never():
    draw = random.Random(0)
    for _ in range(12):
        parts = [draw.uniform(0.01, 50) for _ in range(draw.randint(2, 6))]
        whole = sum(parts)
        rows = [f"r{i},{part:.2f},{100 * part / whole:.1f}" for i, part in enumerate(parts)]
        head = "column,part,share\nunit,,%\nrole,part,share\n"
        good = check_table(table(head + "\n".join([*rows, f"total,{whole:.2f},100.0"])))
        assert {one.verdict for one in good} == {"holds"}
        assert len(good) == len(parts) + 3
        off = 0.005 * (len(parts) + 1) + 0.02
        bad = check_table(table(head + "\n".join([*rows, f"total,{whole + off:.2f},100.0"])))
        (fault,) = [one for one in bad if one.verdict != "holds"]
        assert (fault.about, fault.verdict) == ("total, part", "does not hold")


def test_shares_reach_as_far_as_the_rounding_of_their_parts():
    """Every corner of what the parts may be, by a loop."""
    text = "column,part,share\nunit,,%\nrole,part,share\na,1,25\nb,3,75\n"
    first = next(one for one in check_table(table(text)) if one.about == "a, share")
    corners = [100 * a / (a + b) for a, b in product((0.5, 1.5), (2.5, 3.5))]
    assert first.recomputed == f"25 ({min(corners):.4g} to {max(corners):.4g})"


@pytest.mark.parametrize(("role", "power"), [("mean", 1), ("rms", 2)])
def test_means_reach_as_far_as_values_and_counts_do(role, power):
    """Of every corner of values and counts the extremes, by a loop over all of them."""
    values, counts = (1.0, 2.5, 4.0), (3.0, 0.5, 0.1)
    spans = [(v - 0.05, v + 0.05) for v in values] + [(c - 0.1, c + 0.1) for c in counts]
    found = []
    for corner in product(*spans):
        value, count = corner[:3], corner[3:]
        mean = sum(c * v**power for v, c in zip(value, count, strict=True)) / sum(count)
        found.append(mean if power == 1 else sqrt(mean))
    rows = "".join(f"r{v},{v:.1f},~{c:.1f}\n" for v, c in zip(values, counts, strict=True))
    text = f"column,value,n\nrole,{role},count\n{rows}total,9.0,-\n"
    (one,) = check_table(table(text))
    assert one.verdict == "does not hold"
    assert f"({min(found):.4g} to {max(found):.4g})" in one.recomputed
    assert verdicts(text.replace("9.0", f"{max(found):.1f}")) == {"total, value": "holds"}


def test_totals_of_rows_are_those_of_the_parts_beside_them():
    text = "adds up,across\ncolumn,a,b,sum\nunit,{},,\nrole,part,part,total\nx,1,2,3\ny,1,2,5\n"
    assert verdicts(text.format("")) == {"x, sum": "holds", "y, sum": "does not hold"}
    assert set(verdicts(text.format("kg")).values()) == {"cannot tell"}
    assert "units differ: no unit, kg" in why(text.format("kg"))


def test_products_take_weights_as_exact():
    text = "column,loss,weight,out\nrole,factor,weight,product\na,733,0.01,{}\n"
    assert verdicts(text.format("7.33")) == {"a, out": "holds"}
    assert verdicts(text.format("7.40")) == {"a, out": "does not hold"}
    assert verdicts(text.format("-")) == {}


@pytest.mark.parametrize(
    ("role", "unit", "right", "wrong"),
    [("change", "", "-37.6", "37.6"), ("gain", "%", "-38.1", "-37.6"), ("ratio", "", "0.62", "2")],
)
def test_changes_gains_and_ratios(role, unit, right, wrong):
    text = f"column,v4,v5,of\nunit,,,{unit}\nrole,before,after,{role}\na,98.7,61.1,"
    for said, verdict in ((right, "holds"), (wrong, "does not hold")):
        found = next(one for one in check_table(table(text + said)) if one.about == "a, of")
        assert found.verdict == verdict


def test_units_of_changes_have_to_match():
    text = "column,v4,v5,of\nunit,Å,{},{}\nrole,before,after,{}\na,1.0,2.0,1.0\n"
    assert "units differ: Å, nm" in why(text.format("nm", "Å", "change"))
    assert "units differ: Å, none" in why(text.format("Å", "", "change"))
    assert "a gain is in %" in why(text.format("Å", "Å", "gain"))
    assert verdicts(text.format("Å", "", "ratio"))["a, of"] == "does not hold"


def test_gains_without_a_before_are_against_the_first_row():
    text = (
        "column,mrr,gain\nunit,,%\nrole,after,gain\nbase,0.385,-\nhard,0.427,+11\nmore,0.441,20\n"
    )
    found = {one.about: one.verdict for one in check_table(table(text)) if "gain" in one.about}
    assert found == {"hard, gain": "holds", "more, gain": "does not hold"}


def test_a_change_that_rounding_alone_may_make_cannot_be_told():
    text = "column,v4,v5\nrole,before,after\nsame,1.23,1.23\nless,1.23,1.22\nmuch,1.23,1.20\n"
    assert verdicts(text) == {"less, v5": "cannot tell", "much, v5": "holds"}


def test_a_divisor_that_may_be_zero_says_so():
    text = "column,a,b,of\nrole,before,after,ratio\nr,0.0,5.0,9\n"
    assert "divisor may be 0" in why(text)
    assert "add up to 0" in why("column,p,s\nunit,,%\nrole,part,share\na,0,50\nb,0,50\n")
    assert "counts add up to 0" in why("column,v,n\nrole,mean,count\na,1,0\ntotal,1,-\n")


def test_estimates_are_set_against_measurements():
    text = "column,said,found\nrole,estimate,measured\na,~470,552.5\nb,~7,7.8\nc,~1,-\nd,2 to 4,3\n"
    assert verdicts(text) == {
        "a, said": "does not hold", "b, said": "holds", "c, said": "cannot tell",
        "d, said": "holds",
    }  # fmt: skip
    other = "column,said,found\nunit,g,kg\nrole,estimate,measured\na,1,1\n"
    assert "units differ: g, kg" in why(other)


def test_a_fault_that_rests_on_an_estimate_cannot_be_told():
    text = "column,part\nrole,part\na,1.0\nb,2.0 (estimate)\ntotal,9.0\n"
    assert verdicts(text) == {"total, part": "cannot tell"}
    assert "an estimate: b, part" in why(text)


@pytest.mark.parametrize(
    ("cells", "unit", "verdict", "reason"),
    [
        ("0.5 (estimate),0.34,new", "lower", "cannot tell", "old is an estimate"),
        ("-,0.34,new", "lower", "cannot tell", "old was not measured"),
        ("< 0.5,0.34,new", "lower", "cannot tell", "only a bound"),
        ("0.50,0.34,new", "", "cannot tell", "whether lower or higher"),
        ("0.50,0.34,newest", "lower", "cannot tell", "newest is none of old, new"),
        ("0.34,0.34,new", "lower", "cannot tell", "rounding"),
        ("0.50,0.34,new", "lower", "holds", "lower is better"),
        ("0.50,0.34,new", "higher", "does not hold", "higher is better"),
    ],
)
def test_who_wins_was_measured_on_both_sides(cells, unit, verdict, reason):
    head = f"column,old,new,better\nunit,,,{unit}\nrole,measured,measured,better\n"
    text = f"{head}CB,{cells}\nx,1,2,-\n"
    (one,) = check_table(table(text))
    assert (one.verdict, one.about) == (verdict, "CB")
    assert reason in one.why


def test_without_roles_there_is_nothing_to_check():
    assert check_table(table("column,a\nr,some words\n")) == ()
    assert check_table(table("column,s\nunit,%\nrole,share\ntotal,100\n")) == ()


def test_the_cells_that_something_is_the_matter_with_are_marked():
    text = "column,part,share\nunit,,%\nrole,part,share\na,1.0,50\nb,3.0,50\ntotal,9.0,-\n"
    found = check_table(table(text))
    assert marked_cells(found) == {
        (0, 1): "does not hold", (1, 1): "does not hold", (2, 0): "does not hold",
    }  # fmt: skip
    assert count_verdicts(found) == {"does not hold": 3, "cannot tell": 0, "holds": 1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("training_stage_2", (5, 0, 3)),
        ("training_first_weights", (0, 0, 4)),
        ("training_precursor_products", (0, 0, 15)),
        ("training_precursor_formula", (5, 0, 0)),
        ("hard_negatives_results", (0, 0, 6)),
        ("hard_negatives_batch", (0, 0, 1)),
        ("cosine_trajectory", (0, 0, 8)),
        ("sh_decoder_slots", (0, 6, 17)),
        ("sh_decoder_sequence", (0, 0, 5)),
        ("sh_decoder_r3", (0, 4, 0)),
    ],
)
def test_the_tables_of_the_notes(name, expected):
    assert tuple(count_verdicts(check_table(sample_tables()[name])).values()) == expected


def test_the_tables_are_the_numbers_that_other_pages_use():
    slots = sample_tables()["sh_decoder_slots"]
    columns = list(zip(*slots.cells[:-1], strict=True))
    for column, reported in zip(columns[1:3], note_tables(), strict=True):
        assert [float(cell.value) for cell in column] == pytest.approx(reported.rmsd.tolist())
    atoms = [float(cell.value) for cell in columns[0]]
    assert atoms == pytest.approx(atoms_per_residue().tolist(), abs=0.0051)
    stage = sample_tables()["training_stage_2"]
    loss, weight = (list(map(float, (row[at].value for row in stage.cells[:-1]))) for at in (0, 1))
    assert loss == note_raw().raw[1].tolist()
    assert weight == note_schedule().weights[1].tolist()
