"""Hubs: items that stand in the lists of many others, and those that stand in none."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from core.samplers.neighbours import Neighbours


@dataclass(frozen=True)
class Hubness:
    """How unevenly items serve as neighbours.

    Args:
        in_degree: In how many lists each item stands.
        skewness: Third standardised moment of these numbers: about 0 where all serve alike,
            above 1 where there are hubs; 0 where all numbers are equal.
        nobodys_share: Share of items that stand in no list, 0 to 1.
    """

    in_degree: Int64[np.ndarray, " items"]
    skewness: float
    nobodys_share: float


def measure_hubness(neighbours: Neighbours) -> Hubness:
    """Count how often each item is a neighbour.

    Source:
        Radovanovic, Nanopoulos, Ivanovic, Hubs in space, JMLR 11 (2010), S_Nk.
    """
    in_degree = np.bincount(neighbours.indices.ravel(), minlength=neighbours.items)
    centred = in_degree - in_degree.mean()
    spread = centred.std()
    skewness = float((centred**3).mean() / spread**3) if spread > 0 else 0.0
    return Hubness(in_degree, skewness, float((in_degree == 0).mean()))
