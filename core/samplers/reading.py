"""What a record of an epoch tells: filled slots, and pairs that may be no negatives."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64, Int32, Int64

from core.errors import InputError
from core.samplers.embeddings import Embeddings
from core.samplers.epoch import Epoch, Origin

_CELLS: Final = 2**22


def filled_by_batch(epoch: Epoch) -> Float64[np.ndarray, " batches"]:
    """Give the share of each batch's hard slots that were filled; NaN where none was asked."""
    with np.errstate(invalid="ignore"):
        return np.where(epoch.asked > 0, epoch.filled / epoch.asked, np.nan)


def filled_by_tenth(epoch: Epoch) -> Float64[np.ndarray, " tenths"]:
    """Give the share of hard slots filled in each tenth of the epoch; NaN where none was asked."""
    tenths = zip(np.array_split(epoch.filled, 10), np.array_split(epoch.asked, 10), strict=True)
    return np.array([f.sum() / a.sum() if a.any() else np.nan for f, a in tenths])


@dataclass(frozen=True)
class Filling:
    """Hard slots of an epoch, in numbers; NaN where none was asked.

    Args:
        asked: Hard slots of all batches.
        filled: How many were filled.
        first: Share filled in the first tenth of the epoch's batches.
        middle: In the fifth and sixth tenth.
        last: In the last tenth.
        low: 5th percentile of the share by batch.
        by_origin: Share of the filled slots that came from each source.
    """

    asked: int
    filled: int
    first: float
    middle: float
    last: float
    low: float
    by_origin: dict[Origin, float]


def summarise_filling(epoch: Epoch) -> Filling:
    """Sum up the hard slots of an epoch."""
    tenths, shares = filled_by_tenth(epoch), filled_by_batch(epoch)
    shares = shares[np.isfinite(shares)]
    filled = int(epoch.filled.sum())
    sources = (Origin.OWN_LIST, Origin.TWO_HOPS, Origin.TOP_UP)
    counts = {source: int((epoch.origin == source).sum()) for source in sources}
    return Filling(
        asked=int(epoch.asked.sum()),
        filled=filled,
        first=float(tenths[0]),
        middle=float(tenths[4:6].mean()),
        last=float(tenths[-1]),
        low=float(np.percentile(shares, 5)) if len(shares) else float("nan"),
        by_origin={s: counts[s] / filled if filled else float("nan") for s in sources},
    )


@dataclass(frozen=True)
class AlikePairs:
    """Pairs of a batch that are so alike that they may be no negatives of each other.

    Args:
        batch: The batch of each pair.
        one: The member further to the left.
        other: The other one.
        similarity: Their cosine.
        pairs: Pairs of all batches, alike or not.
    """

    batch: Int64[np.ndarray, " alike"]
    one: Int32[np.ndarray, " alike"]
    other: Int32[np.ndarray, " alike"]
    similarity: Float32[np.ndarray, " alike"]
    pairs: int

    @property
    def share(self) -> float:
        """Alike pairs among all pairs of an epoch's batches, 0 to 1."""
        return len(self.batch) / self.pairs


def alike_pairs(epoch: Epoch, embeddings: Embeddings, above: float) -> AlikePairs:
    """Find the pairs inside batches whose cosine is above a bound, in order of batch.

    Args:
        epoch: The record.
        embeddings: Of all items.
        above: The bound, -1 to 1.

    Raises:
        InputError: The bound is out of its range.
    """
    if not -1 <= above <= 1:
        raise InputError("similarity", expected="-1 to 1", came=f"{above:g}", do="Change the bound")
    width = epoch.members.shape[1]
    step = max(1, _CELLS // (width * max(embeddings.dim, width)))
    left, right = np.triu_indices(width, 1)
    found: list[tuple[Int64[np.ndarray, " some"], ...]] = []
    for start in range(0, len(epoch.members), step):
        members = epoch.members[start : start + step]
        unit = embeddings.unit(members.ravel()).reshape(*members.shape, -1)
        cosine = (unit @ unit.transpose(0, 2, 1))[:, left, right]
        is_pair = (members[:, left] >= 0) & (members[:, right] >= 0)
        row, place = np.nonzero((cosine > above) & is_pair)
        found.append((row + start, members[row, left[place]], members[row, right[place]],
                      cosine[row, place].clip(-1, 1)))  # fmt: skip
    sizes = epoch.sizes
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return AlikePairs(*columns, pairs=int((sizes * (sizes - 1) // 2).sum()))
