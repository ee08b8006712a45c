"""Ion ladders: the positions of the prefixes or suffixes of a chain of masses."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.errors import InputError
from core.losses.peaks import Peaks, widest


@dataclass(frozen=True)
class Ladder:
    """One series of fragments of a chain.

    The position of fragment k is (sum of the first k masses + `offset_da`) / `charge`, or of the
    last k masses if `from_end`.

    Args:
        from_end: Count the masses from the end of each chain's own length.
        offset_da: What is added to the sum of masses, in Da; with the charge carriers.
        charge: Number of charges, 1 or more.
    """

    from_end: bool
    offset_da: float
    charge: int


def require_lengths(length: Int[Tensor, " batch"], width: int) -> None:
    """Raise if a chain is longer than the tensor that holds it.

    Raises:
        InputError: If a length is below 0 or above the width.
    """
    wrong = length[(length < 0) | (length > width)]
    if len(wrong):
        raise InputError(
            "length",
            expected=f"0 to {width}, the number of positions",
            came=f"{int(wrong[0])}",
            do="Count the positions of each chain without padding",
        )


def ladder_mz(
    mass_da: Float[Tensor, "batch length"],
    length: Int[Tensor, " batch"],
    ladders: Sequence[Ladder],
) -> Peaks:
    """Return the fragment positions of a batch of chains, differentiable in the masses.

    The whole chain is no fragment: a chain of n masses has n - 1 fragments in each ladder. What
    stands beyond a chain's length is never read.

    Args:
        mass_da: Mass at each position, in Da.
        length: Number of masses of each chain, 0 to the width.
        ladders: The series; they stand side by side in the result, fragment 1 first.

    Returns:
        Peaks of height 1, `len(ladders) * (width - 1)` of them, positions in float64.

    Raises:
        InputError: If a length does not fit.

    Example:
        >>> peaks = ladder_mz(torch.tensor([[10.0, 20.0, 40.0]]), torch.tensor([3]),
        ...                   [Ladder(False, 1.0, 1), Ladder(True, 2.0, 2)])
        >>> peaks.mz.tolist()
        [[11.0, 31.0, 21.0, 31.0]]
    """
    batch, width = mass_da.shape
    require_lengths(length, width)
    fragments = max(width - 1, 0)
    position = torch.arange(width, device=mass_da.device)
    mass = torch.where(position < length[:, None], widest(mass_da), 0.0)
    backwards = (length[:, None] - 1 - position).clamp(min=0)
    inside = (position + 1 < length[:, None])[:, :fragments]
    columns = [
        (
            (mass.gather(1, backwards) if ladder.from_end else mass).cumsum(1)[:, :fragments]
            + ladder.offset_da
        )
        / ladder.charge
        for ladder in ladders
    ]
    mz = torch.cat(columns, 1) if columns else mass.new_zeros(batch, 0)
    mask = inside.repeat(1, len(ladders))
    return Peaks(torch.where(mask, mz, 0.0), mask.to(mass_da.dtype), mask)
