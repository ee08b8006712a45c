"""The top of a run: where it stands, the numbers that matter, and the worst finding."""

import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.diagnosis.finding import Finding
from core.figures.found_metrics import found_groups
from core.figures.run_series import RunAxes, positions
from core.history import History, epoch_steps
from core.metrics import MetricLine, read_key, shown, term_label
from core.runs.status import Status
from core.training.settings import settings_of
from pages.ui.page import Metric, escaped, metrics_row
from pages.ui.train.watched import Look

BADGES = {
    "queued": ("Queued", ":material/hourglass_empty:", "gray"),
    "running": ("Running", ":material/play_arrow:", "gray"),
    "stopping": ("Stopping", ":material/pause:", "gray"),
    "finished": ("Finished", ":material/check:", "green"),
    "stopped": ("Stopped", ":material/stop:", "gray"),
    "diverged": ("Diverged", ":material/error:", "red"),
    "failed": ("Failed", ":material/error:", "red"),
    "killed": ("Killed", ":material/power_off:", "orange"),
    "silent": ("Silent", ":material/signal_disconnected:", "orange"),
    "broken": ("Broken", ":material/folder_off:", "red"),
}
FINDING_COLORS = {"error": "red", "warn": "orange", "info": "gray", "ok": "green"}
NOTHING = "–"
ASKING = ("error", "warn")  # severities that ask a person for something
MOST_NOTES = 2  # the newest; all of them are in the log


def status_line(look: Look) -> None:
    """Say where the run stands, in one line; what went wrong, in a second one."""
    label, icon, color = BADGES[look.status.state]
    started = look.history.started
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(label, icon=icon, color=color)  # pyright: ignore[reportArgumentType]
        if origin := (started.facts.get("training data", "") if started else ""):
            st.badge(origin.split(" of ")[0].capitalize(), color="gray", help=origin)
        if solo := str(look.config.config.get("solo") or "") if look.config else "":
            note = look.experiment.solo_notes.get(solo) if look.experiment else None
            st.badge(f"{term_label(solo).capitalize()} alone", color="gray", help=note)
        st.markdown(f":gray[{' · '.join(_facts(look))}]")
    if look.status.message:
        icon = "warning" if color in {"red", "orange"} else "info"
        st.markdown(f":orange[:material/{icon}:] {escaped(look.status.message)}")
    for note in look.history.notes[-MOST_NOTES:]:
        st.markdown(f"Step {note.step:,}: {escaped(note.text)}")
    if look.torn:
        blocks = "block was" if look.torn == 1 else "blocks were"
        st.markdown(f":gray[:small[{look.torn} torn measurement {blocks} skipped.]]")


def _facts(look: Look) -> list[str]:
    status, history = look.status, look.history
    named = f"{escaped(look.name)} " if look.meta.name else ""
    facts = [f"{named}`{look.folder.name}`"]
    device = history.started.facts.get("device") if history.started else None
    facts += [device or status.device] if device or status.device else []
    if (speed := newest(history, "train/steps_per_s")) is not None:
        facts.append(f"{speed:,.3g} steps/s" if speed < 10 else f"{speed:,.0f} steps/s")
    facts += _times(status, history, speed)
    if status.heartbeat_s:
        heard = status.state in {"queued", "killed", "silent"}
        word = "last heartbeat" if heard else "last measured"
        facts.append(f"{word} {time.strftime('%H:%M:%S', time.localtime(status.heartbeat_s))}")
    return facts


def _times(status: Status, history: History, speed: float | None) -> list[str]:
    if not history.last_step:
        return []
    # Not the clock: between a stop and its resume may lie a night.
    spent_s = positions(history, RunAxes(x="time"), np.array([history.last_step]))[0]
    facts = [f"{spent_s:,.1f} s of training"]
    if status.state == "running" and status.total_steps and speed:
        facts.append(f"{max(status.total_steps - history.last_step, 0) / speed:,.0f} s left")
    return facts


def newest(history: History, metric: str) -> float | None:
    """Give the last value of a metric, None where it was never measured."""
    series = history.series.get(metric)
    return float(series.value[-1]) if series is not None and len(series) else None


def headline_metrics(look: Look) -> None:
    """Show the step, what the problem is judged by, and the highest share."""
    charts = look.experiment.charts if look.experiment else found_groups(look.history)
    lines = [line for chart in charts[:1] for line in chart.lines[:2]]
    lines += [line for chart in charts[1:2] for line in chart.lines[:1]]
    history = look.history
    count = Counter(read_key(line.key).label for line in lines)
    metrics = [_step_metric(look)]
    metrics += [_line_metric(look, line, count[read_key(line.key).label] > 1) for line in lines]
    few = len(history.terms) < 2 if look.experiment is None else len(history.terms) == 1
    metrics_row([*metrics, *([] if few else [_share_metric(history)])])


def _step_metric(look: Look) -> Metric:
    history, status = look.history, look.status
    asked = look.config.config.get("steps") if look.config else None
    total = status.total_steps or (history.started.total_steps if history.started else asked)
    done = f"of {total:,}" if isinstance(total, int) and total else "no plan yet"
    step = max(status.step, history.last_step, 0)
    remark = "; ".join(filter(None, (done, _place(history, step))))
    return Metric("Step", f"{step:,}", remark, "Optimiser updates that are done.")


def _place(history: History, step: int) -> str:
    """Say where in its stages a run stands, or in its epochs where it has but one stage."""
    count = history.started.facts.get("stages", "") if history.started else ""
    epoch = epoch_steps(history)
    if epoch > 1 and count == "1":
        return f"epoch {step / epoch:.1f}"
    stage = f"stage {history.stages[-1].stage}" if history.stages else ""
    return f"{stage} of {count}" if stage and count else stage


def _line_metric(look: Look, line: MetricLine, is_one_of_several: bool) -> Metric:
    """Give the newest value of a line; what it is called where others share its label."""
    key = read_key(line.key)
    value = newest(look.history, line.key)
    baseline = newest(look.history, f"{key.split}/{key.spec.baseline}")
    marks = [
        mark
        for chart in (look.experiment.charts if look.experiment else ())
        if line in chart.lines
        for mark in chart.marks
    ]
    remark = key.split.replace("_", ", ").replace("val", "validation")
    if baseline is not None:
        remark = f"{read_key(str(key.spec.baseline)).label} {shown(baseline, key.spec)}"
    elif marks:
        remark = f"{marks[-1][1]} is {marks[-1][0]:,g} {key.spec.unit}"
    label = key.label[:1].upper() + key.label[1:]
    label += f", {line.label}" if is_one_of_several else ""
    text = NOTHING if value is None else shown(value, key.spec)
    if look.experiment is None:  # names that somebody else gave
        label, remark = escaped(label), escaped(remark)
    return Metric(label, text, remark, key.spec.source or key.label)


def _share_metric(history: History) -> Metric:
    shares = {
        term: value
        for term in history.terms
        if (value := newest_in_stage(history, f"train/{term}/share")) is not None
    }
    help_text = "The term with the highest share of the total loss, mean of the last 20 steps."
    if not shares:
        return Metric("Highest share", NOTHING, "nothing measured", help_text)
    term = max(shares, key=lambda name: shares[name])
    # One term alone has every share by itself: no target.
    band = history.started.targets.get(term) if history.started and len(shares) > 1 else None
    remark = term_label(term) + (f", target {band[0]:g}–{band[1]:g} %" if band else "")
    return Metric("Highest share", f"{shares[term]:.0f} %", remark, help_text)


def newest_in_stage(history: History, metric: str, window: int = 20) -> float | None:
    """Average the last finite values of the running stage; None where it has none."""
    series = history.series.get(metric)
    begins = history.stages[-1].step if history.stages else 0
    if series is None or not len(series) or series.step[-1] < max(begins, history.last_step - 1):
        return None
    values = series.value[series.step >= begins][-window:]
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else None


def finding_line(look: Look) -> None:
    """Show the worst open finding that asks for something; else one that something is expected."""
    found = [f for f in look.unseen.open if f.severity in ASKING]
    left_out = [f for f in look.diagnosis.open if f.severity in ASKING and f not in found]
    seen = f" &nbsp; :gray[:small[{_count(left_out)} acknowledged]]" if left_out else ""
    if found:
        color = FINDING_COLORS[found[0].severity]
        noun = "finding" if _count(found) == 1 else "findings"
        badge = f":{color}-badge[:material/warning: {_count(found)} {noun}]"
        st.markdown(f"{badge} &nbsp; {sentence(found[0])}{seen}")
        return
    fine = (f for f in look.diagnosis.findings if f.is_open and f.severity == "ok")
    if finding := next(fine, None):
        said = f"**{finding.verdict}**, since step {finding.first_step:,}."
        st.markdown(f":green-badge[:material/check: Fine] &nbsp; {said}{seen}")
    elif seen:
        st.markdown(seen)


def _count(findings: Sequence[Finding]) -> int:
    """Count rules that found something, once for each thing that they are about."""
    return len({(finding.rule, finding.subject) for finding in findings})


def sentence(finding: Finding) -> str:
    """Say a finding in one line: what, since when, what to do."""
    verdict = finding.verdict[:1].upper() + finding.verdict[1:]
    since = f"since step {finding.first_step:,} ({finding.regime})"
    return f"**{verdict}**, {since}. {finding.suggestion}"


def config_lines(look: Look) -> dict[str, str]:
    """Give the configuration as label and value, for a table."""
    if look.config is None or look.experiment is None:
        return {}
    labels = {option.name: option for option in settings_of(look.experiment.config)}
    shown = {}
    for name, value in look.config.config.items():
        option = labels.get(name)
        if option is None or option.kind == "other":
            continue
        unit = f", {option.unit}" if option.unit else ""
        shown[f"{option.label}{unit}"] = "–" if value in ("", None) else str(value)
    return shown
