"""Diagnosis of molecule-text runs: they are contrastive, and their batches may be hard."""

from typing import Final

from core.diagnosis.engine import Rule
from core.diagnosis.hard_negatives import HARD_NEGATIVE_RULES

MOLECULE_RULES: Final[tuple[Rule, ...]] = HARD_NEGATIVE_RULES
