"""Diagnosis that needs a residue's words: constants, bounds, types, weights without effect."""

from typing import Final

from core.diagnosis.engine import Rule
from core.problems.sidechain.rules.changes import (
    FLAT,
    NO_EFFECT,
    UNCHANGED,
    check_change,
    check_factor,
    check_flat,
)
from core.problems.sidechain.rules.constants import CONSTANT, FAR, check_constant, check_far
from core.problems.sidechain.rules.saturation import SATURATED, check_saturation
from core.problems.sidechain.rules.types import (
    COLLAPSED,
    CONFUSED,
    check_perplexity,
    check_types,
)

SIDE_CHAIN_RULES: Final[tuple[Rule, ...]] = (
    Rule(CONSTANT, "worse than a constant", check_constant),
    Rule(SATURATED, "output saturation", check_saturation),
    Rule(CONFUSED, "perplexity above class count", check_perplexity),
    Rule(FAR, "far atoms worse than the mean by type", check_far),
    Rule(COLLAPSED, "residue types collapse", check_types),
    Rule(UNCHANGED, "new weights, no change", check_change),
    Rule(FLAT, "long training without gain", check_flat),
    Rule(NO_EFFECT, "a weight without effect", check_factor),
)
