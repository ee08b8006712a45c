"""Sentences on what is odd in an imported history: nothing is mended without a word."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from math import inf, isfinite

from core.metrics import read_key

MOST_NAMED = 12
ROUNDING = 1e-6  # by which a value may pass the end of its range


def extras_note(keys: Sequence[str]) -> str:
    """Name the keys that are not read.

    Example:
        >>> extras_note(["lr", "seed"])
        'Not read: lr, seed.'
    """
    if not keys:
        return ""
    more = f" and {len(keys) - MOST_NAMED:,} more" if len(keys) > MOST_NAMED else ""
    return f"Not read: {', '.join(key[:40] for key in keys[:MOST_NAMED])}{more}."


def lengths_note(lengths: Mapping[str, int]) -> str:
    """Say which lists are shorter than the longest one.

    Example:
        >>> lengths_note({"train_loss": 131, "val_loss": 130})
        'val_loss has 130 epochs, train_loss 131: a shorter list is read from the first epoch on.'
    """
    longest = max(lengths, key=lambda name: lengths[name])
    shorter = [name for name, count in lengths.items() if count < lengths[longest]]
    if not shorter:
        return ""
    first, *others = [*shorter[:MOST_NAMED], longest]
    told = [f"{first} has {lengths[first]:,} epochs"]
    told += [f"{name} {lengths[name]:,}" for name in others]
    return f"{', '.join(told)}: a shorter list is read from the first epoch on."


def epochs_note(epochs: Sequence[int], told: int) -> str:
    """Say where the numbers of epochs do not rise, and whether some had to be counted on.

    Args:
        epochs: The number of each place.
        told: How many of them stand in the file.

    Example:
        >>> epochs_note([1, 2, 3, 2, 3, 4], 6)
        'Epoch numbers repeat or go back once, first from 3 to 2: of an epoch told twice the last value counts.'
    """  # noqa: E501 - a doctest compares whole lines
    sentences: list[str] = []
    back = [pair for pair in pairwise(epochs) if pair[1] <= pair[0]]
    if back:
        times = "once" if len(back) == 1 else f"{len(back):,} times"
        sentences.append(
            f"Epoch numbers repeat or go back {times}, first from {back[0][0]:,} to "
            f"{back[0][1]:,}: of an epoch told twice the last value counts."
        )
    if told < len(epochs):
        sentences.append(
            f"{told:,} epoch numbers for {len(epochs):,} values: the rest is counted on."
        )
    return " ".join(sentences)


def bounds_note(columns: Mapping[str, Sequence[float | None]], keys: Mapping[str, str]) -> str:
    """Say which values no such metric can have; NaN and infinity are left to the charts.

    Args:
        columns: Lists by epoch.
        keys: Our metric for each of them, where there is one.

    Example:
        >>> bounds_note({"cos": [0.5, 1.7]}, {"cos": "val/avg_cosine_similarity"})
        'cos: 1 of 2 values lie outside -1 to 1, which a cosine similarity cannot. They are kept.'
    """
    told = []
    for name, column in columns.items():
        spec = read_key(keys[name]).spec if keys.get(name) else None
        if spec is None or spec.low == -inf:
            continue
        outside = [v for v in column if v is not None and isfinite(v)
                   and not spec.low - ROUNDING <= v <= spec.high + ROUNDING]  # fmt: skip
        if outside:
            told.append(f"{name}: {len(outside):,} of {len(column):,} values lie outside "
                        f"{spec.low:g} to {spec.high:g}, which a {spec.label} cannot")  # fmt: skip
    return f"{'; '.join(told)}. They are kept." if told else ""


def repeats_note(columns: Sequence[Sequence[float | None]]) -> str:
    """Say which epochs repeat earlier ones value by value, as a resume may leave them.

    Args:
        columns: Lists by epoch; a shorter one ends earlier.

    Example:
        >>> repeats_note([[3.0, 2.0, 1.5, 2.0, 1.5, 1.0]])
        'Probably doubled epochs: 4 to 5 repeat 2 to 3 exactly. They are kept as they are.'
    """
    # The text of a value: NaN equals NaN here, which it does not as a number.
    rows = [tuple(map(repr, row)) for row in zip_longest(*columns)]
    found = list(_repeated_blocks(rows))
    if not found:
        return ""
    told = [
        f"{at + 1:,} to {at + size:,} repeat {before + 1:,} to {before + size:,} exactly"
        for at, before, size in found[:MOST_NAMED]
    ]
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return f"Probably doubled epochs: {'; '.join(told)}{more}. They are kept as they are."


def _repeated_blocks(rows: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """Find blocks of two rows or more that stood before: place, earlier place, length.

    A run that stands still repeats itself too: a block needs two different rows.
    """
    seen: dict[Hashable, int] = {}
    at = 0
    while at < len(rows):
        before, size = seen.get(rows[at], at), 0
        while (
            at + size < len(rows) and before + size < at and rows[at + size] == rows[before + size]
        ):
            size += 1
        if len(set(rows[at : at + size])) > 1:
            yield at, before, size
        for place in range(at, at + max(size, 1)):
            seen.setdefault(rows[place], place)
        at += max(size, 1)
