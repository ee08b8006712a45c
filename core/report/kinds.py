"""The kinds of sections: the one table; adding one is a maker of blocks and an entry here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.figures.overlay_lines import BANDS
from core.figures.run_series import X_TITLES
from core.report.blocks import Block, Built, Prose
from core.report.claim_section import claims_blocks
from core.report.draft import Draft, Section
from core.report.material import Material, run_title
from core.report.options import Option, values_of
from core.report.own_section import own_blocks, runs_of_claims
from core.report.run_sections import compare_blocks, findings_blocks, run_blocks, table_blocks
from core.report.slot_section import slot_blocks

RUN_KINDS: Final = ("run", "runs", "version")  # options that name runs


@dataclass(frozen=True)
class Kind:
    """A kind of section.

    Args:
        name: In a draft.
        title: As on the screen, and its heading where a person gave none.
        help: What it shows, in a sentence.
        options: What it asks for.
        make: Gives its blocks; never fails: what cannot be shown is said.
    """

    name: str
    title: str
    help: str
    options: tuple[Option, ...]
    make: Callable[[Mapping[str, Any], Material], Iterator[Block]]


def _prose(values: Mapping[str, Any], material: Material) -> Iterator[Block]:
    del material
    yield Prose(values["text"])


RUNS: Final = Option("runs", "runs", "Runs", "In the order in which they are shown.", [])
METRICS: Final = Option("metrics", "metrics", "Metrics", "What is shown of the runs.", [])
X_AXIS: Final = Option("x", "choice", "Horizontal axis", "What it counts.", "step",
                       {**X_TITLES})  # fmt: skip

SECTIONS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("text", "Text", "Your own words, in Markdown.", (
            Option("text", "prose", "Text, Markdown",
                   "Headings, lists, tables, links, code; HTML is shown as it is written.", ""),
        ), _prose),
        Kind("run", "Run", "Contributions, shares and scores of one run.", (
            Option("run", "run", "Run", "Whose curves are shown.", ""),
            X_AXIS,
            Option("smoothing", "number", "Smoothing, steps", "Window of the running mean; 0 "
                   "shows the values as they are.", 120),
            Option("log", "switch", "Loss on a log axis", "Whether contributions stand on one.",
                   True),
        ), run_blocks),
        Kind("compare", "Runs compared", "Several runs over one another, a panel a metric.", (
            RUNS,
            METRICS,
            X_AXIS,
            Option("band", "choice", "Seeds", "Runs that differ in the seed only, each or as "
                   "their mean.", "", {**BANDS}),
            Option("half_life", "number", "Half-life of smoothing, units of x", "0 shows the "
                   "values as they are.", 0),
            Option("log", "switch", "Log axis", "Whether metrics stand on one.", False),
        ), compare_blocks),
        Kind("table", "Table of metrics", "Last, lowest and highest value of metrics.",
             (RUNS, METRICS), table_blocks),
        Kind("findings", "Findings", "What the rules find in runs, with evidence.", (RUNS,),
             findings_blocks),
        Kind("claims", "Claims", "What the notes say, recomputed, with a verdict.", (
            Option("claims", "claims", "Claims", "Of the ledger.", []),
        ), claims_blocks),
        Kind("own claims", "Own claims", "What you say of runs, judged as they are now.", (
            Option("claims", "own claims", "Own claims", "As on the page Claims.", []),
        ), own_blocks),
        Kind("side chains", "Side chains by atom", "RMSD by slot of two versions.", (
            Option("before", "version", "First version", "A table of the note, or a run.",
                   "note v4"),
            Option("after", "version", "Second version", "A table of the note, or a run.",
                   "note v5"),
        ), slot_blocks),
    )
}  # fmt: skip


def build_section(section: Section, material: Material) -> Built:
    """Make the blocks of a section."""
    kind = SECTIONS[section.kind]
    values = values_of(kind.options, section.options)
    return Built(title_of(section, material), tuple(kind.make(values, material)))


def title_of(section: Section, material: Material) -> str:
    """Give the heading: a person's, else the name of the one run, else that of the kind.

    Text without a heading has none.
    """
    if section.title or section.kind == "text":
        return section.title
    row = material.rows.get(str(section.options.get("run", "")))
    return run_title(row) if row else SECTIONS[section.kind].title


def run_ids(draft: Draft, material: Material) -> tuple[str, ...]:
    """List every run that a draft names, once, in order; with those that its claims rest on."""
    told: list[Any] = []
    for section in draft.sections:
        kind = SECTIONS[section.kind]
        values = values_of(kind.options, section.options)
        for option in kind.options:
            value = values[option.name]
            if option.asked == "own claims":
                told += runs_of_claims(value, material)
            elif option.asked in RUN_KINDS:
                told += value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(run_id for run_id in told if run_id and run_id[:5] != "note "))
