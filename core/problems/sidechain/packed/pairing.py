"""Residues of a packed model and of its backbone that belong together."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Int

from core.problems.sidechain.reading.alignment import pair_by_number
from core.problems.sidechain.reading.matching import changed_types, match_structures
from core.problems.sidechain.reading.structures import Residues

Chains: TypeAlias = Mapping[str, Int[np.ndarray, " _"]]  # each of its own length


class Paired(NamedTuple):
    """Residues row by row.

    Args:
        model: Of the model.
        backbone: Of the backbone, of the same length.
        notes: What was paired, in words.
    """

    model: Residues
    backbone: Residues
    notes: tuple[str, ...]


def pair_with_backbone(model: Residues, backbone: Residues) -> Paired:
    """Pair the residues of a model with those of the backbone that it was built on.

    Chains of one length are paired residue by residue, whatever their numbers and types, where
    their numbers do not contradict it: a design keeps each residue of its backbone, and programs
    number anew. Others are aligned, see `match_structures`; to a backbone without a sequence
    nothing can be aligned, and numbers decide.

    Raises:
        InputError: No chain of the one belongs to any of the other.
    """
    ours, theirs = _chains(model), _chains(backbone)
    labels = _of_one_length(model, backbone)
    if len(labels) < min(len(ours), len(theirs)):
        if not has_sequence(backbone) and (found := _by_number(model, backbone)):
            return found
        matched = match_structures(model, backbone)
        return Paired(matched.predicted, matched.native, matched.notes)
    rows = [(ours[a], theirs[b]) for a, b in labels.items()]
    first, second = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    notes = []
    for (a, b), (one, other) in zip(labels.items(), rows, strict=True):
        own = changed_types(model.select(one), backbone.select(other))
        notes.append(
            _told(a, b, f"{len(one)} residues one by one{own if has_sequence(backbone) else ''}")
        )
    return Paired(model.select(first), backbone.select(second), tuple(notes))


def has_sequence(backbone: Residues) -> bool:
    """Say whether a backbone has a sequence: generated ones have one type throughout."""
    return len(np.unique(backbone.type)) > 1


def _of_one_length(model: Residues, backbone: Residues) -> dict[str, str]:
    """Pair chains of one length, those most alike first, of equal ones those of one name."""
    ours, theirs = _chains(model), _chains(backbone)
    possible = sorted(
        (-int((model.type[one] == backbone.type[other]).sum()), a != b, order, a, b)
        for order, (a, one) in enumerate(ours.items())
        for b, other in theirs.items()
        if len(one) == len(other) and _count_alike(model.number[one], backbone.number[other])
    )
    found: dict[str, str] = {}
    for *_, a, b in possible:
        if a not in found and b not in found.values():
            found[a] = b
    return {a: found[a] for a in ours if a in found}


def _by_number(model: Residues, backbone: Residues) -> Paired | None:
    """Pair residues of one number in chains of one name."""
    ours, theirs = _chains(model), _chains(backbone)
    rows, notes = [], []
    for label in (label for label in ours if label in theirs):
        one, other = ours[label], theirs[label]
        found = pair_by_number(model.select(one), backbone.select(other))
        if len(found.native):
            rows.append((one[found.predicted], other[found.native]))
            notes.append(_told(label, label, f"{len(found.native)} residues by their numbers"))
    if not rows:
        return None
    first, second = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return Paired(model.select(first), backbone.select(second), tuple(notes))


def _told(label: str, other: str, how: str) -> str:
    names = [name or "without a name" for name in (label, other)]
    return f"chain {names[0]} with {names[1]} of the backbone: {how}"


def _count_alike(one: Int[np.ndarray, " _"], other: Int[np.ndarray, " _"]) -> bool:
    """Say whether numbers allow that equal places are equal residues.

    They do where both count alike, or where one counts without a gap, as programs do that number
    anew. Two with gaps at different places lack different residues.
    """
    steps = [np.diff(number) for number in (one, other)]
    return bool((steps[0] == steps[1]).all() or any((step == 1).all() for step in steps))


def _chains(residues: Residues) -> Chains:
    """Give the rows of each chain, in the order of the file."""
    labels = dict.fromkeys(residues.chain.tolist())
    return {label: np.flatnonzero(residues.chain == label) for label in labels}
