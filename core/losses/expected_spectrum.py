"""Cosine of the observed spectrum with the expectation of the predicted one."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor

from core.losses.chain import Chains, pack_chains, prefix_slopes, prefix_sums
from core.losses.fourier import Frequencies, choose_frequencies, peak_wave, wave
from core.losses.known_gradient import with_gradient
from core.losses.ladder import Ladder, require_lengths
from core.losses.peaks import Peaks, cosine_loss, cosine_slope, widest

# Complex numbers of one array of a block (positions x frequencies); one example may have more.
_BLOCK = 2**18


@dataclass(frozen=True)
class _Charge:
    """The ladders of one charge, and the arrays that all blocks write to in turn.

    Fresh memory for every block would cost more time than the arithmetic.

    Args:
        table: Wave of each mass as real numbers, cosine and sine alternating.
        factor: Summed wave of the ladders' offsets, by direction (True: from the end).
        phi: Room for the characteristic function of each position.
        bracket: Room for what the slopes need of each direction's sums.
    """

    table: Float[Tensor, "vocab parts"]
    factor: dict[bool, Complex[Tensor, " freq"]]
    phi: Complex[Tensor, "rows freq"]
    bracket: dict[bool, Complex[Tensor, "rows freq"]]


def expected_spectrum(
    probabilities: Float[Tensor, "batch length vocab"],
    mass_da: Float[Tensor, " vocab"],
    length: Int[Tensor, " batch"],
    observed: Peaks,
    *,
    ladders: Sequence[Ladder],
    sigma_da: float,
    cut: float = 4.0,
) -> Float[Tensor, " batch"]:
    """Return 1 - cosine of the observed peaks and the expectation of the predicted spectrum.

    Positions are taken as independent. The mass of a prefix then has the characteristic function
    phi_1(w) ... phi_k(w), where phi(w) = sum_v p_v exp(-i w m_v) of one position, and all prefixes
    together come from Horner's rule. Both spectra are smoothed by Gaussians, and the inner
    products are sums over frequencies: there is no mass grid. For certain predictions (each
    position has one token of probability 1) the value is that of `gaussian_cosine`.

    The examples are processed in blocks, and the derivative is computed beside the value, so that
    memory is bounded by one block and not by the batch; time grows as 1 / sigma.

    Args:
        probabilities: Distribution over the vocabulary at each position. The only input that the
            loss is differentiable in; second derivatives are not supported.
        mass_da: Mass of each token in Da. A token without mass repeats the prefix before it.
        length: Number of positions of each example; what stands beyond is never read. The whole
            chain is no fragment.
        observed: Peaks of the measurement; no gradient reaches them.
        ladders: The series of fragments to render, each with height 1.
        sigma_da: Width of a peak in Da, above 0.
        cut: Highest frequency in units of 1 / sigma; it counts with exp(-cut^2), 1e-7 at 4.

    Returns:
        0 (the expected spectrum has the observed shape) to 1 (nothing in common); 1 where there
        is no observed peak or no fragment.

    Raises:
        InputError: If a width is not positive, a length does not fit or a position is infinite.

    Example:
        >>> sure = torch.eye(2, dtype=torch.float64)[None]
        >>> seen = Peaks(torch.tensor([[100.0]]), torch.ones(1, 1), torch.ones(1, 1).bool())
        >>> loss = expected_spectrum(sure, torch.tensor([99.0, 57.0]), torch.tensor([2]), seen,
        ...                          ladders=[Ladder(False, 1.0, 1)], sigma_da=0.1)
        >>> round(loss.item(), 6)
        0.0
    """
    require_lengths(length, probabilities.shape[1])
    real = torch.float64 if probabilities.dtype == torch.float64 else torch.float32
    axis = choose_frequencies(_span(mass_da, length, observed, ladders), sigma_da, cut)
    step = max(1, _BLOCK // (axis.count * max(probabilities.shape[1], 1)))
    rows = min(step, len(length)) * probabilities.shape[1]
    charges = _charges(axis, widest(mass_da.detach()), ladders, real, rows)
    tracked = torch.is_grad_enabled() and probabilities.requires_grad
    value = probabilities.detach().new_ones(len(length))
    gradient = torch.zeros_like(probabilities)
    lengths, order = length.sort(descending=True)
    for chosen, sizes in zip(torch.split(order, step), torch.split(lengths, step), strict=True):
        peaks = Peaks(observed.mz[chosen], observed.intensity[chosen], observed.mask[chosen])
        table = probabilities.detach()[chosen].transpose(0, 1)
        inside = torch.arange(len(table), device=table.device)[:, None] < sizes
        loss, slope = _block(
            table[inside].to(real),
            pack_chains(inside),
            peak_wave(axis, peaks, real),
            axis.weight(peaks.mz.device).to(real),
            charges,
            tracked,
        )
        value[chosen] = loss.to(value.dtype)
        part = torch.zeros_like(table)
        part[inside] = slope.to(table.dtype)
        gradient[chosen] = part.transpose(0, 1)
    return with_gradient(value, (probabilities,), (gradient,))


def _span(
    mass_da: Float[Tensor, " vocab"],
    length: Int[Tensor, " batch"],
    observed: Peaks,
    ladders: Sequence[Ladder],
) -> float:
    """Return the largest distance that two peaks of the batch can have."""
    residues = max(0, int(length.max()) - 1) if len(length) else 0
    longest = residues * max(0.0, float(mass_da.max()))
    ends = [0.0]
    for ladder in ladders:
        ends += [(ladder.offset_da + chain) / ladder.charge for chain in (0.0, longest)]
    seen = observed.mz[observed.mask]
    if len(seen):
        ends += [float(seen.min()), float(seen.max())]
    return max(ends) - min(ends)


def _charges(
    axis: Frequencies,
    mass_da: Float[Tensor, " vocab"],
    ladders: Sequence[Ladder],
    real: torch.dtype,
    rows: int,
) -> list[_Charge]:
    """Group the ladders: one set of waves for a charge, one recursion for a direction."""
    groups: dict[int, dict[bool, list[float]]] = {}
    for ladder in ladders:
        ends = groups.setdefault(ladder.charge, {})
        ends.setdefault(ladder.from_end, []).append(ladder.offset_da / ladder.charge)
    charges: list[_Charge] = []
    for charge, offsets in groups.items():
        waves = wave(axis, mass_da / charge, real)
        factor = {e: wave(axis, mass_da.new_tensor(o), real).sum(0) for e, o in offsets.items()}
        bracket = {end: waves.new_empty(rows, axis.count) for end in offsets}
        charges.append(_Charge(_parts(waves), factor, waves.new_empty(rows, axis.count), bracket))
    return charges


def _block(
    packed: Float[Tensor, "rows vocab"],
    chains: Chains,
    seen: Complex[Tensor, "batch freq"],
    weight: Float[Tensor, " freq"],
    charges: list[_Charge],
    tracked: bool,
) -> tuple[Float[Tensor, " batch"], Float[Tensor, "rows vocab"]]:
    """Return the losses of a block, and their derivative by the packed probabilities."""
    expected = torch.zeros_like(seen)
    for charge in charges:
        phi = charge.phi[: len(packed)]
        torch.mm(packed, charge.table, out=_parts(phi))
        for end, factor in charge.factor.items():
            bracket = charge.bracket[end][: len(packed)]
            total = prefix_sums(phi, chains, from_end=end, bracket=bracket)
            expected.addcmul_(total, factor)
    weights = weight.repeat_interleave(2)
    cross, own, foreign = (
        widest((_parts(a) * _parts(b)) @ weights)
        for a, b in ((expected, seen), (expected, expected), (seen, seen))
    )
    slope = torch.zeros_like(packed)
    if tracked:
        mine, other = (part.to(packed.dtype) for part in cosine_slope(cross, own, foreign))
        pull = (weight * (mine * expected + other * seen)).conj_physical_()
        for charge in charges:
            slope += _charge_slope(charge, chains, pull, len(packed))
    return cosine_loss(cross, own, foreign), slope


def _charge_slope(
    charge: _Charge, chains: Chains, pull: Complex[Tensor, "batch freq"], rows: int
) -> Float[Tensor, "rows vocab"]:
    """Return the derivative through the ladders of one charge, given the conjugate one by them."""
    phi = charge.phi[:rows]
    into = torch.zeros_like(phi)
    for end, factor in charge.factor.items():
        bracket, slope = charge.bracket[end][:rows], pull * factor
        prefix_slopes(phi, chains, from_end=end, bracket=bracket, slope=slope, into=into)
    return _parts(into.conj_physical_()) @ charge.table.T


def _parts(wave: Complex[Tensor, "rows freq"]) -> Float[Tensor, "rows parts"]:
    """Return the real and imaginary parts side by side, as a view."""
    return torch.view_as_real(wave).flatten(1)
