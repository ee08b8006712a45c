"""How to make every run of a report again: commands, configurations, seeds, versions."""

import json
import platform
import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from core.claims.results import code_version
from core.errors import CoreError
from core.events import Plain
from core.problems.experiments import EXPERIMENTS
from core.report.blocks import Block, Built, Cell, Listing, Said, Table, shortened
from core.report.draft import Draft
from core.report.kinds import run_ids
from core.report.material import Material, run_title
from core.runs.compare import differing_options, option_text
from core.runs.index import RunRow
from core.training.settings import settings_of, to_plain

TITLE: Final = "Reproduce"
PACKAGES: Final = ("lossoscope", "torch", "numpy", "plotly")
MOST_OPTIONS: Final = 12  # columns of the table of differences
FACTS: Final = ("device", "torch", "training data")  # the name of the machine is nobody's business


def reproduce(draft: Draft, material: Material) -> Built:
    """Say how the runs of a draft were made, and with what they were read."""
    return Built(TITLE, tuple(_blocks(material.there(run_ids(draft, material)), material)))


def _blocks(rows: Sequence[RunRow], material: Material) -> Iterator[Block]:
    if rows:
        columns = ("Run", "Id", "Experiment", "Seed", "State", "Steps", *map(str.capitalize, FACTS))
        yield Table("runs", "The runs of this report with seed, state and versions.", columns,
                    tuple(_run_row(row, material) for row in rows))  # fmt: skip
        yield from _differences(rows)
        commands = "\n\n".join(f"# {run_title(row)}, {row.id}\n{command_of(row)}" for row in rows)
        yield Listing("Commands: what differs from the defaults", commands)
        yield from _schedules(rows)
        configs = {row.id: dict(row.config) for row in rows}
        yield Listing("Configurations, whole", json.dumps(configs, indent=1), is_folded=True)
    told = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    yield Said(f"This report was made with Python {platform.python_version()}, {told}; the code "
               f"and samples it rests on have the hash {code_version()[:12]}.")  # fmt: skip


def _run_row(row: RunRow, material: Material) -> tuple[Cell, ...]:
    try:
        started = material.read(row.folder, ()).started
    except CoreError:
        started = None
    facts = started.facts if started else {}
    seed = row.config.get("seed")
    return (run_title(row), row.id, row.experiment, None if seed is None else option_text(seed),
            row.state, row.step, *(facts.get(name, "") for name in FACTS))  # fmt: skip


def _differences(rows: Sequence[RunRow]) -> Iterator[Block]:
    """Give the options that are not the same in all runs of an experiment."""
    for experiment in dict.fromkeys(row.experiment for row in rows):
        own = [row for row in rows if row.experiment == experiment]
        found = differing_options([row.config for row in own])
        shown = [one for one in found if one.option != "schedule"][:MOST_OPTIONS]
        if len(own) > 1 and shown:
            cells = tuple(
                (run_title(row), *(shortened(one.texts[place]) for one in shown))
                for place, row in enumerate(own)
            )
            columns = ("Run", *(one.option for one in shown))
            alt = f"Options of {experiment} that are not the same in all runs."
            yield Table(f"differences-{experiment or 'other'}", alt, columns, cells)


def command_of(row: RunRow) -> str:
    """Give the command that trains such a run; a comment where there is none."""
    known = EXPERIMENTS.get(row.experiment)
    if known is None:
        return f"# no command: it was brought in as {shortened(row.experiment) or 'a folder'}"
    usual = to_plain(known.config())
    words = ["python", "-m", "core", "train", known.name]
    for option in settings_of(known.config):
        value = row.config.get(option.name, usual[option.name])
        # A schedule is trained as written unless the balancing is said.
        is_needed = option.name == "balancing" and row.config.get("schedule") is not None
        if value != usual[option.name] or is_needed:
            text = _schedule_file(row) if option.name == "schedule" else _word(option.kind, value)
            flag = f"--{option.name.replace('_', '-')}"
            words += [f"{flag}={text}"] if text[:1] == "-" else [flag, text]
    return shlex.join(words)


def _word(kind: str, value: Plain) -> str:
    return str(value) if kind == "text" else json.dumps(value)


def _schedule_file(row: RunRow) -> str:
    return f"schedule-{row.id}.json"


def _schedules(rows: Sequence[RunRow]) -> Iterator[Listing]:
    for row in rows:
        plain: Mapping[str, Plain] | Plain = row.config.get("schedule")
        if plain is not None and row.experiment in EXPERIMENTS:
            yield Listing(_schedule_file(row), json.dumps(plain, indent=1), is_folded=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
