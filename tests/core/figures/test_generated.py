"""Rings, bonds and angles of sampled side chains, from tables as an evaluation records them."""

import numpy as np
import pytest

from core.errors import InputError
from core.figures.generated import (
    NOTE_FLAT_PERCENT,
    draw_generated,
    summarise_bonds,
    summarise_chi,
    summarise_rings,
)
from core.figures.theme import PALETTES

KINDS = ["HIS", "PHE", "TRP, 5 atoms", "all"]


def rings(**columns):
    share = np.array([[0.5, 0.6], [0.99, 1.0], [np.nan, np.nan], [0.9, 0.95]])
    count = np.array([20, 100, 0, 120])
    table = {"ring": np.array(KINDS), "within_a": np.array([0.05, 0.1])}
    for whose in ("sampled", "real"):
        ends = {"flat": share, "low": share - 0.1, "high": share + 0.005, "count": count}
        table |= {f"{whose}_{end}": column for end, column in ends.items()}
    return table | columns


def chi():
    counts = np.zeros((2, 20, 4, 36), dtype=int)
    counts[0, 10, 0, 12], counts[0, 3, 0, 0] = 30, 10
    counts[1, 10, 0, 12], counts[1, 3, 0, 0] = 1, 1
    edges = np.linspace(-np.pi, np.pi, 37)
    return {"edge_rad": edges, "sampled": counts[0], "real": counts[1]}


def test_rings_stand_in_percent_with_their_number_beside_the_note():
    record = summarise_rings(rings())
    assert record.rows == ("HIS, n 20", "PHE, n 100", "all, n 120")  # none: no row
    sampled, real, note = record.groups
    assert sampled.value.tolist() == pytest.approx([50.0, 99.0, 90.0])
    assert (sampled.name, real.name) == ("sampled", "held out")
    assert np.allclose(sampled.low, sampled.value - 10.0)
    assert np.isnan(note.value[:2]).all()
    assert note.value[2] == record.rule == NOTE_FLAT_PERCENT
    assert "not known" in note.name
    assert record.x_range[0] == pytest.approx(39.0)
    wide = summarise_rings(rings(), within_a=0.1)
    assert wide.groups[0].value.tolist() == pytest.approx([60.0, 100.0, 95.0])
    assert "0.1 Å" in wide.x_title
    with pytest.raises(InputError, match="threshold"):
        summarise_rings(rings(), within_a=0.2)


def test_rings_that_no_sample_has_leave_the_axis_to_the_others():
    gone = {f"sampled_{end}": np.full((4, 2), np.nan) for end in ("flat", "low", "high")}
    record = summarise_rings(rings(**gone))
    assert np.isnan(record.groups[0].value).all()
    assert record.x_range[0] == pytest.approx(39.0)


def test_bonds_stand_in_angstrom_by_type():
    table = {"type": np.array(["ALA", "GLY", "all"])}
    for whose, value in (("sampled", [0.02, np.nan, 0.05]), ("real", [0.01, np.nan, 0.01])):
        table |= {f"{whose}_{end}": np.array(value) for end in ("value", "low", "high")}
        table[f"{whose}_count"] = np.array([1_200, 0, 1_200])
    record = summarise_bonds(table)
    assert record.rows == ("ALA, n 1,200", "all, n 1,200")
    assert record.groups[1].value.tolist() == [0.01, 0.01]
    assert record.rule == 0.03
    assert record.x_range[1] > 0.05


def test_angles_are_counted_in_percent_by_type_or_over_all():
    real, sampled = summarise_chi(chi()).groups
    assert (real.name, sampled.name) == ("held out, n 2", "sampled, n 40")
    assert sampled.y[int(np.argmin(np.abs(np.array(sampled.x) + 55.0)))] == pytest.approx(75.0)
    assert sum(real.y) == pytest.approx(100.0)
    assert sampled.pointer[0] == "sampled, -180 to -170°: 25.0 % of 40"
    (_, leucine) = summarise_chi(chi(), types=[10]).groups
    assert max(leucine.y) == pytest.approx(100.0)
    empty = summarise_chi(chi(), angle=3)
    assert empty.x_title == "χ4, degrees"
    assert sum(empty.groups[0].y) == 0.0


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_each_is_drawn(mode):
    palette = PALETTES[mode]
    figure = draw_generated(summarise_rings(rings()), palette)
    assert len(figure.data) == 3
    assert figure.layout.height > 150
    assert figure.data[0].error_x.array.tolist() == pytest.approx([0.5] * 3)
    drawn = draw_generated(summarise_chi(chi()), palette, height=333)
    assert (drawn.layout.height, len(drawn.data), len(drawn.layout.shapes)) == (333, 2, 3)
