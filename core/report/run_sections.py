"""Sections about runs: curves of one, several by metric, a table, what the rules find."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from core.diagnosis.engine import diagnose
from core.diagnosis.finding import SAID
from core.diagnosis.rules import GENERAL_RULES
from core.errors import CoreError
from core.figures.draw_curves import draw_curves
from core.figures.overlay import OverlayRun, draw_overlay, summarise_overlay
from core.figures.overlay_lines import CLOCK, OverlayAxes
from core.figures.overlay_panels import metric_title
from core.figures.run import summarise_run
from core.figures.run_names import short_names
from core.figures.run_series import RunAxes
from core.history import History
from core.metrics import read_key
from core.problems.experiments import EXPERIMENTS
from core.report.blocks import Block, Cell, Chart, Said, Table, rounded
from core.report.material import Material, run_title
from core.runs.compare import from_summary, seed_groups
from core.runs.folder import read_meta
from core.runs.index import RunRow
from core.runs.seen import Seen

RUN_HEIGHT: Final = 470
PANEL_HEIGHT, LEAST_HEIGHT = 185, 310
OVERLAY_POINTS: Final = 6_000  # of a chart: ten of them and plotly.js stay below 8 MB
DIRECTIONS: Final = {True: "higher", False: "lower", None: None}
Values = Mapping[str, Any]


def run_blocks(values: Values, material: Material) -> Iterator[Block]:
    """Show the curves of a run as the page Train does."""
    yield from material.lacking([values["run"]])
    for row in material.there([values["run"]]):
        try:
            history = material.read(row.folder, None)
        except CoreError as error:
            yield Said(str(error), is_warning=True)
            return
        yield Said(_about(row, history))
        known = EXPERIMENTS.get(row.experiment)
        axes = RunAxes(values["x"], int(values["smoothing"]), bool(values["log"]))
        record = summarise_run(history, known.charts if known else None, axes, key=row.id)
        alt = (f"Contributions and shares of {', '.join(history.terms) or 'no terms'}, and how "
               f"good the run {run_title(row)} is, up to step {history.last_step}.")  # fmt: skip
        yield Chart(f"run-{row.id}", alt, record, draw_curves, RUN_HEIGHT)


def _about(row: RunRow, history: History) -> str:
    """Say where a run stands and what it was trained on; synthetic data are called synthetic."""
    told = history.started.facts.get("training data", "") if history.started else ""
    data = f" Trained on {told}." if told else ""
    return f"{run_title(row)}: {row.state}, step {history.last_step:,}.{data}"


def compare_blocks(values: Values, material: Material) -> Iterator[Block]:
    """Lay runs over one another, a panel a metric."""
    yield from material.lacking(values["runs"])
    rows, metrics = material.there(values["runs"]), list(dict.fromkeys(values["metrics"]))
    if not metrics:
        yield Said("No metric is chosen.", is_warning=True)
    if not rows or not metrics:
        return
    wanted = {*metrics, CLOCK}
    runs = [
        OverlayRun(run_title(row), partial(material.read, row.folder, wanted), group)
        for row, group in zip(rows, seed_groups(rows), strict=True)
    ]
    axes = OverlayAxes(values["x"], float(values["half_life"]), y_log=bool(values["log"]),
                       band=values["band"])  # fmt: skip
    try:
        record = summarise_overlay(runs, metrics, axes, key="compare", most_points=OVERLAY_POINTS)
    except CoreError as error:
        yield Said(str(error), is_warning=True)
        return
    if record.lines:
        titles = "; ".join(metric_title(metric) for metric in metrics)
        names = ", ".join(short_names([run.name for run in runs]))
        height = max(PANEL_HEIGHT * -(-len(metrics) // record.figure.columns), LEAST_HEIGHT)
        yield Chart("compare", f"{titles}, of {names}.", record, draw_overlay, height)
    for reason in record.left_out:
        yield Said(f"Not drawn: {reason}.")


def table_blocks(values: Values, material: Material) -> Iterator[Block]:
    """Give last, lowest and highest value of metrics; a run that lacks one has no row for it."""
    yield from material.lacking(values["runs"])
    metrics = list(dict.fromkeys(values["metrics"]))
    if not metrics:
        yield Said("No metric is chosen.", is_warning=True)
    rows = [
        _metric_row(row, metric)
        for metric in metrics
        for row in material.there(values["runs"])
        if metric in row.metrics
    ]
    if rows:
        columns = ("Metric", "Run", "Last", "Lowest", "Highest", "Better is")
        yield Table("metrics", "Last, lowest and highest value of each metric.", columns,
                    tuple(rows))  # fmt: skip
    measured = {metric for row in material.there(values["runs"]) for metric in row.metrics}
    for metric in metrics:
        if metric not in measured:
            yield Said(f"{metric_title(metric)} is measured by none of these runs.")


def _metric_row(row: RunRow, metric: str) -> tuple[Cell, ...]:
    spec = read_key(metric).spec
    factor = 100.0 if spec.unit == "fraction" else 1.0
    told = row.metrics.get(metric)
    numbers = (from_summary(told, kind) for kind in ("last", "lowest", "highest"))
    return (metric_title(metric), run_title(row),
            *(rounded(factor * number) for number in numbers),
            DIRECTIONS[spec.higher_is_better])  # fmt: skip


def findings_blocks(values: Values, material: Material) -> Iterator[Block]:
    """Give what the rules find in runs, the worst first, and what was acknowledged by whom."""
    yield from material.lacking(values["runs"])
    found: list[tuple[Cell, ...]] = []
    for row in material.there(values["runs"]):
        try:
            history = material.read(row.folder, None)
        except CoreError as error:
            yield Said(str(error), is_warning=True)
            continue
        own = _finding_rows(row, history)
        if not own:
            yield Said(f"{run_title(row)}: no rule has found anything.")
        found += own
    if found:
        columns = ("Run", "How bad", "Finding", "Steps", "Evidence", "What to try", "Rule",
                   "Acknowledged")  # fmt: skip
        width = len(columns) - (not any(row[-1] for row in found))
        yield Table("findings", "What the rules find in each run, the worst first.",
                    columns[:width], tuple(row[:width] for row in found))  # fmt: skip


def _finding_rows(row: RunRow, history: History) -> list[tuple[Cell, ...]]:
    known = EXPERIMENTS.get(row.experiment)
    diagnosis = diagnose(history, (*GENERAL_RULES, *(known.rules if known else ())))
    newest = (max(group, key=lambda finding: finding.last_step) for group in diagnosis.groups)
    seen = _acknowledged(row)
    return [
        (run_title(row), SAID[f.severity], f.verdict,
         f"{f.regime}, {f.first_step:,} to {f.last_step:,}", f.evidence, f.suggestion, f.rule,
         seen[f.key].text if f.key in seen else "")
        for f in newest
    ]  # fmt: skip


def _acknowledged(row: RunRow) -> Mapping[str, Seen]:
    """Read what a person has acknowledged; a run whose meta.json is damaged has nothing."""
    try:
        return read_meta(row.folder).acknowledged
    except CoreError:
        return {}
