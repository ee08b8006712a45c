"""Reported tables beside constants: worse (R-43), like a bound (R-44), far atoms (R-41)."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from core.diagnosis.finding import Finding
from core.problems.sidechain.evaluation import LEAST_IN_SLOT, LEAST_WORSE_A, WORSE
from core.problems.sidechain.metrics.baselines import BOUND_A, CONSTANTS, LABELS
from core.problems.sidechain.metrics.rmsd import SELECTIONS
from core.problems.sidechain.metrics.saturation import CLOSE, profile_distance, resemblance
from core.problems.sidechain.reported.checks_words import Told, percent, table_finding
from core.problems.sidechain.versions.compare import Comparison, pooled_table
from core.problems.sidechain.versions.reference import Reference
from core.problems.sidechain.versions.version import SLOT_NAMES, Version

FAR_A: Final = 3.0
OVERALL, SIDE = SELECTIONS["overall"], SELECTIONS["side_chain"]


def check_constants(told: Told) -> Iterator[Finding]:
    """Report versions that a constant beats: overall by 5 %, or in a slot by 0.2 angstrom, too."""
    comparison = told.comparison
    worse, evidence, values, whose = [], [], {}, []
    for version, reference in _judged(comparison):
        slots = _worse(version, reference, "slot_mean")
        own = _overall(version, comparison)
        constant = pooled_table(reference.rmsd["slot_mean"], reference.count, OVERALL)
        if own > WORSE * constant or slots.any():
            worse.append(version.title)
            evidence.append(
                f"{version.title} {own:.2f} Å overall, worse in {int(slots.sum())} of "
                f"{len(version.slots)} slots ({_names(slots)}), the mean of each slot "
                f"{constant:.2f} Å"
            )
            whose.append(reference.text)
            values = {"rmsd_angstrom": own, "slot_mean_angstrom": constant,
                      "worse_slots": float(slots.sum())}  # fmt: skip
    if worse:
        yield table_finding(
            "R-43", "error", " and ".join(worse),
            f"A constant is better in {values['worse_slots']:.0f} slots",
            f"{'; '.join(evidence)}; {_once(whose)} (thresholds: {100 * (WORSE - 1):.0f} % "
            f"overall; in a slot {100 * (WORSE - 1):.0f} % and {LEAST_WORSE_A:g} Å). "
            f"{_counted(comparison)}",
            values=values,
            meaning="The mean of a slot sees no density at all: what is worse does not read it.",
            suggestion="Look at the range of the output, the frame, and the order of the atoms, "
            "before the representation is blamed.",
        )  # fmt: skip


def check_bound(told: Told) -> Iterator[Finding]:
    """Report versions whose RMSD by slot is that of the truth clamped to a box."""
    found, evidence, values, whose = [], [], {}, []
    for version, reference in _judged(told.comparison):
        if not np.isfinite(version.rmsd[list(SIDE)]).any():
            continue
        bound, distances = _likeness(version, reference)
        nearest = min(distances, key=lambda name: distances[name])
        if nearest == "clamped" and distances["clamped"] < CLOSE:
            other = min(CONSTANTS, key=lambda name: distances[name])
            found.append(version.title)
            evidence.append(
                f"{version.title} differs by {percent(distances['clamped'])} from the truth "
                f"clamped to ±{bound:.2f} Å, by {percent(distances[other])} from the nearest "
                f"constant ({LABELS[other]})"
            )
            whose.append(reference.text)
            values = {"clamp_distance": distances["clamped"], "bound_angstrom": bound,
                      "constant_distance": distances[other]}  # fmt: skip
    if found:
        yield table_finding(
            "R-44", "error", " and ".join(found),
            f"The errors look like an output bounded at ±{values['bound_angstrom']:.2g} Å",
            f"RMSD of the side chain by slot: {'; '.join(evidence)}; {_once(whose)} (threshold: "
            f"{percent(CLOSE)}).",
            values=values,
            meaning="A bound is enough to make this table; that one made it is for the code to "
            "tell. Behind a bound neither time nor weights nor a better density help.",
            suggestion="Read the last layer; scale it (8 × tanh) or leave the bound out (linear).",
        )  # fmt: skip


def check_far(told: Told) -> Iterator[Finding]:
    """Report slots above 3 angstrom, by whether the mean by residue type does better there."""
    version, comparison = told.comparison.after, told.comparison
    with np.errstate(invalid="ignore"):
        far = version.rmsd > FAR_A
    if not far.any():
        return
    worse = _worse(version, comparison.reference, "type_mean") & far
    count = comparison.reference.count
    rare = far & (count < 0.02 * count[0])
    told_rare = f" {_names(rare)}: in less than 2 % of residues." if rare.any() else ""
    rest = f"; {_names(far & ~worse)} no worse than it" if (far & ~worse).any() else ""
    yield table_finding(
        "R-41", "warn" if worse.any() else "info", version.title,
        f"{int(worse.sum())} of {int(far.sum())} far slots are worse than a constant by type",
        f"Above {FAR_A:g} Å: {_names(far)}. Worse than the mean by residue type by "
        f"{100 * (WORSE - 1):.0f} % and {LEAST_WORSE_A:g} Å: {_names(worse) or 'none'}{rest} "
        f"({comparison.reference.text}).{told_rare}",
        values={"far_slots": float(far.sum()), "worse_slots": float(worse.sum())},
        meaning="RMSD grows with the distance from CA in every model, so a limit in angstrom says "
        "little: the same slot of a constant is the yardstick.",
        suggestion="Compare slot by slot with the constants, with counts and intervals.",
    )  # fmt: skip


def _judged(comparison: Comparison) -> Iterator[tuple[Version, Reference]]:
    """Give each version with the baselines of its own atoms: those of others would not fit."""
    yield from zip((comparison.before, comparison.after), comparison.references, strict=True)


def _once(whose: Sequence[str]) -> str:
    return "baselines: " + "; ".join(dict.fromkeys(whose))


def _overall(version: Version, comparison: Comparison) -> float:
    """Give the figure that stands in the table: the finding must not name another."""
    line = next(line for line in comparison.totals if line.name == "overall")
    return line.before if version is comparison.before else line.after


def _worse(version: Version, reference: Reference, name: str) -> Bool[np.ndarray, " 14"]:
    """Tell the slots that a constant beats; those known to hold less than 100 atoms say nothing."""
    constant: Float[np.ndarray, " 14"] = reference.rmsd[name]
    least = np.maximum(WORSE * constant, constant + LEAST_WORSE_A)
    known = ~(version.count < LEAST_IN_SLOT)
    return np.asarray((version.rmsd > least) & known)


def _likeness(version: Version, reference: Reference) -> tuple[float, dict[str, float]]:
    """Give the bound and the distances; where residues are known, the bound that fits best."""
    if version.atoms is None:
        distances = {
            name: profile_distance(rmsd, version.rmsd) for name, rmsd in reference.rmsd.items()
        }
        return BOUND_A, distances
    native = version.atoms.local_native
    others = {name: profile_distance(reference.rmsd[name], version.rmsd) for name in CONSTANTS}
    found = resemblance(version.rmsd, native, {})
    return found.bound, {**others, "clamped": found.distances["clamped"]}


def _names(slots: Bool[np.ndarray, " 14"]) -> str:
    return ", ".join(SLOT_NAMES[slot] for slot in np.flatnonzero(slots).tolist())


def _counted(comparison: Comparison) -> str:
    counts = (comparison.before.count, comparison.after.count)
    if all(np.isfinite(count).all() for count in counts):
        return f"Slots of at least {LEAST_IN_SLOT} atoms."
    return "How many atoms a slot holds is not reported."
