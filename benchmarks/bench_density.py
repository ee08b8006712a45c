"""Densities of point clouds: all at a time against one after the other, both directions."""

import torch
from torch import Tensor

from benchmarks.measure import Row, best_of, one_thread
from core.representations.basis import DensityBasis
from core.representations.decode import Decoded, decode
from core.representations.density import count_channels, encode
from core.representations.harmonics import harmonics
from core.representations.matching import match

CLOUDS, ALONE, ATOMS = 400, 40, 5
BASIS = DensityBasis()
SIZE = f"clouds of {ATOMS} points, l_max {BASIS.l_max}, {BASIS.shells} shells"


def rows() -> list[Row]:
    """Compare clouds a second, and what comes back."""
    position, channel = _clouds()
    with one_thread():
        density = encode(position, channel, basis=BASIS)
        return [*_encoding(position, channel, density), *_decoding(position, channel, density)]


def _encoding(position: Tensor, channel: Tensor, density: Tensor) -> list[Row]:
    some = position[:ALONE], channel[:ALONE]
    mine = best_of(lambda: encode(position, channel, basis=BASIS), repeat=30)
    plain = best_of(lambda: _plain(*some))
    worst = (density[:ALONE] - _plain(*some)).abs().max().item()
    name = "Density, encoding, largest difference to the loop"
    return [
        _speed("Density, encoding against a loop over points", mine, plain, 5),
        Row(name, f"{worst:.1e}", "at most 1e-12", worst <= 1e-12),
    ]


def _decoding(position: Tensor, channel: Tensor, density: Tensor) -> list[Row]:
    counts = count_channels(channel, 4)

    def alone() -> list[Decoded]:
        each = [slice(cloud, cloud + 1) for cloud in range(ALONE)]
        return [decode(density[one], basis=BASIS, counts=counts[one]) for one in each]

    found = decode(density, basis=BASIS, counts=counts)
    worst = match(position, channel, found.position, found.channel).distance.max().item()
    plain = best_of(alone, repeat=2)
    known = best_of(lambda: decode(density, basis=BASIS, counts=counts))
    unknown = best_of(lambda: decode(density, basis=BASIS))
    name = f"Density, decoding, largest error of {CLOUDS} {SIZE}"
    return [
        _speed("Density, decoding, numbers known, against one by one", known, plain, 4),
        _speed("Density, decoding, numbers unknown, against known one by one", unknown, plain, 2),
        Row(name, f"{worst:.1e} A", "below 0.01 A", worst < 0.01),
    ]


def _speed(name: str, mine: float, other: float, faster: float) -> Row:
    each, alone = mine / CLOUDS, other / ALONE
    return Row(
        f"{name}, {SIZE}, float64",
        f"{1 / each:,.0f} against {1 / alone:,.0f} a second, {alone / each:,.3g} x",
        f"at least {faster:g} x faster",
        alone / each >= faster,
    )


def _clouds() -> tuple[Tensor, Tensor]:
    """Chains of points 1.5 apart that leave the origin, as long as a side chain may be."""
    generator = torch.Generator().manual_seed(0)
    step = torch.randn(CLOUDS, ATOMS, 3, generator=generator, dtype=torch.float64)
    step[..., 2] += 2.0
    position = (1.5 * step / step.norm(dim=-1, keepdim=True)).cumsum(1)
    chance = torch.tensor([0.66, 0.14, 0.14, 0.06]).expand(CLOUDS, 4)
    return position, torch.multinomial(chance, ATOMS, True, generator=generator)


def _plain(position: Tensor, channel: Tensor) -> Tensor:
    out = position.new_zeros(len(position), 4, BASIS.harmonics, BASIS.shells)
    shells = torch.tensor(BASIS.radii, dtype=position.dtype)
    for cloud, kinds in enumerate(channel.tolist()):
        for atom, kind in enumerate(kinds):
            where = position[cloud, atom]
            weight = torch.exp(-0.5 * ((where.norm() - shells) / BASIS.width) ** 2)
            out[cloud, kind] += harmonics(where, BASIS.l_max)[:, None] * weight
    return out
