"""Which sequence of a FASTA a model was built from: by its letters, or by its name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal

from core.problems.sidechain.packed.fasta import Design
from core.problems.sidechain.reading.alignment import align_letters

LEAST_ALIKE: Final = 0.9  # samples of one backbone share half of their letters as a rule
How = Literal["sequence", "name", "name and sequence"]
# As ColabFold ("T_0_1__sample_3__score_"), LigandMPNN ("1BC8_packed_3_1") and people write it.
_NUMBERS: Final = tuple(
    re.compile(rf"(?<![a-z]){word}[_\-= ]*(\d+)") for word in ("sample", "packed", "id", "seq")
)
_TEMPERATURE: Final = re.compile(r"(?<![a-z])t[_\-= ]*(\d+)[._](\d+)(?!\d)")
_OTHER: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class EntryMatch:
    """The sequence that a model belongs to.

    Args:
        design: Of the FASTA.
        how: What told so.
        identical: Letters that are the same.
        compared: Letters of the shorter of the two, chain by chain.
        letters: Those of the sequence.
        twins: Further sequences of the FASTA that are as like.
        note: Where name and letters contradict each other; else empty.
    """

    design: Design
    how: How
    identical: int
    compared: int
    letters: int
    twins: int
    note: str

    @property
    def alike(self) -> float:
        """Share of letters that are the same, 0 to 1; below 1 it is not the model of it.

        NaN where none could be compared.
        """
        return self.identical / self.compared if self.compared else float("nan")


def find_entry(name: str, chains: Sequence[str], designs: Sequence[Design]) -> EntryMatch | None:
    """Find the sequence that a model was built from.

    The one most like it counts, where at least nine tenths of its letters are the same; of several
    the one of its name. Where none is, the name alone decides, if it fits one sequence only.

    Args:
        name: Of the model.
        chains: Its sequences.
        designs: To choose from.
    """
    alike = [count_identical(chains, design.known) for design in designs]
    shares = [same / of if of else 0.0 for same, of in alike]
    best = max(zip(shares, alike, strict=True), default=(0.0, (0, 0)))
    near = [at for at, found in enumerate(zip(shares, alike, strict=True)) if found == best]
    named = _named(name, designs)
    if best[0] < LEAST_ALIKE:
        if len(named) != 1:
            return None
        at = named[0]
        note = f"only {shares[at]:.0%} of its letters are those of {designs[at].label}"
        return EntryMatch(designs[at], "name", *alike[at], _letters(designs[at]), 0, note)
    both = [at for at in near if at in named]
    at, note = (both or near)[0], ""
    if len(named) == 1 and not both:
        note = f"its name says {designs[named[0]].label}, its letters {designs[at].label}"
    how: How = "name and sequence" if both else "sequence"
    return EntryMatch(designs[at], how, *alike[at], _letters(designs[at]), len(near) - 1, note)


def count_identical(chains: Sequence[str], others: Sequence[str]) -> tuple[int, int]:
    """Count identical letters of two sets of chains, and the letters of the shorter of each pair.

    Chains of one length are compared letter by letter, others are aligned; each of `others` takes
    the chain most like it that is left.

    Example:
        >>> count_identical(["MKV", "GGA"], ["GGS"])
        (2, 3)
    """
    free, identical, compared = list(chains), 0, 0
    for other in others:
        if not free:
            break
        same = [chain for chain in free if len(chain) == len(other)] or free
        counts = [_identical(chain, other) for chain in same]
        chosen = same[counts.index(max(counts))]
        free.remove(chosen)
        identical += max(counts)
        compared += min(len(chosen), len(other))
    return identical, compared


def _identical(one: str, other: str) -> int:
    if len(one) == len(other):
        return sum(a == b for a, b in zip(one, other, strict=True))
    first, second = align_letters(one, other)
    return sum(one[a] == other[b] for a, b in zip(first.tolist(), second.tolist(), strict=True))


def _letters(design: Design) -> int:
    return sum(map(len, design.known))


def _named(name: str, designs: Sequence[Design]) -> list[int]:
    """Find the sequences that the name of a model fits."""
    text = name.lower()
    number = next((int(m[1]) for pattern in _NUMBERS if (m := pattern.search(text))), None)
    heat = _TEMPERATURE.search(text)
    temperature = float(f"{heat[1]}.{heat[2]}") if heat else float("nan")
    several = len({design.name for design in designs}) > 1
    plain = _OTHER.sub("_", text)

    def fits(design: Design) -> bool:
        own = _OTHER.sub("_", design.name.lower())
        if design.sample is None:
            return not design.is_native and plain in {own, f"{own}_model"}
        warm = not (isfinite(temperature) and isfinite(design.temperature)) or (
            abs(temperature - design.temperature) < 1e-6
        )
        return design.sample == number and warm and (not several or own in plain)

    return [at for at, design in enumerate(designs) if fits(design)]
