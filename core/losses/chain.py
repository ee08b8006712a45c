"""Sums over the prefixes of a product, for a batch of chains of different lengths."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Complex
from torch import Tensor


@dataclass(frozen=True)
class Chains:
    """Chains in order of falling length, packed position by position without padding.

    The rows of position 0 of all chains that have one come first, then those of position 1.

    Args:
        count: Number of chains.
        active: Number of chains that have position 0, 1, ...; these are the first ones.
    """

    count: int
    active: tuple[int, ...]

    def positions(self, packed: Complex[Tensor, "rows freq"]) -> tuple[Tensor, ...]:
        """Return the rows of each position."""
        return torch.split(packed, list(self.active))

    def steps(self, from_end: bool) -> list[tuple[int, int]]:
        """Return position and number of chains of each step of Horner's rule.

        The innermost factor comes first; the factor that only the whole chain has is left out.
        """
        if from_end:
            return list(enumerate(self.active))[1:]
        return list(enumerate(self.active[1:]))[::-1]


def pack_chains(inside: Bool[Tensor, "length batch"]) -> Chains:
    """Return the packing of chains of falling length, given which positions each one has.

    Example:
        >>> pack_chains(torch.tensor([[True, True, False], [True, False, False]]))
        Chains(count=3, active=(2, 1))
    """
    return Chains(inside.shape[1], tuple(int(count) for count in inside.sum(1) if count))


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
        bracket: Is filled with what each factor was multiplied by, for `prefix_slopes`.

    Returns:
        The sums; 0 for a chain of fewer than two factors.
    """
    factors, brackets = chains.positions(phi), chains.positions(bracket)
    total, one = phi.new_ones(chains.count, phi.shape[1]), phi.new_ones(())
    steps = chains.steps(from_end)
    for k, count in steps[:1]:
        brackets[k][:count] = 1.0
    for (k, count), (after, next_count) in zip(steps, [*steps[1:], (0, 0)], strict=False):
        # Chains that go on fill the next bracket, those that end leave their total, and those
        # that are so short that they begin only there find a 1.
        going = slice(min(count, next_count))
        ending, beginning = slice(going.stop, count), slice(going.stop, next_count)
        target = brackets[after][going]
        torch.addcmul(one, factors[k][going], brackets[k][going], out=target)
        torch.addcmul(one, factors[k][ending], brackets[k][ending], out=total[ending])
        brackets[after][beginning] = 1.0
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
        into: Where the derivative is added, packed.
    """
    factors, brackets = chains.positions(phi), chains.positions(bracket)
    results = chains.positions(into)
    for k, count in reversed(chains.steps(from_end)):
        results[k][:count].addcmul_(slope[:count], brackets[k][:count])
        slope[:count].mul_(factors[k][:count])
