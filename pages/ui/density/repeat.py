"""Bare tanh, 8 × tanh and a linear output trained side by side, laid over the note's table."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.curves import Dash, Style
from core.figures.density_scores import SlotLine, summarise_slots
from core.figures.draw_curves import draw_curves
from core.figures.theme import OTHER_TERMS, Palette
from core.problems.sidechain.config import OUTPUTS
from core.problems.sidechain.density.outputs import (
    BASELINES,
    LABELS,
    SLOT_NAMES,
    Profile,
    note_profiles,
    outputs_in_words,
    read_profiles,
)
from core.runs.index import RunRow, list_runs
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Choice, draw_control
from pages.ui.density.repeat_start import EXPERIMENT, draw_start
from pages.ui.density.scene import NOTHING
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row
from pages.ui.train.actions import show_problem
from pages.ui.train.together import groups_of, run_buttons, show_states, watch_runs
from pages.ui.train.watched import Look, look_at

HEIGHT = 350
TRAINED: dict[str, Style] = {
    "tanh": (OTHER_TERMS[0], "solid"),
    "tanh8": (OTHER_TERMS[1], "dash"),
    "linear": (OTHER_TERMS[2], "dot"),
}
NONE = (
    ":gray[Nothing was trained yet: the chart has the note's figures. The button trains the three "
    "outputs, about a minute and a half in all on two cores, and lays theirs over them.]"
)


def show_repeat(palette: Palette) -> None:
    """Show the note's table by slot, and over it what the three outputs reach."""
    with st.container(gap="small"):
        show_problem()
        groups = _groups()
        with st.sidebar:
            draw_start()
            looks = _chosen(groups)
            if looks:
                run_buttons(looks)
        if not looks:
            st.markdown(NONE)
            _show_results(palette, ())
            return

        def show(now: Sequence[Look]) -> None:
            show_states(now, title, _cells)
            _show_results(palette, now)

        watch_runs(looks, in_order, show)


def _groups() -> dict[str, list[RunRow]]:
    """List what was started together with more than one output."""
    groups = groups_of(list_runs(), EXPERIMENT)
    return {
        name: rows
        for name, rows in groups.items()
        if len({str(row.config.get("output")) for row in rows}) > 1
    }


def _chosen(groups: dict[str, list[RunRow]]) -> list[Look]:
    if not groups:
        return []
    name = draw_control(group_choice(tuple(groups)))
    rows = groups.get(name) or next(iter(groups.values()))
    return in_order(look_at(row.folder) for row in rows)


def group_choice(names: tuple[str, ...]) -> Choice:
    """Offer the groups of runs that were started together."""
    return Choice(
        "density_runs", "Runs", "Which runs are shown: those that were started together; the "
        "newest first.", names[0], names,
    )  # fmt: skip


def in_order(looks: Iterable[Look]) -> list[Look]:
    """Sort runs by their output, as OUTPUTS has them."""
    known = (*OUTPUTS, "")
    return sorted(looks, key=lambda look: known.index(output_of(look)))


def output_of(look: Look) -> str:
    """Name the output of a run; empty where that is lost."""
    told = look.config.config.get("output") if look.config else ""
    return str(told) if told in OUTPUTS else ""


def title(look: Look) -> str:
    """Name a run by its output."""
    return LABELS.get(output_of(look), escaped(look.name))


def _cells(look: Look) -> dict[str, str]:
    return {"Output": title(look)}


def _show_results(palette: Palette, looks: Sequence[Look]) -> None:
    trained, baselines = _read(looks)
    v4, v5 = note_profiles()
    _show_metrics(trained, baselines, v5)
    done = {name: trained[name] for look in looks if look.status.state == "finished"
            if (name := output_of(look)) in trained}  # fmt: skip
    if said := outputs_in_words(done, v5):
        st.markdown(f"**{said}** It does not say what the code of that run was.")
    shown = [v4, v5, *baselines.values(), *trained.values()]
    lines = [SlotLine(baselines[name].name, baselines[name].rmsd, color, dash)
             for name, color, dash in _STYLES if name in baselines]  # fmt: skip
    lines += [SlotLine(v4.name, v4.rmsd, "muted", "dot"), SlotLine(v5.name, v5.rmsd, "ink")]
    lines += [SlotLine(p.name, p.rmsd, *TRAINED[name]) for name, p in trained.items()]
    with st.container(gap="xxsmall"):
        heading("RMSD by slot", "of validation residues; the note's v4 and v5 all but coincide")
        show_chart(
            draw_curves(summarise_slots("outputs", SLOT_NAMES, lines), palette, height=HEIGHT),
            key="outputs",
            alt="RMSD by slot of the three outputs over the note's v4 and v5, with baselines.",
        )
    show_table(
        pd.DataFrame([_row(profile) for profile in shown]),
        key="outputs",
        alt="RMSD in all, of the side chain and by slot: the note, baselines, outputs.",
        columns=_COLUMNS,
        row_height=26,
    )
    _show_origin(looks)


_STYLES: tuple[tuple[str, str, Dash], ...] = (
    ("slot_mean", "ghost", "dash"),
    ("clamped", "muted", "dash"),
)
_COLUMNS: dict[str, Any] = {
    name: st.column_config.NumberColumn(format="%.2f", width=width)
    for name, width in (("Overall", 64), ("Side", 52), *((slot, 44) for slot in SLOT_NAMES))
} | {"RMSD, Å": st.column_config.TextColumn(width=128)}


def _read(looks: Sequence[Look]) -> tuple[dict[str, Profile], dict[str, Profile]]:
    """Read what the runs have recorded by output, and the baselines of the newest of them."""
    trained: dict[str, Profile] = {}
    baselines: dict[str, Profile] = {}
    for look in looks:
        output = output_of(look)
        if not output or output in trained:
            continue
        try:
            found = read_profiles(look.folder, look.history, output)
        except CoreError as error:
            explain_error(error)
            continue
        trained |= {name: p for name, p in found.items() if name == output}
        baselines |= {name: p for name, p in found.items() if name in BASELINES}
    return trained, baselines


def _row(profile: Profile) -> dict[str, Any]:
    slots = dict(zip(SLOT_NAMES, profile.rmsd.tolist(), strict=True))
    return {
        "RMSD, Å": profile.name,
        "Overall": profile.overall,
        "Side": profile.side_chain,
        **slots,
    }


def _show_metrics(
    trained: dict[str, Profile], baselines: dict[str, Profile], note: Profile
) -> None:
    metrics = [
        Metric(f"Side chain, {note.name}", f"{note.side_chain:.2f} Å",
               f"overall {note.overall:.2f} Å", "As the note reports it.")
    ]  # fmt: skip
    clamped = baselines.get("clamped")
    remark = f"clamped to ±1 Å: {clamped.side_chain:.2f} Å" if clamped else "not trained yet"
    for name in OUTPUTS:
        own = trained.get(name)
        told = remark if name == "tanh" or own is None else f"overall {own.overall:.2f} Å"
        metrics.append(
            Metric(f"Side chain, {LABELS[name]}", f"{own.side_chain:.2f} Å" if own else NOTHING,
                   told if own or name == "tanh" else "not trained yet",
                   "Pooled RMSD of the validation residues, at the newest evaluation.")
        )  # fmt: skip
    metrics_row(metrics)


def _show_origin(looks: Sequence[Look]) -> None:
    """Say what was trained on, and what the comparison does not say."""
    facts = next((look.history.started.facts for look in looks if look.history.started), {})
    data = f"{escaped(facts['training data'])}. " if "training data" in facts else ""
    st.markdown(
        f":gray[:small[{data}All else is equal: the same density, loss, seed and budget. The "
        "note's proteins, network and code are not known here: that figures agree shows what "
        "suffices to produce them, not what that run did.]]"
    )
