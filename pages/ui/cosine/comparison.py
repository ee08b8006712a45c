"""Cosine, MSE and InfoNCE trained side by side: the button, the table, and what came out."""

import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import CoreError, InputError
from core.figures.points import IntervalGroup, IntervalsFigure, draw_intervals
from core.metrics import term_label
from core.problems.new_runs import new_runs
from core.problems.pocket.comparison import (
    SCORES,
    Estimate,
    Row,
    Trained,
    compare,
    in_words,
    retrieval_in_words,
)
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import COMPARED, comparison_configs, loss_kind, read_trained
from core.runs.index import RunRow
from core.runs.launching import launch
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Choice, Number, draw_control
from pages.ui.cosine.histories import pocket_runs
from pages.ui.cosine.main_figure import Scene
from pages.ui.page import escaped, explain_error, heading
from pages.ui.train.actions import guarded, show_problem
from pages.ui.train.watched import look_at

REFRESH_S: Final = 2.0
MOST_SEEDS: Final = 10
SEEDS = Number(
    "seeds",
    "Seeds",
    "How often the comparison is repeated with other parameters and batches; the data and their "
    "split stay. Three show how far seeds lie apart; each takes about three minutes on two cores. "
    f"1 to {MOST_SEEDS}.",
    3,
    1,
)
STATES: Final = {"finished", "stopped"}


def show_comparison(scene: Scene) -> None:
    """Start the comparison, watch it, and read what came out."""
    show_problem()
    groups = _groups(pocket_runs())
    left, right = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    with left:
        draw_control(SEEDS)
        st.button(
            "Compare cosine, MSE, InfoNCE",
            key="compare",
            icon=":material/play_arrow:",
            width="stretch",
            on_click=start_comparison,
            help="Starts one run a loss and seed, all else equal; they train one after the other, "
            "in processes of their own.",
        )
    if not groups:
        with right:
            st.markdown(":gray[No comparison has been started yet.]")
        return
    with right:
        name = draw_control(group_choice(tuple(groups)))
    rows = groups.get(name) or next(iter(groups.values()))
    active = any(look_at(row.folder).status.is_active for row in rows)
    st.fragment(lambda: _show(scene, rows), run_every=REFRESH_S if active else None)()


def group_choice(names: tuple[str, ...]) -> Choice:
    """Offer the comparisons that were started."""
    return Choice(
        "comparison", "Comparison", "Which one is shown; the newest first.", names[0], names
    )


@guarded
def start_comparison() -> None:
    """Make the runs of a comparison and let them queue up."""
    count = seed_count(st.session_state.get(SEEDS.key, SEEDS.default))
    configs = comparison_configs(PocketConfig(), range(count))
    folders = new_runs(
        POCKET,
        configs,
        label=lambda config: f"Pockets, {term_label(config.loss_fn)}, seed {config.seed}",
    )
    for folder in folders:
        launch(folder)
    st.session_state.pop("comparison", None)


def seed_count(asked: float | None) -> int:
    """Check how many seeds are asked for.

    Raises:
        InputError: The field is empty, or the number is out of its range.
    """
    if isinstance(asked, int) and 1 <= asked <= MOST_SEEDS:
        return asked
    raise InputError("seeds", expected=f"a whole number, 1 to {MOST_SEEDS}",
                     came="nothing" if asked is None else f"{asked:,}",
                     do="Correct it")  # fmt: skip


def _groups(rows: Sequence[RunRow]) -> dict[str, list[RunRow]]:
    """Collect runs that were started together and differ in their loss.

    A sample may be a copy of a run that is still here: one group never holds both.
    """
    groups: dict[tuple[str, bool], list[RunRow]] = {}
    for row in rows:
        if row.group:
            groups.setdefault((row.group, row.is_sample), []).append(row)
    kinds = {key: {str(row.config.get("loss_fn")) for row in own} for key, own in groups.items()}
    return {_named(key[0], own): own for key, own in groups.items() if len(kinds[key]) > 1}


def _named(group: str, rows: Sequence[RunRow]) -> str:
    begun = time.strftime("%d %b %Y, %H:%M", time.localtime(min(row.created_s for row in rows)))
    sample = ", sample" if rows[0].is_sample else ""
    return f"{begun}: {len(rows)} runs{sample} · {group[-4:]}"


def _show(scene: Scene, rows: Sequence[RunRow]) -> None:
    looks = [look_at(row.folder) for row in rows]
    waiting = [look for look in looks if look.status.is_active]
    trained: list[Trained] = []
    for look in looks:
        if look.status.state not in STATES or not loss_kind(look.history):
            continue
        try:
            trained.append(read_trained(look.folder))
        except CoreError as error:
            explain_error(error)
    for look in looks:
        if look.status.state not in STATES and not look.status.is_active:
            st.markdown(
                f":orange[:material/warning:] {escaped(look.name)} is {look.status.state} and "
                f"left out. {escaped(look.status.message)}"
            )
    if waiting:
        running = next((look for look in waiting if look.history.last_step), waiting[0])
        st.progress(
            len(trained) / len(looks),
            f"{len(trained)} of {len(looks)} runs have finished; {running.name} is at step "
            f"{running.history.last_step:,}",
        )
    if not trained:
        st.markdown(":gray[Nothing has finished yet.]")
        return
    trained.sort(
        key=lambda run: (COMPARED.index(run.loss) if run.loss in COMPARED else 9, run.seed)
    )
    try:
        table = compare(trained)
    except CoreError as error:
        explain_error(error)
        return
    started = [look.history.started for look in looks if look.history.started]
    origin = started[0].facts.get("training data", "") if started else ""
    _draw(scene, table, len(trained[0].held_out["name"]), origin)


def _draw(scene: Scene, rows: tuple[Row, ...], count: int, origin: str) -> None:
    st.markdown(f"**{in_words(rows)}** {retrieval_in_words(rows)}")
    heading(
        f"{count:,} held-out ligands",
        f"{origin}; mean over seeds, 95 % interval over ligands; at each run's best validation "
        "cosine loss",
    )
    show_table(
        pd.DataFrame([_cells(row) for row in rows]),
        key="comparison",
        alt="Cosine, MSE, norm ratio, MRR and recall of each loss, with intervals.",
    )
    if not any(row.against_cosine for row in rows):
        return
    show_chart(
        draw_intervals(_differences(rows), scene.palette, height=250),
        key="differences",
        alt="Difference of each score to the cosine-trained runs, paired by ligand.",
    )


def _cells(row: Row) -> dict[str, Any]:
    count = len(row.scores["cosine"].seeds)
    shown = {title: _interval(row.scores[name]) for name, title in SCORES.items()}
    seeds = row.scores["cosine"].seeds
    return {
        "Loss": term_label(row.loss),
        **shown,
        "Cosine by seed": _minus(
            f"{min(seeds):.3f} to {max(seeds):.3f}" if count > 1 else f"{seeds[0]:.3f}"
        ),
        "Trained-on minus held-out": _minus(f"{row.gap:+.3f}"),
    }


def _interval(of: Estimate) -> str:
    between = "–" if of.low >= 0 else " to "  # a dash before a minus sign cannot be read
    return _minus(f"{of.value:.3f} ({of.low:.3f}{between}{of.high:.3f})")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _differences(rows: tuple[Row, ...]) -> IntervalsFigure:
    others = [row for row in rows if row.against_cosine]
    symbols = ("circle", "square", "diamond")
    names = tuple(name for name in SCORES if name not in {"norm_ratio"})
    groups = tuple(
        IntervalGroup(
            f"{term_label(row.loss)} minus cosine",
            np.array([row.against_cosine[name].value for name in names]),
            np.array([row.against_cosine[name].low for name in names]),
            np.array([row.against_cosine[name].high for name in names]),
            "ink" if k == 0 else "muted",
            symbols[k % len(symbols)],
        )
        for k, row in enumerate(others)
    )
    ends = [abs(float(end)) for group in groups for end in (*group.low, *group.high)]
    reach = 1.1 * max([0.01, *ends])
    return IntervalsFigure(
        "differences",
        tuple(SCORES[name] for name in names),
        "difference to the cosine-trained runs",
        (-reach, reach),
        groups,
        rule=0.0,
    )
