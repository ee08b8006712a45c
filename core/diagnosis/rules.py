"""The rules for every problem; what only one problem's words can say stands in its own rules."""

from core.diagnosis.dead import check_dead
from core.diagnosis.domination import check_dominated, check_negligible
from core.diagnosis.engine import Rule
from core.diagnosis.numbers import check_numbers
from core.diagnosis.solo import check_teaching

GENERAL_RULES: tuple[Rule, ...] = (
    Rule("R-52", "NaN or inf", check_numbers),
    Rule("R-08", "no gradient", check_dead),
    Rule("R-05", "one term dominates", check_dominated),
    Rule("R-06", "a term has no effect", check_negligible),
    Rule("R-21", "a term teaches nothing alone", check_teaching),
)
