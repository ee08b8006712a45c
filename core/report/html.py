"""A report as one HTML file: no network, charts alive, tables as CSV, light and dark."""

import base64
import json
import re
import time
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from core.figures.theme import CHART_CONFIG
from core.report.blocks import (
    Block,
    Built,
    Chart,
    Listing,
    Prose,
    Said,
    Table,
    cell_text,
    csv_text,
)
from core.report.draft import Draft
from core.report.figure_data import chart_data
from core.report.kinds import build_section, run_ids
from core.report.markdown import markdown_html
from core.report.material import Material
from core.report.reproduce import reproduce

# Even what somebody smuggles into a name fetches nothing and calls nobody.
POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; form-action 'none'; base-uri 'none'"
)
UNTITLED: Final = "Report"


def build_report(draft: Draft, material: Material) -> tuple[Built, ...]:
    """Make every section of a draft, and the one that says how to reproduce it."""
    sections = tuple(build_section(section, material) for section in draft.sections)
    return (*sections, reproduce(draft, material))


def origin(draft: Draft, material: Material) -> str:
    """Say what a report rests on; samples are called samples."""
    ids = run_ids(draft, material)
    rows = material.there(ids)
    samples = sum(row.is_sample for row in rows)
    told = [f"{len(rows)} run{'' if len(rows) == 1 else 's'}"]
    if samples:
        told.append(f"{samples} of them samples that come with Lossoscope")
    if gone := len(ids) - len(rows):
        told.append(f"{gone} more gone")
    return ", ".join(told)


def report_html(
    draft: Draft, material: Material, built: Sequence[Built] | None = None, *, made_s: float = 0.0
) -> str:
    """Write a report as one self-contained file.

    Args:
        draft: What stands in it.
        material: The runs.
        built: Its sections, where they were made already by `build_report`.
        made_s: When it was made, seconds since 1970; 0 for now.
    """
    sections = build_report(draft, material) if built is None else built
    views = [
        {"id": f"section-{n}", "title": one.title,
         "blocks": [_view(block, f"{n}-{m}") for m, block in enumerate(one.blocks)]}
        for n, one in enumerate(sections)
    ]  # fmt: skip
    has_charts = any(one.charts for one in sections)
    template = _environment().get_template("report.html")
    return template.render(
        title=draft.title or UNTITLED,
        author=draft.author,
        made=time.strftime("%Y-%m-%d %H:%M", time.localtime(made_s or time.time())),
        origin=origin(draft, material),
        sections=views,
        policy=POLICY,
        plotly=get_plotlyjs() if has_charts else "",
        config=_json(CHART_CONFIG | {"responsive": True}),
    )


def file_name(draft: Draft) -> str:
    """Name the file of a report after its title.

    Example:
        >>> file_name(Draft("Is it balanced? <b>"))
        'is-it-balanced-b.html'
    """
    stem = re.sub(r"[^a-z0-9]+", "-", draft.title.lower()).strip("-")[:60].strip("-")
    return f"{stem or 'report'}.html"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("core.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _view(block: Block, place: str) -> dict[str, Any]:
    """Give what the template writes of a block."""
    match block:
        case Prose():
            return {"kind": "prose", "html": markdown_html(block.markdown)}
        case Said():
            return {"kind": "said", "text": block.text, "is_warning": block.is_warning}
        case Chart():
            told = _json(chart_data(block) | {"name": block.name})
            return {"kind": "chart", "id": f"chart-{place}", "alt": block.alt, "data": told,
                    "height": block.height}  # fmt: skip
        case Table():
            return {"kind": "table", "name": block.name, "alt": block.alt, "columns": block.columns,
                    "rows": [[(cell_text(cell), _is_number(cell)) for cell in row]
                             for row in block.rows],
                    "csv": _data_address(csv_text(block), "text/csv")}  # fmt: skip
        case Listing():
            return {"kind": "listing", "title": block.title, "text": block.text,
                    "is_folded": block.is_folded}  # fmt: skip


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float)


def _json(value: object) -> str:
    """Write JSON that may stand inside a script: nothing in it can end the element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _data_address(text: str, kind: str) -> str:
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"
