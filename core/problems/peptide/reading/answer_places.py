"""Which spectrum an answer of another tool is about."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.problems.peptide.reading.answers import Answer, Answers
from core.problems.peptide.reading.formats import Problem, ProblemList, problem
from core.problems.peptide.spectra import ReadResult

_RUN: Final = re.compile(r"ms_run\[(\d+)\]:(.+)")
_SCAN: Final = re.compile(r"\bscan[= ](\d{1,9})(?!\d)")
_NUMBERED: Final = re.compile(r"(?:.*:)?(\d{1,9})")  # "17", or InstaNovo's "experiment:17"
_INDEX: Final = re.compile(r"index=(\d{1,9})")


@dataclass(frozen=True)
class Placed:
    """Answers put to spectra.

    Args:
        answers: The surest answer of each spectrum, None where there is none.
        further: Answers that gave way to a surer one of the same spectrum.
        lost: Answers that name no spectrum.
        problems: The lost ones with the reason; long lists are counted at the end.
    """

    answers: tuple[Answer | None, ...]
    further: int
    lost: int
    problems: tuple[Problem, ...]


def answers_by_spectrum(result: ReadResult, answers: Answers) -> Placed:
    """Put answers to spectra by title, scan number, or place in the file.

    A place in the file counts only where no spectrum was left out.

    Args:
        result: What was read from the spectrum file.
        answers: What was read from the file of answers.
    """
    by_name = {spectrum.spectrum_id: at for at, spectrum in enumerate(result.spectra)}
    for at, spectrum in enumerate(result.spectra):
        if scan := _SCAN.search(spectrum.spectrum_id):
            by_name.setdefault(f"scan={int(scan[1])}", at)
        if result.read == len(result.spectra):
            by_name.setdefault(f"index={at}", at)
    return _placed(
        answers,
        len(result.spectra),
        lambda name: next((by_name[key] for key in _keys(name) if key in by_name), None),
        lambda name: ("the title, scan or index of a spectrum that was read", _why(name, result)),
    )


def answers_by_label(answers: Answers) -> Placed:
    """Put answers to the labels that their own file has, in the order of `answers.labels`."""
    by_name = {name: at for at, name in enumerate(answers.labels)}
    return _placed(
        answers, len(by_name), by_name.get, lambda _: ("a label beside each answer", "none")
    )


def _placed(
    answers: Answers,
    spectra: int,
    find: Callable[[str], int | None],
    why: Callable[[str], tuple[str, str]],
) -> Placed:
    found: list[Answer | None] = [None] * spectra
    problems = ProblemList(answers.source)
    further = lost = 0
    for answer in answers.answers:
        place = find(answer.spectrum)
        if place is None:
            lost += 1
            expected, came = why(answer.spectrum)
            problems.add(problem(answers.source, answer.spectrum, answer.line, expected=expected,
                                 came=came, do="The answer is left out"))  # fmt: skip
            continue
        best = found[place]
        further += best is not None
        if best is None or answer.score > best.score:
            found[place] = answer
    return Placed(tuple(found), further, lost, tuple(problems.closed()))


def _keys(name: str) -> tuple[str, ...]:
    run = _RUN.fullmatch(name)
    if run:
        return (run[2],) if run[1] == "1" else ()
    numbered = _NUMBERED.fullmatch(name)
    return (name, f"scan={int(numbered[1])}") if numbered else (name,)


def _why(name: str, result: ReadResult) -> str:
    """Say why a name leads to no spectrum."""
    run = _RUN.fullmatch(name)
    if run and run[1] != "1":
        return f"one of another file, ms_run[{run[1]}]"
    index = _INDEX.fullmatch(run[2] if run else name)
    left_out = result.read - len(result.spectra)
    if index and left_out:
        return f"a place in a file of which {left_out:,} spectra were left out"
    if index:
        return f"place {int(index[1]):,} of a file of {result.read:,} spectra, counted from 0"
    return "none of that name"
