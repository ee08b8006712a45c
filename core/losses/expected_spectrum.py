"""Cosine of the observed spectrum with the expectation of the predicted one."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor

from core.losses.chain import Chains, pack_chains, prefix_slopes, prefix_sums
from core.losses.fourier import Frequencies, choose_frequencies, peak_wave, wave
from core.losses.known_gradient import with_gradient
from core.losses.ladder import Ladder
from core.losses.peaks import Peaks, cosine_loss, cosine_slope, require_positive, widest

# Complex numbers of one array of a block (positions x frequencies), unless one example has more.
_BLOCK = 2**19


@dataclass(frozen=True)
class _Series:
    """The ladders of one direction and charge: one recursion serves them all."""

    from_end: bool
    charge: int
    factor: Complex[Tensor, " freq"]
    fresh: bool
    phi: Complex[Tensor, "rows freq"]
    bracket: Complex[Tensor, "rows freq"]


@dataclass(frozen=True)
class _Scene:
    """What all blocks of a batch share."""

    weight: Float[Tensor, " freq"]
    waves: dict[int, Complex[Tensor, "vocab freq"]]
    series: list[_Series]
    into: Complex[Tensor, "rows freq"]


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
    """Return 1 - cosine of the observed peaks and the expectation of the predicted spectrum."""
    require_positive("sigma_da", sigma_da)
    require_positive("cut", cut)
    span = _span(mass_da, length, observed, ladders)
    axis = choose_frequencies(span, sigma_da, cut)
    dtype = torch.complex64 if probabilities.dtype == torch.float32 else torch.complex128
    table = probabilities.detach()
    tracked = torch.is_grad_enabled() and probabilities.requires_grad
    value, gradient = widest(table.new_ones(len(length))), torch.zeros_like(table)
    lengths, order = length.sort(descending=True)
    step = max(1, _BLOCK // (axis.count * max(table.shape[1], 1)))
    scene = _scene(axis, mass_da, ladders, dtype, min(step,len(length))*table.shape[1])
    for rows, sizes in zip(order.split(step), lengths.split(step), strict=True):
        inside = torch.arange(table.shape[1], device=table.device)[:, None] < sizes
        chains = pack_chains(sizes.tolist())
        if not chains.start:
            continue
        peaks = Peaks(observed.mz[rows], observed.intensity[rows], observed.mask[rows])
        seen = peak_wave(axis, peaks, dtype)
        block = table[rows].transpose(0, 1)
        value[rows], slope = _block(block[inside], chains, seen, scene, tracked)
        if tracked:
            part = torch.zeros_like(block)
            part[inside] = slope
            gradient[rows] = part.transpose(0, 1)
    return with_gradient(value.to(table.dtype), (probabilities,), (gradient,))


def _span(
    mass_da: Float[Tensor, " vocab"],
    length: Int[Tensor, " batch"],
    observed: Peaks,
    ladders: Sequence[Ladder],
) -> float:
    """Return the largest distance that two peaks of the batch can have."""
    chain = max([int(size) - 1 for size in length.tolist()], default=0)
    heaviest = max(mass_da.tolist(), default=0.0)
    ends = [0.0, *observed.mz[observed.mask].tolist()]
    for ladder in ladders:
        ends += [ladder.offset_da / ladder.charge]
        ends += [(max(chain, 0) * heaviest + ladder.offset_da) / ladder.charge]
    return max(ends) - min(ends)


def _scene(
    axis: Frequencies, mass_da: Tensor, ladders: Sequence[Ladder], dtype: torch.dtype, rows: int
) -> _Scene:
    offsets: dict[tuple[bool, int], list[float]] = {}
    for ladder in ladders:
        here = offsets.setdefault((ladder.from_end, ladder.charge), [])
        here.append(ladder.offset_da / ladder.charge)
    mass = widest(mass_da.detach())
    phi={}
    series=[]
    for (end, charge), offset in offsets.items():
        fresh = charge not in phi
        if fresh:
            phi[charge] = torch.empty(rows,axis.count,dtype=dtype)
        series.append(_Series(end, charge, wave(axis, mass.new_tensor(offset), dtype).sum(0),fresh,phi[charge],torch.empty(rows,axis.count,dtype=dtype)))
    waves = {charge: wave(axis, mass / charge, dtype) for _, charge in offsets}
    return _Scene(axis.weight(mass.device), waves, series,torch.empty(rows,axis.count,dtype=dtype))


def _block(
    packed: Float[Tensor, "rows vocab"],
    chains: Chains,
    seen: Complex[Tensor, "batch freq"],
    scene: _Scene,
    tracked: bool,
) -> tuple[Float[Tensor, " batch"], Float[Tensor, "rows vocab"]]:
    rows = len(packed)
    expected = torch.zeros_like(seen)
    for series in scene.series:
        if series.fresh:
            _mix(packed, scene.waves[series.charge], series.phi[:rows])
        total = prefix_sums(series.phi[:rows], chains, from_end=series.from_end, bracket=series.bracket[:rows])
        expected[: len(total)].addcmul_(total, series.factor)
    cross, one, two = (
        _inner(a, b, scene.weight)
        for a, b in ((expected, seen), (expected, expected), (seen, seen))
    )
    result = torch.zeros_like(packed)
    if tracked:
        own, foreign = cosine_slope(cross, one, two)
        slope = own.to(seen.real.dtype) * expected + foreign.to(seen.real.dtype) * seen
        slope = slope.mul_(scene.weight.to(seen.real.dtype)).conj().resolve_conj()
        for charge, table in scene.waves.items():
            into = scene.into[:rows].zero_()
            for series in scene.series:
                if series.charge == charge:
                    prefix_slopes(
                        series.phi[:rows], chains, from_end=series.from_end, bracket=series.bracket[:rows], slope=slope * series.factor, into=into,
                    )
            result += torch.view_as_real(into).flatten(1) @ torch.view_as_real(table.conj().resolve_conj()).flatten(1).T
    return cosine_loss(widest(cross), widest(one), widest(two)), result


def _mix(packed: Tensor, table: Tensor, out: Tensor) -> None:
    """Return the characteristic function of each position: its mean wave over the vocabulary."""
    torch.mm(packed, torch.view_as_real(table).flatten(1), out=torch.view_as_real(out).flatten(1))


def _inner(a: Tensor, b: Tensor, weight: Tensor) -> Tensor:
    w = weight.to(a.real.dtype).repeat_interleave(2)
    return (torch.view_as_real(a).flatten(1) * torch.view_as_real(b).flatten(1)).mv(w)
