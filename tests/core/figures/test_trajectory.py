"""What runs reached by epoch: the numbers on the record, and styles that tell runs apart."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import Measured, RunStarted
from core.figures.curves import Curve, CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.run_views import BESIDE_COLORS
from core.figures.theme import PALETTES, TERM_COLORS
from core.figures.trajectory import distinct_styles, summarise_trajectory
from core.history import History, collect_history

BY_EPOCH = {"x axis": "epoch"}


def told(values: dict[int, float], **facts: str) -> History:
    events = [Measured(s, 0.0, {"val/avg_cosine_similarity": v}) for s, v in values.items()]
    # A run's own training_history.json holds its options, eval_every among them: no epochs.
    start = RunStarted(0, 0.0, "pocket", {"eval_every": 66}, facts=facts)
    return collect_history([start, *events])


def curve(record: CurveFigure, name: str) -> Curve:
    return next(c for c in record.panels[0].curves if c.name == name)


def test_a_run_of_ours_is_drawn_over_its_epochs_however_often_it_was_evaluated():
    ours = told({0: 0.0, 66: 0.1, 132: 0.2, 264: 0.3}, **{"steps an epoch": "132"})
    record = summarise_trajectory([("ours", "#123456", ours)])
    drawn = curve(record, "ours")
    assert drawn.x.tolist() == [0.5, 1, 2]
    assert drawn.y.tolist() == [0.1, 0.2, 0.3]
    assert drawn.color == "#123456"
    assert record.x_range is not None
    assert record.x_range[0] < 0.5


def test_an_imported_history_counts_epochs():
    other = told({1: 0.1, 2: 0.2, 3: 0.3}, **BY_EPOCH)
    assert curve(summarise_trajectory([("other", "", other)]), "other").x.tolist() == [1, 2, 3]


def test_runs_without_known_epochs_or_evaluations_are_left_out():
    runs = [(name, "", told({1: 0.1}, **BY_EPOCH)) for name in "abc"]
    runs += [("unknown", "", told({132: 0.3})), ("nothing", "", History())]
    drawn = summarise_trajectory(runs).panels[0].curves
    assert [c.name for c in drawn] == ["the note expects", "a", "b", "c"]
    assert len({c.color for c in drawn[1:]}) == 3


def test_the_note_expects_its_four_similarities():
    expected = curve(summarise_trajectory([]), "the note expects")
    assert expected.x.tolist() == [1, 50, 150, 300]
    assert expected.y.tolist() == [0.05, 0.55, 0.75, 0.85]
    assert expected.labels == ("0.05", "0.55", "0.75", "0.85")


@pytest.mark.parametrize("values", [(-0.3, 0.2), (np.nan, -0.3)])
def test_the_axis_reaches_the_lowest_similarity(values):
    run = told(dict(enumerate(values, start=1)), **BY_EPOCH)
    y_range = summarise_trajectory([("a", "", run)]).panels[0].y_range
    assert y_range is not None
    assert y_range[0] <= -0.3
    assert y_range[1] == 1.0


def test_it_is_drawn_with_a_line_a_run_and_the_grades_beside_it():
    runs = [(name, "", told({1: 0.1, 2: 0.3}, **BY_EPOCH)) for name in "ab"]
    figure = draw_curves(summarise_trajectory(runs), PALETTES["light"], height=300)
    spec = json.loads(figure.to_json() or "")
    assert [t["name"] for t in spec["data"]] == ["the note expects", "a", "b"]
    assert spec["layout"]["xaxis"]["type"] == "log"
    texts = [note["text"] for note in spec["layout"]["annotations"]]
    assert texts == ["excellent", "good", "medium"]


@given(st.lists(st.sampled_from(["", *TERM_COLORS.values()]), max_size=3 * len(BESIDE_COLORS) - 2))
def test_no_two_runs_look_alike_and_a_loss_keeps_its_colour_where_dashes_suffice(wished):
    styles = distinct_styles(wished)
    asked = Counter(color for color in wished if color)
    if max(asked.values(), default=0) <= 3:
        assert all(c == style[0] for c, style in zip(wished, styles, strict=True) if c)
        any_color = wished.count("")
        enough = any_color <= 3 * len([c for c in BESIDE_COLORS if c not in asked])
        assert not enough or len(set(styles)) == len(wished)
    else:
        assert len(set(styles)) == len(wished)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("term", ["info_nce", "mse"])
def test_the_lines_of_a_loss_stand_out_from_the_page(mode, term):
    """Contrast by WCAG 2; that of cosine is 2.3 in the light, its lines are never thin."""
    bright, dark = sorted(
        (luminance(TERM_COLORS[term]), luminance(PALETTES[mode].background)), reverse=True
    )
    assert (bright + 0.05) / (dark + 0.05) >= 3
