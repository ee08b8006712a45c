import numpy as np

from core.figures.shares import STRIP_SYMBOLS, draw_share_bars, draw_shares, summarise_shares
from core.figures.theme import PALETTES, TERM_COLORS


def three_terms(**bands):
    return summarise_shares(
        ("1", "2"),
        ("ce", "spectrum", "precursor"),
        share_percent=np.array([[100.0, 0.0, 0.0], [30.5, 0.8, 68.7]]),
        contribution=np.array([[3.0, 0.0, 0.0], [3.26, 0.09, 7.33]]),
        verdict=(("high", "inactive", "inactive"), ("low", "low", "high")),
        bands=bands,
    )


def test_bars_stack_in_the_order_of_the_terms_in_their_colours():
    drawn = draw_shares(three_terms(), PALETTES["light"])
    bars = [trace for trace in drawn.data if trace.type == "bar"]
    assert [bar.name for bar in bars] == ["cross-entropy", "spectrum", "precursor"]
    assert [bar.marker.color for bar in bars] == [
        TERM_COLORS[term] for term in ("ce", "spectrum", "precursor")
    ]
    assert list(bars[2].y) == [0.0, 68.7]
    assert list(bars[1].text) == ["", ""]
    assert list(bars[0].text) == ["100", "30"]


def test_the_strip_says_the_verdict_by_form():
    drawn = draw_shares(three_terms(), PALETTES["light"])
    strips = [trace for trace in drawn.data if trace.type == "scatter"]
    assert list(strips[2].marker.symbol) == [STRIP_SYMBOLS["inactive"], STRIP_SYMBOLS["high"]]


def test_bands_of_three_terms_stand_on_the_boundaries():
    record = three_terms(ce=(60.0, 70.0), spectrum=(10.0, 20.0), precursor=(10.0, 30.0))
    assert [(low, high) for _, low, high in record.boundaries] == [(60.0, 70.0), (70.0, 90.0)]
    drawn = draw_shares(record, PALETTES["dark"])
    assert [(s.y0, s.y1) for s in drawn.layout.shapes] == [(60.0, 70.0), (70.0, 90.0)]


def test_more_terms_have_a_strip_and_no_boundary_bands():
    terms = tuple("abcde")
    record = summarise_shares(
        ("1",), terms, share_percent=np.full((1, 5), 20.0), contribution=np.ones((1, 5)),
        verdict=(("inside",) * 5,), bands=dict.fromkeys(terms, (10.0, 30.0)),
    )  # fmt: skip
    assert record.boundaries == ()
    drawn = draw_shares(record, PALETTES["light"])
    colors = [trace.marker.color for trace in drawn.data if trace.type == "bar"]
    assert len(set(colors)) == 5


def test_a_glance_has_bars_only():
    drawn = draw_share_bars(three_terms(), PALETTES["light"], height=200)
    assert {trace.type for trace in drawn.data} == {"bar"}
