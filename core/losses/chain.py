"""Sums over the prefixes of a product, for a batch of chains of different lengths."""

from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor


@dataclass(frozen=True)
class Chains:
    """Chains in order of falling length, packed position by position.

    Position k of the first `active[k]` chains stands in rows `start[k]` and following; no row is
    padding.

    Args:
        start: First row of each position.
        active: Chains that have this position, with a 0 behind the last.
    """

    start: tuple[int, ...]
    active: tuple[int, ...]

    def steps(self, from_end: bool) -> list[tuple[int, int]]:
        """Return position and number of chains of each step of Horner's rule.

        The innermost factor comes first; the factor that only the whole chain has is left out.
        """
        last = len(self.start)
        if from_end:
            return [(k, self.active[k]) for k in range(1, last)]
        return [(k, self.active[k + 1]) for k in range(last - 2, -1, -1)]

    def positions(self, packed: Tensor) -> tuple[Tensor, ...]:
        """Return the rows of each position."""
        return torch.split(packed, list(self.active[:-1]))


def pack_chains(lengths: list[int]) -> Chains:
    """Return the packing of chains of these lengths, which must fall."""
    width = max(lengths, default=0)
    active = [sum(length > k for length in lengths) for k in range(width)]
    return Chains(tuple(sum(active[:k]) for k in range(width)), (*active, 0))


def prefix_sums(
    phi: Complex[Tensor, "rows freq"],
    chains: Chains,
    *,
    from_end: bool,
    bracket: Complex[Tensor, "rows freq"],
) -> Complex[Tensor, "batch freq"]:
    """Return phi_1 + phi_1 phi_2 + ... + phi_1 ... phi_(n-1) of every chain of n factors.

    Evaluated by Horner's rule, phi_1 (1 + phi_2 (1 + ... phi_(n-1))).

    Args:
        phi: The factors, packed.
        chains: How they are packed.
        from_end: Take the chain backwards: phi_n (1 + phi_(n-1) (... phi_2)).
        bracket: Filled with what each factor was multiplied by, for `prefix_slopes`.
    """
    factors, brackets = chains.positions(phi), chains.positions(bracket)
    total = phi.new_ones(chains.active[0], phi.shape[1])
    one = phi.new_ones(())
    steps = chains.steps(from_end)
    for k, count in steps[:1]:
        brackets[k][:count] = 1.0
    for (k, count), (after, more) in zip(steps, [*steps[1:], (0, 0)], strict=False):
        going = min(count, more)
        # Chains that go on fill the next bracket; those that end here give their total.
        if going:
            torch.addcmul(one, factors[k][:going], brackets[k][:going], out=brackets[after][:going])
        if more > going:
            brackets[after][going:more] = 1.0
        if count > going:
            ending = slice(going, count)
            torch.addcmul(one, factors[k][ending], brackets[k][ending], out=total[ending])
    return total.sub_(1.0)


def prefix_slopes(
    phi: Complex[Tensor, "rows freq"],
    chains: Chains,
    *,
    from_end: bool,
    bracket: Complex[Tensor, "rows freq"],
    slope: Complex[Tensor, "batch freq"],
    into: Complex[Tensor, "rows freq"],
) -> None:
    """Add to `into` the conjugate derivative by each factor; `slope` is used up.

    Args:
        phi: The factors, packed.
        chains: How they are packed.
        from_end: As given to `prefix_sums`.
        bracket: As filled by `prefix_sums`.
        slope: Conjugate of the derivative by the sums.
        into: Where the derivative is added.
    """
    factors, brackets = chains.positions(phi), chains.positions(bracket)
    results = chains.positions(into)
    for k, count in reversed(chains.steps(from_end)):
        results[k][:count].addcmul_(slope[:count], brackets[k][:count])
        slope[:count].mul_(factors[k][:count])
