"""Which spectrum an answer of another tool is about."""

import re
from typing import Final

from core.problems.peptide.reading.answers import Answer, Answers
from core.problems.peptide.reading.formats import Problem, ProblemList, problem
from core.problems.peptide.spectra import ReadResult

_RUN: Final = re.compile(r"ms_run\[(\d+)\]:(.+)")
_SCAN: Final = re.compile(r"\bscan[= ](\d{1,9})(?!\d)")


def answers_by_spectrum(
    result: ReadResult, answers: Answers
) -> tuple[tuple[Answer | None, ...], tuple[Problem, ...]]:
    """Put answers to spectra by title, scan number, or place in the file.

    Args:
        result: What was read from the spectrum file.
        answers: What was read from the file of answers.

    Returns:
        The surest answer of each spectrum, None where there is none; and the answers that name
        no spectrum that was read. A place in the file counts only where no spectrum was left out.
    """
    by_name = {spectrum.spectrum_id: at for at, spectrum in enumerate(result.spectra)}
    for at, spectrum in enumerate(result.spectra):
        if scan := _SCAN.search(spectrum.spectrum_id):
            by_name.setdefault(f"scan={int(scan[1])}", at)
        if result.read == len(result.spectra):
            by_name.setdefault(f"index={at}", at)
    found: list[Answer | None] = [None] * len(result.spectra)
    problems = ProblemList(answers.source)
    for answer in answers.answers:
        place = next((by_name[key] for key in _keys(answer.spectrum) if key in by_name), None)
        if place is None:
            expected = "the title, scan or index of a spectrum that was read"
            came, do = "none of that name", "The answer is left out"
            line = answer.line
            problems.add(
                problem(answers.source, answer.spectrum, line, expected=expected, came=came, do=do)
            )
            continue
        best = found[place]
        if best is None or answer.score > best.score:
            found[place] = answer
    return tuple(found), tuple(problems.closed())


def _keys(name: str) -> tuple[str, ...]:
    run = _RUN.fullmatch(name)
    if run:
        return (run[2],) if run[1] == "1" else ()
    return (name, f"scan={int(name)}") if name.isdecimal() and len(name) < 12 else (name,)
