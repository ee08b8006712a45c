"""What the notes call success, as claims about runs of one's own."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from typing import Final

from core.claims.own import Comparison, OwnClaim
from core.diagnosis.points import WINDOW
from core.metrics import read_key
from core.problems.peptide.criteria import CRITERIA, GRADES, Grade


@dataclass(frozen=True)
class Bar:
    """One line of a grade.

    Args:
        metric: Its key.
        comparison: On which side of the value the note wants it; equality counts as met.
        value: In the unit of the metric.
    """

    metric: str
    comparison: Comparison
    value: float


@dataclass(frozen=True)
class NoteGrade:
    """A grade that a note gives to a model.

    Args:
        name: The note's own word for it.
        experiment: Whose runs it is about.
        bars: What a model has to reach.
        source: Where it stands.
    """

    name: str
    experiment: str
    bars: tuple[Bar, ...]
    source: str


def _model(grade: Grade) -> NoteGrade:
    bars = tuple(
        Bar(one.metric, "at least" if read_key(one.metric).spec.higher_is_better else "at most",
            one.threshold)
        for one in CRITERIA
        if one.grade == grade
    )  # fmt: skip
    return NoteGrade(f"{grade} model", "peptide", bars, "training note L287-302")


def _similarity(name: str, least: float) -> NoteGrade:
    bars = (Bar("val/avg_cosine_similarity", "at least", least),)
    return NoteGrade(f"{name} similarity", "pocket", bars, "cosine note L144-148")


NOTE_GRADES: Final = (
    *map(_model, GRADES),
    _similarity("excellent", 0.85),
    _similarity("good", 0.70),
    _similarity("medium", 0.50),
)


def claims_of_grade(
    grade: NoteGrade, runs: tuple[str, ...], taken: Collection[str] = ()
) -> tuple[OwnClaim, ...]:
    """Say that runs reach a grade: one claim a line, of the median of the last five evaluations.

    The note's steps at which a grade is due are those of one long run; a claim is watched from the
    first evaluation on instead, and fails until it is met.

    Args:
        grade: One of `NOTE_GRADES`.
        runs: Ids, or names as `named_runs.newest_of` gives them.
        taken: Names that other claims have.

    Example:
        >>> [claim.name for claim in claims_of_grade(NOTE_GRADES[0], ("newest peptide",))]
        ['minimum model 1', 'minimum model 2', 'minimum model 3']
    """
    names = (name for i in count(1) if (name := f"{grade.name} {i}") not in taken)
    return tuple(
        OwnClaim(next(names), bar.metric, bar.comparison, bar.value, "median of last", WINDOW, runs)
        for bar in grade.bars
    )
