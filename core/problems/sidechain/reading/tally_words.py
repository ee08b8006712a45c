"""What was left out or mapped while a structure was read, in words."""

from collections.abc import Iterator
from typing import Final

from core.problems.sidechain.names import PARENT
from core.problems.sidechain.reading.residue_arrays import (
    ALTERNATE,
    BROKEN,
    LIGAND,
    MISSING_ATOMS,
    MISSING_IN,
    NUCLEIC,
    PROTONATED,
    TAKEN,
    UNLIKE,
    WATER,
    Tally,
)

NAMED: Final = 8  # names in a note
_GROUPS: Final = (
    (NUCLEIC, "nucleotides left out"),
    (LIGAND, "ligands and ions left out"),
    (UNLIKE, "modified residues left out, without a parent among the twenty"),
    (BROKEN, "residues left out, without N, CA and C"),
)


def tell(tally: Tally) -> tuple[str, ...]:
    """Say what was counted, a sentence a kind.

    Example:
        >>> tell(Tally({("water", "HOH"): 3, ("taken for its parent", "MSE"): 2}))
        ('modified residues taken for their parent: 2 (MSE as MET 2)', 'waters left out: 3')
    """
    return tuple(_sentences(tally))


def _sentences(tally: Tally) -> Iterator[str]:
    if atoms := tally[MISSING_ATOMS, ""]:
        yield f"missing atoms: {atoms} (residues that lack any: {tally[MISSING_IN, '']})"
    if places := tally[ALTERNATE, ""]:
        yield f"residues with alternate locations, of which the fullest stays: {places}"
    if names := _of_kind(tally, TAKEN):
        parents = {f"{name} as {PARENT[name]}": count for name, count in names.items()}
        yield f"modified residues taken for their parent: {_listed(parents)}"
    if names := _of_kind(tally, PROTONATED):
        yield f"residues named by their protonation: {_listed(names)}"
    for kind, words in _GROUPS:
        if names := _of_kind(tally, kind):
            yield f"{words}: {_listed(names)}"
    if names := _of_kind(tally, WATER):
        yield f"waters left out: {sum(names.values())}"


def _of_kind(tally: Tally, kind: str) -> dict[str, int]:
    return {name: count for (k, name), count in tally.items() if k == kind and count}


def _listed(names: dict[str, int]) -> str:
    """List names with their counts, the most frequent first."""
    ordered = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    words = ", ".join(f"{name} {count}" for name, count in ordered[:NAMED])
    more = f", and {len(ordered) - NAMED} more names" if len(ordered) > NAMED else ""
    return f"{sum(names.values())} ({words}{more})"
