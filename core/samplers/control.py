"""The control that tells the effect of hardness from that of the sampler."""

import numpy as np

from core.errors import InputError
from core.samplers.neighbours import Neighbours


def shuffled(neighbours: Neighbours, seed: int) -> Neighbours:
    """Give every item the list of another one, with all names exchanged at random.

    Items are renamed at random, rows and entries alike. So the lists have the same hubs, overlaps
    and gaps, and the sampler works as before, but they say nothing about who is similar to whom.
    Exchanging the rows alone would not do: a pivot's list would still be similar items among
    themselves, and the batch hard.

    The similarities are NaN: what a pair really has is computed where it is needed.

    Args:
        neighbours: The real lists.
        seed: Of the names, 0 or more.

    Raises:
        InputError: The seed is negative.
    """
    if seed < 0:
        raise InputError("seed", expected="0 or more", came=f"{seed}", do="Choose another")
    name = np.random.default_rng(seed).permutation(neighbours.items).astype(np.int32)
    indices = np.empty_like(neighbours.indices)
    indices[name] = name[neighbours.indices]
    return Neighbours(indices, np.full_like(neighbours.similarity, np.nan))
