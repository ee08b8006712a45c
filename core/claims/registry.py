"""Which function recomputes which claim: one table a note."""

from collections.abc import Mapping
from typing import Final

from core.claims.cosine_note import COSINE_NOTE
from core.claims.hard_negatives_note import HARD_NEGATIVES_NOTE
from core.claims.losses_note import LOSSES_NOTE
from core.claims.recipe import Recipe
from core.claims.sidechain_note import SIDECHAIN_NOTE
from core.claims.training_note import TRAINING_NOTE

RECOMPUTE: Final[Mapping[str, Recipe]] = {
    **COSINE_NOTE,
    **LOSSES_NOTE,
    **TRAINING_NOTE,
    **HARD_NEGATIVES_NOTE,
    **SIDECHAIN_NOTE,
}
