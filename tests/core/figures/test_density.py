"""Figures of a density: records with their numbers, and that what is drawn is what is said."""

import numpy as np
import pytest

from core.figures.density_atoms import draw_atoms, summarise_atoms
from core.figures.density_flat import draw_flat, flatten
from core.figures.density_scores import FLOOR_A, SlotLine, summarise_slots, summarise_sweep
from core.figures.density_shells import draw_sphere, summarise_profile, summarise_sphere
from core.figures.draw_curves import draw_curves
from core.figures.theme import PALETTES

LIGHT = PALETTES["light"]
TRUE = np.array([[0.0, 0, 0], [1.5, 0.1, 0], [3.0, -0.1, 0.2], [4.0, 1.2, 0.3]])
MISSED = np.array([False, False, True, False])
FALSE = np.array([False, True, False])
FOUND = TRUE[[1, 3, 3]] + [[0.01, 0, 0], [0, 2.0, 0], [0, 0, 0.02]]


@pytest.fixture
def record():
    return summarise_atoms(
        "one", TRUE, ("CA", "CB", "OG", "N"), ("C", "C", "O", "N"),
        np.array([0.0, 0.01, np.nan, 0.02]), MISSED, (("CA", "CB"), ("CB", "OG"), ("CA", "XX")),
        FOUND, ("C", "O", "N"), FALSE,
    )  # fmt: skip


def test_a_residue_knows_its_bonds_and_what_is_said_of_each_atom(record):
    assert record.bonds == ((0, 1), (1, 2))
    assert record.remarks[1] == "CB, 1.50 Å from CA; 0.010 Å off"
    assert record.remarks[2].endswith("nothing found for it")


def test_the_picture_lies_along_the_residue_and_is_a_rotation(record):
    assert record.axes @ record.axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(record.axes) == pytest.approx(1.0)
    spread = (TRUE @ record.axes.T).std(axis=0)
    assert spread[0] > spread[1] > spread[2]
    assert flatten(record, TRUE)[:, 0].mean() > 0
    few = summarise_atoms("two", TRUE[:2], ("CA", "CB"), ("C", "C"), np.zeros(2), MISSED[:2], (),
                          FOUND[:0], (), FALSE[:0])  # fmt: skip
    assert np.array_equal(few.axes, np.eye(3))
    for draw in (draw_flat, draw_atoms):
        assert draw(few, LIGHT, height=300).layout.height == 300


def test_the_flat_picture_keeps_distances_within_it_and_flags_what_is_wrong(record):
    figure = draw_flat(record, LIGHT, height=300)
    drawn = {trace.name: trace for trace in figure.data}
    across = flatten(record, FOUND)
    assert drawn["recovered"].x == pytest.approx(across[~FALSE, 0])
    assert drawn["no atom here"].y == pytest.approx(across[FALSE, 1])
    assert drawn["not found"].x == pytest.approx(flatten(record, TRUE)[MISSED, 0])
    discs = [trace for trace in figure.data if trace.name == "true atom"]
    assert sum(len(trace.x) for trace in discs) == 4
    assert [trace.showlegend for trace in discs] == [True, False, False]
    x_range = figure.layout.xaxis.range
    assert x_range[0] < across[:, 0].min()
    assert across[:, 0].max() < x_range[1]
    assert "Å" in figure.layout.xaxis.title.text


def test_the_picture_in_space_has_every_place_and_a_bar_of_its_length(record):
    figure = draw_atoms(record, LIGHT, height=300)
    drawn = {trace.name: trace for trace in figure.data}
    assert len(drawn["true atom (4)"].x) == 4
    assert drawn["no atom here (1)"].z[0] == FOUND[1, 2]
    bar = next(trace for trace in figure.data if trace.text and "2 Å" in trace.text[-1])
    ends = np.stack([bar.x, bar.y, bar.z], axis=1)
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(2.0)
    ratio = figure.layout.scene.aspectratio
    assert ratio.x == ratio.y == ratio.z


def test_atoms_that_are_known_by_name_have_bonds_and_a_name_where_they_are_far_off():
    names = ("CA", "CB", "OG", "N")
    moved = np.array([[0, 0, 0], [0, 1.5, 0], [0, 0.5, 0], [0, 0, 0]])
    found = TRUE + moved
    distance = np.linalg.norm(found - TRUE, axis=1)
    record = summarise_atoms(
        "one", TRUE, names, ("C", "C", "O", "N"), distance, np.zeros(4, dtype=bool),
        (("CA", "CB"), ("CB", "OG")), found, ("C", "C", "O", "N"), np.zeros(4, dtype=bool),
        found_as="predicted", found_names=names,
    )  # fmt: skip
    assert record.found_bonds == ((0, 1), (1, 2))
    assert record.found_labels == ("", "CB", "", "")
    for mode in ("light", "dark"):
        figure = draw_atoms(record, PALETTES[mode], height=300)
        drawn = {trace.name: trace for trace in figure.data}
        assert drawn["predicted bond"].y[1] == found[1, 1]
        assert drawn["predicted (4)"].hovertext[1] == "predicted CB"
        assert drawn["true atom (4)"].marker.opacity == PALETTES[mode].faint_alpha
        assert drawn["names of what is far off"].text[1].strip() == "CB"


def test_a_shell_is_even_about_0_and_names_its_atoms():
    value = np.array([[0.0, -3.0], [1.0, 2.0]])
    at = (np.array([10.0]), np.array([90.0]))
    record = summarise_sphere(np.array([-180.0, 180]), np.array([0.0, 180]), value, ["CB"], at, at)
    figure = draw_sphere(record, LIGHT, height=200)
    heat, atoms, found = figure.data
    assert (heat.zmin, heat.zmax) == (-3.0, 3.0)
    assert atoms.text == ("CB",)
    assert (found.x[0], found.y[0]) == (10.0, 90.0)
    assert list(figure.layout.yaxis.range) == [180, 0]
    nothing = summarise_sphere(record.longitude_deg, record.polar_deg, 0 * value, [], at, at)
    assert draw_sphere(nothing, LIGHT, height=200).data[0].zmax > 0


def test_a_profile_has_a_line_for_each_element_that_is_there_and_a_dot_for_each_atom():
    radii, norms = np.array([1.0, 2.0]), np.array([[1.0, 0.5], [0.0, 0.0]])
    record = summarise_profile(radii, norms, ("C", "S"), [("C", "CB", 1.5), ("C", "CG", 2.4)], 2.0)
    (panel,) = record.panels
    assert [curve.name for curve in panel.curves] == ["C", "C atoms"]
    assert panel.curves[1].x.tolist() == [1.5, 2.4]
    assert panel.curves[1].pointer == ("CB at 1.50 Å", "CG at 2.40 Å")
    assert panel.rules[0].at == 2.0
    assert record.x_range == (0.0, pytest.approx(2.7))
    assert draw_curves(record, LIGHT, height=200).layout.xaxis.title.text.startswith("radius")


def test_slots_keep_gaps_and_show_lost_atoms_below_where_there_are_any_to_show():
    names = tuple(map(str, range(14)))
    rmsd, lost = np.linspace(0, 5, 14), np.full(14, 0.25)
    rmsd[1] = np.nan
    lines = [SlotLine("note", np.full(14, 2.0), "ink"), SlotLine("ours", rmsd, dash="dot")]
    record = summarise_slots("k", names, lines, {"ours": lost})
    above, below = record.panels
    assert np.isnan(above.curves[1].y[1])
    assert above.curves[1].gaps
    assert below.curves[0].y[0] == 25.0
    assert below.curves[0].dash == "dot"
    assert above.y_range[1] > 5.0
    assert len(summarise_slots("k", names, lines).panels) == 1
    assert record.x_ticks[3] == (3.0, "3")


def test_a_sweep_draws_the_smallest_values_on_its_floor():
    x = np.array([0.0, 4.0, 8.0])
    record = summarise_sweep(
        "l_max", x, np.array([4.0, 0.1, 1e-8]), np.array([5.0, 0.2, np.nan]),
        np.array([1.0, 0.1, 0.0]), here=8.0, note=2.21, constant=2.0, x_log=False,
    )  # fmt: skip
    overall, side = record.panels[0].curves
    assert overall.y.tolist() == [4.0, 0.1, FLOOR_A]
    assert np.isnan(side.y[2])
    assert {rule.at for rule in record.panels[0].rules} == {8.0, 2.21, 2.0, FLOOR_A}
    assert record.panels[1].curves[0].y.tolist() == [100.0, 10.0, 0.0]
    assert draw_curves(record, LIGHT, height=300).layout.yaxis.type == "log"
