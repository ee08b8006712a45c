"""What can be told of a run before it starts, from its options alone.

Options are read by their names and no problem is known here: a rule whose options a run does not
have says nothing. Each finding has the change of options that would settle it, where there is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.diagnosis.chance_line import FEWEST
from core.diagnosis.early_stop import LEAST_PATIENCE
from core.diagnosis.finding import Finding, Severity
from core.events import Plain
from core.samplers.options import hard_slots

BEFORE: Final = "before the run"
GRID_BIN_DA: Final = 0.1  # of the spectra that a loss on a grid compares
TRAINED_PART: Final = 0.7  # of the examples, where nobody says how many are trained on
NEAR_PART: Final = 0.2  # of all pairs; more are hardly neighbours
LATE_PART: Final = 0.25  # of the epochs
HIGHEST_RATE: Final = 0.03
SOUND_RATE: Final = 1e-3  # of Adam, for a run of unknown needs
TYPE_WEIGHT: Final = "type_loss_weight"

Options = Mapping[str, Plain]


@dataclass(frozen=True)
class Warned:
    """What a rule says of options.

    Args:
        severity: As of a finding.
        verdict: Half a sentence.
        evidence: The numbers.
        suggestion: What to do.
        change: Options that settle it; empty where a person has to choose.
    """

    severity: Severity
    verdict: str
    evidence: str
    suggestion: str
    change: Mapping[str, Plain]


@dataclass(frozen=True)
class LintRule:
    """A question to options; its identity is that of the rule that asks it of a run."""

    id: str
    title: str
    check: Callable[[Options], Warned | None]


def lint(options: Options) -> tuple[tuple[Finding, Mapping[str, Plain]], ...]:
    """Ask every rule that needs no run.

    Args:
        options: Of a run, as plain values.

    Returns:
        Each finding with the change of options that settles it.

    Example:
        >>> [finding.rule for finding, _ in lint({"hard_negatives": True, "batch_size": 8})]
        ['R-30']
    """
    told = ((rule, rule.check(options)) for rule in LINT_RULES)
    return tuple(
        (
            Finding(rule.id, one.severity, BEFORE, 0, 0, True, one.verdict, one.evidence,
                    suggestion=one.suggestion, page="train", subject=rule.title),
            one.change,
        )
        for rule, one in told
        if one is not None
    )  # fmt: skip


def _number(options: Options, name: str) -> float | None:
    told = options.get(name)
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _width(options: Options) -> Warned | None:
    sigma, loss = _number(options, "sigma_end_da"), options.get("spectrum_loss")
    if sigma is None or loss != "gaussian_cosine_grid" or sigma >= GRID_BIN_DA:
        return None
    return Warned(
        "warn", f"A peak of σ {sigma:g} Da falls between bins of {GRID_BIN_DA:g} Da",
        f"σ at the end {sigma:g} Da, bin {GRID_BIN_DA:g} Da.",
        "Take σ no smaller than the bin, or a loss without a grid.",
        {"sigma_end_da": GRID_BIN_DA},
    )  # fmt: skip


def _negatives(options: Options) -> Warned | None:
    size = _number(options, "batch_size")
    is_contrastive = "hard_negatives" in options or options.get("loss_fn") == "info_nce"
    if size is None or not is_contrastive or size >= FEWEST:
        return None
    severity: Severity = "error" if size <= 1 else "warn"
    return Warned(
        severity, f"Batches of {size:.0f} leave {size - 1:.0f} negatives",
        f"Batch size {size:.0f}; accumulated gradients add none (threshold {FEWEST}).",
        "Enlarge the batch.", {"batch_size": 2 * FEWEST},
    )  # fmt: skip


def _slots(options: Options) -> Warned | None:
    ratio, size = _number(options, "hard_ratio"), _number(options, "batch_size")
    if not options.get("hard_negatives") or not ratio or size is None:
        return None
    if hard_slots(ratio, int(size)):
        return None
    return Warned(
        "warn", f"A hard ratio of {ratio:g} gives no hard negatives in batches of {size:.0f}",
        f"{ratio:g} × {size:.0f} = {ratio * size:.3g} places, and one of them is the pivot's.",
        "Raise hard_ratio.", {"hard_ratio": round(2.5 / size, 3)},
    )  # fmt: skip


def _neighbours(options: Options) -> Warned | None:
    k, pairs = _number(options, "hardness_k"), _number(options, "molecules")
    if not options.get("hard_negatives") or options.get("pairs") or k is None or pairs is None:
        return None
    trained = TRAINED_PART * pairs
    if k <= NEAR_PART * trained:
        return None
    return Warned(
        "info", f"The {k:.0f} nearest of about {trained:.0f} pairs are hardly neighbours",
        f"k is {100 * k / trained:.0f} % of the training pairs (threshold {100 * NEAR_PART:g} %).",
        "Lower hardness_k.", {"hardness_k": max(1, int(0.05 * trained))},
    )  # fmt: skip


def _switch(options: Options) -> Warned | None:
    switch, epochs = _number(options, "curriculum_epoch"), _number(options, "epochs")
    if not options.get("hard_negatives") or switch is None or not epochs:
        return None
    change: dict[str, Plain] = {"curriculum_epoch": int(LATE_PART * epochs)}
    numbers = f"curriculum_epoch {switch:.0f} of {epochs:.0f} epochs."
    if switch >= epochs:
        return Warned("warn", "Hard negatives are on but begin behind the end of the run", numbers,
                      "Begin earlier, or train longer.", change)  # fmt: skip
    return None


def _patience(options: Options) -> Warned | None:
    patience = _number(options, "patience")
    if not patience or patience >= LEAST_PATIENCE:
        return None
    return Warned(
        "info", f"A patience of {patience:.0f} evaluations is short",
        "In real histories a new best still came after up to 19 evaluations.",
        f"Take {LEAST_PATIENCE} or more.", {"patience": LEAST_PATIENCE},
    )  # fmt: skip


def _bands(options: Options) -> Warned | None:
    told: Any = options.get("targets") or {}
    if options.get("balancing") != "targets" or not told:
        return None
    low, high = (sum(float(band[end]) for band in told.values()) for end in (0, 1))
    if low <= 100 <= high:
        return None
    return Warned(
        "error", "The target shares cannot add up to 100 %",
        f"Their lower ends add up to {low:g} %, their upper ends to {high:g} %.",
        "Widen the bands.", {},
    )  # fmt: skip


def _rate(options: Options) -> Warned | None:
    rate = _number(options, "learning_rate")
    if rate is None or rate <= HIGHEST_RATE:
        return None
    return Warned(
        "warn", f"A learning rate of {rate:g} is very high for Adam",
        f"Short runs with three terms learnt next to nothing at 0.09 (threshold {HIGHEST_RATE:g}).",
        "Lower it.", {"learning_rate": SOUND_RATE},
    )  # fmt: skip


def _masses(options: Options) -> Warned | None:
    if options.get("special_tokens") != "keep":
        return None
    return Warned(
        "warn", "Probability on tokens without mass counts as mass 0",
        "special_tokens is keep: each percent takes 10,000 ppm off the expected mass.",
        "Renormalise over the residues.", {"special_tokens": "renormalise"},
    )  # fmt: skip


def _bound(options: Options) -> Warned | None:
    if options.get("output") != "tanh":
        return None
    return Warned(
        "warn", "The output cannot leave ±1",
        "output is tanh; most side-chain atoms lie farther out than 1 Å.",
        "Take an output without a bound, or a wider one.", {"output": "linear"},
    )  # fmt: skip


def _untrained(options: Options) -> Warned | None:
    if options.get(TYPE_WEIGHT) != 0 or options.get("solo"):
        return None
    return Warned(
        "info", "The head of the types will not be trained", f"{TYPE_WEIGHT} is 0.",
        "Give it a weight above 0, or do not report what it says.", {TYPE_WEIGHT: 1.0},
    )  # fmt: skip


LINT_RULES: Final[tuple[LintRule, ...]] = (
    LintRule("R-22", "peak width", _width),
    LintRule("R-30", "batch size", _negatives),
    LintRule("R-35", "hard ratio", _slots),
    LintRule("R-36", "neighbours", _neighbours),
    LintRule("R-37", "switch", _switch),
    LintRule("R-29", "patience", _patience),
    LintRule("R-17", "target shares", _bands),
    LintRule("P-03", "learning rate", _rate),
    LintRule("R-12", "special tokens", _masses),
    LintRule("R-44", "output", _bound),
    LintRule("R-45", "weights of heads", _untrained),
)
