"""What the rules find in a run: each finding with its evidence and what can be done at once."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.diagnosis.actions import Action, suggest
from core.diagnosis.finding import SAID, Finding
from core.errors import CoreError
from core.events import Plain
from core.figures.curves import CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.finding import summarise_finding
from core.figures.theme import Palette
from core.problems.experiments import EXPERIMENTS
from core.problems.new_runs import new_runs
from core.problems.solved_weights import suggest_weights
from core.runs.acknowledged import acknowledge, withdraw
from core.runs.folder import RunConfig, is_sample
from core.runs.launching import launch
from core.runs.seen import Seen
from core.training.settings import from_plain
from pages.ui.charts import show_chart
from pages.ui.handover import open_values, show_way
from pages.ui.page import escaped, heading
from pages.ui.train.actions import RUN, guarded
from pages.ui.train.headline import FINDING_COLORS
from pages.ui.train.scene import Scene
from pages.ui.train.watched import Look

BALANCE = "loss_balance"
HERE = "train"
FIGURE_HEIGHT = 150
WHO = "acknowledged-by"


def show_findings(scene: Scene) -> None:
    """Every finding with its evidence, those that were acknowledged last and greyed."""
    look = scene.look
    heading("Findings", "computed from what the run has told, by rules with their thresholds")
    groups = look.diagnosis.groups
    if not groups:
        st.markdown("No rule has found anything.")
    actions = _actions(look, groups)
    with st.container(gap="medium"):
        for group in sorted(groups, key=lambda group: seen(look, group) is not None):
            if (known := seen(look, group)) is not None:
                _show_seen(look, group, known)
            else:
                _show_group(scene, group, actions)
    for missing in look.diagnosis.cannot_tell:
        st.markdown(f":gray[:small[{missing.rule} {missing.text}]]")
    for rule in look.diagnosis.not_asked:
        st.markdown(f":gray[:small[{rule} is not yet tested, and not asked]]")


def seen(look: Look, group: Sequence[Finding]) -> Seen | None:
    """Give the acknowledgement of a group, None while its newest finding has none."""
    return look.meta.acknowledged.get(_newest(group).key)


def _newest(group: Sequence[Finding]) -> Finding:
    return max(group, key=lambda finding: finding.last_step)


def _actions(look: Look, groups: Sequence[Sequence[Finding]]) -> dict[str, tuple[Action, ...]]:
    """Give the runs that findings suggest, by key; each change once, at the worst of them."""
    asking = [_newest(group) for group in groups if seen(look, group) is None]
    solved = _solved(look) if any(finding.page == BALANCE for finding in asking) else None
    options = look.config.config if look.config and look.experiment else {}
    offered: dict[str, str] = {}
    told: dict[str, list[Action]] = {}
    for finding in asking:
        both = suggest(finding, options), solved if finding.page == BALANCE else None
        for action in filter(None, both if finding.severity != "ok" else ()):
            if offered.setdefault(action.text, finding.key) == finding.key:
                told.setdefault(finding.key, []).append(action)
    return {key: tuple(actions) for key, actions in told.items()}


def _show_group(
    scene: Scene, group: Sequence[Finding], actions: Mapping[str, tuple[Action, ...]]
) -> None:
    """Show the newest finding of a rule about one thing, and where else it held."""
    look, finding = scene.look, _newest(group)
    color = FINDING_COLORS[finding.severity]
    record = summarise_finding(look.history, finding)
    text, figure = st.columns([2, 1], gap="medium") if record else (st.container(), None)
    with text, st.container(gap="xxsmall"):
        over = "" if finding.is_open else " :gray[(over)]"
        badge = f":{color}-badge[{SAID[finding.severity]}]"
        st.markdown(f"{badge} &nbsp; **{_verdict(finding)}**{over}")
        advice = f"**{finding.suggestion}**" if finding.suggestion else ""
        st.markdown(f"{finding.evidence} {finding.meaning} {advice}")
        st.markdown(f":gray[:small[{finding.rule}; {_steps(group, finding)}]]")
        if finding.severity != "ok":
            _offers(look, group, actions.get(finding.key, ()))
    if record and figure:
        with figure:
            _show_evidence(record, scene.palette, look, finding)


def _show_evidence(record: CurveFigure, palette: Palette, look: Look, finding: Finding) -> None:
    show_chart(
        draw_curves(record, palette, height=FIGURE_HEIGHT),
        key=f"finding-{look.folder.name}-{finding.key}",
        alt=f"Evidence of {finding.rule}: {record.panels[0].title} over the run, strong where "
        "the finding held.",
    )


def _verdict(finding: Finding) -> str:
    return finding.verdict[:1].upper() + finding.verdict[1:]


def _steps(group: Sequence[Finding], finding: Finding) -> str:
    in_order = sorted(group, key=lambda one: one.first_step)
    others = [one.regime for one in in_order if one is not finding]
    also = f"; also {', '.join(others)}" if others else ""
    return f"{finding.regime}, steps {finding.first_step:,} to {finding.last_step:,}{also}"


def _offers(look: Look, group: Sequence[Finding], actions: Sequence[Action]) -> None:
    """Draw what can be done with one click: a corrected run, the page behind it, a note."""
    finding = _newest(group)
    place = f"{look.folder.name}-{finding.key}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for number, action in enumerate(actions):
            _offer_run(look, action, f"change-{number}-{place}")
        if finding.page == BALANCE and look.history.stages:
            open_values(look.history, "Open Loss balance", key=f"values-{place}")
        elif finding.page not in ("", HERE):
            show_way(finding.page)
        _offer_note(look, group, place)


def _solved(look: Look) -> Action | None:
    """Solve the weights of a run, where its problem and its options can be read."""
    if look.config is None or look.experiment is None:
        return None
    try:
        config = from_plain(look.experiment.config, look.config.config)
    except CoreError:
        return None  # an older run with options that are gone
    return suggest_weights(look.experiment, config, look.history)


def _offer_run(look: Look, action: Action, key: str) -> None:
    """Draw the button that starts a run with what a finding suggests."""
    # The list of runs stands outside of what is drawn again every second.
    if st.button(
        f"Run with {action.text}",
        key=key,
        icon=":material/play_arrow:",
        on_click=_start_changed,
        args=(look.config, action.change, f"{look.name}, {action.text}"),
        help="Starts a run with the options of this one but for this change; it begins anew.",
    ):
        st.rerun()


@guarded
def _start_changed(asked: RunConfig, change: Mapping[str, Plain], name: str) -> None:
    experiment = EXPERIMENTS[asked.experiment]
    config = from_plain(experiment.config, {**asked.config, **change})
    (folder,) = new_runs(experiment, (config,), name=name)
    launch(folder)
    st.session_state[RUN] = folder.name


def _offer_note(look: Look, group: Sequence[Finding], place: str) -> None:
    """Let a person say that a finding was seen and may stay; samples stay as they are."""
    if is_sample(look.folder):
        return
    note, who = f"note-{place}", f"who-{place}"
    with (
        st.popover("Acknowledge", key=f"open-{place}", icon=":material/done:"),
        st.form(f"form-{place}", border=False),
    ):
        st.text_input("Note", key=note, help="Why it may stay; kept with the run.")
        st.text_input("Your name", value=st.session_state.get(WHO, ""), key=who,
                      help="Stands beside the note.")  # fmt: skip
        st.form_submit_button("Keep", key=f"keep-{place}", on_click=_acknowledge,
                              args=(look, _keys(group), note, who))  # fmt: skip


def _show_seen(look: Look, group: Sequence[Finding], known: Seen) -> None:
    """Show an acknowledged finding in one grey line, with who, when and why."""
    finding = _newest(group)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f":gray[{_verdict(finding)} :small[{finding.rule}; {_steps(group, finding)}. "
                    f":material/done: acknowledged {escaped(known.text)}]]",
                    width="content")  # fmt: skip
        st.button("Take back", key=f"back-{look.folder.name}-{finding.key}", type="tertiary",
                  on_click=_withdraw, args=(look, _keys(group)))  # fmt: skip


def _keys(group: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(finding.key for finding in group)


@guarded
def _acknowledge(look: Look, keys: Sequence[str], note: str, who: str) -> None:
    st.session_state[WHO] = by = str(st.session_state.get(who, ""))
    acknowledge(look.folder, keys, str(st.session_state.get(note, "")), by=by)


@guarded
def _withdraw(look: Look, keys: Sequence[str]) -> None:
    withdraw(look.folder, keys)
