"""Reading the signs of a run: is what happened at the switch expected, or is it trouble?"""

from pathlib import Path
from typing import Final

import streamlit as st

from core.diagnosis.contrastive_runs import MRR, PROBE, counts_epochs
from core.diagnosis.finding import CannotTell
from core.diagnosis.note_sign import NoteSign, read_note_sign
from core.diagnosis.signs import Sign, Signs, read_signs
from core.diagnosis.switch import SwitchReading, read_switch
from core.figures.draw_curves import draw_curves
from core.figures.signs import summarise_signs
from core.figures.theme import Palette
from core.history import History, epoch_steps
from core.runs.reader import read_history
from pages.ui.charts import show_chart
from pages.ui.negatives.remedies import show_remedies
from pages.ui.negatives.runs import choose_run, molecule_runs
from pages.ui.page import Metric, heading, metrics_row
from pages.ui.train.headline import status_line
from pages.ui.train.watched import Look, look_at

HEIGHT: Final = 380
REFRESH_S: Final = 2.0
NOTHING: Final = "–"
ELSEWHERE: Final = (
    "**What would help:** a lower learning rate; and look whether texts and molecules are still "
    "paired. None of the remedies for hard batches, as these were random ones."
)
BADGES: Final = {
    "expected": ("Expected", ":material/check:", "green"),
    "trouble": ("Trouble", ":material/error:", "red"),
    "too early": ("Too early", ":material/hourglass_empty:", "gray"),
    "quiet": ("No trouble", ":material/check:", "green"),
    "unknown": ("Cannot tell", ":material/help:", "gray"),
}


def show_signs(palette: Palette) -> None:
    """Give the verdict on a run with its evidence, and what would help."""
    look = choose_run()
    if look is None:
        return

    def watch() -> None:
        now = look_at(look.folder)
        _show(palette, now)
        if look.status.is_active and not now.status.is_active:
            st.rerun()

    st.fragment(watch, run_every=REFRESH_S if look.status.is_active else None)()


def _show(palette: Palette, look: Look) -> None:
    with st.container(gap="small"):
        status_line(look)
        told, signs = read_switch(look.history), read_signs(look.history)
        name, sentence = _verdict(look.history, told, signs)
        _say(name, sentence)
        if isinstance(signs, CannotTell):
            return
        note = read_note_sign(look.history)
        metrics_row([*(_metric(sign) for sign in signs.each), _note_metric(look.history, note)])
        show_chart(
            draw_curves(
                summarise_signs(look.history, signs, key=f"signs-{look.folder.name}"),
                palette, height=HEIGHT,
            ),
            key="signs",
            alt="Training loss, loss on fixed random batches, MRR, alignment over the epochs.",
        )  # fmt: skip
        if isinstance(told, SwitchReading) and told.was_worse_before:
            st.markdown(ELSEWHERE)
        else:
            show_remedies(look, is_trouble=name == "trouble")
        _show_note_sign(note)


def _verdict(
    history: History, told: SwitchReading | CannotTell | None, signs: Signs | CannotTell
) -> tuple[str, str]:
    """Give the name of the verdict, and why."""
    if isinstance(signs, CannotTell):
        return "unknown", f"Not measured yet: {', '.join(signs.missing)}."
    if isinstance(told, SwitchReading):
        return told.verdict, _of_switch(history, told)
    bad = signs.troubles()
    if bad:
        where = _epoch(history, int(signs.step[bad[0].first]))
        over = "" if bad[-1].is_open else "; it has passed"
        return "trouble", f"The model got worse at {where}{over}. The run has no switch."
    return "quiet", "The run has no switch from random to hard batches; both signs are silent."


def _of_switch(history: History, told: SwitchReading) -> str:
    moved = "rose" if told.loss_rose else "did not rise"
    between = f"{told.loss_before:.2g} → {told.loss_after:.2g}"
    said = f"Hard batches after {_epoch(history, told.step)}. The training loss {moved} ({between})"
    if told.trouble_step is None:
        return f"{said}, which says nothing of the model: {told.evidence}."
    over = " It has passed." if told.is_over else ""
    if told.was_worse_before:
        return (
            f"{said}. But the model was worse before, at {_epoch(history, told.begin_step or 0)}: "
            f"these were random batches, so hardness is not the cause.{over}"
        )
    return f"{said}. The model got worse by {_epoch(history, told.trouble_step)}: "\
        f"{told.evidence}.{over}"  # fmt: skip


def _epoch(history: History, step: int) -> str:
    """Say a step as epochs, where their length is known."""
    length = epoch_steps(history)
    if not length:
        return f"step {step:,}"
    return f"epoch {step / length:g}" if counts_epochs(history) else f"epoch {step / length:.3g}"


def _say(name: str, sentence: str) -> None:
    label, icon, color = BADGES[name]
    st.markdown(f":{color}-badge[{icon} {label}] {sentence}")


def _metric(sign: Sign) -> Metric:
    worst = float(sign.part.max())
    title = {PROBE: "Loss on random batches", MRR: "MRR"}[sign.metric]
    return Metric(
        title,
        f"{sign.value[-1]:.3f}",
        f"best {sign.best[-1]:.3f}; at worst {100 * worst:.0f} % of the way to trouble",
        "Newest evaluation; how near any evaluation has come to the limit that is trouble.",
    )


def _note_metric(history: History, note: NoteSign) -> Metric:
    where = ", ".join(_epoch(history, int(step)).split()[-1] for step in note.fell[:4])
    more = ", ..." if len(note.fell) > 4 else ""
    return Metric(
        "The note's sign",
        "Holds" if note.holds else "Does not hold",
        f"MRR fell twice running by epoch {where}{more}" if note.holds
        else f"in {note.evaluations} evaluations",
        "The note calls it trouble when the MRR falls two epochs running.",
    )  # fmt: skip


def _show_note_sign(note: NoteSign) -> None:
    """Say how often the note's sign holds in runs of which the signs here say nothing bad."""
    counted = _healthy(tuple((str(r.folder), r.step) for r in molecule_runs()
                             if r.state == "finished"))  # fmt: skip
    heading("Why not the note's sign", "MRR falls two epochs running")
    held = sum(fell for fell, _ in counted)
    both = sum(together for _, together in counted)
    st.markdown(
        f":gray[:small[It holds in {held} of the {len(counted)} finished runs here whose model "
        "never got worse, random batches included, and held in all of 48 longer ones that were "
        "measured elsewhere: near its end a course wavers. Asking that the training loss rises "
        f"both times as well, it holds in {both}; but a model that is being ruined may not show "
        "that either: its training loss jumps once and then falls. So trouble is a loss on fixed "
        "random batches above 1.5 × its lowest + 0.02, or an MRR 10 % below its best, twice "
        "running or doubly so: neither knows how hard the training batches are.]]"
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _healthy(runs: tuple[tuple[str, int], ...]) -> list[tuple[bool, bool]]:
    """Read the note's sign of each run that was never in trouble, alone and with the loss."""
    found = []
    for folder, _ in runs:
        history = read_history(Path(folder))
        signs = read_signs(history)
        if not isinstance(signs, CannotTell) and not signs.troubles():
            note = read_note_sign(history)
            found.append((note.holds, len(note.fell_and_rose) > 0))
    return found
