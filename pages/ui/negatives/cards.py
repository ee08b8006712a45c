"""Members of a batch as cards: structure, name, similarity, where they came from."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import streamlit as st

from core.chemistry.drawing import draw_molecule
from core.figures.negatives import COLORS
from core.figures.theme import Palette, resolve
from core.problems.molecule.batch_view import ORIGINS, Member

WIDTH, HEIGHT = 104, 88
LARGE = (164, 118)


def show_cards(members: Sequence[Member], palette: Palette, *, columns: int = 8) -> None:
    """Show a grid of cards."""
    cards = "".join(_card(member, palette, WIDTH, HEIGHT) for member in members)
    st.html(
        f"{_style(palette)}<div class='hn' style='grid-template-columns:repeat({columns},"
        f"minmax(0,1fr))'>{cards}</div>"
    )


def show_large_card(member: Member, palette: Palette) -> None:
    """Show one card, larger."""
    card = _card(member, palette, *LARGE)
    st.html(f"{_style(palette)}<div class='hn hn1'>{card}</div>")


def _style(palette: Palette) -> str:
    return (
        "<style>.hn{display:grid;gap:8px}"
        f".hn>div{{border:1px solid {palette.border};border-top-width:3px;border-radius:6px;"
        "padding:4px 6px 5px;min-width:0}"
        ".hn img{width:100%;height:88px;object-fit:contain;display:block}"
        ".hn1 img{height:118px}"
        f".hn p{{margin:0;font-size:11px;line-height:1.25;color:{palette.ink};overflow:hidden;"
        "height:2.5em;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;"
        "overflow-wrap:anywhere}"
        f".hn span{{font-size:11px;color:{palette.muted};display:flex;"
        "justify-content:space-between;gap:4px;font-variant-numeric:tabular-nums}"
        f".hn b{{color:{palette.ink};font-weight:600}}</style>"
    )


def _card(member: Member, palette: Palette, width: int, height: int) -> str:
    name, text = escape(member.name, quote=True), escape(member.text, quote=True)
    color = resolve(COLORS[member.origin], palette)
    near = f"{member.similarity:.2f}".replace("-", "−")
    picture = picture_address(member.smiles, palette.ink, width, height)
    return (
        f"<div style='border-top-color:{color}' title='{text} ({name}, cluster {member.cluster})'>"
        f"<img src='{picture}' alt='Structure of {text}'>"
        f"<span><b>{near}</b><i style='font-style:normal'>{ORIGINS[member.origin]}</i></span>"
        f"<p>{text}</p></div>"
    )


@st.cache_data(show_spinner=False, max_entries=4_000)
def picture_address(smiles: str, ink: str, width: int, height: int) -> str:
    """Draw a structure, as an address that holds the picture itself."""
    svg = draw_molecule(smiles, ink=ink, width=width, height=height)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
