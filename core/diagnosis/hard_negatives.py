"""The rules about contrastive runs with hard negatives; problems that have such runs hand them on.

Each is its warning sign made precise, see the module that holds it. What compares several runs is
no rule about one of them: `core.diagnosis.gain`.
"""

from typing import Final

from core.diagnosis.chance_line import ABOVE, FEW, check_chance, check_negatives
from core.diagnosis.engine import Rule
from core.diagnosis.hard_slots import FILLING, check_filling
from core.diagnosis.hardness import FALSE_NEGATIVES, NEARNESS, check_alike, check_nearness
from core.diagnosis.signs import TROUBLE
from core.diagnosis.stagnation import STAGNATION, check_stagnation
from core.diagnosis.switch import SWITCH, check_switch
from core.diagnosis.switch_time import TIME, check_switch_time
from core.diagnosis.trouble import check_trouble

HARD_NEGATIVE_RULES: Final[tuple[Rule, ...]] = (
    Rule(FEW, "few negatives in a batch", check_negatives),
    Rule(SWITCH, "the loss at the switch to hard batches", check_switch),
    Rule(TROUBLE, "the model got worse", check_trouble),
    Rule(STAGNATION, "nothing more is learnt from hard batches", check_stagnation),
    Rule(FILLING, "hard slots stay empty", check_filling),
    Rule(NEARNESS, "hard negatives that are not near", check_nearness),
    Rule(TIME, "when batches become hard", check_switch_time),
    Rule(ABOVE, "a loss above that of guessing", check_chance),
    Rule(FALSE_NEGATIVES, "negatives that may be right", check_alike),
)
