"""The small figure of a finding: the series that it is about, and where it held."""

from typing import Final

import numpy as np

from core.diagnosis.finding import Finding
from core.figures.curves import Curve, CurveFigure, Panel, summarise_curves
from core.figures.overlay_panels import unit_of
from core.figures.run_names import chart_text
from core.figures.theme import term_color
from core.history import History
from core.metrics import read_key

MOST_POINTS: Final = 400
PARTS: Final = ("share", "raw")  # of a term, the first that was measured


def summarise_finding(history: History, finding: Finding) -> CurveFigure | None:
    """Collect the evidence of a finding: the whole series faint, the stretch where it held strong.

    Args:
        history: The run.
        finding: About a term or a metric.

    Returns:
        None where it is about the whole run, or its series was not measured.
    """
    metric = evidence_metric(history, finding)
    if not metric:
        return None
    series, key = history.series[metric], read_key(metric)
    value = (100.0 if key.spec.unit == "fraction" else 1.0) * series.value
    held = (series.step >= finding.first_step) & (series.step <= finding.last_step)
    color = term_color(finding.subject, history.terms) if key.term else "ink"
    unit = unit_of(key)
    curves = [Curve(key.label, series.step.astype(float), value, "ghost", width=1.0, legend=False,
                    unit=f" {unit}".rstrip())]  # fmt: skip
    if held.any():
        curves.append(Curve("where it held", series.step[held].astype(float), value[held], color,
                            legend=False, unit=f" {unit}".rstrip()))  # fmt: skip
    wanted = history.started.targets.get(finding.subject) if history.started else None
    is_share = metric.endswith("/share")
    panel = Panel(
        unit,
        tuple(curves),
        title=chart_text(key.label[:1].upper() + key.label[1:]),
        remark=key.split.replace("_", " "),
        y_range=(0.0, 100.0) if is_share else None,
        bands=(wanted,) if wanted and is_share else (),
    )
    return summarise_curves(CurveFigure(finding.key, "step", (panel,)), MOST_POINTS)


def evidence_metric(history: History, finding: Finding) -> str:
    """Name the series that a finding is about; empty where there is none.

    Example:
        >>> evidence_metric(History(), Finding("R-55", "info", "run", 0, 9, True, "", ""))
        ''
    """
    names = (finding.subject, *(f"train/{finding.subject}/{part}" for part in PARTS))
    measured = (name for name in names if name in history.series)
    return next((name for name in measured if np.isfinite(history.series[name].value).any()), "")
