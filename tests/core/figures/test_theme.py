import itertools
import tomllib
from pathlib import Path

import pytest

from core.figures.theme import OTHER_TERMS, PALETTES, TERM_COLORS, faded, template, term_color

ROOT = Path(__file__).resolve().parents[3]


def channels(color: str) -> list[float]:
    values = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2 defines it."""
    luminance = [
        sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), channels(c), strict=True))
        for c in (one, other)
    ]
    return (max(luminance) + 0.05) / (min(luminance) + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read_on_its_background(mode):
    palette = PALETTES[mode]
    assert contrast(palette.ink, palette.background) > 12
    assert contrast(palette.muted, palette.background) > 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("term", list(TERM_COLORS))
def test_every_term_stands_out_from_the_background(mode, term):
    """Precursor and cosine reach 2.3 on white only: they are never thin and never small text."""
    assert contrast(TERM_COLORS[term], PALETTES[mode].background) > 1.9


def test_the_page_and_the_figures_share_one_background():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for mode, palette in PALETTES.items():
        assert theme[mode]["backgroundColor"] == palette.background
        assert theme[mode]["textColor"] == palette.ink
    assert theme["chartCategoricalColors"] == list(TERM_COLORS.values())[:6]


def test_unknown_terms_get_colours_of_their_own():
    terms = ("atom", "pairwise", "chi", "clash")
    colors = [term_color(term, terms) for term in terms]
    assert all(a != b for a, b in itertools.combinations(colors, 2))
    assert colors[0] == TERM_COLORS["atom"]
    assert set(colors[1:]) <= set(OTHER_TERMS)


def test_faded_keeps_the_colour():
    assert faded("#000000", 0.5) == "rgba(0,0,0,0.5)"


def test_the_template_leaves_the_paper_transparent():
    assert template(PALETTES["dark"])["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
