"""The rules for every problem; what only one problem's words can say stands in its own rules."""

from core.diagnosis.borders import DROPS, SHOCK, check_drops, check_shock
from core.diagnosis.courses import (
    PLATEAU,
    STOPS,
    TOGETHER,
    check_plateau,
    check_stops,
    check_together,
)
from core.diagnosis.dead import check_dead
from core.diagnosis.domination import check_dominated, check_negligible
from core.diagnosis.early_stop import TOO_EARLY, check_stop
from core.diagnosis.engine import Rule
from core.diagnosis.numbers import check_numbers
from core.diagnosis.overfitting import OVERFITTING, check_overfitting
from core.diagnosis.pulls import BANDS, CONFLICT, check_bands, check_conflict
from core.diagnosis.record import (
    BOUNDS,
    MEANING,
    RECORD,
    check_bounds,
    check_meaning,
    check_record,
)
from core.diagnosis.solo import check_teaching
from core.diagnosis.stuck import (
    CONSTANT,
    NOISY,
    UNMOVED,
    check_constant,
    check_noisy,
    check_unmoved,
)
from core.diagnosis.worsening import WORSE, check_worse

GENERAL_RULES: tuple[Rule, ...] = (
    Rule("R-52", "NaN or inf", check_numbers),
    Rule(BOUNDS, "a value that cannot be", check_bounds),
    Rule(RECORD, "doubled steps, gaps, other settings", check_record),
    Rule(MEANING, "a loss that changed its meaning", check_meaning),
    Rule("R-08", "no gradient", check_dead),
    Rule(WORSE, "the run got worse", check_worse),
    Rule(CONSTANT, "no better than a constant", check_constant),
    Rule(UNMOVED, "nothing falls", check_unmoved),
    Rule(NOISY, "noise larger than the decrease", check_noisy),
    Rule("R-05", "one term dominates", check_dominated),
    Rule("R-06", "a term has no effect", check_negligible),
    Rule(BANDS, "shares outside their targets", check_bands),
    Rule(CONFLICT, "terms pull against each other", check_conflict),
    Rule("R-21", "a term teaches nothing alone", check_teaching),
    Rule(STOPS, "the leading term stops where others begin", check_stops),
    Rule(DROPS, "accuracy falls where a term begins", check_drops),
    Rule(SHOCK, "a new stage makes it worse", check_shock),
    Rule(PLATEAU, "the leading term has come to a plateau", check_plateau),
    Rule(TOGETHER, "every term falls", check_together),
    Rule(OVERFITTING, "overfitting", check_overfitting),
    Rule(TOO_EARLY, "stopped too early", check_stop),
)
