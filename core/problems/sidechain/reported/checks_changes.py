"""Changes between two reported versions: noise (R-42), flat (R-47), without effect (R-48)."""

from collections.abc import Iterator
from typing import Final

from core.diagnosis.finding import Finding
from core.problems.sidechain.metrics.intervals import LEAST_CHANGE_A
from core.problems.sidechain.reported.checks_words import EPOCH, Told, percent, table_finding
from core.problems.sidechain.versions.compare import ABSENT, Line
from core.problems.sidechain.versions.version import Version

REAL: Final = ("better", "worse")
LIMIT: Final = 0.8  # of the error, that decoding without a network must have to be the limit
SIDE_CHAIN: Final = "side chain"


def check_changes(told: Told) -> Iterator[Finding]:
    """Report changes by slot of which none, or not all, can be told from rounding and chance."""
    if told.comparison.has_other_residues:
        yield _other_residues(told)
        return
    slots = [line for line in told.comparison.slots if line.verdict != ABSENT]
    moved = [line for line in slots if line.change]
    real = [line for line in slots if line.verdict in REAL]
    if not moved or len(real) == len(moved):
        return
    largest = max(moved, key=lambda line: abs(line.change))
    units = sum(v.half_unit for v in (told.comparison.before, told.comparison.after))
    rounding = (
        f" Rounding alone moves a difference by up to {units:.3g} Å, and no interval is reported."
        if units else ""
    )  # fmt: skip
    verdict = (
        f"{len(real)} of {len(moved)} changes can be told from chance"
        if real
        else "No change can be told from noise"
    )
    yield table_finding(
        "R-42", "info", told.both, verdict,
        f"{len(moved)} of {len(slots)} slots differ, by {abs(largest.change):.2f} Å at most "
        f"({largest.name}).{rounding} A change counts where its 95 % interval, paired by residue, "
        f"leaves out 0 and it exceeds {LEAST_CHANGE_A:g} Å.",
        values={"moved_slots": float(len(moved)), "told_slots": float(len(real)),
                "largest_change_angstrom": abs(largest.change)},
        meaning="Signs of such changes are neither gains nor losses.",
        suggestion="Give the predictions of both versions, so that residues are compared one by "
        "one.",
    )  # fmt: skip


def _other_residues(told: Told) -> Finding:
    """Say that a difference between two sets of residues is neither noise nor a change."""
    one, other = (
        f"{version.title} has {_residues(version)}"
        for version in (told.comparison.before, told.comparison.after)
    )
    return table_finding(
        "R-42", "info", told.both, "Other residues: not comparable",
        f"{one}, {other}. Only predictions of the same residues are compared one by one.",
        meaning="Their difference is that of the residues as much as that of the models.",
        suggestion="Give the predictions of both versions for the same structures.",
    )  # fmt: skip


def _residues(version: Version) -> str:
    return f"{len(version.atoms.type):,} residues" if version.atoms else "a table by slot"


def check_flat(told: Told) -> Iterator[Finding]:
    """Report training that went on without a gain: no proof of a limit of the representation."""
    epochs = told.before.get(EPOCH), told.after.get(EPOCH)
    if None in epochs or not _is_flat(told):
        return
    after = _side_chain(told)
    evidence = (
        f"Epoch {epochs[0]:g} to {epochs[1]:g}: side chain {after.before:.2f} to "
        f"{after.after:.2f} Å; no slot moves by more than {LEAST_CHANGE_A:g} Å."
    )
    values = {"side_chain_angstrom": after.after}
    verdict = "No gain between two points, which does not show a limit"
    if told.oracle is not None:
        share = told.oracle / after.after
        is_limit = share >= LIMIT
        values["oracle_angstrom"] = told.oracle
        evidence += (
            f" Decoding without a network is at {told.oracle:.2f} Å, {percent(share)} of it "
            f"(a limit from {percent(LIMIT)} on)."
        )
        verdict = (
            "The representation is the limit: decoding without a network does no better"
            if is_limit
            else "The representation is not the limit: decoding without a network does better"
        )
    yield table_finding(
        "R-47", "info", told.both, verdict, evidence, values=values,
        meaning="A floor, a learning rate of 0, a parameter without effect and a wrong range of "
        "the output look alike.",
        suggestion="First decode without a network, then compare with constants and with a "
        "clamped truth.",
    )  # fmt: skip


def check_effect(told: Told) -> Iterator[Finding]:
    """Report settings that changed while no RMSD did: that does not acquit them."""
    changed = told.changed
    if not changed or not _is_flat(told):
        return
    yield table_finding(
        "R-48", "warn", told.both,
        f"{len(changed)} settings changed and the RMSD did not",
        f"Changed: {', '.join(f'{s.name} {s.before} → {s.after}' for s in changed)}. No slot moves "
        f"by more than {LEAST_CHANGE_A:g} Å.",
        values={"changed_settings": float(len(changed))},
        meaning="Equal results come of a setting that is not read as well as of one that does not "
        "matter.",
        suggestion="Same seed, one step: if outputs and gradients are the same, the setting is "
        "not connected.",
    )  # fmt: skip


def _is_flat(told: Told) -> bool:
    lines = [line for line in told.comparison.slots if line.verdict != ABSENT]
    return (
        not told.comparison.has_other_residues
        and bool(lines)
        and all(abs(line.change) <= LEAST_CHANGE_A for line in lines)
    )


def _side_chain(told: Told) -> Line:
    return next(line for line in told.comparison.totals if line.name == SIDE_CHAIN)
