"""The editor of a section: a widget for each option that its kind asks for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.claims.ledger import note_claims
from core.claims.own_files import own_claims
from core.claims.own_words import statement
from core.errors import CoreError
from core.figures.overlay_panels import metric_title
from core.problems.main_metric import HELD_OUT
from core.report.draft import Draft, Section
from core.report.draft_files import TITLE_LETTERS
from core.report.kinds import SECTIONS
from core.report.material import Material
from core.report.options import MOST_CHOSEN, MOST_LETTERS, Option, values_of
from core.report.slot_section import reported_names
from pages.ui.page import explain_error
from pages.ui.runs.chosen import run_labels

WIDE = ("prose", "runs", "metrics", "claims", "own claims")  # widgets that take a row
COLUMNS = 2  # of the others
Values = dict[str, Any]


def edit_head(draft: Draft, key: str) -> Draft:
    """Draw the fields of title and author, and give the draft with what they say."""
    with st.container(border=True):
        title = _line("Title", draft.title, f"{key}-title", "The heading of the report.")
        author = _line("Author or subtitle", draft.author, f"{key}-author", "Below the title.")
    return replace(draft, title=title, author=author)


def edit_section(section: Section, material: Material, key: str) -> Section:
    """Draw a widget for every option, and give the section with what they say."""
    kind = SECTIONS[section.kind]
    values = values_of(kind.options, section.options)
    with st.container(border=True):
        title = _line("Heading", section.title, f"{key}-title",
                      "Empty: the name of the run, or of the kind.")  # fmt: skip
        small = [option for option in kind.options if option.asked not in WIDE]
        for option in kind.options:
            if option.asked in WIDE:
                values[option.name] = _edit(option, values, material, key)
        for first in range(0, len(small), COLUMNS):
            columns = st.columns(COLUMNS, vertical_alignment="bottom")
            for column, option in zip(columns, small[first : first + COLUMNS], strict=False):
                with column:
                    values[option.name] = _edit(option, values, material, key)
    return Section(section.kind, title, values)


def _edit(option: Option, values: Values, material: Material, key: str) -> Any:
    return WIDGETS[option.asked](option, values, material, f"{key}-{option.name}")


def _line(label: str, value: str, key: str, help_text: str) -> str:
    return st.text_input(label, value, key=key, max_chars=TITLE_LETTERS, help=help_text) or ""


def _prose(option: Option, values: Values, material: Material, key: str) -> str:
    del material
    return st.text_area(option.label, values[option.name], key=key, height=220,
                        max_chars=MOST_LETTERS, help=option.help) or ""  # fmt: skip


def _run(option: Option, values: Values, material: Material, key: str) -> str:
    return _one(option, values, list(material.rows), _labels(material), key)


def _version(option: Option, values: Values, material: Material, key: str) -> str:
    runs = [run for run, row in material.rows.items() if row.experiment.startswith("sidechain")]
    return _one(option, values, [*reported_names(), *runs], _labels(material), key)


def _one(
    option: Option, values: Values, options: Sequence[str], labels: dict[str, str], key: str
) -> str:
    """Draw a list to choose one from; one that is gone stays chosen until another is."""
    chosen = values[option.name]
    offered = [*([] if chosen in options else [chosen]), *options]
    told = {name: name for name in reported_names()} | labels | {"": "none"}
    return st.selectbox(option.label, offered, offered.index(chosen), key=key, help=option.help,
                        format_func=lambda name: told.get(name, f"gone: {name[:60]}")
                        ) or ""  # fmt: skip


def _runs(option: Option, values: Values, material: Material, key: str) -> list[str]:
    return _several(option, values, list(material.rows), _labels(material).get, key)


def _metrics(option: Option, values: Values, material: Material, key: str) -> list[str]:
    measured = {metric for row in material.there(values["runs"]) for metric in row.metrics}
    offered = sorted(measured, key=lambda metric: (not metric.startswith(HELD_OUT), metric))
    return _several(option, values, offered, metric_title, key)


def _claims(option: Option, values: Values, material: Material, key: str) -> list[str]:
    del material
    texts = {claim.claim_id: f"{claim.claim_id}: {claim.text}" for claim in note_claims()}
    return _several(option, values, list(texts), texts.get, key)


def _own_claims(option: Option, values: Values, material: Material, key: str) -> list[str]:
    del material
    try:
        texts = {claim.name: f"{claim.name}: {statement(claim)}" for claim in own_claims()}
    except CoreError as error:
        explain_error(error)
        texts = {}
    return _several(option, values, list(texts), texts.get, key)


def _several(
    option: Option,
    values: Values,
    options: Sequence[str],
    label: Callable[[str], str | None],
    key: str,
) -> list[str]:
    """Draw a list to choose several from; what is gone stays chosen until it is taken out."""
    chosen = list(dict.fromkeys(values[option.name]))
    gone = [name for name in chosen if name not in options]
    return st.multiselect(option.label, [*gone, *options], chosen, key=key, help=option.help,
                          format_func=lambda name: label(name) or f"gone: {name[:60]}",
                          max_selections=MOST_CHOSEN, placeholder="none")  # fmt: skip


def _choice(option: Option, values: Values, material: Material, key: str) -> str:
    del material
    names = list(option.choices)
    return st.selectbox(option.label, names, names.index(values[option.name]), key=key,
                        format_func=option.choices.__getitem__, help=option.help)  # fmt: skip


def _number(option: Option, values: Values, material: Material, key: str) -> float:
    del material
    return st.number_input(option.label, 0.0, None, float(values[option.name]), key=key,
                           format="%g", help=option.help)  # fmt: skip


def _switch(option: Option, values: Values, material: Material, key: str) -> bool:
    del material
    return st.toggle(option.label, values[option.name], key=key, help=option.help)


def _labels(material: Material) -> dict[str, str]:
    labels = run_labels(material.rows.values())
    samples = {run for run, row in material.rows.items() if row.is_sample}
    return {run: f"{label} (sample)" if run in samples else label for run, label in labels.items()}


WIDGETS: dict[str, Callable[[Option, Values, Material, str], Any]] = {
    "prose": _prose,
    "run": _run,
    "runs": _runs,
    "metrics": _metrics,
    "claims": _claims,
    "own claims": _own_claims,
    "version": _version,
    "choice": _choice,
    "number": _number,
    "switch": _switch,
}
