"""What a list of settings says: several changed at once (R-49), a factor without effect (R-48)."""

from collections.abc import Iterator

from core.diagnosis.finding import Finding
from core.problems.sidechain.reported.checks_words import Told, table_finding


def check_attribution(told: Told) -> Iterator[Finding]:
    """Report that several settings changed at once: nothing is owed to any of them."""
    changed = told.changed
    if len(changed) < 2:
        return
    yield table_finding(
        "R-49", "info", told.both,
        f"{len(changed)} settings changed at once",
        "; ".join(f"{s.name}: {s.before} → {s.after}" for s in changed) + ".",
        values={"changed_settings": float(len(changed))},
        meaning="Whatever differs between the two versions is owed to all of them together; no "
        "sentence about one of them follows.",
        suggestion="Change one at a time, from the same start and with the same seed.",
    )  # fmt: skip


def check_factor(told: Told) -> Iterator[Finding]:
    """Report a changed weight of the only loss that is left: Adam does not see a common factor."""
    weights = [setting for setting in told.settings if setting.is_weight]
    left = [setting for setting in weights if (setting.numbers or (0, 0))[1] > 0]
    if len(left) != 1 or len(weights) < 2:
        return
    (only,) = left
    before, after = only.numbers or (0.0, 0.0)
    if before in {0.0, after}:
        return
    yield table_finding(
        "R-48", "info", told.both,
        f"{only.name} is the factor of the only loss left: hardly any effect under Adam",
        f"{only.name} {only.before} → {only.after}, ×{after / before:.3g}, while "
        f"{', '.join(s.name for s in weights if s is not only)} is 0.",
        values={"factor": after / before},
        meaning="Adam divides a gradient by its own size, so a factor common to all of it cancels, "
        "but for its epsilon, weight decay and clipping. With plain gradient descent it would be a "
        "learning rate.",
        suggestion="Change the learning rate instead, or parts of the loss against one another.",
        subject=only.name,
    )  # fmt: skip
