"""Diagnosis that needs a pocket's words: what the targets are like, and what the norms say."""

from collections.abc import Iterable
from typing import Final

from core.diagnosis.engine import Rule
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.norms import NORM_RULES
from core.diagnosis.similarity import SIMILARITY_RULES
from core.history import History

# A rule of our own: RULES has none for the targets of a regression.
SCALING: Final = "P-01"


def check_target_scaling(history: History) -> Iterable[Finding] | CannotTell:
    """Report targets that are not z-scored, share vectors, or have constant dimensions."""
    told = history.started.facts.get("target scaling") if history.started else None
    if not told:
        return ()
    last = history.last_step
    return [
        Finding(
            rule=SCALING,
            severity="warn",
            regime="the whole run",
            first_step=0,
            last_step=last,
            is_open=True,
            verdict="the targets are not as the losses presume",
            evidence=told,
            meaning="A cosine needs no norm, but it needs targets that are centred: around a "
            "common offset every answer is alike to every target.",
            suggestion="Standardise each dimension over the training ligands, and drop constant "
            "ones; compare with the best constant before comparing with a grade.",
            page="cosine_mse",
        )
    ]


POCKET_RULES: Final[tuple[Rule, ...]] = (
    Rule(SCALING, "targets not z-scored", check_target_scaling),
    *NORM_RULES,
    *SIMILARITY_RULES,
)
