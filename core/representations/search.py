"""How many points lie behind a density, and where: add, refine, replace, leave out."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.representations.basis import DensityBasis
from core.representations.directions import lengths
from core.representations.harmonics import NEAR_ORIGIN
from core.representations.normal import model, squared_norms
from core.representations.peaks import Peak, PeakGrid, best_peaks, tallest
from core.representations.refine import Fit, refine

STEPS_BETWEEN, STEPS_AT_END = 6, 60
# What is left of a perfect fit is rounding: this share of the squared norm of the density.
ROUNDING = 1e-12
# A point stands out of noise if it explains this many times the mean square of what is left: 5
# standard deviations, where the largest of all candidates in pure noise reaches about 4.
STANDS_OUT = 25.0
# A point explains at least this share of its own squared norm: while points are added little is
# asked, as two points may still be taken for one; what stays has to earn its place.
SHARE_TO_ADD, SHARE_TO_STAY = 0.05, 0.2
REPLACEMENTS = 3
# Below this share of the distance of shells, least squares may end on the wrong side of one.
MIRRORS = 0.5


@dataclass(frozen=True)
class Search:
    """What a search needs to know.

    Args:
        basis: Degrees and shells of the densities.
        grid: Candidates for a further point.
        fit_height: Whether the points have an unknown height in common.
        known: Whether the number of points is known.
    """

    basis: DensityBasis
    grid: PeakGrid
    fit_height: bool
    known: bool


def search(
    target: Float[Tensor, "rows harmonics shells"], counts: Int[Tensor, " rows"], how: Search
) -> Iterator[tuple[Int[Tensor, " some"], Fit]]:
    """Add points one by one; yield rows as they are done, with their fits.

    Args:
        target: Densities in float64, none of them 0.
        counts: Number of points, 1 or more; the most there may be if the number is not known.
        how: Basis, grid, and what is known. A row whose number is not known is done when a
            further point is not worth it (`_worth`); then points not worth their place leave.
    """
    rows = torch.arange(len(target), device=target.device)
    fit = _nothing(target, how)
    for size in range(1, int(counts.max()) + 1):
        more = _add(target[rows], fit, how)
        worth = torch.ones_like(rows, dtype=torch.bool)
        if not how.known:
            own = squared_norms(more.position[:, -1:], how.basis)[:, 0] * more.height.square()
            worth = _worth(target[rows], fit, more, SHARE_TO_ADD * own)
        full = worth & (counts[rows] == size)
        for chosen, found in ((~worth, fit), (full, more)):
            if chosen.any():
                which = rows[chosen]
                for part, settled in _settle(target[which], found.take(chosen), how):
                    yield which[part], settled
        rows, fit = rows[worth & ~full], more.take(worth & ~full)
        if len(rows) == 0:
            return


def _settle(
    target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search
) -> Iterator[tuple[Int[Tensor, " some"], Fit]]:
    """Refine to the end and replace points; where the number is not known, leave out points."""
    rows = torch.arange(len(target), device=target.device)
    if fit.position.shape[1] > 0:
        fit = _refine(target, fit.position, how, STEPS_AT_END)
        fit = _replace(target, _reflect(target, fit, how), how)
    while not how.known and fit.position.shape[1] > 1 and len(rows) > 0:
        spare, fewer = _spare(target[rows], fit, how)
        yield rows[~spare], fit.take(~spare)
        rows, fit = rows[spare], fewer
    yield rows, fit


def _spare(
    target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search
) -> tuple[Bool[Tensor, " rows"], Fit]:
    """Return which rows have a point that is not worth its place, and their fits without it."""
    # A density that is explained down to rounding has no point too many.
    live = _open(target, fit).nonzero()[:, 0]
    part = fit.take(live)
    which, fewer = _leave_out(target[live], part, how)
    own = squared_norms(part.position, how.basis).gather(1, which[:, None])[:, 0]
    least = SHARE_TO_STAY * own * part.height.square()
    leaves = ~_worth(target[live], fewer, part, least)
    spare = torch.zeros(len(target), dtype=torch.bool, device=target.device)
    spare[live[leaves]] = True
    return spare, fewer.take(leaves)


def _reflect(target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search) -> Fit:
    """Try each point on the other side of its nearest shell: others hardly see it."""
    if how.basis.width >= MIRRORS * how.basis.spacing:
        return fit
    shells = torch.tensor(how.basis.radii, dtype=target.dtype, device=target.device)
    for point in range(fit.position.shape[1]):
        live = _open(target, fit).nonzero()[:, 0]
        part = fit.take(live)
        radius = lengths(part.position[:, point])[:, None]
        nearest = shells[(radius - shells).abs().argmin(1)][:, None]
        across = part.position.clone()
        across[:, point] *= (2.0 * nearest - radius) / radius.clamp(min=NEAR_ORIGIN)
        new = _refine(target[live], across, how, STEPS_AT_END)
        better = new.loss < part.loss
        fit = fit.put(live[better], new.take(better))
    return fit


def _replace(target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search) -> Fit:
    """Where a further point would explain much, add it and leave out another one."""
    live = _open(target, fit).nonzero()[:, 0]
    for _ in range(REPLACEMENTS):
        part = fit.take(live)
        tall = _peak(target[live], part, how).gain > _noise(target[live], part)
        live, part = live[tall], part.take(tall)
        if len(live) == 0:
            break
        new = _leave_out(target[live], _add(target[live], part, how), how)[1]
        better = new.loss < part.loss * (1.0 - 1e-3)
        live = live[better]
        fit = fit.put(live, new.take(better))
    return fit


def _add(target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search) -> Fit:
    position = torch.cat([fit.position, _peak(target, fit, how).position[:, None]], 1)
    return _refine(target, position, how, STEPS_BETWEEN * (1 if how.known else 2))


def _leave_out(
    target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search
) -> tuple[Int[Tensor, " rows"], Fit]:
    """Return which point costs least to leave out, and the fits without it."""
    rows, points = fit.position.shape[:2]
    others = [[other for other in range(points) if other != one] for one in range(points)]
    every = fit.position[:, others].flatten(0, 1)
    tried = _refine(target.repeat_interleave(points, 0), every, how, STEPS_BETWEEN)
    which = tried.loss.view(rows, points).argmin(1)
    best = which + points * torch.arange(rows, device=target.device)
    return which, _refine(target, tried.position[best], how, STEPS_AT_END)


def _worth(
    target: Float[Tensor, "rows harmonics shells"],
    fewer: Fit,
    more: Fit,
    least: Float[Tensor, " rows"],
) -> Bool[Tensor, " rows"]:
    """Return whether one more point gains at least so much, and more than noise would give."""
    gain = fewer.loss - more.loss
    return (gain > least) & (gain > _noise(target, more)) & _open(target, fewer)


def _open(target: Float[Tensor, "rows harmonics shells"], fit: Fit) -> Bool[Tensor, " rows"]:
    """Return where more than rounding is left."""
    return fit.loss > ROUNDING * target.square().sum((1, 2))


def _noise(target: Float[Tensor, "rows harmonics shells"], fit: Fit) -> Float[Tensor, " rows"]:
    """Return what a point could gain if all that is left were noise."""
    return STANDS_OUT * fit.loss / (target.shape[1] * target.shape[2])


def _nothing(target: Float[Tensor, "rows harmonics shells"], how: Search) -> Fit:
    height = tallest(target, how.grid) if how.fit_height else target.new_ones(len(target))
    return Fit(target.new_zeros(len(target), 0, 3), height, target.square().sum((1, 2)))


def _peak(target: Float[Tensor, "rows harmonics shells"], fit: Fit, how: Search) -> Peak:
    """Find the best further point; in units of the height, where every point counts 1."""
    left = target / fit.height[:, None, None] - model(fit.position, how.basis)
    peak = best_peaks(left, how.grid)
    return Peak(peak.position, peak.gain * fit.height.square())


def _refine(target: Tensor, position: Tensor, how: Search, steps: int) -> Fit:
    return refine(target, position, how.basis, steps=steps, fit_height=how.fit_height)
