"""Several de novo tools side by side: which answers could be scored, and how good they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.problems.peptide.analysis.coverage import Compared, compare_answers
from core.problems.peptide.mass_matching import BY_MASS, Agreement
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.reading.answer_places import (
    Placed,
    answers_by_label,
    answers_by_spectrum,
)
from core.problems.peptide.reading.answers import Answer, Answers
from core.problems.peptide.reading.formats import Problem, ProblemList, problem
from core.problems.peptide.spectra import ReadResult, Spectrum

PPM = 1e6
FIT_PPM = 50.0
FEW_FIT = 0.2  # below it the files hardly belong together: tools are told the precursor
ENOUGH = 10


@dataclass(frozen=True, eq=False)
class ToolAnswers:
    """The answers of a tool beside labels, spectrum by spectrum.

    Args:
        name: As on the screen.
        labels: Where the labels come from, in words.
        spectra: Name of each spectrum.
        truth: Its label, None where it has none.
        placed: Its answer, and the answers that found none.
        unread: Rows of the file that could not be read.
        missed: Every answer that is not scored and every labelled spectrum without one, with the
            reason; long lists are counted at the end.
        fitting: Share of the answers whose mass is that of the precursor within 50 ppm; NaN where
            the precursors are not known.
    """

    name: str
    labels: str
    spectra: tuple[str, ...]
    truth: tuple[Peptide | None, ...]
    placed: Placed
    unread: int = 0
    missed: tuple[Problem, ...] = field(default=(), repr=False)
    fitting: float = float("nan")

    @property
    def answered(self) -> int:
        """How many spectra have an answer, with a label or without."""
        return sum(answer is not None for answer in self.placed.answers)

    @property
    def seems_foreign(self) -> bool:
        """Whether so few answers fit their precursors that the files hardly belong together."""
        return self.answered >= ENOUGH and self.fitting < FEW_FIT

    @property
    def bare_cysteines(self) -> int:
        """How many answers spell their label but for a C without the modification it has there.

        Tools for which every C is carbamidomethylated often leave that out of their answers.
        """
        pairs = zip(self.truth, self.placed.answers, strict=True)
        return sum(
            label is not None and answer is not None and _is_bare(answer.peptide, label)
            for label, answer in pairs
        )

    def compared(self, agreement: Agreement = BY_MASS) -> Compared:
        """Compare answers and labels."""
        return compare_answers(self.truth, self.placed.answers, agreement)


def place_tool(name: str, answers: Answers, result: ReadResult, origin: str) -> ToolAnswers:
    """Put the answers of a tool beside labels: those of the spectra, or those of its own file.

    Its own count only where none of its answers names a spectrum that is loaded.

    Args:
        name: What the tool is called.
        answers: What was read from its file.
        result: The loaded spectra, with labels.
        origin: What the screen says of these spectra.
    """
    placed = answers_by_spectrum(result, answers)
    if answers.labels and placed.lost == len(answers.answers):
        placed, truth = answers_by_label(answers), tuple(answers.labels.values())
        names, labels, fitting = tuple(answers.labels), "its own file", float("nan")
    else:
        truth = tuple(spectrum.peptide for spectrum in result.spectra)
        names = tuple(spectrum.spectrum_id for spectrum in result.spectra)
        labels, fitting = origin, _fitting(result.spectra, placed)
    told = {found.spectrum_id for found in answers.problems}
    rest = _missed(answers.source, list(zip(names, truth, placed.answers, strict=True)), told)
    missed = (*answers.problems, *placed.problems, *rest)
    unread = answers.read - len(answers.answers)
    return ToolAnswers(name, labels, names, truth, placed, unread, missed, fitting)


def _is_bare(answer: Peptide, label: Peptide) -> bool:
    wanted, told = ({m.position for m in one.modifications} for one in (label, answer))
    bare = {
        at for at, letter in enumerate(label.sequence, start=1) if letter == "C"
    } & wanted - told
    spelled = (one.sequence.replace("I", "L") for one in (label, answer))
    return bool(bare) and len(set(spelled)) == 1


def _fitting(spectra: Sequence[Spectrum], placed: Placed) -> float:
    errors = [
        abs(spectrum.precursor_mz / answer.peptide.precursor_mz(spectrum.precursor_charge) - 1)
        for spectrum, answer in zip(spectra, placed.answers, strict=True)
        if answer is not None
    ]
    return float((PPM * np.array(errors) <= FIT_PPM).mean()) if errors else float("nan")


def _missed(
    source: str,
    rows: Sequence[tuple[str, Peptide | None, Answer | None]],
    told: Collection[str | None],
) -> tuple[Problem, ...]:
    """List answers to spectra without a label, and labelled spectra without an answer.

    Args:
        source: File name.
        rows: Name, label and answer of each spectrum.
        told: Spectra whose row could not be read, which is known already.
    """
    bare, silent = ProblemList(source), ProblemList(source)
    for name, label, answer in rows:
        if answer is not None and label is None:
            bare.add(problem(source, name, answer.line, expected="a spectrum with a label",
                             came="one without", do="The answer counts nowhere"))  # fmt: skip
        if answer is None and label is not None and name not in told:
            silent.add(problem(source, name, expected="an answer to each labelled spectrum",
                               came="none", do="It counts against coverage and recall",
                               kept=True))  # fmt: skip
    return (*bare.closed(), *silent.closed())


def answer_rows(tool: ToolAnswers, compared: Compared) -> list[dict[str, object]]:
    """List every scored answer of a tool, the surest first, for a table.

    Args:
        tool: Its answers.
        compared: The same, counted.
    """
    order = np.argsort(-compared.score, kind="stable")
    rows: list[dict[str, object]] = []
    for k in order:
        place = int(compared.place[k])
        answer = tool.placed.answers[place]
        assert answer is not None, "only answers are compared"
        rows.append({
            "tool": tool.name, "spectrum": tool.spectra[place], "label": str(tool.truth[place]),
            "answer": str(answer.peptide), "score": answer.score,
            "right": bool(compared.whole[k]), "right residues": int(compared.agreed[k]),
            "answered residues": int(compared.said[k]), "line": answer.line,
        })  # fmt: skip
    return rows
