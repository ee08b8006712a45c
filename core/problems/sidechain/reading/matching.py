"""Predicted and native structures brought together, residue by residue, and what is left over."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from jaxtyping import Bool, Int

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14
from core.problems.sidechain.reading.alignment import Pairing, pair_by_number, pair_chains
from core.problems.sidechain.reading.structures import Residues

LEAST_IDENTITY: Final = 0.3  # of the shorter chain; unrelated ones align to 0.2 by chance
SIDE: Final = 4  # the first slot of the side chain
NAMED: Final = 6  # mutations in a note

Chains: TypeAlias = Mapping[str, Int[np.ndarray, " _"]]  # each of its own length
Pairs: TypeAlias = Mapping[tuple[str, str], Pairing]


@dataclass(frozen=True)
class ChainMatch:
    """Two chains that belong together.

    Args:
        predicted: Identifier in the prediction.
        native: Identifier in the native structure.
        matched: Residues in both.
        mutated: Of those, residues of another type.
        predicted_only: Residues that the native chain lacks.
        native_only: Residues that the predicted chain lacks.
        by_number: Whether numbers decided, up to a constant offset, or the alignment alone.
        mutations: The first few, as L15A: native type, native number, predicted type.
    """

    predicted: str
    native: str
    matched: int
    mutated: int
    predicted_only: int
    native_only: int
    by_number: bool
    mutations: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Matched:
    """Residues that two structures have in common, row by row.

    Args:
        predicted: Chain by chain.
        native: Of the same length; NaN where an atom is not known, so that a backbone alone is NaN
            from slot 4 on.
        mutated: Rows whose types differ; their slots beyond CB hold other atoms.
        chains: What was paired, in the order of the predicted chains.
        notes: What was matched and what was left over, in words.
    """

    predicted: Residues
    native: Residues
    mutated: Bool[np.ndarray, " pairs"]
    chains: tuple[ChainMatch, ...]
    notes: tuple[str, ...]


def match_structures(predicted: Residues, native: Residues) -> Matched:
    """Pair the residues of two structures of any numbering, chains and lengths.

    Chains are paired by the number of residues of one type in their alignment, the best first, of
    equal ones those of one name; then chains of the same numbers, whatever their types, so that a
    design finds its backbone. Only the first model of each counts. Does not try which of several
    equal chains lies where in space.

    Raises:
        InputError: No chain of the one belongs to any of the other.
    """
    ours, theirs = _chains(predicted), _chains(native)
    pairs = _chain_pairs(predicted, native, ours, theirs)
    if not pairs:
        raise InputError(
            f"{predicted.origin} against {native.origin}",
            expected=f"chains that share {LEAST_IDENTITY:.0%} of their residues, or their numbers",
            came=f"chains {_said(ours)} and {_said(theirs)}, which share neither",
            do="Choose the native structure of this prediction",
        )
    rows = [
        (ours[a][pairing.predicted], theirs[b][pairing.native]) for (a, b), pairing in pairs.items()
    ]
    first, second = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    one, other = predicted.select(first), native.select(second)
    chains = tuple(
        _chain_match((a, b), pairing, predicted.select(ours[a]), native.select(theirs[b]))
        for (a, b), pairing in pairs.items()
    )
    notes = (
        *_told(chains, _free(ours, pairs, 0), _free(theirs, pairs, 1)),
        *_bare(other),
        *_passed_over(predicted, native),
    )
    return Matched(one, other, one.type != other.type, chains, notes)


def _chains(residues: Residues) -> Chains:
    """Give the rows of each chain of the first model, in the order of the file."""
    is_first = residues.model == residues.model[:1]
    labels = dict.fromkeys(residues.chain[is_first].tolist())
    return {label: np.flatnonzero(is_first & (residues.chain == label)) for label in labels}


def _chain_pairs(predicted: Residues, native: Residues, ours: Chains, theirs: Chains) -> Pairs:
    """Pair chains, the most alike first; in the order of the predicted ones."""
    one = {label: predicted.select(rows) for label, rows in ours.items()}
    other = {label: native.select(rows) for label, rows in theirs.items()}
    found: dict[tuple[str, str], Pairing] = {}
    for rule in (_alike, _numbered_alike):
        possible = [
            (-pairing.identical, a != b, a, b, pairing)
            for a in _free(one, found, 0)
            for b in _likely(one[a], {label: other[label] for label in _free(other, found, 1)})
            if (pairing := rule(one[a], other[b])) is not None
        ]
        for *_, a, b, pairing in sorted(possible, key=lambda item: item[:2]):
            if a in _free(one, found, 0) and b in _free(other, found, 1):
                found[a, b] = pairing
    order = list(ours)
    return dict(sorted(found.items(), key=lambda item: order.index(item[0][0])))


def _free(chains: Iterable[str], found: Pairs, side: int) -> list[str]:
    taken = {pair[side] for pair in found}
    return [label for label in chains if label not in taken]


def _likely(one: Residues, others: Mapping[str, Residues]) -> list[str]:
    """Give the chains of the very same sequence; where there is none, all."""
    same = [label for label, other in others.items() if other.sequence == one.sequence]
    return same or list(others)


def _alike(one: Residues, other: Residues) -> Pairing | None:
    pairing = pair_chains(one, other)
    enough = pairing.identical >= LEAST_IDENTITY * min(len(one), len(other))
    return pairing if enough else None


def _numbered_alike(one: Residues, other: Residues) -> Pairing | None:
    pairing = pair_by_number(one, other)
    return pairing if len(pairing.native) == len(one) == len(other) else None


def _chain_match(
    labels: tuple[str, str], pairing: Pairing, one: Residues, other: Residues
) -> ChainMatch:
    ours, theirs = one.select(pairing.predicted), other.select(pairing.native)
    changed = np.flatnonzero(ours.type != theirs.type).tolist()
    matched = len(ours)
    return ChainMatch(
        *labels,
        matched,
        len(changed),
        len(one) - matched,
        len(other) - matched,
        pairing.by_number,
        tuple(_mutations(ours, theirs, changed[:NAMED])),
    )


def _mutations(ours: Residues, theirs: Residues, rows: Iterable[int]) -> Iterator[str]:
    for row in rows:
        place = f"{theirs.number[row]}{theirs.insertion[row]}"
        yield f"{theirs.sequence[row]}{place}{ours.sequence[row]}"


def changed_types(ours: Residues, theirs: Residues) -> str:
    """Name the residues of another type among residues row by row; empty if there are none."""
    changed = np.flatnonzero(ours.type != theirs.type).tolist()
    return _of_another_type(len(changed), _mutations(ours, theirs, changed[:NAMED]))


def _of_another_type(count: int, mutations: Iterable[str]) -> str:
    more = ", ..." if count > NAMED else ""
    return f", {count} of another type ({', '.join(mutations)}{more})" if count else ""


def _told(chains: Sequence[ChainMatch], ours: list[str], theirs: list[str]) -> Iterator[str]:
    for chain in chains:
        text = f"chain {_said([chain.predicted])} with native {_said([chain.native])}: "
        text += f"{chain.matched} residues matched"
        text += _of_another_type(chain.mutated, chain.mutations)
        if chain.predicted_only:
            text += f", {chain.predicted_only} in the prediction only"
        if chain.native_only:
            text += f", {chain.native_only} in the native structure only"
        yield text
    if ours:
        yield f"predicted chains without a native one: {_said(ours)}"
    if theirs:
        yield f"native chains without a prediction: {_said(theirs)}"


def _said(labels: Iterable[str]) -> str:
    return ", ".join(label or "without a name" for label in labels)


def _bare(native: Residues) -> Iterator[str]:
    """Say how many native residues end at the backbone though their type goes on."""
    wanted = EXISTS14[native.type, SIDE:]
    bare = int((wanted.any(axis=1) & ~(native.mask[:, SIDE:] & wanted).any(axis=1)).sum())
    if bare:
        yield f"native residues without a side chain: {bare}; their atoms are absent, not at 0"


def _passed_over(*structures: Residues) -> Iterator[str]:
    for residues in structures:
        if (models := len(np.unique(residues.model))) > 1:
            yield f"{residues.origin}: the first of {models} models"
