"""What a finding suggests as a change of options, so that a corrected run is one click away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log10
from typing import Final

from core.diagnosis.early_stop import LEAST_PATIENCE
from core.diagnosis.finding import Finding
from core.diagnosis.lint import HIGHEST_RATE, SOUND_RATE, TYPE_WEIGHT
from core.events import Plain
from core.samplers.options import hard_slots

Options = Mapping[str, Plain]
Change = Callable[[Options], Mapping[str, Plain]]


@dataclass(frozen=True)
class Action:
    """A change that a new run may begin with.

    Args:
        text: As on the button: "learning rate 0.003 → 0.0003".
        change: The options that differ.
    """

    text: str
    change: Mapping[str, Plain]


def suggest(finding: Finding, options: Options) -> Action | None:
    """Give the change of options that a finding suggests; None where a person has to look.

    Args:
        finding: Of a run.
        options: Of that run, as plain values.

    Example:
        >>> one = Finding("P-03", "warn", "run", 0, 9, True, "", "")
        >>> suggest(one, {"learning_rate": 0.003}).text
        'learning rate 0.003 → 0.0003'
    """
    make = CHANGES.get(finding.rule)
    told = make(options) if make else {}
    change = {name: v for name, v in told.items() if name in options and options[name] != v}
    if not change:
        return None
    said = (f"{name.replace('_', ' ')} {_shown(options[name])} → {_shown(v)}"
            for name, v in change.items())  # fmt: skip
    return Action(", ".join(said), change)


def _shown(value: Plain) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _number(options: Options, name: str) -> float:
    told = options.get(name)
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return float(told) if is_number else 0.0  # pyright: ignore[reportArgumentType]


def _rounded(value: float) -> float:
    """Keep two digits."""
    return round(value, 1 - int(log10(value) // 1)) if value > 0 else value


def _slower(options: Options) -> Mapping[str, Plain]:
    rate = _number(options, "learning_rate")
    # What the lint refuses is no correction.
    return {"learning_rate": SOUND_RATE if rate > HIGHEST_RATE else _rounded(rate / 10)}


def _follow(options: Options) -> Mapping[str, Plain]:
    return {"balancing": "targets"} if options.get("targets") else {}


def _easier(options: Options) -> Mapping[str, Plain]:
    if not options.get("hard_negatives"):
        return _slower(options)
    return {"hard_ratio": _rounded(_number(options, "hard_ratio") * 2 / 3)}


def _filled(options: Options) -> Mapping[str, Plain]:
    if options.get("method") == "sequential":
        return {"method": "planned"}
    asked = hard_slots(_number(options, "hard_ratio"), int(_number(options, "batch_size")))
    return {"hardness_k": max(4 * asked, int(_number(options, "hardness_k")))}


def _nearer(options: Options) -> Mapping[str, Plain]:
    return {"hardness_k": max(1, int(_number(options, "hardness_k") / 4))}


def _earlier(options: Options) -> Mapping[str, Plain]:
    return {"curriculum_epoch": int(0.15 * _number(options, "epochs"))}


def _unbound(options: Options) -> Mapping[str, Plain]:
    return {"output": "linear"} if options.get("output") == "tanh" else {}


def _weighted(options: Options) -> Mapping[str, Plain]:
    return {TYPE_WEIGHT: 1.0} if options.get(TYPE_WEIGHT) == 0 else {}


def _unclamped(options: Options) -> Mapping[str, Plain]:
    return {"precursor_loss": "log_scaled"} if options.get("precursor_loss") == "clamped" else {}


def _patient(_: Options) -> Mapping[str, Plain]:
    return {"patience": LEAST_PATIENCE}


CHANGES: Final[Mapping[str, Change]] = {
    "R-52": _slower,
    "P-03": _slower,
    "P-02": _slower,
    "R-09": _slower,
    "R-05": _follow,
    "R-06": _follow,
    "R-17": _follow,
    "R-02": _follow,
    "R-08": _unclamped,
    "R-12": lambda _: {"special_tokens": "renormalise"},
    "R-29": _patient,
    "R-53": _patient,
    "R-30": lambda _: {"batch_size": 32},
    "R-33": _easier,
    "R-34": _easier,
    "R-35": _filled,
    "R-36": _nearer,
    "R-37": _earlier,
    "R-39": lambda _: {"max_similarity": 0.95},
    "R-43": _unbound,
    "R-44": _unbound,
    "R-41": _unbound,
    "R-45": _weighted,
    "R-46": _weighted,
}
