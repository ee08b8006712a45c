"""One's own claims: said in the sidebar, judged in a table that follows runs as they go."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

import pandas as pd
import streamlit as st

from core.claims.named_runs import newest_of, waits_for_newest
from core.claims.note_grades import NOTE_GRADES, claims_of_grade
from core.claims.own import Comparison, OwnClaim, OwnVerdict, Where
from core.claims.own_files import add_own, own_claims, remove_own
from core.claims.own_reading import judge_own
from core.claims.own_words import statement, written_reason, written_verdict
from core.errors import CoreError
from core.figures.theme import Palette
from core.problems.experiments import EXPERIMENTS
from core.runs.index import RunRow
from pages.ui.charts import show_table
from pages.ui.page import Metric, explain_error, heading, metrics_row
from pages.ui.runs.chosen import default_metrics, is_any_active, listed_runs, run_labels, store

REFRESH_S: Final = 1.0
REFUSED: Final = "own-refused"
WIDTHS: Final = {"Claim": 110, "Verdict": 80, "What it says": 300, "Value": 70, "Interval": 130,
                 "n": 36, "Why": 234}  # fmt: skip


def show_own(palette: Palette) -> None:
    """Show one's own claims with their verdicts, again and again while a run of theirs goes on."""
    rows = listed_runs()
    with st.sidebar:
        _form(rows)
        _form_of_grade(rows)
    if (error := st.session_state.pop(REFUSED, None)) is not None:
        explain_error(error)
    try:
        claims = own_claims()
    except CoreError as error:
        explain_error(error)
        return
    alive = _is_alive(claims, rows)

    def watch() -> None:
        now = listed_runs()
        _verdicts(claims, now)
        if alive and not _is_alive(claims, now):
            st.rerun()

    st.fragment(watch, run_every=REFRESH_S if alive else None)()
    if claims:
        _remove(claims)


def _is_alive(claims: Sequence[OwnClaim], rows: Mapping[str, RunRow]) -> bool:
    """Say whether a verdict may change: a run goes on, or has yet to begin."""
    if any(map(waits_for_newest, claims)):
        return True
    named = {run for claim in claims for run in (*claim.runs, *claim.against)}
    return not named <= rows.keys() or is_any_active(rows[run] for run in named)


def _verdicts(claims: Sequence[OwnClaim], rows: Mapping[str, RunRow]) -> None:
    judged = [judge_own(claim, rows, store().read) for claim in claims]
    found = [verdict for _, verdict in judged]
    metrics_row([
        Metric("Pass", f"{_count(found, 'pass')}", f"of {len(found)} claims",
               "The whole interval is on the claimed side."),
        Metric("Fail", f"{_count(found, 'fail')}", f"of {len(found)} claims",
               "The whole interval is on the other side."),
        Metric("Undecided", f"{_count(found, 'undecided')}", f"of {len(found)} claims",
               "The interval holds the claimed value, or something lacks."),
    ])  # fmt: skip
    heading("Own claims", "judged by the runs as they are now")
    show_table(
        pd.DataFrame(
            [_row(claim, *one) for claim, one in zip(claims, judged, strict=True)],
            columns=list(WIDTHS),
        ),
        key="own-claims",
        alt="One's own claims with verdict, value, interval, number of values and reason.",
        columns={name: st.column_config.TextColumn(width=width) for name, width in WIDTHS.items()},
    )
    if not claims:
        st.info("No claim yet. Say one at the left, before or after a run.",
                icon=":material/info:")  # fmt: skip


def _count(found: Sequence[OwnVerdict], verdict: str) -> int:
    return sum(one.verdict == verdict for one in found)


def _row(claim: OwnClaim, told: OwnClaim, found: OwnVerdict) -> tuple[str, ...]:
    said = statement(claim), *written_verdict(told, found), written_reason(claim, told, found)
    return claim.name, found.verdict, *said


def _form(rows: Mapping[str, RunRow]) -> None:
    """Draw what a claim is made of; runs and metrics that are not there yet may be typed."""
    runs = _of_runs(rows)
    metrics = sorted(
        {key for row in rows.values() for key in row.metrics},
        key=lambda key: (key not in default_metrics(list(rows.values())), "val" not in key, key),
    )
    with st.form("own-claim", border=False):
        # Above all others: a list of runs that loses the focus shrinks, and what stands below it
        # would move away from under the pointer.
        name, add = st.columns([3, 1.2], vertical_alignment="bottom", gap="small")
        name.text_input("Name", key="own-name", placeholder="what it is called",
                        help="As in the table; each claim has its own.")  # fmt: skip
        add.form_submit_button("Add", key="own-add", type="primary", on_click=_add)
        st.selectbox("Metric", metrics, key="own-metric", accept_new_options=True,
                     help="One that no run has measured yet may be typed.")  # fmt: skip
        st.selectbox("Comparison", get_args(Comparison), key="own-comparison",
                     help="beats by %: against other runs, in the direction of the metric; paired "
                     "where both groups have the same seeds.")  # fmt: skip
        st.number_input("Value", value=0.8, step=None, format="%g", key="own-value",
                        help="In the unit of the metric, shares from 0 to 1; percent for beats by "
                        "%.")  # fmt: skip
        st.selectbox("Where", get_args(Where), key="own-where",
                     help="Which evaluation of each run is read.")  # fmt: skip
        st.number_input("Step, or evaluations", value=5, min_value=0, step=1, key="own-at",
                        help="The step of at step; how many evaluations of median of last."
                        )  # fmt: skip
        st.multiselect("Runs of the claim", key="own-runs", **runs,
                       help="One, judged by the spread of its evaluations, or several, by their "
                       "interval. The newest run of a problem is whichever of yours began last; "
                       "the id of a run to come may be typed.")  # fmt: skip
        st.multiselect("Against", key="own-against", **runs,
                       help="The other runs of beats by %; else none.")  # fmt: skip


def _of_runs(rows: Mapping[str, RunRow]) -> dict[str, Any]:
    """Give what every list of runs is drawn with: those that are there, and those to come."""
    labels = run_labels(rows.values())
    labels |= {newest_of(name): f"the newest run of {name}" for name in EXPERIMENTS}
    return {
        "options": [*map(newest_of, EXPERIMENTS), *rows], "placeholder": "none",
        "format_func": lambda run: labels.get(run, run), "accept_new_options": True,
    }  # fmt: skip


def _form_of_grade(rows: Mapping[str, RunRow]) -> None:
    """Draw what says that runs reach a grade of the notes."""
    with st.expander("A grade of the notes"), st.form("own-grade", border=False):
        st.selectbox("Grade", range(len(NOTE_GRADES)), key="grade",
                     format_func=lambda at: NOTE_GRADES[at].name,
                     help="What a note calls success; each of its lines becomes a claim, of the "
                     "median of the last five evaluations.")  # fmt: skip
        st.multiselect(
            "Runs to grade",
            key="grade-runs",
            **_of_runs(rows),
            help="None: whichever run of the grade's problem begins last.",
        )
        st.form_submit_button("Add these claims", key="grade-add", on_click=_add_grade)


def _add_grade() -> None:
    grade = NOTE_GRADES[st.session_state["grade"]]
    runs = tuple(st.session_state["grade-runs"]) or (newest_of(grade.experiment),)
    _try(lambda: add_own(*claims_of_grade(grade, runs, [c.name for c in own_claims()])))


def _add() -> None:
    said = {key: st.session_state[f"own-{key}"] for key in OwnClaim.__dataclass_fields__}
    lists = {key: tuple(said[key]) for key in ("runs", "against")}
    texts = {key: (said[key] or "").strip() for key in ("name", "metric")}
    _try(lambda: add_own(OwnClaim(**{**said, **lists, **texts})))
    if REFUSED not in st.session_state:
        st.session_state.update({"own-name": "", "own-runs": [], "own-against": []})


def _remove(claims: Sequence[OwnClaim]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Claim to remove", [claim.name for claim in claims], key="own-gone",
                            help="Forgets the claim; runs stay as they are.", width=320
                            )  # fmt: skip
        st.button("Remove", key="own-remove", icon=":material/delete:",
                  on_click=_try, args=(lambda: remove_own(name),))  # fmt: skip


def _try(action: Callable[[], None]) -> None:
    """Do it; what it says where it cannot is shown by the page that follows."""
    try:
        action()
    except CoreError as error:
        st.session_state[REFUSED] = error
