"""Cosine, MSE and InfoNCE trained side by side: start them, watch them, stop them, go on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from core.errors import InputError
from core.figures.theme import Palette
from core.metrics import term_label
from core.problems.new_runs import new_runs
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import comparison_configs
from core.runs.folder import is_sample
from core.runs.index import list_runs
from core.runs.launching import launch
from core.runs.status import RESUMABLE
from pages.ui.controls import Choice, Number, draw_control
from pages.ui.cosine.comparison_runs import comparisons, in_order, show_runs
from pages.ui.cosine.comparison_table import show_results
from pages.ui.train.actions import guarded, resume_all, show_problem, stop_all
from pages.ui.train.watched import Look, look_at

REFRESH_S: Final = 2.0
MOST_SEEDS: Final = 10
STOPPABLE: Final = ("queued", "running")
SEEDS = Number(
    "seeds",
    "Seeds",
    "How often the comparison is repeated with other parameters and batches; the data and their "
    "split stay. Three show how far seeds lie apart; each takes about three minutes on two cores. "
    f"1 to {MOST_SEEDS}.",
    3,
    1,
)


def show_comparison(palette: Palette) -> None:
    """Start a comparison, watch its runs, and read what came out."""
    with st.container(gap="small"):
        show_problem()
        if looks := _choose():
            _watch(looks)
            show_results(palette, looks)


def _choose() -> list[Look]:
    """Draw what starts a comparison and what chooses one; give the runs of the chosen one."""
    groups = comparisons(list_runs())
    with st.sidebar:
        draw_control(SEEDS)
        st.button(
            "Compare the three losses",
            key="compare",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            on_click=start_comparison,
            help="Cosine, MSE, InfoNCE: one run a loss and seed, all else equal; they train one "
            "after the other, in processes of their own.",
        )
        if groups:
            name = draw_control(group_choice(tuple(groups)))
            looks = _look(row.folder for row in groups.get(name) or next(iter(groups.values())))
            _run_buttons(looks)
            return looks
    st.markdown(":gray[No comparison has been started yet.]")
    return []


def _look(folders: Iterable[Path]) -> list[Look]:
    return in_order(look_at(folder) for folder in folders)


def _watch(looks: Sequence[Look]) -> None:
    """Show where the runs stand, again and again while one is active."""

    def watch() -> None:
        now = _look(look.folder for look in looks)
        show_runs(now)
        if [_phase(look) for look in now] != [_phase(look) for look in looks]:
            st.rerun()

    is_active = any(look.status.is_active for look in looks)
    st.fragment(watch, run_every=REFRESH_S if is_active else None)()


def _phase(look: Look) -> str:
    """Give what buttons and table hang on: whether a run waits or trains is the same to them."""
    return "active" if look.status.is_active else look.status.state


def _run_buttons(looks: Sequence[Look]) -> None:
    """Offer to stop what is active, to go on with what ended early; say so where all is done."""
    going = [look.folder for look in looks if look.status.state in STOPPABLE]
    ended = [
        look.folder
        for look in looks
        if look.status.state in RESUMABLE and not is_sample(look.folder)
    ]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if going:
            st.button(
                "Stop all",
                key="stop-all",
                icon=":material/stop:",
                on_click=stop_all,
                args=(going,),
                help="Each stops after the step that runs, with a checkpoint; those that wait do "
                "not begin. One that does not answer can be ended on the page Train.",
            )
        if ended:
            runs = "run" if len(ended) == 1 else "runs"
            st.button(
                f"Resume {len(ended)} unfinished {runs}",
                key="resume-all",
                icon=":material/resume:",
                on_click=resume_all,
                args=(ended,),
                help="Each goes on from its last checkpoint, one after the other, to the end of "
                "its budget.",
            )
        if not going:
            st.markdown(f":gray[{_counted(looks)}]")


def _counted(looks: Sequence[Look]) -> str:
    """Count the runs by state."""
    count = Counter(look.status.state for look in looks)
    if set(count) == {"finished"} and len(looks) > 1:
        return f"All {len(looks)} runs have finished."
    runs = "1 run" if len(looks) == 1 else f"{len(looks)} runs"
    return f"{runs}: {', '.join(f'{number} {state}' for state, number in count.items())}"


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
    of_new = (name for name, rows in comparisons(list_runs()).items()
              if any(row.folder == folders[0] for row in rows))  # fmt: skip
    st.session_state["comparison"] = next(of_new)


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
