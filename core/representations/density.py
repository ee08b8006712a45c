"""A cloud of points as a density: Gaussians in the radius times harmonics of the direction."""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.errors import InputError
from core.representations.basis import DensityBasis, radial
from core.representations.harmonics import NEAR_ORIGIN, harmonics, squared_norm

Normalisation = Literal["none", "channel", "atoms"]

# Numbers that the parts of a block hold: 1 MB in float64.
BLOCK = 2**17


def encode(
    position: Float[Tensor, "n atoms 3"],
    channel: Int[Tensor, "n atoms"],
    *,
    basis: DensityBasis,
    channels: int = 4,
    normalisation: Normalisation = "none",
    tau: float = 0.0,
) -> Float[Tensor, "n channels harmonics shells"]:
    """Return the density of each cloud, one for each channel of its points.

    density[c, lm, s] = sum over the points i of channel c of exp(-(r_i - R_s)^2 / 2 width^2)
    Y_lm(direction of i). Differentiable in the positions. A point at the origin (nearer than
    1e-6 angstrom) has no direction: it counts in l = 0 only and has no gradient. Memory beyond
    the result is bounded: clouds are done in blocks. Noise is the caller's: add it, then call
    `threshold`.

    Args:
        position: Points in angstrom, in the frame whose origin the shells surround.
        channel: Channel of each point, 0 to channels - 1; -1 where there is none, and what stands
            in its position is never read.
        basis: Degrees and shells.
        channels: Number of channels.
        normalisation: "none"; "channel": each channel divided by its L2 norm; "atoms": by its
            number of points. An empty channel stays 0.
        tau: See `threshold`; applied last.

    Raises:
        InputError: If a channel is out of range, a position is not finite, or an option is
            outside its range.

    Source:
        The side chain note (`seeds/sh_decoder.md`), whose tensor is [n, 4, 9, 17, 16]: see `pad`.

    Example:
        >>> basis = DensityBasis(l_max=1, shells=2, r_max=4.0)
        >>> up = torch.tensor([[[0.0, 0.0, 1.0]]])
        >>> encode(up, torch.tensor([[0]]), basis=basis, channels=1)[0, 0].round(decimals=3)
        tensor([[0.2820, 0.0000],
                [0.0000, 0.0000],
                [0.4890, 0.0000],
                [0.0000, 0.0000]])
    """
    _check_points(position, channel, channels)
    if normalisation not in ("none", "channel", "atoms"):
        raise InputError(
            "normalisation", expected="none, channel or atoms", came=normalisation, do="Choose one"
        )
    step = max(1, BLOCK // max(1, position.shape[1] * (channels * basis.shells + basis.harmonics)))
    blocks = [
        _encode_block(place, kind, basis, channels)
        for place, kind in zip(torch.split(position, step), torch.split(channel, step), strict=True)
    ]
    out = torch.cat(blocks) if blocks else _encode_block(position, channel, basis, channels)
    if normalisation == "atoms":
        out = out / count_channels(channel, channels).clamp(min=1)[:, :, None, None]
    elif normalisation == "channel":
        square = out.square().sum((2, 3), keepdim=True)
        out = out * torch.where(square > 0, square, 1.0).rsqrt()
    return threshold(out, tau)


def count_channels(channel: Int[Tensor, "n atoms"], channels: int) -> Int[Tensor, "n channels"]:
    """Return how many points of each channel every cloud has.

    Example:
        >>> count_channels(torch.tensor([[0, 2, 0, -1]]), 3).tolist()
        [[2, 0, 1]]
    """
    kinds = torch.arange(channels, device=channel.device)
    return (channel[:, None, :] == kinds[:, None]).sum(2)


def threshold(density: Float[Tensor, "*shape"], tau: float) -> Float[Tensor, "*shape"]:
    """Return the coefficients with those of |c| <= tau set to 0; a tau of 0 changes nothing.

    Each coefficient is judged alone, in the unit of its convention and after normalisation: an
    isolated point on a shell has an l = 0 coefficient of 0.282 in "sphericart", 1 in "e3nn", so
    a tau of 0.2 cuts much more in the first.

    Raises:
        InputError: If tau is negative or not a number.

    Source:
        The side chain note's `sh_tau_threshold`; the line is commented out in its public source.
    """
    if not tau >= 0.0:
        raise InputError("tau", expected="0 or more", came=f"{tau:g}", do="Choose 0 to keep all")
    return density if tau == 0.0 else torch.where(density.abs() > tau, density, 0.0)


def on_sphere(
    density: Float[Tensor, "*batch harmonics shells"],
    direction: Float[Tensor, "points 3"],
    *,
    basis: DensityBasis,
) -> Float[Tensor, "*batch points shells"]:
    """Return the value of each shell's function in the given directions, for drawing it."""
    values = harmonics(direction.to(density), basis.l_max, convention=basis.convention)
    unit = squared_norm(basis.l_max, "sphericart") / squared_norm(basis.l_max, basis.convention)
    return values @ density * unit


def _encode_block(
    position: Float[Tensor, "n atoms 3"],
    channel: Int[Tensor, "n atoms"],
    basis: DensityBasis,
    channels: int,
) -> Float[Tensor, "n channels harmonics shells"]:
    present = channel >= 0
    position = torch.where(present[..., None], position, 0.0)
    angular = harmonics(position, basis.l_max, convention=basis.convention)
    weight = radial(_radius(position), basis=basis)
    own = channel[..., None] == torch.arange(channels, device=channel.device)
    spread = (own[..., None] * weight[:, :, None]).flatten(2)
    product = angular.transpose(1, 2) @ spread
    shape = (len(position), basis.harmonics, channels, basis.shells)
    return product.view(shape).transpose(1, 2).contiguous()


def _radius(position: Float[Tensor, "n atoms 3"]) -> Float[Tensor, "n atoms"]:
    """Return the length of each position; that of a point at the origin has no gradient."""
    square = position.square().sum(-1)
    inside = square >= NEAR_ORIGIN**2
    return torch.where(inside, torch.where(inside, square, 1.0).sqrt(), 0.0)


def _check_points(position: Tensor, channel: Tensor, channels: int) -> None:
    if channel.numel() == 0:
        return
    low, high = int(channel.min()), int(channel.max())
    if low < -1 or high >= channels:
        raise InputError(
            "channel",
            expected=f"-1 (absent) to {channels - 1}",
            came=f"{low} to {high}",
            do="Correct the channel or raise the number of channels",
        )
    broken = ((channel >= 0) & ~position.isfinite().all(-1)).nonzero()
    if len(broken):
        row, column = int(broken[0, 0]), int(broken[0, 1])
        raise InputError(
            f"position of point {column} in cloud {row}",
            expected="three finite numbers",
            came=", ".join(f"{float(value):g}" for value in position[row, column]),
            do="Give it channel -1 if it is missing",
        )
